#include "measure/plan_internal.h"

#include <string.h>

/* What cannot be parsed matches nothing. */
static bool matches(struct texts *texts, const char *const *field, const struct cell *cell)
{
	const struct selector *selector;
	struct verdict parsed = texts_read(texts, field, NULL, &selector);

	return verdict_is_ok(&parsed) && selector_match(selector, cell);
}

bool param_applies(struct texts *texts, const struct param *p, const struct cell *sofar)
{
	return !p->when || matches(texts, &p->when, sofar);
}

bool cell_add_count(struct cell *cell, const char *name, uint64_t count)
{
	struct cell_param *param = &cell->param[cell->nparams];

	if (cell->nparams == CELL_PARAMS_MAX)
		return false;
	*param = (struct cell_param){.value = {.type = P_COUNT, .count = count}};
	strcpy(param->name, name);
	cell->nparams++;
	return true;
}

/* The same kinds of CPU; without responders these have none. */
static void copy_kinds(const struct cell *from, struct cell *to)
{
	const struct value *cpukind = cell_value(from, CPUKIND_PARAM),
			   *respkind = cell_value(from, RESPKIND_PARAM);

	if (cpukind)
		cell_add_count(to, CPUKIND_PARAM, cpukind->count);
	if (respkind && cell_count(to, "resp"))
		cell_add_count(to, RESPKIND_PARAM, respkind->count);
}

/* Rebuilds the cell in table order, since a base like resp=0 makes other parameters vanish. */
bool derived_partner(struct texts *texts, const struct derived *d, const struct cell *cell,
		     struct cell *out)
{
	const struct selector *base;
	struct verdict parsed = texts_read(texts, &d->base, NULL, &base);

	if (!verdict_is_ok(&parsed) || selector_match(base, cell))
		return false;
	if (d->when && !matches(texts, &d->when, cell))
		return false;
	*out = (struct cell){0};
	strcpy(out->bench, cell->bench);
	for (const struct param *p = texts->bench->params; p && p->name; p++) {
		const struct term *term = selector_term(base, p->name);
		const struct value *own = cell_value(cell, p->name);
		struct cell_param *param = &out->param[out->nparams];

		if (!param_applies(texts, p, out))
			continue;
		if (!term && !own)
			return false;
		*param = (struct cell_param){.value = term ? term->item[0].low.value : *own};
		strcpy(param->name, p->name);
		out->nparams++;
	}
	copy_kinds(cell, out);
	/* A base on a parameter that the cell never had is no base for it. */
	for (unsigned i = 0; i < base->nterms; i++)
		if (!cell_value(cell, base->term[i].name))
			return false;
	return true;
}
