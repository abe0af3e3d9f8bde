/* Partners of derived metrics, as cells. */
#include "unit/measure/made_up.h"

#include "measure/plan_internal.h"

static const struct param params[] = {
    {.name = "page", .type = P_PAGE, .allowed = "4k,2m", .dflt = "4k"},
    {.name = "layout", .type = P_WORD, .allowed = "distinct,reference,alias", .dflt = "distinct"},
    {.name = "offsets",
     .type = P_WORD,
     .allowed = "equal,spread",
     .dflt = "spread",
     .when = "layout=alias"},
    {.name = "resp", .type = P_COUNT, .allowed = "0..max", .dflt = "0"},
    {.name = "place", .type = P_WORD, .allowed = "smt,core", .dflt = "core", .when = "resp=1..max"},
    {.name = "state",
     .type = P_WORD,
     .allowed = "spin,other-mm",
     .dflt = "spin",
     .when = "resp=1..max"},
    {0},
};

static const struct bench bench = {.name = "x", .params = params};
const struct bench *const bench_registry[] = {&bench, NULL};

/* Key of the partner; NULL: there is none. */
static const char *partner(const char *key, const char *base, const char *when)
{
	static char out[CELL_KEY_MAX];
	const struct derived d = {
	    .name = "d", .from = "ns", .base = base, .how = DERIVED_DIFF, .when = when};
	struct cell cell, found;
	struct texts texts = {0};
	struct verdict v = key_parse(key, 4096, &cell);

	assert_true(verdict_is_ok(&v));
	texts_begin(&texts, &bench, 4096);
	bool has = derived_partner(&texts, &d, &cell, &found);
	texts_free(&texts);
	if (!has)
		return NULL;
	key_format(&found, out);
	return out;
}

static void a_word_is_put_in_its_place(void **state)
{
	(void)state;
	assert_string_equal(partner("x/page=4k/layout=distinct/resp=2/place=smt/state=spin",
				    "state=other-mm", NULL),
			    "x/page=4k/layout=distinct/resp=2/place=smt/state=other-mm");
	assert_string_equal(partner("x/page=2m/layout=distinct/resp=0", "layout=reference", NULL),
			    "x/page=2m/layout=reference/resp=0");
}

static void parameters_vanish_with_what_they_hang_on(void **state)
{
	(void)state;
	assert_string_equal(
	    partner("x/page=4k/layout=distinct/resp=2/place=smt/state=spin", "resp=0", NULL),
	    "x/page=4k/layout=distinct/resp=0");
	assert_string_equal(
	    partner("x/page=4k/layout=alias/offsets=equal/resp=0", "layout=reference", NULL),
	    "x/page=4k/layout=reference/resp=0");
}

static void the_base_has_no_partner(void **state)
{
	(void)state;
	assert_null(partner("x/page=4k/layout=distinct/resp=0", "resp=0", NULL));
	assert_null(partner("x/page=4k/layout=reference/resp=0", "layout=reference", NULL));
}

static void a_base_on_what_the_cell_lacks_is_none(void **state)
{
	(void)state;
	assert_null(partner("x/page=4k/layout=distinct/resp=0", "state=other-mm", NULL));
	assert_null(partner("x/page=4k/layout=distinct/resp=0", "offsets=equal", NULL));
	/* A value that nobody gave cannot be made up: alias would need offsets. */
	assert_null(partner("x/page=4k/layout=distinct/resp=0", "layout=alias", NULL));
	assert_null(partner("x/page=4k/layout=distinct/resp=0", "nothing=1", NULL));
}

static void a_base_of_several_values_sets_them_all(void **state)
{
	(void)state;
	assert_string_equal(partner("x/page=2m/layout=distinct/resp=1/place=core/state=spin",
				    "layout=reference/state=other-mm", NULL),
			    "x/page=2m/layout=reference/resp=1/place=core/state=other-mm");
	assert_string_equal(partner("x/page=2m/layout=distinct/resp=0", "page=4k", NULL),
			    "x/page=4k/layout=distinct/resp=0");
}

static void when_limits_who_has_a_partner(void **state)
{
	(void)state;
	assert_null(partner("x/page=4k/layout=alias/offsets=equal/resp=0", "layout=reference",
			    "layout=distinct"));
	assert_non_null(
	    partner("x/page=4k/layout=distinct/resp=0", "layout=reference", "layout=distinct"));
}

static void the_partner_keeps_the_order_of_the_table(void **state)
{
	struct cell cell, found;
	struct texts texts = {0};
	const struct derived d = {
	    .name = "d", .from = "ns", .base = "state=other-mm", .how = DERIVED_DIFF};

	(void)state;
	struct verdict v =
	    key_parse("x/page=4k/layout=distinct/resp=1/place=core/state=spin", 4096, &cell);
	assert_true(verdict_is_ok(&v));
	texts_begin(&texts, &bench, 4096);
	assert_true(derived_partner(&texts, &d, &cell, &found));
	texts_free(&texts);
	assert_int_equal(found.nparams, cell.nparams);
	for (unsigned i = 0; i < cell.nparams; i++)
		assert_string_equal(found.param[i].name, cell.param[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_word_is_put_in_its_place),
	    cmocka_unit_test(parameters_vanish_with_what_they_hang_on),
	    cmocka_unit_test(the_base_has_no_partner),
	    cmocka_unit_test(a_base_on_what_the_cell_lacks_is_none),
	    cmocka_unit_test(a_base_of_several_values_sets_them_all),
	    cmocka_unit_test(when_limits_who_has_a_partner),
	    cmocka_unit_test(the_partner_keeps_the_order_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
