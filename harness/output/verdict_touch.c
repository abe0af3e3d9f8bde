/* What first touch costs by page kind, and when that is repaid. */
#include "output/verdict_internal.h"

#include "output/text.h"
#include "output/words.h"

static const struct finding *next(const struct result *result, const struct finding *after)
{
	return result_find_finding(result, "break-even", NULL, NULL, after);
}

static bool put_number(FILE *to, const char *before, const struct finding *f, const char *name,
		       const char *after)
{
	const struct finding_value *value = finding_value_of(f, name);
	char count[40];

	if (value) {
		format_count(count, sizeof count, value->e.est);
		fprintf(to, "%s%s%s", before, count, after);
	}
	return value;
}

/* Dearer even where all of it is used, and nothing saves as much. */
static bool never_even(const struct finding *f)
{
	const struct finding_value *base = finding_value_of(f, "base_ms_per_gib"),
				   *huge = finding_value_of(f, "huge_ms_per_gib");

	return !finding_value_of(f, "even_accesses_used") &&
	       (!base || !huge || huge->e.est > base->e.est);
}

bool verdict_touch(const struct result *result, FILE *to)
{
	const struct finding *f, *first = next(result, NULL);
	bool paid = false;

	if (!first)
		return false;
	fprintf(to, "1 GiB once: %s ", finding_subject(first, "base"));
	put_estimate(to, first, "base_ms_per_gib");
	for (f = first; f; f = next(result, f)) {
		fprintf(to, ", %s ", finding_subject(f, "page"));
		put_estimate(to, f, "huge_ms_per_gib");
	}
	for (f = first; f; f = next(result, f)) {
		if (never_even(f))
			continue;
		fprintf(to, "; %s is repaid", finding_subject(f, "page"));
		paid |=
		    put_number(to, " after ", f, "even_accesses_used", " random loads") ||
		    (put_number(to, " once ", f, "even_pages", " of its small pages are used") &&
		     put_number(to, ", or after ", f, "even_accesses_sparse",
				" random loads of one"));
	}
	fputs(paid ? "" : "; what its loads gain was not measured, or would not repay it sooner",
	      to);
	return true;
}
