/* Fake machines: a directory that TLBSCOPE_SYSROOT points to, committed or written by the test. */
#ifndef FAKE_TREE_H
#define FAKE_TREE_H

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline void fake_use(const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/sysroot/%s", FIXTURES, name);
	setenv("TLBSCOPE_SYSROOT", path, 1);
}

/* A new empty tree, in use from now on. */
static inline int fake_make(char root[64])
{
	strcpy(root, "/tmp/tlbscope-fake-XXXXXX");
	return mkdtemp(root) ? setenv("TLBSCOPE_SYSROOT", root, 1) : -1;
}

static inline FILE *fake_open(const char *root, const char *path)
{
	char real[PATH_MAX];

	snprintf(real, sizeof real, "%s%s", root, path);
	for (char *at = real + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = 0;
		mkdir(real, 0755);
		*at = '/';
	}
	return fopen(real, "w");
}

static inline void fake_put(const char *root, const char *path, const char *text)
{
	FILE *file = fake_open(root, path);

	if (!file)
		return;
	fputs(text, file);
	fclose(file);
}

static inline void fake_remove(const char *root)
{
	char command[128];

	unsetenv("TLBSCOPE_SYSROOT");
	snprintf(command, sizeof command, "rm -rf '%s'", root);
	if (system(command) != 0)
		fprintf(stderr, "left behind: %s\n", root);
}

#endif
