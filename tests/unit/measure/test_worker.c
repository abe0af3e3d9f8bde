/* One worker over made-up benchmarks: the region it takes for them, and what it proves of it. */
#include "measure/clock.h"
#include "measure/worker.h"
#include "unit/measure/made_up.h"

#include <sys/mman.h>
#include <sys/wait.h>

#define MIB ((uint64_t)1 << 20)

static struct verdict want(const struct cell *cell, const struct machine *machine,
			   struct want *want)
{
	struct region_spec *spec = &want->region[0];

	want->max_ops = 8;
	*spec = (struct region_spec){
	    .page = {PAGE_BASE, machine->base_page_bytes}, .layout = LAYOUT_DISTINCT, .bytes = MIB};
	if (cell_is(cell, "mode", "sparse"))
		*spec = (struct region_spec){.page = spec->page,
					     .layout = LAYOUT_DISTINCT,
					     .bytes = 24 * MIB,
					     .slot_bytes = 4 * MIB,
					     .sparse = true};
	if (cell_is(cell, "mode", "strided"))
		*spec = (struct region_spec){.page = spec->page,
					     .layout = LAYOUT_DISTINCT,
					     .bytes = 48 * MIB,
					     .slot_bytes = 16 * MIB};
	if (!cell_is(cell, "mode", "sparse") && !cell_is(cell, "mode", "strided"))
		*spec = (struct region_spec){.page = {PAGE_THP, machine->thp_bytes},
					     .layout = LAYOUT_DISTINCT,
					     .bytes = 2 * machine->thp_bytes,
					     .remapped = true};
	return region_check(spec, machine);
}

/* What is dropped may come back whole; what may not be huge comes back small. */
static struct verdict check(struct visit *visit, uint64_t n)
{
	const struct window *window = &visit->window[0];

	(void)n;
	if (cell_is(visit->cell, "mode", "shrinks"))
		madvise(window->base, window->bytes / 2, MADV_NOHUGEPAGE);
	if (!cell_is(visit->cell, "mode", "keeps"))
		madvise(window->base, window->bytes / 2, MADV_DONTNEED);
	if (cell_is(visit->cell, "mode", "drops"))
		mprotect(window->base, window->bytes, PROT_READ);
	return verdict_ok();
}

static void op(struct visit *visit, uint64_t i)
{
	(void)visit;
	(void)i;
}

static const struct param params[] = {
    {.name = "mode",
     .type = P_WORD,
     .allowed = "sparse,strided,keeps,drops,shrinks",
     .dflt = "sparse"},
    {0},
};
static const struct metric metrics[] = {
    {.name = "ns", .unit = "ns", .better = BETTER_LESS, .primary = true},
    {0},
};
static const struct sweep sweeps[] = {{0}};
static const struct bench bench_fake = {.name = "fake",
					.timing = TIME_OP,
					.params = params,
					.metrics = metrics,
					.sweeps = sweeps,
					.want = want,
					.op = op,
					.check = check};
const struct bench *const bench_registry[] = {&bench_fake, NULL};

static struct plan_context context;
static struct clock the_clock;
static struct counter_plan no_counters;
static struct record *record;

/* The worker's verdict of the one cell. */
static struct verdict work_on(const char *key)
{
	struct plan plan = plan_must(&context, "quick", ONLY(key));
	struct workshop workshop = {.clock = &the_clock,
				    .counters = &no_counters,
				    .records = record,
				    .nrecords = 1,
				    .memory_bytes = 256 * MIB};
	const unsigned cell = plan_find(&plan, key);

	memset(record, 0, sizeof *record);
	assert_int_not_equal(cell, NO_CELL);
	struct verdict planned = plan.cells[cell].verdict;

	if (verdict_is_ok(&planned)) {
		const struct job job = {
		    .plan = &plan, .group = plan.cells[cell].group, .cells = &cell, .n = 1};
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child) {
			worker_run(&workshop, &job);
			_exit(0);
		}
		assert_int_equal(waitpid(child, NULL, 0), child);
		assert_true(record->done);
		planned = record->verdict;
	}
	print_message("%s: %s %s\n", key, planned.code, planned.text);
	plan_free(&plan);
	return planned;
}

static void arenas_are_whole_slots(void **state)
{
	struct verdict sparse = work_on("fake/mode=sparse"), strided = work_on("fake/mode=strided");

	(void)state;
	assert_string_not_equal(sparse.code, "not-whole");
	assert_string_not_equal(strided.code, "not-whole");
}

static const struct proof *page_proof(void)
{
	for (unsigned i = 0; i < record->nproofs; i++)
		if (!strcmp(record->proof[i].what, "page-size"))
			return &record->proof[i];
	return NULL;
}

static void huge_pages_are_proved_again_after_the_visits(void **state)
{
	struct verdict kept = work_on("fake/mode=keeps");

	(void)state;
	if (kept.outcome == OUTCOME_SKIPPED || !page_proof() || page_proof()->state != PROOF_HELD)
		skip();
	struct verdict dropped = work_on("fake/mode=drops");

	assert_string_not_equal(dropped.code, "page-size");
	struct verdict shrunk = work_on("fake/mode=shrinks");

	assert_int_equal(shrunk.outcome, OUTCOME_INVALID);
	assert_string_equal(shrunk.code, "page-size");
	assert_int_equal(page_proof()->state, PROOF_FAILED);
	assert_true(*shrunk.text && *shrunk.remedy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arenas_are_whole_slots),
	    cmocka_unit_test(huge_pages_are_proved_again_after_the_visits),
	};
	struct topology *topology;
	struct verdict loaded = topology_load(NULL, &topology);

	if (!verdict_is_ok(&loaded))
		return SKIP_TEST;
	context.topology = topology;
	context.machine = (struct machine){.cpus = topology_cpus(topology),
					   .base_page_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
					   .thp_bytes = 2 * MIB,
					   .memory_bytes = 1024 * MIB,
					   .max_maps = 65530};
	clock_read(&the_clock);
	record =
	    mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (record == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
