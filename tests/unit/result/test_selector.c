/* Selectors: what they match, and which values a term stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "result/key.h"

#include <string.h>

#define BASE 4096

static bool matches(const char *text, const char *key)
{
	struct selector selector;
	struct cell cell;
	struct verdict v = selector_parse(text, BASE, &selector);

	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
	v = key_parse(key, BASE, &cell);
	assert_true(verdict_is_ok(&v));
	return selector_match(&selector, &cell);
}

static void a_selector_matches_what_it_says(void **state)
{
	static const char key[] = "chase/page=4k/layout=alias/footprint=288KiB";

	(void)state;
	assert_true(matches("", key));
	assert_true(matches("*", key));
	assert_true(matches("chase", key));
	assert_false(matches("stride", key));
	assert_true(matches("chase/page=4k", key));
	assert_true(matches("/page=4k", key));
	assert_true(matches("page=4k", key));
	assert_true(matches("chase layout=distinct,alias page=2m,4k", key));
	assert_false(matches("chase layout=distinct", key));
	assert_true(matches("* footprint=4KiB..1MiB", key));
	assert_true(matches("footprint=4KiB..max*1.2", key));
	assert_true(matches("footprint=288KiB..288KiB", key));
	assert_false(matches("footprint=292KiB..1MiB", key));
	assert_true(matches("footprint=72p", key));
	assert_false(matches("footprint=71p", key));
	assert_true(matches("footprint=1p..72p", key));
	assert_false(matches("footprint=1p..71p", key));
	assert_true(matches("footprint=max", key));
	assert_true(matches("absent=*", key));
	assert_false(matches("absent=1", key));
	assert_false(matches("absent=1,*", key));
	assert_false(matches("footprint=294912", key)); /* a count, not bytes */
	assert_false(matches("layout=1..9", key));
	assert_false(matches("page=thp-4k..thp-64k", key));
	assert_true(matches("page=thp-4k..thp-64k", "chase/page=thp-16k"));
}

static void bad_selectors_name_text_and_token(void **state)
{
	static const char *const bad[][2] = {
	    {"chase/page", "\"page\""},
	    {"chase/page=", "\"\""},
	    {"chase/page=4k,", "\"\""},
	    {"chase/page=4q", "\"4q\""},
	    {"chase/n=8..4", "\"8..4\""},
	    {"chase/n=spin..sleep", "spin..sleep"},
	    {"chase/n=1..4KiB", "1..4KiB"},
	    {"chase/n=4k..2m", "4k..2m"},
	    {"chase/n=max..4", "max..4"},
	    {"chase/n=1..", "\"\""},
	    {"chase/n=1..8*1", "\"1\""},
	    {"chase/n=1..8*nan", "\"nan\""},
	    {"chase/n=1..8*0x2", "\"0x2\""},
	    {"chase/n=1..8+0", "\"0\""},
	    {"chase/n=1..8+", "\"\""},
	    {"chase/n=1..8*", "\"\""},
	    {"chase/n=1/n=2", "\"n\" is there twice"},
	    {"chase,stride", "one benchmark"},
	    {"ch.ase", "\"ch.ase\""},
	    {"chase/n=99999999999999999999p", "99999999999999999999p"},
	    {"chase/n=\x01", "?"},
	};
	struct selector selector;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct verdict v = selector_parse(bad[i][0], BASE, &selector);

		if (v.outcome != OUTCOME_ERROR)
			fail_msg("\"%s\" was taken", bad[i][0]);
		if (!strstr(v.text, bad[i][1]))
			fail_msg("%s does not hold %s", v.text, bad[i][1]);
		assert_null(strchr(v.text, '\n'));
		assert_true(v.remedy[0]);
	}
}

static void too_many_terms_and_items_are_refused(void **state)
{
	struct selector selector;
	char text[2048] = "chase/n=1";

	(void)state;
	for (int i = 0; i < SELECTOR_ITEMS_MAX; i++)
		strcat(text, ",7");
	assert_non_null(strstr(selector_parse(text, BASE, &selector).text, "more than 64 items"));
	strcpy(text, "chase");
	for (int i = 0; i <= CELL_PARAMS_MAX; i++)
		snprintf(text + strlen(text), 16, "/n%d=1", i);
	assert_non_null(strstr(selector_parse(text, BASE, &selector).text, "more than 12 terms"));
	memset(text, 'x', 500);
	text[500] = '\0';
	assert_int_equal(selector_parse(text, BASE, &selector).outcome, OUTCOME_ERROR);
	memcpy(text, "a=", 2);
	assert_int_equal(selector_parse(text, BASE, &selector).outcome, OUTCOME_ERROR);
}

/* The values of `items` as text, comma separated; the error's code where there is one. */
static const char *expanded(const char *items, struct expansion context)
{
	static char out[1024];
	char text[256];
	struct selector selector;
	struct value value[32];
	size_t n;

	snprintf(text, sizeof text, "x=%s", items);
	struct verdict v = selector_parse(text, BASE, &selector);
	if (!verdict_is_ok(&v))
		fail_msg("%s", v.text);
	v = term_expand(selector_term(&selector, "x"), &context, value, 32, &n);
	if (!verdict_is_ok(&v)) {
		assert_true(v.remedy[0]);
		return strcpy(out, v.code);
	}
	out[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		value_format(&value[i], text, sizeof text);
		snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s", i ? "," : "", text);
	}
	return out;
}

#define COUNTS	 ((struct expansion){.type = P_COUNT, .max = 7})
#define BYTES_4K ((struct expansion){.type = P_BYTES, .page_bytes = 4096, .max = 64 << 10})
#define NO_PAGE	 ((struct expansion){.type = P_BYTES, .max = 64 << 10})

static void ranges_rise_and_end_at_the_limit(void **state)
{
	(void)state;
	assert_string_equal(expanded("1..8", COUNTS), "1,2,4,8");
	assert_string_equal(expanded("1..10", COUNTS), "1,2,4,8,10");
	assert_string_equal(expanded("0..7", COUNTS), "0,1,2,4,7");
	assert_string_equal(expanded("0..max", COUNTS), "0,1,2,4,7");
	assert_string_equal(expanded("1..7*1.2", COUNTS), "1,2,3,4,5,6,7");
	assert_string_equal(expanded("8..16*1.5", COUNTS), "8,12,16");
	assert_string_equal(expanded("1..10+3", COUNTS), "1,4,7,10");
	assert_string_equal(expanded("1..9+3", COUNTS), "1,4,7,9");
	assert_string_equal(expanded("5..5", COUNTS), "5");
	assert_string_equal(expanded("1..half", COUNTS), "1,2"); /* of 7 */
	assert_string_equal(expanded("8..max", COUNTS), "");	 /* more than this machine has */
	assert_string_equal(expanded("18446744073709551614..18446744073709551615", COUNTS),
			    "18446744073709551614,18446744073709551615");
	assert_string_equal(expanded("1..18446744073709551615*1000000000000", COUNTS),
			    "1,1000000000000,18446744073709551615");
}

static void bytes_round_to_pages(void **state)
{
	(void)state;
	assert_string_equal(expanded("1p..8p", BYTES_4K), "4KiB,8KiB,16KiB,32KiB");
	assert_string_equal(expanded("4p..8p*1.3", BYTES_4K), "16KiB,20KiB,28KiB,32KiB");
	assert_string_equal(expanded("16KiB..max", BYTES_4K), "16KiB,32KiB,64KiB");
	assert_string_equal(expanded("1KiB..4KiB*1.5", NO_PAGE), "1KiB,2KiB,3KiB,4KiB");
	assert_string_equal(expanded("72p,max", BYTES_4K), "288KiB,64KiB");
	assert_string_equal(expanded("4KiB,half", BYTES_4K), "4KiB,32KiB");
	assert_string_equal(
	    expanded("half", (struct expansion){.type = P_BYTES, .max = 23ull << 30}), "8GiB");
	assert_string_equal(
	    expanded("half", (struct expansion){.type = P_BYTES, .max = 1ull << 40}), "16GiB");
	assert_string_equal(expanded("half", (struct expansion){.type = P_BYTES}), "0B");
	assert_string_equal(expanded("4KiB..12KiB+4KiB", BYTES_4K), "4KiB,8KiB,12KiB");
	assert_string_equal(expanded("72p", NO_PAGE), "bad-value");
	assert_string_equal(expanded("18446744073709551615p", BYTES_4K), "bad-value");
}

static void lists_keep_their_order_without_repeats(void **state)
{
	struct value all[2];
	struct expansion words = {.type = P_WORD, .all = all, .nall = 2};

	(void)state;
	value_parse("spin", BASE, &all[0]);
	value_parse("sleep", BASE, &all[1]);
	assert_string_equal(expanded("33,1..4,2,34", COUNTS), "33,1,2,4,34");
	assert_string_equal(expanded("sleep,*", words), "sleep,spin");
	assert_string_equal(expanded("thp,4k,thp-2m", (struct expansion){.type = P_PAGE}),
			    "thp,4k");
	assert_string_equal(expanded("thp-16k..thp-64k", (struct expansion){.type = P_PAGE}),
			    "thp-16k,thp-32k,thp-64k");
}

static void the_wrong_form_is_refused(void **state)
{
	(void)state;
	assert_string_equal(expanded("4KiB", COUNTS), "bad-value");
	assert_string_equal(expanded("spin", COUNTS), "bad-value");
	assert_string_equal(expanded("7p", COUNTS), "bad-value");
	assert_string_equal(expanded("*", COUNTS), "bad-value");
	assert_string_equal(expanded("1..8+4KiB", COUNTS), "bad-value");
	assert_string_equal(expanded("33", BYTES_4K), "bad-value");
	assert_string_equal(expanded("1..4", (struct expansion){.type = P_WORD}), "bad-value");
	assert_string_equal(expanded("max", (struct expansion){.type = P_WORD}), "bad-value");
	assert_string_equal(expanded("max", (struct expansion){.type = P_PAGE}), "bad-value");
	assert_string_equal(expanded("half", (struct expansion){.type = P_WORD}), "bad-value");
	assert_string_equal(expanded("1..1000+1", COUNTS), "too-many-values");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_selector_matches_what_it_says),
	    cmocka_unit_test(bad_selectors_name_text_and_token),
	    cmocka_unit_test(too_many_terms_and_items_are_refused),
	    cmocka_unit_test(ranges_rise_and_end_at_the_limit),
	    cmocka_unit_test(bytes_round_to_pages),
	    cmocka_unit_test(lists_keep_their_order_without_repeats),
	    cmocka_unit_test(the_wrong_form_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
