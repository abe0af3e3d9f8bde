/* What it costs to link a chain through mapped memory, against one sequential write of a word to
 * each page, in turn. Prints both per page and the ratio; built by tests/bars/chain_setup.sh. */
#include <tlbscope/chain.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TURNS 15

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

/* The lines of the chain's slots: the first of page 0, the second of page 1, … */
static double write_ns(const struct window *window)
{
	double start = now_ns();

	for (uint64_t i = 0; i < window->slots; i++)
		*(volatile uint64_t *)(window->base + (i << 12) + ((i & 63) << 6)) = i;
	return (now_ns() - start) / window->slots;
}

static double link_ns(const struct window *window, uint64_t seed)
{
	struct order order;
	double start = now_ns();

	order_init(&order, window->slots, seed);
	chain_link(window, &order);
	return (now_ns() - start) / window->slots;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct region_spec spec = {.page = {PAGE_BASE, 4096}, .layout = LAYOUT_DISTINCT};
	struct region region;
	double written[TURNS], linked[TURNS];

	spec.bytes = (uint64_t)(argc > 1 ? atoi(argv[1]) : 1024) << 20;
	struct verdict verdict = region_map(&region, &spec, -1, 1);

	if (!verdict_is_ok(&verdict)) {
		fprintf(stderr, "%s\n", verdict.text);
		return 1;
	}
	struct window window = region_window(&region, spec.bytes, 1);

	for (int i = 0; i < TURNS; i++) {
		written[i] = write_ns(&window);
		linked[i] = link_ns(&window, i);
	}
	qsort(written, TURNS, sizeof *written, by_value);
	qsort(linked, TURNS, sizeof *linked, by_value);
	printf("%" PRIu64
	       " pages: write %.2f ns, link %.2f ns, ratio %.2f (medians), %.2f (least)\n",
	       window.slots, written[TURNS / 2], linked[TURNS / 2],
	       linked[TURNS / 2] / written[TURNS / 2], linked[0] / written[0]);
	region_unmap(&region);
	return 0;
}
