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
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct counter_plan plan;

#define FDS_MAX 256

static struct {
	int hardware, software; /* errno for events of that sort, 0: they open */
	int raw;		/* errno for PERF_TYPE_RAW alone */
	int paranoid;		/* 2: no kernel mode, 3 and up: nothing, for whoever asks */
	int cpu_wide;		/* errno for events of a whole CPU, from this one on */
	int cpu_wide_from;
	int filter;	      /* errno of setting one */
	bool can_rdpmc;	      /* hardware events have a page that user mode may read */
	bool off_pmu;	      /* and are not on the PMU now */
	unsigned open_limit;  /* opens until EMFILE; 0: none */
	unsigned group_limit; /* events to a hardware group until EINVAL; 0: none */
	int control;	      /* errno of enabling */
	bool end_of_file;     /* reads give nothing */
	double running;	      /* share of the enabled time that groups run */
	unsigned opens, rdpmcs, reads;
	struct {
		bool open, on;
		int leader;
		unsigned n; /* of the group, in its leader */
		struct perf_event_attr attr;
		int cpu;
		char filter[24];
		struct perf_event_mmap_page page;
		uint64_t enabled, running, value;
	} fd[FDS_MAX];
} script;

static perf_open_fn *real_open;
static perf_read_fn *real_read;
static perf_control_fn *real_control;
static perf_filter_fn *real_filter;
static perf_map_fn *real_map;
static perf_unmap_fn *real_unmap;
static perf_rdpmc_fn *real_rdpmc;
static cpu_identify_fn *real_identify;
static pmu_present_fn *real_present;

static bool is_software(const struct perf_event_attr *attr)
{
	return attr->type == PERF_TYPE_SOFTWARE || attr->type == PERF_TYPE_TRACEPOINT;
}

static int refused(const struct perf_event_attr *attr, int cpu, int group_fd)
{
	int error = is_software(attr) ? script.software : script.hardware;

	if (attr->type == PERF_TYPE_RAW && script.raw)
		error = script.raw;
	if (script.paranoid >= 3 || (script.paranoid == 2 && (!attr->exclude_kernel || cpu >= 0)))
		error = EACCES;
	if (cpu >= 0 && cpu >= script.cpu_wide_from && script.cpu_wide)
		error = script.cpu_wide;
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
	int error = refused(attr, cpu, group_fd);

	assert_true((pid == 0 && cpu == -1) || (pid == -1 && cpu >= 0));
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
	script.fd[fd].cpu = cpu;
	script.fd[fd].leader = group_fd < 0 ? fd : group_fd;
	script.fd[script.fd[fd].leader].n++;
	return fd;
}

static int scripted_filter(int fd, const char *filter)
{
	assert_true(script.fd[fd].open);
	assert_int_equal(script.fd[fd].attr.type, PERF_TYPE_TRACEPOINT);
	if (script.filter) {
		errno = script.filter;
		return -1;
	}
	snprintf(script.fd[fd].filter, sizeof script.fd[fd].filter, "%s", filter);
	return 0;
}

#define PMC_WIDTH 48
#define PMC_BEGAN 1000000

/* As the kernel keeps it: an offset, and the counter's own bits on top. */
static void write_page(int fd)
{
	struct perf_event_mmap_page *page = &script.fd[fd].page;

	page->lock += 2;
	page->cap_user_rdpmc = script.can_rdpmc;
	page->index = script.off_pmu ? 0 : (uint32_t)fd + 1;
	page->pmc_width = PMC_WIDTH;
	page->offset = PMC_BEGAN; /* the counter itself is below zero: its sign must be extended */
	page->time_enabled = script.fd[fd].enabled;
	page->time_running = script.fd[fd].running;
}

static void *scripted_map(int fd)
{
	assert_true(script.fd[fd].open && !is_software(&script.fd[fd].attr));
	if (!script.can_rdpmc)
		return NULL;
	write_page(fd);
	return &script.fd[fd].page;
}

static void scripted_unmap(void *page)
{
	assert_non_null(page);
}

static uint64_t scripted_rdpmc(uint32_t counter)
{
	script.rdpmcs++;
	return (script.fd[counter].value - PMC_BEGAN) & ((1ull << PMC_WIDTH) - 1);
}

/* An entry whose file was closed may lie there until its number is used again. */
static bool is_open(int fd)
{
	return script.fd[fd].open && fcntl(fd, F_GETFD) >= 0;
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
	for (int i = 0; i < FDS_MAX; i++) {
		if (!is_open(i) || script.fd[i].leader != fd)
			continue;
		write_page(i);
		if (script.fd[fd].on)
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

	script.reads++;
	if (script.end_of_file)
		return 0;
	assert_true(size >= (3 + script.fd[fd].n) * sizeof *word);
	word[1] = script.fd[fd].enabled;
	word[2] = script.fd[fd].running;
	for (int i = 0; i < FDS_MAX; i++)
		if (is_open(i) && script.fd[i].leader == fd)
			word[3 + n++] = script.fd[i].value;
	word[0] = n;
	return (ssize_t)((3 + n) * sizeof *word);
}

static void a_skylake(struct cpu_identity *out)
{
	*out = (struct cpu_identity){"GenuineIntel", 6, 0x55};
}

/* libpfm4 would tell of the CPU that runs this test. */
static bool no_pmu_present(const char *name, size_t length)
{
	(void)name, (void)length;
	return false;
}

static int scripted(void **state)
{
	(void)state;
	memset(&script, 0, sizeof script);
	script.running = 1;
	counters_perf_open = scripted_open;
	counters_perf_read = scripted_read;
	counters_perf_control = scripted_control;
	counters_perf_filter = scripted_filter;
	counters_perf_map = scripted_map;
	counters_perf_unmap = scripted_unmap;
	counters_perf_rdpmc = scripted_rdpmc;
	counters_identify = a_skylake;
	counters_pmu_present = no_pmu_present;
	return 0;
}

static int unscripted(void **state)
{
	(void)state;
	counters_perf_open = real_open;
	counters_perf_read = real_read;
	counters_perf_control = real_control;
	counters_perf_filter = real_filter;
	counters_perf_map = real_map;
	counters_perf_unmap = real_unmap;
	counters_perf_rdpmc = real_rdpmc;
	counters_identify = real_identify;
	counters_pmu_present = real_present;
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
	return c->scope == SCOPE_THREAD && !is_software(&c->attr);
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

/* A fake machine with this one file, whatever this machine says. */
__attribute__((unused)) static bool fake_root(const char *file, const char *text)
{
	char path[300], dir[] = "/tmp/counters-XXXXXX", *slash;

	if (!getenv("TLBSCOPE_SYSROOT")) {
		if (!mkdtemp(dir))
			return false;
		chmod(dir, 0755);
		setenv("TLBSCOPE_SYSROOT", dir, 1);
	}
	int top = snprintf(path, sizeof path, "%s", getenv("TLBSCOPE_SYSROOT"));
	snprintf(path + top, sizeof path - (size_t)top, "%s", file);
	for (slash = strchr(path + top + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
	FILE *out = fopen(path, "w");
	bool good = out && fputs(text, out) >= 0;
	return out && fclose(out) == 0 && good;
}

__attribute__((unused)) static void drop_fake_root(void)
{
	char command[300];

	snprintf(command, sizeof command, "rm -r '%s'", getenv("TLBSCOPE_SYSROOT"));
	assert_int_equal(system(command), 0);
	unsetenv("TLBSCOPE_SYSROOT");
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
	real_filter = counters_perf_filter;
	real_map = counters_perf_map;
	real_unmap = counters_perf_unmap;
	real_rdpmc = counters_perf_rdpmc;
	real_identify = counters_identify;
	real_present = counters_pmu_present;
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, scripted, unscripted)

#endif
