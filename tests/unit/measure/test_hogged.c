/* A storm whose responder cannot respond: it sleeps, its CPU is taken, it was moved away, it died;
 * or the kernel does not count. Whatever comes of it, an ok cell had its interrupts. */
#include "measure/clock.h"
#include "measure/session.h"
#include "unit/measure/made_up.h"
#include "unit/measure/processes.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define KEY_OF(state)                                                                              \
	"madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=1/place=core/"     \
	"state=" state
#define KEY    KEY_OF("spin")
#define ROUNDS 3
#define HOGS   4

extern const struct bench bench_madvise, bench_null;
const struct bench *const bench_registry[] = {&bench_madvise, &bench_null, NULL};

static struct plan_context context;
static struct workshop workshop;
static struct clock the_clock;
static struct counter_plan no_counters;

static struct a_run {
	struct plan plan;
	struct result result;
	const struct cell_result *cell;
} run;

static pid_t helper[HOGS];
static unsigned helpers;

static void spin_for_ever(unsigned cpu)
{
	move_to(0, cpu);
	for (;;)
		__asm__ volatile("" ::: "memory");
}

/* One in real time where we may, else several of the highest ordinary priority that we may have. */
static void hog(unsigned cpu)
{
	struct sched_param fifo = {.sched_priority = 50};
	bool real_time;

	do {
		pid_t pid = fork();

		if (pid == 0) {
			setpriority(PRIO_PROCESS, 0, -20);
			spin_for_ever(cpu);
		}
		real_time = sched_setscheduler(pid, SCHED_FIFO, &fifo) == 0;
		helper[helpers++] = pid;
	} while (!real_time && helpers < HOGS);
}

/* Moves every thread of every worker but its first to `cpu`, again and again. */
static void move_responders(unsigned cpu)
{
	pid_t parent = getppid();

	for (;;) {
		pid_t worker = 0;
		char path[64];

		children_of(parent, &worker);
		snprintf(path, sizeof path, "/proc/%d/task", (int)worker);
		DIR *dir = worker != getpid() ? opendir(path) : NULL;
		for (struct dirent *e; dir && (e = readdir(dir));)
			if (atoi(e->d_name) > 0 && atoi(e->d_name) != worker)
				move_to(atoi(e->d_name), cpu);
		if (dir)
			closedir(dir);
	}
}

static void end_helpers(void)
{
	while (helpers) {
		kill(helper[--helpers], SIGKILL);
		waitpid(helper[helpers], NULL, 0);
	}
}

static void storm_of(const char *key)
{
	int interrupted;

	run.plan = plan_must(&context, "quick", ONLY(key));
	result_init(&run.result);
	struct supervise how = {.plan = &run.plan,
				.context = &context,
				.workshop = &workshop,
				.result = &run.result,
				.seed = 1,
				.rounds = ROUNDS,
				.target = 0.05,
				.worker_s = 4,
				.budget_s = 30};
	struct verdict v = supervise_run(&how, &interrupted);

	end_helpers();
	assert_true(verdict_is_ok(&v));
	run.cell = result_find_cell(&run.result, key);
	assert_non_null(run.cell);
	print_message("%s %s\n", run.cell->outcome.code, run.cell->outcome.text);
}

static void storm(void)
{
	storm_of(KEY);
}

static void end_storm(void)
{
	plan_free(&run.plan);
	result_free(&run.result);
}

static const struct metric_result *metric(const char *name)
{
	return cell_find_metric(run.cell, name);
}

static void assert_ok_means_interrupted(void)
{
	const struct cell_result *cell = run.cell;

	for (unsigned i = 0; i < cell->nproofs; i++)
		if (cell->proofs[i].state == PROOF_FAILED)
			assert_false(verdict_is_ok(&cell->outcome));
	/* Each sample is one visit, and only visits that were proved give one. */
	for (unsigned i = 0; metric("ipis") && i < metric("ipis")->nsamples; i++)
		assert_true(metric("ipis")->samples[i] >= 0.95 &&
			    metric("ipis")->samples[i] <= 1.05);
	for (unsigned i = 0; metric("ipis") && metric("gaps") && i < metric("gaps")->nsamples; i++)
		assert_true(metric("gaps")->samples[i] >= 0.95 &&
			    metric("gaps")->samples[i] <= 1.05);
	if (metric("ns"))
		assert_int_equal(metric("ns")->nsamples, cell->rounds);
	if (!verdict_is_ok(&cell->outcome))
		assert_true(cell->outcome.text[0] && cell->outcome.remedy[0]);
}

static unsigned responders_cpu(unsigned *initiator)
{
	struct gang_cpus cpus;
	struct verdict v = topology_gang(
	    context.topology, 0,
	    &(struct gang_spec){.responders = 1, .place = PLACE_CORE, .state = RESPONDER_SPIN},
	    &cpus);

	assert_true(verdict_is_ok(&v));
	*initiator = cpus.initiator;
	return cpus.responder[0];
}

static void undisturbed_or_not_ok_had_its_interrupts(void **state)
{
	(void)state;
	storm();
	assert_ok_means_interrupted();
	end_storm();
}

static void a_hogged_responder_is_never_a_fast_one(void **state)
{
	unsigned initiator;

	(void)state;
	hog(responders_cpu(&initiator));
	storm();
	assert_ok_means_interrupted();
	end_storm();
}

static void a_responder_that_others_move_is_never_a_fast_one(void **state)
{
	unsigned initiator;

	(void)state;
	responders_cpu(&initiator);
	helper[helpers++] = fork();
	if (helper[0] == 0)
		move_responders(initiator);
	storm();
	assert_ok_means_interrupted();
	end_storm();
}

/* Nothing is expected of it, nothing comes, and the cell may be ok all the same. */
static void a_sleeping_responder_is_not_interrupted(void **state)
{
	(void)state;
	storm_of(KEY_OF("sleep"));
	for (unsigned i = 0; metric("ipis") && i < metric("ipis")->nsamples; i++)
		assert_true(metric("ipis")->samples[i] <= 0.05);
	assert_null(metric("gaps"));
	end_storm();
}

/* Kills every process that a worker has. */
static void kill_responders(void)
{
	pid_t parent = getppid();

	for (;;) {
		pid_t worker = 0, responder = 0;

		children_of(parent, &worker);
		if (worker != getpid() && children_of(worker, &responder) && responder > 0)
			kill(responder, SIGKILL);
		sleep_ms(1);
	}
}

/* The run ends, and a cell whose responder died in every visit is not ok. */
static void a_responder_that_died_is_noticed(void **state)
{
	(void)state;
	helper[helpers++] = fork();
	if (helper[0] == 0)
		kill_responders();
	storm_of(KEY_OF("other-mm"));
	if (verdict_is_ok(&run.cell->outcome))
		assert_true(run.cell->rounds > 0);
	else
		assert_true(run.cell->outcome.text[0] && run.cell->outcome.remedy[0]);
	end_storm();
}

static void storm_told(const char *interrupts)
{
	char root[] = "/tmp/hogged.XXXXXX", path[64];

	assert_non_null(mkdtemp(root));
	snprintf(path, sizeof path, "%s/proc", root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/proc/interrupts", root);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(interrupts, file);
	fclose(file);
	snprintf(path, sizeof path, "%s/proc/meminfo", root);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("MemAvailable: 4194304 kB\n", file); /* a worker is not begun without */
	fclose(file);
	setenv("TLBSCOPE_SYSROOT", root, 1);
	storm();
	unsetenv("TLBSCOPE_SYSROOT");
	unlink(path);
	snprintf(path, sizeof path, "%s/proc/interrupts", root);
	unlink(path);
	*strrchr(path, '/') = 0;
	rmdir(path);
	rmdir(root);
}

static const struct proof *proof(const char *what)
{
	for (unsigned i = 0; i < run.cell->nproofs; i++)
		if (strcmp(run.cell->proofs[i].what, what) == 0)
			return &run.cell->proofs[i];
	return NULL;
}

/* A row that stands still says that nobody was interrupted: that storm did not happen, or it cannot
 * be told from one that did not. */
static void a_count_that_stands_still_fails(void **state)
{
	(void)state;
	storm_told("           CPU0       CPU1\n"
		   "TLB:          7          7   TLB shootdowns\n");
	assert_int_equal(run.cell->outcome.outcome, OUTCOME_INVALID);
	assert_int_equal(run.cell->rounds, 0);
	end_storm();
}

/* No row at all: the cell stands on its other witness. Only on Arm that is a broadcast. */
static void a_kernel_that_does_not_count_is_no_failure(void **state)
{
	(void)state;
	storm_told("           CPU0       CPU1\n"
		   "LOC:          7          7   Local timer interrupts\n");
	assert_null(metric("ipis"));
	if (verdict_is_ok(&run.cell->outcome)) {
		assert_int_equal(proof("ipis")->state, PROOF_UNAVAILABLE);
#ifdef __aarch64__
		assert_string_equal(proof("mechanism")->seen, "broadcast");
#else
		assert_int_equal(proof("mechanism")->state, PROOF_UNAVAILABLE);
		assert_string_equal(proof("mechanism")->seen, "unseen");
		assert_int_equal(proof("gaps")->state, PROOF_HELD);
#endif
	}
	end_storm();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(undisturbed_or_not_ok_had_its_interrupts),
	    cmocka_unit_test(a_hogged_responder_is_never_a_fast_one),
	    cmocka_unit_test(a_responder_that_others_move_is_never_a_fast_one),
	    cmocka_unit_test(a_sleeping_responder_is_not_interrupted),
	    cmocka_unit_test(a_responder_that_died_is_noticed),
	    cmocka_unit_test(a_count_that_stands_still_fails),
	    cmocka_unit_test(a_kernel_that_does_not_count_is_no_failure),
	};
	struct topology *topology;
	struct verdict v = topology_load(NULL, &topology);

	if (!verdict_is_ok(&v))
		return 1;
	context.topology = topology;
	machine_view(topology, &context.machine);
	if (!context.machine.responders[PLACE_CORE])
		return SKIP_TEST;
	clock_read(&the_clock);
	workshop = (struct workshop){.clock = &the_clock,
				     .counters = &no_counters,
				     .nrecords = 16,
				     .memory_bytes = 256 << 20};
	workshop.records = mmap(NULL, workshop.nrecords * sizeof *workshop.records,
				PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	topology_free(topology);
	return failed;
}
