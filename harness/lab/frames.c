#include "lab/frames.h"

#include <string.h>

void frame_head(enum frame_type type, uint32_t length, unsigned char out[FRAME_HEAD])
{
	out[0] = 'T';
	out[1] = 'L';
	out[2] = (unsigned char)type;
	for (int i = 0; i < 4; i++)
		out[3 + i] = (unsigned char)(length >> 8 * i);
}

unsigned char *frames_space(struct frames *f, size_t *size)
{
	memmove(f->buffer, f->buffer + f->begin, f->end - f->begin);
	f->end -= f->begin;
	f->begin = 0;
	*size = sizeof f->buffer - f->end;
	return f->buffer + f->end;
}

void frames_filled(struct frames *f, size_t size)
{
	f->end += size;
}

bool frames_next(struct frames *f, struct frame *out)
{
	const unsigned char *head = f->buffer + f->begin;
	size_t n = f->end - f->begin;

	if ((n > 0 && head[0] != 'T') || (n > 1 && head[1] != 'L'))
		f->broken = true;
	if (f->broken || n < FRAME_HEAD)
		return false;
	*out = (struct frame){.type = head[2], .payload = head + FRAME_HEAD};
	for (int i = 0; i < 4; i++)
		out->length |= (uint32_t)head[3 + i] << 8 * i;
	if (!strchr("BOEFDX", head[2]) || !head[2] || out->length > FRAME_BYTES)
		f->broken = true;
	if (f->broken || n - FRAME_HEAD < out->length)
		return false;
	f->begin += FRAME_HEAD + out->length;
	return true;
}
