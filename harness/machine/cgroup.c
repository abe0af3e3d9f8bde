#include "machine/cgroup.h"

#include "machine/sysfile.h"
#include "machine/textfile.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROC_TEXT_MAX (1u << 20)
#define STAT_TEXT_MAX (16u << 10)

static const struct hierarchy {
	const char *fstype, *option; /* as /proc/self/mountinfo has them */
	const char *mount;	     /* where it lies when mountinfo does not say */
	const char *limit[2], *usage, *cold_cache;
	const char *ours; /* the limit of a group that we make */
	bool kills;	  /* is it a hard one? */
} hierarchies[] = {
    {.fstype = "cgroup2",
     .mount = "/sys/fs/cgroup",
     .limit = {"memory.max",
	       "memory.high"}, /* past high the kernel throttles: no place to measure */
     .usage = "memory.current",
     .cold_cache = "inactive_file ",
     .ours = "memory.high"},
    {.fstype = "cgroup",
     .option = "memory",
     .mount = "/sys/fs/cgroup/memory",
     .limit = {"memory.limit_in_bytes"},
     .usage = "memory.usage_in_bytes",
     .cold_cache = "total_inactive_file ",
     .ours = "memory.limit_in_bytes",
     .kills = true},
};

/* Is word one of a comma separated list that ends at `end`? */
static bool listed(const char *list, const char *end, const char *word)
{
	size_t length = strlen(word);

	while (list < end) {
		size_t span = strcspn(list, ",:\n");
		if (span == length && strncmp(list, word, length) == 0)
			return true;
		list += span + 1;
	}
	return false;
}

/* "4:memory:/a/b" for v1, "0::/a/b" for v2. */
static bool group_of(const struct hierarchy *h, const char *text, char group[PATH_MAX])
{
	for (; text; text = text_after(text, "\n")) {
		const char *controllers = strchr(text, ':');
		const char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path || memchr(text, '\n', (size_t)(path - text)))
			continue;
		if (h->option ? !listed(controllers + 1, path, h->option) : path != controllers + 1)
			continue;
		snprintf(group, PATH_MAX, "%.*s", (int)strcspn(path + 1, "\n"), path + 1);
		return true;
	}
	return false;
}

/* One line of mountinfo: "31 23 0:28 ROOT POINT opts … - FSTYPE source SUPER". */
static bool mount_matches(const struct hierarchy *h, const char *line, char *root, char *point)
{
	char fstype[32], super[256] = "";
	const char *dash = strstr(line, " - "), *end = strchr(line, '\n');

	if (!dash || (end && dash > end))
		return false;
	if (sscanf(line, "%*s %*s %*s %4095s %4095s", root, point) != 2)
		return false;
	if (sscanf(dash, " - %31s %*s %255s", fstype, super) < 1 || strcmp(fstype, h->fstype) != 0)
		return false;
	return !h->option || listed(super, super + strlen(super), h->option);
}

/* Where the hierarchy is mounted, and which of its groups is the root of that mount (a container's
 * own). */
static void mount_of(const struct hierarchy *h, char root[PATH_MAX], char point[PATH_MAX])
{
	char *text = textfile_read("/proc/self/mountinfo", PROC_TEXT_MAX);

	for (const char *line = text; line; line = text_after(line, "\n"))
		if (mount_matches(h, line, root, point))
			goto out;
	snprintf(root, PATH_MAX, "/");
	snprintf(point, PATH_MAX, "%s", h->mount);
out:
	free(text);
}

/* The part of the group's path below the mount; "" where the group is not visible from here. */
static const char *below(const char *root, const char *group)
{
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(group, root, length) != 0 || (group[length] && group[length] != '/'))
		return "";
	group += length;
	return strcmp(group, "/") == 0 || strncmp(group, "/..", 3) == 0 ? "" : group;
}

static bool join(char out[PATH_MAX], const char *dir, const char *file)
{
	return snprintf(out, PATH_MAX, "%s/%s", dir, file) < PATH_MAX;
}

static bool number_in(const char *dir, const char *file, uint64_t *out)
{
	char path[PATH_MAX];

	return join(path, dir, file) && sysfile_read_u64(path, out) == 0;
}

static uint64_t usage_of(const struct hierarchy *h, const char *dir)
{
	char path[PATH_MAX];
	uint64_t usage = 0, cold = 0;

	number_in(dir, h->usage, &usage);
	char *stat = join(path, dir, "memory.stat") ? textfile_read(path, STAT_TEXT_MAX) : NULL;
	if (stat)
		text_number(stat, h->cold_cache, &cold);
	free(stat);
	return usage > cold ? usage - cold : 0;
}

static void look(const struct hierarchy *h, const char *dir, struct cgroup_memory *out)
{
	uint64_t limit = CGROUP_UNLIMITED, number;

	for (unsigned i = 0; i < 2 && h->limit[i]; i++)
		if (number_in(dir, h->limit[i], &number) && number < limit)
			limit = number;
	out->found |= number_in(dir, h->usage, &number);
	if (limit >= 1ull << 62) /* v1 says "none" as the largest multiple of a page */
		return;
	uint64_t usage = usage_of(h, dir);
	uint64_t room = limit > usage ? limit - usage : 0;
	if (limit < out->max_bytes)
		out->max_bytes = limit;
	if (room < out->room_bytes)
		out->room_bytes = room;
}

/* The directory of our own group; *top: how much of it is the mount. */
static bool own_directory(const struct hierarchy *h, const char *groups, char dir[PATH_MAX],
			  size_t *top)
{
	char root[PATH_MAX], point[PATH_MAX], group[PATH_MAX];

	if (!group_of(h, groups, group))
		return false;
	mount_of(h, root, point);
	*top = strlen(point);
	return snprintf(dir, PATH_MAX, "%s%s", point, below(root, group)) < PATH_MAX;
}

/* To the group above. False: there is none. */
static bool go_up(char *dir, size_t top)
{
	char *slash = strrchr(dir, '/');

	if (!slash || (size_t)(slash - dir) < top)
		return false;
	*slash = 0;
	return true;
}

static void climb(const struct hierarchy *h, const char *groups, struct cgroup_memory *out)
{
	char dir[PATH_MAX];
	size_t top;

	if (!own_directory(h, groups, dir, &top))
		return;
	do
		look(h, dir, out);
	while (go_up(dir, top));
}

struct cgroup_memory cgroup_memory_read(void)
{
	struct cgroup_memory memory = {false, CGROUP_UNLIMITED, CGROUP_UNLIMITED};
	char *groups = textfile_read("/proc/self/cgroup", PROC_TEXT_MAX);

	for (unsigned i = 0; groups && i < sizeof hierarchies / sizeof *hierarchies; i++)
		climb(&hierarchies[i], groups, &memory);
	free(groups);
	return memory;
}

/* Of version 2, only groups that hand the controller down may have limited children; no version has
 * the group above ours escape the limits that we are under. */
static bool may_hold_ours(const struct hierarchy *h, const char *dir)
{
	char path[PATH_MAX], text[256];

	if (h->option)
		return join(path, dir, h->limit[0]) && sysfile_exists(path);
	return join(path, dir, "cgroup.subtree_control") &&
	       sysfile_read(path, text, sizeof text) > 0 && strstr(text, "memory");
}

static bool find_place(const struct hierarchy *h, const char *groups, char dir[PATH_MAX])
{
	size_t top;

	if (!own_directory(h, groups, dir, &top))
		return false;
	do
		if (may_hold_ours(h, dir))
			return true;
	while (go_up(dir, top));
	return false;
}

struct verdict cgroup_make(struct journal *journal, struct cgroup *out)
{
	char *groups = textfile_read("/proc/self/cgroup", PROC_TEXT_MAX);
	char dir[PATH_MAX], object[CGROUP_PATH_MAX];

	*out = (struct cgroup){0};
	for (unsigned i = 0;
	     groups && !out->limit_file && i < sizeof hierarchies / sizeof *hierarchies; i++)
		if (find_place(&hierarchies[i], groups, dir)) {
			out->limit_file = hierarchies[i].ours;
			out->kills = hierarchies[i].kills;
		}
	free(groups);
	if (!out->limit_file)
		return verdict_skipped(
		    "no-cgroup", "echo +memory | sudo tee /sys/fs/cgroup/cgroup.subtree_control",
		    "no control group above this process may have children with a memory limit");
	int length = snprintf(object, sizeof object, "cgroup:%s/tlbscope-%d", dir, (int)getpid());

	if (length >= (int)sizeof object)
		return verdict_skipped("no-cgroup", NULL,
				       "the path of our control group is too long");
	strcpy(out->directory, object + strlen("cgroup:"));
	return journal_change(journal, object, "present");
}

bool cgroup_file(const struct cgroup *cgroup, const char *name, char out[CGROUP_PATH_MAX + 64])
{
	return snprintf(out, CGROUP_PATH_MAX + 64, "%s/%s", cgroup->directory, name) <
	       CGROUP_PATH_MAX + 64;
}

static int write_file(const struct cgroup *cgroup, const char *name, const char *text)
{
	char path[CGROUP_PATH_MAX + 64];

	return cgroup_file(cgroup, name, path) ? sysfile_write(path, text) : -ENAMETOOLONG;
}

int cgroup_limit(const struct cgroup *cgroup, uint64_t limit_bytes)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, limit_bytes);
	return write_file(cgroup, cgroup->limit_file, text);
}

/* Lowering the limit frees what former members left. */
struct verdict cgroup_enter(const struct cgroup *cgroup, uint64_t limit_bytes)
{
	int error = cgroup_limit(cgroup, limit_bytes);

	if (!error)
		error = write_file(cgroup, "cgroup.procs", "0"); /* the writer */
	if (!error)
		return verdict_ok();
	return verdict_invalid("no-cgroup", "see dmesg",
			       "%s could not be entered with a limit of %" PRIu64 " MiB: %s",
			       cgroup->directory, limit_bytes >> 20, strerror(-error));
}
