/* Knees and refinement on simulated curves, a thousand of them seeded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim.h"

#include <stdlib.h>

#define POINTS_MAX 400

static struct curve_point point[POINTS_MAX];
static struct curve curve = {.point = point};

static void add(double x, double y, double half)
{
	size_t i = curve.n++;

	while (i > 0 && point[i - 1].x > x) {
		point[i] = point[i - 1];
		i--;
	}
	point[i] = (struct curve_point){x, y, y - half, y + half};
}

static void sweep(const struct sim *sim, double from, double to, double factor, bool distinct,
		  struct random *r)
{
	double before = 0;

	curve.n = 0;
	for (double x = from; x <= to; x = fmax(x * factor, before + 1)) {
		double y = sim_cycles(sim, floor(x), distinct);

		before = floor(x);
		add(before, y * (1 + sim->noise / 2 * sim_gauss(r)), y * sim->noise);
	}
}

static size_t knees(struct knee *k)
{
	return knees_find(&curve, k, 8);
}

static void flat_has_none(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	struct sim sim = {.l1 = 1e9, .l2_from = 1e9, .l2_to = 1e9, .hit = 4, .noise = 0.01};

	for (uint64_t seed = 0; seed < 200; seed++) {
		random_seed(&r, seed);
		sweep(&sim, 8, 8192, 1.2, false, &r);
		assert_int_equal(knees(k), 0);
	}
}

static void short_curves_have_none(void **state)
{
	(void)state;
	struct knee k[8];

	curve.n = 0;
	assert_int_equal(knees(k), 0);
	add(64, 4, 0.1);
	assert_int_equal(knees(k), 0);
	add(128, 11, 0.1); /* one point above: an outlier looks the same */
	assert_int_equal(knees(k), 0);
	add(256, 11, 0.1);
	assert_int_equal(knees(k), 1);
}

static void drift_is_no_knee(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	struct sim sim = {
	    .l1 = 1e9, .l2_from = 1e9, .l2_to = 1e9, .hit = 11, .noise = 0.002, .drift = 0.012};

	random_seed(&r, 5);
	sweep(&sim, 8, 8192, 1.2, false, &r);
	assert_true(sim_cycles(&sim, 8192, false) > 1.12 * sim_cycles(&sim, 8, false));
	assert_int_equal(knees(k), 0);
}

static void step_is_bracketed_and_sharp(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];

	for (uint64_t seed = 0; seed < 500; seed++) {
		struct sim sim = zen4;

		random_seed(&r, seed);
		sim.l1 = (double)(24 + random_below(&r, 180));
		sweep(&sim, 8, 480, 1.15, true, &r);
		assert_int_equal(knees(k), 1);
		assert_true(k[0].low_x <= sim.l1 && sim.l1 < k[0].high_x);
		assert_true(k[0].high_x <= 1.25 * k[0].low_x);
		assert_true(k[0].edge == EDGE_SHARP && k[0].flat);
		assert_true(fabs(k[0].after - k[0].before - 7) < 0.3);
	}
}

static void lone_outliers_change_nothing(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];

	for (uint64_t seed = 0; seed < 500; seed++) {
		struct sim sim = zen4;
		size_t hit;

		random_seed(&r, seed);
		sweep(&sim, 8, 480, 1.1, true, &r);
		do /* just before the edge, a slow point and the edge look the same */
			hit = random_below(&r, curve.n);
		while (hit + 1 < curve.n && point[hit].x <= sim.l1 && point[hit + 1].x > sim.l1);
		point[hit].y *= 2.5;
		point[hit].lo = point[hit].hi = point[hit].y;
		assert_int_equal(knees(k), 1);
		assert_true(k[0].low_x <= sim.l1 && sim.l1 < k[0].high_x);
		assert_true(k[0].high_x <= 1.4 * k[0].low_x);
	}
}

static void two_outliers_in_a_row_are_no_plateau(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	struct sim sim = {.l1 = 1e9, .l2_from = 1e9, .l2_to = 1e9, .hit = 4, .noise = 0.004};

	random_seed(&r, 9);
	sweep(&sim, 8, 480, 1.2, true, &r);
	for (size_t i = 6; i < 8; i++)
		point[i].y = point[i].lo = point[i].hi = 9;
	assert_int_equal(knees(k), 0);
}

static void slope_is_one_sloped_knee(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	const double factor[] = {1.02, 1.05, 1.1, 1.2, 1.3};

	for (uint64_t seed = 0; seed < 100; seed++) {
		random_seed(&r, seed);
		sweep(&zen4, 90, 30000, factor[seed % 5], false, &r);
		assert_int_equal(knees(k), 1);
		assert_int_equal(k[0].edge, EDGE_SLOPED);
		assert_true(k[0].low_x > 1700 && k[0].low_x < 2400);
		assert_true(k[0].flat && k[0].flat_x > 3500 && k[0].flat_x < 6600);
		assert_true(fabs(k[0].after - 55) < 4);
	}
}

static void unfinished_slope_says_so(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];

	random_seed(&r, 3);
	sweep(&zen4, 90, 3600, 1.1, false, &r);
	assert_int_equal(knees(k), 1);
	assert_false(k[0].flat);
	assert_true(k[0].after < 50);
}

static void all_knees_in_order(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];

	random_seed(&r, 1);
	sweep(&zen4, 16, 20000, 1.1, true, &r);
	assert_int_equal(knees(k), 3);
	assert_true(k[0].low_x <= 72 && k[0].high_x > 72);
	assert_true(k[1].low_x < 576 && k[1].high_x > 512);
	assert_true(k[2].low_x > 1700 && k[2].low_x < 2400);
	assert_int_equal(knees_find(&curve, k, 2), 2);
}

static void wide_intervals_explain_a_step(void **state)
{
	(void)state;
	struct knee k[8];

	curve.n = 0;
	for (int i = 0; i < 12; i++)
		add(8 << i, i < 6 ? 4 : 4.4, 0.3);
	assert_int_equal(knees(k), 0);
	for (size_t i = 0; i < curve.n; i++) {
		point[i].lo = point[i].y - 0.1;
		point[i].hi = point[i].y + 0.1;
	}
	assert_int_equal(knees(k), 1);
}

static void small_steps_do_not_count(void **state)
{
	(void)state;
	struct knee k[8];

	curve.n = 0;
	for (int i = 0; i < 12; i++) /* above 4%, below 0.25 */
		add(8 << i, i < 6 ? 2 : 2.2, 0.001);
	assert_int_equal(knees(k), 0);
	curve.n = 0;
	for (int i = 0; i < 12; i++) /* above 0.25, below 4% */
		add(8 << i, i < 6 ? 100 : 103, 0.001);
	assert_int_equal(knees(k), 0);
}

/* Bisects as a run would, until nothing is asked for; returns the waves. */
static unsigned refine(const struct sim *sim, double unit, double tolerance, size_t max,
		       struct random *r)
{
	double x[16];
	unsigned waves = 0;
	size_t n;

	while ((n = knees_refine(&curve, unit, tolerance, x, max)) > 0) {
		assert_true(n <= max && ++waves < 60);
		for (size_t i = 0; i < n; i++) {
			assert_true(fabs(x[i] / unit - round(x[i] / unit)) < 1e-9);
			for (size_t k = 0; k < curve.n; k++)
				assert_true(fabs(point[k].x - x[i]) >= unit * (1 - 1e-9));
			for (size_t k = 0; k < i; k++)
				assert_true(fabs(x[k] - x[i]) >= unit * (1 - 1e-9));
		}
		for (size_t i = 0; i < n; i++) {
			double y = sim_cycles(sim, x[i], false);

			add(x[i], y * (1 + sim->noise / 2 * sim_gauss(r)), y * sim->noise);
		}
	}
	return waves;
}

static void refinement_finds_the_page(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];

	for (uint64_t seed = 0; seed < 300; seed++) {
		struct sim sim = zen4;

		random_seed(&r, seed);
		sim.l1 = (double)(17 + random_below(&r, 400));
		sweep(&sim, 16, 1024, 2, false, &r);
		refine(&sim, 1, 0, 4, &r);
		assert_int_equal(knees(k), 1);
		assert_true(k[0].low_x == sim.l1 && k[0].high_x == sim.l1 + 1);
	}
}

static void refinement_stops_at_the_tolerance(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	struct sim sim = zen4;

	random_seed(&r, 2);
	sim.l1 = 1500;
	sim.l2_from = sim.l2_to = 1e9;
	sweep(&sim, 16, 16384, 2, false, &r);
	assert_true(refine(&sim, 1, 0.05, 4, &r) < 7);
	assert_int_equal(knees(k), 1);
	assert_true(k[0].high_x - k[0].low_x <= 0.05 * k[0].low_x);
	assert_true(k[0].low_x <= 1500 && k[0].high_x > 1500);
}

static void refinement_keeps_to_the_grid(void **state)
{
	(void)state;
	struct random r;
	struct knee k[8];
	struct sim sim = zen4;

	random_seed(&r, 2);
	sweep(&sim, 16, 1024, 2, false, &r);
	refine(&sim, 8, 0, 4, &r);
	assert_int_equal(knees(k), 1);
	assert_true(k[0].low_x == 72 && k[0].high_x == 80);
}

/* Two steps; only one point is allowed: the bracket that is wider for its size comes first. */
static void widest_bracket_first(void **state)
{
	(void)state;
	double x[4];

	curve.n = 0;
	add(16, 4, 0.01), add(32, 4, 0.01), add(64, 4, 0.01), add(96, 11, 0.01), add(192, 11, 0.01);
	add(384, 11, 0.01), add(1536, 22, 0.01), add(3072, 22, 0.01), add(6144, 22, 0.01);
	assert_int_equal(knees_refine(&curve, 1, 0, x, 1), 1);
	assert_true(x[0] == 768); /* geometric middle of a wide bracket */
	assert_int_equal(knees_refine(&curve, 1, 0, x, 4), 2);
	assert_true(x[0] == 768 && x[1] == 80);
	assert_int_equal(knees_refine(&curve, 1, 0.6, x, 4), 1);
	assert_int_equal(knees_refine(&curve, 2000, 0, x, 4), 0);
	assert_int_equal(knees_refine(&curve, 1, 0, x, 0), 0);
}

/* A last point alone above is no knee yet, but it is worth a look. */
static void refinement_looks_at_a_lone_last_point(void **state)
{
	(void)state;
	double x[4];
	struct knee k[8];

	curve.n = 0;
	add(16, 4, 0.01), add(32, 4, 0.01), add(64, 4, 0.01), add(128, 11, 0.01);
	assert_int_equal(knees(k), 0);
	assert_int_equal(knees_refine(&curve, 1, 0, x, 4), 1);
	assert_true(x[0] == 96);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(flat_has_none),
	    cmocka_unit_test(short_curves_have_none),
	    cmocka_unit_test(drift_is_no_knee),
	    cmocka_unit_test(step_is_bracketed_and_sharp),
	    cmocka_unit_test(lone_outliers_change_nothing),
	    cmocka_unit_test(two_outliers_in_a_row_are_no_plateau),
	    cmocka_unit_test(slope_is_one_sloped_knee),
	    cmocka_unit_test(unfinished_slope_says_so),
	    cmocka_unit_test(all_knees_in_order),
	    cmocka_unit_test(wide_intervals_explain_a_step),
	    cmocka_unit_test(small_steps_do_not_count),
	    cmocka_unit_test(refinement_finds_the_page),
	    cmocka_unit_test(refinement_stops_at_the_tolerance),
	    cmocka_unit_test(refinement_keeps_to_the_grid),
	    cmocka_unit_test(widest_bracket_first),
	    cmocka_unit_test(refinement_looks_at_a_lone_last_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
