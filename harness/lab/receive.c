#include "lab/receive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 4096

void receiver_begin(struct receiver *r, const struct vm_spec *spec, struct vm_end *end)
{
	*r = (struct receiver){.spec = spec, .end = end, .file = -1, .verdict = verdict_ok()};
}

static bool write_all(int fd, const unsigned char *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0)
			bytes += n, size -= (size_t)n;
	}
	return true;
}

static void fail(struct receiver *r, const char *path)
{
	if (verdict_is_ok(&r->verdict))
		r->verdict = verdict_error("no-output", "choose another place with --output",
					   "cannot write %s: %s", path, strerror(errno));
}

/* Below the directory for output and nowhere else, whatever the guest says. */
static bool is_sound(const char *path)
{
	for (const char *at = path; at; at = strchr(at, '/')) {
		at += *at == '/';
		if (!*at || *at == '/' || strncmp(at, "../", 3) == 0 || strcmp(at, "..") == 0)
			return false;
	}
	return *path != '/';
}

static void make_parents(char *path, size_t after)
{
	for (char *slash = strchr(path + after, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0777);
		*slash = '/';
	}
}

static void close_file(struct receiver *r)
{
	if (r->file >= 0)
		close(r->file);
	r->file = -1;
}

static void open_file(struct receiver *r, const struct frame *frame)
{
	char name[PATH_BYTES], path[2 * PATH_BYTES];

	close_file(r);
	snprintf(name, sizeof name, "%.*s", (int)frame->length, (const char *)frame->payload);
	if (!is_sound(name)) {
		errno = EINVAL;
		fail(r, name);
		return;
	}
	snprintf(path, sizeof path, "%s/%s", r->spec->output, name);
	make_parents(path, strlen(r->spec->output) + 1);
	r->file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (r->file < 0) {
		fail(r, path);
		return;
	}
	r->end->files++;
	const char *base = strrchr(path, '/') + 1;

	if (strcmp(base, "result.json") == 0 && strlen(path) < sizeof r->end->result)
		memcpy(r->end->result, path, strlen(path) + 1);
}

static void take(struct receiver *r, const struct frame *frame)
{
	int to = frame->type == FRAME_OUT ? r->spec->out : r->spec->err;

	switch (frame->type) {
	case FRAME_BOOTED:
		r->booted = true;
		break;
	case FRAME_OUT:
	case FRAME_ERR: /* a reader that went away is no reason to stop */
		if (to >= 0)
			write_all(to, frame->payload, frame->length);
		break;
	case FRAME_FILE:
		open_file(r, frame);
		break;
	case FRAME_DATA:
		if (r->file >= 0 && !write_all(r->file, frame->payload, frame->length))
			fail(r, "a file of the guest's");
		break;
	case FRAME_EXIT:
		r->over = frame->length == 4;
		r->end->code = frame->payload[0];
		break;
	}
}

bool receiver_read(struct receiver *r, int fd)
{
	struct frame frame;
	size_t size;
	unsigned char *space = frames_space(&r->frames, &size);
	ssize_t n = read(fd, space, size);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n == 0)
		return false;
	frames_filled(&r->frames, (size_t)n);
	while (!r->over && frames_next(&r->frames, &frame))
		take(r, &frame);
	return !r->over && !r->frames.broken;
}

void receiver_end(struct receiver *r)
{
	close_file(r);
}
