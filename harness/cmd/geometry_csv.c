/* Curves of other tools: a line to a point, fields split by commas, semicolons, tabs or blanks. */
#include "cmd/geometry_measure.h"

#include "analyse/analyse.h"
#include "result/key.h"
#include "result/phrase.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LINE_MAX_BYTES 4096
#define FIELDS_MAX     32
#define FIELD_KIND_MAX 32
#define POINTS_MAX     100000u
#define SIZE_LIMIT     1e15

enum {
	COLUMN_PAGES,
	COLUMN_BYTES,
	COLUMN_NS,
	COLUMN_CYCLES,
	COLUMN_KIND,
	COLUMN_STRIDE,
	COLUMN_LAYOUT,
	COLUMNS
};

/* A heading is known by one of its words, tried in this order: "ns per page" is a time. */
static const struct {
	const char *word;
	int column;
} names[] = {
    {"cycles", COLUMN_CYCLES},	 {"cycle", COLUMN_CYCLES},   {"clocks", COLUMN_CYCLES},
    {"ns", COLUMN_NS},		 {"nanoseconds", COLUMN_NS}, {"latency", COLUMN_NS},
    {"stride", COLUMN_STRIDE},	 {"kind", COLUMN_KIND},	     {"page", COLUMN_KIND},
    {"pagesize", COLUMN_KIND},	 {"pages", COLUMN_PAGES},    {"npages", COLUMN_PAGES},
    {"entries", COLUMN_PAGES},	 {"bytes", COLUMN_BYTES},    {"size", COLUMN_BYTES},
    {"footprint", COLUMN_BYTES}, {"kb", COLUMN_BYTES},	     {"kib", COLUMN_BYTES},
    {"mb", COLUMN_BYTES},	 {"mib", COLUMN_BYTES},	     {"gb", COLUMN_BYTES},
    {"gib", COLUMN_BYTES},	 {"layout", COLUMN_LAYOUT},
};

static const struct {
	const char *unit;
	double factor;
} units[] = {{"", 1},	     {"B", 1},	      {"K", 1024},     {"KB", 1024},
	     {"KiB", 1024},  {"M", 1048576},  {"MB", 1048576}, {"MiB", 1048576},
	     {"G", 1 << 30}, {"GB", 1 << 30}, {"GiB", 1 << 30}};

struct reading {
	const char *path;
	unsigned line, points;
	int at[COLUMNS];	/* the field of each column; -1: not there */
	double factor[COLUMNS]; /* of a heading's unit */
	bool named;
	struct result *result;
};

static struct verdict bad(const struct reading *r, unsigned field, const char *remedy,
			  const char *what, const char *text)
{
	return verdict_error("bad-csv", remedy, "%s line %u column %u: %s%s%.40s%s", r->path,
			     r->line, field + 1, what, *text ? " '" : "", text, *text ? "'" : "");
}

static unsigned split(char *line, char *field[FIELDS_MAX])
{
	const char *marks = strchr(line, ',')	 ? ","
			    : strchr(line, ';')	 ? ";"
			    : strchr(line, '\t') ? "\t"
						 : " ";
	unsigned n = 0;
	char *save = NULL;

	for (char *f = strtok_r(line, marks, &save); f && n < FIELDS_MAX;
	     f = strtok_r(NULL, marks, &save)) {
		while (isspace((unsigned char)*f) || *f == '"')
			f++;
		for (size_t k = strlen(f);
		     k && (isspace((unsigned char)f[k - 1]) || f[k - 1] == '"'); k--)
			f[k - 1] = 0;
		field[n++] = f;
	}
	return n;
}

/* Is it one of the words of "Size (KB)" or "latency_ns"? */
static bool has_word(const char *heading, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = heading; *at; at++) {
		if (at > heading && isalnum((unsigned char)at[-1]))
			continue;
		if (strncasecmp(at, word, n) == 0 && !isalnum((unsigned char)at[n]))
			return true;
	}
	return false;
}

static int column_of(const char *heading)
{
	for (size_t k = 0; k < sizeof names / sizeof *names; k++)
		if (has_word(heading, names[k].word))
			return names[k].column;
	return -1;
}

/* "Size (KB)": of numbers that carry no unit of their own. */
static double factor_of(const char *heading)
{
	for (size_t i = 1; i < sizeof units / sizeof *units; i++)
		if (has_word(heading, units[i].unit))
			return units[i].factor;
	return 1;
}

static bool has_names(const struct reading *r)
{
	return (r->at[COLUMN_PAGES] >= 0 || r->at[COLUMN_BYTES] >= 0) &&
	       (r->at[COLUMN_NS] >= 0 || r->at[COLUMN_CYCLES] >= 0);
}

static struct verdict take_names(struct reading *r, char **field, unsigned n, bool comment)
{
	for (unsigned i = 0; i < n; i++) {
		int column = column_of(field[i]);

		if (column < 0 || r->at[column] >= 0)
			continue;
		r->at[column] = (int)i;
		r->factor[column] = factor_of(field[i]);
	}
	if (comment && !has_names(r)) { /* a remark, and no names */
		for (int i = 0; i < COLUMNS; i++)
			r->at[i] = -1;
		return verdict_ok();
	}
	r->named = true;
	if (r->at[COLUMN_PAGES] < 0 && r->at[COLUMN_BYTES] < 0)
		return bad(r, 0, "name a column pages or bytes",
			   "no column says how large a footprint is", "");
	if (r->at[COLUMN_NS] < 0 && r->at[COLUMN_CYCLES] < 0)
		return bad(r, 0, "name a column ns or cycles",
			   "no column says how long a load takes", "");
	return verdict_ok();
}

/* Without names: pages and cycles. */
static void take_positions(struct reading *r)
{
	r->at[COLUMN_PAGES] = 0;
	r->at[COLUMN_CYCLES] = 1;
	r->named = true;
}

static struct verdict number(const struct reading *r, char **field, unsigned n, int column,
			     double *out)
{
	int at = r->at[column];
	char *end;

	if ((unsigned)at >= n)
		return bad(r, (unsigned)at, "give every line as many fields as the first",
			   "there is no such field", "");
	*out = strtod(field[at], &end);
	for (size_t i = 0; end != field[at] && i < sizeof units / sizeof *units; i++) {
		if (strcasecmp(end, units[i].unit) != 0 ||
		    (i > 0 && column != COLUMN_BYTES && column != COLUMN_STRIDE &&
		     column != COLUMN_KIND))
			continue;
		*out *= i == 0 ? r->factor[column] : units[i].factor;
		if (isfinite(*out) && *out > 0 && *out < SIZE_LIMIT)
			return verdict_ok();
	}
	return bad(r, (unsigned)at, "write a positive number there",
		   "not a positive number:", field[at]);
}

static bool is_power_of_two(uint64_t x)
{
	return x && (x & (x - 1)) == 0;
}

/* "2m", "2M", "2MB" or "2097152". */
static struct verdict take_kind(const struct reading *r, char **field, unsigned n,
				struct value *out)
{
	int at = r->at[COLUMN_KIND];
	struct verdict verdict;
	char text[FIELD_KIND_MAX];
	double bytes;

	*out = (struct value){.type = P_PAGE, .page = {PAGE_BASE, 4096}};
	if (at < 0)
		return verdict_ok();
	if ((unsigned)at >= n)
		return bad(r, (unsigned)at, "give every line as many fields as the first",
			   "there is no such field", "");
	for (size_t i = 0; i < sizeof text; i++) {
		text[i] = (char)tolower((unsigned char)field[at][i]);
		if (!text[i])
			break;
	}
	text[sizeof text - 1] = 0;
	verdict = value_parse(text, 4096, out);
	if (verdict_is_ok(&verdict) && out->type == P_PAGE)
		return verdict;
	verdict = number(r, field, n, COLUMN_KIND, &bytes);
	if (verdict_is_ok(&verdict) && bytes >= 4096 && is_power_of_two((uint64_t)bytes)) {
		*out = (struct value){
		    .type = P_PAGE,
		    .page = {bytes > 4096 ? PAGE_HUGETLB : PAGE_BASE, (uint64_t)bytes}};
		return verdict;
	}
	return bad(r, (unsigned)at, "write a kind like 4k, 2m, 1g or thp",
		   "not a page kind:", field[at]);
}

/* Two points of one size: the smaller time stands, disturbance only ever makes slower. */
static bool keep(struct reading *r, const char *key, const char *unit, double y)
{
	struct cell_result *cell = result_find_cell(r->result, key);
	struct metric_result *m;

	if (cell) {
		m = &cell->metrics[0];
		if (y < m->e.est)
			m->e = (struct estimate){y, y, y};
		return true;
	}
	cell = result_add_cell(r->result);
	m = cell ? cell_add_metric(cell) : NULL;
	if (!m)
		return false;
	snprintf(cell->key, sizeof cell->key, "%s", key);
	struct verdict parsed = key_parse(key, 4096, &cell->cell);

	cell->outcome = parsed;
	cell->requested = true;
	cell->wave = 1;
	snprintf(m->name, sizeof m->name, "%s", unit);
	snprintf(m->unit, sizeof m->unit, "%s", unit);
	m->primary = true;
	m->e = (struct estimate){y, y, y};
	return verdict_is_ok(&parsed);
}

static struct verdict take_point(struct reading *r, char **field, unsigned n)
{
	bool in_cycles = r->at[COLUMN_CYCLES] >= 0;
	int size_at = r->at[COLUMN_PAGES] >= 0 ? COLUMN_PAGES : COLUMN_BYTES;
	double size = 0, y = 0, stride = 0;
	struct value kind, bytes = {.type = P_BYTES};
	char page[32], footprint[32], key[CELL_KEY_MAX];
	struct verdict verdict = take_kind(r, field, n, &kind);

	if (verdict_is_ok(&verdict))
		verdict = number(r, field, n, size_at, &size);
	if (verdict_is_ok(&verdict))
		verdict = number(r, field, n, in_cycles ? COLUMN_CYCLES : COLUMN_NS, &y);
	if (verdict_is_ok(&verdict) && r->at[COLUMN_STRIDE] >= 0)
		verdict = number(r, field, n, COLUMN_STRIDE, &stride);
	if (!verdict_is_ok(&verdict))
		return verdict;
	/* Pages touched decide; with a stride above a page, fewer are touched than the span holds.
	 */
	double touched =
	    size_at == COLUMN_PAGES ? size : size / fmax(stride, (double)kind.page.bytes);

	bytes.count = (uint64_t)fmax(1, round(touched)) * kind.page.bytes;
	value_format(&kind, page, sizeof page);
	value_format(&bytes, footprint, sizeof footprint);
	snprintf(key, sizeof key, "chase/page=%s/layout=distinct/footprint=%s", page, footprint);
	if (++r->points > POINTS_MAX)
		return bad(r, 0, "give fewer points", "too many points", "");
	return keep(r, key, in_cycles ? "cycles" : "ns", y)
		   ? verdict_ok()
		   : verdict_error("no-memory", "free memory", "no memory for %s", r->path);
}

static bool begins_with_number(const char *text)
{
	char *end;

	(void)strtod(text, &end);
	return end != text;
}

static struct verdict take_line(struct reading *r, char *line)
{
	char *field[FIELDS_MAX];
	unsigned n;

	if (r->line == 1 && strncmp(line, "\xef\xbb\xbf", 3) == 0) /* a byte order mark */
		line += 3;
	line += strspn(line, " \t\r\n");
	bool comment = *line == '#';

	if (comment && r->named)
		return verdict_ok();
	line += strspn(line, "# ");
	n = split(line, field);
	if (n == 0)
		return verdict_ok();
	if (!r->named) {
		if (comment || !begins_with_number(field[0]))
			return take_names(r, field, n, comment);
		take_positions(r);
	}
	return take_point(r, field, n);
}

struct verdict cmd_load_csv(const char *path, struct result *result)
{
	struct reading r = {.path = path, .result = result};
	char line[LINE_MAX_BYTES];
	struct verdict verdict = verdict_ok();
	FILE *file = fopen(path, "r");

	if (!file)
		return verdict_error("no-csv", "check the path", "cannot read %s: %s", path,
				     strerror(errno));
	for (int i = 0; i < COLUMNS; i++) {
		r.at[i] = -1;
		r.factor[i] = 1;
	}
	while (verdict_is_ok(&verdict) && fgets(line, sizeof line, file)) {
		r.line++;
		if (!strchr(line, '\n') && !feof(file))
			verdict = bad(&r, 0, "give a point to a line", "the line is too long", "");
		else
			verdict = take_line(&r, line);
	}
	if (verdict_is_ok(&verdict) && ferror(file))
		verdict = verdict_error("no-csv", "check the path", "cannot read %s: %s", path,
					strerror(errno));
	fclose(file);
	if (verdict_is_ok(&verdict) && r.points < 3)
		verdict = verdict_error("bad-csv", "give a line to a point",
					"%s has %u point%s, a curve needs 3", path, r.points,
					plural(r.points));
	if (verdict_is_ok(&verdict) && !findings_compute(result))
		verdict = verdict_error("no-memory", "free memory", "no memory for the findings");
	return verdict;
}
