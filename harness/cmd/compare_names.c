/* A misspelled name matches nothing, and then no test fails: such names are refused. */
#include "cmd/compare_options.h"

#include <tlbscope/bench.h>

#include <string.h>

/* What may be named: by measured cells, and by what benchmarks declare. */
struct vocabulary {
	const char *what;
	bool (*in_cell)(const struct cell_result *cell, const char *name);
	bool (*in_bench)(const struct bench *bench, const char *name);
};

static bool has_metric(const struct cell_result *cell, const char *name)
{
	return cell_find_metric(cell, name);
}

static bool declares_metric(const struct bench *bench, const char *name)
{
	for (const struct metric *m = bench->metrics; m && m->name; m++)
		if (strcmp(m->name, name) == 0)
			return true;
	for (const struct derived *d = bench->derived; d && d->name; d++)
		if (strcmp(d->name, name) == 0)
			return true;
	return false;
}

static bool has_param(const struct cell_result *cell, const char *name)
{
	return cell_value(&cell->cell, name);
}

static bool declares_param(const struct bench *bench, const char *name)
{
	for (const struct param *p = bench->params; p && p->name; p++)
		if (strcmp(p->name, name) == 0)
			return true;
	return false;
}

static const struct vocabulary metrics = {"metric", has_metric, declares_metric},
			       parameters = {"parameter", has_param, declares_param};

static bool is_known(const struct vocabulary *v, const struct result *old, const struct result *new,
		     const char *name)
{
	const struct result *const results[] = {old, new};

	for (const struct bench *const *bench = bench_registry; *bench; bench++)
		if (v->in_bench(*bench, name))
			return true;
	for (size_t r = 0; r < 2; r++)
		for (unsigned i = 0; i < results[r]->ncells; i++)
			if (v->in_cell(&results[r]->cells[i], name))
				return true;
	return false;
}

/* Of a list with commas. */
static struct verdict check_list(const char *option, const struct vocabulary *v, const char *names,
				 const struct result *old, const struct result *new)
{
	char name[RESULT_NAME_MAX];

	for (const char *at = names; at && *at; at += strcspn(at, ","), at += *at == ',') {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(at, ","), at);
		if (!is_known(v, old, new, name))
			return verdict_error("bad-option", "tlbscope list BENCH names them",
					     "%s: there is no %s %s", option, v->what, name);
	}
	return verdict_ok();
}

struct verdict compare_check_names(const struct compare_options *how, const struct result *old,
				   const struct result *new)
{
	struct verdict verdict = check_list("--metrics", &metrics, how->metrics, old, new);

	for (unsigned i = 0; i < how->nlimits && verdict_is_ok(&verdict); i++)
		verdict = check_list("--threshold", &metrics, how->limit[i].metric, old, new);
	return verdict_is_ok(&verdict) ? check_list("--across", &parameters, how->across, old, new)
				       : verdict;
}
