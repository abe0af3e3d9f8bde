#include "measure/exclusive.h"

#include "measure/offspring.h"

#include <tlbscope/timer.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define POLL_NS 100000000

static const char turn_name[] = "\0tlbscope-measures"; /* the leading zero makes it abstract */

static int claim_name(int fd)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	memcpy(name.sun_path, turn_name, sizeof turn_name);
	return bind(fd, (struct sockaddr *)&name, sizeof name) ? errno : 0;
}

/* Whatever the environment says: it must be a socket of that name. */
static bool is_lent(void)
{
	struct sockaddr_un name = {0};
	socklen_t size = sizeof name;
	const char *text = getenv(EXCLUSIVE_ENV);

	return text && getsockname(atoi(text), (struct sockaddr *)&name, &size) == 0 &&
	       name.sun_family == AF_UNIX &&
	       memcmp(name.sun_path, turn_name, sizeof turn_name) == 0;
}

struct verdict exclusive_enter(double wait_s, int *turn)
{
	uint64_t deadline = timer_monotonic() + (uint64_t)(wait_s * 1e9);
	bool said = false;

	*turn = -1;
	if (is_lent())
		return verdict_ok();
	*turn = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	while (*turn >= 0 && claim_name(*turn) == EADDRINUSE) {
		if (!said)
			fprintf(
			    stderr,
			    "tlbscope: another run is measuring on this machine; waiting for it\n");
		said = true;
		bool stop = offspring_pending();

		if (!stop && timer_monotonic() < deadline) {
			nanosleep(&(struct timespec){.tv_nsec = POLL_NS}, NULL);
			continue;
		}
		exclusive_leave(*turn);
		*turn = -1;
		if (stop)
			return verdict_error("interrupted", NULL,
					     "interrupted while waiting for another run");
		return verdict_error("busy", "wait until it ends, or end it (pgrep tlbscope)",
				     "another tlbscope has been measuring here for %.0f s", wait_s);
	}
	return verdict_ok();
}

void exclusive_leave(int turn)
{
	if (turn >= 0)
		close(turn);
}
