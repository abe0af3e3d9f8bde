/* The driver of figures: it knows none of them. Every fig_*.gp in the data directory asks its own
 * question. */
#include "output/output.h"

#include "output/figure_job.h"
#include "output/files.h"
#include "output/marks.h"
#include "output/values.h"
#include "result/phrase.h"

#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void figure_path(char *out, size_t size, const struct driver *driver, const char *name,
		 const char *suffix)
{
	if (snprintf(out, size, "%s/%s%s", driver->into, name, suffix) >= (int)size)
		*out = '\0';
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
	*rows = write(to, job->driver->runs[0].result, &job->set);
	fclose(to);
	figure_path(path, sizeof path, job->driver, job->figure->name, suffix);
	struct verdict v = file_write(path, text, length);
	free(text);
	return v;
}

static size_t write_dataset(FILE *to, const struct result *result, const struct dataset *set)
{
	dataset_write(to, result, set);
	return set->values;
}

static void say_nothing_to_draw(struct figure *figure, const struct dataset *set)
{
	if (set->matched == 0 && set->query->without[0])
		snprintf(figure->state, sizeof figure->state, "%s", set->query->without);
	else if (set->matched == 0)
		snprintf(figure->state, sizeof figure->state, "no cell of this run matches \"%s\"",
			 set->query->selector_text[0]);
	else
		snprintf(
		    figure->state, sizeof figure->state,
		    "nothing to draw: of %u cell%s that match%s, %u %s invalid and %u %s skipped",
		    set->matched, plural(set->matched), set->matched == 1 ? "es" : "", set->invalid,
		    is_or_are(set->invalid), set->skipped, was_or_were(set->skipped));
}

static struct verdict write_caption(struct job *job)
{
	char path[PATH_MAX], *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return verdict_error("no-memory", "free some memory", "no memory for %s",
				     job->figure->name);
	paper_caption(to, job->driver->paper, job->figure, job->driver->runs, job->driver->nruns);
	fclose(to);
	figure_path(path, sizeof path, job->driver, job->figure->name, ".caption.tex");
	struct verdict v = file_write(path, text, length);
	free(text);
	return v;
}

/* Data and drawing of one figure. Errors are those that the next figure would meet as well:
 * unwritable places. */
static struct verdict make_figure(struct job *job)
{
	struct figure *figure = job->figure;
	const struct driver *driver = job->driver;
	struct verdict v =
	    driver->nruns > 1
		? dataset_make_runs(driver->runs, driver->nruns, &job->query, &job->set)
		: dataset_make(driver->runs[0].result, &job->query, &job->set);
	size_t rows;

	if (!verdict_is_ok(&v))
		return v;
	if (job->set.values == 0) {
		say_nothing_to_draw(figure, &job->set);
		goto out;
	}
	dataset_describe(&job->set, driver->nruns > 1 ? NULL : driver->runs[0].result, figure->alt,
			 sizeof figure->alt);
	v = write_data(job, ".dat", write_dataset, &rows);
	if (verdict_is_ok(&v) && (job->query.nmarks || job->query.claims || job->query.caches))
		v = write_data(job, ".marks.dat", marks_write, &job->nmarks);
	if (verdict_is_ok(&v) && job->query.values.n)
		v = write_data(job, ".values.dat", values_write, &job->nvalues);
	if (!verdict_is_ok(&v))
		goto out;
	figure_path(figure->dat, sizeof figure->dat, driver, figure->name, ".dat");
	figure_render(job);
	if (driver->paper)
		v = write_caption(job);
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
	v = query_parse(text, name, driver->runs[0].result->run.base_page_bytes, &job.query);
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

/* What the drawings rest on, for the paper's bibliography. */
static struct verdict write_bibliography(const struct driver *driver)
{
	char path[PATH_MAX], *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return verdict_error("no-memory", "free some memory",
				     "no memory for the bibliography");
	for (unsigned i = 0; i < driver->nruns; i++)
		cite_bibtex(to, driver->runs[i].result);
	fclose(to);
	figure_path(path, sizeof path, driver, "tlbscope", ".bib");
	struct verdict v = file_write(path, text, length);
	free(text);
	return v;
}

static struct verdict take_order(const struct figure_order *order, struct driver *driver)
{
	struct verdict v = verdict_ok();

	if (order->nresults < 1 || order->nresults > FIGURE_RESULTS_MAX)
		return verdict_error("too-many-results", "name fewer results",
				     "%u results, and figures are drawn of 1 to %d",
				     order->nresults, FIGURE_RESULTS_MAX);
	driver->nruns = order->nresults;
	for (unsigned i = 0; i < order->nresults; i++)
		driver->runs[i].result = order->results[i];
	dataset_label_runs(driver->runs, driver->nruns);
	if (order->paper)
		v = paper_find(order->paper, &driver->paper);
	return verdict_is_ok(&v) ? formats_parse(order->formats, driver->paper, &driver->formats)
				 : v;
}

struct verdict figures_draw_as(const struct figure_order *order, struct figure *out, size_t *n)
{
	struct driver driver = {0};
	struct dirent **files = NULL;
	struct verdict v = take_order(order, &driver);

	*n = 0;
	if (verdict_is_ok(&v))
		v = start(&driver, order->dir);
	if (!verdict_is_ok(&v))
		return v;
	int nfiles = scandir(driver.data, &files, is_figure, versionsort);
	if (nfiles < 0)
		return verdict_error("no-data", "set TLBSCOPE_DATA to the directory of style.gp",
				     "cannot read %.200s", driver.data);
	v = draw_all(&driver, files, nfiles, order->only, out, n);
	for (int i = 0; i < nfiles; i++)
		free(files[i]);
	free(files);
	if (driver.paper && v.outcome != OUTCOME_ERROR) {
		struct verdict written = write_bibliography(&driver);

		v = verdict_is_ok(&written) ? v : written;
	}
	return v;
}

struct verdict figures_draw(const struct result *result, const char *dir, const char *only,
			    struct figure *out, size_t *n)
{
	const struct figure_order order = {
	    .results = &result, .nresults = 1, .dir = dir, .only = only};

	return figures_draw_as(&order, out, n);
}
