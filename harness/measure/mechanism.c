#include "measure/mechanism.h"

#define NONE_SENT 0.05 /* per operation: as good as none */
#define ALL_SENT  0.95

enum mechanism mechanism_of(const struct evidence *e)
{
	if (e->broadcast)
		return MECHANISM_BROADCAST;
	if (e->uncounted)
		return MECHANISM_UNSEEN;
	if (e->seen >= ALL_SENT * e->expected)
		return e->seen < NONE_SENT ? MECHANISM_NONE : MECHANISM_IPI;
	if ((e->seen < NONE_SENT || e->reclaims) && e->invlpgb && e->ran)
		return MECHANISM_INVLPGB;
	if (e->hypercall && e->ran)
		return MECHANISM_HYPERCALL;
	if (e->pv_flush && !e->switched)
		return MECHANISM_PV;
	return e->seen < NONE_SENT ? MECHANISM_UNSEEN : MECHANISM_IPI;
}

static const struct {
	const char *name, *text;
} mechanisms[MECHANISMS] = {
    [MECHANISM_NONE] = {"none", "no other CPU had to forget anything"},
    [MECHANISM_IPI] = {"ipi", "each flush is an interrupt to every CPU concerned"},
    [MECHANISM_PV] = {"pv-skipped",
		      "KVM leaves out vCPUs that do not run: a responder was away now and then"},
    [MECHANISM_INVLPGB] = {"invlpgb", "INVLPGB: this CPU flushes others without interrupting them"},
    [MECHANISM_HYPERCALL] = {"hypercall",
			     "the hypervisor is asked to flush other CPUs: this kernel "
			     "sends them no interrupt to be counted"},
    [MECHANISM_BROADCAST] = {"broadcast",
			     "the machine broadcasts its flushes: no CPU is interrupted"},
    [MECHANISM_UNSEEN] = {"unseen", "interrupts are not counted here, or responders were away"},
};

const char *mechanism_name(enum mechanism mechanism)
{
	return mechanisms[mechanism].name;
}

const char *mechanism_text(enum mechanism mechanism)
{
	return mechanisms[mechanism].text;
}
