/* What stands between the parts of a screen. */
#include "unit/output/support.h"

#include "output/geometry.h"
#include "output/output.h"

/* One empty line between parts, whichever of them there are, and none at either end. */
static void parts_are_one_line_apart(void **state)
{
	struct result r;

	(void)state;
	for (int parts = 0; parts < 4; parts++) {
		result_init(&r);
		fake_machine(&r);
		if (parts & 1)
			fake_chase(&r);
		if (parts & 2)
			fake_findings(&r);
		r.run.complete = true;
		char *text = PRINTED(output_first_screen(to, &r); output_curves(to, &r);
				     output_validity(to, &r); output_next(to, &r, "DIR"));
		assert_has_not(text, "\n\n\n");
		assert_has(text, "\n\nnext:\n");
		free(text);
		text = PRINTED(output_first_screen(to, &r); output_details(to, &r));
		assert_has_not(text, "\n\n\n");
		free(text);
		text = PRINTED(output_geometry(to, &r));
		assert_has_not(text, "\n\n\n");
		assert_has_not(text + strlen(text) - 2, "\n\n");
		free(text);
		*r.machine.cpu = '\0';
		text = PRINTED(output_geometry(to, &r));
		assert_int_not_equal(*text, '\n');
		free(text);
		result_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts_are_one_line_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
