/* The whole comparison as JSON; docs/regressions.md names the members. */
#include "output/compare.h"
#include "output/json_print.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#define MAJOR 1

/* Absent, where it is no number. */
static void set_real(json_t *o, const char *name, double value)
{
	if (isfinite(value))
		json_object_set_new(o, name, json_real(value));
}

static json_t *estimate_json(const struct estimate *e)
{
	json_t *o = json_object();

	set_real(o, "est", e->est);
	set_real(o, "lo", e->lo);
	set_real(o, "hi", e->hi);
	return o;
}

static json_t *side_json(const struct comparison_side *side)
{
	json_t *o = estimate_json(&side->e);

	json_object_set_new(o, "samples", json_integer(side->samples));
	json_object_set_new(o, "runs", json_integer(side->runs));
	return o;
}

static json_t *parts_json(const struct comparison_parts *parts)
{
	json_t *o = json_object(), *list = json_array();

	for (unsigned i = 0; i < parts->n; i++) {
		const struct comparison_part *part = &parts->part[i];
		json_t *p = json_object();

		json_object_set_new(p, "part", json_string(part->name));
		set_real(p, "old", part->old);
		set_real(p, "new", part->new);
		set_real(p, "change_lo", part->lo);
		set_real(p, "change_hi", part->hi);
		json_array_append_new(list, p);
	}
	json_object_set_new(o, "text", json_string(parts->text));
	json_object_set_new(o, "parts", list);
	if (parts->has_ipis) {
		set_real(o, "ipis_old", parts->old_ipis);
		set_real(o, "ipis_new", parts->new_ipis);
	}
	return o;
}

static json_t *row_json(const struct comparison_row *row)
{
	json_t *o = json_object();

	json_object_set_new(o, "key", json_string(row->new_cell->key));
	if (row->old_cell->key != row->new_cell->key)
		json_object_set_new(o, "old_key", json_string(row->old_cell->key));
	json_object_set_new(o, "metric", json_string(row->new_metric->name));
	json_object_set_new(o, "unit", json_string(row->new_metric->unit));
	json_object_set_new(o, "state", json_string(row_state_name(row->state)));
	json_object_set_new(o, "old", side_json(&row->old));
	json_object_set_new(o, "new", side_json(&row->new));
	set_real(o, "change", row->change);
	set_real(o, "change_lo", row->lo);
	set_real(o, "change_hi", row->hi);
	set_real(o, "p", row->p);
	set_real(o, "p_holm", row->holm);
	set_real(o, "p_least", row->least);
	set_real(o, "threshold", row->threshold);
	set_real(o, "noise", row->noise);
	json_object_set_new(o, "noise_source", json_string(noise_source_name(row->source)));
	if (row->approximate)
		json_object_set_new(o, "approximate", json_true());
	if (row->why)
		json_object_set_new(o, "why", json_string(row->why));
	if (row->parts)
		json_object_set_new(o, "sits_in", parts_json(row->parts));
	return o;
}

static json_t *other_json(const struct comparison_other *other)
{
	json_t *o = json_object();

	json_object_set_new(o, "key", json_string(other->key));
	json_object_set_new(o, "kind", json_string(other_kind_name(other->kind)));
	if (other->lost)
		json_object_set_new(o, "lost", json_true());
	json_object_set_new(o, "text", json_string(other->text));
	return o;
}

static json_t *finding_json(const struct comparison_finding *f)
{
	json_t *o = json_object(), *subject = json_object();

	for (size_t i = 0; i < f->new->subject.n; i++)
		json_object_set_new(subject, f->new->subject.fact[i].name,
				    json_string(f->new->subject.fact[i].text));
	json_object_set_new(o, "kind", json_string(f->new->kind));
	json_object_set_new(o, "subject", subject);
	json_object_set_new(o, "value", json_string(f->new_value->name));
	json_object_set_new(o, "unit", json_string(f->new_value->unit));
	json_object_set_new(o, "old", estimate_json(&f->old_value->e));
	json_object_set_new(o, "new", estimate_json(&f->new_value->e));
	return o;
}

static json_t *facts_json(const struct facts *facts)
{
	json_t *o = json_object();

	for (size_t i = 0; i < facts->n; i++)
		json_object_set_new(o, facts->fact[i].name, json_string(facts->fact[i].text));
	return o;
}

static json_t *counts_json(const struct comparison *c)
{
	json_t *o = json_object();

	for (int i = 0; i < ROW_STATES; i++)
		json_object_set_new(o, row_state_name((enum row_state)i),
				    json_integer(c->count[i]));
	for (int i = 0; i < OTHER_KINDS; i++)
		json_object_set_new(o, other_kind_name((enum other_kind)i),
				    json_integer(c->other_count[i]));
	return o;
}

static json_t *document(const struct comparison *c, const struct compare_output *how)
{
	static const char *const ends[] = {"same", "worse", "cannot-tell"};
	json_t *o = json_object(), *rows = json_array(), *others = json_array(),
	       *findings = json_array();

	for (unsigned i = 0; i < c->nrows; i++)
		json_array_append_new(rows, row_json(&c->rows[i]));
	for (unsigned i = 0; i < c->nothers; i++)
		json_array_append_new(others, other_json(&c->others[i]));
	for (unsigned i = 0; i < c->nfindings; i++)
		json_array_append_new(findings, finding_json(&c->findings[i]));
	json_object_set_new(o, "schema",
			    json_pack("{s:s, s:i}", "name", "tlbscope-comparison", "major", MAJOR));
	json_object_set_new(o, "old", json_string(how->old_name));
	json_object_set_new(o, "new", json_string(how->new_name));
	json_object_set_new(o, "end", json_string(ends[c->end]));
	json_object_set_new(o, "conclusion", json_string(c->conclusion));
	set_real(o, "alpha", c->alpha);
	json_object_set_new(o, "family", json_integer(c->family));
	json_object_set_new(o, "count", counts_json(c));
	json_object_set_new(o, "environment", facts_json(&c->environment));
	json_object_set_new(o, "tests", rows);
	json_object_set_new(o, "others", others);
	json_object_set_new(o, "findings", findings);
	return o;
}

struct verdict compare_json(FILE *to, const struct comparison *c, const struct compare_output *how)
{
	return json_print(to, document(c, how), JSON_INDENT(1) | JSON_REAL_PRECISION(10));
}
