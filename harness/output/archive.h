/* A tar archive, the same bytes for the same files: order and time are the caller's, owners and
 * modes are none of the machine's.
 *
 * Our own 100 lines of POSIX ustar rather than the tar program: only GNU's has the options that
 * make an archive reproducible, and a library would be one more to install for a header of 512
 * bytes. */
#ifndef TLBSCOPE_OUTPUT_ARCHIVE_H
#define TLBSCOPE_OUTPUT_ARCHIVE_H

#include <tlbscope/verdict.h>

#include <stdio.h>
#include <time.h>

struct archive {
	FILE *to;
	char root[64]; /* the directory that all names are in */
	time_t time;   /* of every file */
};

/* Names are relative and shorter than 100 bytes together with the root. */
struct verdict archive_add(struct archive *archive, const char *name, const char *text,
			   size_t length);
/* A file on disk, of at most 512 MiB. */
struct verdict archive_add_file(struct archive *archive, const char *name, const char *path);
/* The two empty blocks at the end. The stream is the caller's to close, and its errors are, too. */
void archive_end(struct archive *archive);

#endif
