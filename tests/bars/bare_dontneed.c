/* The same madvise(DONTNEED) of one page as bench/madvise.c times, without any harness: a loop in a
 * fresh process. What tlbscope reports for 0 responders is held against this. Prints the median in
 * nanoseconds.
 *
 * cc -O2 bare_dontneed.c -o bare_dontneed && ./bare_dontneed CPU
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

enum { OPS = 512, PAGE = 4096 };

static uint64_t now(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

static double ticks_per_ns(void)
{
	struct timespec a, b;
	uint64_t t0 = now();

	clock_gettime(CLOCK_MONOTONIC_RAW, &a);
	do
		clock_gettime(CLOCK_MONOTONIC_RAW, &b);
	while ((b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec) < 20000000);
	return (double)(now() - t0) /
	       (double)((b.tv_sec - a.tv_sec) * 1000000000 + (b.tv_nsec - a.tv_nsec));
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static uint64_t took[OPS];
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(argc > 1 ? atoi(argv[1]) : 0, &cpus);
	sched_setaffinity(0, sizeof cpus, &cpus);
	char *at =
	    mmap(NULL, OPS * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		return 1;
	madvise(at, OPS * PAGE, MADV_NOHUGEPAGE);
	double rate = ticks_per_ns();

	for (int batch = 0; batch < 2; batch++) { /* the first one warms up */
		for (int i = 0; i < OPS; i++)
			at[i * PAGE] = 1;
		for (int i = 0; i < OPS; i++) {
			uint64_t t = now();

			madvise(at + i * PAGE, PAGE, MADV_DONTNEED);
			took[i] = now() - t;
		}
	}
	qsort(took, OPS, sizeof *took, by_size);
	printf("%.1f\n", (double)took[OPS / 2] / rate);
	return 0;
}
