/* Memory that does not fit: pages are written to swap space and come back by a fault. */
#include <tlbscope/bench.h>

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#define OPS	   256		       /* of a batch of single pages */
#define CYCLE_OPS  2048		       /* of a batch of accesses */
#define CYCLE_WARM 2		       /* passes until what is resident is what the order leaves */
#define SWAPPED	   ((uint64_t)1 << 62) /* in an entry of pagemap */
#define OUT_TRIES  50		       /* for pages that are still being written */
#define OUT_US	   2000

struct replace {
	struct scatter scatter;
	uint64_t page_bytes, pages;
	struct order order;
	uint64_t at; /* accesses so far */
	bool cyclic, writes;
	uint64_t failures;
	struct rusage before;
	uint64_t majors, ops; /* over all timed legs, and what came before */
};

static bool cycles(const struct cell *cell)
{
	return cell_is(cell, "step", "cycle");
}

static struct verdict replace_want(const struct cell *cell, const struct machine *machine,
				   struct want *want)
{
	uint64_t batch = OPS * machine->base_page_bytes;
	uint64_t bytes = cycles(cell) ? cell_count(cell, "footprint") : batch;

	want->max_ops = cycles(cell) ? CYCLE_OPS : OPS;
	want->pressure.swap = cell_is(cell, "swap", "file") ? SWAP_FILE : SWAP_ZRAM;
	want->pressure.limit_bytes = cell_count(cell, "limit");
	want->pressure.swap_bytes = bytes;
	if (!cycles(cell))
		want->expect = (struct expect){
		    .faults = true, .faults_per_op = cell_is(cell, "step", "refault") ? 1 : 0};
	if (bytes + want->pressure.limit_bytes <= machine->memory_bytes)
		return verdict_ok();
	return verdict_skipped("no-memory",
			       "choose a smaller footprint with --only, or free memory",
			       "needs %llu MiB with what is swapped, and %llu MiB may be used",
			       (unsigned long long)((bytes + want->pressure.limit_bytes) >> 20),
			       (unsigned long long)(machine->memory_bytes >> 20));
}

static char *page_at(const struct replace *r, uint64_t i)
{
	return r->scatter.base + i % r->pages * r->page_bytes;
}

/* Half of a page does not compress, half of it does. */
static void fill(const struct replace *r, uint64_t i, uint64_t seed)
{
	uint64_t *word = (uint64_t *)page_at(r, i), x = seed + i;

	for (uint64_t k = 0; k < r->page_bytes / 16; k++) {
		x = x * 0x9e3779b97f4a7c15u + 1;
		word[k] = x ^ x >> 29;
	}
	word[0] = i;
}

static inline uint64_t hash(uint64_t i)
{
	i *= 0x9e3779b97f4a7c15u;
	i ^= i >> 32;
	i *= 0xd6e8feb86659fd93u;
	return i >> 32;
}

/* The same order each time round, or any page at any time. */
static inline char *next_page(struct replace *r)
{
	uint64_t i = r->at++;

	return page_at(r, r->cyclic ? order_at(&r->order, i % r->pages) : hash(i) * r->pages >> 32);
}

static inline void access_page(struct replace *r)
{
	volatile char *page = next_page(r);

	if (r->writes)
		page[8] = (char)r->at;
	else
		(void)page[8];
}

static struct verdict replace_prepare(struct visit *visit)
{
	struct replace *r = visit->state;
	uint64_t bytes = cycles(visit->cell) ? cell_count(visit->cell, "footprint")
					     : OPS * (uint64_t)sysconf(_SC_PAGESIZE);
	struct verdict verdict = scatter_map(&r->scatter, bytes, (uint64_t)sysconf(_SC_PAGESIZE));

	if (!verdict_is_ok(&verdict))
		return verdict;
	r->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	r->pages = bytes / r->page_bytes;
	r->cyclic = !cell_is(visit->cell, "order", "random");
	r->writes = cell_is(visit->cell, "op", "write");
	order_init(&r->order, r->pages, visit->seed);
	for (uint64_t i = 0; i < r->pages; i++)
		fill(r, i, visit->seed);
	for (uint64_t i = 0; cycles(visit->cell) && i < CYCLE_WARM * r->pages; i++)
		access_page(r);
	return verdict_ok();
}

/* In memory still, mapped or as a copy of what is in swap. */
static uint64_t resident(const struct replace *r, uint64_t n)
{
	unsigned char in[OPS];
	uint64_t pages = 0;

	if (n > OPS || mincore(r->scatter.base, n * r->page_bytes, in))
		return 0;
	for (uint64_t i = 0; i < n; i++)
		pages += in[i] & 1;
	return pages;
}

static void page_out(struct replace *r, uint64_t from, uint64_t pages)
{
	r->failures += madvise(page_at(r, from), pages * r->page_bytes, MADV_PAGEOUT) != 0;
}

/* What is being written to a disk cannot be freed at once, and would come back without being read.
 * Mapped once more and not changed, it needs no writing the next time. */
static struct verdict send_out(struct replace *r, uint64_t n)
{
	page_out(r, 0, n);
	for (unsigned tries = 0; resident(r, n) && tries < OUT_TRIES; tries++) {
		usleep(OUT_US);
		for (uint64_t i = 0; i < n; i++)
			(void)*(volatile char *)page_at(r, i);
		page_out(r, 0, n);
	}
	if (!resident(r, n))
		return verdict_ok();
	return verdict_invalid("not-swapped", "see whether the swap space is full",
			       "%llu of %llu pages did not leave memory",
			       (unsigned long long)resident(r, n), (unsigned long long)n);
}

/* Written to, so that each has to be written out. */
static struct verdict replace_arm(struct visit *visit, uint64_t n)
{
	struct replace *r = visit->state;
	struct verdict verdict = verdict_ok();

	for (uint64_t i = 0; !cycles(visit->cell) && i < n; i++)
		*(volatile uint64_t *)page_at(r, i) = i;
	if (cell_is(visit->cell, "step", "refault"))
		verdict = send_out(r, n);
	getrusage(RUSAGE_THREAD, &r->before);
	return verdict;
}

static void replace_op(struct visit *visit, uint64_t i)
{
	struct replace *r = visit->state;

	if (cell_is(visit->cell, "step", "evict"))
		page_out(r, i, 1);
	else if (cell_is(visit->cell, "step", "refault"))
		(void)*(volatile char *)page_at(r, i);
	else
		access_page(r);
}

/* Of the first n pages; false where it cannot be told. */
static bool count_swapped(const struct replace *r, uint64_t n, uint64_t *swapped)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry[OPS];
	off_t at = (off_t)((uintptr_t)r->scatter.base / r->page_bytes * sizeof *entry);
	ssize_t size = (ssize_t)(n * sizeof *entry);
	bool known = fd >= 0 && n <= OPS && pread(fd, entry, (size_t)size, at) == size;

	*swapped = 0;
	for (uint64_t i = 0; known && i < n; i++)
		*swapped += (entry[i] & SWAPPED) != 0;
	if (fd >= 0)
		close(fd);
	return known;
}

static struct verdict replace_check(struct visit *visit, uint64_t n)
{
	struct replace *r = visit->state;
	struct rusage now;
	uint64_t swapped;

	getrusage(RUSAGE_THREAD, &now);
	r->majors += (uint64_t)(now.ru_majflt - r->before.ru_majflt);
	r->ops += n;
	if (cell_is(visit->cell, "step", "evict") && count_swapped(r, n, &swapped) && swapped < n)
		return verdict_invalid("not-swapped", "see whether the swap space is full",
				       "%llu of %llu pages were not written to swap",
				       (unsigned long long)(n - swapped), (unsigned long long)n);
	for (uint64_t i = 0; !cycles(visit->cell) && i < n; i++)
		if (*(volatile uint64_t *)page_at(r, i) != i)
			return verdict_invalid("lost-page", "report this, and see dmesg",
					       "page %llu came back with another content",
					       (unsigned long long)i);
	if (!r->failures)
		return verdict_ok();
	return verdict_invalid("call-failed", "see dmesg; MADV_PAGEOUT came with Linux 5.4",
			       "the kernel refused %llu calls", (unsigned long long)r->failures);
}

static void replace_release(struct visit *visit)
{
	struct replace *r = visit->state;

	if (r->ops)
		visit_report(visit, "major", (double)r->majors / (double)r->ops);
	scatter_unmap(&r->scatter);
}

static const struct param params[] = {
    {"swap", P_WORD, "zram,file", "zram", NULL,
     "where pages go: compressed in memory, or a file in /var/tmp"},
    {"step", P_WORD, "evict,refault,cycle", "refault", NULL,
     "evict: pages are sent out one by one; refault: each comes back; cycle: accesses to a working "
     "set under a limit"},
    {"op", P_WORD, "read,write", "write", "step=cycle",
     "read: pages stay clean once they were written out; write: each access makes one dirty"},
    {"order", P_WORD, "cyclic,random", "cyclic", "step=cycle",
     "cyclic: the same order each time round, the worst for any LRU; random: any page at any time"},
    {"limit", P_BYTES, "8MiB..4GiB", "32MiB", NULL, "memory that the control group may use"},
    {"footprint", P_BYTES, "1MiB..16GiB", "48MiB", "step=cycle", "bytes of the working set"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"mean_ns", "ns", BETTER_LESS, true},
    {"p99_ns", "ns", BETTER_LESS, false},
    {"major", "1/op", BETTER_NEITHER, false},
    {0},
};

static const struct sweep sweeps[] = {
    {"steps", NULL, "replace swap=zram step=evict,refault limit=32MiB", NULL,
     "what it costs to send a page out, and to get it back"},
    {"cliff", NULL,
     "replace swap=zram step=cycle op=read,write order=cyclic,random limit=32MiB "
     "footprint=16MiB,24MiB,28MiB,32MiB,36MiB,48MiB",
     NULL, "an access, as the working set outgrows the limit"},
    {0},
};

const struct bench bench_replace = {
    .name = "replace",
    .what = "pages that are swapped out and come back, under a limit of their own",
    .isolates =
	"the price of eviction and of refault per page (swap on zram: no device waits), and "
	"the cliff of a working set that its control group does not hold",
    .cannot = "what a real swap device adds (swap=file measures the disk behind /var/tmp, caches "
	      "and all: a page sent out is still being written when the call returns, and of those "
	      "that come back only the share that major tells was read, each with some of its "
	      "neighbours); background reclaim by kswapd, which a group's own limit never wakes",
    .source = "MADV_PAGEOUT (Linux 5.4), and reclaim at the limit of a memory control group",
    .revision = 3,
    .timing = TIME_OP,
    .params = params,
    .metrics = metrics,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct replace),
    .want = replace_want,
    .prepare = replace_prepare,
    .arm = replace_arm,
    .op = replace_op,
    .check = replace_check,
    .release = replace_release,
};
