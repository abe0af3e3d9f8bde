#include "output/values.h"

#include "output/words.h"

#include <string.h>

static bool came_from(const struct finding *finding, const struct dataset_block *block)
{
	for (unsigned i = 0; i < finding->nfrom; i++)
		for (unsigned r = 0; r < block->nrows; r++)
			if (strcmp(finding->from[i], block->rows[r].cell->key) == 0)
				return true;
	return false;
}

static const struct finding *find(const struct result *result, const char *kind,
				  const struct dataset_block *block)
{
	const struct finding *f = NULL;

	while ((f = result_find_finding(result, kind, NULL, NULL, f)))
		if (f->confidence != CANNOT_TELL && came_from(f, block))
			return f;
	return NULL;
}

static void write_row(FILE *to, unsigned number, const struct finding *f,
		      const struct query_values *wanted)
{
	fprintf(to, "%u", number);
	for (unsigned i = 0; i < wanted->n; i++) {
		const struct finding_value *value = finding_value_of(f, wanted->value[i]);

		if (value)
			fprintf(to, " %.9g", value->e.est);
		else
			fprintf(to, " ?");
	}
	fputc('\n', to);
}

size_t values_write(FILE *to, const struct result *result, const struct dataset *set)
{
	const struct query_values *wanted = &set->query->values;
	size_t rows = 0;

	fprintf(to, "# block, and of finding %s:", wanted->finding);
	for (unsigned i = 0; i < wanted->n; i++)
		fprintf(to, " %s", wanted->value[i]);
	fputc('\n', to);
	for (unsigned b = 0; b < set->nblocks; b++) {
		const struct finding *f =
		    find(set->runs ? set->runs[set->blocks[b].run].result : result, wanted->finding,
			 &set->blocks[b]);

		if (!f)
			continue;
		write_row(to, b + 1, f, wanted);
		rows++;
	}
	return rows;
}
