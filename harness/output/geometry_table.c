#include "output/geometry_table.h"

#include "output/text.h"
#include "output/words.h"
#include "result/key.h"
#include "result/phrase.h"

#include <string.h>

/* A field is a value's, else a subject's; where cycles are missing, nanoseconds stand. */
struct column {
	const char *title, *value, *subject;
	bool brief;
};

static const struct column sizes[] = {
    {"page", NULL, "page", true},
    {"TLB", NULL, "level", true},
    {"entries", "entries", NULL, true},
    {"sets", "sets", NULL, true},
    {"ways", "ways", NULL, true},
    {"index", NULL, "index", false},
    {"edge", NULL, "edge", false},
    {"coalesces", NULL, "coalescing", false},
    {"splintered", NULL, "splintered", true},
    {"confidence", NULL, NULL, true},
    {"agrees", NULL, "agrees", true},
    {"claim", NULL, "claim", false},
};

#define SIZES (sizeof sizes / sizeof *sizes)

static const char *const size_headings[SIZES + 1] = {
    "page",	 "TLB",	       "entries",    "sets",   "ways",	"index", "edge",
    "coalesces", "splintered", "confidence", "agrees", "claim", NULL};
static const char *const cost_headings[] = {"page",	  "what", "measured [95% interval]",
					    "confidence", "of",	  NULL};

const char *const *geometry_headings(enum geometry_which which)
{
	return which == GEOMETRY_SIZES ? size_headings : cost_headings;
}

static const struct {
	const char *kind, *name;
} tlbs[] = {
    {"tlb-geometry", ""},
    {"instruction-tlb", " code"},
    {"store-tlb", " stores"},
};

/* One row to a value of a finding. */
static const struct cost {
	const char *kind, *level, *value, *what;
} costs[] = {
    {"tlb-geometry", "1", "penalty", "L1 miss that hits L2"},
    {"walk-cost", NULL, "walk", "walk, tables cached"},
    {"walk-cost", NULL, "distinct", "walk, distinct memory"},
    {"walk-levels", NULL, "tables_1", "walk that reads 1 table"},
    {"walk-levels", NULL, "tables_2", "walk that reads 2 tables"},
    {"walk-levels", NULL, "tables_3", "walk that reads 3 tables"},
    {"walk-levels", NULL, "tables_4", "walk that reads 4 tables"},
    {"walk-cache", NULL, "directory_entries", "directory entries kept"},
    {"walkers", NULL, "walkers", "walks at a time"},
};

static void set(char *field, const char *text)
{
	if (text && strcmp(text, "cannot-tell") == 0)
		text = confidence_name(CANNOT_TELL);
	snprintf(field, GEOMETRY_FIELD_MAX, "%s", text && *text ? text : "-");
	for (char *c = field; *c; c++)
		*c = (unsigned char)*c < ' ' ? '?' : *c;
}

/* "512", "8 [7,8]", "16-71" where no number in the bracket is better than another: what is counted
 * has no decimals. */
static void format_size(const struct finding_value *v, char *out)
{
	if (v->e.hi - v->e.lo < 0.5)
		snprintf(out, GEOMETRY_FIELD_MAX, "%.0f", v->e.est);
	else if (is_bracket(&v->e))
		snprintf(out, GEOMETRY_FIELD_MAX, "%.0f-%.0f", v->e.lo, v->e.hi);
	else
		snprintf(out, GEOMETRY_FIELD_MAX, "%.0f [%.0f,%.0f]", v->e.est, v->e.lo, v->e.hi);
}

/* Without a size, where the curve's slope lies. */
static void put_size(const struct finding *f, const char *name, char *out)
{
	const struct finding_value *v = finding_value_of(f, name),
				   *slope = finding_value_of(f, "slope");
	const char *full = facts_get(&f->subject, "associativity");

	if (strcmp(name, "ways") == 0 && full)
		set(out, full);
	else if (v)
		format_size(v, out);
	else if (slope && strcmp(name, "entries") == 0)
		snprintf(out, GEOMETRY_FIELD_MAX, "slope %.0f-%.0f", slope->e.lo, slope->e.hi);
	else
		set(out, NULL);
}

static void size_row(const struct finding *f, const char *name, struct geometry_row *out)
{
	const char *level = facts_get(&f->subject, "level"), *own = facts_get(&f->subject, "own");

	out->finding = f;
	for (size_t i = 0; i < SIZES; i++) {
		if (sizes[i].value)
			put_size(f, sizes[i].value, out->field[i]);
		else
			set(out->field[i], sizes[i].subject
					       ? facts_get(&f->subject, sizes[i].subject)
					       : confidence_name(f->confidence));
	}
	snprintf(out->field[1], GEOMETRY_FIELD_MAX, "L%.8s%s%s", level ? level : "?", name,
		 own && strcmp(own, "none-seen") == 0 ? ", as loads" : "");
}

static bool find_size(const struct result *result, unsigned wanted, struct geometry_row *out)
{
	for (size_t k = 0; k < sizeof tlbs / sizeof *tlbs; k++) {
		const struct finding *f = NULL;

		while ((f = result_find_finding(result, tlbs[k].kind, NULL, NULL, f))) {
			if (wanted-- > 0)
				continue;
			size_row(f, tlbs[k].name, out);
			return true;
		}
	}
	return false;
}

static const struct finding_value *cost_value(const struct finding *f, const struct cost *cost)
{
	static const char *const units[] = {"_cycles", "_ns", ""};
	const char *level = facts_get(&f->subject, "level");
	char name[RESULT_NAME_MAX];

	if (cost->level && (!level || strcmp(level, cost->level) != 0))
		return NULL;
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		const struct finding_value *v;

		snprintf(name, sizeof name, "%s%s", cost->value, units[i]);
		v = finding_value_of(f, name);
		if (v)
			return v;
	}
	return NULL;
}

static void cost_row(const struct finding *f, const struct finding_value *v, const char *what,
		     struct geometry_row *out)
{
	const char *bound = facts_get(&f->subject, "bound"),
		   *entries = facts_get(&f->subject, "splintered");
	char estimate[96], text[128];
	bool ranged = strcmp(what, "walks at a time") == 0 && !bound;

	if (!entries)
		entries = facts_get(&f->subject, "entries") ? "yes" : "no";
	format_estimate(estimate, sizeof estimate, &v->e, v->unit);
	snprintf(text, sizeof text, "%s%s", bound ? "at least " : "", estimate);
	if (ranged)
		snprintf(text, sizeof text, "%.1f to %.1f", v->e.lo, v->e.hi);
	out->finding = f;
	set(out->field[0], facts_get(&f->subject, "page"));
	set(out->field[1], what);
	set(out->field[2], text);
	set(out->field[3], confidence_name(f->confidence));
	set(out->field[4], strcmp(entries, "yes") == 0 ? "pieces, as the host splinters" : NULL);
}

/* Does an earlier finding carry the same kind of page? */
static bool page_is_new(const struct result *result, unsigned at)
{
	const char *page = facts_get(&result->findings[at].subject, "page");

	if (!page || strcmp(result->findings[at].kind, "splinter") == 0)
		return false;
	for (unsigned i = 0; i < at; i++) {
		const char *before = facts_get(&result->findings[i].subject, "page");

		if (before && strcmp(before, page) == 0 &&
		    strcmp(result->findings[i].kind, "splinter") != 0)
			return false;
	}
	return true;
}

static bool find_cost_of(const struct result *result, const char *page, unsigned *wanted,
			 struct geometry_row *out)
{
	for (size_t k = 0; k < sizeof costs / sizeof *costs; k++) {
		const struct finding *f = NULL;

		while ((f = result_find_finding(result, costs[k].kind, "page", page, f))) {
			const struct finding_value *v = cost_value(f, &costs[k]);

			if (!v || (*wanted)-- > 0)
				continue;
			cost_row(f, v, costs[k].what, out);
			return true;
		}
	}
	return false;
}

static bool find_cost(const struct result *result, unsigned wanted, struct geometry_row *out)
{
	for (unsigned i = 0; i < result->nfindings; i++)
		if (page_is_new(result, i) &&
		    find_cost_of(result, facts_get(&result->findings[i].subject, "page"), &wanted,
				 out))
			return true;
	return false;
}

bool geometry_row(const struct result *result, enum geometry_which which, unsigned i,
		  struct geometry_row *out)
{
	*out = (struct geometry_row){0};
	return which == GEOMETRY_SIZES ? find_size(result, i, out) : find_cost(result, i, out);
}

static bool is_wanted(const struct result *result, enum geometry_which which, bool brief,
		      const struct geometry_row *row)
{
	struct value base = {.type = P_PAGE, .page = {PAGE_BASE, result->run.base_page_bytes}};
	char name[32];

	if (which == GEOMETRY_SIZES || !brief)
		return true;
	value_format(&base, name, sizeof name);
	return strcmp(row->field[0], name) == 0;
}

/* Columns that say nothing have no width. */
static void measure_columns(const struct result *result, enum geometry_which which, bool brief,
			    size_t width[GEOMETRY_COLUMNS])
{
	const char *const *headings = geometry_headings(which);
	struct geometry_row row;

	memset(width, 0, GEOMETRY_COLUMNS * sizeof *width);
	for (unsigned i = 0; geometry_row(result, which, i, &row); i++)
		for (size_t c = 0; headings[c] && is_wanted(result, which, brief, &row); c++) {
			size_t n = text_columns(row.field[c]), title = strlen(headings[c]);

			if (strcmp(row.field[c], "-") == 0 ||
			    (brief && which == GEOMETRY_SIZES && !sizes[c].brief))
				continue;
			n = n > title ? n : title;
			width[c] = n > width[c] ? n : width[c];
		}
}

static void print_row(FILE *to, const char *const *headings, const struct geometry_row *row,
		      const size_t width[GEOMETRY_COLUMNS])
{
	size_t pending = 0; /* blanks, which do not end a line */

	for (size_t c = 0; headings[c]; c++) {
		const char *text = row ? row->field[c] : headings[c];

		if (!width[c])
			continue;
		fprintf(to, "%*s%s", (int)pending, "", text);
		pending = width[c] - text_columns(text) + 2;
	}
	fputc('\n', to);
}

void geometry_print(FILE *to, const struct result *result, enum geometry_which which, bool brief,
		    bool *begun)
{
	const char *const *headings = geometry_headings(which);
	size_t width[GEOMETRY_COLUMNS];
	struct geometry_row row;
	bool headed = false;

	measure_columns(result, which, brief, width);
	for (unsigned i = 0; geometry_row(result, which, i, &row); i++) {
		if (!is_wanted(result, which, brief, &row))
			continue;
		if (!headed) {
			fputs(*begun ? "\n" : "", to);
			print_row(to, headings, NULL, width);
		}
		*begun = headed = true;
		print_row(to, headings, &row, width);
	}
}
