/* Waits until all stores before it have left the core's buffers: else these would hide walks. */
#ifndef TLBSCOPE_BENCH_DRAIN_H
#define TLBSCOPE_BENCH_DRAIN_H

static inline void drain(void)
{
#if defined(__x86_64__)
	__builtin_ia32_mfence();
	__builtin_ia32_lfence();
#elif defined(__aarch64__)
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

#endif
