#include "machine/journal.h"
#include "machine/journal_file.h"
#include "machine/setting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct journal {
	pid_t owner;
	int fd; /* -1: nothing is changed */
	off_t bytes;
	char name[NAME_MAX + 1];
};

/* ---- putting back ---- */

/* Is the present value one that our change can have left? */
static bool is_ours(const struct entry *entry, const char *now)
{
	unsigned long long from, to, at;

	if (setting_same(now, entry->new))
		return true;
	return setting_pool(entry->path) && setting_number(entry->old, &from) &&
	       setting_number(entry->new, &to) && setting_number(now, &at) &&
	       (from < to ? from <= at && at <= to : to <= at && at <= from);
}

struct tally {
	FILE *say;
	unsigned back;
	struct verdict worst;
};

static void report(struct tally *tally, struct verdict v)
{
	if (tally->say)
		fprintf(tally->say, "%s%s%s\n", v.text, *v.remedy ? "; " : "", v.remedy);
	if (v.outcome > tally->worst.outcome)
		tally->worst = v;
}

static int write_back(const struct entry *entry, char *now)
{
	int error = setting_write(entry->path, entry->old);

	if (!error)
		error = setting_read(entry->path, now);
	return error || setting_same(now, entry->old) ? error : -EBUSY;
}

/* True when nothing is left to do. */
static bool put_back(const struct entry *entry, struct tally *tally)
{
	char now[SETTING_VALUE_MAX], was[SETTING_VALUE_MAX], remedy[232];
	int error = setting_read(entry->path, now);

	if (error == -ENOENT || (!error && setting_same(now, entry->old)))
		return true;
	if (!error && !is_ours(entry, now)) {
		report(tally, verdict_skipped(
				  "changed-since", NULL,
				  "%s is left at %s: changed since by somebody else (it was %s, "
				  "tlbscope wrote %s)",
				  entry->path, now, entry->old, entry->new));
		return true;
	}
	snprintf(was, sizeof was, "%s", now);
	if (!error)
		error = write_back(entry, now);
	if (!error) {
		tally->back++;
		if (tally->say)
			fprintf(tally->say, "%s is put back: %s -> %s\n", entry->path, was, now);
		return true;
	}
	setting_command(entry->path, entry->old, remedy, sizeof remedy);
	report(tally, verdict_error("not-put-back", remedy, "%s cannot be put back to %s: %s",
				    entry->path, entry->old, strerror(-error)));
	return false;
}

static bool put_all_back(const struct image *image, struct tally *tally)
{
	bool done = true;

	for (size_t i = image->n; i-- > 0;)
		done &= put_back(&image->entry[i], tally);
	return done;
}

struct verdict journal_restore(struct journal *journal)
{
	struct tally tally = {.worst = verdict_ok()};
	struct image image;
	int dir = -1;

	if (!journal || journal->fd < 0 || journal->owner != getpid())
		return verdict_ok();
	/* Where even the directory is gone, the descriptor still tells what to put back. */
	journal_lock(false, &dir);
	int error = image_read(journal->fd, &image);
	if (error) {
		report(&tally,
		       verdict_error("journal", "tlbscope restore", "%s/%s cannot be read: %s",
				     journal_directory(), journal->name,
				     error < 0 ? strerror(-error) : "it was changed"));
		goto out;
	}
	if (put_all_back(&image, &tally)) {
		unlinkat(dir, journal->name, 0);
		close(journal->fd);
		journal->fd = -1;
	}
	image_free(&image);
out:
	if (dir >= 0)
		journal_unlock(dir);
	return tally.worst;
}

/* ---- what dead runs left ---- */

static int is_journal(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(JOURNAL_SUFFIX);

	return length > suffix && !strcmp(entry->d_name + length - suffix, JOURNAL_SUFFIX);
}

static void report_unread(struct tally *tally, const char *name, int error)
{
	char why[64];

	if (error > 0)
		snprintf(why, sizeof why, "line %d is not understood", error);
	else
		snprintf(why, sizeof why, "%s",
			 error == -EPERM ? "another user wrote it" : strerror(-error));
	report(tally,
	       verdict_skipped("journal-left",
			       error > 0 ? "read it, put back what it names, and remove it"
					 : "sudo tlbscope restore",
			       "journal %s/%s is left alone: %s", journal_directory(), name, why));
}

static void recover_one(int dir, const char *name, struct tally *tally)
{
	struct image image;
	int error = image_open(dir, name, &image);

	if (error) {
		report_unread(tally, name, error);
		return;
	}
	if (!image_owner_lives(&image)) {
		if (put_all_back(&image, tally))
			unlinkat(dir, name, 0);
	} else if (image.pid != getpid() && tally->say) {
		fprintf(tally->say, "process %d still runs: what it changed is left to it\n",
			(int)image.pid);
	}
	image_free(&image);
}

struct verdict journal_recover(FILE *say, unsigned *n)
{
	struct tally tally = {.say = say, .worst = verdict_ok()};
	struct dirent **names;
	int dir, error = journal_lock(false, &dir);

	*n = 0;
	if (error == -ENOENT)
		return verdict_ok();
	if (error == -EACCES)
		return verdict_skipped(
		    "no-permission", "sudo tlbscope restore",
		    "what dead runs left cannot be seen: %s belongs to another user",
		    journal_directory());
	if (error)
		return verdict_error("journal", "set TLBSCOPE_JOURNAL to another directory",
				     "%s: %s", journal_directory(), strerror(-error));
	int found = scandirat(dir, ".", &names, is_journal, alphasort);
	for (int i = 0; i < found; i++) {
		recover_one(dir, names[i]->d_name, &tally);
		free(names[i]);
	}
	if (found >= 0)
		free(names);
	journal_unlock(dir);
	*n = tally.back;
	return tally.worst;
}

/* ---- changing ---- */

struct verdict journal_open(struct journal **out)
{
	*out = calloc(1, sizeof **out);
	if (!*out)
		return verdict_error("no-memory", NULL, "no memory for a journal");
	(*out)->fd = -1;
	(*out)->owner = getpid();
	return verdict_ok();
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_restore(journal);
	if (journal->fd >= 0)
		close(journal->fd);
	free(journal);
}

static struct verdict not_changed(const char *path, const char *value, const char *what, int error)
{
	bool denied = error == -EACCES || error == -EPERM || error == -EROFS;
	char remedy[232] = "";

	if (*what && error != -EACCES)
		snprintf(remedy, sizeof remedy,
			 "set TLBSCOPE_JOURNAL to a directory that can be written");
	else if (denied)
		setting_command(path, value, remedy, sizeof remedy);
	return verdict_skipped(error == -ENOENT ? "no-setting"
			       : denied		? "no-permission"
						: "not-changed",
			       remedy, "%s cannot be set to %s: %s%s", path, value, what,
			       strerror(-error));
}

/* Two owners of one setting could not both put it back. */
static struct verdict check_holder(const struct journal *journal, int dir, const char *name,
				   const char *path)
{
	struct verdict v = verdict_ok();
	struct image image;

	if ((journal->fd >= 0 && !strcmp(name, journal->name)) || image_open(dir, name, &image))
		return v;
	for (size_t i = 0; i < image.n && verdict_is_ok(&v); i++) {
		if (strcmp(image.entry[i].path, path))
			continue;
		bool lives = image_owner_lives(&image);
		v = verdict_skipped("held", lives ? "wait until it ends" : "tlbscope restore",
				    "%s is changed already by process %d, which %s", path,
				    (int)image.pid, lives ? "still runs" : "died");
	}
	image_free(&image);
	return v;
}

static struct verdict check_holders(const struct journal *journal, int dir, const char *path)
{
	struct verdict v = verdict_ok();
	struct dirent **names;
	int found = scandirat(dir, ".", &names, is_journal, alphasort);

	for (int i = 0; i < found; i++) {
		if (verdict_is_ok(&v))
			v = check_holder(journal, dir, names[i]->d_name, path);
		free(names[i]);
	}
	if (found >= 0)
		free(names);
	return v;
}

static int create(struct journal *journal)
{
	char path[PATH_MAX];

	if (journal->fd >= 0)
		return 0;
	snprintf(path, sizeof path, "%s/%d-XXXXXX" JOURNAL_SUFFIX, journal_directory(),
		 (int)journal->owner);
	journal->fd = mkostemps(path, (int)strlen(JOURNAL_SUFFIX), O_CLOEXEC);
	if (journal->fd < 0)
		return -errno;
	snprintf(journal->name, sizeof journal->name, "%s", strrchr(path, '/') + 1);
	journal->bytes = 0;
	return 0;
}

static void forget(struct journal *journal, int dir)
{
	if (journal->bytes) {
		if (ftruncate(journal->fd, journal->bytes))
			return; /* a change that was not made, whole or half: both are harmless at
				   the end */
		return;
	}
	unlinkat(dir, journal->name, 0);
	close(journal->fd);
	journal->fd = -1;
}

/* On disk before the change is made, or not in the file at all. */
static int append(struct journal *journal, int dir, const struct entry *entry)
{
	char text[sizeof JOURNAL_HEADER + 40 + SETTING_PATH_MAX + 2 * SETTING_VALUE_MAX], state;
	uint64_t start = 0;
	int header = 0, error = create(journal);

	if (error)
		return error;
	if (!journal->bytes) {
		process_stat(journal->owner, &state, &start);
		header = snprintf(text, sizeof text, JOURNAL_HEADER "%d %" PRIu64 "\n",
				  (int)journal->owner, start);
	}
	int length = header + snprintf(text + header, sizeof text - (size_t)header, "%s\t%s\t%s\n",
				       entry->path, entry->old, entry->new);
	ssize_t written = pwrite(journal->fd, text, (size_t)length, journal->bytes);
	if (written == length && !fsync(journal->fd) && !fsync(dir)) {
		journal->bytes += length;
		return 0;
	}
	error = written >= 0 && written < length ? -ENOSPC : -errno;
	forget(journal, dir);
	return error;
}

static struct verdict change_locked(struct journal *journal, int dir, const char *path,
				    const char *value, bool write)
{
	char old[SETTING_VALUE_MAX];
	struct verdict v = check_holders(journal, dir, path);
	int error;

	if (!verdict_is_ok(&v))
		return v;
	if ((error = setting_read(path, old)))
		return not_changed(path, value, "", error);
	if (setting_same(old, value))
		return v;
	if (!write && setting_write(path, old)) /* may this process? */
		return not_changed(path, value, "", -EACCES);
	error = append(journal, dir, &(struct entry){path, old, value});
	if (error)
		return not_changed(path, value, "no journal can be written: ", error);
	error = write ? setting_write(path, value) : 0;
	return error ? not_changed(path, value, "", error) : v;
}

static struct verdict enter(struct journal *journal, const char *path, const char *value,
			    bool write)
{
	int dir;

	if (!setting_is(path) || !*value || strlen(value) >= SETTING_VALUE_MAX ||
	    strpbrk(value, "\t\n"))
		return verdict_error("bad-setting", NULL, "%s = %s is not a setting of the kernel",
				     path, value);
	int error = journal_lock(true, &dir);
	if (error) {
		char what[128];
		snprintf(what, sizeof what, "no journal can be kept in %s: ", journal_directory());
		return not_changed(path, value, what, error);
	}
	struct verdict v = change_locked(journal, dir, path, value, write);
	journal_unlock(dir);
	return v;
}

struct verdict journal_change(struct journal *journal, const char *path, const char *value)
{
	return enter(journal, path, value, true);
}

struct verdict journal_lend(struct journal *journal, const char *path, const char *value)
{
	return enter(journal, path, value, false);
}
