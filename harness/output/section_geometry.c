/* What each TLB holds, and what each step of a translation costs. */
#include "output/sections.h"

#include "output/geometry_table.h"
#include "output/html.h"

static bool print_table(FILE *to, const struct result *result, enum geometry_which which,
			const char *caption)
{
	const char *const *headings = geometry_headings(which);
	struct geometry_row row;
	unsigned i;

	for (i = 0; geometry_row(result, which, i, &row); i++) {
		if (i == 0)
			html_table(to, caption, headings);
		fputs("<tr>", to);
		for (size_t c = 0; headings[c]; c++)
			html_element(to, "td", NULL, row.field[c]);
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
		      "(agrees). A dash was not measured in this run, or cannot be told; tlbscope "
		      "geometry measures sets, ways, index, walks and side TLBs as well.</p>\n",
		      to);
	else
		fputs("<p>Not measured in this run: tlbscope geometry measures it.</p>\n", to);
}
