#include "output/compare.h"

#include <math.h>
#include <string.h>

static const struct {
	const char *name;
	compare_printer *print;
} formats[] = {
    {"text", compare_text}, {"simple", compare_simple},	    {"json", compare_json},
    {"csv", compare_csv},   {"markdown", compare_markdown}, {"junit", compare_junit},
    {"ktap", compare_ktap},
};

#define FORMATS (sizeof formats / sizeof *formats)

bool output_comparison_knows(const char *format)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, format) == 0)
			return true;
	return false;
}

struct verdict output_comparison(FILE *to, const struct comparison *comparison,
				 const struct compare_output *how)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (strcmp(formats[i].name, how->format) == 0)
			return formats[i].print(to, comparison, how);
	return verdict_error("bad-option", "--format " COMPARE_FORMATS, "there is no format %s",
			     how->format);
}

void format_change(char out[CHANGE_MAX], double change)
{
	if (!isfinite(change))
		snprintf(out, CHANGE_MAX, "%s", change > 0 ? "from 0" : "below 0");
	else if (fabs(change) >= 10)
		snprintf(out, CHANGE_MAX, "%.3gx", change + 1);
	else
		snprintf(out, CHANGE_MAX, "%+.1f%%", change * 100);
}

const char *row_mark(const struct comparison_row *row)
{
	static const char *const marks[] = {
	    [ROW_SAME] = "~",	[ROW_REGRESSION] = "worse",    [ROW_IMPROVEMENT] = "better",
	    [ROW_UNSURE] = "?", [ROW_UNREACHABLE] = "too few",
	};

	return marks[row->state];
}
