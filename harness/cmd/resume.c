#include "cmd/run_options.h"

#include <stdlib.h>
#include <string.h>

/* Refined cells of the first half are in no profile: they join the plan by name. */
static void adopt_refined(struct session *session, const struct result *partial)
{
	for (unsigned i = 0; i < partial->ncells; i++) {
		const struct cell_result *cell = &partial->cells[i];

		for (unsigned k = 0; cell->wave > 1 && k < session->plan.ncells; k++) {
			const struct plan_cell *like = &session->plan.cells[k];

			if (!like->refine || strcmp(like->cell.bench, cell->cell.bench) != 0)
				continue;
			if (!cell_value(&cell->cell, like->refine) ||
			    like->cell.nparams != cell->cell.nparams)
				continue;
			struct cell same = like->cell;

			for (unsigned p = 0; p < same.nparams; p++)
				if (strcmp(same.param[p].name, like->refine) == 0)
					same.param[p].value =
					    *cell_value(&cell->cell, like->refine);
			char key[CELL_KEY_MAX];

			key_format(&same, key);
			if (strcmp(key, cell->key) != 0)
				continue;
			plan_refined(&session->plan, &session->context, k, like->refine,
				     cell_count(&cell->cell, like->refine), cell->wave);
			break;
		}
	}
}

/* Raw samples, histograms and proofs stay; whatever is computed from them is computed anew. */
static void take_samples(struct cell_result *into, struct cell_result *from)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < from->nmetrics; i++) {
		if (!from->metrics[i].pair[0]) {
			from->metrics[kept++] = from->metrics[i];
			continue;
		}
		metric_clear(&from->metrics[i]);
	}
	into->metrics = from->metrics;
	into->nmetrics = kept;
	into->hists = from->hists;
	into->nhists = from->nhists;
	into->proofs = from->proofs;
	into->nproofs = from->nproofs;
	into->disturbances = from->disturbances;
	into->ndisturbances = from->ndisturbances;
	into->rounds = from->rounds;
	into->failed_visits = from->failed_visits;
	into->last_failure = from->last_failure;
	if (into->failed_visits && verdict_is_ok(&into->last_failure))
		into->last_failure =
		    verdict_invalid("not-told", "measure it anew",
				    "the partial result does not say why visits failed");
	into->measured_s = from->measured_s;
	from->metrics = NULL;
	from->hists = NULL;
	from->proofs = NULL;
	from->disturbances = NULL;
	from->nmetrics = from->nhists = from->nproofs = from->ndisturbances = 0;
}

static bool same_machine(const struct result *a, const struct result *b)
{
	const char *kernel_a = facts_get(&a->before, "kernel.release"),
		   *kernel_b = facts_get(&b->before, "kernel.release");

	return strcmp(a->machine.id, b->machine.id) == 0 && kernel_a && kernel_b &&
	       strcmp(kernel_a, kernel_b) == 0;
}

/* A cell that today's plan lacks (fewer CPUs, less memory) would be gone from the completed result.
 */
static struct verdict keeps_all(const struct plan *plan, const struct result *partial)
{
	for (unsigned i = 0; i < partial->ncells; i++) {
		unsigned k = 0;

		while (k < plan->ncells && strcmp(plan->cells[k].key, partial->cells[i].key) != 0)
			k++;
		if (k == plan->ncells && partial->cells[i].rounds)
			return verdict_error(
			    "fewer-cells",
			    "resume with the CPUs, memory and tlbscope that it was begun with",
			    "%s was measured, and is not in the plan that can be made now",
			    partial->cells[i].key);
	}
	return verdict_ok();
}

struct verdict run_resume(struct session *session, const struct result *partial,
			  struct result *result)
{
	if (!same_machine(partial, result))
		return verdict_error("other-machine", "resume it where it was begun",
				     "the partial run is of %s, this is %s", partial->machine.id,
				     result->machine.id);
	adopt_refined(session, partial);
	struct verdict kept = keeps_all(&session->plan, partial);

	if (!verdict_is_ok(&kept))
		return kept;
	for (unsigned i = 0; i < session->plan.ncells; i++) {
		const struct plan_cell *plan = &session->plan.cells[i];
		struct cell_result *old = result_find_cell(partial, plan->key),
				   *cell = result_add_cell(result);

		if (!cell)
			return verdict_error("no-memory", "free memory",
					     "no memory for the result");
		memcpy(cell->key, plan->key, sizeof cell->key);
		memcpy(cell->sweeps, plan->sweeps, sizeof cell->sweeps);
		cell->cell = plan->cell;
		cell->revision = plan->bench->revision;
		cell->wave = plan->wave;
		cell->requested = plan->requested;
		cell->outcome = plan->verdict;
		if (old && old->revision == cell->revision)
			take_samples(cell, old);
	}
	result->run.rounds = partial->run.rounds;
	result->run.elapsed_s = partial->run.elapsed_s;
	memcpy(result->run.id, partial->run.id, sizeof result->run.id);
	memcpy(result->run.started, partial->run.started, sizeof result->run.started);
	memcpy(result->run.label, partial->run.label, sizeof result->run.label);
	return verdict_ok();
}
