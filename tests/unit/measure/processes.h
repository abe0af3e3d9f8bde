/* Threads, children and CPUs of the test program itself, as /proc shows them. */
#ifndef TESTS_PROCESSES_H
#define TESTS_PROCESSES_H

#include <ctype.h>
#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* The first two CPUs that we may use. False where there is one. */
static inline bool two_cpus(unsigned cpu[2])
{
	cpu_set_t set;
	unsigned n = 0;

	if (sched_getaffinity(0, sizeof set, &set))
		return false;
	for (unsigned i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	return n == 2;
}

static inline void move_to(pid_t task, unsigned cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(task, sizeof set, &set);
}

/* State letter and parent of a task; 0 where it is gone. */
static inline char task_state(const char *stat_path, pid_t *parent)
{
	FILE *file = fopen(stat_path, "r");
	char line[512] = "", state = 0;
	int ppid = 0;

	if (!file)
		return 0;
	if (fgets(line, sizeof line, file) && strrchr(line, ')'))
		sscanf(strrchr(line, ')'), ") %c %d", &state, &ppid);
	fclose(file);
	if (parent)
		*parent = ppid;
	return state;
}

/* Threads of this process besides the caller's main thread; the last one found goes to *tid. */
static inline unsigned other_threads(pid_t *tid)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	unsigned n = 0;

	while (dir && (entry = readdir(dir)))
		if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid()) {
			n++;
			if (tid)
				*tid = atoi(entry->d_name);
		}
	if (dir)
		closedir(dir);
	return n;
}

/* Processes whose parent is `parent`, dead ones that nobody waited for among them. */
static inline unsigned children_of(pid_t parent, pid_t *child)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	unsigned n = 0;

	while (dir && (entry = readdir(dir))) {
		char path[300];
		pid_t ppid = 0;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
		if (!task_state(path, &ppid) || ppid != parent)
			continue;
		n++;
		if (child)
			*child = atoi(entry->d_name);
	}
	if (dir)
		closedir(dir);
	return n;
}

/* Is the process running or able to (a zombie is not)? */
static inline bool process_lives(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	char state = task_state(path, NULL);
	return state && state != 'Z' && state != 'X';
}

static inline unsigned count_mappings(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	unsigned n = 0;

	for (int c; file && (c = fgetc(file)) != EOF;)
		n += c == '\n';
	if (file)
		fclose(file);
	return n;
}

static inline void sleep_ms(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif
#ifndef UNDER_ASAN
#define UNDER_ASAN 0
#endif

#endif
