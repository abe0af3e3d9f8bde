/* The same madvise(DONTNEED) of one page as bench/madvise.c times, without any harness: a loop in a
 * fresh process. What tlbscope reports for 0 responders is held against this. Prints the median in
 * nanoseconds, and the company that its core had: independent adds for each one that waits for the
 * last, the lesser of before and after.
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

#define ADDS	8000
#define ADD	"add %1, %0\n\t"
#define ADD8	ADD ADD ADD ADD ADD ADD ADD ADD
#define EACH(x) "add %8, %" #x "\n\t"

#if defined(__x86_64__)
static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t in_turn(void)
{
	uint64_t x = 0, one = 1, t = now();

	for (int i = 0; i < ADDS / 8; i++)
		__asm__ volatile(ADD8 : "+r"(x) : "r"(one));
	return now() - t;
}

static uint64_t at_once(void)
{
	uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, one = 1, t = now();

	for (int i = 0; i < ADDS / 8; i++)
		__asm__ volatile(EACH(0) EACH(1) EACH(2) EACH(3) EACH(4) EACH(5) EACH(6) EACH(7)
				 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g),
				   "+r"(h)
				 : "r"(one));
	return now() - t;
}

#endif

/* The best of three each: an interrupt is not company. */
static double width(void)
{
#if defined(__x86_64__)
	uint64_t slow = UINT64_MAX, fast = UINT64_MAX;

	for (int i = 0; i < 3; i++) {
		slow = least(slow, in_turn());
		fast = least(fast, at_once());
	}
	return (double)slow / (double)fast;
#else
	return 0;
#endif
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
	double rate = ticks_per_ns(), before = 0, after;

	for (int batch = 0; batch < 2; batch++) { /* the first one warms up */
		for (int i = 0; i < OPS; i++)
			at[i * PAGE] = 1;
		before = width();
		for (int i = 0; i < OPS; i++) {
			uint64_t t = now();

			madvise(at + i * PAGE, PAGE, MADV_DONTNEED);
			took[i] = now() - t;
		}
	}
	after = width();
	qsort(took, OPS, sizeof *took, by_size);
	printf("%.1f %.2f\n", (double)took[OPS / 2] / rate, before < after ? before : after);
	return 0;
}
