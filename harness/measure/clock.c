#include "measure/clock.h"

#include "machine/sysfile.h"
#include "stats/stats.h"

#include <string.h>

bool timer_uses_syscall;

#define CALIBRATE_ROUNDS 20 /* of 16 × 256 adds: 20 µs at 4 GHz */
#define CALIBRATE_ADDS	 (16.0 * 256 * CALIBRATE_ROUNDS)
#define RATE_WINDOW_NS	 20000000u
#define WIDTH_ROUNDS	 1000 /* of 16 adds: 1 µs at 4 GHz and four a cycle */

/* The kernel demotes an unstable TSC to another clock source; then we must not use it either. */
static bool counter_is_trusted(void)
{
#if defined(__x86_64__)
	char source[32];

	if (sysfile_read("/sys/devices/system/clocksource/clocksource0/current_clocksource", source,
			 sizeof source) < 0)
		return true;
	/* kvm-clock is computed from an invariant TSC. */
	return !strcmp(source, "tsc") || !strcmp(source, "kvm-clock") ||
	       !strcmp(source, "hyperv_clocksource_tsc_page");
#elif defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

static double measure_hz(void)
{
	uint64_t ns0 = timer_monotonic(), t0 = timer_fenced(), ns1;

	do
		ns1 = timer_monotonic();
	while (ns1 - ns0 < RATE_WINDOW_NS);
	return (double)(timer_fenced() - t0) * 1e9 / (double)(ns1 - ns0);
}

/* The usual step between two reads that differ. The smallest would flatter: a clock that moves by
 * 26 ticks is now and then caught at 1 + 25. */
static uint64_t measure_step(void)
{
	enum { N = 1001 };
	double step[N];
	size_t n = 0;

	for (uint64_t last = timer_stamp(); n < N;) {
		uint64_t now = timer_stamp();

		if (now != last)
			step[n++] = (double)(now - last);
		last = now;
	}
	stats_sort(step, N);
	return (uint64_t)stats_median(step, N);
}

static double measure_overhead(void)
{
	enum { N = 10000 };
	uint64_t t0 = timer_fenced();

	for (int i = 0; i < N; i++) {
		uint64_t t = timer_stamp();

		__asm__ volatile("" ::"r"(t));
	}
	return (double)(timer_fenced() - t0) / N;
}

void clock_read(struct clock *out)
{
	timer_uses_syscall = !counter_is_trusted();
	strcpy(out->source, timer_uses_syscall ? "clock_gettime" :
#if defined(__x86_64__)
					       "tsc"
#else
					       "cntvct"
#endif
	);
	out->hz = timer_uses_syscall ? 1e9 : measure_hz();
	out->resolution_ns = clock_ns(out, measure_step());
	out->overhead_ns = measure_overhead() / out->hz * 1e9;
}

double clock_ns(const struct clock *clock, uint64_t ticks)
{
	return (double)ticks * 1e9 / clock->hz;
}

#if defined(__aarch64__)
#define ADD(x) "add %" #x ", %" #x ", %8\n\t"
#define ADD4(x)                                                                                    \
	__asm__ volatile("add %0, %0, %1\n\tadd %0, %0, %1\n\tadd %0, %0, %1\n\tadd %0, %0, %1"    \
			 : "+r"(x)                                                                 \
			 : "r"(one))
#else
#define ADD(x) "add %8, %" #x "\n\t"
#define ADD4(x)                                                                                    \
	__asm__ volatile("add %1, %0\n\tadd %1, %0\n\tadd %1, %0\n\tadd %1, %0"                    \
			 : "+r"(x)                                                                 \
			 : "r"(one))
#endif
#define ADD16(x)                                                                                   \
	ADD4(x);                                                                                   \
	ADD4(x);                                                                                   \
	ADD4(x);                                                                                   \
	ADD4(x)

/* Adding a register, not a constant: some cores fold adds of constants at rename. */
__attribute__((noinline)) double clock_calibrate(void)
{
	uint64_t x = 0, one = 1;
	uint64_t t0 = timer_fenced();

	for (int i = 0; i < 256 * CALIBRATE_ROUNDS; i++) {
		ADD16(x);
	}
	uint64_t ticks = timer_fenced() - t0;

	__asm__ volatile("" ::"r"(x));
	return ticks ? CALIBRATE_ADDS / (double)ticks : 0;
}

/* Eight chains: no core that we know adds faster than that. */
__attribute__((noinline)) static double adds_a_tick(void)
{
	uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, one = 1;
	uint64_t t0 = timer_fenced();

	for (int i = 0; i < WIDTH_ROUNDS; i++)
		__asm__ volatile(ADD(0) ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7) ADD(0)
				     ADD(1) ADD(2) ADD(3) ADD(4) ADD(5) ADD(6) ADD(7)
				 : "+r"(a), "+r"(b), "+r"(c), "+r"(d), "+r"(e), "+r"(f), "+r"(g),
				   "+r"(h)
				 : "r"(one));
	uint64_t ticks = timer_fenced() - t0;

	return ticks ? 16.0 * WIDTH_ROUNDS / (double)ticks : 0;
}

/* The better of two: an interrupt in one of them is not company. */
double clock_width(void)
{
	double first = adds_a_tick(), second = adds_a_tick();

	return first > second ? first : second;
}
