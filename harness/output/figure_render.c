/* A figure's drawings: gnuplot run once for each format. */
#include "output/figure_job.h"
#include "output/gnuplot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* tikz: drawn by LaTeX, in the paper's own font. (gnuplot's cairolatex cannot have labels of two
 * sizes.) */
static const struct format {
	const char *name, *suffix;
	bool tex;
} formats[] = {
    {"svg", ".svg", false},
    {"pdf", ".pdf", false},
    {"tikz", ".tikz", true},
};

#define PDF_MAX ((size_t)16 << 20)
#define FORMATS (sizeof formats / sizeof *formats)

struct verdict formats_parse(const char *text, const struct paper *paper, unsigned *out)
{
	char words[80], *save = NULL;

	*out = 0;
	if (!text)
		text = paper ? "pdf,tikz" : "svg,pdf";
	snprintf(words, sizeof words, "%s", text);
	for (char *word = strtok_r(words, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
		size_t i = 0;

		while (i < FORMATS && strcmp(formats[i].name, word) != 0)
			i++;
		if (i == FORMATS)
			return verdict_error("bad-option", "name some of these: svg, pdf, tikz",
					     "--format %.40s is not known", word);
		*out |= 1u << i;
	}
	if (*out)
		return verdict_ok();
	return verdict_error("bad-option", "name some of these: svg, pdf, tikz",
			     "--format names none");
}

static void complain(struct figure *figure, const struct verdict *v)
{
	snprintf(figure->state, sizeof figure->state, "%.40s: %.180s", figure->name, v->text);
}

static void put_text(FILE *to, const char *text, bool tex)
{
	char *escaped = NULL;
	size_t length;
	FILE *memory = tex ? open_memstream(&escaped, &length) : NULL;

	if (memory) {
		tex_print(memory, text);
		fclose(memory);
		text = escaped;
	}
	/* gnuplot's single-quoted strings know one escape: a quote is doubled. */
	for (; *text; text++)
		fprintf(to, *text == '\'' ? "''" : "%c", (unsigned char)*text < ' ' ? '?' : *text);
	free(escaped);
}

static void set_string(FILE *to, const char *name, const char *text, bool tex)
{
	fprintf(to, "%s='", name);
	put_text(to, text, tex);
	fputs("'; ", to);
}

static void set_file(FILE *to, const char *variable, const char *name, const char *suffix)
{
	fprintf(to, "%s='%s%s'; ", variable, name, suffix);
}

static void put_word(FILE *to, const char *text, bool first, bool tex)
{
	fputs(first ? "\"" : " \"", to);
	put_text(to, text, tex);
	fputs("\"", to);
}

/* A block's name without its run, which stands above the panels. */
static const char *series_name(const struct dataset *set, unsigned b)
{
	const char *name = set->blocks[b].name;
	char run[96];

	if (set->nruns < 2)
		return name;
	data_word(run, sizeof run, set->runs[set->blocks[b].run].label);
	name += strlen(run);
	return *name ? name + 1 : "all";
}

static void set_blocks(FILE *to, const struct dataset *set, bool tex)
{
	char run[96];

	fputs("names='", to);
	for (unsigned b = 0; b < set->nblocks; b++)
		put_word(to, series_name(set, b), b == 0, tex);
	fputs("'; run_names='", to);
	for (unsigned r = 0; set->nruns > 1 && r < set->nruns; r++) {
		data_word(run, sizeof run, set->runs[r].label);
		put_word(to, run, r == 0, tex);
	}
	fputs("'; ids='", to);
	for (unsigned b = 0; b < set->nblocks; b++) {
		fputs(b ? " " : "", to);
		for (const char *c = set->blocks[b].id; *c; c++)
			fputc(*c == ' ' ? '_' : *c, to);
	}
	fputs("'; ", to);
}

static char *variables_of(const struct job *job, const struct format *format)
{
	const struct dataset *set = &job->set;
	const struct paper *paper = job->driver->paper;
	const char *name = job->figure->name;
	char style[PATH_MAX + 16], *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return NULL;
	snprintf(style, sizeof style, "%s/style.gp", job->driver->data);
	set_file(to, "data", name, ".dat");
	set_file(to, "marks", name, ".marks.dat");
	set_file(to, "values", name, ".values.dat");
	set_file(to, "output", name, format->suffix);
	set_string(to, "term", format->name, false);
	set_string(to, "name", name, false);
	set_string(to, "title", job->query.title, format->tex);
	set_string(to, "fixed", set->fixed, format->tex);
	set_string(to, "style", style, false);
	set_string(to, "plots", job->driver->data, false);
	set_blocks(to, set, format->tex);
	fprintf(to, "blocks=%u; nmarks=%zu; nvalues=%zu; xmin=%.9g; xmax=%.9g; runs=%u; ",
		set->nblocks, job->nmarks, job->nvalues, set->xmin, set->xmax, job->driver->nruns);
	fprintf(to, "column_pt=%.9g; font_pt=%.9g; line_pt=%.9g", paper ? paper->column_pt : 0,
		paper ? paper->font_pt : 0, paper ? paper->line_pt : 0);
	fclose(to);
	return text;
}

/* cairo writes the hour of drawing into a PDF; with that of the run the same result gives the same
 * bytes. Where there is no such date, nothing is done. */
static void date_pdf(const char *path, const struct result *result)
{
	static const char key[] = "/CreationDate (D:";
	char date[15] = "19700101000000";
	FILE *file = fopen(path, "r+e");
	char *bytes = malloc(PDF_MAX), *at = NULL;
	size_t n = file && bytes ? fread(bytes, 1, PDF_MAX, file) : 0, k = 0;

	for (const char *c = result->run.started; *c && k < 14; c++)
		if (*c >= '0' && *c <= '9')
			date[k++] = *c;
	if (n)
		at = memmem(bytes, n, key, strlen(key));
	at = at ? at + strlen(key) : NULL;
	if (at && (size_t)(at - bytes) + 14 <= n && fseek(file, at - bytes, SEEK_SET) == 0)
		fwrite(date, 1, 14, file);
	if (file)
		fclose(file);
	free(bytes);
}

static struct verdict render(struct job *job, const struct format *format)
{
	char script[PATH_MAX + 64], path[PATH_MAX];
	char *variables = variables_of(job, format);

	if (!variables)
		return verdict_error("no-memory", "free some memory",
				     "no memory for gnuplot's variables");
	snprintf(script, sizeof script, "%s/%s.gp", job->driver->data, job->figure->name);
	struct verdict v = gnuplot_run(job->driver->into, variables, script);
	free(variables);
	figure_path(path, sizeof path, job->driver, job->figure->name, format->suffix);
	if (verdict_is_ok(&v) && access(path, R_OK))
		v = verdict_error("no-figure", "see docs/figures.md", "gnuplot wrote no %s",
				  format->name);
	if (verdict_is_ok(&v) && strcmp(format->name, "pdf") == 0)
		date_pdf(path, job->driver->runs[0].result);
	if (!verdict_is_ok(&v))
		unlink(path); /* half a figure, or one of another run */
	return v;
}

void figure_render(struct job *job)
{
	struct driver *driver = job->driver;
	struct figure *figure = job->figure;

	for (size_t i = 0; i < FORMATS; i++) {
		struct verdict v = driver->gnuplot;

		if (!(driver->formats & 1u << i))
			continue;
		if (verdict_is_ok(&v))
			v = render(job, &formats[i]);
		if (v.outcome == OUTCOME_SKIPPED)
			driver->gnuplot = v;
		if (!verdict_is_ok(&v)) {
			complain(figure, &v);
			return;
		}
		if (i == 0)
			figure_path(figure->svg, sizeof figure->svg, driver, figure->name, ".svg");
	}
}
