#include "output/query.h"

#include <stdlib.h>
#include <string.h>

/* What a directive's parser sees: its line's words after the first. */
struct line {
	struct query *query;
	char *rest;
	uint64_t base_page_bytes;
};

#define WRONG(...) verdict_error("query", "see docs/figures.md", __VA_ARGS__)

static struct verdict parse_without(struct line *line)
{
	snprintf(line->query->without, sizeof line->query->without, "%s", line->rest);
	return verdict_ok();
}

static struct verdict parse_title(struct line *line)
{
	snprintf(line->query->title, sizeof line->query->title, "%s", line->rest);
	return verdict_ok();
}

static struct verdict parse_read(struct line *line)
{
	char *read = line->query->read;
	size_t used = strlen(read), size = sizeof line->query->read;

	snprintf(read + used, size - used, "%s%s", used ? " " : "", line->rest);
	return verdict_ok();
}

static struct verdict add_selector(struct line *line, struct selector **selectors, unsigned *n)
{
	if (*n == QUERY_SELECTORS_MAX || strlen(line->rest) >= sizeof line->query->selector_text[0])
		return WRONG("more than %d selectors, or one that is too long",
			     QUERY_SELECTORS_MAX);
	struct selector *grown = realloc(*selectors, (*n + 1) * sizeof *grown);
	if (!grown)
		return verdict_error("no-memory", "free some memory", "no memory for a selector");
	*selectors = grown;
	struct verdict v = selector_parse(line->rest, line->base_page_bytes, &grown[*n]);
	if (verdict_is_ok(&v))
		++*n;
	return v;
}

static struct verdict parse_select(struct line *line)
{
	struct query *query = line->query;
	unsigned n = query->nselectors;
	struct verdict v = add_selector(line, &query->selector, &query->nselectors);

	if (query->nselectors > n)
		strcpy(query->selector_text[n], line->rest);
	return v;
}

static struct verdict parse_except(struct line *line)
{
	return add_selector(line, &line->query->except, &line->query->nexcept);
}

static bool unit_scale(const char *unit, double *scale)
{
	static const struct {
		const char *name;
		double scale;
	} units[] = {{"B", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcmp(units[i].name, unit) == 0) {
			*scale = units[i].scale;
			return true;
		}
	}
	return false;
}

/* Splits `rest` into words, each shorter than `size`; false when there are none, too many or too
 * long ones. */
static bool split(char *rest, char *words, size_t size, unsigned max, unsigned *n)
{
	char *save = NULL;

	*n = 0;
	for (char *word = strtok_r(rest, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		if (*n == max || strlen(word) >= size)
			return false;
		strcpy(words + (*n)++ * size, word);
	}
	return *n > 0;
}

static struct verdict parse_x(struct line *line)
{
	char words[2][CELL_NAME_MAX];
	unsigned n;

	if (!split(line->rest, words[0], sizeof words[0], 2, &n))
		return WRONG("x wants one parameter and at most a unit");
	if (n == 2 && !unit_scale(words[1], &line->query->x_scale))
		return WRONG("x: '%s' is no unit of B KiB MiB GiB", words[1]);
	strcpy(line->query->x, words[0]);
	return verdict_ok();
}

static struct verdict parse_y(struct line *line)
{
	struct query *query = line->query;

	if (!split(line->rest, query->y[0], sizeof query->y[0], QUERY_NAMES_MAX, &query->ny))
		return WRONG("y wants 1 to %d metrics", QUERY_NAMES_MAX);
	return verdict_ok();
}

static struct verdict parse_series(struct line *line)
{
	struct query *query = line->query;

	if (!split(line->rest, query->series[0], sizeof query->series[0], QUERY_NAMES_MAX,
		   &query->nseries))
		return WRONG("series wants 1 to %d parameters", QUERY_NAMES_MAX);
	return verdict_ok();
}

static struct verdict parse_kind(struct line *line)
{
	line->query->hist = strcmp(line->rest, "hist") == 0;
	line->query->matrix = strcmp(line->rest, "matrix") == 0;
	if (!line->query->hist && !line->query->matrix)
		return WRONG("kind '%s' is not known, only hist and matrix are", line->rest);
	return verdict_ok();
}

static struct verdict parse_marks(struct line *line)
{
	struct query *query = line->query;
	char words[2][RESULT_NAME_MAX];
	unsigned n;

	if (!split(line->rest, words[0], sizeof words[0], 2, &n) ||
	    query->nmarks == QUERY_MARKS_MAX)
		return WRONG("marks wants knees, claims, caches, or a finding and its value; at "
			     "most %d lines",
			     QUERY_MARKS_MAX);
	if (n == 1 && strcmp(words[0], "claims") == 0) {
		query->claims = true;
		return verdict_ok();
	}
	if (n == 1 && strcmp(words[0], "caches") == 0) {
		query->caches = true;
		return verdict_ok();
	}
	if (n == 1 && strcmp(words[0], "knees") != 0)
		return WRONG("marks %s: which value of that finding?", words[0]);
	struct query_mark *mark = &query->mark[query->nmarks++];
	strcpy(mark->finding, n == 2 ? words[0] : "tlb-level");
	strcpy(mark->value, n == 2 ? words[1] : "entries");
	return verdict_ok();
}

static struct verdict parse_values(struct line *line)
{
	struct query_values *values = &line->query->values;
	char words[QUERY_VALUES_MAX + 1][RESULT_NAME_MAX];
	unsigned n;

	if (!split(line->rest, words[0], sizeof words[0], QUERY_VALUES_MAX + 1, &n) || n < 2)
		return WRONG("values wants a finding and 1 to %d of its values", QUERY_VALUES_MAX);
	strcpy(values->finding, words[0]);
	values->n = n - 1;
	for (unsigned i = 1; i < n; i++)
		strcpy(values->value[i - 1], words[i]);
	return verdict_ok();
}

static struct verdict parse_states(struct line *line)
{
	struct query *query = line->query;

	if (!split(line->rest, query->states[0], sizeof query->states[0], QUERY_NAMES_MAX,
		   &query->nstates))
		return WRONG("states wants 1 to %d kinds of findings", QUERY_NAMES_MAX);
	return verdict_ok();
}

static const struct directive {
	const char *name;
	struct verdict (*parse)(struct line *line);
} directives[] = {
    {"title", parse_title},   {"without", parse_without},
    {"read", parse_read},     {"select", parse_select},
    {"x", parse_x},	      {"y", parse_y},
    {"series", parse_series}, {"kind", parse_kind},
    {"marks", parse_marks},   {"except", parse_except},
    {"values", parse_values}, {"states", parse_states},
};

static struct verdict parse_line(char *text, struct query *query, uint64_t base_page_bytes)
{
	char *word = text + strspn(text, " \t");
	size_t length = strcspn(word, " \t");
	char *rest = word + length + strspn(word + length, " \t");
	struct line line = {query, rest, base_page_bytes};

	for (size_t end = strlen(rest); end && strchr(" \t\r", rest[end - 1]); end--)
		rest[end - 1] = '\0';
	for (size_t i = 0; i < sizeof directives / sizeof *directives; i++)
		if (strlen(directives[i].name) == length &&
		    strncmp(directives[i].name, word, length) == 0)
			return directives[i].parse(&line);
	return WRONG("'%.*s' is not known; title read without select except x y series kind marks "
		     "values states are",
		     (int)length, word);
}

static struct verdict complete(const struct query *query, const char *source)
{
	const char *lacks = !query->title[0]		 ? "title"
			    : !query->nselectors	 ? "select"
			    : !query->ny		 ? "y"
			    : !query->hist && !*query->x ? "x"
							 : NULL;

	if (lacks)
		return WRONG("%s: has no '#@ %s'", source, lacks);
	return verdict_ok();
}

struct verdict query_parse(const char *text, const char *source, uint64_t base_page_bytes,
			   struct query *out)
{
	struct verdict v = verdict_ok();
	unsigned number = 0;

	*out = (struct query){.x_scale = 1};
	while (*text && verdict_is_ok(&v)) {
		size_t length = strcspn(text, "\n");
		char line[512];

		number++;
		if (strncmp(text, "#@", 2) == 0) {
			snprintf(line, sizeof line, "%.*s", (int)length - 2, text + 2);
			v = parse_line(line, out, base_page_bytes);
		}
		text += length + (text[length] == '\n');
	}
	if (verdict_is_ok(&v))
		v = complete(out, source);
	else
		v = verdict_error("query", v.remedy, "%s:%u: %s", source, number, v.text);
	if (!verdict_is_ok(&v))
		query_free(out);
	return v;
}

void query_free(struct query *query)
{
	free(query->selector);
	free(query->except);
	*query = (struct query){0};
}

/* Cells of other kinds of CPU are other curves: only a query that names them wants them. */
static bool kinds_are_asked_for(const struct selector *selector, const struct cell *cell)
{
	static const char *const kinds[] = {CPUKIND_PARAM, RESPKIND_PARAM};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (cell_value(cell, kinds[i]) && !selector_term(selector, kinds[i]))
			return false;
	return true;
}

bool query_match(const struct query *query, const struct cell *cell)
{
	for (unsigned i = 0; i < query->nexcept; i++)
		if (selector_match(&query->except[i], cell))
			return false;
	for (unsigned i = 0; i < query->nselectors; i++)
		if (kinds_are_asked_for(&query->selector[i], cell) &&
		    selector_match(&query->selector[i], cell))
			return true;
	return false;
}
