#include "output/bundle.h"

#include "output/archive.h"
#include "output/output.h"
#include "output/paper.h"
#include "output/text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static time_t time_of(const struct result *result)
{
	struct tm tm = {0};

	return strptime(result->run.started, "%Y-%m-%dT%H:%M:%S", &tm) ? timegm(&tm) : 0;
}

#define README_WIDTH 80

static void print_contents(FILE *to, const struct result *r)
{
	const char *kernel = facts_get(&r->before, "kernel.release");

	fprintf(to, "tlbscope %s, run %s\n", r->tool.version, r->run.id);
	text_print(to, *r->machine.cpu ? r->machine.cpu : "an unnamed CPU");
	fputs(", Linux ", to);
	text_print(to, kernel ? kernel : "unknown");
	fprintf(to,
		", %s\n\n"
		"result.json   everything that was measured: samples, proofs, environment, seed\n"
		"report.html   the same for people; needs nothing else\n"
		"figures/      drawings (SVG, PDF), and beside each its numbers (.dat)\n"
		"CITATION.bib  how to cite\n\n"
		"What it says\n------------\n\n",
		*r->run.started ? r->run.started : "at an unknown time");
}

static void print_steps(FILE *to, const struct result *r)
{
	fprintf(to,
		"\nRead and draw it again: seconds, on any Linux machine\n"
		"----------------------------------------------------\n\n"
		"With the sources of tlbscope %s at revision %s, ./run.sh builds it, and\n"
		"./run.sh COMMAND is tlbscope COMMAND. Then, here:\n\n"
		"  tlbscope show --all result.json | less\n"
		"  tlbscope report --output again result.json\n"
		"  diff -r figures again/figures\n\n"
		"Nothing differs with the tlbscope and the gnuplot that made this archive. With\n"
		"others drawings may differ; the numbers (.dat) do not.\n",
		r->tool.version, *r->tool.git ? r->tool.git : "(unknown)");
	fprintf(to,
		"\nMeasure it again: about %.0f s, on a quiet machine of the same kind\n"
		"-----------------------------------------------------------------\n\n"
		"  tlbscope doctor            is this machine good for it?\n"
		"  tlbscope run %s --output new\n"
		"  tlbscope compare result.json new/result.json\n\n"
		"The seed gives the same plan in the same order. compare says cell by cell what\n"
		"changed, and whether that can be believed.\n",
		r->run.elapsed_s, *r->run.args ? r->run.args : "--profile quick");
}

static void print_readme(FILE *to, const struct result *r)
{
	struct verdict_line lines[VERDICT_LINES_MAX];
	size_t n = output_verdict(r, lines);

	print_contents(to, r);
	for (size_t i = 0; i < n; i++) {
		fprintf(to, "%-15s", lines[i].label);
		text_wrap(to, lines[i].text, 15, README_WIDTH);
	}
	print_steps(to, r);
}

static void print_citation(FILE *to, const struct result *r)
{
	cite_bibtex(to, r);
}

static struct verdict add_printed(struct archive *archive, const char *name,
				  void (*print)(FILE *, const struct result *),
				  const struct result *result)
{
	char *text = NULL;
	size_t length = 0;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return verdict_error("no-memory", "free some memory", "no memory for %s", name);
	print(to, result);
	fclose(to);
	struct verdict v = archive_add(archive, name, text, length);
	free(text);
	return v;
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* By name, so that the order is not the file system's. */
static int by_name(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static struct verdict add_figures(struct archive *archive, const char *drawn)
{
	char directory[PATH_MAX - 260], path[PATH_MAX], name[300];
	struct dirent **files = NULL;
	struct verdict v = verdict_ok();

	snprintf(directory, sizeof directory, "%s/figures", drawn);
	int n = scandir(directory, &files, is_visible, by_name);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof path, "%s/%s", directory, files[i]->d_name);
		snprintf(name, sizeof name, "figures/%s", files[i]->d_name);
		if (verdict_is_ok(&v))
			v = archive_add_file(archive, name, path);
		free(files[i]);
	}
	free(files);
	return v;
}

static struct verdict add_all(struct archive *archive, const struct result *result,
			      const char *result_path, const char *drawn)
{
	char report[PATH_MAX];

	snprintf(report, sizeof report, "%s/report.html", drawn);
	struct verdict v = add_printed(archive, "README", print_readme, result);
	if (verdict_is_ok(&v))
		v = add_printed(archive, "CITATION.bib", print_citation, result);
	if (verdict_is_ok(&v))
		v = archive_add_file(archive, "result.json", result_path);
	if (verdict_is_ok(&v))
		v = archive_add_file(archive, "report.html", report);
	if (verdict_is_ok(&v))
		v = add_figures(archive, drawn);
	archive_end(archive);
	return v;
}

struct verdict bundle_write(const struct result *result, const char *result_path, const char *drawn,
			    const char *path)
{
	char temporary[PATH_MAX];
	struct archive archive = {.time = time_of(result)};

	if (snprintf(temporary, sizeof temporary, "%s.tmp", path) >= (int)sizeof temporary)
		return verdict_error("long-path", "choose a shorter one with --output",
				     "the archive's path is too long");
	snprintf(archive.root, sizeof archive.root, "tlbscope-%.40s", result->run.id);
	for (char *c = archive.root; *c; c++) /* a result may come from anybody */
		*c = *c == '/' ? '_' : *c;
	archive.to = fopen(temporary, "we");
	if (!archive.to)
		return verdict_error("file", "choose another place with --output",
				     "cannot write %s: %s", path, strerror(errno));
	struct verdict v = add_all(&archive, result, result_path, drawn);
	bool written = !ferror(archive.to);
	written = fclose(archive.to) == 0 && written && rename(temporary, path) == 0;
	if (verdict_is_ok(&v) && !written)
		v = verdict_error("file", "make room, or choose another place with --output",
				  "cannot write %s: %s", path, strerror(errno));
	if (!verdict_is_ok(&v))
		unlink(temporary);
	return v;
}
