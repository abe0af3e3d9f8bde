/* What each TLB holds, and what each step of a translation costs. */
#include "output/sections.h"

#include "output/geometry_table.h"
#include "output/html.h"

#include <string.h>

/* Does any row say something there? Columns of nothing but dashes are left out. */
static bool is_told(const struct result *result, enum geometry_which which, size_t column)
{
	struct geometry_row row;

	for (unsigned i = 0; geometry_row(result, which, i, &row); i++)
		if (strcmp(row.field[column], "-") != 0)
			return true;
	return false;
}

static bool print_table(FILE *to, const struct result *result, enum geometry_which which,
			const char *caption)
{
	const char *const *headings = geometry_headings(which), *told[GEOMETRY_COLUMNS + 1];
	size_t column[GEOMETRY_COLUMNS], n = 0;
	struct geometry_row row;
	unsigned i;

	for (size_t c = 0; headings[c]; c++)
		if (is_told(result, which, c)) {
			column[n] = c;
			told[n++] = headings[c];
		}
	told[n] = NULL;
	for (i = 0; geometry_row(result, which, i, &row); i++) {
		if (i == 0)
			html_table(to, caption, told);
		fputs("<tr>", to);
		for (size_t c = 0; c < n; c++)
			html_element(to, "td", c + 1 < n ? "number" : NULL, row.field[column[c]]);
		fputs("</tr>\n", to);
	}
	if (i)
		html_table_end(to);
	return i;
}

void section_geometry(FILE *to, const struct page *page)
{
	bool sizes = print_table(to, page->result, GEOMETRY_SIZES,
				 "What each TLB holds: measured, beside what CPUID claims");
	bool costs = print_table(to, page->result, GEOMETRY_COSTS,
				 "What a translation costs, step by step: measured");

	if (sizes || costs)
		fputs("<p class=\"small\">No number here is a claim: CPUID\x27s is only compared "
		      "(agrees). A dash was not measured in this run, or cannot be told; "
		      "<code>tlbscope geometry</code> measures sets, ways, index, walks and side "
		      "TLBs as well.</p>\n",
		      to);
	else
		fputs("<p>Not measured in this run: <code>tlbscope geometry</code> measures "
		      "it.</p>\n",
		      to);
}
