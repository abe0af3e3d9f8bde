/* How this machine makes other CPUs forget translations, told by the proofs of cells whose
 * responders had to be reached: an interrupt that was counted on each of them, INVLPGB, which none
 * was, a broadcast in hardware (Arm), or a hypervisor that lets the kernel skip virtual CPUs that
 * are not running. */
#include "analyse/analysis.h"
#include "analyse/storms.h"

#include <stdlib.h>
#include <string.h>

struct witnesses {
	unsigned interrupted, invlpgb, uncounted, short_of;
	const struct cell_result *first[4];
};

static const struct proof *ipis_of(const struct cell_result *c)
{
	for (unsigned i = 0; i < c->nproofs; i++)
		if (strcmp(c->proofs[i].what, "ipis") == 0)
			return &c->proofs[i];
	return NULL;
}

static void count(unsigned *n, const struct cell_result **first, const struct cell_result *c)
{
	*first = *n ? *first : c;
	++*n;
}

static void hear(struct witnesses *w, const struct cell_result *c)
{
	const struct proof *proof = ipis_of(c);

	if (!proof || !cell_value(&c->cell, "resp") || atof(proof->expected) <= 0) {
		if (proof && proof->state == PROOF_UNAVAILABLE)
			count(strstr(proof->text, "INVLPGB") ? &w->invlpgb : &w->uncounted,
			      strstr(proof->text, "INVLPGB") ? &w->first[1] : &w->first[2], c);
		return;
	}
	if (proof->state == PROOF_HELD)
		count(&w->interrupted, &w->first[0], c);
	else if (proof->state == PROOF_FAILED && atof(proof->seen) < atof(proof->expected))
		count(&w->short_of, &w->first[3], c);
}

static bool fact_is(const struct result *result, const char *name, const char *text)
{
	const char *fact = facts_get(&result->before, name);

	return fact && strcmp(fact, text) == 0;
}

struct answer {
	const char *mechanism, *text;
	unsigned cells;
	const struct cell_result *from;
	enum confidence confidence;
};

static struct answer answer_of(const struct result *result, const struct witnesses *w)
{
	bool arm = fact_is(result, "kernel.arch", "aarch64");

	if (w->invlpgb)
		return (struct answer){"invlpgb",
				       "INVLPGB: responders that ran were not interrupted",
				       w->invlpgb, w->first[1], w->interrupted ? SEEN : CONFIRMED};
	if (w->interrupted)
		return (struct answer){"ipi", "an interrupt to each responder", w->interrupted,
				       w->first[0], CONFIRMED};
	if (w->uncounted)
		return (struct answer){arm ? "broadcast" : "unknown",
				       arm ? "a broadcast in hardware (TLBI): no interrupts"
					   : "nothing here counts interrupts",
				       w->uncounted, w->first[2], arm ? SEEN : CANNOT_TELL};
	return (struct answer){0};
}

static bool report(struct result *result, const struct witnesses *w, const struct answer *answer)
{
	bool skips = fact_is(result, "hypervisor.pv_tlb_flush", "yes");
	struct draft draft = draft_begin(result, "flush-mechanism", "mechanism/1");

	draft_subject(&draft, "mechanism", "%s", answer->mechanism);
	draft_from(&draft, answer->from);
	draft_number(&draft, "cells", "", answer->cells);
	if (skips) {
		draft_subject(&draft, "pv_tlb_flush", "yes");
		draft_number(&draft, "short_cells", "", w->short_of);
	}
	return draft_done(&draft, answer->confidence, "%s, in %u cells%s", answer->text,
			  answer->cells,
			  skips ? "; this hypervisor lets the kernel skip virtual CPUs that do not "
				  "run, such storms are invalid here"
				: "");
}

bool find_mechanism(struct result *result)
{
	struct witnesses w = {0};
	struct answer answer;

	for (unsigned i = 0; i < result->ncells; i++)
		if (verdict_is_ok(&result->cells[i].outcome) || ipis_of(&result->cells[i]))
			hear(&w, &result->cells[i]);
	answer = answer_of(result, &w);
	return !answer.mechanism || report(result, &w, &answer);
}
