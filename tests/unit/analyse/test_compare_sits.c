/* Where a change sits: in the operation, the interrupt, the page, the walk. */
#include "unit/analyse/two_sides.h"

#define STORM "madvise/page=4k/npages=%u/resp=%u%s"

static void storm(struct result *result, unsigned npages, unsigned resp, double ns)
{
	char key[96];

	snprintf(key, sizeof key, STORM, npages, resp, resp ? "/place=core/state=spin" : "");
	struct cell_result *made = cell(result, key, ns, 0.0005, 10);

	if (resp) {
		double ipis[10];

		for (int i = 0; i < 10; i++)
			ipis[i] = resp;
		build_metric_of(made, "ipis", "1/op", ipis, 10)->primary = false;
	}
}

/* base + work (npages - 1) + interrupt + (resp - 1) each */
static void storms(struct result *result, double base, double work, double interrupt, double each)
{
	for (unsigned npages = 1; npages <= 8; npages *= 8) {
		storm(result, npages, 0, base + work * (npages - 1));
		for (unsigned resp = 1; resp <= 4; resp++)
			storm(result, npages, resp,
			      base + work * (npages - 1) + interrupt + each * (resp - 1));
	}
}

static void assert_sits(const char *key, const char *name)
{
	const struct comparison_parts *parts = row(key)->parts;
	double old_sum = 0, new_sum = 0;

	assert_non_null(parts);
	if (strncmp(parts->text, name, strlen(name)) != 0)
		fail_msg("%s sits in: %s", key, parts->text);
	for (unsigned i = 0; i < parts->n; i++) {
		old_sum += parts->part[i].old;
		new_sum += parts->part[i].new;
	}
	assert_true(fabs(old_sum - row(key)->old.e.est) < 1e-6);
	assert_true(fabs(new_sum - row(key)->new.e.est) < 1e-6);
}

#define FAR "madvise/page=4k/npages=8/resp=4/place=core/state=spin"

static void a_change_of_an_operation_is_told_apart(void **state)
{
	static const struct {
		double base, work, interrupt, each;
		const char *name;
	} changes[] = {{2000, 100, 2000, 500, "base"},
		       {1000, 250, 2000, 500, "work"},
		       {1000, 100, 3000, 500, "interrupt"},
		       {1000, 100, 2000, 900, "further responders"}};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		setup(NULL);
		storms(&old, 1000, 100, 2000, 500);
		storms(&new, changes[i].base, changes[i].work, changes[i].interrupt,
		       changes[i].each);
		compare();
		assert_int_equal(row(FAR)->state, ROW_REGRESSION);
		assert_sits(FAR, changes[i].name);
		teardown(NULL);
	}
	setup(NULL);
}

/* "work +, base -": which parts are told, in which order, which way. */
static const char *told(const char *key)
{
	static char out[160];
	const char *at = row(key)->parts->text, *end = strstr(at, " of "), *next;
	size_t n = 0;

	for (; at && at < end; at = next ? next + 5 : end) {
		n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? ", " : "",
				      (int)strcspn(at, "+-") + 1, at);
		next = strstr(at, " and ");
	}
	return out;
}

/* What changed besides the largest is named as well, with its sign. */
static void several_changes_at_once_are_all_told(void **state)
{
	static const struct {
		double base, work, interrupt, each;
		const char *told, *says;
	} changes[] = {
	    {1400, 100, 2800, 900, "further responders +, interrupt +, base +", "+1.2 µs (+"},
	    {1900, 100, 1500, 500, "base +, interrupt -", "base +"},
	    {1020, 200, 2000, 500, "work +", "work +"}, /* a fortieth is not worth a word */
	};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		storms(&old, 1000, 100, 2000, 500);
		storms(&new, changes[i].base, changes[i].work, changes[i].interrupt,
		       changes[i].each);
		compare();
		assert_string_equal(told(FAR), changes[i].told);
		assert_non_null(strstr(row(FAR)->parts->text, changes[i].says));
		teardown(NULL);
	}
	setup(NULL);
}

/* Between cells as noisy as that, a difference may be nothing. */
static void a_part_that_may_be_noise_is_not_told(void **state)
{
	(void)state;
	cell(&old, "madvise/page=4k/npages=1/resp=0", 1000, 0.4, 10);
	cell(&new, "madvise/page=4k/npages=1/resp=0", 1300, 0.4, 10);
	storm(&old, 8, 0, 3000);
	storm(&new, 8, 0, 6000);
	compare();
	assert_string_equal(told("madvise/page=4k/npages=8/resp=0"), "work +");
}

static void a_missing_rung_is_named(void **state)
{
	(void)state;
	storm(&old, 8, 0, 1700);
	storm(&new, 8, 0, 2000);
	storm(&old, 8, 1, 3700);
	storm(&new, 8, 1, 4000);
	compare();
	assert_sits("madvise/page=4k/npages=8/resp=0", "base and work");
	assert_sits("madvise/page=4k/npages=8/resp=1/place=core/state=spin", "base and work");
}

static void across_responders_it_is_the_interrupt(void **state)
{
	(void)state;
	storm(&old, 1, 0, 1000);
	old.cells[0].requested = true;
	storm(&new, 1, 0, 1000);
	new.cells[0].requested = false; /* only the partner of a derived metric */
	storm(&new, 1, 1, 3000);
	new.cells[1].requested = true;
	cell(&new, "null/resp=0", 50, 0.01, 10); /* in every run */
	cell(&new, "null/resp=1/place=core/state=spin", 50, 0.01, 10);
	options.across = "resp,place,state";
	compare();
	assert_int_equal(c.nrows, 1);
	assert_int_equal(c.rows[0].state, ROW_REGRESSION);
	assert_sits("madvise/page=4k/npages=1/resp=1/place=core/state=spin", "interrupt");
	assert_non_null(strstr(c.rows[0].parts->text, "per op 0.00 → 1.00"));
}

static void across_two_of_a_kind_is_ambiguous(void **state)
{
	(void)state;
	storm(&old, 1, 0, 1000);
	storm(&new, 1, 1, 1000);
	storm(&new, 1, 2, 3000);
	options.across = "resp,place,state";
	struct verdict verdict = compare_results(&old, &new, &options, &c);

	assert_int_equal(verdict.outcome, OUTCOME_ERROR);
	assert_string_equal(verdict.code, "ambiguous");
}

static void level(struct result *result, const char *number, double entries)
{
	struct finding *f = build_finding(result, "tlb-level", CONFIRMED, "a level");

	facts_set(&f->subject, "page", "4k");
	facts_set(&f->subject, "level", "%s", number);
	finding_add_value(f, "entries", "pages", (struct estimate){entries, entries, entries + 2});
}

static void chase(struct result *result, double hit, double penalty, double walk)
{
	static const unsigned pages[] = {16, 64, 512, 1024, 8192};
	static const int misses[] = {0, 0, 1, 1, 2};

	for (size_t i = 0; i < 5; i++) {
		char key[96];

		snprintf(key, sizeof key, "chase/page=4k/layout=alias/footprint=%uKiB",
			 4 * pages[i]);
		cell(result, key,
		     hit + (misses[i] >= 1 ? penalty : 0) + (misses[i] == 2 ? walk : 0), 0.0005,
		     10);
	}
	level(result, "1", 96);
	level(result, "2", 2048);
}

static void a_change_of_translation_is_told_apart(void **state)
{
	static const struct {
		double hit, penalty, walk;
		const char *name;
	} changes[] = {{4, 7, 20, "hit"}, {1, 12, 20, "penalty"}, {1, 7, 30, "walk"}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		setup(NULL);
		chase(&old, 1, 7, 20);
		chase(&new, changes[i].hit, changes[i].penalty, changes[i].walk);
		compare();
		assert_sits("chase/page=4k/layout=alias/footprint=32MiB", changes[i].name);
		teardown(NULL);
	}
	setup(NULL);
	chase(&old, 1, 7, 20);
	chase(&new, 2, 7, 20);
	compare();
	assert_sits("chase/page=4k/layout=alias/footprint=64KiB", "hit");
	assert_sits("chase/page=4k/layout=alias/footprint=256KiB", "hit");
	assert_sits("chase/page=4k/layout=alias/footprint=4MiB", "hit");
}

static void hit_and_walk_at_once_are_both_told(void **state)
{
	(void)state;
	chase(&old, 10, 70, 200);
	chase(&new, 13, 70, 230);
	compare();
	assert_string_equal(told("chase/page=4k/layout=alias/footprint=32MiB"), "walk +, hit +");
}

static void what_may_miss_is_not_called_a_hit(void **state)
{
	(void)state;
	cell(&old, "chase/page=4k/layout=alias/footprint=4MiB", 10, 0.001, 10);
	cell(&new, "chase/page=4k/layout=alias/footprint=4MiB", 12, 0.001, 10);
	compare();
	assert_sits("chase/page=4k/layout=alias/footprint=4MiB", "smallest footprint");
}

static void findings_whose_intervals_part_are_listed(void **state)
{
	(void)state;
	cell(&old, KEY, 100, 0.01, 10);
	cell(&new, KEY, 100, 0.01, 10);
	level(&old, "1", 96);
	level(&new, "1", 64);
	level(&old, "2", 2048);
	level(&new, "2", 2049);
	compare();
	assert_int_equal(c.nfindings, 1);
	assert_true(c.findings[0].old_value->e.est == 96 && c.findings[0].new_value->e.est == 64);
	assert_int_equal(c.end, COMPARISON_SAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_change_of_an_operation_is_told_apart),
	    TEST(several_changes_at_once_are_all_told),
	    TEST(a_part_that_may_be_noise_is_not_told),
	    TEST(hit_and_walk_at_once_are_both_told),
	    TEST(a_missing_rung_is_named),
	    TEST(across_responders_it_is_the_interrupt),
	    TEST(across_two_of_a_kind_is_ambiguous),
	    TEST(a_change_of_translation_is_told_apart),
	    TEST(what_may_miss_is_not_called_a_hit),
	    TEST(findings_whose_intervals_part_are_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
