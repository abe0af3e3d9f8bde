#include "unit/output/support.h"

#include "output/progress.h"

#include <fcntl.h>

/* What progress writes on a terminal of its own. */
static size_t on_terminal(char *out, size_t size, unsigned visits)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);
	struct progress p;

	assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
	FILE *to = fopen(ptsname(master), "w");
	assert_non_null(to);
	progress_begin(&p, to, 10, visits);
	for (unsigned i = 1; i <= visits; i++)
		progress_round(&p, 1 + i * 10 / (visits + 1), i, visits, (double)(visits - i));
	progress_end(&p);
	size_t n = 0;
	ssize_t got;
	fcntl(master, F_SETFL, O_NONBLOCK);
	while ((got = read(master, out + n, size - 1 - n)) > 0)
		n += (size_t)got;
	assert_true(n > 0);
	out[n] = '\0';
	fclose(to);
	close(master);
	return n;
}

static void a_terminal_gets_one_bar(void **state)
{
	char text[4096];

	(void)state;
	unsetenv("NO_COLOR");
	setenv("TERM", "xterm", 1);
	/* A thousand visits in no time: drawn once or so, never a thousand times. */
	assert_in_range(on_terminal(text, sizeof text, 1000), 10, 1000);
	assert_null(strchr(text, '\n'));
	assert_has(text, "left");
	assert_has(text, "\033[36m");
	assert_string_equal(text + strlen(text) - 4, "\r\033[K");
	setenv("NO_COLOR", "1", 1);
	on_terminal(text, sizeof text, 10);
	assert_has_not(text, "\033[36m");
	unsetenv("NO_COLOR");
	setenv("TERM", "dumb", 1);
	on_terminal(text, sizeof text, 10);
	assert_has_not(text, "\033");
	assert_has(text, "round 1 of 10");
}

static void elsewhere_a_line_a_round(void **state)
{
	char path[64] = "/tmp/tlbscope-progress-XXXXXX";
	int fd = mkstemp(path);
	FILE *to = fdopen(fd, "w");
	struct progress p;

	(void)state;
	setenv("TERM", "xterm", 1);
	progress_begin(&p, to, 2, 6);
	for (unsigned i = 1; i <= 6; i++)
		progress_round(&p, (i + 2) / 3, i, 6, i == 1 ? -1 : 200);
	p.drawn_ms -= 10000; /* the round takes long */
	progress_round(&p, 2, 6, 6, 7);
	progress_round(&p, 2, 6, 6, 6);
	progress_round(&p, 3, 6, 6, 0); /* more rounds than were thought of */
	progress_end(&p);
	fclose(to);
	char *text = slurp(path);
	assert_string_equal(text, "measuring: 6 visits\n"
				  "round 1 of 2: 1 of 6 visits done\n"
				  "round 2 of 2: 4 of 6 visits done, 3 min left\n"
				  "measuring: 6 of 6 visits done, 7 s left\n"
				  "round 3: 6 of 6 visits done, 0 s left\n");
	free(text);
	unlink(path);
}

static void one_is_singular(void **state)
{
	char path[64] = "/tmp/tlbscope-progress-XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");
	struct progress p;

	(void)state;
	setenv("TERM", "dumb", 1);
	progress_begin(&p, file, 1, 1);
	progress_round(&p, 1, 1, 1, -1);
	progress_end(&p);
	fclose(file);
	char *text = slurp(path);
	assert_string_equal(text, "measuring: 1 visit\nround 1 of 1: 1 of 1 visit done\n");
	free(text);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_terminal_gets_one_bar),
	    cmocka_unit_test(elsewhere_a_line_a_round),
	    cmocka_unit_test(one_is_singular),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
