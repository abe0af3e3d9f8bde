/* Which room may include which, and what a benchmark may call: read from the sources themselves. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SOURCE FIXTURES "/../../"

/* Rooms of harness/, each with those that it may include besides itself and include/. */
static const struct arrow {
	const char *room, *may;
} arrows[] = {
    {"stats", " "},
    {"result", " stats "},
    {"machine", " result "},
    {"events", " measure result "}, /* data of measure's */
    {"measure", " result stats machine "},
    {"analyse", " result stats machine "},
    {"output", " result stats machine "},
    {"lab", " measure analyse result stats machine "}, /* lends the turn, merges runs */
    {"cmd", " lab measure analyse output result stats machine "},
};

static unsigned wrong;

static char *read_source(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	size_t n = fread(text, 1, (1 << 20) - 1, file);
	assert_true(n > 0);
	fclose(file);
	return text;
}

/* Comments and strings become spaces; line breaks stay. */
static void blank_comments_and_strings(char *at)
{
	char until = 0;

	for (; *at; at++) {
		if (!until && at[0] == '/' && at[1] == '*')
			until = '*';
		else if (!until && at[0] == '/' && at[1] == '/')
			until = '\n';
		else if (!until && (*at == '"' || *at == '\''))
			until = *at;
		else if (until == '*' && at[0] == '*' && at[1] == '/')
			until = 0, at[0] = at[1] = ' ';
		else if ((until == '"' || until == '\'') && *at == '\\' && at[1])
			*at++ = ' ';
		else if (until && until != '*' && *at == until)
			until = 0, *at = *at == '\n' ? '\n' : ' ';
		if (until && *at != '\n')
			*at = ' ';
	}
}

typedef void visit_file_fn(const char *folder, const char *path);

static unsigned each_source(const char *folder, visit_file_fn *visit)
{
	char path[1024];
	unsigned n = 0;

	snprintf(path, sizeof path, SOURCE "%s", folder);
	DIR *dir = opendir(path);
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		size_t length = strlen(entry->d_name);

		if (length < 3 || (strcmp(entry->d_name + length - 2, ".c") != 0 &&
				   strcmp(entry->d_name + length - 2, ".h") != 0))
			continue;
		snprintf(path, sizeof path, SOURCE "%s/%s", folder, entry->d_name);
		visit(folder, path);
		n++;
	}
	if (dir)
		closedir(dir);
	return n;
}

static void complain(const char *path, const char *what, const char *about)
{
	print_message("%s %s %s\n", path + strlen(SOURCE), what, about);
	wrong++;
}

typedef void include_fn(const char *folder, const char *path, const char *name, bool quoted);

static void each_include(const char *folder, const char *path, include_fn *found)
{
	char *text = read_source(path), *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		char name[256], open;

		if (sscanf(line, " # include %c%255[^\">]", &open, name) == 2)
			found(folder, path, name, open == '"');
	}
	free(text);
}

static const struct arrow *arrow_of(const char *folder)
{
	const char *room = strrchr(folder, '/') + 1;

	for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++)
		if (strcmp(arrows[i].room, room) == 0)
			return &arrows[i];
	return NULL;
}

static bool is_room(const char *name)
{
	for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++)
		if (strcmp(arrows[i].room, name) == 0)
			return true;
	return false;
}

static void hold_room(const char *folder, const char *path, const char *name, bool quoted)
{
	const struct arrow *arrow = arrow_of(folder);
	const char *slash = strchr(name, '/');
	char room[64] = "", padded[80];

	if (slash && slash - name < (int)sizeof room)
		memcpy(room, name, (size_t)(slash - name));
	if (strstr(name, "..") || (!quoted && is_room(room)))
		complain(path, "reaches around the rooms:", name);
	if (!quoted || !is_room(room))
		return;
	snprintf(padded, sizeof padded, " %s ", room);
	if (strcmp(room, arrow->room) != 0 && !strstr(arrow->may, padded))
		complain(path, "must not include", name);
}

/* A room sees include/tlbscope as the pure headers that they are; stats sees nothing at all. */
static void hold_stats(const char *folder, const char *path, const char *name, bool quoted)
{
	(void)folder;
	if (quoted ? strncmp(name, "stats/", 6) != 0 : strncmp(name, "tlbscope/", 9) == 0)
		complain(path, "is not pure mathematics:", name);
}

static void hold_contract(const char *folder, const char *path, const char *name, bool quoted)
{
	(void)folder;
	if (quoted && strchr(name, '/'))
		complain(path, "is the contract, and includes a room:", name);
	if (!quoted && strchr(name, '/') && strncmp(name, "sys/", 4) != 0 &&
	    strncmp(name, "tlbscope/", 9) != 0)
		complain(path, "is the contract, and includes", name);
}

/* A benchmark knows the contract, libc and the kernel's headers, and a header beside it. */
static void hold_bench(const char *folder, const char *path, const char *name, bool quoted)
{
	static const char *const known[] = {"tlbscope/", "sys/", "linux/", "asm/"};
	bool ok = !strchr(name, '/');

	(void)folder;
	for (size_t i = 0; !quoted && i < sizeof known / sizeof *known; i++)
		ok |= strncmp(name, known[i], strlen(known[i])) == 0;
	if (!ok || strcmp(name, "pthread.h") == 0 || strcmp(name, "sched.h") == 0)
		complain(path, "is a benchmark, and includes", name);
}

static void room_includes(const char *folder, const char *path)
{
	each_include(folder, path, hold_room);
}

static void stats_includes(const char *folder, const char *path)
{
	each_include(folder, path, hold_stats);
}

static void contract_includes(const char *folder, const char *path)
{
	each_include(folder, path, hold_contract);
}

static void bench_includes(const char *folder, const char *path)
{
	each_include(folder, path, hold_bench);
}

static bool is_name(char c)
{
	return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z');
}

/* Is the function called (or its name used for a pointer) in this text? */
static bool uses(const char *text, const char *function)
{
	size_t length = strlen(function);

	for (const char *at = strstr(text, function); at; at = strstr(at + 1, function))
		if ((at == text || !is_name(at[-1])) && !is_name(at[length]) &&
		    at[length + strspn(at + length, " \t\n")] == '(')
			return true;
	return false;
}

static void forbid(const char *path, const char *const *functions)
{
	char *text = read_source(path);

	blank_comments_and_strings(text);
	for (; *functions; functions++)
		if (uses(text, *functions))
			complain(path, "must not call", *functions);
	free(text);
}

static void ends_nobody(const char *folder, const char *path)
{
	static const char *const functions[] = {"exit", "abort", "_Exit",  "quick_exit",
						"err",	"errx",	 "assert", NULL};

	(void)folder;
	forbid(path, functions);
}

/* Prints, parses, pins, counts, forks, exits: all the harness' work. */
static void only_measures(const char *folder, const char *path)
{
	static const char *const functions[] = {"printf",
						"fprintf",
						"puts",
						"fputs",
						"perror",
						"exit",
						"_exit",
						"abort",
						"_Exit",
						"assert",
						"getopt",
						"getenv",
						"fork",
						"pthread_create",
						"sched_setaffinity",
						"perf_event_open",
						"malloc",
						"calloc",
						"free",
						"signal",
						"sigaction",
						NULL};

	(void)folder;
	forbid(path, functions);
}

static void rooms_include_along_the_arrows(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
		char folder[64];

		snprintf(folder, sizeof folder, "harness/%s", arrows[i].room);
		unsigned n = each_source(folder, room_includes);
		assert_true(n || strcmp(arrows[i].room, "lab") == 0);
	}
	assert_int_equal(wrong, 0);
}

/* A new room is a decision: it gets its row above. */
static void every_room_has_its_arrows(void **state)
{
	DIR *dir = opendir(SOURCE "harness");

	(void)state;
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir));)
		if (entry->d_name[0] != '.' && !is_room(entry->d_name)) {
			print_message("harness/%s has no arrows\n", entry->d_name);
			wrong++;
		}
	closedir(dir);
	assert_int_equal(wrong, 0);
}

static void stats_and_the_contract_include_no_room(void **state)
{
	(void)state;
	wrong = 0;
	assert_true(each_source("harness/stats", stats_includes) > 3);
	assert_true(each_source("include/tlbscope", contract_includes) > 3);
	assert_int_equal(wrong, 0);
}

static void benchmarks_include_the_contract_alone(void **state)
{
	(void)state;
	wrong = 0;
	assert_true(each_source("bench", bench_includes) > 3);
	assert_int_equal(wrong, 0);
}

static void benchmarks_only_measure(void **state)
{
	(void)state;
	wrong = 0;
	assert_true(each_source("bench", only_measures) > 3);
	assert_int_equal(wrong, 0);
}

static void nobody_below_cmd_ends_the_program(void **state)
{
	(void)state;
	wrong = 0;
	for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
		char folder[64];

		snprintf(folder, sizeof folder, "harness/%s", arrows[i].room);
		if (strcmp(arrows[i].room, "cmd") != 0)
			each_source(folder, ends_nobody);
	}
	assert_int_equal(wrong, 0);
}

/* The readers above, on text that is known. */
static void the_readers_read(void **state)
{
	char text[] = "a /* exit(1) */ b; // abort()\nputs(\"exit(\\\"2)\"); _exit (3); '\"'; x";

	(void)state;
	assert_true(uses(text, "exit"));
	blank_comments_and_strings(text);
	assert_false(uses(text, "exit"));
	assert_false(uses(text, "abort"));
	assert_true(uses(text, "puts"));
	assert_true(uses(text, "_exit"));
	assert_non_null(strchr(text, 'b'));
	assert_non_null(strchr(text, 'x'));
	assert_non_null(strchr(text, '\n'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_readers_read),
	    cmocka_unit_test(rooms_include_along_the_arrows),
	    cmocka_unit_test(every_room_has_its_arrows),
	    cmocka_unit_test(stats_and_the_contract_include_no_room),
	    cmocka_unit_test(benchmarks_include_the_contract_alone),
	    cmocka_unit_test(benchmarks_only_measure),
	    cmocka_unit_test(nobody_below_cmd_ends_the_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
