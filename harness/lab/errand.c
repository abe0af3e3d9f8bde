#include "lab/errand.h"

#include "measure/exclusive.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct words {
	const char *word[ERRAND_WORDS_MAX + 1];
	unsigned n;
	char rounds[16], seed[32];
};

static void add(struct words *words, const char *word)
{
	if (words->n < ERRAND_WORDS_MAX)
		words->word[words->n++] = word;
}

static void add_option(struct words *words, const char *option, const char *value)
{
	add(words, option);
	add(words, value);
}

static bool says_run(const struct errand *e)
{
	for (unsigned i = 1; i < e->ncommand; i++)
		if (strcmp(e->command[i], "run") == 0)
			return true;
	return false;
}

static bool spell(const struct errand *e, struct words *words)
{
	*words = (struct words){0};
	for (unsigned i = 0; i < e->ncommand; i++)
		add(words, e->command[i]);
	if (!says_run(e))
		add(words, "run");
	add(words, "--bare");
	add_option(words, "--output", e->dir);
	snprintf(words->seed, sizeof words->seed, "%llu", (unsigned long long)e->seed);
	add_option(words, "--seed", words->seed);
	snprintf(words->rounds, sizeof words->rounds, "%u", e->rounds);
	if (e->rounds)
		add_option(words, "--rounds", words->rounds);
	for (unsigned i = 0; i < e->noptions; i++)
		add(words, e->options[i]);
	return words->n < ERRAND_WORDS_MAX;
}

/* Its own environment: ours, and the turn. */
static char **lend_turn(int turn, char text[64])
{
	unsigned n = 0, kept = 0;

	while (environ[n])
		n++;
	char **lent = calloc(n + 2, sizeof *lent);

	for (unsigned i = 0; lent && i < n; i++)
		if (strncmp(environ[i], EXCLUSIVE_ENV "=", sizeof EXCLUSIVE_ENV) != 0)
			lent[kept++] = environ[i];
	snprintf(text, 64, EXCLUSIVE_ENV "=%d", turn);
	if (lent && turn >= 0)
		lent[kept] = text;
	return lent;
}

static int start(const struct words *words, const char *log, int turn, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	char text[64], **lent = lend_turn(turn, text);
	int error = lent ? 0 : ENOMEM;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	posix_spawn_file_actions_adddup2(&actions, 1, 2);
	if (turn >= 0) /* the same number: stays open */
		posix_spawn_file_actions_adddup2(&actions, turn, turn);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	if (!error)
		error = posix_spawnp(pid, words->word[0], &actions, &attributes,
				     (char *const *)words->word, lent);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free(lent);
	return error;
}

/* Passes a stop signal on, and waits all the same: the run puts back what it changed. */
static int await(pid_t pid, int *stopped)
{
	sigset_t signals;
	int status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGCHLD);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		int signal = sigwaitinfo(&signals, NULL);

		if (signal <= 0 || signal == SIGCHLD)
			continue;
		*stopped = signal;
		kill(pid, signal);
	}
	return status;
}

static const char *called(const struct errand *e)
{
	return e->who ? e->who : e->command[0];
}

/* The last line that it printed. */
static void last_words(const char *log, char *out, size_t size)
{
	char line[1024];
	FILE *file = fopen(log, "r");

	snprintf(out, size, "it said nothing");
	while (file && fgets(line, sizeof line, file)) {
		line[strcspn(line, "\n")] = 0;
		if (*line)
			snprintf(out, size, "%.*s", (int)size - 1, line);
	}
	if (file)
		fclose(file);
	for (char *c = out; *c; c++)
		if ((unsigned char)*c < ' ')
			*c = '?';
}

static struct verdict failed(const struct errand *e, int status, const char *log)
{
	char words[140], how[40], remedy[140];

	last_words(log, words, sizeof words);
	if (WIFSIGNALED(status))
		snprintf(how, sizeof how, "died of signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof how, "ended with code %d", WEXITSTATUS(status));
	snprintf(remedy, sizeof remedy, "see %.100s, or try it by hand", log);
	return verdict_error("side-failed", remedy, "%.50s %s: %s", called(e), how, words);
}

static struct verdict no_result(const struct errand *e, const char *log)
{
	char remedy[140];

	snprintf(remedy, sizeof remedy, "see %.130s", log);
	return verdict_error("side-failed", remedy, "%.100s wrote no result", called(e));
}

struct verdict errand_directory(const char *dir)
{
	char part[4096];

	snprintf(part, sizeof part, "%s/", dir);
	for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		if (mkdir(part, 0777) && errno != EEXIST)
			return verdict_error("no-output", "choose another place with --output",
					     "cannot make %.150s: %s", part, strerror(errno));
		*slash = '/';
	}
	return verdict_ok();
}

struct verdict errand_run(const struct errand *e, struct result *out)
{
	struct words words;
	char log[4200], path[4200];
	pid_t pid;
	int stopped = 0;

	result_init(out);
	snprintf(log, sizeof log, "%s/log.txt", e->dir);
	if (!spell(e, &words))
		return verdict_error("bad-option", "put them into a script",
				     "a side has more than %d words", ERRAND_WORDS_MAX);
	struct verdict verdict = errand_directory(e->dir);

	if (!verdict_is_ok(&verdict))
		return verdict;
	snprintf(path, sizeof path, "%s/result.json", e->dir);
	unlink(path);
	int error = start(&words, log, e->turn, &pid);

	int status = error ? 0 : await(pid, &stopped);

	if (error || stopped)
		errand_clean(e->dir);
	if (error)
		return verdict_error("no-side", "name a program, by path or in PATH",
				     "cannot start %.150s: %s", words.word[0], strerror(error));
	if (stopped)
		return verdict_error("interrupted", NULL, "interrupted");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return failed(e, status, log);
	if (access(path, F_OK) != 0)
		return no_result(e, log);
	return result_load(e->dir, out);
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
	(void)info;
	(void)type;
	(void)where;
	return remove(path);
}

void errand_clean(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
