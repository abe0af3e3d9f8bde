/* What the guest and its host say to each other over a serial port: one way, guest to host.
 *
 *	'T' 'L' type length(4, little-endian) payload
 *
 * A port has no packets and no errors; what does not begin with the two letters is an error of the
 * guest's (a kernel that writes its console there, say) and ends the conversation.
 */
#ifndef TLBSCOPE_LAB_FRAMES_H
#define TLBSCOPE_LAB_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frame_type {
	FRAME_BOOTED = 'B', /* init runs; empty */
	FRAME_OUT = 'O',    /* standard output */
	FRAME_ERR = 'E',    /* standard error */
	FRAME_FILE = 'F',   /* a file begins: its path below the working directory */
	FRAME_DATA = 'D',   /* more of that file */
	FRAME_EXIT = 'X',   /* the command has ended, all files are sent: its code, 4 bytes */
};

#define FRAME_HEAD  7
#define FRAME_BYTES 65536 /* of payload, at most */

struct frame {
	enum frame_type type;
	uint32_t length;
	const unsigned char *payload;
};

void frame_head(enum frame_type type, uint32_t length, unsigned char out[FRAME_HEAD]);

/* Puts frames together from what was read, in pieces of any size. */
struct frames {
	unsigned char buffer[2 * (FRAME_HEAD + FRAME_BYTES)];
	size_t begin, end;
	bool broken; /* not frames; nothing more comes */
};
/* Where to read to next, and how much fits. */
unsigned char *frames_space(struct frames *frames, size_t *size);
void frames_filled(struct frames *frames, size_t size);
/* The next whole frame, valid until frames_space(). False: none yet. */
bool frames_next(struct frames *frames, struct frame *out);

#endif
