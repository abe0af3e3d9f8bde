/* Does a cell or a value lie in a selector, and which values does a term mean. */
#include "result/token.h"

#include <string.h>

static bool same_kind(const struct value *a, const struct value *b)
{
	return a->type == b->type && (a->type != P_PAGE || a->page.how == b->page.how);
}

/* The value that a limit stands for, among values like `like`. False: it cannot be compared. */
static bool limit_number(const struct limit *limit, const struct value *like, uint64_t page_bytes,
			 uint64_t *out)
{
	switch (limit->kind) {
	case LIMIT_VALUE:
		return same_kind(&limit->value, like) && value_magnitude(&limit->value, out);
	case LIMIT_PAGES:
		return like->type == P_BYTES && page_bytes &&
		       !__builtin_mul_overflow(limit->pages, page_bytes, out);
	case LIMIT_MAX:
		*out = UINT64_MAX;
		return like->type != P_WORD;
	}
	return false;
}

static bool item_contains(const struct item *item, const struct value *value, uint64_t page_bytes)
{
	uint64_t low, high, n;

	if (item->kind == ITEM_ANY || (item->kind == ITEM_ONE && item->low.kind == LIMIT_MAX))
		return true;
	if (item->kind == ITEM_ONE && item->low.kind == LIMIT_VALUE)
		return value_equal(&item->low.value, value);
	if (!value_magnitude(value, &n) || !limit_number(&item->low, value, page_bytes, &low))
		return false;
	if (item->kind == ITEM_ONE)
		return n == low;
	return limit_number(&item->high, value, page_bytes, &high) && low <= n && n <= high;
}

bool term_contains(const struct term *term, const struct value *value, uint64_t page_bytes)
{
	for (unsigned i = 0; i < term->nitems; i++)
		if (item_contains(&term->item[i], value, page_bytes))
			return true;
	return false;
}

static bool term_is_any(const struct term *term)
{
	return term->nitems == 1 && term->item[0].kind == ITEM_ANY;
}

bool selector_match(const struct selector *selector, const struct cell *cell)
{
	uint64_t page_bytes = cell_page(cell, "page").bytes;

	if (strcmp(selector->bench, "*") != 0 && strcmp(selector->bench, cell->bench) != 0)
		return false;
	for (unsigned i = 0; i < selector->nterms; i++) {
		const struct term *term = &selector->term[i];
		const struct value *value = cell_value(cell, term->name);

		if (!term_is_any(term) && (!value || !term_contains(term, value, page_bytes)))
			return false;
	}
	return true;
}
