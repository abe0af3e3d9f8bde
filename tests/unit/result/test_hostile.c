/* Whatever the file holds: one clear line and no crash. Run under the sanitizers as well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "unit/result/fixture.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char file[64];
static char *fixture;
static size_t fixture_size;

static struct verdict load_bytes(const char *bytes, size_t size)
{
	struct result result;
	FILE *out = fopen(file, "w");

	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, size, out), size);
	fclose(out);
	struct verdict v = result_load(file, &result);
	if (verdict_is_ok(&v))
		result_free(&result);
	else
		assert_null(result.cells); /* nothing is left for the caller */
	return v;
}

static void assert_refused(struct verdict v, const char *what)
{
	assert_int_equal(v.outcome, OUTCOME_ERROR);
	if (!strstr(v.text, what) || !strstr(v.text, file))
		fail_msg("\"%s\" does not name %s and %s", v.text, file, what);
	assert_null(strchr(v.text, '\n'));
	assert_true(v.remedy[0]);
}

/* The fixture with the first `from` replaced. */
static struct verdict load_with(const char *from, const char *to)
{
	char *at = strstr(fixture, from), *changed = calloc(1, fixture_size + 4096);

	if (!at)
		fail_msg("the fixture has no %s", from);
	size_t before = (size_t)(at - fixture);
	snprintf(changed, fixture_size + 4096, "%.*s%s%s", (int)before, fixture, to,
		 at + strlen(from));
	struct verdict v = load_bytes(changed, strlen(changed));
	free(changed);
	return v;
}

static void truncations_are_refused(void **state)
{
	(void)state;
	for (size_t size = 0; size + 2 < fixture_size; size += 97)
		assert_refused(load_bytes(fixture, size), "line ");
}

static void flipped_bytes_do_no_harm(void **state)
{
	char *bytes = malloc(fixture_size);

	(void)state;
	for (size_t at = 0; at < fixture_size; at += 5) {
		memcpy(bytes, fixture, fixture_size);
		bytes[at] ^= (char)(1 << at % 8);
		struct verdict v = load_bytes(bytes, fixture_size);
		assert_true(verdict_is_ok(&v) || v.text[0]);
	}
	free(bytes);
}

static void syntax_errors_have_a_place(void **state)
{
	(void)state;
	assert_refused(load_bytes("{\n \"a\": }", 9), "line 2, column 7");
	assert_refused(load_bytes("", 0), "line 1");
	assert_refused(load_bytes("{\"a\":1,\"a\":2}", 13), "duplicate");
	assert_refused(load_bytes("{\"a\":1e999}", 11), "overflow");
	assert_refused(load_bytes("{\"a\":NaN}", 9), "line 1");
	assert_refused(load_bytes("\0\0\0\0", 4), "line 1");
}

static void other_documents_are_refused(void **state)
{
	static const char *const other[] = {"{}", "[]", "{\"schema\":3}",
					    "{\"schema\":{\"name\":\"x\"}}",
					    "{\"schema\":{\"name\":null,\"major\":1}}"};

	(void)state;
	for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
		assert_refused(load_bytes(other[i], strlen(other[i])), "not a result of tlbscope");
	assert_refused(load_with("\"major\": 1", "\"major\": \"1\""), "schema.major");
	assert_refused(load_with("\"major\": 1", "\"major\": 0"), "major 0");
}

static void a_newer_major_says_so(void **state)
{
	struct verdict v = load_with("\"major\": 1", "\"major\": 2");

	(void)state;
	assert_refused(v, "made by tlbscope result major 2; this one reads up to 1");
	assert_string_equal(v.remedy, "use a newer tlbscope");
}

static void a_newer_minor_is_read(void **state)
{
	struct verdict v = load_with("\"minor\": 2", "\"minor\": 7, \"unknown\": [{\"x\": null}]");

	(void)state;
	assert_true(verdict_is_ok(&v));
	v = load_with("\"wave\": 1", "\"wave\": 1, \"weather\": {\"sun\": null}");
	assert_true(verdict_is_ok(&v));
}

static void wrong_types_are_named_by_path(void **state)
{
	static const char *const changes[][3] = {
	    {"\"zeros\": [", "\"zeros\": 3, \"old\": [",
	     "zeros: expected an array, found a whole number"},
	    {"\"zeros\": [", "\"zeros\": [{\"names\": [\"ns\"], \"rounds\": [1]},",
	     "zeros[0]: 'ns' is there twice"},
	    {"\"zeros\": [", "\"zeros\": [{\"names\": [\"x\"], \"rounds\": []},",
	     "zeros[0]: at most"},
	    {"\"cells\": [", "\"cells\": 3, \"old\": [",
	     "cells: expected an array, found a whole number"},
	    {"\"run\": {", "\"ran\": {", "run: is missing"},
	    {"\"state\": \"complete\"", "\"state\": \"done\"", "run.state: \"done\""},
	    {"\"seed\": \"42\"", "\"seed\": \"-1\"", "run.seed"},
	    {"\"seed\": \"42\"", "\"seed\": \"18446744073709551616\"", "run.seed"},
	    {"\"seed\": \"42\"", "\"seed\": \"\"", "run.seed"},
	    {"\"rounds\": 10", "\"rounds\": -1", "run.rounds: -1 is not from 0"},
	    {"\"rounds\": 10", "\"rounds\": 4294967296", "run.rounds: 4294967296"},
	    {"\"rounds\": 10", "\"rounds\": 1.5", "run.rounds: expected a whole number"},
	    {"\"base_page_bytes\": 4096", "\"base_page_bytes\": 4097", "run: base_page_bytes"},
	    {"\"kernel\": \"6.12.1\"", "\"kernel\": null",
	     "environment.before.kernel: expected text"},
	    {"\"key\": \"chase/page=4k", "\"key\": \"chase/page=4q", "cells[0]: key"},
	    {"\"outcome\": \"ok\"", "\"outcome\": \"great\"", "cells[0].outcome"},
	    {"\"outcome\": \"ok\"", "\"income\": \"ok\"", "cells[0].outcome: is missing"},
	    {"\"state\": \"held\"", "\"state\": \"\"", "cells[0].proof[0].state"},
	    {"\"est\": 4.01", "\"est\": \"4.01\"",
	     "cells[0].metrics.cycles.est: expected a number"},
	    {"\"est\": 4.01", "\"est\": null", "cells[0].metrics.cycles.est: expected a number"},
	    {"\"primary\": true", "\"primary\": 1",
	     "cells[0].metrics.cycles.primary: expected true or false"},
	    {"\"samples\": [", "\"samples\": [1, ",
	     "cells[0].metrics.cycles.rounds: 10 elements beside 11"},
	    {"\"samples\": [", "\"samples\": [true, ", "cells[0].metrics.cycles.samples[0]"},
	    {"\"ratio\": 1.01", "\"ratio\": 1", "cells[8].hist.ns: lo_ns"},
	    {"\"counts\": [", "\"counts\": [-1, ", "cells[8].hist.ns.counts[0]"},
	    {"\"steal_ms\": 0.25", "\"steal_ms\": []", "cells[9].disturbance.steal_ms"},
	    {"\"confidence\": \"confirmed\"", "\"confidence\": 2",
	     "findings[0].confidence: expected text"},
	    {"\"git\": \"",
	     "\"git\": \"0123456789012345678901234567890123456789012345678901234567890",
	     "tool.git: longer than 47 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
		assert_refused(load_with(changes[i][0], changes[i][1]), changes[i][2]);
}

static void every_member_may_be_anything(void **state)
{
	static const char *const values[] = {"null", "{}",    "[]",   "\"\"",
					     "-1",   "1e308", "true", "[[1]]"};
	char *changed = malloc(fixture_size + 16);

	(void)state;
	for (size_t at = 2; at < fixture_size; at++) {
		if (strncmp(fixture + at - 2, "\": ", 3) != 0)
			continue;
		size_t rest = at + strcspn(fixture + at, "\n");
		rest -= fixture[rest - 1] == ',';
		if (fixture[rest - 1] == '{' || fixture[rest - 1] == '[')
			continue;
		const char *value = values[at % (sizeof values / sizeof values[0])];
		int size = snprintf(changed, fixture_size + 16, "%.*s %s%s", (int)at, fixture,
				    value, fixture + rest);
		struct verdict v = load_bytes(changed, (size_t)size);
		if (strstr(v.text, "line "))
			fail_msg("the test itself broke the syntax: %s", v.text);
	}
	free(changed);
}

static void depth_is_bounded(void **state)
{
	size_t n = 1 << 20;
	char *deep = malloc(n);

	(void)state;
	memset(deep, '[', n);
	assert_refused(load_bytes(deep, n), "line 1");
	free(deep);
}

static void too_many_cells_are_refused(void **state)
{
	size_t n = 200001, length = strlen("{},");
	char *many = malloc(n * length + 4096);
	char *at =
	    many + sprintf(many,
			   "{\"schema\":{\"name\":\"tlbscope-result\",\"major\":1},"
			   "\"run\":{\"state\":\"partial\",\"base_page_bytes\":4096},\"cells\":[");

	(void)state;
	for (size_t i = 0; i < n; i++)
		at += sprintf(at, "{}%s", i + 1 < n ? "," : "]}");
	assert_refused(load_bytes(many, (size_t)(at - many)),
		       "cells: 200001 elements, more than 200000");
	free(many);
}

static void what_is_no_file_is_refused(void **state)
{
	struct result result;
	struct verdict v;

	(void)state;
	unlink(file);
	assert_refused(result_load(file, &result), "No such file");
	assert_int_equal(mkfifo(file, 0600), 0);
	assert_refused(result_load(file, &result), "not a file"); /* and does not wait */
	unlink(file);
	v = result_load("/dev/zero", &result);
	assert_non_null(strstr(v.text, "/dev/zero: not a file"));

	int fd = open(file, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(ftruncate(fd, (off_t)600 << 20), 0);
	close(fd);
	assert_refused(result_load(file, &result), "600 MiB, and a result has at most 512");
}

static void control_characters_stay_out(void **state)
{
	struct verdict v = load_with("chase/page=4k/layout", "chase/\\u001b[31m\\nx");

	(void)state;
	assert_refused(v, "cells[0]");
	assert_null(strchr(v.text, '\x1b'));
	v = load_with("\"git\": \"", "\"git\": \"\\u0000");
	assert_refused(v, "line ");
}

static int setup(void **state)
{
	FILE *in = fopen(FIXTURE_FILE, "r");

	(void)state;
	strcpy(file, "/tmp/tlbscope-hostile-XXXXXX");
	int fd = mkstemp(file);
	if (!in || fd < 0)
		return 1;
	close(fd);
	fixture = calloc(1, 1 << 20);
	fixture_size = fread(fixture, 1, (1 << 20) - 1, in);
	fclose(in);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(fixture);
	return unlink(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(truncations_are_refused),
	    cmocka_unit_test(flipped_bytes_do_no_harm),
	    cmocka_unit_test(syntax_errors_have_a_place),
	    cmocka_unit_test(other_documents_are_refused),
	    cmocka_unit_test(a_newer_major_says_so),
	    cmocka_unit_test(a_newer_minor_is_read),
	    cmocka_unit_test(wrong_types_are_named_by_path),
	    cmocka_unit_test(every_member_may_be_anything),
	    cmocka_unit_test(depth_is_bounded),
	    cmocka_unit_test(too_many_cells_are_refused),
	    cmocka_unit_test(control_characters_stay_out),
	    cmocka_unit_test(what_is_no_file_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
