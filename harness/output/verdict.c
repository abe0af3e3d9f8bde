/* The verdict in words: what the findings say, each number with its interval, and what that is
 * worth. */
#include "output/output.h"

#include "output/text.h"
#include "output/verdict_internal.h"
#include "output/words.h"
#include "result/phrase.h"

#include <string.h>

#define COMPANY_PERCENT 2 /* of the visits: less of it is not worth a line */

struct writer {
	const struct result *result;
	FILE *to; /* a memory stream over the line's text; '\0' is put by its closing */
};

static const struct finding *next(const struct result *result, const char *kind,
				  const struct finding *after)
{
	return result_find_finding(result, kind, NULL, NULL, after);
}

/* The first finding of that kind that has the value and dares to say so. */
static const struct finding *telling(const struct result *result, const char *kind,
				     const char *value)
{
	const struct finding *f = NULL;

	while ((f = next(result, kind, f)))
		if (f->confidence != CANNOT_TELL && finding_value_of(f, value))
			return f;
	return NULL;
}

void put_estimate(FILE *to, const struct finding *finding, const char *name)
{
	const struct finding_value *value = finding_value_of(finding, name);
	char text[96];

	if (!value)
		return;
	if (estimate_is_told(&value->e))
		format_estimate(text, sizeof text, &value->e, value->unit);
	else
		format_part(text, sizeof text, &value->e, value->unit);
	fputs(text, to);
}

/* Past what a curve of aliases reaches: walks that miss in every set, at few pages. */
static void put_tables(const struct writer *w)
{
	const struct finding *f = telling(w->result, "walk-levels", "tables_2_cycles");
	const struct finding_value *two = f ? finding_value_of(f, "tables_2_cycles") : NULL;

	if (!f || !finding_value_of(f, "tables_1_cycles"))
		return;
	fputs(", ", w->to);
	put_estimate(w->to, f, "tables_1_cycles");
	fprintf(w->to, " where it reads one table, %.0f where two", two->e.est);
}

static bool write_penalty(const struct writer *w)
{
	bool in_ns = !telling(w->result, "tlb-level", "penalty_cycles");
	const struct finding *f =
	    telling(w->result, "tlb-level", in_ns ? "penalty_ns" : "penalty_cycles");
	const struct finding *walk = telling(w->result, "walk-cost", "walk_cycles");

	if (f) {
		fprintf(w->to, "L1 miss, L2 hit: ");
		put_estimate(w->to, f, in_ns ? "penalty_ns" : "penalty_cycles");
		if (!in_ns && finding_value_of(f, "penalty_ns")) {
			fprintf(w->to, " or ");
			put_estimate(w->to, f, "penalty_ns");
		}
	}
	if (!walk)
		walk = telling(w->result, "walk-cost", "walk_ns");
	if (walk) {
		const char *name =
		    finding_value_of(walk, "walk_cycles") ? "walk_cycles" : "walk_ns";
		bool least = strcmp(finding_subject(walk, "bound"), "at-least") == 0 &&
			     estimate_is_told(&finding_value_of(walk, name)->e);

		fprintf(w->to, "%spage walk: %s", f ? "; " : "", least ? "at least " : "");
		put_estimate(w->to, walk, name);
		fprintf(w->to, " over a hit");
		put_tables(w);
	}
	return f || walk;
}

/* The largest footprint speaks: it comes last. */
static bool write_huge(const struct writer *w)
{
	const struct finding *splinter =
	    result_find_finding(w->result, "splinter", "splinters", "yes", NULL);
	const struct finding *gain = NULL, *f = NULL, *doubt = next(w->result, "huge-gain", NULL);

	while ((f = next(w->result, "huge-gain", f)))
		if (f->confidence != CANNOT_TELL && finding_value_of(f, "ratio"))
			gain = f;
	if (splinter)
		fprintf(w->to, "%s%s", splinter->text, gain ? "; " : "");
	if (gain) {
		fprintf(w->to, "%s, × ", gain->text);
		put_estimate(w->to, gain, "ratio");
	}
	if (!splinter && !gain && doubt)
		fputs(doubt->text, w->to);
	return splinter || gain || doubt;
}

static bool write_geometry(const struct writer *w)
{
	return verdict_geometry(w->result, w->to);
}

static bool write_touch(const struct writer *w)
{
	return verdict_touch(w->result, w->to);
}

static void put_storm(const struct writer *w, const struct finding *f)
{
	fprintf(w->to, "%s of one page ", finding_subject(f, "op"));
	if (finding_value_of(f, "alone_ns")) {
		put_estimate(w->to, f, "alone_ns");
		fprintf(w->to, " alone");
	}
	if (finding_value_of(f, "ns")) {
		fprintf(w->to, "%s", finding_value_of(f, "alone_ns") ? ", " : "");
		put_estimate(w->to, f, "ns");
		fprintf(w->to, " with one responder");
		if (*finding_subject(f, "place"))
			fprintf(w->to, " (%s)", finding_subject(f, "place"));
	}
	if (finding_value_of(f, "stolen_ns")) {
		fprintf(w->to, ", which loses ");
		put_estimate(w->to, f, "stolen_ns");
	}
}

static bool same(const struct finding *a, const struct finding *b, const char *name)
{
	return !*finding_subject(a, name) || !*finding_subject(b, name) ||
	       strcmp(finding_subject(a, name), finding_subject(b, name)) == 0;
}

/* Nothing that both tell of what they are about differs. */
static bool same_subject(const struct finding *a, const struct finding *b)
{
	bool alike = true;

	for (size_t i = 0; i < a->subject.n && alike; i++)
		alike = same(a, b, a->subject.fact[i].name);
	return alike;
}

/* What another analysis says of the same operation at the same place, and dares to. */
static const struct finding *beside(const struct result *result, const char *kind,
				    const struct finding *f)
{
	const struct finding *other = NULL;

	while ((other = next(result, kind, other)))
		if (other->confidence != CANNOT_TELL && same_subject(f, other))
			return other;
	return NULL;
}

static bool put_part(FILE *to, const char *before, const struct finding *finding, const char *name,
		     const char *unit, const char *after)
{
	const struct finding_value *value = finding ? finding_value_of(finding, name) : NULL;
	char text[96];

	if (!value)
		return false;
	format_part(text, sizeof text, &value->e, unit);
	fprintf(to, "%s%s%s", before, text, after);
	return true;
}

/* Of what that is made, as far as other cells tell. */
static void put_parts(const struct writer *w, const struct finding *f)
{
	const struct finding *cost = beside(w->result, "shootdown-cost", f),
			     *resp = beside(w->result, "shootdown-responders", f);
	bool floor = put_part(w->to, "; the interrupt alone is ", resp, "floor_ns", "ns", " of it");

	put_part(w->to, floor ? ", invalidation " : "; invalidation is ", cost, "inv_ns", "ns",
		 floor ? "" : " of it");
	put_part(w->to, ", refilling ", resp, "refill_ns", "ns", " more for the responder");
	put_part(w->to, "; each further responder adds ", resp, "further_ns", "ns", "");
}

static bool write_shootdown(const struct writer *w)
{
	const struct finding *f = telling(w->result, "shootdown", "ns");

	if (!f)
		f = telling(w->result, "shootdown", "alone_ns");
	if (f) {
		put_storm(w, f);
		put_parts(w, f);
		return true;
	}
	f = next(w->result, "shootdown", NULL);
	fputs(f ? f->text : "", w->to);
	return f;
}

static bool write_ceiling(const struct writer *w)
{
	const struct finding *f = telling(w->result, "flush-ceiling", "ceiling"),
			     *cost = telling(w->result, "shootdown-cost", "inv_ns");

	if (!f)
		return false;
	fputs(f->text, w->to);
	if (put_part(w->to, "; a page takes ", cost, "work_ns", "ns", " of work and ") &&
	    put_part(w->to, "", cost, "inv_ns", "ns", " of invalidation"))
		fprintf(w->to, " (%s)", finding_subject(cost, "op"));
	return true;
}

/* Only where others had a part in the run. */
static bool write_company(const struct writer *w)
{
	const struct finding *f = telling(w->result, "company", "shared_percent");

	if (!f || (finding_value_of(f, "shared_percent")->e.est < COMPANY_PERCENT &&
		   !finding_value_of(f, "far_ns")))
		return false;
	fputs(f->text, w->to);
	return true;
}

static bool write_trust(const struct writer *w)
{
	struct tally t = result_tally(w->result);

	fprintf(w->to, "%u proof%s held, %u unavailable, %u failed; %u of %u cell%s ok", t.held,
		plural(t.held), t.unavailable, t.failed, t.ok, t.cells, plural(t.cells));
	if (t.noisy)
		fprintf(w->to, " (%u noisy)", t.noisy);
	fprintf(w->to, ", %u invalid, %u skipped", t.invalid, t.skipped);
	if (!w->result->run.complete)
		fprintf(w->to, "; the run is partial");
	if (strcmp(w->result->run.accel, "tcg") == 0 || strcmp(w->result->run.accel, "icount") == 0)
		fprintf(w->to, "; emulated (%s): counts are real, times are not",
			w->result->run.accel);
	return true;
}

/* `missing`: what to run for it; NULL: a line that is only there when it has something to say. */
static const struct {
	const char *label;
	bool (*write)(const struct writer *w);
	const char *missing;
} lines[] = {
    {"geometry", write_geometry, "chase layout=distinct,alias"},
    {"miss penalty", write_penalty, "chase layout=distinct,alias"},
    {"huge pages", write_huge, "chase page=4k,thp,2m layout=distinct"},
    {"first touch", write_touch, NULL},
    {"shootdown", write_shootdown, "madvise npages=1 resp=0,1"},
    {"flush ceiling", write_ceiling, NULL},
    {"company", write_company, NULL},
    {"trust", write_trust, NULL},
};

size_t output_verdict(const struct result *result, struct verdict_line out[VERDICT_LINES_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct verdict_line *line = &out[n];
		struct writer w = {result, fmemopen(line->text, sizeof line->text, "w")};

		snprintf(line->label, sizeof line->label, "%s", lines[i].label);
		*line->text = '\0';
		if (!w.to)
			continue;
		bool said = lines[i].write(&w);
		if (!said && lines[i].missing)
			fprintf(w.to, "not measured in this run; tlbscope run --only '%s'",
				lines[i].missing);
		fclose(w.to);
		line->text[sizeof line->text - 1] = '\0';
		n += said || lines[i].missing;
	}
	return n;
}
