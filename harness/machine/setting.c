#include "machine/setting.h"
#include "machine/object.h"
#include "machine/sysfile.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

const char *setting_pool(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && !strcmp(name, "/nr_hugepages") ? name : NULL;
}

int setting_read(const char *path, char *out)
{
	if (object_has_scheme(path))
		return object_read(path, out, SETTING_VALUE_MAX);
	ssize_t length = sysfile_read(path, out, SETTING_VALUE_MAX);
	char *open = strchr(out, '['), *close = open ? strchr(open, ']') : NULL;
	const char *pool = setting_pool(path);
	char sibling[PATH_MAX];
	uint64_t all, surplus;

	if (length < 0)
		return (int)length;
	if (length == 0 || length >= SETTING_VALUE_MAX - 1)
		return -EINVAL;
	if (close) {
		*close = 0;
		memmove(out, open + 1, (size_t)(close - open));
	}
	if (!pool)
		return strpbrk(out, "\t\n") ? -EINVAL : 0;
	snprintf(sibling, sizeof sibling, "%.*s/surplus_hugepages", (int)(pool - path), path);
	if (!sysfile_read_u64(sibling, &surplus) && !sysfile_read_u64(path, &all) && surplus <= all)
		snprintf(out, SETTING_VALUE_MAX, "%" PRIu64, all - surplus);
	return 0;
}

static bool is_zram_size(const char *path)
{
	const char *name = strrchr(path, '/');

	return !strncmp(path, "/sys/block/zram", 15) && name && !strcmp(name, "/disksize");
}

int setting_write(const char *path, const char *value)
{
	unsigned long long number;
	char sibling[PATH_MAX];

	if (object_has_scheme(path))
		return object_write(path, value);
	if (!is_zram_size(path) || !setting_number(value, &number) || number)
		return sysfile_write(path, value);
	snprintf(sibling, sizeof sibling, "%.*s/reset", (int)(strrchr(path, '/') - path), path);
	return sysfile_write(sibling, "1");
}

void setting_command(const char *path, const char *value, char *out, size_t size)
{
	if (object_has_scheme(path))
		object_command(path, value, out, size);
	else
		snprintf(out, size, "echo %s | sudo tee %s", value, path);
}

bool setting_number(const char *text, unsigned long long *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 0);
	return end != text && !*end && !errno && *text != '-';
}

bool setting_same(const char *a, const char *b)
{
	unsigned long long x, y;

	return !strcmp(a, b) || (setting_number(a, &x) && setting_number(b, &y) && x == y);
}

bool setting_is(const char *path)
{
	return (!strncmp(path, "/sys/", 5) || !strncmp(path, "/proc/sys/", 10) ||
		object_is(path)) &&
	       !strstr(path, "/..") && !strpbrk(path, "\t\n") && strlen(path) < SETTING_PATH_MAX;
}
