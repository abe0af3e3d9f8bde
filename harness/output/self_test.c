#include "output/self_test.h"

#include "output/text.h"
#include "output/words.h"
#include "result/phrase.h"

#include <math.h>
#include <string.h>

#define GRADE_SAMPLES 6 /* fewer have no 95% interval */

static double disturbance(const struct result *result, const char *name)
{
	double sum = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].ndisturbances; k++)
			if (strcmp(result->cells[i].disturbances[k].name, name) == 0)
				sum += result->cells[i].disturbances[k].value;
	return sum;
}

/* Not the floor, which every run measures. */
static bool is_of_self_test(const struct cell_result *cell)
{
	return cell->requested && strcmp(cell->cell.bench, "null") != 0;
}

/* A proof over all cells: failed if it failed anywhere. */
static const struct proof *find_proof(const struct result *result, const char *what)
{
	const struct proof *found = NULL;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0;
		     k < result->cells[i].nproofs && is_of_self_test(&result->cells[i]); k++) {
			const struct proof *proof = &result->cells[i].proofs[k];

			if (strcmp(proof->what, what) == 0 &&
			    (!found || proof->state == PROOF_FAILED || !*found->expected))
				found = proof;
		}
	return found;
}

static void say_proof(FILE *to, const struct result *result, const char *name, const char *what)
{
	static const char *const states[] = {
	    [PROOF_HELD] = "held", [PROOF_FAILED] = "FAILED", [PROOF_UNAVAILABLE] = "unavailable"};
	const struct proof *proof = find_proof(result, what);

	if (!proof)
		text_line(to, name, "not tried: no cell that could");
	else
		text_line(to, name, "%s%s%s%s%s%s%s", states[proof->state],
			  *proof->expected ? ", expected " : "", proof->expected,
			  *proof->seen ? ", seen " : "", proof->seen, *proof->text ? ": " : "",
			  proof->text);
}

/* How far the same cell moves between rounds: half of the 95% interval of the median, worst primary
 * metric. */
static double spread(const struct result *result)
{
	double worst = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0;
		     k < result->cells[i].nmetrics && is_of_self_test(&result->cells[i]); k++) {
			const struct metric_result *m = &result->cells[i].metrics[k];

			if (m->primary && m->e.est > 0)
				worst = fmax(worst, (m->e.hi - m->e.lo) / 2 / m->e.est);
		}
	return worst;
}

static void say_cells(FILE *to, const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		const struct metric_result *ns = cell_find_metric(cell, "ns");

		if (!is_of_self_test(cell))
			continue;
		if (verdict_is_ok(&cell->outcome) && ns)
			fprintf(to, "  %-64s %9.1f ns [%.1f, %.1f]\n", cell->key, ns->e.est,
				ns->e.lo, ns->e.hi);
		else
			fprintf(to, "  %-64s %s\n", cell->key, cell->outcome.text);
	}
}

/* The first cell that says nothing of how well this machine can be measured. NULL: they all do. */
static const struct cell_result *unmeasured(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];

		if (is_of_self_test(cell) &&
		    (!verdict_is_ok(&cell->outcome) || cell->rounds < GRADE_SAMPLES))
			return cell;
	}
	return NULL;
}

static void say_finding(FILE *to, const struct result *result, const char *name, const char *kind)
{
	const struct finding *finding = result_find_finding(result, kind, NULL, NULL, NULL);

	if (finding)
		text_line(to, name, "%s", finding->text);
}

static void say_grade(FILE *to, const struct result *result)
{
	const struct cell_result *missing = unmeasured(result);
	double worst = spread(result);

	if (result_tally(result).failed)
		fprintf(to,
			"\nA proof failed just now: good for nothing here until that is mended\n");
	else if (missing && verdict_is_ok(&missing->outcome))
		fprintf(to,
			"\nnot graded: %s gave %u sample%s, and it takes %d; try again when less "
			"runs here\n",
			missing->key, missing->rounds, plural(missing->rounds), GRADE_SAMPLES);
	else if (missing)
		fprintf(to, "\nnot graded: %s was not measured: %s\n", missing->key,
			missing->outcome.text);
	else
		fprintf(to, "\ngood for %s here\n",
			worst <= 0.01	? "1%"
			: worst <= 0.05 ? "5%"
					: "nothing finer than 5%");
}

void self_test_print(FILE *to, const struct result *result)
{
	say_cells(to, result);
	say_proof(to, result, "pinned", "pinned");
	say_proof(to, result, "page size", "page-size");
	say_proof(to, result, "interrupts", "ipis");
	say_proof(to, result, "gaps", "gaps");
	say_finding(to, result, "distance", "distance");
	say_finding(to, result, "company", "company");
	text_line(to, "steal", "%.0f ms in the self-test", disturbance(result, "steal_ms"));
	if (!unmeasured(result))
		text_line(to, "spread", "±%.1f%% between rounds, worst of these cells",
			  spread(result) * 100);
	say_grade(to, result);
}
