#include "output/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int spawn(const char *dir, const char *const argv[], int error_fd, pid_t *child)
{
	posix_spawn_file_actions_t actions;
	int rc = posix_spawn_file_actions_init(&actions);

	if (rc)
		return rc;
	rc = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (!rc)
		rc = posix_spawn_file_actions_adddup2(&actions, error_fd, 2);
	if (!rc)
		rc = posix_spawn_file_actions_addchdir_np(&actions, dir);
	if (!rc)
		rc = posix_spawnp(child, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return rc;
}

/* Reads until the child closes its standard error. False when time is up. What does not fit is
 * thrown away. */
static bool drain(int fd, long deadline, char *text, size_t size)
{
	size_t used = 0;
	char chunk[512];

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		long left = deadline - now_ms();

		if (left <= 0)
			return false;
		int rc = poll(&p, 1, (int)left);
		if (rc == 0)
			return false;
		if (rc < 0 && errno == EINTR)
			continue;
		ssize_t got = read(fd, chunk, sizeof chunk);
		if (got <= 0)
			return true;
		for (ssize_t i = 0; i < got && used + 1 < size; i++)
			text[used++] = chunk[i];
		text[used] = '\0';
	}
}

/* A closed standard error is not yet an exit: the time limit holds for this, too. */
static bool reap(pid_t child, long deadline, int *status)
{
	for (;;) {
		pid_t rc = waitpid(child, status, WNOHANG);

		if (rc == child)
			return true;
		if (rc < 0 && errno != EINTR)
			return false;
		if (now_ms() >= deadline)
			break;
		nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	}
	kill(child, SIGKILL);
	while (waitpid(child, status, 0) < 0 && errno == EINTR)
		;
	return false;
}

/* The line that says what is wrong, which is gnuplot's "FILE line N: …"; else the last one. */
static void one_line(const char *said, char *out, size_t size)
{
	*out = '\0';
	while (*said && !strstr(out, " line ")) {
		size_t length = strcspn(said, "\n"), blank = strspn(said, " \t^");

		if (length > blank)
			snprintf(out, size, "%.*s", (int)(length - blank), said + blank);
		said += length + (said[length] == '\n');
	}
}

struct verdict program_run(const char *dir, const char *const argv[], int timeout_ms)
{
	int fd[2], status = 0;
	char said[4096] = "", line[160];
	pid_t child;

	if (pipe2(fd, O_CLOEXEC))
		return verdict_error("no-pipe", "raise the limit of open files (ulimit -n)",
				     "%s: no pipe: %s", argv[0], strerror(errno));
	int rc = spawn(dir, argv, fd[1], &child);
	close(fd[1]);
	if (rc) {
		close(fd[0]);
		return verdict_skipped("no-program", "install it, or put it on the PATH",
				       "%s cannot be run: %s", argv[0], strerror(rc));
	}
	long deadline = now_ms() + timeout_ms;
	bool in_time = drain(fd[0], deadline, said, sizeof said);
	in_time = reap(child, in_time ? deadline : now_ms(), &status) && in_time;
	close(fd[0]);
	if (!in_time)
		return verdict_error("timeout", "try again on an idle machine",
				     "%s took longer than %d s", argv[0], timeout_ms / 1000);
	one_line(said, line, sizeof line);
	if (status)
		return verdict_error("program-failed", "see docs/figures.md", "%s: %s", argv[0],
				     *line ? line : "failed without a word");
	return verdict_ok();
}

struct verdict gnuplot_run(const char *dir, const char *variables, const char *script)
{
	const char *const argv[] = {"gnuplot", "-d", "-e", variables, script, NULL};
	struct verdict v = program_run(dir, argv, GNUPLOT_TIMEOUT_MS);

	if (v.outcome == OUTCOME_SKIPPED)
		return verdict_skipped("no-gnuplot",
				       "install gnuplot (Debian: apt install gnuplot-nox)",
				       "gnuplot is not installed");
	return v;
}
