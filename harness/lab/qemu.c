#include "lab/qemu.h"

#include "lab/initramfs.h"

#include <stdarg.h>

/* The emulator's own model of a CPU calls itself an AMD of 2003, and Linux then believes in neither
 * its hardware threads nor its synchronous clocks. Intel's way of telling both (leaf 0xB; one clock
 * for all packages) is the one that QEMU emulates. */
#define CPU_TCG "max,vendor=GenuineIntel,l3-cache=on"
#define CPU_KVM "host,l3-cache=on"

/* All CPUs take turns in one thread, and one that waits (PAUSE, MWAIT, HLT) gives its turn away: an
 * operation on eight CPUs takes a few turns, not eight time slices of a host with fewer CPUs. A
 * thread to each CPU also goes on with code that the kernel has patched meanwhile, and hangs
 * (QEMU 7.2). */
#define ACCEL_TCG "tcg,thread=single"

/* panic=-1 and -no-reboot: a kernel that dies ends QEMU. Words that it
 * does not know become arguments of init, so these say nothing: its name does. */
#define COMMAND_LINE "console=ttyS0 panic=-1 rdinit=" GUEST_INIT

/* The emulated CPU does not claim to be safe from Meltdown, and its TLB is emptied with each change
 * of tables: with tables of the kernel's own, a system call takes thirty times as long. The last
 * such word counts, so --append can ask for them. */
#define FASTER_TCG " pti=off"

#define INHERITED "/proc/self/fd/%d"

static void word(struct qemu *q, const char *text)
{
	if (q->n < QEMU_WORDS - 1)
		q->words[q->n++] = text;
	q->words[q->n] = NULL;
}

__attribute__((format(printf, 3, 4))) static void option(struct qemu *q, const char *name,
							 const char *format, ...)
{
	char *text = q->text + q->used;
	size_t space = sizeof q->text - q->used;
	va_list args;

	va_start(args, format);
	size_t n = (size_t)vsnprintf(text, space, format, args) + 1;
	va_end(args);
	q->used += n < space ? n : space;
	word(q, name);
	word(q, text);
}

static void nodes(struct qemu *q, const struct vm_spec *spec)
{
	const struct vm_shape *s = &spec->shape;
	unsigned cpus = s->sockets * s->dies * s->cores * s->threads / spec->nodes;
	unsigned long long mib = (spec->memory_bytes >> 20) / spec->nodes;

	for (unsigned i = 0; i < spec->nodes; i++) {
		option(q, "-object", "memory-backend-ram,id=ram%u,size=%lluM", i, mib);
		option(q, "-numa", "node,nodeid=%u,cpus=%u-%u,memdev=ram%u", i, i * cpus,
		       (i + 1) * cpus - 1, i);
	}
	for (unsigned i = 0; i < spec->nodes; i++)
		for (unsigned k = i + 1; k < spec->nodes; k++)
			option(q, "-numa", "dist,src=%u,dst=%u,val=%u", i, k, spec->distance);
}

struct verdict qemu_command(const struct vm_spec *spec, const struct qemu_files *files,
			    struct qemu *q)
{
	const struct vm_shape *s = &spec->shape;

	*q = (struct qemu){0};
	word(q, QEMU_PROGRAM);
	word(q, "-nodefaults");
	word(q, "-no-user-config");
	word(q, "-no-reboot");
	option(q, "-display", "none");
	option(q, "-machine", "q35");
	option(q, "-accel", "%s", spec->kvm ? "kvm" : ACCEL_TCG);
	option(q, "-cpu", "%s%s%s", spec->kvm ? CPU_KVM : CPU_TCG, spec->cpu ? "," : "",
	       spec->cpu ? spec->cpu : "");
	option(q, "-smp", "cpus=%u,sockets=%u,dies=%u,cores=%u,threads=%u",
	       s->sockets * s->dies * s->cores * s->threads, s->sockets, s->dies, s->cores,
	       s->threads);
	option(q, "-m", "%lluM", (unsigned long long)(spec->memory_bytes >> 20));
	nodes(q, spec);
	option(q, "-kernel", INHERITED, files->kernel);
	option(q, "-initrd", INHERITED, files->initrd);
	option(q, "-append", "%s%s%s%s", COMMAND_LINE, spec->kvm ? "" : FASTER_TCG,
	       spec->append ? " " : "", spec->append ? spec->append : "");
	option(q, "-chardev", "file,id=console,path=" INHERITED, files->console);
	option(q, "-serial", "chardev:console");
	option(q, "-chardev", "stdio,id=frames,signal=off");
	option(q, "-serial", "chardev:frames");
	if (q->n < QEMU_WORDS - 1 && q->used < sizeof q->text)
		return verdict_ok();
	return verdict_error("bad-option", "shorten --append or --cpu",
			     "the command line of QEMU is longer than %zu bytes", sizeof q->text);
}
