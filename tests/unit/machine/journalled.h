/* A machine of files whose settings are changed, and the journals of that. */
#ifndef TESTS_JOURNALLED_H
#define TESTS_JOURNALLED_H

#include "machine/journal.h"
#include "machine/sysfile.h"

#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages"
#define THP  "/sys/kernel/mm/transparent_hugepage/enabled"
#define NUMA "/proc/sys/kernel/numa_balancing"

static char root[64], journals[96];

static inline void make(const char *path, const char *text)
{
	char real[PATH_MAX];

	sysfile_path(path, real);
	for (char *slash = real + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = 0;
		mkdir(real, 0755);
		*slash = '/';
	}
	FILE *file = fopen(real, "w");
	assert_non_null(file);
	fprintf(file, "%s\n", text);
	fclose(file);
}

static inline void assert_setting(const char *path, const char *expected)
{
	char text[128];

	assert_true(sysfile_read(path, text, sizeof text) >= 0);
	assert_string_equal(text, expected);
}

static inline unsigned journal_files(char *first)
{
	char pattern[128];
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/*", journals);
	unsigned n = glob(pattern, 0, NULL, &found) ? 0 : (unsigned)found.gl_pathc;
	if (n && first)
		snprintf(first, PATH_MAX, "%s", found.gl_pathv[0]);
	if (n)
		globfree(&found);
	return n;
}

/* Writes a journal as a dead or living process would have left it. */
static inline void leave_journal(const char *text, size_t length)
{
	char path[PATH_MAX];

	mkdir(journals, 0700);
	snprintf(path, sizeof path, "%s/left.journal", journals);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	fclose(file);
}

static inline struct verdict recover(unsigned *n, char *said, size_t size)
{
	FILE *say = fmemopen(said, size, "w");

	assert_non_null(say);
	memset(said, 0, size);
	struct verdict v = journal_recover(say, n);
	fclose(say);
	return v;
}

/* A pid that belongs to no process. */
static inline pid_t dead_pid(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	return pid;
}

static inline struct journal *opened(void)
{
	struct journal *journal;
	struct verdict v = journal_open(&journal);

	assert_true(verdict_is_ok(&v));
	return journal;
}

static inline void change(struct journal *journal, const char *path, const char *value)
{
	struct verdict v = journal_change(journal, path, value);

	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
}

static inline int fresh(void **state)
{
	(void)state;
	snprintf(root, sizeof root, "/tmp/journal-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(journals, sizeof journals, "%s/run", root);
	setenv("TLBSCOPE_SYSROOT", root, 1);
	setenv("TLBSCOPE_JOURNAL", journals, 1);
	make(POOL, "3");
	make(THP, "always [madvise] never");
	make(NUMA, "1");
	return 0;
}

static inline int clean(void **state)
{
	char line[128];

	(void)state;
	snprintf(line, sizeof line, "rm -rf '%s'", root);
	return system(line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fresh, clean)

#endif
