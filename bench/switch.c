/* A walk over some pages, then a switch to somebody else and back: what is left of the TLB? */
#include "layout.h"

#include <sys/syscall.h>
#include <unistd.h>

struct switching {
	void (*away)(struct visit *); /* what happens between two walks; NULL: nothing */
	void **start, **at;
	uint64_t step;
	uintptr_t loaded; /* last; must be 0 */
	unsigned peers;
	bool peers_touch;
};

static bool has_peers(const struct cell *cell)
{
	return cell_is(cell, "with", "process") || cell_is(cell, "with", "thread");
}

static struct verdict switch_want(const struct cell *cell, const struct machine *machine,
				  struct want *want)
{
	struct region_spec *spec = &want->region[0];
	bool flushes = cell_is(cell, "with", "flush");

	spec->page = cell_page(cell, "page");
	spec->layout = layout_of(cell);
	spec->bytes = cell_count(cell, "footprint");
	spec->slot_bytes = spec->page.bytes;
	want->max_ops = (uint64_t)1 << 40;
	want->expect =
	    (struct expect){.faults = true, .faults_per_op = flushes ? FORGET_FAULTS : 0};
	if (has_peers(cell)) {
		want->partner.n = (unsigned)cell_count(cell, "peers");
		want->partner.kind =
		    cell_is(cell, "with", "process") ? PARTNER_PROCESS : PARTNER_THREAD;
		want->expect.switches = true;
		want->expect.switches_per_op = 1;
	}
	return region_check(spec, machine);
}

static inline void walk(const struct visit *visit, struct switching *s)
{
	const struct window *window = &visit->window[0];

	if (s->at)
		s->at = chain_walk(s->at, window->slots);
	else if (visit->want->region[0].page.how == PAGE_BASE)
		s->loaded |= chain_walk_coloured(window, s->step, window->slots);
	else
		s->loaded |= chain_walk_huge(window, s->step, window->slots);
}

static void enter_kernel(struct visit *visit)
{
	(void)visit;
	syscall(SYS_getppid);
}

static void forget(struct visit *visit)
{
	(void)visit;
	region_forget_translations();
}

static void hand_over(struct visit *visit)
{
	baton_pass(visit, 1);
	baton_take(visit, 0);
}

static void switch_leg(struct visit *visit, uint64_t n)
{
	struct switching *s = visit->state;

	for (; n; n--) {
		walk(visit, s);
		if (s->away)
			s->away(visit);
	}
}

static void switch_partner(struct visit *visit, unsigned who)
{
	struct switching *s = visit->state;

	while (baton_take(visit, who)) {
		if (s->peers_touch)
			walk(visit, s);
		baton_pass(visit, who < s->peers ? who + 1 : 0);
	}
}

static struct verdict switch_prepare(struct visit *visit)
{
	const struct window *window = &visit->window[0];
	struct switching *s = visit->state;
	struct order order;

	if (has_peers(visit->cell))
		s->away = hand_over;
	else if (cell_is(visit->cell, "with", "syscall"))
		s->away = enter_kernel;
	else if (cell_is(visit->cell, "with", "flush"))
		s->away = forget;
	s->peers = visit->want->partner.n;
	s->peers_touch = cell_is(visit->cell, "touch", "all");
	order_init(&order, window->slots, visit->seed);
	if (visit->want->region[0].layout == LAYOUT_DISTINCT)
		s->start = s->at = chain_link(window, &order);
	else
		s->step = chain_step(window->slots, visit->seed);
	region_forget_translations();
	walk(visit, s);
	return verdict_ok();
}

static struct verdict switch_check(struct visit *visit, uint64_t n)
{
	const struct switching *s = visit->state;

	if (s->loaded)
		return not_zero();
	if (s->at != s->start)
		return chain_broken(n * visit->window[0].slots);
	return verdict_ok();
}

static const struct param params[] = {
    {"page", P_PAGE, "4k,16k,64k,2m", "4k", NULL, "page kind of the memory walked"},
    {"layout", P_WORD, "alias,distinct", "alias", NULL,
     "alias: few frames, so that only translations can be lost; distinct: what a program has"},
    {"with", P_WORD, "none,syscall,flush,thread,process", "process", NULL,
     "between two walks: nothing, a short system call, a flush of this process's translations, a "
     "switch to other threads and back, or to other processes"},
    {"peers", P_COUNT, "1..16", "1", "with=thread,process",
     "threads or processes that the CPU goes through before it is back"},
    {"touch", P_WORD, "one,all", "one", "with=thread,process",
     "who walks: the one that is timed, or each"},
    {"footprint", P_BYTES, "4KiB..max", "1MiB", NULL, "bytes of address space of a walk"},
    {0},
};

static const struct metric metrics[] = {
    {"ns", "ns", BETTER_LESS, true},
    {"cycles", "cycles", BETTER_LESS, false},
    {0},
};

static const struct derived derived[] = {
    {"lost_ns", "ns", "with=thread", DERIVED_DIFF, "with=process"},
    {"lost_ns", "ns", "with=syscall", DERIVED_DIFF, "with=flush"},
    {"entry_ns", "ns", "with=none", DERIVED_DIFF, "with=syscall"},
    {0},
};

static const struct sweep sweeps[] = {
    {"kept", "switch page=4k layout=alias with=process,flush,syscall footprint=1p,1024p",
     "switch page=4k layout=alias with=process,flush,syscall "
     "footprint=1p,16p,64p,256p,512p,1024p,2048p",
     NULL, "what is lost of a working set of translations, against its size"},
    {"kept-distinct", NULL,
     "switch page=4k layout=distinct with=process,flush,syscall touch=one,all "
     "footprint=1p,64p,512p,2048p",
     NULL, "the same with data of its own to each page, and where everyone has a working set"},
    {"kept-2m", NULL,
     "switch page=2m layout=alias with=process,flush,syscall footprint=1p,64p,256p", NULL,
     "the same with huge pages"},
    {"peers", NULL,
     "switch page=4k layout=alias with=process peers=1,2,4,5,6,7,12 footprint=1p,512p", NULL,
     "how many address spaces a CPU keeps apart (Linux on x86 gives each CPU six)"},
    {0},
};

const struct bench bench_switch = {
    .name = "switch",
    .what = "a walk over some pages, then a switch of context and back",
    .isolates =
	"what a switch to another process loses that one to a thread does not (lost_ns): "
	"at one page the price of another address space, and in its slope over pages the "
	"translations lost; with=flush is the ruler for losing them all, with=syscall shows "
	"what entering the kernel costs and loses (page-table isolation)",
    .cannot = "tell an entry that was thrown away from one that was displaced, where peers walk "
	      "as well (touch=all); the kernel's own entries apart from the rest of a switch",
    .source = "lat_ctx of lmbench (McVoy and Staelin 1996), a futex instead of a pipe, a batch "
	      "scheduling policy so that each hand-over is one switch",
    .revision = 1,
    .timing = TIME_LEG,
    .params = params,
    .metrics = metrics,
    .derived = derived,
    .sweeps = sweeps,
    .state_bytes = sizeof(struct switching),
    .want = switch_want,
    .prepare = switch_prepare,
    .leg = switch_leg,
    .partner = switch_partner,
    .check = switch_check,
};
