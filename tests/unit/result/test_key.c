/* Keys: every cell comes back from its text, and bad text is refused with one clear line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "result/key.h"

#include <string.h>

#define BASE 4096

static struct value parsed(const char *text)
{
	struct value value;
	struct verdict v = value_parse(text, BASE, &value);

	if (!verdict_is_ok(&v))
		fail_msg("%s: %s", text, v.text);
	return value;
}

static void values_have_the_type_of_their_form(void **state)
{
	(void)state;
	assert_int_equal(parsed("33").type, P_COUNT);
	assert_int_equal(parsed("33").count, 33);
	assert_int_equal(parsed("18446744073709551615").count, UINT64_MAX);
	assert_int_equal(parsed("288KiB").type, P_BYTES);
	assert_int_equal(parsed("288KiB").count, 288 << 10);
	assert_int_equal(parsed("0B").count, 0);
	assert_int_equal(parsed("4k").page.how, PAGE_BASE);
	assert_int_equal(parsed("64k").page.how, PAGE_HUGETLB);
	assert_int_equal(parsed("1g").page.bytes, UINT64_C(1) << 30);
	assert_int_equal(parsed("thp").page.bytes, 2 << 20);
	assert_int_equal(parsed("thp-64k").page.how, PAGE_THP);
	assert_int_equal(parsed("thp-64k").page.bytes, 64 << 10);
	assert_int_equal(parsed("other-mm").type, P_WORD);
	assert_string_equal(parsed("a_b+c.d-9").word, "a_b+c.d-9");
}

static void the_base_page_decides_what_a_bare_size_means(void **state)
{
	struct value value;

	(void)state;
	value_parse("native", 16384, &value);
	assert_int_equal(value.type, P_PAGE);
	assert_int_equal(value.page.how, PAGE_BASE);
	assert_int_equal(value.page.bytes, 16384);
	value_parse("64k", 65536, &value);
	assert_int_equal(value.page.how, PAGE_BASE);
	value_parse("4k", 65536, &value);
	assert_int_equal(value.page.how, PAGE_HUGETLB);
}

static void text_is_canonical(void **state)
{
	static const char *const pairs[][2] = {
	    {"1024B", "1KiB"}, {"1536KiB", "1536KiB"}, {"1024GiB", "1TiB"}, {"0KiB", "0B"},
	    {"007", "7"},      {"1024k", "1m"},	       {"thp-2m", "thp"},   {"thp-32m", "thp-32m"},
	    {"2048m", "2g"},   {"1000B", "1000B"},     {"4k", "4k"},	    {"1025KiB", "1025KiB"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
		struct value value = parsed(pairs[i][0]);
		char text[64];

		value_format(&value, text, sizeof text);
		assert_string_equal(text, pairs[i][1]);
	}
}

static void bad_values_are_refused(void **state)
{
	static const char *const bad[] = {
	    "",	     "-1",    "4K",	  "4kb",	  "18446744073709551616",
	    "0k",    "3k",    "1.5KiB",	  "20000000TiB",  "thp-",
	    "thp-x", "thp-7", "thp-4KiB", "a..b",	  "aaaaaaaaaaaaaaaaaaaaaaaaa",
	    "sp in", "72p",   "_x",	  "20000000000g", "4 k",
	    "\xff",
	};
	struct value value;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct verdict v = value_parse(bad[i], BASE, &value);

		if (verdict_is_ok(&v))
			fail_msg("\"%s\" was taken", bad[i]);
		assert_int_equal(v.outcome, OUTCOME_ERROR);
		assert_true(v.remedy[0]);
		assert_null(strchr(v.text, '\n'));
	}
	assert_int_equal(parsed("k").type, P_WORD);
}

static uint64_t random_state = 88172645463325252u;

static uint64_t rnd(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static struct value random_value(void)
{
	static const char alphabet[] = "abcXYZ019_+.-";
	struct value value = {.type = (enum param_type)(1 + rnd(4))};

	if (value.type == P_COUNT || value.type == P_BYTES) {
		value.count = rnd(UINT64_MAX) >> rnd(64);
		if (value.type == P_BYTES && rnd(2))
			value.count &= ~((UINT64_C(1) << (10 * rnd(5))) - 1);
	} else if (value.type == P_PAGE) {
		value.page.bytes = UINT64_C(1024) << rnd(25);
		value.page.how = rnd(3) == 0 ? PAGE_THP : PAGE_HUGETLB;
		if (value.page.bytes == BASE && value.page.how == PAGE_HUGETLB)
			value.page.how = PAGE_BASE;
	} else {
		size_t length = 1 + rnd(CELL_WORD_MAX - 1);

		value.word[0] = 'w';
		for (size_t i = 1; i < length; i++) {
			value.word[i] = alphabet[rnd(sizeof alphabet - 1)];
			if (value.word[i] == '.' && value.word[i - 1] == '.')
				value.word[i] = 'o';
		}
	}
	return value;
}

static struct cell random_cell(void)
{
	struct cell cell = {.bench = "chase", .nparams = (unsigned)rnd(8)};

	for (unsigned i = 0; i < cell.nparams; i++) {
		snprintf(cell.param[i].name, CELL_NAME_MAX, "p%u-x", i);
		cell.param[i].value = random_value();
	}
	return cell;
}

static void every_cell_comes_back_from_its_key(void **state)
{
	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct cell cell = random_cell(), back;
		char key[CELL_KEY_MAX], again[CELL_KEY_MAX];

		key_format(&cell, key);
		struct verdict v = key_parse(key, BASE, &back);
		if (!verdict_is_ok(&v))
			fail_msg("%s", v.text);
		assert_string_equal(back.bench, cell.bench);
		assert_int_equal(back.nparams, cell.nparams);
		for (unsigned i = 0; i < cell.nparams; i++) {
			assert_string_equal(back.param[i].name, cell.param[i].name);
			assert_true(value_equal(&back.param[i].value, &cell.param[i].value));
		}
		key_format(&back, again);
		assert_string_equal(key, again);
	}
}

static void bad_keys_name_text_and_token(void **state)
{
	static const char *const bad[][2] = {
	    {"", "benchmark"},
	    {"/page=4k", "benchmark"},
	    {"9chase", "benchmark"},
	    {"chase/", "\"\""},
	    {"chase//page=4k", "\"\""},
	    {"chase/page", "\"page\""},
	    {"chase/page=", "page: \"\""},
	    {"chase/page=4k/page=2m", "\"page\" is there twice"},
	    {"chase/pa ge=4k", "\"pa ge=4k\""},
	    {"chase/page=4q", "\"4q\""},
	    {"chase/page=4k\n", "?"},
	    {"chase page=4k", "benchmark"},
	    {"c/a=1/b=1/c=1/d=1/e=1/f=1/g=1/h=1/i=1/j=1/k=1/l=1/m=1", "more than 12"},
	};
	struct cell cell;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct verdict v = key_parse(bad[i][0], BASE, &cell);

		assert_int_equal(v.outcome, OUTCOME_ERROR);
		if (!strstr(v.text, bad[i][1]))
			fail_msg("%s does not hold %s", v.text, bad[i][1]);
		assert_null(strchr(v.text, '\n'));
	}
}

static void long_keys_are_refused(void **state)
{
	char text[4096];
	struct cell cell;

	(void)state;
	for (size_t length = 90; length < sizeof text; length += 37) {
		memset(text, 'a', length);
		text[length] = '\0';
		assert_int_equal(key_parse(text, BASE, &cell).outcome, OUTCOME_ERROR);
		memcpy(text, "chase/page=", 11);
		assert_int_equal(key_parse(text, BASE, &cell).outcome, OUTCOME_ERROR);
	}
}

static void a_cell_answers_for_its_parameters(void **state)
{
	struct cell cell;

	(void)state;
	key_parse("mprotect/page=4k/npages=33/span=1MiB/state=spin", BASE, &cell);
	assert_int_equal(cell_count(&cell, "npages"), 33);
	assert_int_equal(cell_count(&cell, "span"), 1 << 20);
	assert_int_equal(cell_count(&cell, "state"), 0);
	assert_int_equal(cell_count(&cell, "absent"), 0);
	assert_int_equal(cell_page(&cell, "page").how, PAGE_BASE);
	assert_int_equal(cell_page(&cell, "npages").how, 0);
	assert_true(cell_is(&cell, "state", "spin"));
	assert_false(cell_is(&cell, "state", "sleep"));
	assert_false(cell_is(&cell, "npages", "33"));
	assert_null(cell_value(&cell, "absent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_have_the_type_of_their_form),
	    cmocka_unit_test(the_base_page_decides_what_a_bare_size_means),
	    cmocka_unit_test(text_is_canonical),
	    cmocka_unit_test(bad_values_are_refused),
	    cmocka_unit_test(every_cell_comes_back_from_its_key),
	    cmocka_unit_test(bad_keys_name_text_and_token),
	    cmocka_unit_test(long_keys_are_refused),
	    cmocka_unit_test(a_cell_answers_for_its_parameters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
