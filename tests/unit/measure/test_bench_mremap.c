/* What mremap plans, and that its calls arrive. */
#include "unit/measure/one_worker.h"

extern const struct bench bench_mremap;
static struct bench watched;
const struct bench *const bench_registry[] = {&watched, NULL};

#define MAPS_MAX 4096

struct maps {
	unsigned n;
	unsigned long from[MAPS_MAX], to[MAPS_MAX];
};

static void read_maps(struct maps *maps)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];

	maps->n = 0;
	while (file && maps->n < MAPS_MAX && fgets(line, sizeof line, file))
		if (sscanf(line, "%lx-%lx ", &maps->from[maps->n], &maps->to[maps->n]) == 2)
			maps->n++;
	if (file)
		fclose(file);
}

static bool covers(const struct maps *maps, unsigned long at)
{
	for (unsigned i = 0; i < maps->n; i++)
		if (at >= maps->from[i] && at < maps->to[i])
			return true;
	return false;
}

static bool dropped; /* a call found a mapping where its pages went */

static void op(struct visit *visit, uint64_t i)
{
	static struct maps before, after;
	bool found = false;

	if (i == 0)
		read_maps(&before);
	bench_mremap.op(visit, i);
	if (i == 0)
		read_maps(&after);
	for (unsigned k = 0; i == 0 && k < after.n; k++)
		found |= !covers(&before, after.from[k]);
	dropped |= i == 0 && !found;
}

static struct verdict check(struct visit *visit, uint64_t n)
{
	if (dropped)
		return verdict_invalid("dropped", NULL, "a mapping had to go first");
	return bench_mremap.check(visit, n);
}

static struct want planned(const char *key)
{
	struct plan plan = plan_must(&here, "full", ONLY(key));
	struct want want = cell_at(&plan, key)->want;

	plan_free(&plan);
	return want;
}

/* By hand, of tables of 512 entries. A call that crossed from one to the next would flush twice,
 * and so would one that empties a table. */
static void calls_flush_once_for_each_table(void **state)
{
	static const struct {
		const char *key;
		uint64_t apart;
		double flushes;
	} cells[] = {
	    {"mremap/page=4k/npages=1/resp=1/place=core/state=spin", 2, 1},
	    {"mremap/page=4k/npages=32/resp=1/place=core/state=spin", 64, 1},
	    {"mremap/page=4k/npages=33/resp=1/place=core/state=spin", 64, 1},
	    {"mremap/page=4k/npages=300/resp=1/place=core/state=spin", 512, 1},
	    {"mremap/page=4k/npages=512/resp=1/place=core/state=spin", 512, 1},
	    {"mremap/page=4k/npages=513/resp=1/place=core/state=spin", 1024, 2},
	    {"mremap/page=4k/npages=1024/resp=1/place=core/state=spin", 1024, 2},
	};

	(void)state;
	if (here.machine.base_page_bytes != 4096 || !here.machine.responders[PLACE_CORE])
		skip();
	for (unsigned i = 0; i < sizeof cells / sizeof *cells; i++) {
		struct want want = planned(cells[i].key);

		assert_int_equal(want.region[0].bytes, want.max_ops * cells[i].apart * 4096);
		assert_true(want.expect.ipis_per_op == cells[i].flushes);
	}
}

/* Nor is there anything that a call would have to unmap first. */
static void what_is_moved_arrives(void **state)
{
	static const char *const keys[] = {
	    "mremap/page=4k/npages=1/resp=0", "mremap/page=4k/npages=33/resp=0",
	    "mremap/page=4k/npages=512/resp=0", "mremap/page=4k/npages=513/resp=0"};

	(void)state;
	for (unsigned i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct verdict verdict = work_on(keys[i]);

		assert_string_not_equal(verdict.code, "call-failed");
		assert_string_not_equal(verdict.code, "not-moved");
		assert_string_not_equal(verdict.code, "dropped");
		assert_string_not_equal(verdict.code, "worker-died");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(calls_flush_once_for_each_table),
	    cmocka_unit_test(what_is_moved_arrives),
	};

	watched = bench_mremap;
	watched.op = op;
	watched.check = check;
	if (!open_here())
		return SKIP_TEST;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
