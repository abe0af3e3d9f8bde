#include "output/geometry.h"

#include "output/geometry_table.h"
#include "output/json_print.h"
#include "output/text.h"

#include <jansson.h>

#include <math.h>
#include <string.h>

#define TEXT_COLUMNS 100

static const char *const kinds[] = {"tlb-geometry", "tlb-level",       "walk-cost",
				    "splinter",	    "walkers",	       "walk-cache",
				    "walk-levels",  "instruction-tlb", "store-tlb"};

/* What these findings are made of. */
static const char *const benches[] = {"chase",	   "setprobe", "walkers",
				      "walkcache", "itlb",     "stores"};

static bool is_read(const struct cell_result *cell)
{
	for (size_t i = 0; i < sizeof benches / sizeof *benches; i++)
		if (strcmp(cell->cell.bench, benches[i]) == 0)
			return true;
	return false;
}

bool geometry_has_cells(const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (is_read(&result->cells[i]))
			return true;
	return false;
}

static bool is_kind(const struct finding *f)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcmp(f->kind, kinds[i]) == 0)
			return true;
	return false;
}

/* Cells that were wanted and could not be had, each reason once. */
static void print_skipped(FILE *to, const struct result *result, bool apart)
{
	for (unsigned i = 0; i < result->ncells; i++) {
		const struct verdict *why = &result->cells[i].outcome;
		bool said = verdict_is_ok(why) || !is_read(&result->cells[i]);

		for (unsigned k = 0; k < i && !said; k++)
			said = is_read(&result->cells[k]) &&
			       (strcmp(result->cells[k].outcome.text, why->text) == 0 ||
				strcmp(result->cells[k].outcome.code, why->code) == 0);
		if (said)
			continue;
		fprintf(to, "%snot measured: %s (%s)\n", apart ? "\n" : "", why->text,
			result->cells[i].key);
		apart = false;
	}
}

struct verdict output_geometry(FILE *to, const struct result *result)
{
	char line[FINDING_TEXT_MAX + 32];
	bool begun = *result->machine.cpu;

	if (begun)
		fprintf(to, "%s\n", result->machine.cpu);
	geometry_print(to, result, GEOMETRY_SIZES, false, &begun);
	geometry_print(to, result, GEOMETRY_COSTS, false, &begun);
	for (unsigned i = 0; i < result->nfindings; i++) {
		const struct finding *f = &result->findings[i];

		if (!is_kind(f))
			continue;
		snprintf(line, sizeof line, "%s (%s)", f->text, confidence_name(f->confidence));
		fputs(begun ? "\n" : "", to);
		text_wrap(to, line, 2, TEXT_COLUMNS);
		begun = true;
	}
	print_skipped(to, result, begun);
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

	json_object_set_new(root, "schema",
			    json_pack("{s:s, s:i}", "name", "tlbscope-geometry", "major", 1));
	json_object_set_new(root, "cpu", json_string(result->machine.cpu));
	for (unsigned i = 0; i < result->nfindings; i++)
		if (is_kind(&result->findings[i]))
			json_array_append_new(findings, finding_json(&result->findings[i]));
	json_object_set_new(root, "findings", findings);
	return json_print(to, root, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
}
