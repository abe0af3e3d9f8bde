#include "analyse/analysis.h"
#include "analyse/storms.h"

#include <string.h>

static bool is_own(const char *name)
{
	static const char *const others[] = {"page", "npages", "resp", "place", "state"};

	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (strcmp(name, others[i]) == 0)
			return false;
	return true;
}

void draft_storm(struct draft *draft, const struct cell_result *c, bool place)
{
	const struct value *where = cell_value(&c->cell, "place");
	struct page_kind page = cell_page(&c->cell, "page");
	char text[64];

	draft_subject(draft, "op", "%s", c->cell.bench);
	if (page.bytes) {
		page_name(page, text);
		draft_subject(draft, "page", "%s", text);
	}
	for (unsigned i = 0; i < c->cell.nparams; i++) {
		if (!is_own(c->cell.param[i].name))
			continue;
		value_format(&c->cell.param[i].value, text, sizeof text);
		draft_subject(draft, c->cell.param[i].name, "%s", text);
	}
	if (place)
		draft_subject(draft, "place", "%s",
			      where && where->type == P_WORD ? where->word : "any");
}
