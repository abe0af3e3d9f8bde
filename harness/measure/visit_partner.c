#include "measure/visit_internal.h"

#include <math.h>

/* What the scheduler does anyway, over a visit. */
#define STRAY_SWITCHES 10
#define STRAY_SHARE    0.02

/* A fork leaves what we write to shared until it is written: one leg of everything, thrown away. */
static struct verdict own_memory_again(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct want *want = visit->want;
	const struct visit_harness sums = *harness;
	uint64_t n = harness->bench->timing == TIME_OP ? want->max_ops
		     : want->pass_ops		       ? want->pass_ops
						       : 1;
	struct verdict verdict = leg_run(visit, n, LEG_TIME_COUNTED, &harness->once);

	*harness = sums;
	return verdict;
}

struct verdict visit_begin_partners(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;
	const struct partner_spec *spec = &visit->want->partner;
	struct verdict verdict = verdict_ok();

	if (spec->kind != PARTNER_NONE)
		verdict = partners_start(spec, harness->bay->cpus, harness->bench->partner, visit,
					 &harness->partners);
	if (verdict_is_ok(&verdict) && spec->kind == PARTNER_PROCESS)
		verdict = own_memory_again(visit);
	return verdict;
}

bool visit_end_partners(struct visit_harness *harness)
{
	struct partners *partners = harness->partners;

	harness->partners = NULL;
	return partners_stop(partners);
}

void baton_pass(struct visit *visit, unsigned to)
{
	const struct visit_harness *harness = visit->harness;

	partners_pass(harness->partners, to);
}

bool baton_take(struct visit *visit, unsigned who)
{
	const struct visit_harness *harness = visit->harness;

	return partners_take(harness->partners, who);
}

void visit_prove_switches(struct visit_harness *harness, double each)
{
	double seen = (double)harness->switches, expected = each * (double)harness->all_ops;
	bool held = fabs(seen - expected) <= fmax(STRAY_SWITCHES, STRAY_SHARE * expected);
	struct proof *proof =
	    record_proof(harness->record, "switches", held ? PROOF_HELD : PROOF_FAILED);

	snprintf(proof->expected, sizeof proof->expected, "%.0f", expected);
	snprintf(proof->seen, sizeof proof->seen, "%.0f", seen);
	snprintf(proof->text, sizeof proof->text,
		 "context switches of the initiator in the legs (getrusage)");
}
