/* The steps of `tlbscope geometry`, played: what each measures follows from what the one before
 * left open. */
#include "sim/sim.h"

#include "analyse/analyse.h"
#include "analyse/set_probe.h"
#include "result/key.h"

#include <stdio.h>
#include <string.h>

#define WAVES	    4
#define WAVE_POINTS 8
#define TOLERANCE   0.02
#define RISES	    1.05

/* As the engine's self-test does. */
static bool alias_is_sound(struct sim *sim)
{
	static const unsigned pages[] = {24, 36, 48, 64, 88};
	double first_alias = 0, first = 0;

	for (unsigned i = 0; i < 5; i++) {
		double alias = sim_chase_cycles(sim, "alias", false, pages[i]);
		double distinct = sim_chase_cycles(sim, "distinct", false, pages[i]);

		if (i == 0) {
			first_alias = alias;
			first = distinct;
		}
		if (distinct > first * RISES + 0.25)
			break;
		if (alias > first_alias * RISES + 0.25)
			return false;
	}
	return sim_chase_cycles(sim, "alias", false, 512) <
	       sim->machine->hit + sim->machine->penalty + 2;
}

static bool curve_of(const struct sim *sim, const char *layout, struct curve *curve,
		     struct curve_point *point)
{
	curve->n = 0;
	curve->point = point;
	for (unsigned i = 0; i < sim->result->ncells && curve->n < 200; i++) {
		const struct cell_result *c = &sim->result->cells[i];
		double x =
		    (double)cell_count(&c->cell, "footprint") / (double)sim_page_of(sim).bytes;
		size_t k = curve->n;

		if (strcmp(c->cell.bench, "chase") != 0 || !cell_is(&c->cell, "layout", layout) ||
		    cell_is(&c->cell, "frames", "adjacent") ||
		    (cell_value(&c->cell, "offsets") && !cell_is(&c->cell, "offsets", "spread")))
			continue;
		for (; k > 0 && point[k - 1].x > x; k--)
			point[k] = point[k - 1];
		const struct estimate *e = &c->metrics[0].e;

		point[k] = (struct curve_point){x, e->est, e->lo, e->hi};
		curve->n++;
	}
	return curve->n > 2;
}

static bool refine(struct sim *sim, const char *layout)
{
	struct curve_point point[202];
	struct curve curve;
	double x[WAVE_POINTS];

	for (unsigned wave = 0; wave < WAVES && curve_of(sim, layout, &curve, point); wave++) {
		size_t n = knees_refine(&curve, 1, TOLERANCE, x, WAVE_POINTS);

		if (n == 0)
			break;
		for (size_t i = 0; i < n; i++)
			if (!sim_chase(sim, layout, false, (uint64_t)x[i]))
				return false;
	}
	return true;
}

static bool curves(struct sim *sim, bool alias)
{
	static const unsigned distinct_pages[] = {8,  16, 32, 48,  60,	64,  68,  72,  76,
						  80, 88, 96, 104, 128, 192, 256, 512, 8192};
	static const unsigned alias_pages[] = {8,    16,   32,	 48,   64,   72,   80,	 88,   96,
					       104,  128,  192,	 256,  512,  768,  1024, 1280, 1536,
					       1792, 2048, 2560, 3072, 3584, 4096, 6144, 8192};
	static const unsigned adjacent_pages[] = {16, 32, 48, 64, 96, 128, 192, 256, 320, 384, 448};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof distinct_pages / sizeof *distinct_pages; i++)
		done = sim_chase(sim, "distinct", false, distinct_pages[i]);
	for (unsigned i = 0; done && alias && i < sizeof alias_pages / sizeof *alias_pages; i++)
		done = sim_chase(sim, "alias", false, alias_pages[i]);
	for (unsigned i = 0; done && i < sizeof adjacent_pages / sizeof *adjacent_pages; i++)
		done = sim_chase(sim, "distinct", true, adjacent_pages[i]);
	return done && refine(sim, "distinct") && (!alias || refine(sim, "alias"));
}

static bool sets(struct sim *sim, bool alias)
{
	static const unsigned victims[] = {2,  3,  4,  5,  6,  7,  8,	9,   10, 11, 12,
					   13, 14, 15, 16, 17, 18, 20,	22,  24, 28, 32,
					   40, 48, 56, 64, 80, 96, 112, 128, 160};
	static const unsigned random[] = {14, 21, 28, 35, 43, 50, 58, 65, 73, 86, 101, 115, 144};
	static const unsigned whole[] = {256,  512,  768,  1024, 1280, 1536, 1792, 2048,
					 2304, 2560, 2816, 3072, 3328, 3584, 3840, 4096,
					 4608, 5120, 5632, 6144, 7168, 8192};
	bool done = true;

	for (unsigned i = 0; done && i < sizeof victims / sizeof *victims; i++) {
		if (victims[i] <= 28)
			done = sim_setprobe(
				   sim, &(struct sim_set_cell){"base", 192, 0, 0, victims[i]}) &&
			       sim_setprobe(sim,
					    &(struct sim_set_cell){"ways", 192, 0, 0, victims[i]});
		done =
		    done && sim_setprobe(sim, &(struct sim_set_cell){"base", 0, 0, 0, victims[i]});
	}
	for (unsigned i = 0; done && i < sizeof random / sizeof *random; i++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"random", 0, 0, 0, random[i]});
	for (unsigned i = 0; done && alias && i < sizeof whole / sizeof *whole; i++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"whole", 0, 0, 0, whole[i]});
	return done;
}

static bool bits(struct sim *sim, unsigned n)
{
	bool done = sim_setprobe(sim, &(struct sim_set_cell){"base", 192, 0, 0, n});

	for (unsigned b = 0; done && b <= set_probe_top(sim_page_of(sim)); b++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"bit", 192, b, 0, n});
	return done;
}

static bool index_bits(struct sim *sim)
{
	const struct page_kind page = sim_page_of(sim);
	struct set_probe first = set_probe_read(sim->result, page, 2), probe = first;
	bool done = true;

	for (unsigned i = 0; done && i < SET_PROBE_ATTEMPTS && !probe.index_known; i++) {
		done = bits(sim, set_probe_victims(&first, i));
		probe = set_probe_read(sim->result, page, 2);
	}
	for (unsigned i = 0; probe.index_known && i < probe.nbits; i++)
		for (unsigned k = i + 1; done && k < probe.nbits; k++)
			done = sim_setprobe(sim, &(struct sim_set_cell){"pair", 192, probe.bit[i],
									probe.bit[k],
									probe.index_victims});
	for (unsigned i = 0; probe.index_known && done && i + 1 < probe.nothers; i++)
		done = sim_setprobe(sim, &(struct sim_set_cell){"pair", 192, probe.other[i],
								probe.other[i + 1],
								probe.index_victims});
	return done;
}

bool sim_splinter(struct sim *sim, bool splinters)
{
	static const char *const offsets[] = {"spread", "equal", "fold7", "fold8"};
	struct sim own = *sim;
	bool done = true;

	own.huge = true;
	own.splinters = splinters;
	for (unsigned i = 0; done && i < sizeof offsets / sizeof *offsets; i++)
		done = sim_chase(&own, offsets[i], false, 128) &&
		       sim_chase(&own, offsets[i], false, 256);
	sim->random = own.random;
	return done && findings_compute(sim->result);
}

bool sim_huge(struct sim *sim, bool splinters)
{
	static const unsigned pages[] = {8,  16,  24,  32,  40,	 48,   64,   72,   80,
					 96, 104, 192, 512, 768, 1024, 1536, 2048, 4096};
	bool done = sim_splinter(sim, splinters);
	struct sim own = *sim;

	own.huge = true;
	own.splinters = splinters;
	for (unsigned i = 0; done && i < sizeof pages / sizeof *pages; i++)
		done = sim_chase(&own, "spread", false, pages[i]);
	done =
	    done && refine(&own, "alias") && (splinters || (sets(&own, true) && index_bits(&own)));
	sim->random = own.random;
	return done && findings_compute(sim->result);
}

bool sim_curves(struct sim *sim)
{
	return curves(sim, alias_is_sound(sim)) && findings_compute(sim->result);
}

bool sim_geometry(struct sim *sim)
{
	bool alias = alias_is_sound(sim);

	return curves(sim, alias) && sets(sim, alias) && index_bits(sim) &&
	       findings_compute(sim->result);
}
