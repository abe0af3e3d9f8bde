/* Which address bits choose a set, and which of them are folded together. */
#include "analyse/set_cells.h"
#include "result/key.h"
#include "stats/stats.h"

#include <math.h>
#include <string.h>

#define HITS_MOVED  0.05 /* from one step of a run to the next */
#define SPREAD_PART 0.6	 /* a gap is that much of the spread below it */
#define ANSWERS_MAX 256

struct judge {
	const struct result *result;
	struct page_kind page;
	unsigned level, victims;
	double hit;	/* a load that hits */
	double parting; /* times above it are of one set still */
};

enum { UNKNOWN, PARTS, KEEPS };

static bool is_asked(const struct judge *judge, const struct cell_result *cell, const char *probe)
{
	return set_is_probe(cell, judge->page, probe) && set_of_level(cell, judge->level) &&
	       cell_count(&cell->cell, "victims") == judge->victims;
}

/* Cells of one step were measured in turns, so what moved, moved for all: those whose victims were
 * parted lie close together, where hits lie, and a gap separates the others from them. */
static bool find_parting(struct judge *judge, const char *probe)
{
	double time[ANSWERS_MAX];
	size_t n = 0;

	for (unsigned i = 0; i < judge->result->ncells && n < ANSWERS_MAX; i++)
		if (is_asked(judge, &judge->result->cells[i], probe))
			time[n++] = set_quiet(set_time_of(&judge->result->cells[i]));
	if (n < 2)
		return false;
	stats_sort(time, n);
	const struct cell_result *one = NULL;

	for (unsigned i = 0; !one; i++)
		one = is_asked(judge, &judge->result->cells[i], probe) ? &judge->result->cells[i]
								       : NULL;
	struct set_point p = set_probed_of(one);

	if (time[0] * p.n > judge->hit * (p.n + set_fillers(&p)) * (1 + HITS_MOVED))
		return false;
	for (size_t i = 0; i + 1 < n; i++) {
		double spread = time[i] / time[0] - 1;

		if (time[i + 1] < time[i] * (1 + fmax(MISS_PART_L2, spread * SPREAD_PART)))
			continue;
		judge->parting = (time[i] + time[i + 1]) / 2;
		return true;
	}
	return false;
}

/* Do these address bits, toggled together, part the victims into two sets? */
static int ask(const struct judge *judge, const char *probe, unsigned bit, unsigned bit2)
{
	for (unsigned i = 0; i < judge->result->ncells; i++) {
		const struct cell_result *cell = &judge->result->cells[i];

		if (is_asked(judge, cell, probe) && cell_count(&cell->cell, "bit") == bit &&
		    cell_count(&cell->cell, "bit2") == bit2)
			return set_quiet(set_time_of(cell)) < judge->parting ? PARTS : KEEPS;
	}
	return UNKNOWN;
}

static bool find_bits(struct judge *judge, struct set_probe *out)
{
	out->nbits = out->nothers = out->doubtful = 0;
	if (!find_parting(judge, "bit"))
		return false;
	for (unsigned b = 0; b <= set_probe_top(judge->page); b++) {
		int answer = ask(judge, "bit", b, 0);

		if (answer == PARTS)
			out->bit[out->nbits++] = b;
		else if (answer == KEEPS)
			out->other[out->nothers++] = b;
		else
			out->doubtful++;
	}
	return out->nbits > 0;
}

/* Two bits that together leave the set as it is are folded onto one index bit. */
static void find_folds(struct judge *judge, struct set_probe *out)
{
	unsigned unknown = !find_parting(judge, "pair"), wrong = 0;

	out->ngroups = 0;
	for (unsigned i = 0; i < out->nbits; i++) {
		out->group[i] = out->ngroups;
		for (unsigned k = 0; k < i && !unknown; k++) {
			int answer = ask(judge, "pair", out->bit[k], out->bit[i]);

			unknown += answer == UNKNOWN;
			if (answer == KEEPS && out->group[i] == out->ngroups)
				out->group[i] = out->group[k];
			wrong += answer == KEEPS && out->group[i] != out->group[k];
			wrong += answer == PARTS && out->group[i] == out->group[k];
		}
		out->ngroups += out->group[i] == out->ngroups;
	}
	/* Bits that choose no set choose none together: else the gap was no parting. */
	for (unsigned i = 0; i + 1 < out->nothers && !unknown; i++)
		wrong += ask(judge, "pair", out->other[i], out->other[i + 1]) == PARTS;
	out->folds_known = unknown == 0 && wrong == 0;
}

/* Victims must overfill one set and fit two: then a bit of the index ends their misses. */
void set_find_index(const struct result *result, struct page_kind page, unsigned level, double hit,
		    const struct set_points *base, struct set_probe *out)
{
	struct judge own = {.result = result, .page = page, .level = level, .hit = hit},
		     *judge = &own;

	for (size_t i = 0; i < base->n; i++) {
		struct set_probe found = *out;

		judge->victims = (unsigned)base->at[i].n;
		if (judge->victims <= out->fit)
			continue;
		if (!set_misses(&base->at[i], judge->hit, judge->level) ||
		    !find_bits(judge, &found) || found.doubtful)
			continue;
		find_folds(judge, &found);
		if (out->index_known && (out->folds_known || !found.folds_known))
			continue;
		*out = found;
		out->index_known = true;
		out->index_victims = judge->victims;
		if (out->nfrom < 8)
			out->from[out->nfrom++] = base->at[i].cell;
	}
}

unsigned set_probe_top(struct page_kind page)
{
	return page.how == PAGE_BASE ? SET_PROBE_TOP_BIT : SET_PROBE_TOP_HUGE;
}

unsigned set_probe_victims(const struct set_probe *probe, unsigned attempt)
{
	static const unsigned others[] = {12, 18, 7, 28};
	unsigned least = probe->past, most = 2 * probe->fit;

	if (attempt)
		return attempt <= sizeof others / sizeof *others ? others[attempt - 1] : 0;
	if (!probe->fit || !probe->past)
		return others[0];
	return least >= most ? least : least + (most - least) / 2;
}

static size_t put(char *out, size_t size, size_t at, const char *format, unsigned a, unsigned b)
{
	int n = at < size ? snprintf(out + at, size - at, format, a, b) : 0;

	return at + (n > 0 ? (size_t)n : 0);
}

void set_probe_index(const struct set_probe *probe, char *out, size_t size)
{
	size_t at = 0;

	*out = 0;
	for (unsigned i = 0; i < probe->nbits; i++) {
		unsigned members = 0, end = i;

		for (unsigned k = 0; k < i; k++)
			members += probe->folds_known && probe->group[k] == probe->group[i];
		if (members) /* named with the first of its group */
			continue;
		at = put(out, size, at, at ? ",%u" : "%u", probe->bit[i], 0);
		for (unsigned k = i + 1; k < probe->nbits; k++)
			if (probe->folds_known && probe->group[k] == probe->group[i]) {
				at = put(out, size, at, "^%u", probe->bit[k], 0);
				members++;
			}
		while (probe->ngroups == probe->nbits && end + 1 < probe->nbits &&
		       probe->bit[end + 1] == probe->bit[end] + 1)
			end++;
		if (!members && end > i + 1) {
			at = put(out, size, at, "-%u", probe->bit[end], 0);
			i = end;
		}
	}
}
