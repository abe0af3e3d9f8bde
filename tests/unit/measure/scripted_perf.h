/* A kernel that does what a test says: the seams of harness/measure/counters.h. Included by the
 * programs that test counters, one to a program. */
#ifndef TESTS_SCRIPTED_PERF_H
#define TESTS_SCRIPTED_PERF_H

#include "measure/counters.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct counter_plan plan;

#define FDS_MAX 256

static struct {
	int hardware, software; /* errno for events of that sort, 0: they open */
	int raw;		/* errno for PERF_TYPE_RAW alone */
	unsigned open_limit;	/* opens until EMFILE; 0: none */
	unsigned group_limit;	/* events to a hardware group until EINVAL; 0: none */
	int control;		/* errno of enabling */
	bool end_of_file;	/* reads give nothing */
	double running;		/* share of the enabled time that groups run */
	unsigned opens;
	struct {
		bool open, on;
		int leader;
		unsigned n; /* of the group, in its leader */
		struct perf_event_attr attr;
		uint64_t enabled, running, value;
	} fd[FDS_MAX];
} script;

static perf_open_fn *real_open;
static perf_read_fn *real_read;
static perf_control_fn *real_control;
static cpu_identify_fn *real_identify;

static bool is_software(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT;
}

static int refused(const struct perf_event_attr *attr, int group_fd)
{
	int error = is_software(attr) ? script.software : script.hardware;

	if (attr->type == PERF_TYPE_RAW && script.raw)
		error = script.raw;
	if (script.open_limit && script.opens >= script.open_limit)
		error = EMFILE;
	if (!error && !is_software(attr) && group_fd >= 0 && script.group_limit &&
	    script.fd[group_fd].n >= script.group_limit)
		error = EINVAL;
	return error;
}

static int scripted_open(struct perf_event_attr *attr, int pid, int cpu, int group_fd,
			 unsigned long flags)
{
	int error = refused(attr, group_fd);

	assert_int_equal(pid, 0);
	assert_int_equal(cpu, -1);
	assert_int_equal(flags, PERF_FLAG_FD_CLOEXEC);
	assert_int_equal(attr->size, sizeof *attr);
	if (error) {
		errno = error;
		return -1;
	}
	script.opens++;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	assert_in_range(fd, 0, FDS_MAX - 1);
	memset(&script.fd[fd], 0, sizeof script.fd[fd]);
	script.fd[fd].open = true;
	script.fd[fd].attr = *attr;
	script.fd[fd].leader = group_fd < 0 ? fd : group_fd;
	script.fd[script.fd[fd].leader].n++;
	return fd;
}

/* Between enabling and disabling, 1000 ns pass and each event happens as often as its config says.
 */
static int scripted_control(int fd, unsigned long request)
{
	assert_true(script.fd[fd].open && script.fd[fd].leader == fd);
	if (script.control) {
		errno = script.control;
		return -1;
	}
	script.fd[fd].on = request == PERF_EVENT_IOC_ENABLE;
	for (int i = 0; i < FDS_MAX && !script.fd[fd].on; i++) {
		if (!script.fd[i].open || script.fd[i].leader != fd)
			continue;
		script.fd[i].enabled += 1000;
		script.fd[i].running += (uint64_t)(1000 * script.running);
		script.fd[i].value += (uint64_t)((double)script.fd[i].attr.config * script.running);
	}
	return 0;
}

static ssize_t scripted_read(int fd, void *out, size_t size)
{
	uint64_t *word = out;
	unsigned n = 0;

	if (script.end_of_file)
		return 0;
	assert_true(size >= (3 + script.fd[fd].n) * sizeof *word);
	word[1] = script.fd[fd].enabled;
	word[2] = script.fd[fd].running;
	for (int i = 0; i < FDS_MAX; i++)
		if (script.fd[i].open && script.fd[i].leader == fd)
			word[3 + n++] = script.fd[i].value;
	word[0] = n;
	return (ssize_t)((3 + n) * sizeof *word);
}

static void a_skylake(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"GenuineIntel", 6, 0x55};
}

static int scripted(void **state)
{
	(void)state;
	memset(&script, 0, sizeof script);
	script.running = 1;
	counters_perf_open = scripted_open;
	counters_perf_read = scripted_read;
	counters_perf_control = scripted_control;
	counters_identify = a_skylake;
	return 0;
}

static int unscripted(void **state)
{
	(void)state;
	counters_perf_open = real_open;
	counters_perf_read = real_read;
	counters_perf_control = real_control;
	counters_identify = real_identify;
	unsetenv("TLBSCOPE_SYSROOT");
	return 0;
}

static const struct counter *find(const char *id)
{
	for (unsigned i = 0; i < plan.n; i++)
		if (strcmp(plan.counter[i].info.id, id) == 0)
			return &plan.counter[i];
	fail_msg("the plan has no %s", id);
	return NULL;
}

__attribute__((unused)) static unsigned index_of(const char *id)
{
	return (unsigned)(find(id) - plan.counter);
}

__attribute__((unused)) static bool is_hardware(const struct counter *c)
{
	return !is_software(&c->attr);
}

__attribute__((unused)) static unsigned open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* The body runs in a child, as an ordinary user on demand; its result is the exit code, 0 for true.
 */
__attribute__((unused)) static int in_a_child(bool (*body)(void), bool ordinary)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		bool drop = ordinary && geteuid() == 0;
		bool good = !drop || (setgid(65534) == 0 && setuid(65534) == 0);
		_exit(good && body() ? 0 : 1);
	}
	assert_true(child > 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

__attribute__((unused)) static struct counter_set *
    open_set(struct verdict (*how)(const struct counter_plan *, struct counter_set **))
{
	struct counter_set *set = NULL;
	struct verdict v = how(&plan, &set);

	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
	return set;
}

/* Before main's first test: what the seams were. */
static void remember_the_real_kernel(void)
{
	real_open = counters_perf_open;
	real_read = counters_perf_read;
	real_control = counters_perf_control;
	real_identify = counters_identify;
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, scripted, unscripted)

#endif
