#include "analyse/bisect.h"

#include <math.h>

static double size_of(const struct comparison_row *row)
{
	return fabs(log(row->new.e.est / row->old.e.est));
}

static const struct comparison_row *largest(const struct comparison *comparison,
					    enum row_state state)
{
	const struct comparison_row *best = NULL;

	for (unsigned i = 0; i < comparison->nrows; i++) {
		const struct comparison_row *row = &comparison->rows[i];

		if (row->state == state && row->old.e.est > 0 && row->new.e.est > 0 &&
		    (!best || size_of(row) > size_of(best)))
			best = row;
	}
	return best;
}

const struct comparison_row *bisect_choose(const struct comparison *comparison)
{
	const struct comparison_row *worse = largest(comparison, ROW_REGRESSION);

	return worse ? worse : largest(comparison, ROW_IMPROVEMENT);
}

static enum bisect_vote vote_of(const struct bisect *b, const struct estimate *run)
{
	double low = fmin(b->good, b->bad), high = fmax(b->good, b->bad);
	double middle = sqrt(low * high), apart = high / low;
	bool bad_is_high = b->bad > b->good;

	if (run->est < low / apart || run->est > high * apart)
		return VOTE_NEITHER;
	if (run->lo > middle)
		return bad_is_high ? VOTE_BAD : VOTE_GOOD;
	if (run->hi < middle)
		return bad_is_high ? VOTE_GOOD : VOTE_BAD;
	return VOTE_BETWEEN;
}

enum bisect_vote bisect_add(struct bisect *bisect, const struct estimate *run)
{
	enum bisect_vote vote = vote_of(bisect, run);

	bisect->votes[vote]++;
	return vote;
}

enum bisect_end bisect_state(const struct bisect *b)
{
	unsigned good = b->votes[VOTE_GOOD], bad = b->votes[VOTE_BAD], all = 0;

	for (int i = 0; i < VOTES; i++)
		all += b->votes[i];
	if (good >= bad + BISECT_LEAD)
		return BISECT_GOOD;
	if (bad >= good + BISECT_LEAD)
		return BISECT_BAD;
	return all >= b->most ? BISECT_CANNOT_TELL : BISECT_OPEN;
}
