/* What will-it-scale's page_fault1 does, without any harness: map 128 MB, write to each page,
 * unmap, again and again in a fresh process. Prints two medians over the repeats, in nanoseconds a
 * page: of the writes alone, which is what bench/fault.c times, and of the whole cycle.
 *
 * cc -O2 bare_page_fault1.c -o bare_page_fault1 && ./bare_page_fault1 CPU
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { REPEATS = 3, PAGE = 4096, BYTES = 128 << 20 };

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *x)
{
	qsort(x, REPEATS, sizeof *x, by_size);
	return x[REPEATS / 2];
}

int main(int argc, char **argv)
{
	double writes[REPEATS], cycle[REPEATS];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(argc > 1 ? atoi(argv[1]) : 0, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	for (int i = -1; i < REPEATS; i++) { /* the first one warms up */
		uint64_t start = now();
		char *at =
		    mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at == MAP_FAILED)
			return 1;
		uint64_t from = now();

		for (long k = 0; k < BYTES; k += PAGE)
			((volatile char *)at)[k] = 1;
		uint64_t to = now();

		munmap(at, BYTES);
		if (i < 0)
			continue;
		writes[i] = (double)(to - from) / (BYTES / PAGE);
		cycle[i] = (double)(now() - start) / (BYTES / PAGE);
	}
	printf("%.1f %.1f\n", median(writes), median(cycle));
	return 0;
}
