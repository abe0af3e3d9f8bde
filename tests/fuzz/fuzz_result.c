/* Any bytes as a result.json: one line, or a result that all readers can use. */
#include "fuzz/fuzz.h"

#include "analyse/analyse.h"
#include "output/export.h"
#include "output/output.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static FILE *nowhere(void)
{
	static FILE *to;

	return to ? to : (to = fopen("/dev/null", "w"));
}

static struct verdict load(const uint8_t *data, size_t size, struct result *result)
{
	char path[40];
	int fd = memfd_create("result", 0);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct verdict verdict = result_load(path, result);

	close(fd);
	return verdict;
}

static void use(struct result *result)
{
	const struct export_choice all = {.all_metrics = true};
	struct verdict_line lines[VERDICT_LINES_MAX];

	FUZZ_MUST(findings_compute(result));
	output_verdict(result, lines);
	output_first_screen(nowhere(), result);
	output_table(nowhere(), result, NULL);
	for (const struct exporter *e = exporters; e->name; e++)
		e->write(nowhere(), result, &all);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result result;
	struct verdict verdict = load(data, size, &result);

	if (verdict_is_ok(&verdict)) {
		use(&result);
		result_free(&result);
	} else {
		FUZZ_MUST(*verdict.text && *verdict.remedy && !strchr(verdict.text, '\n'));
	}
	return 0;
}
