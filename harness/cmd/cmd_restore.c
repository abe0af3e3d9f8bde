#include "cmd/cmd.h"

#include "machine/journal.h"
#include "result/phrase.h"

static const char doc[] =
    "Put back what a killed run left changed: huge-page pools and settings that it had journalled."
    "\vA run that ends by itself, by an error or by Ctrl-C has put everything back already.\n\n"
    "Example: sudo tlbscope restore";

int cmd_restore(int argc, char **argv)
{
	const struct argp argp = {.parser = cmd_no_more, .doc = doc};
	unsigned n = 0;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	struct verdict verdict = journal_recover(stdout, &n);
	if (verdict.outcome == OUTCOME_ERROR)
		return cmd_fail(&verdict);
	if (n)
		printf("%u setting%s put back\n", n, plural(n));
	else
		puts("nothing to put back");
	return 0;
}
