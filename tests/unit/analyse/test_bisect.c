/* Which test a bisection follows, and when its runs are sure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyse/bisect.h"

static struct comparison_row row(enum row_state state, double old, double new)
{
	return (struct comparison_row){
	    .state = state, .old.e = {old, old, old}, .new.e = {new, new, new}};
}

static const struct comparison_row *chosen(struct comparison_row *rows, unsigned n)
{
	const struct comparison comparison = {.rows = rows, .nrows = n};

	return bisect_choose(&comparison);
}

static void the_largest_regression_is_followed(void **state)
{
	struct comparison_row rows[] = {row(ROW_REGRESSION, 100, 110), row(ROW_REGRESSION, 10, 15),
					row(ROW_SAME, 10, 90), row(ROW_UNSURE, 10, 80)};

	(void)state;
	assert_ptr_equal(chosen(rows, 4), &rows[1]);
}

/* A kernel that is worse here and much better there is bad for what is worse. */
static void before_any_improvement(void **state)
{
	struct comparison_row rows[] = {row(ROW_IMPROVEMENT, 100, 10),
					row(ROW_REGRESSION, 100, 105)};

	(void)state;
	assert_ptr_equal(chosen(rows, 2), &rows[1]);
	assert_ptr_equal(chosen(rows, 1), &rows[0]);
}

static void nothing_sure_is_nothing_to_follow(void **state)
{
	struct comparison_row rows[] = {row(ROW_SAME, 10, 90), row(ROW_UNSURE, 10, 80),
					row(ROW_REGRESSION, 0, 5)};

	(void)state;
	assert_null(chosen(rows, 3));
}

static enum bisect_vote vote(double good, double bad, double lo, double est, double hi)
{
	struct bisect bisect = {.good = good, .bad = bad, .most = 9};
	const struct estimate run = {est, lo, hi};
	enum bisect_vote vote = bisect_add(&bisect, &run);

	assert_int_equal(bisect.votes[vote], 1);
	return vote;
}

static void a_run_votes_for_the_side_that_it_lies_on(void **state)
{
	(void)state;
	assert_int_equal(vote(100, 121, 99, 100, 109), VOTE_GOOD); /* the middle is 110 */
	assert_int_equal(vote(100, 121, 111, 120, 122), VOTE_BAD);
	assert_int_equal(vote(100, 121, 109, 111, 112), VOTE_BETWEEN);
	assert_int_equal(vote(100, 121, 80, 82, 84), VOTE_NEITHER);
	assert_int_equal(vote(100, 121, 147, 148, 149), VOTE_NEITHER);
	/* more is better */
	assert_int_equal(vote(121, 100, 99, 100, 109), VOTE_BAD);
	assert_int_equal(vote(121, 100, 111, 120, 122), VOTE_GOOD);
}

static void three_votes_ahead_are_sure(void **state)
{
	struct bisect b = {.good = 100, .bad = 121, .most = 6};

	(void)state;
	b.votes[VOTE_GOOD] = 2;
	assert_int_equal(bisect_state(&b), BISECT_OPEN);
	b.votes[VOTE_GOOD] = 3;
	assert_int_equal(bisect_state(&b), BISECT_GOOD);
	b.votes[VOTE_BAD] = 1;
	assert_int_equal(bisect_state(&b), BISECT_OPEN);
	b.votes[VOTE_NEITHER] = 2;
	assert_int_equal(bisect_state(&b), BISECT_CANNOT_TELL);
	b.votes[VOTE_BAD] = 6;
	assert_int_equal(bisect_state(&b), BISECT_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_largest_regression_is_followed),
	    cmocka_unit_test(before_any_improvement),
	    cmocka_unit_test(nothing_sure_is_nothing_to_follow),
	    cmocka_unit_test(a_run_votes_for_the_side_that_it_lies_on),
	    cmocka_unit_test(three_votes_ahead_are_sure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
