/* gnuplot, run as a program: no shell, a time limit, and what it says on standard error. */
#ifndef TLBSCOPE_OUTPUT_GNUPLOT_H
#define TLBSCOPE_OUTPUT_GNUPLOT_H

#include <tlbscope/verdict.h>

#define GNUPLOT_TIMEOUT_MS 30000

/* Runs `gnuplot -d -e variables script` in the directory `dir`. Skipped when there is no gnuplot on
 * the PATH. */
struct verdict gnuplot_run(const char *dir, const char *variables, const char *script);

/* Any program: argv[0] is looked up on the PATH; standard input and output are /dev/null. Tests use
 * it with others. */
struct verdict program_run(const char *dir, const char *const argv[], int timeout_ms);

#endif
