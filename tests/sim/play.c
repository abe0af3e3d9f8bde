/* One load after the other through the simulated machine. */
#include "sim/sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WAYS_MAX   256
#define PDE_SHIFT  9
#define PDE_TAG	   ((uint64_t)1 << 62)
#define LINES	   64
#define CHAINS_MAX 16

struct entry {
	uint64_t tag, stamp; /* stamp 0: empty */
};

struct cache { /* TLB, data cache or walk cache */
	struct sim_tlb spec;
	unsigned sets, ways, index_bits;
	uint64_t clock, random;
	struct entry out; /* that the last fill threw out */
	struct entry *entry;
	uint64_t *tree; /* one to a set: tree-PLRU's bits, or who was used of late */
};

struct state {
	const struct sim_machine *m;
	struct cache l1, mid, l2, pde, upper[2], l1d, l2d;
	uint64_t *utag; /* of each physical line seen, hashed */
};

#define UTAGS 65536

static unsigned log2_of(unsigned n)
{
	unsigned bits = 0;

	while (n > 1)
		n >>= 1, bits++;
	return bits;
}

static bool cache_init(struct cache *c, const struct sim_tlb *spec, uint64_t seed)
{
	*c = (struct cache){.spec = *spec, .random = seed | 1};
	c->ways = spec->ways ? spec->ways : spec->entries;
	c->sets = c->ways ? spec->entries / c->ways : 0;
	c->index_bits = log2_of(c->sets);
	if (!c->sets)
		return true;
	c->entry = calloc((size_t)c->sets * c->ways, sizeof *c->entry);
	c->tree = calloc(c->sets, sizeof *c->tree);
	return c->entry && c->tree;
}

static void cache_free(struct cache *c)
{
	free(c->entry);
	free(c->tree);
}

/* Each index bit is one bit of the number, as in hardware without a hash, and others by chance. */
static uint64_t hashed(uint64_t tag, uint64_t seed, unsigned bits)
{
	uint64_t set = 0, low = ((uint64_t)1 << bits) - 1, numbers = ((uint64_t)1 << 36) - 1;

	for (unsigned i = 0; i < bits; i++) {
		uint64_t mask = (random_mix(i, seed) & numbers & ~low) | (uint64_t)1 << i;

		set |= (uint64_t)(__builtin_popcountll(tag & mask) & 1) << i;
	}
	return set;
}

static uint64_t folded(uint64_t tag, unsigned bits)
{
	uint64_t set = 0;

	for (; tag; tag >>= bits)
		set ^= tag;
	return set;
}

static unsigned set_of(const struct cache *c, uint64_t tag, unsigned way)
{
	const struct sim_tlb *s = &c->spec;
	uint64_t set = tag;

	tag &= ~PDE_TAG;
	if (c->sets == 1)
		return 0;
	if (s->skewed)
		set = (tag * (0x9e3779b97f4a7c15u + 2 * way) >> 40) ^ tag;
	else if (s->nbits)
		for (unsigned i = set = 0; i < s->nbits; i++)
			set |= (tag >> s->bits[i] & 1) << i;
	else if (s->hash)
		set = hashed(tag, s->hash, c->index_bits);
	else if (s->folds)
		set = folded(tag, s->folds);
	else if (s->fold)
		set = tag ^ tag >> s->fold;
	else
		set = tag;
	return (unsigned)(set % c->sets);
}

static struct entry *at(const struct cache *c, uint64_t tag, unsigned way)
{
	return &c->entry[(size_t)set_of(c, tag, way) * c->ways + way];
}

static bool power_of_two(unsigned n)
{
	return (n & (n - 1)) == 0;
}

/* Tree-PLRU where ways are a power of two, else one bit of recent use to each way. */
static void use(struct cache *c, uint64_t tag, unsigned way)
{
	uint64_t *tree = &c->tree[set_of(c, tag, 0)];

	at(c, tag, way)->stamp = ++c->clock;
	if (c->spec.policy != SIM_PLRU || c->ways > 64)
		return;
	if (!power_of_two(c->ways)) {
		*tree |= (uint64_t)1 << way;
		if (*tree == ((uint64_t)1 << c->ways) - 1)
			*tree = (uint64_t)1 << way;
		return;
	}
	for (unsigned node = 1, half = c->ways / 2; half; half /= 2) {
		unsigned right = way / half & 1;

		*tree = (*tree & ~((uint64_t)1 << node)) | (uint64_t)!right << node;
		node = 2 * node + right;
	}
}

static uint64_t next_random(struct cache *c)
{
	c->random ^= c->random << 13;
	c->random ^= c->random >> 7;
	c->random ^= c->random << 17;
	return c->random >> 11;
}

static unsigned plru_victim(const struct cache *c, uint64_t tree)
{
	unsigned node = 1, way = 0;

	if (!power_of_two(c->ways)) {
		while (tree >> way & 1)
			way++;
		return way;
	}
	for (unsigned half = c->ways / 2; half; half /= 2) {
		unsigned right = tree >> node & 1;

		way = 2 * way + right;
		node = 2 * node + right;
	}
	return way;
}

static unsigned victim(struct cache *c, uint64_t tag)
{
	struct entry *set = at(c, tag, 0);
	uint64_t least = UINT64_MAX;
	unsigned oldest = 0;

	for (unsigned w = 0; w < c->ways; w++) {
		uint64_t stamp = c->spec.skewed ? at(c, tag, w)->stamp : set[w].stamp;

		if (!stamp)
			return w;
		if (stamp < least) {
			least = stamp;
			oldest = w;
		}
	}
	if (c->spec.policy == SIM_RANDOM)
		return (unsigned)(next_random(c) % c->ways);
	return c->spec.policy == SIM_PLRU && c->ways <= 64 && !c->spec.skewed
		   ? plru_victim(c, c->tree[set_of(c, tag, 0)])
		   : oldest;
}

/* Looks the tag up and brings it in where it is not. */
static bool lookup(struct cache *c, uint64_t tag)
{
	unsigned way;

	if (!c->sets)
		return true;
	if (!c->spec.skewed) {
		struct entry *set = at(c, tag, 0);

		for (unsigned w = 0; w < c->ways; w++)
			if (set[w].tag == tag && set[w].stamp) {
				if (c->spec.policy != SIM_FIFO)
					use(c, tag, w);
				return true;
			}
	}
	for (unsigned w = 0; c->spec.skewed && w < c->ways; w++)
		if (at(c, tag, w)->tag == tag && at(c, tag, w)->stamp) {
			use(c, tag, w);
			return true;
		}
	way = victim(c, tag);
	c->out = *at(c, tag, way);
	at(c, tag, way)->tag = tag;
	use(c, tag, way);
	return false;
}

static bool take_out(struct cache *c, uint64_t tag)
{
	struct entry *set = at(c, tag, 0);

	for (unsigned w = 0; w < c->ways; w++)
		if (set[w].tag == tag && set[w].stamp) {
			set[w].stamp = 0;
			return true;
		}
	return false;
}

static bool in_l2(struct state *s, uint64_t tag)
{
	bool hit;

	if (!s->m->exclusive)
		return lookup(&s->l2, tag);
	hit = take_out(&s->l2, tag);
	if (s->l1.out.stamp)
		lookup(&s->l2, s->l1.out.tag);
	return hit;
}

static double translate(struct state *s, uint64_t page, uint64_t frame)
{
	const struct sim_machine *m = s->m;
	double cycles = 0;
	bool whole = page % 4 == frame % 4; /* four adjacent frames behind four adjacent pages */
	uint64_t tag = m->l1.coalesces && whole ? page >> 2 | PDE_TAG >> 1 : page;

	if (lookup(&s->l1, tag))
		return 0;
	cycles += m->penalty;
	if (m->mid.entries && lookup(&s->mid, tag))
		return cycles;
	cycles += m->mid_penalty;
	if (in_l2(s, tag))
		return cycles;
	cycles += m->walk;
	if (m->l2_holds_pdes ? lookup(&s->l2, page >> PDE_SHIFT | PDE_TAG)
			     : !m->pde_entries || lookup(&s->pde, page >> PDE_SHIFT))
		return cycles;
	cycles += m->pde_miss;
	for (unsigned k = 0; k < 2 && !lookup(&s->upper[k], page >> (k + 2) * PDE_SHIFT); k++)
		cycles += m->pde_miss;
	return cycles;
}

static uint64_t fold(uint64_t page, const unsigned char *low, const unsigned char *high, unsigned n)
{
	uint64_t tag = 0;

	for (unsigned i = 0; i < n; i++)
		tag |= ((page >> (low[i] - 12) ^ page >> (high[i] - 12)) & 1) << i;
	return tag;
}

static double load(struct state *s, const struct sim_access *a)
{
	static const unsigned char low[] = {12, 13, 14, 15, 16, 17, 18, 19},
				   high[] = {27, 26, 25, 20, 21, 22, 23, 24};
	static const unsigned char low2[] = {12, 13, 14, 15, 16, 17, 18, 19},
				   high2[] = {20, 21, 22, 23, 24, 25, 26, 27};
	uint64_t line = a->frame * LINES + a->line, tag;
	uint64_t *last = &s->utag[(line * 0x9e3779b97f4a7c15u) >> 48];
	bool known = s->m->predictor == SIM_UTAG_KNOWN;

	if (!lookup(&s->l1d, line)) {
		*last = 0;
		return s->m->l1d_miss + (lookup(&s->l2d, line) ? 0 : s->m->l2_miss);
	}
	if (s->m->predictor == SIM_NO_PREDICTOR)
		return 0;
	tag = (fold(a->page, known ? low : low2, known ? high : high2, 8) | 1 << 8) + (line << 9);
	if (*last == tag || *last >> 9 != line) {
		*last = tag;
		return 0;
	}
	*last = tag;
	return s->m->l1d_miss;
}

static bool state_init(struct state *s, const struct sim_machine *m, uint64_t seed)
{
	const struct sim_tlb pde = {.entries = m->pde_entries},
			     upper = {.entries = m->upper_entries},
			     l1d = {.entries = m->l1d_kib * 16, .ways = m->l1d_ways},
			     l2d = {.entries = m->l2_kib * 16, .ways = 8};

	*s = (struct state){.m = m, .utag = calloc(UTAGS, sizeof *s->utag)};
	return cache_init(&s->l1, &m->l1, seed) && cache_init(&s->l2, &m->l2, seed + 2) &&
	       cache_init(&s->mid, &m->mid, seed + 3) && cache_init(&s->pde, &pde, seed) &&
	       cache_init(&s->upper[0], &upper, seed) && cache_init(&s->upper[1], &upper, seed) &&
	       cache_init(&s->l1d, &l1d, seed) && cache_init(&s->l2d, &l2d, seed) && s->utag;
}

static void state_free(struct state *s)
{
	cache_free(&s->l1);
	cache_free(&s->mid);
	cache_free(&s->l2);
	cache_free(&s->pde);
	cache_free(&s->upper[0]);
	cache_free(&s->upper[1]);
	cache_free(&s->l1d);
	cache_free(&s->l2d);
	free(s->utag);
}

double sim_play(const struct sim_machine *machine, const struct sim_access *access, uint64_t n,
		unsigned warm, unsigned counted, uint64_t seed)
{
	struct state s;
	double cycles = 0;

	if (state_init(&s, machine, seed))
		for (unsigned pass = 0; pass < warm + counted; pass++)
			for (uint64_t i = 0; i < n; i++) {
				double one = machine->hit +
					     translate(&s, access[i].page, access[i].frame) +
					     load(&s, &access[i]);

				one = fmax(one, machine->least);
				cycles += pass >= warm ? one : 0;
			}
	state_free(&s);
	return cycles / (double)(n * counted);
}

static double first_free(const struct sim_machine *m, double walker[], double ready, double took)
{
	unsigned first = 0;

	for (unsigned w = 1; w < m->walkers; w++)
		first = walker[w] < walker[first] ? w : first;
	if (m->walkers && walker[first] > ready)
		ready = walker[first];
	if (m->walkers)
		walker[first] = ready + took;
	return ready + took;
}

double sim_play_chains(const struct sim_machine *machine, const struct sim_access *access,
		       uint64_t n, unsigned chains, uint64_t seed)
{
	double walker[CHAINS_MAX] = {0}, ready[CHAINS_MAX] = {0}, begun = 0, done = 0;
	struct state s;

	if (!state_init(&s, machine, seed))
		n = 0;
	for (uint64_t step = 0; step < 3 * n; step++) {
		if (step == n)
			begun = done;
		for (unsigned c = 0; c < chains; c++) {
			const struct sim_access *a = &access[(step + n * c / chains) % n];
			double cost = translate(&s, a->page, a->frame),
			       looked = fmin(cost, machine->penalty);

			if (cost > machine->penalty)
				ready[c] =
				    first_free(machine, walker, ready[c] + looked, cost - looked);
			ready[c] +=
			    machine->hit + load(&s, a) + (cost > machine->penalty ? 0 : cost);
			done = fmax(done, ready[c]);
		}
	}
	state_free(&s);
	return n ? (done - begun) / (double)(2 * n) : 0;
}
