#include "measure/vmstat.h"

#include "machine/sysfile.h"

#include <stdlib.h>
#include <string.h>

#define VMSTAT_BYTES (64 << 10)

bool vmstat_line(const char *name, uint64_t *out)
{
	static char text[VMSTAT_BYTES]; /* one thread of a process asks */
	size_t length = strlen(name);
	char *rest = text, *line;

	if (sysfile_read("/proc/vmstat", text, sizeof text) <= 0)
		return false;
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, name, length) == 0 && line[length] == ' ') {
			*out = strtoull(line + length + 1, NULL, 10);
			return true;
		}
	return false;
}
