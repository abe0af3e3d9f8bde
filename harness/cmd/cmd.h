/* Subcommands: one thin file each. */
#ifndef TLBSCOPE_CMD_CMD_H
#define TLBSCOPE_CMD_CMD_H

#include "result/result.h"

#include <tlbscope/verdict.h>

#include <argp.h>

#define EXIT_INTERRUPTED 130
#define EXIT_CANNOT_TELL 125
#define EXIT_HARNESS	 255 /* git bisect reads 1-124 as "bad" and 125 as "skip" */

struct command {
	const char *name, *what;
	int (*main)(int argc, char **argv);
};
extern const struct command commands[]; /* ends with {0} */

int cmd_run(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_events(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_figures(int argc, char **argv);
int cmd_geometry(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_bundle(int argc, char **argv);
int cmd_history(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_compare(int argc, char **argv);
int cmd_noise(int argc, char **argv);
int cmd_ab(int argc, char **argv);
int cmd_bisect(int argc, char **argv);
int cmd_restore(int argc, char **argv);
int cmd_vm(int argc, char **argv);

/* One line on stderr, "tlbscope: text; remedy", and the exit code that goes with an error. */
int cmd_fail(const struct verdict *verdict);
void cmd_warn(const struct verdict *verdict);

/* Loads a result file or run directory and recomputes its findings. With NULL: the newest run below
 * ./results. */
struct verdict cmd_load(const char *path, struct result *result, char *run_dir, size_t size);

/* Figures and report beside the result. A report goes without figures where there is no gnuplot,
 * and stderr says so. against: a second result, whose environment is compared; or NULL. */
struct verdict cmd_render(const struct result *result, const struct result *against,
			  const char *dir);
/* Figures alone: an error where none of those asked for is drawn, for want of cells or of gnuplot,
 * without which their data is written all the same. Says on stderr which of several are not. */
struct figure_order;
struct verdict cmd_draw(const struct figure_order *order);

/* For the end of an argp parser: names an argument that nobody asked for. */
error_t cmd_no_more(int key, char *arg, struct argp_state *state);

/* A number of an option, whole and within bounds; else an error that names both. */
struct verdict cmd_number(const char *option, const char *text, double least, double most,
			  double *out);

#endif
