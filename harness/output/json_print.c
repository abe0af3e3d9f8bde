#include "output/json_print.h"

struct verdict json_print(FILE *to, json_t *document, size_t flags)
{
	bool ok = document && (json_dumpf(document, to, flags) == 0 || ferror(to));

	fputc('\n', to);
	json_decref(document);
	return ok ? verdict_ok()
		  : verdict_error("no-memory", "free memory", "no memory for so much JSON");
}
