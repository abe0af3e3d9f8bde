/* For loops that only wait. Besides the hint to a core's other thread: emulated CPUs take turns in
 * one thread (docs/vm.md), and one that waits without saying so has its turn to the end, 100 ms. */
#ifndef TLBSCOPE_MEASURE_RELAX_H
#define TLBSCOPE_MEASURE_RELAX_H

static inline void relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield" ::: "memory");
#endif
}

#endif
