#include "output/geometry.h"

#include "output/text.h"

#include <jansson.h>

#include <math.h>
#include <string.h>

#define TEXT_COLUMNS 100

static const char *const kinds[] = {"tlb-geometry", "tlb-level",  "walk-cost",	     "splinter",
				    "walkers",	    "walk-cache", "instruction-tlb", "store-tlb"};

struct column {
	const char *title, *value, *subject; /* a value's name, else a subject's */
	int width;
};

static const struct column columns[] = {
    {"page", NULL, "page", 5},
    {"level", NULL, "level", 5},
    {"entries", "entries", NULL, 16},
    {"sets", "sets", NULL, 6},
    {"ways", "ways", NULL, 11},
    {"index", NULL, "index", 10},
    {"penalty", "penalty_cycles", NULL, 8},
    {"walk", "walk_cycles", NULL, 8},
    {"edge", NULL, "edge", 7},
    {"splintered", NULL, "splintered", 10},
    {"agrees", NULL, "agrees", 12},
    {"claim", NULL, "claim", 0},
};

static const struct finding_value *value_of(const struct finding *f, const char *name)
{
	for (unsigned i = 0; i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i];
	return NULL;
}

/* "512", "8 [7,8]", "7.0" cycles, "1.6 ns": what is counted has no decimals. */
static void format_value(const struct finding_value *v, char *out, size_t size)
{
	bool ns = strcmp(v->unit, "ns") == 0, time = ns || strcmp(v->unit, "cycles") == 0;

	if (time)
		snprintf(out, size, "%.1f%s", v->e.est, ns ? " ns" : "");
	else if (v->e.hi - v->e.lo < 0.5)
		snprintf(out, size, "%.0f", v->e.est);
	else
		snprintf(out, size, "%.0f [%.0f,%.0f]", v->e.est, v->e.lo, v->e.hi);
}

static void format_field(const struct finding *f, const struct column *column, char *out,
			 size_t size)
{
	const struct finding_value *v = column->value ? value_of(f, column->value) : NULL;
	char ns[32];
	const char *text = column->subject ? facts_get(&f->subject, column->subject) : NULL;
	const char *full = facts_get(&f->subject, "associativity");

	if (!v && column->value && strchr(column->value, '_')) { /* where there are no cycles */
		snprintf(ns, sizeof ns, "%.*s_ns", (int)strcspn(column->value, "_"), column->value);
		v = value_of(f, ns);
	}
	snprintf(out, size, "-");
	if (column->value && strcmp(column->value, "ways") == 0 && full)
		snprintf(out, size, "%s", full);
	else if (v)
		format_value(v, out, size);
	else if (text)
		snprintf(out, size, "%s", text);
}

static void print_row(FILE *to, const struct finding *f)
{
	char field[200];

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		if (f)
			format_field(f, &columns[i], field, sizeof field);
		else
			snprintf(field, sizeof field, "%s", columns[i].title);
		for (char *c = field; *c; c++)
			*c = (unsigned char)*c < ' ' ? '?' : *c;
		fprintf(to, "%-*s%s", columns[i].width, field, columns[i].width ? "  " : "\n");
	}
}

static bool is_kind(const struct finding *f)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(f->kind, kinds[i]) == 0)
			return true;
	return false;
}

/* Cells that were wanted and could not be had, each reason once. */
static void print_skipped(FILE *to, const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct verdict *why = &result->cells[i].outcome;
		const char *bench = result->cells[i].cell.bench;
		bool said = verdict_is_ok(why) ||
			    (strcmp(bench, "chase") != 0 && strcmp(bench, "setprobe") != 0);

		for (unsigned k = 0; k < i && !said; k++)
			said = strcmp(result->cells[k].outcome.text, why->text) == 0 ||
			       strcmp(result->cells[k].outcome.code, why->code) == 0;
		if (!said)
			fprintf(to, "not measured: %s (%s)\n", why->text, result->cells[i].key);
	}
}

struct verdict output_geometry(FILE *to, const struct result *result)
{
	const struct finding *f = NULL;
	char line[RESULT_TEXT_MAX + 32];

	if (*result->machine.cpu)
		fprintf(to, "%s\n\n", result->machine.cpu);
	print_row(to, NULL);
	while ((f = result_find_finding(result, "tlb-geometry", NULL, NULL, f)))
		print_row(to, f);
	fputc('\n', to);
	for (unsigned i = 0; i < result->nfindings; i++) {
		f = &result->findings[i];
		if (!is_kind(f))
			continue;
		snprintf(line, sizeof line, "%s (%s)", f->text, confidence_name(f->confidence));
		text_wrap(to, line, 2, TEXT_COLUMNS);
		fputc('\n', to);
	}
	print_skipped(to, result);
	return verdict_ok();
}

static json_t *estimate_json(const struct finding_value *v)
{
	json_t *o = json_pack("{s:f, s:f, s:f}", "est", v->e.est, "lo", v->e.lo, "hi", v->e.hi);

	if (o && *v->unit)
		json_object_set_new(o, "unit", json_string(v->unit));
	return o;
}

static json_t *finding_json(const struct finding *f)
{
	json_t *o = json_object(), *subject = json_object(), *values = json_object(),
	       *from = json_array();

	for (size_t i = 0; i < f->subject.n; i++)
		json_object_set_new(subject, f->subject.fact[i].name,
				    json_string(f->subject.fact[i].text));
	for (unsigned i = 0; i < f->nvalues; i++)
		json_object_set_new(values, f->values[i].name, estimate_json(&f->values[i]));
	for (unsigned i = 0; i < f->nfrom; i++)
		json_array_append_new(from, json_string(f->from[i]));
	json_object_set_new(o, "kind", json_string(f->kind));
	json_object_set_new(o, "analysis", json_string(f->analysis));
	json_object_set_new(o, "subject", subject);
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "confidence", json_string(confidence_name(f->confidence)));
	json_object_set_new(o, "from", from);
	json_object_set_new(o, "text", json_string(f->text));
	return o;
}

struct verdict output_geometry_json(FILE *to, const struct result *result)
{
	json_t *root = json_object(), *findings = json_array();
	int failed;

	json_object_set_new(root, "schema",
			    json_pack("{s:s, s:i}", "name", "tlbscope-geometry", "major", 1));
	json_object_set_new(root, "cpu", json_string(result->machine.cpu));
	for (unsigned i = 0; i < result->nfindings; i++)
		if (is_kind(&result->findings[i]))
			json_array_append_new(findings, finding_json(&result->findings[i]));
	json_object_set_new(root, "findings", findings);
	failed = !root || json_dumpf(root, to, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	json_decref(root);
	fputc('\n', to);
	return failed ? verdict_error("no-output", "see whether the disk is full",
				      "could not write the findings as JSON")
		      : verdict_ok();
}
