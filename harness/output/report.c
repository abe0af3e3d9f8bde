#include "output/files.h"
#include "output/sections.h"
#include "output/template.h"

#include <limits.h>
#include <stdlib.h>

static const struct section {
	const char *name;
	void (*print)(FILE *to, const struct page *page);
} sections[] = {
    {"title", section_title},
    {"summary", section_summary},
    {"verdict", section_verdict},
    {"geometry", section_geometry},
    {"pages", section_pages},
    {"validity", section_validity},
    {"machine", section_machine},
    {"figures", section_figures},
    {"findings", section_findings},
    {"cells", section_cells},
    {"counters", section_counters},
    {"method", section_method},
    {"cite", section_cite},
    {"rerun", section_rerun},
    {"environment", section_environment},
};

#define SECTIONS (sizeof sections / sizeof *sections)

static struct verdict no_memory(void)
{
	return verdict_error("no-memory", "free some memory", "no memory for the report");
}

static char *print_section(const struct section *section, const struct page *page)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return NULL;
	section->print(to, page);
	if (fclose(to)) {
		free(text);
		return NULL;
	}
	return text;
}

static struct verdict fill(const char *template, const struct substitution *with, const char *path)
{
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	if (!to)
		return no_memory();
	struct verdict v = template_fill(to, template, "report.html", with);
	if (fclose(to) && verdict_is_ok(&v))
		v = no_memory();
	if (verdict_is_ok(&v))
		v = file_write(path, text, length);
	free(text);
	return v;
}

struct verdict report_write(const struct result *result, const struct figure *figures, size_t n,
			    const struct result *against, const char *path)
{
	const struct page page = {result, figures, n, against};
	struct substitution with[SECTIONS + 1] = {0};
	char data[PATH_MAX], from[PATH_MAX + 16], *template = NULL;
	char *texts[SECTIONS] = {NULL};
	struct verdict v = data_dir(data, sizeof data);

	if (!verdict_is_ok(&v))
		return v;
	snprintf(from, sizeof from, "%s/report.html", data);
	v = file_read(from, &template);
	if (!verdict_is_ok(&v))
		return v;
	for (size_t i = 0; i < SECTIONS && verdict_is_ok(&v); i++) {
		texts[i] = print_section(&sections[i], &page);
		with[i] = (struct substitution){sections[i].name, texts[i]};
		if (!texts[i])
			v = no_memory();
	}
	if (verdict_is_ok(&v))
		v = fill(template, with, path);
	for (size_t i = 0; i < SECTIONS; i++)
		free(texts[i]);
	free(template);
	return v;
}
