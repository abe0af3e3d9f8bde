/* What a terminal shows: first screen, table of all cells, what to do next. */
#include "output/output.h"

#include "output/geometry_table.h"
#include "output/text.h"
#include "output/words.h"
#include "result/key.h"
#include "result/phrase.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_WIDTH 15

static const char *const tables[] = {
    "#@ title Cost of one access\n"
    "#@ select chase layout=distinct frames=shuffled\n#@ select chase layout=distinct touch=page\n"
    "#@ select chase layout=alias page=4k,16k,64k\n#@ select chase layout=alias page=2m,1g "
    "offsets=spread\n"
    "#@ select chase layout=zero page=thp\n"
    "#@ x pages\n#@ y cycles ns\n#@ series page layout\n",
    "#@ title Cost of changing one page, against responders\n"
    "#@ select * npages=1 resp=0\n#@ select * npages=1 state=spin\n"
    "#@ x resp\n#@ y ns\n#@ series bench page place\n",
};

/* In which a refined point was first visited; all rounds, where there is none. */
static unsigned rounds_before_refinement(const struct result *result)
{
	unsigned first = result->run.rounds;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; result->cells[i].wave > 1 && k < result->cells[i].nmetrics;
		     k++) {
			const struct metric_result *metric = &result->cells[i].metrics[k];

			if (metric->nsamples && metric->rounds[0] < first)
				first = metric->rounds[0];
			if (metric->naside && metric->aside_rounds[0] < first)
				first = metric->aside_rounds[0];
		}
	return first;
}

static void print_header(FILE *to, const struct result *result)
{
	const char *kernel = facts_get(&result->before, "kernel.release");

	fprintf(to, "tlbscope %s on ", result->tool.version);
	text_print(to, *result->machine.cpu ? result->machine.cpu : "an unnamed CPU");
	if (kernel) {
		fputs(", Linux ", to);
		text_print(to, kernel);
	}
	if (*result->run.accel && strcmp(result->run.accel, "hardware") != 0)
		fprintf(to, ", under %s", result->run.accel);
	unsigned before = rounds_before_refinement(result);

	fprintf(to, "\n%s profile, %u round%s", *result->run.profile ? result->run.profile : "no",
		result->run.rounds, plural(result->run.rounds));
	if (before > 0 && before < result->run.rounds)
		fprintf(to, " (%u before refinement)", before);
	fprintf(to, ", %.0f s, seed %llu\n\n", result->run.elapsed_s,
		(unsigned long long)result->run.seed);
}

static void print_verdict(FILE *to, const struct result *result)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(result, lines);
	bool colour = terminal_has_colour(to);

	for (size_t i = 0; i < n; i++) {
		fprintf(to, "%s%-*s%s", colour ? "\033[1m" : "", LABEL_WIDTH, lines[i].label,
			colour ? "\033[0m" : "");
		text_wrap(to, lines[i].text, LABEL_WIDTH, text_width(to));
	}
}

void output_first_screen(FILE *to, const struct result *result)
{
	bool begun = true;

	print_header(to, result);
	print_verdict(to, result);
	geometry_print(to, result, GEOMETRY_SIZES, true, &begun);
	geometry_print(to, result, GEOMETRY_COSTS, true, &begun);
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		pivot_print(to, result, tables[i]);
}

static void print_metric(FILE *to, const struct metric_result *m)
{
	char text[96];

	format_estimate(text, sizeof text, &m->e, m->unit);
	fputs("  ", to);
	text_print(to, m->name);
	fprintf(to, "%*s%s%*sn=%u%s", (int)(strlen(m->name) < 24 ? 24 - strlen(m->name) : 1), "",
		text, (int)(text_columns(text) < 34 ? 34 - text_columns(text) : 1), "", m->nsamples,
		m->noisy ? "  noisy" : "");
	fputc('\n', to);
}

static void print_why(FILE *to, const struct verdict *v)
{
	fputs("  ", to);
	text_wrap(to, v->text, 2, text_width(to));
	if (!*v->remedy)
		return;
	fputs("  remedy: ", to);
	text_wrap(to, v->remedy, 10, text_width(to));
}

static void print_metrics(FILE *to, const struct result *result, const struct cell_result *cell)
{
	unsigned idle = 0;

	for (unsigned i = 0; i < cell->nmetrics; i++)
		if (counter_is_idle(result, &cell->metrics[i]))
			idle++;
		else
			print_metric(to, &cell->metrics[i]);
	if (idle)
		fprintf(to, "  and %u counter%s that counted nothing\n", idle, plural(idle));
}

static void print_cell(FILE *to, const struct result *result, const struct cell_result *cell)
{
	const struct verdict *v = &cell->outcome;

	text_print(to, cell->key);
	fprintf(to, "  %s", outcome_name(v->outcome));
	if (*v->code) {
		fputs(" (", to);
		text_print(to, v->code);
		fputc(')', to);
	}
	fputc('\n', to);
	if (!verdict_is_ok(v))
		print_why(to, v);
	if (verdict_is_ok(v))
		print_metrics(to, result, cell);
	for (unsigned i = 0; i < cell->nnotes; i++) {
		fputs("  note: ", to);
		text_wrap(to, cell->notes[i], 8, text_width(to));
	}
}

void output_table(FILE *to, const struct result *result, const char *selector)
{
	struct selector *wanted = NULL;
	unsigned printed = 0;

	if (selector) {
		wanted = malloc(sizeof *wanted);
		struct verdict v =
		    wanted ? selector_parse(selector, result->run.base_page_bytes, wanted)
			   : verdict_error("no-memory", NULL, "no memory");
		if (!verdict_is_ok(&v)) {
			fprintf(to, "%s\n", v.text);
			goto out;
		}
	}
	for (unsigned i = 0; i < result->ncells; i++) {
		if (wanted && !selector_match(wanted, &result->cells[i].cell))
			continue;
		print_cell(to, result, &result->cells[i]);
		printed++;
	}
	if (!printed) {
		fprintf(to, "no cell of this run%s", selector ? " matches " : "");
		text_print(to, selector ? selector : "");
		fputc('\n', to);
	}
out:
	free(wanted);
}

static void print_remedies(FILE *to, const struct result *result, enum outcome outcome,
			   const char *what)
{
	struct reason *reasons;
	size_t n = result_reasons(result, outcome, &reasons);

	for (size_t i = 0; i < n && i < 3; i++) {
		char line[600];

		snprintf(line, sizeof line, "%u cell%s %s, %s%s%s%s", reasons[i].cells,
			 plural(reasons[i].cells), what, reasons[i].cells > 1 ? "like: " : "",
			 reasons[i].verdict->text, *reasons[i].verdict->remedy ? ": " : "",
			 reasons[i].verdict->remedy);
		fputs("  ", to);
		text_wrap(to, line, 4, text_width(to));
	}
	if (n > 3)
		fprintf(to, "  and %zu more reason%s: tlbscope show\n", n - 3,
			plural((double)(n - 3)));
	free(reasons);
}

void output_validity(FILE *to, const struct result *result)
{
	struct tally t = result_tally(result);

	if (t.invalid || t.skipped)
		fputs("\nNot measured\n", to);
	print_remedies(to, result, OUTCOME_INVALID, "invalid");
	print_remedies(to, result, OUTCOME_SKIPPED, "skipped");
	if (result->changed.n)
		fputs("\nChanged during the run\n", to);
	for (size_t i = 0; i < result->changed.n; i++) {
		fputs("  ", to);
		text_print(to, result->changed.fact[i].name);
		fputs(": ", to);
		text_print(to, result->changed.fact[i].text);
		fputc('\n', to);
	}
}

void output_next(FILE *to, const struct result *result, const char *run_dir)
{
	fputs("\nnext:\n", to);
	if (!result->run.complete)
		fprintf(to, "  tlbscope run --resume %s\n", run_dir);
	fprintf(to, "  tlbscope show %s\n", run_dir);
	fprintf(to, "  tlbscope report %s\n", run_dir);
	if (result->run.complete && strcmp(result->run.profile, "quick") == 0)
		fprintf(to, "  tlbscope run --profile full\n");
	print_remedies(to, result, OUTCOME_INVALID, "invalid");
	print_remedies(to, result, OUTCOME_SKIPPED, "skipped");
}
