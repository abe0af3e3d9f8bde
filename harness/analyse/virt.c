/* What a guest can say of nested translation: bounds and witnesses, never the host's own tables.
 *
 * A miss walks the guest's tables, each of whose entries has a guest-physical address that the
 * host's tables translate: (g+1)(h+1)-1 references where g and h are the levels, 24 for four and
 * four. Walk caches skip most of them; on bare metal often all but the last. */
#include "analyse/analysis.h"

#include <string.h>

#define NATIVE_LOADS 4
#define NESTED_LOADS 24

/* One load that hits TLB and L1D. */
static const struct cell_result *find_hit(const struct result *result)
{
	const struct cell_result *best = NULL;

	for (unsigned i = 0; i < result->ncells; i++) {
		const struct cell_result *c = &result->cells[i];

		if (strcmp(c->cell.bench, "chase") == 0 && verdict_is_ok(&c->outcome) &&
		    cell_page(&c->cell, "page").how == PAGE_BASE && cell_is_plain(&c->cell) &&
		    cell_find_metric(c, "cycles") &&
		    (!best ||
		     cell_count(&c->cell, "footprint") < cell_count(&best->cell, "footprint")))
			best = c;
	}
	return best;
}

static double steal_ms(const struct result *result)
{
	double sum = 0;

	for (unsigned i = 0; i < result->ncells; i++)
		for (unsigned k = 0; k < result->cells[i].ndisturbances; k++)
			if (strcmp(result->cells[i].disturbances[k].name, "steal_ms") == 0)
				sum += result->cells[i].disturbances[k].value;
	return sum;
}

/* Into text; false where there is nothing to compare. */
static bool say_walk(const struct result *result, struct draft *draft, char *text, size_t size)
{
	const struct finding *walk = result_find_finding(result, "walk-cost", "page", "4k", NULL);
	const struct cell_result *hit = find_hit(result);
	const struct finding_value *cycles = value_of(walk, "walk_cycles");

	if (!cycles || !hit || cycles->e.lo <= 0)
		return false;
	struct estimate loads = estimate_over(cycles->e, cell_find_metric(hit, "cycles")->e);

	draft_value(draft, "walk_cycles", "cycles", cycles->e);
	draft_value(draft, "walk_loads", "", loads);
	draft_from(draft, hit);
	snprintf(
	    text, size,
	    "a 4k walk takes %.0f cycles, as %.1f L1D hits; it is 1 to %d loads on bare metal, "
	    "up to %d nested",
	    cycles->e.est, loads.est, NATIVE_LOADS, NESTED_LOADS);
	return true;
}

static const char *say_splinters(const struct result *result, struct draft *draft)
{
	static const struct page_kind two_m = {PAGE_HUGETLB, (uint64_t)2 << 20};

	if (!splinter_tested(result, two_m))
		return "splintering not tested";
	bool splinters = host_splinters(result, two_m);

	draft_subject(draft, "splinters", "%s", splinters ? "yes" : "no");
	return splinters ? "the host backs 2m pages by smaller ones" : "2m pages are whole";
}

bool find_virt(struct result *result)
{
	const char *hypervisor = facts_get(&result->before, "hypervisor");
	char walk[RESULT_TEXT_MAX / 2] = "no walk was measured";
	double steal = steal_ms(result);

	if (!hypervisor || !*hypervisor)
		return true;
	struct draft draft = draft_begin(result, "virt", "virt/1");

	draft_subject(&draft, "hypervisor", "%s", hypervisor);
	draft_number(&draft, "steal_ms", "ms", steal);
	if (strcmp(hypervisor, "tcg") == 0)
		return draft_done(
		    &draft, CANNOT_TELL,
		    "an emulator (tcg): its TLB is software, and its times say nothing "
		    "of walks");
	bool known = say_walk(result, &draft, walk, sizeof walk);

	return draft_done(&draft, known ? SEEN : CANNOT_TELL,
			  "guest of %.20s: %s; %s; %.0f ms were stolen from the visits", hypervisor,
			  walk, say_splinters(result, &draft), steal);
}
