#include "cmd/cmd.h"

#include "build_info.h"
#include "lab/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct command commands[] = {
    {"run", "measure this machine and write a result", cmd_run},
    {"list", "benchmarks, their parameters and sweeps", cmd_list},
    {"compare", "what changed between results, and where it sits", cmd_compare},
    {"noise", "how far runs of this machine lie apart when nothing changes", cmd_noise},
    {"ab", "measure two binaries, settings or kernels in turn, and compare", cmd_ab},
    {"bisect", "is this machine like the good result or the bad one?", cmd_bisect},
    {"events", "what can be counted here, by name, and why the rest cannot", cmd_events},
    {"doctor", "what can be measured here, how well, and what to change", cmd_doctor},
    {"show", "tables of a result", cmd_show},
    {"geometry", "entries, sets, ways and costs of the TLBs, beside what CPUID claims",
     cmd_geometry},
    {"figures", "draw the figures of a result", cmd_figures},
    {"report", "write the report of a result", cmd_report},
    {"history", "follow a machine over kernels: what changed, with which", cmd_history},
    {"export", "print a result in the format of another tool", cmd_export},
    {"bundle", "one archive of a run for an artifact evaluation", cmd_bundle},
    {"restore", "put back what a killed run left changed", cmd_restore},
    {"vm", "run a command in an emulated machine", cmd_vm},
    {0},
};

static void usage(FILE *to)
{
	fputs("usage: tlbscope COMMAND [OPTION...]\n\n"
	      "What address translation costs on this machine, with proof for every number.\n\n",
	      to);
	for (const struct command *c = commands; c->name; c++)
		fprintf(to, "  %-9s %s\n", c->name, c->what);
	fputs(
	    "\nEach command has --help with examples. Start with: tlbscope doctor, tlbscope run\n",
	    to);
}

static int unknown(const char *name)
{
	fprintf(stderr, "tlbscope: there is no command %s; tlbscope --help lists them\n", name);
	return EXIT_HARNESS;
}

/* Else the first file that a command opens would become its stdout, and tables end up in a result.
 */
static void open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

/* What was printed must have arrived: a full disk behind `> file` is an error, too. */
static int close_output(int code)
{
	errno = 0;
	if ((fflush(stdout) == 0 && !ferror(stdout)) || errno == EPIPE)
		return code;
	fprintf(stderr, "tlbscope: cannot write to standard output%s%s\n", errno ? ": " : "",
		errno ? strerror(errno) : "; try: see whether the disk is full");
	return code ? code : EXIT_HARNESS;
}

static int guest(void)
{
	struct verdict verdict = vm_guest();

	return cmd_fail(&verdict);
}

static int dispatch(int argc, char **argv)
{
	if (argc > 0 && vm_is_guest(argv[0]))
		return guest();
	if (argc < 2) {
		usage(stderr);
		return EXIT_HARNESS;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help") || !strcmp(argv[1], "-h")) {
		usage(stdout);
		return 0;
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
		printf("tlbscope %s (%s)\n", BUILD_VERSION, BUILD_GIT);
		return 0;
	}
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(argv[1], c->name) == 0) {
			char name[64];

			snprintf(name, sizeof name, "tlbscope %s", c->name);
			argv[1] = name; /* what argp prints as the program */
			return c->main(argc - 1, argv + 1);
		}
	return unknown(argv[1]);
}

int main(int argc, char **argv)
{
	argp_err_exit_status = EXIT_HARNESS;
	open_standard_streams();
	return close_output(dispatch(argc, argv));
}
