/* Starting, watching and ending a visit's partners; the contract is <tlbscope/partner.h>. */
#ifndef TLBSCOPE_MEASURE_PARTNER_H
#define TLBSCOPE_MEASURE_PARTNER_H

#include "machine/topology.h"

#include <tlbscope/bench.h>

struct partners;

/* Runs body(visit, who) in each, who = 1 to n, once it is on its CPU. Invalid where one does not
 * get there within a second. */
struct verdict partners_start(const struct partner_spec *spec, const struct gang_cpus *cpus,
			      void (*body)(struct visit *, unsigned who), struct visit *visit,
			      struct partners **out);
/* Ends them all; NULL is fine. A process that does not end within a second is killed, a thread that
 * does not is left to die with the worker. True: all ended, and had stayed on their CPUs. */
bool partners_stop(struct partners *partners);

void partners_pass(struct partners *partners, unsigned to);
bool partners_take(struct partners *partners, unsigned who);

#endif
