/* A misspelled name matches nothing, and then no test fails: such names are refused. */
#include "cmd/compare_options.h"

#include <tlbscope/bench.h>

#include <string.h>

typedef bool knower(const struct cell_result *cell, const struct bench *bench, const char *name);

/* Of a measured cell, or of what a benchmark declares. */
static bool knows_metric(const struct cell_result *cell, const struct bench *bench,
			 const char *name)
{
	if (cell)
		return cell_find_metric(cell, name);
	for (const struct metric *m = bench->metrics; m && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return true;
	for (const struct derived *d = bench->derived; d && d->name; d++)
		if (strcmp(d->name, name) == 0)
			return true;
	return false;
}

static bool knows_param(const struct cell_result *cell, const struct bench *bench, const char *name)
{
	if (cell) {
		for (unsigned i = 0; i < cell->cell.nparams; i++)
			if (strcmp(cell->cell.param[i].name, name) == 0)
				return true;
		return false;
	}
	for (const struct param *p = bench->params; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

static bool anyone(knower *knows, const struct result *old, const struct result *new,
		   const char *name)
{
	const struct result *const results[] = {old, new};

	for (const struct bench *const *bench = bench_registry; *bench; bench++)
		if (knows(NULL, *bench, name))
			return true;
	for (size_t r = 0; r < 2; r++)
		for (unsigned i = 0; i < results[r]->ncells; i++)
			if (knows(&results[r]->cells[i], NULL, name))
				return true;
	return false;
}

/* Of a list with commas. */
static struct verdict check_list(const char *option, const char *what, const char *names,
				 knower *knows, const struct result *old, const struct result *new)
{
	char name[RESULT_NAME_MAX];

	for (const char *at = names; at && *at; at += strcspn(at, ","), at += *at == ',') {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
		if (!anyone(knows, old, new, name))
			return verdict_error("bad-option", "tlbscope list BENCH names them",
					     "%s: there is no %s %s", option, what, name);
	}
	return verdict_ok();
}

struct verdict compare_check_names(const struct compare_options *how, const struct result *old,
				   const struct result *new)
{
	struct verdict verdict =
	    check_list("--metrics", "metric", how->metrics, knows_metric, old, new);

	for (unsigned i = 0; i < how->nlimits && verdict_is_ok(&verdict); i++)
		verdict = check_list("--threshold", "metric", how->limit[i].metric, knows_metric,
				     old, new);
	return verdict_is_ok(&verdict)
		   ? check_list("--across", "parameter", how->across, knows_param, old, new)
		   : verdict;
}
