#include "cmd/cmd.h"

#include "cmd/earlier.h"
#include "lab/vm.h"
#include "output/output.h"
#include "result/phrase.h"

#include <string.h>
#include <unistd.h>

static const char doc[] =
    "Run a command of tlbscope in an emulated machine: other kernels, other topologies."
    "\vCOMMAND is one of tlbscope's, with its options, after --. What it prints comes here, and so "
    "do "
    "the files that it writes below its working directory; its exit code is the exit code.\n\n"
    "Under emulation counts are real (interrupts, flushes, faults), and times are the emulator's: "
    "the "
    "result says so.\n\n"
    "Examples:\n"
    "  tlbscope vm -- run                        Debian's kernel on 8 CPUs\n"
    "  tlbscope vm --topology 2:2:1:2 -- doctor  2 packages of 2 L3 caches each\n"
    "  tlbscope vm --kernel arch/x86/boot/bzImage --append nopcid -- run\n\n"
    "Exit code: the command's; 255 when the guest could not be started, died or hung.";

enum {
	OPT_KERNEL = 256,
	OPT_TOPOLOGY,
	OPT_NUMA,
	OPT_MEM,
	OPT_CPU,
	OPT_APPEND,
	OPT_ACCEL,
	OPT_TIMEOUT,
	OPT_OUTPUT
};

static const struct argp_option options[] = {
    {"kernel", OPT_KERNEL, "KERNEL", 0,
     "a bzImage, a package with one (.deb), debian or debian:PACKAGE (default debian: fetched, not "
     "installed)",
     0},
    {"topology", OPT_TOPOLOGY, "S:C:T", 0,
     "sockets:cores:threads, or sockets:dies:cores:threads with an L3 cache to a die (default "
     "2:2:2)",
     0},
    {"numa", OPT_NUMA, "N[:DISTANCE]", 0, "NUMA nodes, and the distance between them (default 1)",
     0},
    {"mem", OPT_MEM, "SIZE", 0, "memory, like 512M (default 2G)", 0},
    {"cpu", OPT_CPU, "PROPERTIES", 0, "more of QEMU's CPU properties, like la57=off,pdpe1gb=off",
     0},
    {"append", OPT_APPEND, "WORDS", 0, "more words of the kernel's command line", 0},
    {"accel", OPT_ACCEL, "tcg|kvm", 0, "emulation, or (untried) the processor itself", 0},
    {"timeout", OPT_TIMEOUT, "SECONDS", 0, "end the guest after this long (default 300)", 0},
    {"output", OPT_OUTPUT, "DIR", 0, "where the command's files go (default here)", 0},
    {0},
};

struct vm_options {
	struct vm_spec spec;
	struct verdict verdict;
};

static void take(struct vm_options *o, struct verdict verdict)
{
	if (verdict_is_ok(&o->verdict))
		o->verdict = verdict;
}

static void take_accel(struct vm_options *o, const char *arg)
{
	o->spec.kvm = strcmp(arg, "kvm") == 0;
	if (!o->spec.kvm && strcmp(arg, "tcg") != 0)
		take(o, verdict_error("bad-option", "--accel tcg or --accel kvm",
				      "--accel does not know %s", arg));
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct vm_options *o = state->input;

	switch (key) {
	case OPT_KERNEL:
		o->spec.kernel = arg;
		break;
	case OPT_TOPOLOGY:
		take(o, vm_shape_parse(arg, &o->spec.shape));
		break;
	case OPT_NUMA:
		take(o, vm_numa_parse(arg, &o->spec.nodes, &o->spec.distance));
		break;
	case OPT_MEM:
		take(o, vm_memory_parse(arg, &o->spec.memory_bytes));
		break;
	case OPT_CPU:
		o->spec.cpu = arg;
		break;
	case OPT_APPEND:
		o->spec.append = arg;
		break;
	case OPT_ACCEL:
		take_accel(o, arg);
		break;
	case OPT_TIMEOUT:
		take(o, cmd_number("--timeout", arg, 1, 1e6, &o->spec.timeout_s));
		break;
	case OPT_OUTPUT:
		o->spec.output = arg;
		break;
	case ARGP_KEY_ARGS: /* the command, untouched */
		o->spec.command = (const char *const *)state->argv + state->next;
		state->next = state->argc;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static bool is_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return true;
	return false;
}

/* Files of the guest's go over those that are here, and a guest does not see these: so it is asked
 * before it boots. */
static struct verdict keep_earlier(const struct vm_spec *spec)
{
	static const char option[] = "--output";
	const char *dir = NULL;
	char path[4200];

	for (const char *const *word = spec->command; *word; word++) {
		if (strcmp(*word, "--replace") == 0)
			return verdict_ok();
		if (strcmp(*word, option) == 0)
			dir = word[1];
		else if (strncmp(*word, option, strlen(option)) == 0 &&
			 (*word)[strlen(option)] == '=')
			dir = *word + strlen(option) + 1;
	}
	if (!dir || strcmp(spec->command[0], "run") != 0)
		return verdict_ok();
	snprintf(path, sizeof path, "%s/%s/result.json", spec->output, dir);
	return earlier_refuse(path, NULL);
}

static struct verdict check(const struct vm_options *o)
{
	const char *name = o->spec.command ? o->spec.command[0] : NULL;

	if (!verdict_is_ok(&o->verdict))
		return o->verdict;
	if (access(o->spec.output, W_OK | X_OK))
		return verdict_error("no-output", "name a directory that is there",
				     "cannot write to the directory %s", o->spec.output);
	if (name && (!is_command(name) || strcmp(name, "vm") == 0))
		return verdict_error("bad-option", "tlbscope vm -- run --only null",
				     "there is no command %s for a guest", name);
	return name ? keep_earlier(&o->spec) : verdict_ok();
}

/* A run in the guest has no gnuplot; here there may be one. */
static struct verdict render(const char *path)
{
	char dir[4096];
	struct result result;
	struct verdict verdict = cmd_load(path, &result, dir, sizeof dir);

	if (verdict_is_ok(&verdict))
		verdict = cmd_render(&result, NULL, dir);
	result_free(&result);
	return verdict;
}

static int report(const struct vm_options *o, const struct vm_end *end)
{
	bool ran = strcmp(o->spec.command[0], "run") == 0;

	if (*end->warning)
		fprintf(stderr, "%s\n", end->warning);
	fprintf(stderr, "guest: %.1f s to boot, %.1f s until its end, exit code %d, %u file%s\n",
		end->boot_s, end->total_s, end->code, end->files, plural(end->files));
	if (*end->result && ran) {
		struct verdict verdict = render(end->result);

		if (!verdict_is_ok(&verdict))
			cmd_warn(&verdict);
		fprintf(stderr, "result:  %s\n", end->result);
	}
	return end->code;
}

int cmd_vm(int argc, char **argv)
{
	const struct argp argp = {
	    .options = options, .parser = parse, .args_doc = "-- COMMAND [OPTION...]", .doc = doc};
	struct vm_options o = {.spec = {.kernel = "debian",
					.shape = {2, 1, 2, 2},
					.nodes = 1,
					.distance = 21,
					.memory_bytes = 2ull << 30,
					.timeout_s = 300,
					.output = ".",
					.out = STDOUT_FILENO,
					.err = STDERR_FILENO},
			       .verdict = verdict_ok()};
	static struct vm_end end;
	char data[4096];

	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &o);
	struct verdict verdict = check(&o);

	if (verdict_is_ok(&verdict))
		verdict = data_dir(data, sizeof data);
	o.spec.data = data;
	fflush(stdout);
	if (verdict_is_ok(&verdict))
		verdict = vm_run(&o.spec, &end);
	if (*end.console)
		fprintf(stderr, "%s\n", end.console);
	return verdict_is_ok(&verdict) ? report(&o, &end) : cmd_fail(&verdict);
}
