/* The file behind a journal, and the directory it lies in. Private to the journal.
 *
 * First line: HEADER, the owner's pid, its start time (field 22 of /proc/PID/stat; 0 where /proc
 * does not tell). Then a line for each change: path, old value, new value, with tabs between. A
 * line is on disk before its change is made.
 */
#ifndef TLBSCOPE_MACHINE_JOURNAL_FILE_H
#define TLBSCOPE_MACHINE_JOURNAL_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define JOURNAL_SUFFIX ".journal"
#define JOURNAL_HEADER "tlbscope-journal 1 "

struct entry {
	const char *path, *old, *new;
};

/* A journal as read. */
struct image {
	char *text;
	pid_t pid; /* 0: without a whole first line, so without changes */
	uint64_t start;
	size_t n;
	struct entry *entry;
};

const char *journal_directory(void);
/* The lock that every change, restore and recovery holds. Both return 0 or -errno. */
int journal_lock(bool make, int *dir);
void journal_unlock(int dir);

bool process_stat(pid_t pid, char *state, uint64_t *start);
bool image_owner_lives(const struct image *image);

/* Return 0, -errno (-EPERM: the file is somebody else's), or the number of the line that is not
 * understood. */
int image_read(int fd, struct image *image);
int image_open(int dir, const char *name, struct image *image);
void image_free(struct image *image);

#endif
