#include "output/html.h"
#include "output/text.h"

#include <stdarg.h>

void html_element(FILE *to, const char *tag, const char *class, const char *text)
{
	fprintf(to, "<%s", tag);
	if (class)
		fprintf(to, " class=\"%s\"", class);
	fputc('>', to);
	html_print(to, text);
	fprintf(to, "</%s>", tag);
}

void html_format(FILE *to, const char *tag, const char *class, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	html_element(to, tag, class, text);
}

void html_table(FILE *to, const char *caption, const char *const headings[])
{
	fputs("<div class=\"scroll\" tabindex=\"0\"><table>", to);
	html_element(to, "caption", NULL, caption);
	fputs("<thead><tr>", to);
	for (; *headings; headings++) {
		fputs("<th scope=\"col\">", to);
		html_print(to, *headings);
		fputs("</th>", to);
	}
	fputs("</tr></thead><tbody>\n", to);
}

void html_table_end(FILE *to)
{
	fputs("</tbody></table></div>\n", to);
}

void html_fact(FILE *to, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	fputs("<tr><th scope=\"row\">", to);
	html_print(to, name);
	fputs("</th>", to);
	html_element(to, "td", NULL, text);
	fputs("</tr>\n", to);
}
