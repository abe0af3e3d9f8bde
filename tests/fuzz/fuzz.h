/* Targets for libFuzzer, which tests/fuzz/replay.c also feeds with files where there is none. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever the build: a broken promise is a crash. */
#define FUZZ_MUST(truth)                                                                           \
	do {                                                                                       \
		if (!(truth))                                                                      \
			__builtin_trap();                                                          \
	} while (0)

#endif
