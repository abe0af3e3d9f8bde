/* Geometry inferred on machines that are known. argv[1]: cases (default 40); argv[2]: "list" prints
 * each that is not right. */
#include "sim/sim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES_DEFAULT 40
#define LOW_NOISE     0.003
#define ANY(x)	      (sizeof(x) / sizeof *(x))

enum {
	L1_ENTRIES,
	L1_WAYS,
	L2_SETS,
	L2_WAYS,
	L2_ENTRIES,
	PENALTY,
	NO_FALSE_KNEE,
	L1_CONFIRMED,
	L2_CONFIRMED,
	QUANTITIES
};
enum { RIGHT, CANNOT, WRONG, ANSWERS };

static const char *const names[QUANTITIES] = {"L1 entries",    "L1 ways",      "L2 sets",
					      "L2 ways",       "L2 entries",   "penalty",
					      "no false knee", "L1 confirmed", "L2 confirmed"};

static struct sim_machine make(uint64_t seed)
{
	static const double noises[] = {0.001, 0.002, 0.003, 0.006, 0.01};
	static const unsigned ways[] = {4, 6, 8, 12, 16}, l1_full[] = {32, 40, 48, 64, 72, 96};
	struct random r;
	unsigned n = 0;

	random_seed(&r, random_mix(seed, 77));
	while (sim_machines[n].name)
		n++;
	struct sim_machine m = sim_machines[random_below(&r, n)];

	m.noise = noises[random_below(&r, ANY(noises))];
	m.drift = random_unit(&r) < 0.2 ? 0.01 * (random_unit(&r) - 0.5) : 0;
	m.outliers = random_unit(&r) < 0.3 ? 0.05 : 0;
	if (random_unit(&r) < 0.1)
		m.predictor = SIM_UTAG_OTHER;
	if (random_unit(&r) < 0.2)
		m.l2.policy = (enum sim_policy)random_below(&r, 3);
	if (random_unit(&r) < 0.05)
		m.l2.skewed = true;
	if (random_unit(&r) < 0.3) { /* a machine that nobody has built */
		unsigned w = ways[random_below(&r, ANY(ways))], sets = 64u << random_below(&r, 4);

		m.name = "made up";
		sets = sets < 128 ? 128 : sets;
		m.l2 = (struct sim_tlb){
		    .entries = w * sets, .ways = w, .policy = (enum sim_policy)random_below(&r, 2)};
		if (random_unit(&r) < 0.4)
			m.l2.fold = (unsigned)__builtin_ctz(sets);
		if (random_unit(&r) < 0.6)
			m.l1 = (struct sim_tlb){.entries = l1_full[random_below(&r, ANY(l1_full))]};
		m.penalty = 3 + floor(random_unit(&r) * 8);
	}
	return m;
}

static const struct finding *find(const struct result *result, const char *kind, const char *level)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(result, kind, "level", level, f)))
		if (facts_get(&f->subject, "page") && f->confidence != CANNOT_TELL)
			return f;
	return NULL;
}

static const struct estimate *value_of(const struct finding *f, const char *name)
{
	for (unsigned i = 0; f && i < f->nvalues; i++)
		if (strcmp(f->values[i].name, name) == 0)
			return &f->values[i].e;
	return NULL;
}

static int judge(const struct estimate *e, double truth, double allowed)
{
	if (!e)
		return CANNOT;
	return fabs(e->est - truth) <= allowed ? RIGHT : WRONG;
}

/* What is confirmed is so to the last entry. */
static int judge_confirmed(const struct finding *f, double entries, double ways)
{
	const struct estimate *own = value_of(f, "entries"), *in_set = value_of(f, "ways");

	if (!f || f->confidence != CONFIRMED)
		return CANNOT;
	return own && own->est == entries && (!in_set || in_set->est == ways) ? RIGHT : WRONG;
}

/* What steps in the curves was called a TLB, and is none? Misses of a skewed TLB begin well below
 * its size. */
static int judge_knees(const struct result *result, const struct sim_machine *m)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(result, "tlb-level", NULL, NULL, f))) {
		const struct estimate *e = value_of(f, "entries");
		const char *level = facts_get(&f->subject, "level");
		double truth = level && *level == '1' ? m->l1.entries : m->l2.entries;

		if (f->confidence == CANNOT_TELL || !e)
			continue;
		if (e->est < truth * (m->l2.skewed ? 0.3 : 0.45) || e->est > truth * 1.9)
			return WRONG;
	}
	return RIGHT;
}

static void judge_all(const struct result *result, const struct sim_machine *m,
		      int answer[QUANTITIES])
{
	const struct finding *l1 = find(result, "tlb-geometry", "1"),
			     *l2 = find(result, "tlb-geometry", "2");
	unsigned l1_ways = m->l1.ways ? m->l1.ways : m->l1.entries,
		 l2_sets = m->l2.entries / m->l2.ways;
	bool exact = m->l1.ways == 0 && m->l1.policy == SIM_LRU && m->noise <= LOW_NOISE;

	answer[L1_ENTRIES] =
	    judge(value_of(l1, "entries"), m->l1.entries, exact ? 0 : 0.02 * m->l1.entries + 0.01);
	answer[L1_WAYS] =
	    judge(value_of(l1, "ways"), l1_ways, m->l1.ways ? 1 : 0.02 * l1_ways + 0.01);
	answer[L2_SETS] = judge(value_of(l2, "sets"), l2_sets, m->l2.skewed ? -1 : 0);
	answer[L2_WAYS] = judge(value_of(l2, "ways"), m->l2.ways, m->l2.skewed ? -1 : 1);
	answer[L2_ENTRIES] = judge(value_of(l2, "entries"), m->l2.entries, 0.16 * m->l2.entries);
	answer[PENALTY] = judge(value_of(l1, "penalty_cycles"), m->penalty, 0.5);
	answer[NO_FALSE_KNEE] = judge_knees(result, m);
	answer[L1_CONFIRMED] = judge_confirmed(l1, m->l1.entries, l1_ways);
	answer[L2_CONFIRMED] = judge_confirmed(l2, m->l2.skewed ? 0 : m->l2.entries, m->l2.ways);
}

static void say_case(uint64_t seed, const struct sim_machine *m, const struct result *result,
		     const int *answer)
{
	printf("case %llu %s l1 %u/%u p%d l2 %u/%u p%d fold %u%s utag %d noise %g drift %g out %g:",
	       (unsigned long long)seed, m->name, m->l1.entries, m->l1.ways, m->l1.policy,
	       m->l2.entries, m->l2.ways, m->l2.policy, m->l2.fold, m->l2.skewed ? " skewed" : "",
	       m->predictor, m->noise, m->drift, m->outliers);
	for (int q = 0; q < QUANTITIES; q++)
		if (answer[q] != RIGHT)
			printf(" %s %s;", names[q], answer[q] == CANNOT ? "not told" : "WRONG");
	putchar('\n');
	for (unsigned i = 0; i < result->nfindings; i++)
		if (strncmp(result->findings[i].kind, "tlb", 3) == 0)
			printf("    %s\n", result->findings[i].text);
}

struct count {
	unsigned of[QUANTITIES][ANSWERS], cases, all_right, any_wrong;
};

static bool run_case(uint64_t seed, bool list, struct count *count)
{
	struct sim_machine machine = make(seed);
	struct result result;
	struct sim sim = {.machine = &machine, .result = &result};
	int answer[QUANTITIES];
	bool right = true, wrong = false;

	result_init(&result);
	random_seed(&sim.random, seed);
	bool done = sim_geometry(&sim);

	judge_all(&result, &machine, answer);
	for (int q = 0; q < QUANTITIES; q++) {
		bool may_not_tell = q != L1_ENTRIES && q != PENALTY;

		count->of[q][answer[q]]++;
		right &= answer[q] == RIGHT || (answer[q] == CANNOT && may_not_tell);
		wrong |= answer[q] == WRONG;
	}
	count->cases++;
	count->all_right += right;
	count->any_wrong += wrong;
	if (list && (!right || wrong || answer[L2_SETS] != RIGHT))
		say_case(seed, &machine, &result, answer);
	result_free(&result);
	return done;
}

int main(int argc, char **argv)
{
	unsigned cases = argc > 1 ? (unsigned)atoi(argv[1]) : CASES_DEFAULT;
	bool list = argc > 2;
	struct count count = {0};

	for (unsigned i = 0; i < cases; i++)
		if (!run_case(i, list, &count)) {
			puts("no memory");
			return 1;
		}
	printf("%-14s %8s %8s %8s\n", "", "right", "not told", "wrong");
	for (int q = 0; q < QUANTITIES; q++)
		printf("%-14s %8u %8u %8u\n", names[q], count.of[q][RIGHT], count.of[q][CANNOT],
		       count.of[q][WRONG]);
	printf("cases %u: right %u (%.1f%%), any wrong answer %u (%.2f%%)\n", cases,
	       count.all_right, 100.0 * count.all_right / cases, count.any_wrong,
	       100.0 * count.any_wrong / cases);
	return count.all_right < 0.98 * cases || count.any_wrong >= 0.005 * cases ||
	       count.of[L1_CONFIRMED][WRONG] || count.of[L2_CONFIRMED][WRONG];
}
