/* The driver of figures: it knows none of them. Every fig_*.gp in the data directory asks its own
 * question. */
#include "output/output.h"

#include "output/dataset.h"
#include "output/files.h"
#include "output/gnuplot.h"
#include "output/marks.h"
#include "output/text.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct driver {
	const struct result *result;
	char data[PATH_MAX];	/* of style.gp and the figures; absolute, because gnuplot runs
				   elsewhere */
	char into[PATH_MAX];	/* DIR/figures */
	struct verdict gnuplot; /* why it cannot be had, once known */
};

/* One figure on its way. */
struct job {
	struct driver *driver;
	struct figure *figure;
	struct query query;
	struct dataset set;
	size_t nmarks;
};

static void path_of(char *out, size_t size, const struct driver *driver, const char *name,
		    const char *suffix)
{
	if (snprintf(out, size, "%s/%s%s", driver->into, name, suffix) >= (int)size)
		*out = '\0';
}

static void complain(struct figure *figure, const struct verdict *v)
{
	snprintf(figure->state, sizeof figure->state, "%.40s: %.180s", figure->name, v->text);
}

/* What `write` prints, as the file NAME.SUFFIX. */
static struct verdict
write_data(struct job *job, const char *suffix,
	   size_t (*write)(FILE *, const struct result *, const struct dataset *), size_t *rows)
{
	char path[PATH_MAX], *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return verdict_error("no-memory", "free some memory", "no memory for %s",
				     job->figure->name);
	*rows = write(to, job->driver->result, &job->set);
	fclose(to);
	path_of(path, sizeof path, job->driver, job->figure->name, suffix);
	struct verdict v = file_write(path, text, length);
	free(text);
	return v;
}

static size_t write_dataset(FILE *to, const struct result *result, const struct dataset *set)
{
	dataset_write(to, result, set);
	return set->values;
}

/* gnuplot's single-quoted strings know one escape: a quote is doubled. */
static void set_string(FILE *to, const char *name, const char *text)
{
	fprintf(to, "%s='", name);
	for (; *text; text++)
		fprintf(to, *text == '\'' ? "''" : "%c", (unsigned char)*text < ' ' ? '?' : *text);
	fprintf(to, "'; ");
}

static void set_file(FILE *to, const char *variable, const char *name, const char *suffix)
{
	fprintf(to, "%s='%s%s'; ", variable, name, suffix);
}

static char *variables_of(const struct job *job, const char *term)
{
	const struct dataset *set = &job->set;
	const char *name = job->figure->name;
	char style[PATH_MAX + 16], suffix[16], *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return NULL;
	snprintf(style, sizeof style, "%s/style.gp", job->driver->data);
	snprintf(suffix, sizeof suffix, ".%s", term);
	set_file(to, "data", name, ".dat");
	set_file(to, "marks", name, ".marks.dat");
	set_file(to, "output", name, suffix);
	set_string(to, "term", term);
	set_string(to, "name", name);
	set_string(to, "title", job->query.title);
	set_string(to, "fixed", set->fixed);
	set_string(to, "style", style);
	set_string(to, "plots", job->driver->data);
	fprintf(to, "blocks=%u; nmarks=%zu; xmin=%.9g; xmax=%.9g; names='", set->nblocks,
		job->nmarks, set->xmin, set->xmax);
	for (unsigned b = 0; b < set->nblocks; b++)
		fprintf(to, "%s\"%s\"", b ? " " : "", set->blocks[b].name);
	fprintf(to, "'; ids='");
	for (unsigned b = 0; b < set->nblocks; b++)
		fprintf(to, "%s%s", b ? " " : "", set->blocks[b].id);
	fprintf(to, "'");
	fclose(to);
	return text;
}

static struct verdict render(struct job *job, const char *term)
{
	char script[PATH_MAX + 64], suffix[16], path[PATH_MAX];
	char *variables = variables_of(job, term);

	if (!variables)
		return verdict_error("no-memory", "free some memory",
				     "no memory for gnuplot's variables");
	snprintf(script, sizeof script, "%s/%s.gp", job->driver->data, job->figure->name);
	struct verdict v = gnuplot_run(job->driver->into, variables, script);
	free(variables);
	snprintf(suffix, sizeof suffix, ".%s", term);
	path_of(path, sizeof path, job->driver, job->figure->name, suffix);
	if (verdict_is_ok(&v) && access(path, R_OK))
		v = verdict_error("no-figure", "see docs/figures.md", "gnuplot wrote no %s", term);
	if (!verdict_is_ok(&v))
		unlink(path); /* half a figure, or one of another run */
	return v;
}

static void draw(struct job *job)
{
	struct driver *driver = job->driver;
	struct figure *figure = job->figure;
	struct verdict v = driver->gnuplot;

	if (verdict_is_ok(&v))
		v = render(job, "svg");
	if (v.outcome == OUTCOME_SKIPPED)
		driver->gnuplot = v;
	if (!verdict_is_ok(&v)) {
		complain(figure, &v);
		return;
	}
	path_of(figure->svg, sizeof figure->svg, driver, figure->name, ".svg");
	v = render(job, "pdf");
	if (!verdict_is_ok(&v))
		complain(figure, &v);
}

static void say_nothing_to_draw(struct figure *figure, const struct dataset *set)
{
	if (set->matched == 0)
		snprintf(figure->state, sizeof figure->state, "no cell of this run matches \"%s\"",
			 set->query->selector_text[0]);
	else
		snprintf(
		    figure->state, sizeof figure->state,
		    "nothing to draw: of %u cells that match, %u are invalid and %u were skipped",
		    set->matched, set->invalid, set->skipped);
}

/* Data and drawing of one figure. Errors are those that the next figure would meet as well:
 * unwritable places. */
static struct verdict make_figure(struct job *job)
{
	struct figure *figure = job->figure;
	struct verdict v = dataset_make(job->driver->result, &job->query, &job->set);
	size_t rows;

	if (!verdict_is_ok(&v))
		return v;
	if (job->set.values == 0) {
		say_nothing_to_draw(figure, &job->set);
		goto out;
	}
	dataset_describe(&job->set, figure->alt, sizeof figure->alt);
	v = write_data(job, ".dat", write_dataset, &rows);
	if (verdict_is_ok(&v) && (job->query.nmarks || job->query.claims))
		v = write_data(job, ".marks.dat", marks_write, &job->nmarks);
	if (!verdict_is_ok(&v))
		goto out;
	path_of(figure->dat, sizeof figure->dat, job->driver, figure->name, ".dat");
	draw(job);
out:
	dataset_free(&job->set);
	return v;
}

static struct verdict read_figure(struct driver *driver, const char *name, struct figure *figure)
{
	struct job job = {.driver = driver, .figure = figure};
	char path[PATH_MAX + 64], *text;

	*figure = (struct figure){0};
	snprintf(figure->name, sizeof figure->name, "%s", name);
	snprintf(path, sizeof path, "%s/%s.gp", driver->data, name);
	struct verdict v = file_read(path, &text);
	if (!verdict_is_ok(&v))
		return v;
	v = query_parse(text, name, driver->result->run.base_page_bytes, &job.query);
	free(text);
	if (!verdict_is_ok(&v)) { /* one bad file does not take the others with it */
		snprintf(figure->state, sizeof figure->state, "%s", v.text);
		return verdict_ok();
	}
	snprintf(figure->title, sizeof figure->title, "%s", job.query.title);
	snprintf(figure->read, sizeof figure->read, "%s", job.query.read);
	v = make_figure(&job);
	query_free(&job.query);
	return v;
}

/* "fig_NAME.gp", of a NAME that is safe in a command of gnuplot's. */
static int is_figure(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	if (length < 8 || length - 3 >= sizeof((struct figure *)0)->name ||
	    strncmp(entry->d_name, "fig_", 4) != 0 ||
	    strcmp(entry->d_name + length - 3, ".gp") != 0)
		return 0;
	for (size_t i = 0; i < length - 3; i++)
		if (!isalnum((unsigned char)entry->d_name[i]) && !strchr("_-", entry->d_name[i]))
			return 0;
	return 1;
}

/* "fig_1_cliff", "1_cliff" or "1". */
static bool is_wanted(const char *name, const char *only)
{
	size_t length;

	if (!only || strcmp(name, only) == 0)
		return true;
	length = strlen(only);
	return strncmp(name + 4, only, length) == 0 &&
	       (name[4 + length] == '\0' || name[4 + length] == '_');
}

static struct verdict start(struct driver *driver, const char *dir)
{
	char data[PATH_MAX];
	struct verdict v = data_dir(data, sizeof data);

	if (!verdict_is_ok(&v))
		return v;
	if (!realpath(data, driver->data))
		return verdict_error("no-data", "set TLBSCOPE_DATA to the directory of style.gp",
				     "cannot read %.200s", data);
	if (snprintf(driver->into, sizeof driver->into, "%s/figures", dir) >= 480)
		return verdict_error("long-path", "choose a shorter one with --output DIR",
				     "the path of the figures is too long: %.100s…", dir);
	return directory_make(driver->into);
}

static struct verdict draw_all(struct driver *driver, struct dirent **files, int nfiles,
			       const char *only, struct figure *out, size_t *n)
{
	struct verdict v = verdict_ok();

	for (int i = 0; i < nfiles && *n < FIGURES_MAX && verdict_is_ok(&v); i++) {
		char name[48];

		snprintf(name, sizeof name, "%.*s", (int)strlen(files[i]->d_name) - 3,
			 files[i]->d_name);
		if (is_wanted(name, only))
			v = read_figure(driver, name, &out[(*n)++]);
	}
	if (!verdict_is_ok(&v))
		return v;
	if (*n == 0)
		return verdict_error("no-such-figure", "leave --only out to draw them all",
				     only ? "there is no figure '%.60s' in %.140s"
					  : "there is no figure%.0s in %.140s",
				     only ? only : "", driver->data);
	return driver->gnuplot;
}

struct verdict figures_draw(const struct result *result, const char *dir, const char *only,
			    struct figure *out, size_t *n)
{
	struct driver driver = {.result = result};
	struct dirent **files = NULL;
	struct verdict v = start(&driver, dir);

	*n = 0;
	if (!verdict_is_ok(&v))
		return v;
	int nfiles = scandir(driver.data, &files, is_figure, versionsort);
	if (nfiles < 0)
		return verdict_error("no-data", "set TLBSCOPE_DATA to the directory of style.gp",
				     "cannot read %.200s", driver.data);
	v = draw_all(&driver, files, nfiles, only, out, n);
	for (int i = 0; i < nfiles; i++)
		free(files[i]);
	free(files);
	return v;
}
