#include "analyse/storms.h"
#include "result/key.h"

#include <string.h>

bool storm_is(const struct cell_result *c)
{
	static const char *const benches[] = {"madvise", "mprotect", "munmap"};

	for (size_t i = 0; i < sizeof benches / sizeof *benches; i++)
		if (strcmp(c->cell.bench, benches[i]) == 0)
			return verdict_is_ok(&c->outcome) && cell_find_metric(c, "ns") &&
			       (cell_count(&c->cell, "resp") == 0 ||
				cell_is(&c->cell, "state", "spin"));
	return false;
}

static bool vanishes(const char *name)
{
	return strcmp(name, "place") == 0 || strcmp(name, "state") == 0;
}

const struct cell_result *storm_like(const struct result *result, const struct cell_result *c,
				     const char *name, uint64_t count)
{
	bool alone = strcmp(name, "resp") == 0 && count == 0;
	struct cell like = c->cell;
	char key[CELL_KEY_MAX];
	const struct cell_result *found;

	like.nparams = 0;
	for (unsigned i = 0; i < c->cell.nparams; i++) {
		struct cell_param param = c->cell.param[i];

		if (alone && vanishes(param.name))
			continue;
		if (strcmp(param.name, name) == 0)
			param.value.count = count;
		like.param[like.nparams++] = param;
	}
	key_format(&like, key);
	found = result_find_cell(result, key);
	return found && storm_is(found) ? found : NULL;
}
