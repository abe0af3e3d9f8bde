#include "output/svg.h"
#include "output/text.h"

#include <string.h>

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* The attribute at `text`, of a name that the page must not have: its length, else 0. */
static size_t unwanted(const char *text)
{
	static const char *const names[] = {"xmlns:xlink=", "xmlns="};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t length = strlen(names[i]);
		const char *end;

		if (starts(text, names[i]) && (text[length] == '"' || text[length] == '\'') &&
		    (end = strchr(text + length + 1, text[length])))
			return (size_t)(end - text) + 1;
	}
	return 0;
}

/* The elements that say what the label says. */
static size_t said_already(const char *text)
{
	static const char *const ends[][2] = {{"<title>", "</title>"}, {"<desc>", "</desc>"}};

	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		const char *end = starts(text, ends[i][0]) ? strstr(text, ends[i][1]) : NULL;

		if (end)
			return (size_t)(end - text) + strlen(ends[i][1]);
	}
	return 0;
}

/* gnuplot's hypertext wants a script; a title shows the same without one. Length of what is
 * replaced; *text: what is shown, up to *end. */
static size_t hypertext(const char *at, const char **text, const char **end)
{
	static const char start[] = "<g onmousemove=\"gnuplot_svg.showHypertext(evt,'",
			  rest[] =
			      "')\" onmouseout=\"gnuplot_svg.hideHypertext()\"><title> </title>";

	if (!starts(at, start))
		return 0;
	*text = at + strlen(start);
	*end = strstr(*text, rest);
	return *end ? (size_t)(*end - at) + strlen(rest) : 0;
}

/* Groups without anything in them: gnuplot writes two for each point. */
static size_t empty_group(const char *at)
{
	const char *end = starts(at, "<g ") ? strchr(at, '>') : NULL;

	return end && starts(end, ">\n</g>\n") ? (size_t)(end - at) + strlen(">\n</g>\n") : 0;
}

/* After these an id follows. */
static size_t before_id(const char *text)
{
	static const char *const marks[] = {" id=\"",  " id='", "href=\"#",
					    "href='#", "url(#", "url('#"};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (starts(text, marks[i]))
			return strlen(marks[i]);
	return 0;
}

static void print_body(FILE *to, const char *text, const char *prefix)
{
	while (*text) {
		const char *shown, *shown_end;
		size_t skip = unwanted(text), id;

		if (!skip)
			skip = empty_group(text);
		if (!skip)
			skip = said_already(text);
		if (!skip && (skip = hypertext(text, &shown, &shown_end)))
			fprintf(to, "<g><title>%.*s</title>", (int)(shown_end - shown), shown);
		if (skip) {
			text += skip;
			continue;
		}
		if (starts(text, "xlink:href"))
			text += strlen("xlink:");
		id = before_id(text);
		fwrite(text, 1, id ? id : 1, to);
		if (id)
			fprintf(to, "%s-", prefix);
		text += id ? id : 1;
	}
}

bool svg_inline(FILE *to, const char *svg, const char *prefix, const char *label)
{
	const char *start = strstr(svg, "<svg");

	if (!start)
		return false;
	fprintf(to, "<svg role=\"img\" aria-label=\"");
	html_print(to, label);
	fprintf(to, "\"");
	print_body(to, start + strlen("<svg"), prefix);
	return true;
}
