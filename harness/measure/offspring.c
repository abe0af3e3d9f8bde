#include "measure/offspring.h"

#include "machine/topology.h"

#include <tlbscope/timer.h>

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Those that we were asked to ignore (nohup, a shell's background jobs) are left out: blocked, they
 * would be queued all the same. */
static sigset_t stop_signals(void)
{
	static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
		if (sigaction(stops[i], NULL, &action) || action.sa_handler != SIG_IGN)
			sigaddset(&set, stops[i]);
	return set;
}

void offspring_block(sigset_t *old)
{
	sigset_t set = stop_signals();

	signal(SIGCHLD,
	       SIG_DFL); /* ignored by some parents; then there would be nothing to wait for */
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, old);
}

void offspring_unblock(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

int offspring_pending(void)
{
	sigset_t set = stop_signals();
	int signal = sigtimedwait(&set, NULL, &(struct timespec){0});

	return signal > 0 ? signal : 0;
}

static void child(pid_t parent, void (*body)(void *), void *argument)
{
	sigset_t none;

	/* A group of its own: the terminal's Ctrl-C is the supervisor's to handle, and killing the
	 * group takes other-mm responders along. */
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	body(argument);
	_exit(0);
}

/* Forks while bound to `cpu`: the child's mm must never have run anywhere else. */
static pid_t born_on(unsigned cpu, void (*body)(void *), void *argument)
{
	size_t size = CPU_ALLOC_SIZE(8192);
	cpu_set_t *before = CPU_ALLOC(8192);
	bool known = before && sched_getaffinity(0, size, before) == 0;
	struct verdict pinned = cpu_pin(cpu);
	pid_t parent = getpid(), pid = verdict_is_ok(&pinned) ? fork() : -1;

	if (pid == 0)
		child(parent, body, argument);
	if (pid > 0)
		setpgid(pid, pid);
	if (known)
		sched_setaffinity(0, size, before);
	CPU_FREE(before);
	return pid;
}

static void kill_all(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static enum offspring_end reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, WNOHANG) != pid)
		return OFFSPRING_HUNG;
	kill(-pid, SIGKILL);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? OFFSPRING_DONE : OFFSPRING_DIED;
}

enum offspring_end offspring_run(unsigned cpu, void (*body)(void *), void *argument,
				 double deadline_s, int *signal)
{
	uint64_t deadline = timer_monotonic() + (uint64_t)(deadline_s * 1e9);
	pid_t pid = born_on(cpu, body, argument);
	sigset_t set = stop_signals();

	sigaddset(&set, SIGCHLD);
	if (pid < 0)
		return OFFSPRING_NO_FORK;
	for (;;) {
		uint64_t now = timer_monotonic(), left = now < deadline ? deadline - now : 0;
		struct timespec wait = {(time_t)(left / 1000000000), (long)(left % 1000000000)};
		int got = sigtimedwait(&set, NULL, &wait);

		if (got == SIGCHLD) {
			enum offspring_end end = reap(pid);

			if (end != OFFSPRING_HUNG)
				return end;
		} else if (got > 0) {
			*signal = got;
			kill_all(pid);
			return OFFSPRING_INTERRUPTED;
		} else if (errno == EAGAIN) {
			kill_all(pid);
			return OFFSPRING_HUNG;
		}
	}
}
