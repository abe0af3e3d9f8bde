/* The work of will-it-scale's tlb_flush2 in two threads, without any harness: each writes a page of
 * its own, drops it (MADV_DONTNEED) and reads it back. What `tlbscope run --only rivals` reports is
 * held against this. Prints operations a second, of both threads together; a burst as short as the
 * harness's legs can run twice as fast as what is kept up.
 *
 * cc -O2 -pthread bare_tlb_flush2.c -o bare_tlb_flush2 && ./bare_tlb_flush2 CPU CPU [OPERATIONS]
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { PAGES = 256, PAGE = 4096 };

static int ops = 20000; /* of each thread */

struct thread {
	int cpu;
	char *pages;
	unsigned wrong;
};

static atomic_uint ready;

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *flush(void *argument)
{
	struct thread *thread = argument;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(thread->cpu, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	atomic_fetch_add(&ready, 1);
	while (atomic_load(&ready) < 2)
		;
	for (int i = 0; i < ops; i++) {
		volatile char *at = thread->pages + i % PAGES * PAGE;

		*at = 1;
		madvise((void *)at, PAGE, MADV_DONTNEED);
		thread->wrong += *at != 0;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	struct thread thread[2];
	pthread_t id[2];

	ops = argc > 3 ? atoi(argv[3]) : ops;
	for (int i = 0; i < 2; i++) {
		thread[i].cpu = argc > i + 1 ? atoi(argv[i + 1]) : i;
		thread[i].wrong = 0;
		thread[i].pages = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (thread[i].pages == MAP_FAILED)
			return 1;
		madvise(thread[i].pages, PAGES * PAGE, MADV_NOHUGEPAGE);
	}
	double from = seconds();

	for (int i = 0; i < 2; i++)
		if (pthread_create(&id[i], NULL, flush, &thread[i]))
			return 1;
	for (int i = 0; i < 2; i++)
		pthread_join(id[i], NULL);
	printf("%.0f\n", 2 * ops / (seconds() - from));
	return thread[0].wrong || thread[1].wrong;
}
