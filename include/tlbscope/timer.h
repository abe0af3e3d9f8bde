/* The clock of all timed legs.
 *
 * Ticks are the TSC on x86 and CNTVCT on arm64. Both run at a constant rate that is
 * not the core's clock; some guests see them move in steps (26 ticks = 10 ns was
 * seen), which clock_read() measures. Where the kernel does not trust the TSC
 * (clocksource is not tsc), ticks come from clock_gettime(CLOCK_MONOTONIC_RAW).
 */
#ifndef TLBSCOPE_TIMER_H
#define TLBSCOPE_TIMER_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct clock {
	char source[16];      /* "tsc", "cntvct", "clock_gettime" */
	double hz;	      /* ticks a second */
	double resolution_ns; /* usual step between two reads that differ */
	double overhead_ns;   /* of one timer_stamp() */
	double width; /* independent adds a cycle that a core of one's own does; 0: not known */
};

/* Set once by clock_read(), before any worker is forked. */
extern bool timer_uses_syscall;

static inline uint64_t timer_monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* One read, not fenced: between operations that are system calls the call itself
 * orders it, and n operations need n+1 stamps only. */
static inline uint64_t timer_stamp(void)
{
	if (__builtin_expect(timer_uses_syscall, 0))
		return timer_monotonic();
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
	uint64_t t;

	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(t));
	return t;
#else
	return timer_monotonic();
#endif
}

/* Fenced on both sides: for the two ends of a batch of loads and stores. */
static inline uint64_t timer_fenced(void)
{
#if defined(__x86_64__)
	uint64_t t;

	__builtin_ia32_lfence();
	t = timer_stamp();
	__builtin_ia32_lfence();
	return t;
#elif defined(__aarch64__)
	__asm__ volatile("isb" ::: "memory");
	uint64_t t = timer_stamp();
	__asm__ volatile("isb" ::: "memory");
	return t;
#else
	return timer_stamp();
#endif
}

#endif
