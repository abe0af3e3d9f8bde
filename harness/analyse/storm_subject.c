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

static bool is_told(const struct finding *f, const char *name, const char *text)
{
	const char *told = facts_get(&f->subject, name);

	return told && strcmp(told, text) == 0;
}

bool storm_is_subject(const struct finding *f, const struct cell *cell)
{
	struct page_kind page = cell_page(cell, "page");
	char text[64];
	bool same = is_told(f, "op", cell->bench);

	if (page.bytes) {
		page_name(page, text);
		same = same && is_told(f, "page", text);
	}
	for (unsigned i = 0; i < cell->nparams && same; i++) {
		if (!is_own(cell->param[i].name))
			continue;
		value_format(&cell->param[i].value, text, sizeof text);
		same = is_told(f, cell->param[i].name, text);
	}
	return same;
}
