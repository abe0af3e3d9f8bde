/* What both results conclude, what differs around them, and what to say in one sentence. */
#include "analyse/compare_parts.h"

#include "result/one_line.h"
#include "result/phrase.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Facts of a subject that say how a finding came out, not what it is about. */
#define OUTCOMES "edge,bound,entries,shape,mechanism,fits,model"
/* Facts that differ between any two runs. */
#define VOLATILE "loadavg,pool.2m.free,pool.1g.free,memory.available,uptime"

static bool same_subject(const struct finding *a, const struct finding *b)
{
	for (size_t i = 0; i < a->subject.n; i++) {
		const struct fact *fact = &a->subject.fact[i];
		const char *other = facts_get(&b->subject, fact->name);

		if (!names_hold(OUTCOMES, fact->name) && (!other || strcmp(other, fact->text) != 0))
			return false;
	}
	return true;
}

static const struct finding *counterpart(const struct result *result, const struct finding *like)
{
	for (unsigned i = 0; i < result->nfindings; i++) {
		const struct finding *f = &result->findings[i];

		if (strcmp(f->kind, like->kind) == 0 && strcmp(f->analysis, like->analysis) == 0 &&
		    same_subject(f, like) && same_subject(like, f))
			return f;
	}
	return NULL;
}

static const struct finding_value *value_named(const struct finding *f, const char *name)
{
	for (unsigned i = 0; i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i];
	return NULL;
}

/* Intervals apart, and by more than the threshold. One sample has no interval. */
static bool differs(const struct estimate *old, const struct estimate *new, double threshold)
{
	if ((old->lo == old->hi && new->lo == new->hi) || (old->lo <= new->hi &&new->lo <= old->hi))
		return false;
	return fabs(new->est - old->est) >= threshold * fabs(old->est);
}

static bool add_finding(struct comparison *c, struct comparison_finding finding)
{
	struct comparison_finding *grown =
	    reallocarray(c->findings, c->nfindings + 1, sizeof *grown);

	if (!grown)
		return false;
	c->findings = grown;
	grown[c->nfindings++] = finding;
	return true;
}

bool compare_findings(struct comparison *c)
{
	for (unsigned i = 0; i < c->old->nfindings; i++) {
		const struct finding *old = &c->old->findings[i], *new = NULL;

		if (old->confidence != CANNOT_TELL && strcmp(old->kind, "trust") != 0)
			new = counterpart(c->new, old);
		if (!new || new->confidence == CANNOT_TELL)
			continue;
		for (unsigned k = 0; k < old->nvalues; k++) {
			const struct finding_value *was = &old->values[k],
						   *is = value_named(new, was->name);

			if (is && differs(&was->e, &is->e, c->threshold) &&
			    !add_finding(c, (struct comparison_finding){old, new, was, is}))
				return false;
		}
	}
	return true;
}

static bool is_stable(const struct fact *fact)
{
	return !names_hold(VOLATILE, fact->name);
}

bool compare_environment(struct comparison *c)
{
	struct facts all = {0};
	bool ok = facts_diff(&c->old->before, &c->new->before, &all);

	for (size_t i = 0; ok && i < all.n; i++)
		if (is_stable(&all.fact[i]))
			ok = facts_set(&c->environment, all.fact[i].name, "%s", all.fact[i].text);
	facts_free(&all);
	if (ok && strcmp(c->old->tool.git, c->new->tool.git) != 0)
		ok = facts_set(&c->environment, "tlbscope", "%s → %s", c->old->tool.git,
			       c->new->tool.git);
	if (ok && strcmp(c->old->run.profile, c->new->run.profile) != 0)
		ok = facts_set(&c->environment, "profile", "%s → %s", c->old->run.profile,
			       c->new->run.profile);
	if (ok && !(c->old->run.complete && c->new->run.complete))
		ok = facts_set(&c->environment, "state", "%s → %s",
			       c->old->run.complete ? "complete" : "partial",
			       c->new->run.complete ? "complete" : "partial");
	return ok;
}

static void decide_end(struct comparison *c, bool strict)
{
	c->end = COMPARISON_SAME;
	if (c->count[ROW_REGRESSION])
		c->end = COMPARISON_WORSE;
	else if (!c->nrows || c->lost || c->count[ROW_UNSURE] || c->count[ROW_UNREACHABLE] ||
		 (strict && c->unequal))
		c->end = COMPARISON_CANNOT_TELL;
}

/* The least of both sides' samples among rows that cannot reach it. */
static unsigned fewest_samples(const struct comparison *c)
{
	unsigned fewest = ~0u;

	for (unsigned i = 0; i < c->nrows; i++) {
		const struct comparison_row *row = &c->rows[i];
		unsigned least =
		    row->old.samples < row->new.samples ? row->old.samples : row->new.samples;

		if (row->state == ROW_UNREACHABLE && least < fewest)
			fewest = least;
	}
	return fewest;
}

static void say_lost(struct comparison *c)
{
	const struct comparison_other *first = c->others;
	char why[121];

	while (!first->lost)
		first++;
	snprintf(why, sizeof why, "%.120s", first->text);
	cut_whole(why, sizeof why);
	snprintf(c->conclusion, sizeof c->conclusion,
		 "cannot tell: %u cell%s of the old %s not to be had in the new, like %s, %s",
		 c->lost, plural(c->lost), is_or_are(c->lost), first->key, why);
}

static void say(struct comparison *c)
{
	unsigned worse = c->count[ROW_REGRESSION], better = c->count[ROW_IMPROVEMENT];
	size_t size = sizeof c->conclusion;

	if (!c->nrows)
		snprintf(c->conclusion, size, "cannot tell: %s",
			 c->pairs ? "no cell that is ok in both results has a metric to compare"
				  : "no cell is ok in both results");
	else if (worse)
		snprintf(c->conclusion, size,
			 "%u confirmed regression%s and %u improvement%s in %u test%s", worse,
			 plural(worse), better, plural(better), c->nrows, plural(c->nrows));
	else if (c->count[ROW_UNREACHABLE])
		snprintf(c->conclusion, size,
			 "cannot tell: in %u of %u test%s, as with %u sample%s, no change could be "
			 "significant at %g; give more --rounds, or choose cells with --only",
			 c->count[ROW_UNREACHABLE], c->nrows, plural(c->nrows), fewest_samples(c),
			 plural(fewest_samples(c)), c->alpha);
	else if (c->count[ROW_UNSURE])
		snprintf(c->conclusion, size,
			 "cannot tell: %u of %u test%s changed, but not surely",
			 c->count[ROW_UNSURE], c->nrows, plural(c->nrows));
	else if (c->lost)
		say_lost(c);
	else if (c->end == COMPARISON_CANNOT_TELL)
		snprintf(c->conclusion, size,
			 "cannot tell: %u cell%s or metric%s could not be compared, and --strict "
			 "wants them all",
			 c->unequal, plural(c->unequal), plural(c->unequal));
	else
		snprintf(c->conclusion, size, "no regression, and %u improvement%s, in %u test%s",
			 better, plural(better), c->nrows, plural(c->nrows));
}

void compare_conclude(struct comparison *c, bool strict)
{
	decide_end(c, strict);
	say(c);
	cut_whole(c->conclusion, sizeof c->conclusion);
}

static struct verdict differ(const char *what, const char *old, const char *new)
{
	return verdict_error("different-machines", "--force compares them all the same",
			     "%s differs: %.80s, and %.80s", what, old, new);
}

struct verdict compare_machines(const struct result *old, const struct result *new)
{
	static const char *const names[] = {"cpu.vendor",   "cpu.family",      "cpu.model_id",
					    "cpu.stepping", "cpu.implementer", "cpu.part"};

	if (strcmp(old->machine.cpu, new->machine.cpu) != 0)
		return differ("the CPU", old->machine.cpu, new->machine.cpu);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *was = facts_get(&old->before, names[i]),
			   *is = facts_get(&new->before, names[i]);

		if (was && is && strcmp(was, is) != 0)
			return differ(names[i], was, is);
	}
	if (*old->run.accel && *new->run.accel && strcmp(old->run.accel, new->run.accel) != 0)
		return differ("what runs the code", old->run.accel, new->run.accel);
	return verdict_ok();
}
