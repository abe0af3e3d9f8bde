/* Reading CPUID's claims, which are only ever compared. */
#include "analyse/analysis.h"

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
