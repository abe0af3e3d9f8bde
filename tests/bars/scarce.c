/* Takes memory and keeps it until it is killed or a time is over: for tests/bars/scarce.sh.
 *
 * cc -O2 scarce.c -o scarce && ./scarce SHARE SECONDS
 *
 * SHARE of MemAvailable, in percent. It is the first that the kernel's out-of-memory killer takes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static uint64_t available(void)
{
	FILE *meminfo = fopen("/proc/meminfo", "re");
	unsigned long long kb = 0;
	char line[128];

	while (meminfo && fgets(line, sizeof line, meminfo) &&
	       sscanf(line, "MemAvailable: %llu", &kb) != 1)
		;
	if (meminfo)
		fclose(meminfo);
	return (uint64_t)kb << 10;
}

static void go_first(void)
{
	FILE *score = fopen("/proc/self/oom_score_adj", "we");

	if (score) {
		fputs("1000", score);
		fclose(score);
	}
}

/* A file in memory whose pages are allocated ahead is not cleared: gigabytes in seconds. */
int main(int argc, char **argv)
{
	int fd = memfd_create("scarce", MFD_CLOEXEC);
	uint64_t bytes, taken = 0, step = 64 << 20;

	if (argc != 3 || fd < 0)
		return 2;
	go_first();
	bytes = available() / 100 * strtoull(argv[1], NULL, 10);
	alarm((unsigned)atoi(argv[2]));
	for (; taken + step <= bytes; taken += step)
		if (posix_fallocate(fd, (off_t)taken, (off_t)step))
			break;
	printf("%llu MiB taken, %llu available\n", (unsigned long long)taken >> 20,
	       (unsigned long long)available() >> 20);
	fflush(stdout);
	pause();
	return 0;
}
