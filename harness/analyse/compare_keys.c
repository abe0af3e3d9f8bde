/* Cells of a result by key. */
#include "analyse/compare_parts.h"

#include <stdlib.h>
#include <string.h>

bool names_hold(const char *names, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = names; at && *at; at += strcspn(at, ","), at += *at == ',')
		if (strncmp(at, name, length) == 0 && (at[length] == ',' || at[length] == 0))
			return true;
	return false;
}

void key_without(const struct cell *cell, const char *drop, char out[CELL_KEY_MAX])
{
	struct cell less = *cell;

	less.nparams = 0;
	for (unsigned i = 0; i < cell->nparams; i++)
		if (!names_hold(drop, cell->param[i].name))
			less.param[less.nparams++] = cell->param[i];
	key_format(&less, out);
}

static int by_key(const void *left, const void *right)
{
	const struct key_entry *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	if (order)
		return order;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return (a->cell > b->cell) - (a->cell < b->cell);
}

bool key_index_build(const struct result *result, const char *drop, struct key_index *out)
{
	*out = (struct key_index){.entry = calloc(result->ncells + 1, sizeof *out->entry)};
	for (unsigned i = 0; out->entry && i < result->ncells; i++) {
		const struct cell_result *cell = &result->cells[i];
		char key[CELL_KEY_MAX];

		memcpy(key, cell->key, sizeof key);
		if (drop)
			key_without(&cell->cell, drop, key);
		out->entry[out->n] = (struct key_entry){
		    strdup(key), cell, drop ? cell_count(&cell->cell, "footprint") : 0};
		if (!out->entry[out->n++].key)
			goto out;
	}
	if (!out->entry)
		return false;
	qsort(out->entry, out->n, sizeof *out->entry, by_key);
	return true;
out:
	key_index_free(out);
	return false;
}

void key_index_free(struct key_index *index)
{
	for (size_t i = 0; i < index->n; i++)
		free(index->entry[i].key);
	free(index->entry);
	*index = (struct key_index){0};
}

const struct key_entry *key_index_find(const struct key_index *index, const char *key)
{
	size_t low = 0, high = index->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->entry[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < index->n && strcmp(index->entry[low].key, key) == 0 ? &index->entry[low]
									 : NULL;
}

const struct cell_result *key_index_cell(const struct key_index *index, const char *key)
{
	const struct key_entry *entry = key_index_find(index, key);

	return entry && verdict_is_ok(&entry->cell->outcome) ? entry->cell : NULL;
}
