/* How many pages each level holds, beside what CPUID claims. */
#include "output/verdict_internal.h"

#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <string.h>

/* Sizes are whole numbers: "72" or "2,820 [2,600, 3,010]"; a wide bracket has no number in it that
 * is better than another: "16 to 71". */
static void put_entries(FILE *to, const struct estimate *e)
{
	char est[40], lo[40], hi[40];

	format_count(est, sizeof est, e->est);
	format_count(lo, sizeof lo, e->lo);
	format_count(hi, sizeof hi, e->hi);
	if (is_bracket(e))
		fprintf(to, "%s to %s", lo, hi);
	else if (e->lo != e->hi)
		fprintf(to, "%s [%s, %s]", est, lo, hi);
	else
		fputs(est, to);
}

/* Where replacement decides, there is no size: the curve leaves its plateau here and is halfway up
 * there. */
static void put_slope(FILE *to, const struct estimate *e)
{
	char lo[40], hi[40];

	format_count(lo, sizeof lo, e->lo);
	format_count(hi, sizeof hi, e->hi);
	fprintf(to, "slopes from %s to %s", lo, hi);
}

/* What geometry made of a curve's level; NULL: it was not asked. */
static const struct finding *geometry_of(const struct result *result, const struct finding *level)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(result, "tlb-geometry", "page",
					finding_subject(level, "page"), f)))
		if (strcmp(finding_subject(f, "level"), finding_subject(level, "level")) == 0)
			return f;
	return NULL;
}

/* Where sets were resolved, the count stands instead of the curve's level; where geometry doubts
 * that level, so does this line. */
static void put_level(const struct result *result, FILE *to, const struct finding *level,
		      const struct finding_value *entries)
{
	const struct finding *geometry = geometry_of(result, level);
	bool doubted = geometry && geometry->confidence == CANNOT_TELL;
	const struct finding_value *resolved =
	    geometry && !doubted ? finding_value_of(geometry, "entries") : NULL;

	fprintf(to, "L%s ", finding_subject(level, "level"));
	if (resolved) {
		put_entries(to, &resolved->e);
	} else if (strcmp(finding_subject(level, "edge"), "sloped") == 0) {
		put_slope(to, &entries->e);
	} else {
		put_entries(to, &entries->e);
		fputs(doubted ? " (cannot tell)" : "", to);
	}
}

static void put_claims(const struct result *result, FILE *to, const char *page)
{
	bool first = true;

	for (unsigned i = 0; i < result->machine.nclaims; i++) {
		const struct claim *claim = &result->machine.claims[i];
		size_t length = strlen(page);
		char count[40];

		if (strcmp(claim->type, "instruction") == 0 ||
		    strncmp(claim->pages, page, length) != 0 ||
		    (claim->pages[length] && claim->pages[length] != ','))
			continue;
		format_count(count, sizeof count, (double)claim->entries);
		fprintf(to, "%sL%u %s%s", first ? " (CPUID claims " : ", ", claim->level, count,
			strstr(claim->source, "likely x32") ? ", likely × 32" : "");
		first = false;
	}
	fputs(first ? "" : ")", to);
}

bool verdict_geometry(const struct result *result, FILE *to)
{
	const struct finding *f = NULL, *doubt = NULL;
	const char *page = "";

	while ((f = result_find_finding(result, "tlb-level", NULL, NULL, f))) {
		const struct finding_value *entries = finding_value_of(f, "entries");

		if (f->confidence == CANNOT_TELL || !entries) {
			doubt = doubt ? doubt : f;
			continue;
		}
		bool same = strcmp(page, finding_subject(f, "page")) == 0;
		if (*page && !same)
			put_claims(result, to, page);
		if (same)
			fputs(", ", to);
		else
			fprintf(to, "%s%s pages%s: ", *page ? "; " : "", finding_subject(f, "page"),
				!*finding_subject(f, "entries")		      ? ""
				: strcmp(finding_subject(f, "entries"), "4k") ? " (smaller entries)"
									      : " (4K entries)");
		page = finding_subject(f, "page");
		put_level(result, to, f, entries);
	}
	if (*page)
		put_claims(result, to, page);
	else if (doubt)
		fprintf(to, "cannot tell: %s", doubt->text);
	return *page || doubt;
}
