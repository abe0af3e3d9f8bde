/* How this machine makes other CPUs forget translations: what the cells' proofs name, taken
 * together. An interrupt that was counted on each responder; INVLPGB, where none was and entries
 * were lost all the same; a broadcast in hardware (Arm); a call of the hypervisor (Hyper-V), where
 * responders were interrupted and none was counted; interrupts that a hypervisor let the
 * kernel leave out, because a virtual CPU did not run. */
#include "analyse/analysis.h"
#include "analyse/storms.h"
#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name, *text; /* name: as measure/mechanism.h has it */
} known[] = {
    {"invlpgb", "INVLPGB: responders were flushed without an interrupt"},
    {"ipi", "an interrupt to each responder"},
    {"broadcast", "a broadcast in hardware: no responder was interrupted"},
    {"hypercall",
     "a call of the hypervisor, which flushes for this kernel: no interrupt is counted"},
    {"pv-skipped", "interrupts, but not to virtual CPUs that did not run"},
    {"unseen", "cannot be told: nothing here counts interrupts, or responders were away"},
};

enum { KNOWN = sizeof known / sizeof *known, IPI = 1, UNSEEN = KNOWN - 1 };

struct witnesses {
	unsigned cells[KNOWN], short_of; /* short_of: storms with too few interrupts */
	const struct cell_result *first[KNOWN];
};

static const struct proof *proof_of(const struct cell_result *c, const char *what)
{
	for (unsigned i = 0; i < c->nproofs; i++)
		if (strcmp(c->proofs[i].what, what) == 0)
			return &c->proofs[i];
	return NULL;
}

/* A result without that proof: by the count of interrupts alone. */
static const char *by_count(const struct result *result, const struct proof *ipis)
{
	const char *arch = facts_get(&result->before, "kernel.arch");

	if (ipis->state == PROOF_HELD)
		return atof(ipis->expected) > 0 ? "ipi" : "none";
	if (ipis->state == PROOF_FAILED)
		return "none";
	if (strstr(ipis->text, "INVLPGB"))
		return "invlpgb";
	return arch && strcmp(arch, "aarch64") == 0 ? "broadcast" : "unseen";
}

static void hear(const struct result *result, struct witnesses *w, const struct cell_result *c)
{
	const struct proof *proof = proof_of(c, "mechanism"), *ipis = proof_of(c, "ipis");
	const char *name;

	if (!ipis)
		return;
	name = proof && verdict_is_ok(&c->outcome) ? proof->seen : by_count(result, ipis);
	w->short_of += ipis->state == PROOF_FAILED && atof(ipis->seen) < atof(ipis->expected);
	for (size_t i = 0; i < KNOWN; i++) {
		if (strcmp(known[i].name, name) != 0)
			continue;
		w->first[i] = w->cells[i] ? w->first[i] : c;
		w->cells[i]++;
	}
}

static enum confidence confidence_of(const struct witnesses *w, size_t mechanism)
{
	if (mechanism == UNSEEN)
		return CANNOT_TELL;
	for (size_t i = 0; i < UNSEEN; i++)
		if (i != mechanism && w->cells[i])
			return SEEN; /* a mixture: a process may change over in its life */
	return CONFIRMED;
}

static bool report(struct result *result, const struct witnesses *w, size_t mechanism)
{
	const char *pv = facts_get(&result->before, "hypervisor.pv_tlb_flush"),
		   *host = facts_get(&result->before, "hypervisor");
	struct draft draft = draft_begin(result, "flush-mechanism", "mechanism/1");
	char left_out[120] = "";

	draft_subject(&draft, "mechanism", "%s", known[mechanism].name);
	if (pv)
		draft_subject(&draft, "pv_tlb_flush", "%s", pv);
	for (size_t i = 0; i < KNOWN; i++)
		if (w->cells[i])
			draft_from(&draft, i == mechanism || verdict_is_ok(&w->first[i]->outcome)
					       ? w->first[i]
					       : NULL);
	draft_number(&draft, "cells", "", w->cells[mechanism]);
	draft_number(&draft, "short_cells", "", w->short_of);
	if (w->short_of)
		snprintf(left_out, sizeof left_out, "; %u storm%s got fewer and %s invalid%s",
			 w->short_of, plural(w->short_of), is_or_are(w->short_of),
			 pv && strcmp(pv, "yes") == 0 && !(host && strcmp(host, "hyper-v") == 0)
			     ? " (this hypervisor leaves out virtual CPUs that do not run)"
			     : "");
	return draft_done(&draft, confidence_of(w, mechanism), "%s, in %u cell%s%s",
			  known[mechanism].text, w->cells[mechanism], plural(w->cells[mechanism]),
			  left_out);
}

bool find_mechanism(struct result *result)
{
	struct witnesses w = {0};

	for (unsigned i = 0; i < result->ncells; i++)
		hear(result, &w, &result->cells[i]);
	for (size_t i = 0; i < KNOWN; i++)
		if (w.cells[i])
			return report(result, &w, i);
	return true;
}
