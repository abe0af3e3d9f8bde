#include "analyse/compare.h"

#include "analyse/compare_parts.h"
#include "analyse/merge.h"
#include "result/one_line.h"
#include "stats/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define EXACT_BELOW 0.2 /* larger p decide nothing, and an approximation will do */

static bool is_tested(const struct comparing *c, const struct metric_result *m)
{
	if (m->nsamples == 0 || m->better == BETTER_NEITHER)
		return c->options->metrics && m->nsamples &&
		       names_hold(c->options->metrics, m->name);
	return c->options->metrics ? names_hold(c->options->metrics, m->name) : m->primary;
}

static double threshold_of(const struct compare_options *options, const char *metric)
{
	for (unsigned i = 0; i < options->nlimits; i++)
		if (strcmp(options->limit[i].metric, metric) == 0)
			return options->limit[i].threshold;
	return options->threshold;
}

static void add_row(struct comparing *c, const struct cell_result *old,
		    const struct cell_result *new, const struct metric_result *was,
		    const struct metric_result *is)
{
	struct comparison *out = c->out;

	if (out->nrows == c->capacity) {
		c->capacity = c->capacity ? 2 * c->capacity : 64;
		struct comparison_row *grown =
		    reallocarray(out->rows, c->capacity, sizeof *out->rows);

		c->no_memory |= !grown;
		if (!grown)
			return;
		out->rows = grown;
	}
	double below = fmax(EXACT_BELOW, 2 * c->options->alpha);
	bool exact;
	double p = stats_mann_whitney_below(was->samples, was->nsamples, is->samples, is->nsamples,
					    below, &exact);

	out->rows[out->nrows++] = (struct comparison_row){
	    .old_cell = old,
	    .new_cell = new,
	    .old_metric = was,
	    .new_metric = is,
	    .change = change_of(is->e.est, was->e.est),
	    .lo = change_of(is->e.lo, was->e.hi),
	    .hi = change_of(is->e.hi, was->e.lo),
	    .p = p,
	    .approximate = !exact,
	    .threshold = threshold_of(c->options, is->name),
	};
	c->no_memory |= isnan(out->rows[out->nrows - 1].p);
}

static void add_other(struct comparing *c, const char *key, enum other_kind kind, const char *side,
		      const char *text)
{
	struct comparison *out = c->out;
	struct comparison_other *grown =
	    reallocarray(out->others, out->nothers + 1, sizeof *out->others);

	c->no_memory |= !grown;
	if (!grown)
		return;
	out->others = grown;
	out->others[out->nothers] = (struct comparison_other){.key = key, .kind = kind};
	snprintf(grown[out->nothers].text, sizeof grown->text, "%s%s%s", side, *side ? ": " : "",
		 text);
	cut_whole(grown[out->nothers].text, sizeof grown->text);
	out->nothers++;
	out->other_count[kind]++;
	out->unequal++;
}

static struct comparison_other *last_other(struct comparing *c)
{
	return &c->out->others[c->out->nothers - 1];
}

/* Refined points exist on one side only, by their nature. */
static bool is_swept(const struct cell_result *cell)
{
	return cell->wave <= 1;
}

/* By the machine as it is set up, not by the weather or the budget of this run. */
static bool is_not_to_be_had(const struct verdict *outcome)
{
	return (outcome->outcome == OUTCOME_SKIPPED && strcmp(outcome->code, "not-reached") != 0) ||
	       strstr(outcome->code, "page-size"); /* with and without "proof-" */
}

static void add_bad(struct comparing *c, const struct cell_result *old,
		    const struct cell_result *new)
{
	bool old_ok = verdict_is_ok(&old->outcome), new_ok = verdict_is_ok(&new->outcome);
	const struct cell_result *bad = new_ok ? old : new;

	add_other(c, new->key,
		  bad->outcome.outcome == OUTCOME_SKIPPED ? OTHER_SKIPPED : OTHER_INVALID,
		  !old_ok && !new_ok ? "in both"
		  : new_ok	     ? "in the old, ok in the new"
				     : "in the new, ok in the old",
		  bad->outcome.text);
	if (c->no_memory)
		return;
	if (!old_ok && !new_ok) {
		last_other(c)->in_both = true;
		c->out->unequal--;
	}
	if (old_ok && is_not_to_be_had(&new->outcome))
		last_other(c)->lost = ++c->out->lost;
}

static void add_revised(struct comparing *c, const struct cell_result *old,
			const struct cell_result *new)
{
	static const char several[] = "several";
	char was[16], is[16], text[64];

	snprintf(was, sizeof was, "%u", old->revision);
	snprintf(is, sizeof is, "%u", new->revision);
	snprintf(text, sizeof text, "benchmark revision %s → %s",
		 old->revision == REVISION_MIXED ? several : was,
		 new->revision == REVISION_MIXED ? several : is);
	add_other(c, new->key, OTHER_REVISED, "", text);
}

/* Tested metrics that only one of the two has. */
static void add_unmatched(struct comparing *c, const struct cell_result *cell,
			  const struct cell_result *other, enum other_kind kind, const char *where)
{
	for (unsigned i = 0; i < cell->nmetrics; i++) {
		const struct metric_result *m = &cell->metrics[i],
					   *same = cell_find_metric(other, m->name);
		char text[RESULT_NAME_MAX + 32];

		if (!is_tested(c, m) || (same && same->nsamples))
			continue;
		snprintf(text, sizeof text, "metric %s only in the %s", m->name, where);
		add_other(c, cell->key, kind, "", text);
	}
}

static void add_pair(struct comparing *c, const struct cell_result *old,
		     const struct cell_result *new)
{
	if (!verdict_is_ok(&old->outcome) || !verdict_is_ok(&new->outcome)) {
		add_bad(c, old, new);
		return;
	}
	if (old->revision != new->revision || old->revision == REVISION_MIXED) {
		add_revised(c, old, new);
		return;
	}
	c->out->pairs++;
	for (unsigned i = 0; i < new->nmetrics; i++) {
		const struct metric_result *is = &new->metrics[i],
					   *was = cell_find_metric(old, is->name);

		if (is_tested(c, is) && was && was->nsamples)
			add_row(c, old, new, was, is);
	}
	add_unmatched(c, old, new, OTHER_GONE, "old");
	add_unmatched(c, new, old, OTHER_NEW, "new");
}

static bool any_requested(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (result->cells[i].requested)
			return true;
	return false;
}

/* Is it one to match? Across parameters, partners of derived metrics would meet the cells proper,
 * and so would the cells of null, which every run has. */
static bool is_wanted(const struct comparing *c, const struct cell_result *cell, bool requested)
{
	bool proper = (!requested || cell->requested) && strcmp(cell->cell.bench, "null") != 0;

	return is_swept(cell) && (!c->options->across || proper) &&
	       (!c->options->only || selector_match(c->options->only, &cell->cell));
}

/* Takes the unwanted out, and finds two of one key. */
static const struct key_entry *keep_wanted(const struct comparing *c, const struct result *result,
					   struct key_index *index)
{
	bool requested = any_requested(result);
	size_t kept = 0;

	for (size_t i = 0; i < index->n; i++) {
		if (is_wanted(c, index->entry[i].cell, requested))
			index->entry[kept++] = index->entry[i];
		else
			free(index->entry[i].key);
	}
	index->n = kept;
	for (size_t i = 1; i < kept; i++)
		if (strcmp(index->entry[i - 1].key, index->entry[i].key) == 0)
			return &index->entry[i];
	return NULL;
}

static struct verdict twice(const struct key_entry *second)
{
	return verdict_error("ambiguous", "leave one out with --only, or name fewer parameters",
			     "%s and %s are the same cell without the parameters of --across",
			     second[-1].cell->key, second->cell->key);
}

static int by_place(const void *left, const void *right)
{
	const struct key_entry *a = left, *b = right;

	return (a->cell > b->cell) - (a->cell < b->cell);
}

static void match(struct comparing *c, const struct key_index *old, struct key_index *new)
{
	for (size_t i = 0; i < old->n; i++)
		if (!key_index_find(new, old->entry[i].key))
			add_other(c, old->entry[i].cell->key, OTHER_GONE, "", "only in the old");
	qsort(new->entry, new->n, sizeof *new->entry, by_place); /* rows in the result's order */
	for (size_t i = 0; i < new->n; i++) {
		const struct key_entry *was = key_index_find(old, new->entry[i].key);

		if (was)
			add_pair(c, was->cell, new->entry[i].cell);
		else
			add_other(c, new->entry[i].cell->key, OTHER_NEW, "", "only in the new");
	}
}

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free memory, or choose cells with --only",
			     "no memory for the comparison");
}

static struct verdict match_cells(struct comparing *c)
{
	struct key_index old = {0}, new = {0};
	const struct key_entry *second = NULL;
	struct verdict verdict = no_memory();

	if (!key_index_build(c->out->old, c->options->across, &old) ||
	    !key_index_build(c->out->new, c->options->across, &new))
		goto out;
	second = keep_wanted(c, c->out->old, &old);
	if (!second)
		second = keep_wanted(c, c->out->new, &new);
	if (second) {
		verdict = twice(second);
		goto out;
	}
	match(c, &old, &new);
	if (!c->no_memory)
		verdict = verdict_ok();
out:
	key_index_free(&new);
	key_index_free(&old);
	return verdict;
}

struct verdict compare_results(const struct result *old, const struct result *new,
			       const struct compare_options *options, struct comparison *out)
{
	struct comparing c = {.options = options, .out = out};
	struct verdict verdict = no_memory();

	*out = (struct comparison){
	    .old = old, .new = new, .alpha = options->alpha, .threshold = options->threshold};
	if (options->noise_result && !(c.noise = noise_table_make(options->noise_result)))
		goto out;
	if (!part_context_make(old, new, &c.context))
		goto out;
	verdict = match_cells(&c);
	if (verdict_is_ok(&verdict) && !compare_judge(&c))
		verdict = no_memory();
	if (verdict_is_ok(&verdict) && !(compare_findings(out) && compare_environment(out)))
		verdict = no_memory();
	if (verdict_is_ok(&verdict))
		compare_conclude(out, options->strict);
out:
	part_context_free(&c.context);
	noise_table_free(c.noise);
	if (!verdict_is_ok(&verdict))
		comparison_free(out);
	return verdict;
}
