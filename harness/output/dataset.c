#include "output/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A combination of the series' parameters; type 0: the cell lacks it. */
struct tuple {
	unsigned run;
	struct value value[QUERY_NAMES_MAX];
	bool says[QUERY_NAMES_MAX]; /* that it lacks it says something as well */
};

struct point {
	double x;
	const struct cell_result *cell;
	struct tuple tuple;
};

struct points {
	unsigned n;
	struct point *point;
};

const struct hist_result *cell_find_hist(const struct cell_result *cell, const char *name)
{
	for (unsigned i = 0; i < cell->nhists; i++)
		if (strcmp(cell->hists[i].name, name) == 0 && cell->hists[i].ncounts)
			return &cell->hists[i];
	return NULL;
}

/* The cell's x in units of the axis; false where it has none. */
static bool find_x(const struct query *query, const struct cell *cell, double *x)
{
	*x = 0;
	if (query->hist)
		return true;
	/* A parameter of that name comes before what footprint and page say. */
	if (strcmp(query->x, "pages") == 0 && !cell_value(cell, "pages")) {
		uint64_t page_bytes = cell_page(cell, "page").bytes;

		*x = page_bytes ? (double)cell_count(cell, "footprint") / (double)page_bytes : 0;
		return *x > 0;
	}
	const struct value *value = cell_value(cell, query->x);
	if (!value || value->type == P_WORD)
		return false;
	*x = (double)(value->type == P_PAGE ? value->page.bytes : value->count) / query->x_scale;
	return true;
}

/* "" where the cell has no page. */
static const char *kind_of(const struct cell *cell)
{
	static const char *const kinds[] = {
	    [PAGE_BASE] = "base", [PAGE_THP] = "thp", [PAGE_HUGETLB] = "hugetlb"};
	enum page_how how = cell_page(cell, "page").how;

	return how ? kinds[how] : "";
}

static void set_word(struct value *value, const char *word)
{
	value->type = P_WORD;
	snprintf(value->word, CELL_WORD_MAX, "%s", word);
}

/* Without cpukind it is the first kind that initiates; without respkind, others than that one kind
 * may respond. */
static bool means_a_kind(const struct cell *cell, const char *name)
{
	return strcmp(name, CPUKIND_PARAM) == 0 ||
	       (strcmp(name, RESPKIND_PARAM) == 0 && cell_count(cell, "resp"));
}

static struct tuple find_tuple(const struct query *query, const struct cell *cell, unsigned run)
{
	struct tuple tuple = {.run = run};

	for (unsigned i = 0; i < query->nseries; i++) {
		const struct value *value = cell_value(cell, query->series[i]);

		if (strcmp(query->series[i], "bench") == 0)
			set_word(&tuple.value[i], cell->bench);
		else if (strcmp(query->series[i], "kind") == 0 && !value && *kind_of(cell))
			set_word(&tuple.value[i], kind_of(cell));
		else if (value)
			tuple.value[i] = *value;
		tuple.says[i] = means_a_kind(cell, query->series[i]);
	}
	return tuple;
}

static bool has_number(const struct query *query, const struct cell_result *cell)
{
	for (unsigned i = 0; i < query->ny; i++)
		if (query->hist ? cell_find_hist(cell, query->y[i]) != NULL
				: cell_find_metric(cell, query->y[i]) != NULL)
			return true;
	return false;
}

static int compare_values(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return a->type < b->type ? -1 : 1;
	if (a->type == P_WORD)
		return strcmp(a->word, b->word);
	if (a->type == P_PAGE && a->page.how != b->page.how)
		return a->page.how < b->page.how ? -1 : 1;
	uint64_t left = a->type == P_PAGE ? a->page.bytes : a->count;
	uint64_t right = a->type == P_PAGE ? b->page.bytes : b->count;
	return (left > right) - (left < right);
}

static int compare_tuples(const struct tuple *a, const struct tuple *b)
{
	if (a->run != b->run)
		return a->run < b->run ? -1 : 1;
	for (unsigned i = 0; i < QUERY_NAMES_MAX; i++) {
		int order = compare_values(&a->value[i], &b->value[i]);

		if (order)
			return order;
	}
	return 0;
}

static int by_tuple(const void *left, const void *right)
{
	return compare_tuples(&((const struct point *)left)->tuple,
			      &((const struct point *)right)->tuple);
}

static int by_x(const void *left, const void *right)
{
	const struct dataset_row *a = left, *b = right;

	if (a->x != b->x)
		return a->x < b->x ? -1 : 1;
	return strcmp(a->cell->key, b->cell->key);
}

/* Does `narrow` agree with `wide` in all that `narrow` has? */
static bool agrees(const struct tuple *narrow, const struct tuple *wide)
{
	if (narrow->run != wide->run)
		return false;
	for (unsigned i = 0; i < QUERY_NAMES_MAX; i++)
		if ((narrow->value[i].type || narrow->says[i]) &&
		    compare_values(&narrow->value[i], &wide->value[i]) != 0)
			return false;
	return true;
}

static void collect_cell(const struct cell_result *cell, unsigned run, struct dataset *set,
			 struct points *all)
{
	const struct query *query = set->query;
	bool ok = cell->outcome.outcome == OUTCOME_OK,
	     invalid = cell->outcome.outcome == OUTCOME_INVALID;
	double x;

	if (!query_match(query, &cell->cell) || !find_x(query, &cell->cell, &x))
		return;
	bool number = ok && has_number(query, cell);
	set->matched++;
	set->invalid += invalid;
	set->skipped += !ok && !invalid;
	set->values += number;
	if (number || (invalid && !query->hist))
		all->point[all->n++] = (struct point){x, cell, find_tuple(query, &cell->cell, run)};
}

static bool collect(const struct dataset_run *runs, unsigned nruns, struct dataset *set,
		    struct points *all)
{
	size_t cells = 1;

	for (unsigned run = 0; run < nruns; run++)
		cells += runs[run].result->ncells;
	all->point = calloc(cells, sizeof *all->point);
	for (unsigned run = 0; all->point && run < nruns; run++)
		for (unsigned i = 0; i < runs[run].result->ncells; i++)
			collect_cell(&runs[run].result->cells[i], run, set, all);
	if (all->n)
		qsort(all->point, all->n, sizeof *all->point, by_tuple);
	return all->point;
}

/* A combination makes a block unless a fuller one takes its cells; one without any number makes
 * none, except in a matrix. A fuller one that is all invalid takes them as well, or its crosses
 * would be lost. */
static bool makes_block(const struct query *query, const struct points *all, unsigned i)
{
	const struct tuple *tuple = &all->point[i].tuple;
	bool number = query->matrix;

	if (i && compare_tuples(tuple, &all->point[i - 1].tuple) == 0)
		return false;
	for (unsigned k = 0; k < all->n; k++) {
		const struct tuple *other = &all->point[k].tuple;

		if (compare_tuples(tuple, other) != 0 && agrees(tuple, other))
			return false;
		number |= all->point[k].cell->outcome.outcome == OUTCOME_OK && agrees(other, tuple);
	}
	return number;
}

static bool fill_block(const struct points *all, const struct tuple *tuple,
		       struct dataset_block *block)
{
	block->rows = calloc(all->n, sizeof *block->rows);
	if (!block->rows)
		return false;
	for (unsigned i = 0; i < all->n; i++)
		if (agrees(&all->point[i].tuple, tuple))
			block->rows[block->nrows++] =
			    (struct dataset_row){all->point[i].x, all->point[i].cell};
	qsort(block->rows, block->nrows, sizeof *block->rows, by_x);
	return true;
}

static void append(char *out, size_t size, const char *separator, const char *name,
		   const struct value *value)
{
	size_t used = strlen(out);
	char text[64] = "-", word[64];

	if (value->type)
		value_format(value, text, sizeof text);
	data_word(word, sizeof word, text);
	snprintf(out + used, size - used, "%s%s%s%s", used ? separator : "", name, *name ? "=" : "",
		 word);
}

static void name_blocks(struct dataset *set, const struct tuple *tuples)
{
	const struct query *query = set->query;

	for (unsigned b = 0; set->nruns > 1 && b < set->nblocks; b++) {
		struct dataset_block *block = &set->blocks[b];

		snprintf(block->id, sizeof block->id, "run=%u", block->run);
		data_word(block->name, sizeof block->name, set->runs[block->run].label);
	}
	for (unsigned s = 0; s < query->nseries; s++) {
		const char *name = query->series[s];
		bool differs = false;

		for (unsigned b = 1; b < set->nblocks; b++)
			differs |= compare_values(&tuples[b].value[s], &tuples[0].value[s]) != 0;
		if (!differs && set->nblocks && tuples[0].value[s].type)
			append(set->fixed, sizeof set->fixed, ", ", name, &tuples[0].value[s]);
		for (unsigned b = 0; b < set->nblocks; b++) {
			const struct value *value = &tuples[b].value[s];
			struct dataset_block *block = &set->blocks[b];

			append(block->id, sizeof block->id, ",", name, value);
			if (differs && value->type)
				append(block->name, sizeof block->name, " ",
				       value->type == P_COUNT ? name : "", value);
		}
	}
	for (unsigned b = 0; b < set->nblocks; b++)
		if (!*set->blocks[b].name)
			snprintf(set->blocks[b].name, sizeof set->blocks[b].name, "%s",
				 set->nblocks > 1 ? "other" : "all");
}

static void find_span(struct dataset *set)
{
	bool first = true;

	for (unsigned b = 0; b < set->nblocks; b++) {
		for (unsigned i = 0; i < set->blocks[b].nrows; i++) {
			double x = set->blocks[b].rows[i].x;

			set->xmin = first || x < set->xmin ? x : set->xmin;
			set->xmax = first || x > set->xmax ? x : set->xmax;
			first = false;
		}
	}
}

static bool make_blocks(const struct points *all, struct dataset *set)
{
	struct tuple *tuples = calloc(all->n ? all->n : 1, sizeof *tuples);
	bool ok = false;

	set->blocks = calloc(all->n ? all->n : 1, sizeof *set->blocks);
	if (!tuples || !set->blocks)
		goto out;
	for (unsigned i = 0; i < all->n; i++) {
		if (!makes_block(set->query, all, i))
			continue;
		tuples[set->nblocks] = all->point[i].tuple;
		set->blocks[set->nblocks].run = all->point[i].tuple.run;
		if (!fill_block(all, &all->point[i].tuple, &set->blocks[set->nblocks++]))
			goto out;
	}
	name_blocks(set, tuples);
	find_span(set);
	ok = true;
out:
	free(tuples);
	return ok;
}

struct verdict dataset_make_runs(const struct dataset_run *runs, unsigned nruns,
				 const struct query *query, struct dataset *out)
{
	struct points all = {0};

	*out = (struct dataset){.query = query, .runs = runs, .nruns = nruns};
	bool ok = collect(runs, nruns, out, &all) && make_blocks(&all, out);
	free(all.point);
	if (ok)
		return verdict_ok();
	dataset_free(out);
	return verdict_error("no-memory", "free some memory", "no memory to sort the cells");
}

struct verdict dataset_make(const struct result *result, const struct query *query,
			    struct dataset *out)
{
	const struct dataset_run run = {.result = result};
	struct verdict v = dataset_make_runs(&run, 1, query, out);

	out->runs = NULL; /* not the caller's */
	return v;
}

void dataset_free(struct dataset *set)
{
	for (unsigned b = 0; b < set->nblocks; b++)
		free(set->blocks[b].rows);
	free(set->blocks);
	*set = (struct dataset){0};
}
