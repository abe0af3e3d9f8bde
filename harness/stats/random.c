/* xoshiro256** (Blackman and Vigna), seeded by splitmix64 (Steele, Lea and Flood). */
#include "stats/stats.h"

#define GOLDEN 0x9e3779b97f4a7c15u /* 2^64 divided by the golden ratio */

static uint64_t splitmix64(uint64_t *state)
{
	uint64_t z = *state += GOLDEN;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void random_seed(struct random *r, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		r->s[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

uint64_t random_next(struct random *r)
{
	uint64_t *s = r->s, result = rotate_left(s[1] * 5, 7) * 9, t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

/* Lemire 2019: the high half of a product; low halves that would favour some results are drawn
 * again. */
uint64_t random_below(struct random *r, uint64_t n)
{
	unsigned __int128 product = (unsigned __int128)random_next(r) * n;

	if ((uint64_t)product < n) {
		uint64_t unfair = -n % n;

		while ((uint64_t)product < unfair)
			product = (unsigned __int128)random_next(r) * n;
	}
	return (uint64_t)(product >> 64);
}

double random_unit(struct random *r)
{
	return (double)(random_next(r) >> 11) * 0x1p-53;
}

void random_shuffle(struct random *r, uint32_t *v, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = random_below(r, i);
		uint32_t t = v[i - 1];

		v[i - 1] = v[j];
		v[j] = t;
	}
}

uint64_t random_mix(uint64_t a, uint64_t b)
{
	uint64_t state = splitmix64(&a) ^ b;

	return splitmix64(&state);
}
