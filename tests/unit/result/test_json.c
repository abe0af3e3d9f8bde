/* Results come back from disk as they were, and what is no result is refused in one clear line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result/fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];

static const char *in_dir(const char *name)
{
	static char path[2][256];
	static int turn;

	turn = !turn;
	snprintf(path[turn], sizeof path[turn], "%s/%s", dir, name);
	return path[turn];
}

static char *slurp(const char *path, size_t *size)
{
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("%s: %s", path, strerror(errno));
	char *text = calloc(1, 1 << 20);
	*size = fread(text, 1, (1 << 20) - 1, file);
	fclose(file);
	return text;
}

static void spill(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, size, file), size);
	fclose(file);
}

static void assert_same_files(const char *a, const char *b)
{
	size_t na, nb;
	char *ta = slurp(a, &na), *tb = slurp(b, &nb);

	if (na != nb || memcmp(ta, tb, na) != 0)
		fail_msg("%s and %s differ", a, b);
	free(ta);
	free(tb);
}

static void assert_ok(struct verdict v)
{
	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
}

/* One line, names the file, says what to do. */
static void assert_refused(struct verdict v, const char *file, const char *what)
{
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	if (!strstr(v.text, what) || !strstr(v.text, file))
		fail_msg("\"%s\" does not name %s and %s", v.text, file, what);
	assert_null(strchr(v.text, '\n'));
	assert_true(v.remedy[0]);
}

static void the_fixture_is_what_we_write(void **state)
{
	const char *path = in_dir("built.json");
	struct result result;

	(void)state;
	fixture_build(&result);
	assert_ok(result_save(&result, path));
	result_free(&result);
	if (getenv("TLBSCOPE_WRITE_FIXTURE")) { /* when a minor version adds a field */
		size_t size;
		char *text = slurp(path, &size);

		spill(getenv("TLBSCOPE_WRITE_FIXTURE"), text, size);
		free(text);
	}
	assert_same_files(path, FIXTURE_FILE);
}

static void load_and_save_is_byte_identical(void **state)
{
	const char *path = in_dir("again.json");
	struct result result;

	(void)state;
	assert_ok(result_load(FIXTURE_FILE, &result));
	assert_ok(result_save(&result, path));
	result_free(&result);
	assert_same_files(path, FIXTURE_FILE);
}

/* Of every version that was released. */
static void past_minors_are_read(void **state)
{
	struct result result;

	(void)state;
	assert_ok(result_load(FIXTURES "/result/v1.0.json", &result));
	assert_int_equal(result.ncells, 12);
	result_free(&result);
	assert_ok(result_load(FIXTURES "/result/v1.1.json", &result));
	assert_int_equal(result.ncells, 12);
	result_free(&result);
}

static void counters_that_counted_nothing_come_back(void **state)
{
	const char *path = in_dir("zeros.json");
	struct result result;
	size_t size;

	(void)state;
	build_result(&result);
	struct cell_result *cell = build_cell(&result, "null");
	build_zero(cell, "page_faults", 10);
	build_zero(cell, "migrations", 3);
	build_zero(cell, "primary", 3);
	cell->metrics[2].primary = true;
	build_zero(cell, "once", 3);
	cell->metrics[3].samples[1] = 0.5;
	assert_ok(result_save(&result, path));
	result_free(&result);

	char *text = slurp(path, &size);
	assert_null(strstr(text, "\"page_faults\": {"));
	assert_non_null(strstr(text, "\"primary\": {"));
	assert_non_null(strstr(text, "\"once\": {"));
	free(text);
	assert_ok(result_load(path, &result));
	const struct metric_result *m = cell_find_metric(&result.cells[0], "migrations");
	assert_non_null(m);
	assert_int_equal(m->nsamples, 3);
	assert_int_equal(m->rounds[2], 2);
	assert_true(m->samples[2] == 0 && m->e.hi == 0 && !m->primary);
	assert_string_equal(m->unit, "1/op");
	assert_null(cell_find_metric(&result.cells[0], "tlb_flush")); /* absent: not counted */
	assert_int_equal(result.cells[0].nmetrics, 4);
	assert_int_equal(result.cells[0].nzeros, 0);
	result_free(&result);
}

static void a_run_directory_will_do(void **state)
{
	size_t size;
	char *text = slurp(FIXTURE_FILE, &size);
	struct result result;

	(void)state;
	spill(in_dir("result.json"), text, size);
	free(text);
	assert_ok(result_load(dir, &result));
	assert_int_equal(result.ncells, 12);
	result_free(&result);
	unlink(in_dir("result.json"));
	assert_refused(result_load(dir, &result), "/result.json", "No such file");
}

static void what_was_measured_comes_back(void **state)
{
	struct result result;

	(void)state;
	assert_ok(result_load(FIXTURE_FILE, &result));
	assert_true(result.run.complete);
	assert_int_equal(result.run.seed, 42);
	assert_string_equal(result.machine.cpukinds,
			    "performance: 1 core, 1 thread; efficiency: 1 core, 1 thread");
	assert_string_equal(result.machine.topology_xml, "<topology/>\n");
	assert_int_equal(result.machine.claims[1].ways, 0);
	assert_string_equal(facts_get(&result.changed, "thp"), "madvise → always");
	assert_string_equal(result.counters[0].reason, "this guest has no PMU");
	assert_int_equal(result.nfindings, 2);
	assert_int_equal(result.findings[0].confidence, CONFIRMED);
	assert_non_null(result_find_finding(&result, "tlb-level", "page", "4k", NULL));
	assert_null(result_find_finding(&result, "tlb-level", "page", "4k", &result.findings[0]));
	assert_null(result_find_finding(&result, "tlb-level", "page", "2m", NULL));

	struct cell_result *cell =
	    result_find_cell(&result, "madvise/page=4k/npages=1/resp=1/place=core/state=spin");
	assert_non_null(cell);
	assert_string_equal(cell->cell.bench, "madvise");
	assert_true(cell_is(&cell->cell, "place", "core"));
	assert_int_equal(cell->proofs[1].state, PROOF_UNAVAILABLE);
	const struct metric_result *over = cell_find_metric(cell, "over_alone_ns");
	assert_string_equal(over->pair, "madvise/page=4k/npages=1/resp=0");
	assert_int_equal(over->nsamples, 10);
	assert_int_equal(over->rounds[9], 9);
	assert_true(over->e.lo < over->e.est && over->e.est < over->e.hi);

	cell = result_find_cell(&result, "chase/page=1g/layout=alias/footprint=4GiB");
	assert_int_equal(cell->outcome.outcome, OUTCOME_SKIPPED);
	assert_string_equal(cell->outcome.code, "no-pool");
	assert_true(cell->outcome.remedy[0]);
	result_free(&result);
}

/* The memory of a document is taken in blocks; some texts are longer than any. */
static void texts_of_any_length_come_back(void **state)
{
	const char *path = in_dir("long.json");
	json_malloc_t taking[2];
	json_free_t freeing[2];
	struct result result;

	(void)state;
	json_get_alloc_funcs(&taking[0], &freeing[0]);
	for (size_t length = 1; length < 5000000; length = 3 * length + 1) {
		assert_ok(result_load(FIXTURE_FILE, &result));
		free(result.machine.topology_xml);
		result.machine.topology_xml = calloc(1, length + 1);
		memset(result.machine.topology_xml, 'x', length);
		assert_ok(result_save(&result, path));
		result_free(&result);
		assert_ok(result_load(path, &result));
		assert_int_equal(strlen(result.machine.topology_xml), length);
		assert_int_equal(strspn(result.machine.topology_xml, "x"), length);
		result_free(&result);
	}
	json_get_alloc_funcs(&taking[1], &freeing[1]);
	assert_true(taking[0] == taking[1] && freeing[0] == freeing[1]);
}

static void failed_visits_come_back(void **state)
{
	const char *path = in_dir("failed.json");
	struct result result;

	(void)state;
	assert_ok(result_load(FIXTURE_FILE, &result));
	assert_int_equal(result.cells[0].failed_visits, 0);
	result.cells[0].failed_visits = 3;
	result.cells[0].last_failure = verdict_skipped("no-pool", "reserve", "no pages");
	assert_ok(result_save(&result, path));
	result_free(&result);
	assert_ok(result_load(path, &result));
	assert_int_equal(result.cells[0].failed_visits, 3);
	assert_int_equal(result.cells[0].last_failure.outcome, OUTCOME_SKIPPED);
	assert_string_equal(result.cells[0].last_failure.code, "no-pool");
	assert_string_equal(result.cells[0].last_failure.remedy, "reserve");
	assert_true(verdict_is_ok(&result.cells[0].outcome));
	assert_true(verdict_is_ok(&result.cells[1].last_failure));
	result_free(&result);
}

static void empty_buckets_at_the_ends_are_trimmed(void **state)
{
	struct result result;

	(void)state;
	assert_ok(result_load(FIXTURE_FILE, &result));
	const struct hist_result *hist =
	    result_find_cell(&result, "madvise/page=4k/npages=1/resp=0")->hists;
	assert_int_equal(hist->ncounts, 4);
	assert_int_equal(hist->counts[0], 3);
	assert_int_equal(hist->counts[3], 7);
	assert_true(fabs(hist->lo_ns - 400 * 1.01 * 1.01) < 1e-6);
	result_free(&result);
}

static void texts_that_are_not_utf8_are_made_so(void **state)
{
	struct result result;

	(void)state;
	build_result(&result);
	cell_add_note(build_cell(&result, "null"), "cut \xe2\x86");
	facts_set(&result.before, "cmdline", "root=\xff\n");
	assert_ok(result_save(&result, in_dir("utf8.json")));
	result_free(&result);
	assert_ok(result_load(in_dir("utf8.json"), &result));
	assert_string_equal(result.cells[0].notes[0], "cut ??");
	assert_string_equal(facts_get(&result.before, "cmdline"), "root=??");
	result_free(&result);
}

static void numbers_that_json_has_not_are_refused(void **state)
{
	static const double bad[] = {NAN, INFINITY, -INFINITY};
	const char *path = in_dir("nan.json");
	struct result result;
	struct stat st;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		build_result(&result);
		struct metric_result *metric =
		    build_metric(build_cell(&result, "null/resp=0"), "ns", "ns", 1, 0.1);
		metric->samples[3] = bad[i];
		struct verdict v = result_save(&result, path);
		assert_refused(v, "nan.json", "cells[0].metrics.ns.samples[3]");
		assert_refused(v, "null/resp=0", "not a finite number");
		assert_int_equal(stat(path, &st), -1);
		result_free(&result);
	}
}

static void what_comes_twice_is_refused(void **state)
{
	struct result result;

	(void)state;
	build_result(&result);
	struct cell_result *cell = build_cell(&result, "null");
	build_metric(cell, "ns", "ns", 1, 0.1);
	build_metric(cell, "ns", "ns", 2, 0.1);
	assert_refused(result_save(&result, in_dir("twice.json")), "twice.json",
		       "metrics.ns is there twice");
	result_free(&result);
}

static void saving_names_path_and_remedy(void **state)
{
	struct result result;

	(void)state;
	fixture_build(&result);
	assert_refused(result_save(&result, "/nonexistent/x.json"), "/nonexistent/x.json",
		       "directory does not exist");
	assert_refused(result_save(&result, "/proc/x.json"), "/proc/x.json", "cannot be written");
	assert_refused(result_save(&result, in_dir("a/b")), "a/b", "directory does not exist");
	assert_refused(result_save(&result, dir), dir, "it is a directory");
	result_free(&result);
}

/* In a child, because limits and identities do not come back. */
static void in_child(void (*body)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fail_msg("the child ended with status %x", status);
}

static void child_says(const char *name, const char *what)
{
	struct result result;
	struct verdict v;

	fixture_build(&result);
	v = result_save(&result, in_dir(name));
	result_free(&result);
	if (v.outcome != OUTCOME_ERROR || !strstr(v.text, what) || !strstr(v.text, name) ||
	    !v.remedy[0]) {
		fprintf(stderr, "\"%s\" does not name %s\n", v.text, what);
		_exit(1);
	}
}

static void save_past_the_limit(void)
{
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
	child_says("old.json", "larger than allowed");
}

static void save_as_nobody(void)
{
	if (chmod(dir, 0555) != 0 || (geteuid() == 0 && setuid(65534) != 0))
		_exit(1);
	child_says("old.json", "no permission");
}

/* A disk of one page, seen by the child alone. Where the machine allows no mounts there is nothing
 * to try. */
static void save_on_a_full_disk(void)
{
	if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", dir, "tmpfs", 0, "size=4k") != 0) {
		print_message("a full disk was not tried: mounts are not allowed here\n");
		return;
	}
	child_says("old.json", "disk is full");
	if (access(in_dir("old.json"), F_OK) == 0) /* half a file */
		_exit(1);
}

static void a_failed_save_keeps_the_old_file(void **state)
{
	struct stat st;
	char command[128];

	(void)state;
	spill(in_dir("old.json"), "old", 3);
	in_child(save_past_the_limit);
	in_child(save_on_a_full_disk);
	in_child(save_as_nobody);
	chmod(dir, 0755);
	assert_int_equal(stat(in_dir("old.json"), &st), 0);
	assert_int_equal(st.st_size, 3);
	snprintf(command, sizeof command, "test -z \"$(find %s -name '*.tmp*')\"", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fixture_is_what_we_write),
	    cmocka_unit_test(load_and_save_is_byte_identical),
	    cmocka_unit_test(past_minors_are_read),
	    cmocka_unit_test(counters_that_counted_nothing_come_back),
	    cmocka_unit_test(a_run_directory_will_do),
	    cmocka_unit_test(what_was_measured_comes_back),
	    cmocka_unit_test(texts_of_any_length_come_back),
	    cmocka_unit_test(failed_visits_come_back),
	    cmocka_unit_test(empty_buckets_at_the_ends_are_trimmed),
	    cmocka_unit_test(texts_that_are_not_utf8_are_made_so),
	    cmocka_unit_test(numbers_that_json_has_not_are_refused),
	    cmocka_unit_test(what_comes_twice_is_refused),
	    cmocka_unit_test(saving_names_path_and_remedy),
	    cmocka_unit_test(a_failed_save_keeps_the_old_file),
	};
	char command[96];

	strcpy(dir, "/tmp/tlbscope-json-XXXXXX");
	if (!mkdtemp(dir))
		return 1;
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) || failed;
}
