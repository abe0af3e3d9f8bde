/* What operations must cause beside interrupts and faults: lines of /proc/vmstat, and responders
 * that fault as well. */
#include "measure/visit_internal.h"

#include "measure/vmstat.h"

#include <math.h>

#define VMSTAT_STRAYS	 1    /* the lines count the whole machine */
#define VMSTAT_TOLERANCE 0.01 /* of what is expected */
#define COMPANY_LEAST	 0.1  /* pages of each responder to one of the initiator */

static void add_vmstat(struct visit *visit, double sign)
{
	struct visit_harness *harness = visit->harness;
	const struct expect_vmstat *expected = visit->want->expect.vmstat;

	for (unsigned i = 0; i < EXPECT_VMSTAT_MAX && expected[i].line; i++) {
		uint64_t now = 0;

		if (!vmstat_line(expected[i].line, &now))
			harness->vmstat_missing[i] = true;
		harness->vmstat[i] += sign * (double)now;
	}
}

void expect_before(struct visit *visit)
{
	add_vmstat(visit, -1);
}

void expect_after(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;

	add_vmstat(visit, +1);
	if (harness->bay->gang && gang_works(harness->bay->gang_spec))
		harness->company += gang_least_work(harness->bay->gang);
}

static void prove_line(struct visit_harness *harness, unsigned i)
{
	const struct expect_vmstat *expected = &harness->want->expect.vmstat[i];
	double count = expected->per_op * (double)harness->all_ops;
	bool held =
	    fabs(harness->vmstat[i] - count) <= fmax(VMSTAT_STRAYS, VMSTAT_TOLERANCE * count);
	struct proof *proof = record_proof(harness->record, expected->line,
					   harness->vmstat_missing[i] ? PROOF_UNAVAILABLE
					   : held		      ? PROOF_HELD
								      : PROOF_FAILED);

	snprintf(proof->expected, sizeof proof->expected, "%.0f", count);
	if (harness->vmstat_missing[i])
		snprintf(proof->text, sizeof proof->text, "/proc/vmstat has no such line");
	else
		snprintf(proof->text, sizeof proof->text,
			 "/proc/vmstat over the legs, of the whole machine");
	if (!harness->vmstat_missing[i])
		snprintf(proof->seen, sizeof proof->seen, "%.0f", harness->vmstat[i]);
}

/* A responder that does not run would leave the initiator alone, and fast. */
static void prove_company(struct visit_harness *harness)
{
	double each = (double)harness->company / (double)harness->all_ops;
	struct proof *proof = record_proof(harness->record, "company",
					   each >= COMPANY_LEAST ? PROOF_HELD : PROOF_FAILED);

	snprintf(proof->expected, sizeof proof->expected, "%g and more", COMPANY_LEAST);
	snprintf(proof->seen, sizeof proof->seen, "%.3g", each);
	snprintf(proof->text, sizeof proof->text,
		 "faults of the idlest responder to an operation, over the legs");
}

void expect_prove(struct visit *visit)
{
	struct visit_harness *harness = visit->harness;

	for (unsigned i = 0; i < EXPECT_VMSTAT_MAX && visit->want->expect.vmstat[i].line; i++)
		prove_line(harness, i);
	if (harness->bay->gang && gang_works(harness->bay->gang_spec))
		prove_company(harness);
}
