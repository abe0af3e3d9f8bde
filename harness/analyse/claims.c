/* Reading CPUID's claims, which are only ever compared. */
#include "analyse/analysis.h"

#include <math.h>
#include <string.h>

/* "2m" in "2m,4m" */
bool claim_names_page(const struct claim *claim, const char *page)
{
	const char *list = claim->pages, *name = strcmp(page, "thp") == 0 ? "2m" : page;
	size_t n = strlen(name);

	for (const char *at = strstr(list, name); at; at = strstr(at + 1, name))
		if ((at == list || at[-1] == ',') && (at[n] == 0 || at[n] == ','))
			return true;
	return false;
}

double claim_entries(const struct claim *claim)
{
	return (double)claim->entries * (strstr(claim->source, "likely x32") ? 32 : 1);
}

enum claim_judged claim_judge_bracket(const struct estimate *e, double claimed)
{
	double slack = CLAIM_AGREES * claimed;

	if (claimed < e->lo - slack || claimed > e->hi + 1 + slack)
		return CLAIM_REFUTED;
	return e->lo >= claimed - slack && e->hi <= claimed + slack ? CLAIM_HELD : CLAIM_EITHER;
}

enum claim_judged claim_judge_number(const struct estimate *e, double claimed, double agrees)
{
	if (fabs(e->est - claimed) <= agrees * claimed)
		return CLAIM_HELD;
	return claimed >= e->lo && claimed <= e->hi ? CLAIM_EITHER : CLAIM_REFUTED;
}
