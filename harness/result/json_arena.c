#include "result/json_arena.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#define BLOCK_BYTES ((size_t)1 << 20)

union widest { /* of what jansson keeps */
	void *pointer;
	double real;
	json_int_t integer;
	size_t size;
};

struct block {
	struct block *before;
	union widest bytes[];
};

static thread_local struct {
	bool serves;
	struct block *last;
	char *at; /* of its free bytes */
	size_t left;
} arena;

static bool add_block(size_t least)
{
	size_t bytes = least > BLOCK_BYTES ? least : BLOCK_BYTES;
	struct block *block =
	    bytes <= SIZE_MAX - sizeof *block ? malloc(sizeof *block + bytes) : NULL;

	if (!block)
		return false;
	block->before = arena.last;
	arena.last = block;
	arena.at = (char *)block->bytes;
	arena.left = bytes;
	return true;
}

static void *take(size_t size)
{
	const size_t align = sizeof(union widest);

	if (!arena.serves)
		return malloc(size);
	if (size > SIZE_MAX - align)
		return NULL;
	size = (size + align - 1) / align * align;
	if (size > arena.left && !add_block(size))
		return NULL;
	arena.at += size;
	arena.left -= size;
	return arena.at - size;
}

static void keep(void *piece)
{
	if (!arena.serves)
		free(piece);
}

static void introduce(void)
{
	json_set_alloc_funcs(take, keep);
}

void json_arena_begin(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, introduce);
	arena.serves = true;
}

void json_arena_end(void)
{
	arena.serves = false;
	while (arena.last) {
		struct block *before = arena.last->before;

		free(arena.last);
		arena.last = before;
	}
	arena.at = NULL;
	arena.left = 0;
}
