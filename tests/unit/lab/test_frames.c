/* Frames: whole ones come out of pieces of any size, and nothing else does. */
#include "lab/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct frames frames;
static unsigned char wire[FRAME_HEAD + FRAME_BYTES + 1000];

static size_t put(size_t at, enum frame_type type, const void *payload, uint32_t length)
{
	frame_head(type, length, wire + at);
	memcpy(wire + at + FRAME_HEAD, payload, length);
	return at + FRAME_HEAD + length;
}

static void feed(const unsigned char *bytes, size_t n)
{
	size_t size;
	unsigned char *space = frames_space(&frames, &size);

	assert_true(size >= n);
	memcpy(space, bytes, n);
	frames_filled(&frames, n);
}

static int begin(void **state)
{
	(void)state;
	memset(&frames, 0, sizeof frames);
	return 0;
}

static void comes_whole_from_any_pieces(void **state)
{
	static const size_t pieces[] = {1, 2, 3, 7, 8, 50};
	size_t n = put(0, FRAME_BOOTED, "", 0);

	(void)state;
	n = put(n, FRAME_OUT, "hello", 5);
	n = put(n, FRAME_EXIT, "\3\0\0\0", 4);
	for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
		char types[8] = "";
		struct frame frame;

		begin(NULL);
		for (size_t at = 0; at < n; at += pieces[p]) {
			feed(wire + at, n - at < pieces[p] ? n - at : pieces[p]);
			while (frames_next(&frames, &frame)) {
				types[strlen(types)] = (char)frame.type;
				if (frame.type == FRAME_OUT)
					assert_memory_equal(frame.payload, "hello", 5);
			}
		}
		assert_string_equal(types, "BOX");
		assert_false(frames.broken);
	}
}

static void the_longest_fits(void **state)
{
	static unsigned char payload[FRAME_BYTES];
	struct frame frame;
	size_t n = put(0, FRAME_DATA, payload, FRAME_BYTES);

	(void)state;
	for (size_t at = 0; at < n; at += 4096)
		feed(wire + at, n - at < 4096 ? n - at : 4096);
	assert_true(frames_next(&frames, &frame));
	assert_int_equal(frame.length, FRAME_BYTES);
	assert_false(frames_next(&frames, &frame));
	assert_false(frames.broken);
}

static void other_things_break_it(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
	} bad[] = {
	    {"[    0.000000] Linux version", 28},
	    {"Tx", 2},
	    {"TLQ\0\0\0\0", 7},	 /* no such type */
	    {"TL\0\0\0\0\0", 7}, /* none at all */
	    {"TLO\1\0\1\0", 7},	 /* a byte too long */
	    {"TLO\377\377\377\377", 7},
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct frame frame;

		begin(NULL);
		feed((const unsigned char *)bad[i].bytes, bad[i].n);
		assert_false(frames_next(&frames, &frame));
		assert_true(frames.broken);
		assert_false(frames_next(&frames, &frame));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(comes_whole_from_any_pieces, begin),
	    cmocka_unit_test_setup(the_longest_fits, begin),
	    cmocka_unit_test_setup(other_things_break_it, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
