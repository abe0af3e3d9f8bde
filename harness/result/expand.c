/* Which values an item list means for one cell. */
#include "result/token.h"

#include <string.h>

#define HALF_BYTES_MAX ((uint64_t)16 << 30)

static const char *const form[] = {
    [P_WORD] = "a word such as spin",
    [P_COUNT] = "a count such as 33",
    [P_BYTES] = "bytes such as 288KiB or 72p",
    [P_PAGE] = "a page such as 4k or thp",
};

struct filling {
	const struct term *term;
	const struct expansion *context;
	struct value *out;
	size_t size, *n;
};

static struct verdict put(const struct filling *filling, const struct value *value)
{
	for (size_t i = 0; i < *filling->n; i++)
		if (value_equal(&filling->out[i], value))
			return verdict_ok();
	if (*filling->n == filling->size)
		return verdict_error("too-many-values", "take a larger step or a shorter range",
				     "%s stands for more than %zu values", filling->term->name,
				     filling->size);
	filling->out[(*filling->n)++] = *value;
	return verdict_ok();
}

static struct value like(const struct filling *filling, const struct limit *limit, uint64_t n)
{
	struct value value = {.type = filling->context->type, .count = n};

	if (value.type == P_PAGE)
		value.page = (struct page_kind){limit->value.page.how, n};
	return value;
}

static uint64_t half(const struct expansion *context)
{
	uint64_t most = context->max / 2, n = most ? 1 : 0;

	if (context->type == P_BYTES && most > HALF_BYTES_MAX)
		most = HALF_BYTES_MAX;
	while (n && n <= most / 2)
		n *= 2;
	return n;
}

/* The number behind a limit of a numeric parameter. */
static struct verdict resolve(const struct filling *filling, const struct limit *limit,
			      uint64_t *out)
{
	const struct expansion *context = filling->context;
	const char *name = filling->term->name;
	char text[TOKEN_MAX];

	if (limit->kind == LIMIT_MAX) {
		*out = limit->half ? half(context) : context->max;
		return verdict_ok();
	}
	if (limit->kind == LIMIT_VALUE) {
		if (limit->value.type == context->type && value_magnitude(&limit->value, out))
			return verdict_ok();
		value_format(&limit->value, text, sizeof text);
		return verdict_error("bad-value", "see tlbscope list for what it takes",
				     "%s=%s: expected %s", name, text, form[context->type]);
	}
	if (context->type != P_BYTES || !context->page_bytes)
		return verdict_error("bad-value", "see tlbscope list for what it takes",
				     "%s=%llup: expected %s%s", name,
				     (unsigned long long)limit->pages, form[context->type],
				     context->type == P_BYTES ? "; the cell has no page" : "");
	if (__builtin_mul_overflow(limit->pages, context->page_bytes, out))
		return verdict_error("bad-value", "name fewer pages",
				     "%s=%llup is more than 64 bits hold", name,
				     (unsigned long long)limit->pages);
	return verdict_ok();
}

static uint64_t unit_of(const struct expansion *context)
{
	if (context->type != P_BYTES)
		return 1;
	return context->page_bytes ? context->page_bytes : 1024;
}

/* The value after n, or `high` where the next would reach or pass it. Strictly above n. */
static uint64_t step(const struct item *item, uint64_t add, uint64_t n, uint64_t high,
		     uint64_t unit)
{
	double exact = (double)n * (item->step == STEP_FACTOR ? item->factor : 2.0);

	if (item->step == STEP_ADD)
		exact = (double)n + (double)add;
	if (exact >= (double)high)
		return high;
	/* exact < high <= 2^64, so both conversions are defined. */
	uint64_t next = (uint64_t)(exact / (double)unit + 0.5);
	if (__builtin_mul_overflow(next, unit, &next) || next >= high)
		return high;
	if (next > n)
		return next;
	return high - n <= unit ? high : n + unit;
}

static struct verdict put_range(const struct filling *filling, const struct item *item)
{
	uint64_t n, high, add = 0, unit = unit_of(filling->context);
	struct verdict v = resolve(filling, &item->low, &n);

	if (verdict_is_ok(&v))
		v = resolve(filling, &item->high, &high);
	if (verdict_is_ok(&v) && item->step == STEP_ADD)
		v = resolve(filling, &item->add, &add);
	if (!verdict_is_ok(&v) || n > high) /* above this machine's maximum: no values */
		return v;
	for (;; n = step(item, add, n, high, unit)) {
		struct value value = like(filling, &item->low, n);

		v = put(filling, &value);
		if (!verdict_is_ok(&v) || n == high)
			return v;
	}
}

static struct verdict put_all(const struct filling *filling)
{
	const struct expansion *context = filling->context;
	struct verdict v = verdict_ok();

	if (!context->nall)
		return verdict_error("bad-value", "name the values, or a range",
				     "%s=*: it has no list of values", filling->term->name);
	for (size_t i = 0; i < context->nall && verdict_is_ok(&v); i++)
		v = put(filling, &context->all[i]);
	return v;
}

static struct verdict put_one(const struct filling *filling, const struct limit *limit)
{
	enum param_type type = filling->context->type;
	struct value value = limit->value;
	uint64_t n;

	if (limit->kind == LIMIT_VALUE && value.type == P_WORD && type == P_WORD)
		return put(filling, &value);
	if (limit->kind == LIMIT_MAX && (type == P_WORD || type == P_PAGE))
		return verdict_error("bad-value", "see tlbscope list for what it takes",
				     "%s=%s: expected %s", filling->term->name,
				     limit->half ? "half" : "max", form[type]);
	struct verdict v = resolve(filling, limit, &n);
	if (!verdict_is_ok(&v))
		return v;
	value = like(filling, limit, n);
	return put(filling, &value);
}

struct verdict term_expand(const struct term *term, const struct expansion *context,
			   struct value *out, size_t size, size_t *n)
{
	const struct filling filling = {term, context, out, size, n};
	struct verdict v = verdict_ok();

	*n = 0;
	for (unsigned i = 0; i < term->nitems && verdict_is_ok(&v); i++) {
		const struct item *item = &term->item[i];

		if (item->kind == ITEM_ANY)
			v = put_all(&filling);
		else if (item->kind == ITEM_RANGE)
			v = put_range(&filling, item);
		else
			v = put_one(&filling, &item->low);
	}
	return v;
}
