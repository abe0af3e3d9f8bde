/* Where a change sits. A cell's time is the last of a ladder of cells of the same run, each of
 * which adds one thing to the one before:
 *
 *   operations:  one page alone (base), all its pages alone (work), one responder (interrupt), all
 *                responders (responders)
 *   translation: the smallest footprint (hit), the largest that fits the second level (penalty),
 *                itself (walk)
 *
 * So its addends are differences of measured cells, and add up to the whole change. A rung that
 * either run lacks is left out, and its addend joins the next one under a name that says so. */
#include "analyse/analysis.h"
#include "analyse/compare_parts.h"
#include "result/key.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define RUNGS	   4
#define SURE_PAGES 16	/* that the first level of any TLB holds */
#define IPI_STEP   0.05 /* per operation, as proofs allow */
#define WORTH	   0.1	/* of the largest part: a word of its own */

struct ladder {
	const struct estimate *rung[RUNGS]; /* NULL: not measured */
};

struct kind {
	int rungs;
	const char *name[RUNGS + 1][RUNGS + 1]; /* [from + 1][to]; from -1: nothing */
};

static const struct kind operations = {
    4,
    {[0] = {"base", "base and work", "base, work and interrupt", "everything"},
     [1] = {NULL, "work", "work and interrupt", "work and interrupts"},
     [2] = {NULL, NULL, "interrupt", "interrupts"},
     [3] = {NULL, NULL, NULL, "further responders"}}};
static const struct kind translation = {3,
					{[0] = {"hit", "hit and penalty", "everything"},
					 [1] = {NULL, "penalty", "misses"},
					 [2] = {NULL, NULL, "walk"}}};
/* Where nothing tells that the smallest footprint hits. */
static const struct kind sizes = {3,
				  {[0] = {"smallest footprint", "smaller footprints", "everything"},
				   [1] = {NULL, "misses past it", "misses past it"},
				   [2] = {NULL, NULL, "misses past that"}}};

static const struct estimate *estimate_of(const struct cell_result *cell, const char *metric)
{
	const struct metric_result *m =
	    cell && verdict_is_ok(&cell->outcome) ? cell_find_metric(cell, metric) : NULL;

	return m ? &m->e : NULL;
}

/* The cell like this one with so many pages and responders; without any, place and state vanish. */
static const struct cell_result *sibling(const struct key_index *keys, const struct cell *like,
					 uint64_t npages, uint64_t resp)
{
	struct cell cell = *like;
	char key[CELL_KEY_MAX];

	cell.nparams = 0;
	for (unsigned i = 0; i < like->nparams; i++) {
		struct cell_param param = like->param[i];

		if (!resp && (!strcmp(param.name, "place") || !strcmp(param.name, "state") ||
			      !strcmp(param.name, RESPKIND_PARAM)))
			continue;
		if (!strcmp(param.name, "npages"))
			param.value.count = npages;
		if (!strcmp(param.name, "resp"))
			param.value.count = resp;
		cell.param[cell.nparams++] = param;
	}
	key_format(&cell, key);
	return key_index_cell(keys, key);
}

/* Without responders the upper rungs add nothing. */
static struct ladder climb_operation(const struct key_index *keys, const struct cell_result *c,
				     const char *metric)
{
	uint64_t npages = cell_count(&c->cell, "npages"), resp = cell_count(&c->cell, "resp");
	const struct estimate *self = estimate_of(c, metric);

	const struct estimate *alone =
	    resp ? estimate_of(sibling(keys, &c->cell, npages, 0), metric) : self;

	return (struct ladder){
	    {npages > 1 ? estimate_of(sibling(keys, &c->cell, 1, 0), metric) : alone, alone,
	     resp > 1 ? estimate_of(sibling(keys, &c->cell, npages, 1), metric) : self, self}};
}

/* Last size that a level holds, in bytes; 0: not known. */
static double reach(const struct result *result, struct page_kind page, const char *level)
{
	const struct finding *f = NULL;
	char name[PAGE_NAME_MAX];

	page_name(page, name);
	while ((f = result_find_finding(result, "tlb-level", "page", name, f))) {
		const char *is = facts_get(&f->subject, "level");

		for (unsigned i = 0; is && !strcmp(is, level) && i < f->nvalues; i++)
			if (strcmp(f->values[i].name, "entries") == 0)
				return f->values[i].e.lo * (double)page.bytes;
	}
	return 0;
}

static struct ladder climb_translation(const struct key_index *series, const struct cell_result *c,
				       const char *metric, double first, double second)
{
	const struct estimate *self = estimate_of(c, metric);
	struct ladder ladder = {{NULL, NULL, self}};
	char key[CELL_KEY_MAX];

	key_without(&c->cell, "footprint", key);
	double size = (double)cell_count(&c->cell, "footprint");
	const struct key_entry *entry = key_index_find(series, key);

	for (; entry && entry < series->entry + series->n && !strcmp(entry->key, key); entry++) {
		const struct estimate *e = estimate_of(entry->cell, metric);
		double x = (double)entry->size;

		if (!ladder.rung[0])
			ladder.rung[0] = e;
		if (ladder.rung[0] && x > fmin(second, size))
			break;
		if (e && first > 0 && x > first && x <= fmin(second, size))
			ladder.rung[1] = e;
	}
	if (first > 0 && size <= first) /* all of it hits */
		ladder.rung[0] = ladder.rung[1] = self;
	return ladder;
}

/* Does the smallest footprint of the series hit? Pages of any kind have so many entries. */
static bool hits(const struct key_index *series, const struct cell *cell, double first)
{
	uint64_t page = cell_is(cell, "touch", "each-4k") ? 4096 : cell_page(cell, "page").bytes;
	char key[CELL_KEY_MAX];

	key_without(cell, "footprint", key);
	const struct key_entry *entry = key_index_find(series, key);

	return entry && (double)entry->size <= fmax(first, (double)(SURE_PAGES * page));
}

static const struct kind *climb(const struct part_context *c, const struct comparison_row *row,
				struct ladder *old, struct ladder *new)
{
	const struct cell *cell = &row->new_cell->cell;
	const char *metric = row->new_metric->name;
	struct page_kind page = cell_page(cell, "page");

	if (cell_value(cell, "npages") && cell_value(cell, "resp")) {
		*old = climb_operation(&c->old_keys, row->old_cell, metric);
		*new = climb_operation(&c->new_keys, row->new_cell, metric);
		return &operations;
	}
	if (!cell_value(cell, "footprint") || !page.bytes)
		return NULL;
	double first = reach(c->old, page, "1"), second = reach(c->old, page, "2");

	*old = climb_translation(&c->old_series, row->old_cell, metric, first, second);
	*new = climb_translation(&c->new_series, row->new_cell, metric, first, second);
	return hits(&c->old_series, &row->old_cell->cell, first) &&
		       hits(&c->new_series, &row->new_cell->cell, first)
		   ? &translation
		   : &sizes;
}

static struct estimate step(const struct ladder *l, int from, int to)
{
	struct estimate zero = {0};

	return estimate_less(*l->rung[to], from < 0 ? zero : *l->rung[from]);
}

/* Nothing was added where both rungs are one cell, on both sides. */
static bool is_empty(const struct ladder *old, const struct ladder *new, int from, int to)
{
	return from >= 0 && old->rung[from] == old->rung[to] && new->rung[from] == new->rung[to];
}

static void add_part(struct comparison_parts *parts, const char *name, struct estimate was,
		     struct estimate is)
{
	struct estimate moved = estimate_less(is, was);

	parts->part[parts->n++] =
	    (struct comparison_part){name, was.est, is.est, moved.lo, moved.hi};
}

static void split(const struct kind *kind, const struct ladder *old, const struct ladder *new,
		  struct comparison_parts *parts)
{
	int from = -1;

	for (int to = 0; to < kind->rungs; to++) {
		if (!old->rung[to] || !new->rung[to])
			continue;
		if (!is_empty(old, new, from, to))
			add_part(parts, kind->name[from + 1][to], step(old, from, to),
				 step(new, from, to));
		from = to;
	}
}

static bool count_ipis(const struct cell_result *cell, double *out)
{
	const struct metric_result *m = cell_find_metric(cell, "ipis");

	*out = m ? m->e.est : 0;
	return m || (cell_value(&cell->cell, "resp") && !cell_count(&cell->cell, "resp"));
}

static double moved(const struct comparison_part *part)
{
	return part->new - part->old;
}

static int by_size(const void *left, const void *right)
{
	double a = fabs(moved(left)), b = fabs(moved(right));

	return (a < b) - (a > b);
}

static bool is_sure(const struct comparison_part *part)
{
	return part->lo > 0 || part->hi < 0;
}

__attribute__((format(printf, 3, 4))) static size_t put(struct comparison_parts *parts, size_t at,
							const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(parts->text + at, sizeof parts->text - at, format, arguments);
	va_end(arguments);
	return n > 0 && at + (size_t)n < sizeof parts->text ? at + (size_t)n
							    : sizeof parts->text - 1;
}

static size_t put_moved(struct comparison_parts *parts, size_t at, double change, const char *unit)
{
	char text[QUANTITY_MAX];

	quantity(text, change, unit);
	return put(parts, at, "%s%s", change >= 0 ? "+" : "", text);
}

/* The largest first, then what else changed for sure and is worth a word. */
static void say(struct comparison_parts *parts, const char *unit, double change, unsigned further)
{
	struct comparison_part part[PARTS_MAX];
	size_t at = 0;

	memcpy(part, parts->part, sizeof part);
	qsort(part, parts->n, sizeof *part, by_size);
	for (unsigned i = 0; i < parts->n; i++) {
		double by = moved(&part[i]);

		if (i && (!is_sure(&part[i]) || fabs(by) < WORTH * fabs(moved(&part[0]))))
			continue;
		at = put(parts, at, "%s%s ", i ? " and " : "", part[i].name);
		at = put_moved(parts, at, by, unit);
		if (further > 1 && !strcmp(part[i].name, "further responders")) {
			at = put_moved(parts, put(parts, at, " ("), by / further, unit);
			at = put(parts, at, " each)");
		}
	}
	at = put_moved(parts, put(parts, at, " of "), change, unit);
	if (parts->has_ipis && fabs(parts->new_ipis - parts->old_ipis) > IPI_STEP)
		put(parts, at, "; interrupts per op %.2f → %.2f", parts->old_ipis, parts->new_ipis);
}

/* Of both sides; 0 where these have not the same. */
static unsigned further_responders(const struct comparison_row *row)
{
	uint64_t old = cell_count(&row->old_cell->cell, "resp"),
		 new = cell_count(&row->new_cell->cell, "resp");

	return old == new &&new > 1 ? (unsigned)new - 1 : 0;
}

bool row_parts(const struct part_context *context, struct comparison_row *row)
{
	struct ladder old, new;
	const struct kind *kind = climb(context, row, &old, &new);

	if (!kind)
		return true;
	row->parts = calloc(1, sizeof *row->parts);
	if (!row->parts)
		return false;
	split(kind, &old, &new, row->parts);
	if (kind == &operations) {
		bool was = count_ipis(row->old_cell, &row->parts->old_ipis),
		     is = count_ipis(row->new_cell, &row->parts->new_ipis);

		row->parts->has_ipis = was && is;
	}
	if (row->parts->n)
		say(row->parts, row->new_metric->unit,
		    row->new_metric->e.est - row->old_metric->e.est, further_responders(row));
	return true;
}

bool part_context_make(const struct result *old, const struct result *new, struct part_context *out)
{
	*out = (struct part_context){.old = old, .new = new};
	return key_index_build(old, NULL, &out->old_keys) &&
	       key_index_build(new, NULL, &out->new_keys) &&
	       key_index_build(old, "footprint", &out->old_series) &&
	       key_index_build(new, "footprint", &out->new_series);
}

void part_context_free(struct part_context *context)
{
	key_index_free(&context->new_series);
	key_index_free(&context->old_series);
	key_index_free(&context->new_keys);
	key_index_free(&context->old_keys);
}
