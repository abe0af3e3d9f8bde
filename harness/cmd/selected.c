#include "cmd/selected.h"

#include "measure/plan.h"

bool selected_any(const struct selector *selector, const struct result *result)
{
	for (unsigned i = 0; i < result->ncells; i++)
		if (selector_match(selector, &result->cells[i].cell))
			return true;
	return false;
}

struct verdict selected_none(const char *only, const struct selector *selector, const char *what)
{
	struct verdict verdict = plan_knows(selector);

	if (verdict_is_ok(&verdict))
		verdict = verdict_error("no-match",
					"tlbscope show --format csv lists the keys that there are",
					"--only %.120s matches no cell of %s", only, what);
	return verdict;
}

struct verdict selected_in(const char *only, const struct result *result, struct selector *out)
{
	struct verdict verdict = selector_parse(only, result->run.base_page_bytes, out);

	if (verdict_is_ok(&verdict) && !selected_any(out, result))
		verdict = selected_none(only, out, "this result");
	return verdict;
}
