#include "measure/plan.h"

#include "measure/plan_internal.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS                                                                                      \
	(1u << 16) /* open addressing, never more than a third full; a slot holds an index + 1, 0  \
		      is free */

/* The slot of that key, or the free one where it belongs. */
static unsigned *slot_of(const struct plan *plan, const char *key)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 1099511628211u;
	unsigned at = (unsigned)(hash ^ hash >> 32) % SLOTS;

	while (plan->slots[at] && strcmp(plan->cells[plan->slots[at] - 1].key, key) != 0)
		at = (at + 1) % SLOTS;
	return &plan->slots[at];
}

/* Grows by doubling; indexes stay valid, pointers do not. */
static struct plan_cell *append(struct plan *plan)
{
	if (plan->ncells == PLAN_CELLS_MAX)
		return NULL;
	if (!plan->slots)
		plan->slots = calloc(SLOTS, sizeof *plan->slots);
	if (!plan->slots)
		return NULL;
	if (plan->ncells == plan->capacity) {
		unsigned capacity = plan->capacity ? 2 * plan->capacity : 256;
		struct plan_cell *grown = realloc(plan->cells, capacity * sizeof *grown);

		if (!grown)
			return NULL;
		plan->cells = grown;
		plan->capacity = capacity;
	}
	plan->cells[plan->ncells] = (struct plan_cell){.group = NO_CELL};
	return &plan->cells[plan->ncells++];
}

unsigned plan_find(const struct plan *plan, const char *key)
{
	unsigned found = plan->slots ? *slot_of(plan, key) : 0;

	return found ? found - 1 : NO_CELL;
}

void plan_drop_last(struct plan *plan)
{
	*slot_of(plan, plan->cells[plan->ncells - 1].key) = 0; /* nobody was put behind it yet */
	plan->ncells--;
}

/* In all but size. */
static bool same_region(const struct region_spec *a, const struct region_spec *b)
{
	return a->page.how == b->page.how && a->page.bytes == b->page.bytes &&
	       a->layout == b->layout && a->frames == b->frames && a->slot_bytes == b->slot_bytes &&
	       a->remapped == b->remapped && a->untouched == b->untouched &&
	       a->offsets == b->offsets && a->sparse == b->sparse && a->where == b->where &&
	       a->mapping == b->mapping;
}

static bool fits_group(const struct plan_group *group, const struct want *want, unsigned cpukind)
{
	/* What mostly differs comes first. */
	return group->gang.responders == want->gang.responders &&
	       group->gang.place == want->gang.place && group->gang.state == want->gang.state &&
	       group->gang.one_kind == want->gang.one_kind && group->gang.kind == want->gang.kind &&
	       group->cpukind == cpukind && group->fragmented == want->fragmented &&
	       same_region(&group->region[0], &want->region[0]) &&
	       same_region(&group->region[1], &want->region[1]) &&
	       group->partner.kind == want->partner.kind &&
	       group->pressure.swap == want->pressure.swap &&
	       group->pressure.limit_bytes == want->pressure.limit_bytes &&
	       group->partner.elsewhere == want->partner.elsewhere;
}

static struct verdict join_group(struct plan *plan, const struct plan_context *context,
				 struct plan_cell *cell)
{
	unsigned cpukind = (unsigned)cell_count(&cell->cell, CPUKIND_PARAM);
	struct plan_group *group = NULL;

	/* The newest first: cells that follow each other are mostly of one group. */
	for (unsigned i = plan->ngroups; i-- > 0 && !group;)
		if (fits_group(&plan->groups[i], &cell->want, cpukind))
			group = &plan->groups[i];
	if (!group) {
		struct gang_cpus cpus;
		struct verdict placed =
		    topology_gang(context->topology, cpukind, &cell->want.gang, &cpus);

		if (!verdict_is_ok(&placed))
			return placed;
		struct plan_group *grown =
		    realloc(plan->groups, (plan->ngroups + 1) * sizeof *grown);

		if (!grown)
			return verdict_error("no-memory", "free memory", "no memory for the plan");
		plan->groups = grown;
		group = &grown[plan->ngroups++];
		*group = (struct plan_group){.gang = cell->want.gang,
					     .partner = cell->want.partner,
					     .fragmented = cell->want.fragmented,
					     .pressure = cell->want.pressure,
					     .cpukind = cpukind,
					     .cpus = cpus};
		memcpy(group->region, cell->want.region, sizeof group->region);
	}
	for (int i = 0; i < 2; i++)
		if (group->region[i].bytes < cell->want.region[i].bytes)
			group->region[i].bytes = cell->want.region[i].bytes;
	if (group->extra_bytes < cell->want.extra_bytes)
		group->extra_bytes = cell->want.extra_bytes;
	group->ncells++;
	cell->group = (unsigned)(group - plan->groups);
	return verdict_ok();
}

static struct verdict layout_is_sound(const struct soundness *soundness,
				      const struct region_spec *spec)
{
	if (!soundness || spec->page.how == 0)
		return verdict_ok();
	if (spec->layout == LAYOUT_ZERO) /* the huge zero page is arranged as 2m aliases are */
		return spec->page.how == PAGE_BASE ? soundness->zero : soundness->hugealias;
	if (spec->layout == LAYOUT_ALIAS)
		return spec->page.how == PAGE_BASE ? soundness->alias : soundness->hugealias;
	return verdict_ok();
}

static struct verdict judge(struct plan *plan, const struct plan_context *context,
			    struct plan_cell *cell)
{
	unsigned cpukind = (unsigned)cell_count(&cell->cell, CPUKIND_PARAM);
	struct machine machine = context->machine;

	const struct value *kind = cell_value(&cell->cell, RESPKIND_PARAM);
	unsigned respkind = kind ? (unsigned)kind->count : 0;

	if (cpukind || kind) /* its neighbours are others */
		topology_capacity(context->topology, cpukind, kind ? &respkind : NULL,
				  machine.responders);
	struct verdict verdict = cell->bench->want(&cell->cell, &machine, &cell->want);

	cell->want.gang.one_kind = kind;
	cell->want.gang.kind = respkind;
	if (verdict_is_ok(&verdict) && cell->bench->timing == TIME_OP && !cell->want.max_ops)
		verdict = verdict_error("bad-benchmark", "set max_ops in its want()",
					"%s does not say how many operations "
					"a batch has",
					cell->bench->name);
	if (verdict_is_ok(&verdict))
		verdict = layout_is_sound(context->soundness, &cell->want.region[0]);
	if (verdict_is_ok(&verdict) && want_bytes(&cell->want) > context->machine.memory_bytes)
		verdict =
		    verdict_skipped("no-memory", "choose smaller cells with --only, or free memory",
				    "needs %llu MiB, and %llu MiB may be used",
				    (unsigned long long)(want_bytes(&cell->want) >> 20),
				    (unsigned long long)(context->machine.memory_bytes >> 20));
	if (verdict_is_ok(&verdict))
		verdict = join_group(plan, context, cell);
	return verdict;
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = strstr(list, word); at; at = strstr(at + 1, word))
		if ((at == list || at[-1] == ',') && (at[length] == 0 || at[length] == ','))
			return true;
	return false;
}

static void add_word(char *list, size_t size, const char *word)
{
	size_t length = strlen(list);

	if (*word && !has_word(list, word))
		snprintf(list + length, size - length, "%s%s", length ? "," : "", word);
}

unsigned plan_add(struct plan *plan, const struct plan_context *context, const struct bench *bench,
		  const struct cell *cell, const struct sweep *sweep, bool requested, unsigned wave)
{
	char key[CELL_KEY_MAX];
	unsigned index;

	key_format(cell, key);
	index = plan_find(plan, key);
	if (index == NO_CELL) {
		struct plan_cell *new = append(plan);

		if (!new)
			return NO_CELL;
		index = plan->ncells - 1;
		new->cell = *cell;
		new->bench = bench;
		new->wave = wave;
		memcpy(new->key, key, sizeof key);
		*slot_of(plan, key) = index + 1;
		new->verdict = judge(plan, context, new);
	}
	struct plan_cell *known = &plan->cells[index];

	known->requested |= requested;
	if (sweep) {
		add_word(known->sweeps, sizeof known->sweeps, sweep->name);
		known->refine = known->refine ? known->refine : sweep->refine;
	}
	return index;
}

static struct verdict pair_up(struct plan *plan, const struct plan_context *context, unsigned index)
{
	const struct bench *bench = plan->cells[index].bench;

	texts_begin(plan->texts, bench, context->machine.base_page_bytes);
	for (const struct derived *d = bench->derived; d && d->name; d++) {
		struct cell partner;

		if (!derived_partner(plan->texts, d, &plan->cells[index].cell, &partner))
			continue;
		unsigned at =
		    plan_add(plan, context, bench, &partner, NULL, false, plan->cells[index].wave);
		if (at == NO_CELL)
			return verdict_error("plan-too-large", "narrow the selector",
					     "the plan has more than %u cells", PLAN_CELLS_MAX);
		struct plan_cell *cell = &plan->cells[index];

		if (cell->nderived < PLAN_DERIVED_MAX && cell->group != NO_CELL &&
		    plan->cells[at].group != NO_CELL) {
			cell->derived[cell->nderived].derived = d;
			cell->derived[cell->nderived++].partner = at;
		}
	}
	return verdict_ok();
}

static struct verdict pair_all(struct plan *plan, const struct plan_context *context)
{
	struct verdict verdict = verdict_ok();
	unsigned end = plan->ncells;

	for (unsigned i = 0; verdict_is_ok(&verdict) && i < end; i++)
		if (plan->cells[i].requested)
			verdict = pair_up(plan, context, i);
	return verdict;
}

struct verdict plan_make(const struct plan_request *request, const struct plan_context *context,
			 struct plan *out)
{
	struct verdict verdict;

	*out = (struct plan){.texts = calloc(1, sizeof *out->texts)};
	if (!out->texts)
		return verdict_error("no-memory", "free memory", "no memory for the plan");
	verdict = request->nonly ? expand_only(out, context, request)
				 : expand_profile(out, context, request->profile, NULL);
	/* The harness' own floor belongs to every result that is looked at by itself. */
	if (verdict_is_ok(&verdict) && !request->no_floor)
		verdict = expand_profile(out, context, request->profile,
					 &(struct selector){.bench = "null"});
	if (verdict_is_ok(&verdict))
		verdict = pair_all(out, context);
	if (!verdict_is_ok(&verdict))
		plan_free(out);
	return verdict;
}

unsigned plan_refined(struct plan *plan, const struct plan_context *context, unsigned like,
		      const char *name, uint64_t count, unsigned wave)
{
	const struct plan_cell model = plan->cells[like]; /* a copy: the plan moves when it grows */
	const struct sweep sweep = {.name = model.sweeps, .refine = model.refine};
	struct cell cell = model.cell;
	char key[CELL_KEY_MAX];

	for (unsigned i = 0; i < cell.nparams; i++)
		if (strcmp(cell.param[i].name, name) == 0)
			cell.param[i].value.count = count;
	key_format(&cell, key);
	if (plan_find(plan, key) != NO_CELL)
		return NO_CELL;
	unsigned index = plan_add(plan, context, model.bench, &cell, &sweep, true, wave);

	if (index != NO_CELL)
		pair_up(plan, context, index);
	return index;
}

void plan_free(struct plan *plan)
{
	if (plan->texts)
		texts_free(plan->texts);
	free(plan->texts);
	free(plan->cells);
	free(plan->groups);
	free(plan->slots);
	*plan = (struct plan){0};
}
