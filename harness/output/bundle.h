/* Everything an artifact evaluation wants of one run, in one archive. */
#ifndef TLBSCOPE_OUTPUT_BUNDLE_H
#define TLBSCOPE_OUTPUT_BUNDLE_H

#include "result/result.h"

/* result_path: the file as it is, byte by byte. drawn: a directory with report.html and figures/.
 * The same inputs give the same archive; it appears under its name only when it is whole. */
struct verdict bundle_write(const struct result *result, const char *result_path, const char *drawn,
			    const char *path);

#endif
