/* How a ratio of times below a gain worth the name is called. */
#include "analyse/analysis.h"

struct gain_word gain_small(const struct estimate *ratio)
{
	bool below = ratio->hi<GAIN_MIN, above = ratio->lo> 1 / GAIN_MIN;

	if (ratio->lo > 1)
		return (struct gain_word){below ? "a gain below 5%" : "a small gain", below};
	if (ratio->hi < 1)
		return (struct gain_word){above ? "a loss below 5%" : "slower", true};
	return (struct gain_word){"no gain", below && above};
}
