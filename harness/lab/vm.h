/* A machine made of software: one Linux kernel in QEMU, with one command of tlbscope in it.
 *
 * The guest is the kernel and an initramfs that holds this very program, the libraries it was
 * loaded with, and its data; the program is the guest's init (guest.c). No disk, no network and no
 * kernel module is needed: all that the guest says goes through two serial ports, which any kernel
 * for PCs has built in. The first is the kernel's console, the second carries frames (frames.h):
 * what the command prints, the files that it writes below its working directory, and its exit code.
 *
 * Under software emulation (tcg) counts are the kernel's own and real: interrupts, flushes, faults,
 * pages, placement. Times are the emulator's. A run inside sees the emulator in CPUID and marks its
 * result so (run.accel).
 */
#ifndef TLBSCOPE_LAB_VM_H
#define TLBSCOPE_LAB_VM_H

#include <tlbscope/verdict.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sockets, dies in a socket (each has its own last-level cache), cores in a die, threads in a core.
 */
struct vm_shape {
	unsigned sockets, dies, cores, threads;
};

#define VM_CPUS_MAX  255 /* what QEMU takes without an interrupt remapper */
#define VM_NODES_MAX 8

struct vm_spec {
	const char *kernel; /* see kernel.h */
	struct vm_shape shape;
	unsigned nodes, distance; /* NUMA nodes with equal shares of CPUs and memory; distance
				     between any two, 10 is local */
	uint64_t memory_bytes;
	const char *cpu;	    /* more of QEMU's CPU properties, "la57=off,pcid=on"; or NULL */
	const char *append;	    /* more words of the kernel's command line, or NULL */
	bool kvm;		    /* else tcg. Untried: no machine at hand could */
	double timeout_s;	    /* from start to the command's end */
	double silent_s;	    /* of a console before init runs: then it is booted again, twice
				       at most; 0: a minute */
	const char *const *command; /* of tlbscope: {"run", "--only", ..., NULL} */
	const char *data;	    /* directory of figures and templates to take along, or NULL */
	const char *output;	    /* existing directory for the files that the command writes */
	int out, err;		    /* descriptors for what the command prints; -1: dropped */
};

#define VM_CONSOLE_BYTES 2048

struct vm_end {
	int code;		/* of the command, as a shell has it: 128 + n for signal n */
	char result[4096];	/* the result.json among the files, with `output`; "" if none */
	unsigned files;		/* brought back */
	unsigned boots;		/* 1, and one for each that stopped half-way */
	double boot_s, total_s; /* from start to init, and to the end */
	char warning[160];	/* QEMU's first, like a CPU property that it lacks; else "" */
	char console[VM_CONSOLE_BYTES]; /* its last lines when the guest hung or died; else "" */
};

/* "2:2:2" is sockets:cores:threads, "2:2:1:2" sockets:dies:cores:threads. */
struct verdict vm_shape_parse(const char *text, struct vm_shape *out);
/* "2" or "2:31": NUMA nodes and the distance between them (21 if not given). */
struct verdict vm_numa_parse(const char *text, unsigned *nodes, unsigned *distance);
/* "512M", "2G". */
struct verdict vm_memory_parse(const char *text, uint64_t *out);
/* What does not fit together: CPUs and memory that cannot be shared out, more CPUs than there may
 * be. */
struct verdict vm_check(const struct vm_spec *spec);

/* Boots, runs the command, brings its files back, ends the guest. Ok when the command ended,
 * whatever its code. Errors: no-qemu, no-kernel, bad-option; "guest-hung" (still running at the
 * limit) and "guest-died" (gone before the command ended), both with end->console; "interrupted" by
 * a signal. Nothing is left behind: no process, no temporary file. Not for two threads of a process
 * at once; several processes may. */
struct verdict vm_run(const struct vm_spec *spec, struct vm_end *end);

/* The other side: what the program does as the guest's init, which it is when it is started by this
 * name. Does not return then: the machine is switched off. An error otherwise. */
bool vm_is_guest(const char *program);
struct verdict vm_guest(void);

#endif
