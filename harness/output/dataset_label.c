/* What several results are called where they are drawn over each other. */
#include "output/dataset.h"

#include <ctype.h>
#include <string.h>

static const char *cpu_of(const struct result *r)
{
	return *r->machine.cpu ? r->machine.cpu : "unnamed CPU";
}

/* What tells CPUs of one name apart, as guests' often have. */
static const struct {
	const char *fact, *word;
} cpu_parts[] = {
    {"cpu.family", "family"},
    {"cpu.model_id", "model"},
    {"cpu.stepping", "stepping"},
    {"cpu.part", "part"},
};

#define CPU_PARTS (sizeof cpu_parts / sizeof *cpu_parts)

static const char *kernel_of(const struct result *r)
{
	const char *kernel = facts_get(&r->before, "kernel.release");

	return kernel ? kernel : "unknown kernel";
}

static const char *time_of(const struct result *r)
{
	return *r->run.started ? r->run.started : r->run.id;
}

static const char *profile_of(const struct result *r)
{
	return r->run.profile;
}

static bool differs(const struct dataset_run *runs, unsigned n,
		    const char *(*of)(const struct result *))
{
	for (unsigned i = 1; i < n; i++)
		if (strcmp(of(runs[i].result), of(runs[0].result)) != 0)
			return true;
	return false;
}

/* Is there a CPU of the same name that differs in this part? A result that does not say is none. */
static bool part_differs(const struct dataset_run *runs, unsigned n, unsigned i, const char *fact)
{
	const char *mine = facts_get(&runs[i].result->before, fact);

	for (unsigned k = 0; mine && k < n; k++) {
		const char *other = facts_get(&runs[k].result->before, fact);

		if (other && strcmp(other, mine) != 0 &&
		    strcmp(cpu_of(runs[k].result), cpu_of(runs[i].result)) == 0)
			return true;
	}
	return false;
}

static void add(char *label, size_t size, const char *between, const char *text)
{
	size_t used = strlen(label);

	snprintf(label + used, size - used, "%s%.44s", used ? between : "", text);
}

/* "AMD EPYC 9575F 64-Core Processor" is "AMD EPYC 9575F" in a figure, and so for others. */
static void shorten(char *label)
{
	static const char *const idle[] = {"(R)", "(TM)", "(tm)", " Processor", " CPU"};
	char *at;

	for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
		while ((at = strstr(label, idle[i])))
			memmove(at, at + strlen(idle[i]), strlen(at + strlen(idle[i])) + 1);
	if ((at = strstr(label, " @ "))) { /* its nominal clock */
		char *end = strchr(at + 3, ' ');

		memmove(at, end ? end : at + strlen(at), end ? strlen(end) + 1 : 1);
	}
	if ((at = strstr(label, "-Core")) && at > label) {
		char *from = at;

		while (from > label && isdigit((unsigned char)from[-1]))
			from--;
		if (from > label && from[-1] == ' ')
			memmove(from - 1, at + 5, strlen(at + 5) + 1);
	}
}

/* "AMD EPYC family 25" where there are several of that name. True where CPUs differ. */
static bool add_cpus(struct dataset_run *runs, unsigned n)
{
	bool told = differs(runs, n, cpu_of);

	for (unsigned i = 0; i < n; i++)
		for (size_t p = 0; p < CPU_PARTS; p++)
			told |= part_differs(runs, n, i, cpu_parts[p].fact);
	for (unsigned i = 0; told && i < n; i++) {
		struct dataset_run *run = &runs[i];

		if (*run->result->run.label)
			continue;
		add(run->label, sizeof run->label, "", cpu_of(run->result));
		shorten(run->label);
		for (size_t p = 0; p < CPU_PARTS; p++) {
			if (!part_differs(runs, n, i, cpu_parts[p].fact))
				continue;
			add(run->label, sizeof run->label, " ", cpu_parts[p].word);
			add(run->label, sizeof run->label, " ",
			    facts_get(&run->result->before, cpu_parts[p].fact));
		}
	}
	return told;
}

void dataset_label_runs(struct dataset_run *runs, unsigned n)
{
	static const char *(*const facts[])(const struct result *) = {kernel_of, profile_of,
								      time_of};

	for (unsigned i = 0; i < n; i++) {
		snprintf(runs[i].label, sizeof runs[i].label, "%s", runs[i].result->run.label);
		shorten(runs[i].label);
	}
	bool told = n > 1 && add_cpus(runs, n);
	for (unsigned f = 0; f < 3 && n > 1; f++) {
		if ((f >= 1 && told) || !differs(runs, n, facts[f]))
			continue;
		told = true;
		for (unsigned i = 0; i < n; i++)
			if (!*runs[i].result->run.label)
				add(runs[i].label, sizeof runs[i].label, ", ",
				    facts[f](runs[i].result));
	}
	for (unsigned i = 0; i < n; i++)
		if (n > 1 && !*runs[i].label)
			snprintf(runs[i].label, sizeof runs[i].label, "run %u", i + 1);
}
