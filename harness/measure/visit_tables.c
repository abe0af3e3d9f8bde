/* What page tables take, as the kernel accounts them. */
#include "measure/visit_internal.h"

#include "machine/sysfile.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_BYTES 8192
#define TRIES	     1000
#define TRY_US	     200

static bool read_status(pid_t pid, char out[STATUS_BYTES])
{
	char path[32];

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	return sysfile_read(path, out, STATUS_BYTES) > 0;
}

static bool tables_in(const char *status, uint64_t *bytes)
{
	const char *line = strstr(status, "\nVmPTE:");

	if (!line)
		return false;
	*bytes = strtoull(line + strlen("\nVmPTE:"), NULL, 10) << 10;
	return true;
}

bool visit_tables(uint64_t *bytes)
{
	char status[STATUS_BYTES];

	return read_status(getpid(), status) && tables_in(status, bytes);
}

/* Until it sleeps it may still fault in what it runs on. */
bool visit_sharer_tables(const struct visit *visit, uint64_t *bytes)
{
	const struct visit_harness *harness = visit->harness;
	char status[STATUS_BYTES];

	for (unsigned i = 0; harness->sharer && i < TRIES; i++) {
		if (!read_status(harness->sharer, status))
			return false;
		if (strstr(status, "\nState:\tS"))
			return tables_in(status, bytes);
		usleep(TRY_US);
	}
	return false;
}
