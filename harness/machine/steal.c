#include "machine/steal.h"

#include "machine/sysfile.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool listed(unsigned cpu, const unsigned *cpus, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (cpus[i] == cpu)
			return true;
	return false;
}

double steal_ms(const unsigned *cpus, size_t n)
{
	static char text[1 << 17]; /* 1,000 CPU lines; what is beyond is of no interest here */
	unsigned long long steal, sum = 0;
	unsigned cpu;

	if (sysfile_read("/proc/stat", text, sizeof text) < 0)
		return 0;
	for (char *line = strtok(text, "\n"); line && strncmp(line, "cpu", 3) == 0;
	     line = strtok(NULL, "\n"))
		if (sscanf(line, "cpu%u %*u %*u %*u %*u %*u %*u %*u %llu", &cpu, &steal) == 2 &&
		    listed(cpu, cpus, n))
			sum += steal;
	return (double)sum * 1000 / (double)sysconf(_SC_CLK_TCK);
}
