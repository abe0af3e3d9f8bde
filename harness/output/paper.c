#include "output/paper.h"

#include "result/phrase.h"

#include <ctype.h>
#include <string.h>

/* Column widths as the classes report them: acmart [sigconf] with text of 506.295 pt and 24 pt
 * between columns; IEEEtran [conference] with 516 and 12; usenix2019_v3 with 7 inches and 0.33
 * inches. Text of these papers is 9 (ACM) or 10 pt, their captions 9, 8 and 10 pt; labels in a
 * figure are a step smaller than that. IEEE asks for 8 pt, and for lines of at least 0.5 pt. */
static const struct paper papers[] = {
    {"acm", "acmart, sigconf", 241.14749, 7.5, 1.0, "\\Description"},
    {"ieee", "IEEEtran, conference and journal", 252.0, 8, 1.0, NULL},
    {"usenix", "usenix2019_v3", 241.02039, 7.5, 1.0, NULL},
};

const char *paper_names(void)
{
	return "acm, ieee, usenix";
}

struct verdict paper_find(const char *name, const struct paper **out)
{
	for (size_t i = 0; i < sizeof papers / sizeof *papers; i++) {
		if (strcmp(papers[i].name, name) == 0) {
			*out = &papers[i];
			return verdict_ok();
		}
	}
	return verdict_error("bad-option", "name one of these: acm, ieee, usenix",
			     "--paper %.40s is not known", name);
}

void tex_print(FILE *to, const char *text)
{
	for (; *text; text++) {
		if (strchr("#$%&_{}", *text))
			fprintf(to, "\\%c", *text);
		else if (*text == '\\')
			fputs("\\textbackslash{}", to);
		else if (*text == '~' || *text == '^')
			fprintf(to, "\\%c{}", *text);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
	}
}

static void print_machine(FILE *to, const struct result *result)
{
	const char *kernel = facts_get(&result->before, "kernel.release");

	tex_print(to, *result->machine.cpu ? result->machine.cpu : "an unnamed CPU");
	if (kernel) {
		fputs(", Linux~", to);
		tex_print(to, kernel);
	}
	if (*result->run.accel && strcmp(result->run.accel, "hardware") != 0) {
		fputs(", under ", to);
		tex_print(to, result->run.accel);
	}
}

/* Keys and labels: letters and digits only. */
static void print_slug(FILE *to, const char *text)
{
	for (; *text; text++)
		fputc(isalnum((unsigned char)*text) ? *text : '-', to);
}

void paper_caption(FILE *to, const struct paper *paper, const struct figure *figure,
		   const struct dataset_run *runs, unsigned nruns)
{
	fprintf(to,
		"%% For %s: \\usepackage{graphicx}, \\graphicspath{{figures/}}. Drawn at "
		"\\columnwidth: do not scale.\n"
		"%% In the paper's own font: \\usepackage{tikz,figures/gnuplot-lua-tikz} and "
		"\\input{figures/%s.tikz} in place of \\includegraphics.\n",
		paper->what, figure->name);
	fputs("\\begin{figure}\n  \\centering\n", to);
	fprintf(to, "  \\includegraphics{%s.pdf}\n", figure->name);
	fputs("  \\caption{", to);
	tex_print(to, figure->title);
	for (unsigned i = 0; i < nruns; i++) {
		fputs(i ? "; " : ". ", to);
		print_machine(to, runs[i].result);
		fputs("~\\cite{tlbscope:", to);
		print_slug(to, runs[i].result->run.id);
		fputs("}", to);
	}
	fputs(". ", to);
	tex_print(to, figure->read);
	fputs("}\n", to);
	if (paper->described) {
		fprintf(to, "  %s{", paper->described);
		tex_print(to, *figure->alt ? figure->alt : figure->title);
		fputs("}\n", to);
	}
	fputs("  \\label{fig:", to);
	print_slug(to, strncmp(figure->name, "fig_", 4) == 0 ? figure->name + 4 : figure->name);
	fputs("}\n\\end{figure}\n", to);
}

static void print_field(FILE *to, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(to, "  %-12s = {", name);
	tex_print(to, text);
	fputs("},\n", to);
}

void cite_bibtex(FILE *to, const struct result *result)
{
	char title[256], year[8], note[512];

	snprintf(title, sizeof title, "tlbscope %s: address translation on %s",
		 result->tool.version,
		 *result->machine.cpu ? result->machine.cpu : "an unnamed CPU");
	snprintf(year, sizeof year, "%.4s", result->run.started);
	snprintf(note, sizeof note, "Run %s, %s profile, %u round%s, seed %llu%s%s", result->run.id,
		 *result->run.profile ? result->run.profile : "no", result->run.rounds,
		 plural(result->run.rounds), (unsigned long long)result->run.seed,
		 *result->tool.git ? ", revision " : "", result->tool.git);
	fputs("@misc{tlbscope:", to);
	print_slug(to, result->run.id);
	fputs(",\n", to);
	print_field(to, "title", title);
	print_field(to, "key", "tlbscope");
	print_field(to, "howpublished", "Microbenchmark results");
	print_field(to, "year", year);
	print_field(to, "note", note);
	fputs("}\n", to);
}
