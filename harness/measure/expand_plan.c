#include "measure/plan_internal.h"

#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 512

/* One walk through a benchmark's parameter table; recursion is one level to a parameter. */
struct expand {
	struct plan *plan;
	const struct plan_context *context;
	const struct bench *bench;
	const struct sweep *sweep;     /* NULL: cells of --only's own making */
	const struct selector *select; /* values; what it leaves out takes its default */
	const struct selector *filter; /* only what matches is kept; NULL: all */
	unsigned matched;
	bool every_kind; /* of CPU may initiate; else only the first, fastest one */
};

static uint64_t param_max(const struct expand *e, const struct param *p)
{
	if (p->type == P_BYTES)
		return e->context->machine.memory_bytes;
	unsigned cpus =
	    e->context->machine.cpus < GANG_CPUS_MAX ? e->context->machine.cpus : GANG_CPUS_MAX;

	return cpus ? cpus - 1 : 0;
}

static uint64_t page_bytes_of(const struct cell *cell)
{
	return cell_page(cell, "page").bytes;
}

/* `allowed` of the table as values (for "*") and as a term (to check against). */
static struct verdict allowed_values(const struct expand *e, const struct param *p,
				     const struct expansion *expansion,
				     const struct selector **allowed, struct value *all,
				     size_t *nall)
{
	struct verdict verdict = texts_read(e->plan->texts, &p->allowed, p->name, allowed);

	if (verdict_is_ok(&verdict))
		verdict = term_expand(&(*allowed)->term[0], expansion, all, VALUES_MAX, nall);
	return verdict;
}

static struct verdict not_allowed(const struct expand *e, const struct param *p,
				  const struct value *value)
{
	char text[64];

	value_format(value, text, sizeof text);
	return verdict_error("bad-value", "see tlbscope list with the benchmark's name",
			     "%s has no %s=%s; it takes %s", e->bench->name, p->name, text,
			     p->allowed);
}

/* Values that parameter p takes in this walk. */
static struct verdict values_of(const struct expand *e, const struct param *p,
				const struct cell *sofar, struct value *out, size_t *n)
{
	const struct term *term = selector_term(e->select, p->name);
	const struct selector *allowed, *dflt;
	struct value *all = malloc(VALUES_MAX * sizeof *all);
	struct expansion expansion = {.type = p->type,
				      .page_bytes = page_bytes_of(sofar),
				      .max = param_max(e, p),
				      .all = all};

	if (!all)
		return verdict_error("no-memory", "free memory", "no memory for the plan");
	struct verdict verdict = allowed_values(e, p, &expansion, &allowed, all, &expansion.nall);

	if (verdict_is_ok(&verdict) && !term) {
		verdict = texts_read(e->plan->texts, &p->dflt, p->name, &dflt);
		term = verdict_is_ok(&verdict) ? &dflt->term[0] : NULL;
	}
	if (verdict_is_ok(&verdict))
		verdict = term_expand(term, &expansion, out, VALUES_MAX, n);
	for (size_t i = 0; verdict_is_ok(&verdict) && i < *n; i++)
		if (!term_contains(&allowed->term[0], &out[i], expansion.page_bytes))
			verdict = not_allowed(e, p, &out[i]);
	free(all);
	return verdict;
}

/* Did the reader spell the value out, or is it one of a range or of "*"? */
static bool spelled_out(const struct selector *select, const char *name)
{
	const struct term *term = selector_term(select, name);

	if (!term)
		return false;
	for (unsigned i = 0; i < term->nitems; i++)
		if (term->item[i].kind != ITEM_ONE)
			return false;
	return true;
}

static bool counted_out(const struct selector *select)
{
	return spelled_out(select, "resp") || spelled_out(select, "initiators");
}

/* A range over places and responders means "as far as this machine goes", not "and complain past
 * that"; responders that the reader counted out are another matter. */
static bool beyond_machine(const struct expand *e, const struct plan_cell *cell)
{
	if (strcmp(cell->verdict.code, "no-place") != 0)
		return false;
	if (cell_value(&cell->cell, RESPKIND_PARAM) && !spelled_out(e->select, RESPKIND_PARAM))
		return true;
	return !(counted_out(e->select) && (spelled_out(e->select, "place") || !e->sweep));
}

static struct verdict keep(struct expand *e, const struct cell *cell)
{
	unsigned before = e->plan->ncells;

	if (e->filter && !selector_match(e->filter, cell))
		return verdict_ok();
	unsigned index = plan_add(e->plan, e->context, e->bench, cell, e->sweep, true, 1);
	if (index == NO_CELL)
		return verdict_error("plan-too-large", "narrow the selector",
				     "the plan has more than %u cells", PLAN_CELLS_MAX);
	if (index == before && beyond_machine(e, &e->plan->cells[index]))
		plan_drop_last(e->plan);
	else
		e->matched++;
	return verdict_ok();
}

static bool names(const struct selector *selector, const char *param)
{
	return selector && selector_term(selector, param);
}

/* And, where that is asked for, once more to each kind of CPU that may respond. A sweep that names
 * it has no other cells. */
static struct verdict keep_respkinds(struct expand *e, const struct cell *cell)
{
	bool swept = e->sweep && names(e->select, RESPKIND_PARAM),
	     asked = swept || names(e->filter, RESPKIND_PARAM);
	unsigned kinds = topology_ncpukinds(e->context->topology);
	struct verdict verdict = swept ? verdict_ok() : keep(e, cell);

	if (!asked || kinds < 2 || !cell_count(cell, "resp"))
		return verdict;
	for (unsigned kind = 0; kind < kinds && verdict_is_ok(&verdict); kind++) {
		struct cell other = *cell;

		if (cell_add_count(&other, RESPKIND_PARAM, kind))
			verdict = keep(e, &other);
	}
	return verdict;
}

/* On a hybrid machine a cell exists once to each kind of CPU that may initiate. The first kind goes
 * without saying, so that keys are those of any other machine. */
static struct verdict keep_kinds(struct expand *e, const struct cell *cell)
{
	unsigned kinds = e->every_kind ? topology_ncpukinds(e->context->topology) : 1;
	struct verdict verdict = keep_respkinds(e, cell);

	for (unsigned kind = 1; kind < kinds && verdict_is_ok(&verdict); kind++) {
		struct cell other = *cell;

		if (cell_add_count(&other, CPUKIND_PARAM, kind))
			verdict = keep_respkinds(e, &other);
	}
	return verdict;
}

static struct verdict walk(struct expand *e, const struct param *p, const struct cell *sofar)
{
	while (p && p->name && !param_applies(e->plan->texts, p, sofar))
		p++;
	if (!p || !p->name)
		return keep_kinds(e, sofar);

	struct value *values = malloc(VALUES_MAX * sizeof *values);
	struct verdict verdict =
	    verdict_error("no-memory", "free memory", "no memory for the plan");
	size_t n = 0;

	if (values)
		verdict = values_of(e, p, sofar, values, &n);
	for (size_t i = 0; verdict_is_ok(&verdict) && i < n; i++) {
		struct cell next = *sofar;
		struct cell_param *param = &next.param[next.nparams++];

		*param = (struct cell_param){.value = values[i]};
		snprintf(param->name, sizeof param->name, "%s", p->name);
		verdict = walk(e, p + 1, &next);
	}
	free(values);
	return verdict;
}

static struct verdict walk_bench(struct expand *e)
{
	struct cell cell = {0};

	texts_begin(e->plan->texts, e->bench, e->context->machine.base_page_bytes);
	snprintf(cell.bench, sizeof cell.bench, "%s", e->bench->name);
	return walk(e, e->bench->params, &cell);
}

static struct verdict walk_sweep(struct expand *e, const char *text)
{
	struct selector *select = malloc(sizeof *select);
	struct verdict verdict =
	    verdict_error("no-memory", "free memory", "no memory for the plan");

	if (select)
		verdict = selector_parse(text, e->context->machine.base_page_bytes, select);
	e->select = select;
	if (verdict_is_ok(&verdict))
		verdict = walk_bench(e);
	free(select);
	return verdict;
}

static struct verdict expand_filtered(struct plan *plan, const struct plan_context *context,
				      const char *profile, const struct selector *filter,
				      unsigned *matched)
{
	bool full = strcmp(profile, "full") == 0;
	struct verdict verdict = verdict_ok();

	*matched = 0;
	for (const struct bench *const *b = bench_registry; *b; b++) {
		if (filter && strcmp(filter->bench, "*") != 0 &&
		    strcmp(filter->bench, (*b)->name) != 0)
			continue;
		for (const struct sweep *s = (*b)->sweeps; s && s->name && verdict_is_ok(&verdict);
		     s++) {
			const char *text = full && s->full ? s->full : s->quick;
			struct expand e = {plan, context, *b, s,
					   NULL, filter,  0,  full || names(filter, CPUKIND_PARAM)};

			if (text)
				verdict = walk_sweep(&e, text);
			*matched += e.matched;
		}
	}
	return verdict;
}

struct verdict expand_profile(struct plan *plan, const struct plan_context *context,
			      const char *profile, const struct selector *filter)
{
	unsigned matched;

	return expand_filtered(plan, context, profile, filter, &matched);
}

static struct verdict unknown_bench(const char *name)
{
	return verdict_error("unknown-bench", "tlbscope list", "there is no benchmark %s", name);
}

static struct verdict check_names(const struct selector *selector, const struct bench *bench)
{
	for (unsigned i = 0; i < selector->nterms; i++) {
		const struct param *p = bench->params;

		while (p && p->name && strcmp(p->name, selector->term[i].name) != 0)
			p++;
		if ((!p || !p->name) && strcmp(selector->term[i].name, CPUKIND_PARAM) != 0 &&
		    strcmp(selector->term[i].name, RESPKIND_PARAM) != 0)
			return verdict_error(
			    "unknown-param",
			    "tlbscope list with the benchmark's name shows its parameters",
			    "%s has no parameter %s", bench->name, selector->term[i].name);
	}
	return verdict_ok();
}

struct verdict plan_knows(const struct selector *selector)
{
	const struct bench *bench = bench_find(selector->bench);

	if (strcmp(selector->bench, "*") == 0)
		return verdict_ok();
	return bench ? check_names(selector, bench) : unknown_bench(selector->bench);
}

/* Does the plan hold a cell of the selection with that value? */
static bool is_planned(const struct plan *plan, const struct selector *selector,
		       const struct term *term, struct item item)
{
	struct term only = {.nitems = 1};

	memcpy(only.name, term->name, sizeof only.name);
	only.item[0] = item;
	for (unsigned i = 0; i < plan->ncells; i++) {
		const struct cell *cell = &plan->cells[i].cell;
		const struct value *value = cell_value(cell, term->name);

		if (value && selector_match(selector, cell) &&
		    term_contains(&only, value, page_bytes_of(cell)))
			return true;
	}
	return false;
}

/* A value that was spelled out and that no sweep of the profile has is not dropped in silence: it
 * makes cells of its own, with defaults for what the selector leaves out. */
static struct verdict expand_missing(struct plan *plan, const struct plan_context *context,
				     const struct bench *bench, const struct selector *selector,
				     unsigned *matched)
{
	struct selector *narrow = malloc(sizeof *narrow);
	struct verdict verdict = verdict_ok();

	if (!narrow)
		return verdict_error("no-memory", "free memory", "no memory for the plan");
	for (unsigned t = 0; t < selector->nterms && verdict_is_ok(&verdict); t++) {
		const struct term *term = &selector->term[t];

		*narrow = *selector;
		narrow->term[t].nitems = 0;
		for (unsigned i = 0; i < term->nitems; i++)
			if (term->item[i].kind == ITEM_ONE &&
			    !is_planned(plan, selector, term, term->item[i]))
				narrow->term[t].item[narrow->term[t].nitems++] = term->item[i];
		/* A filter as well: a term on a parameter that a cell lacks does not match it. */
		struct expand e = {plan,   context, bench, NULL,
				   narrow, narrow,  0,	   names(narrow, CPUKIND_PARAM)};

		if (narrow->term[t].nitems)
			verdict = walk_bench(&e);
		*matched += e.matched;
	}
	free(narrow);
	return verdict;
}

static struct verdict expand_one(struct plan *plan, const struct plan_context *context,
				 const char *profile, const char *text, struct selector *selector)
{
	struct verdict verdict = selector_parse(text, context->machine.base_page_bytes, selector);
	unsigned matched = 0;

	if (verdict_is_ok(&verdict))
		verdict = plan_knows(selector);
	if (!verdict_is_ok(&verdict))
		return verdict;
	const struct bench *bench = bench_find(selector->bench); /* NULL: any */

	verdict = expand_filtered(plan, context, profile, selector, &matched);
	if (verdict_is_ok(&verdict) && !matched && bench) {
		/* A filter as well: a term on a parameter that a cell lacks does not match it. */
		struct expand e = {plan,     context,  bench, NULL,
				   selector, selector, 0,     names(selector, CPUKIND_PARAM)};

		verdict = walk_bench(&e);
		matched = e.matched;
	} else if (verdict_is_ok(&verdict) && bench) {
		verdict = expand_missing(plan, context, bench, selector, &matched);
	}
	if (verdict_is_ok(&verdict) && !matched)
		verdict = verdict_error(
		    "no-match", "tlbscope run --dry-run lists the keys that there are",
		    "--only %s matches no cell of the %s profile", text, profile);
	return verdict;
}

struct verdict expand_only(struct plan *plan, const struct plan_context *context,
			   const struct plan_request *request)
{
	struct selector *selector = malloc(sizeof *selector);
	struct verdict verdict = verdict_ok();

	if (!selector)
		return verdict_error("no-memory", "free memory", "no memory for the plan");
	for (unsigned i = 0; verdict_is_ok(&verdict) && i < request->nonly; i++)
		verdict = expand_one(plan, context, request->profile, request->only[i], selector);
	free(selector);
	return verdict;
}
