/* By what means other CPUs were made to forget: a conclusion from what was counted, and pure. */
#ifndef TLBSCOPE_MEASURE_MECHANISM_H
#define TLBSCOPE_MEASURE_MECHANISM_H

#include <stdbool.h>

struct evidence {
	double expected, seen; /* interrupts per operation, over all responders */
	bool uncounted;	       /* nothing can be said of `seen` */
	bool broadcast;	       /* the machine has no interrupt for it at all (Arm) */
	bool ran;	/* the responders are known to have run, and to have been flushed or not */
	bool switched;	/* a responder was off its CPU, which this kernel knows itself */
	bool invlpgb;	/* the CPU can flush others (AMD, CPUID 0x80000008 EBX bit 3) */
	bool reclaims;	/* reclaim flushed, and needs no process with an ASID of its own for that */
	bool pv_flush;	/* the hypervisor leaves out vCPUs that do not run (KVM) */
	bool hypercall; /* the kernel asks the hypervisor to flush (Hyper-V) */
};

enum mechanism {
	MECHANISM_NONE, /* nothing to flush elsewhere, and nothing was */
	MECHANISM_IPI,
	MECHANISM_PV,	     /* interrupts, but not to vCPUs that were preempted */
	MECHANISM_INVLPGB,   /* none were sent, and entries were lost all the same */
	MECHANISM_HYPERCALL, /* none that the guest counts; gaps are the witness */
	MECHANISM_BROADCAST,
	MECHANISM_UNSEEN, /* cannot be told */
	MECHANISMS,
};

enum mechanism mechanism_of(const struct evidence *evidence);
const char *mechanism_name(enum mechanism mechanism); /* "ipi": in results */
const char *mechanism_text(enum mechanism mechanism); /* a sentence */

#endif
