#include "lab/program.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <signal.h>

static void child(const char *const *argv, const char *directory, int out, int err)
{
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (directory && chdir(directory))
		_exit(127);
	dup2(open("/dev/null", O_RDONLY), 0);
	dup2(out, 1);
	dup2(err, 2);
	execvp(argv[0], (char *const *)argv);
	_exit(127);
}

static void read_start(FILE *file, char *out, size_t size)
{
	rewind(file);
	out[fread(out, 1, size - 1, file)] = 0;
}

static void read_last_line(FILE *file, char *out, size_t size)
{
	char line[1024];

	*out = 0;
	rewind(file);
	while (fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			snprintf(out, size, "%s", line);
	}
}

int run_program(const char *const *argv, const char *directory, char *out, size_t out_size,
		char *last, size_t last_size)
{
	FILE *stdout_of = tmpfile(), *stderr_of = tmpfile();
	int status = -1, code = -1;
	pid_t pid = stdout_of && stderr_of ? fork() : -1;

	if (pid == 0)
		child(argv, directory, fileno(stdout_of), fileno(stderr_of));
	if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		code = WEXITSTATUS(status);
	if (out && stdout_of)
		read_start(stdout_of, out, out_size);
	if (last && stderr_of)
		read_last_line(stderr_of, last, last_size);
	if (stderr_of)
		fclose(stderr_of);
	if (stdout_of)
		fclose(stdout_of);
	return code;
}

bool program_exists(const char *name)
{
	const char *path = getenv("PATH");
	char file[4096];

	for (const char *at = path; at && *at;) {
		size_t n = strcspn(at, ":");

		snprintf(file, sizeof file, "%.*s/%s", (int)n, at, name);
		if (n && access(file, X_OK) == 0)
			return true;
		at += n + (at[n] == ':');
	}
	return false;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info, (void)type, (void)where;
	remove(path);
	return 0;
}

void directory_remove(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
