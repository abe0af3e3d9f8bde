# Room above the curves for the names that verticals.gp puts left of its lines: y_high grows until none crosses a curve.
array last_at[blocks]
array last_y[blocks]
height_at(b, x, v, at) = log(x / last_at[b]) == 0 ? v : last_y[b] + (v - last_y[b]) * log(at / last_at[b]) / log(x / last_at[b])
do for [m = 1:count] {
	if (mark_is[m] eq "measured" && mark_x[m] >= xmin && mark_x[m] <= xmax) {
		left = mark_x[m] * 2 ** (-20.0 / octave_px)
		right = mark_x[m] * 2 ** (4.0 / octave_px)
		tallest = y_low
		do for [b = 1:blocks] { last_at[b] = NaN }
		set table $scratch
		plot for [b = 1:blocks] data index b - 1 using 1:(v = hi_of(b), x = $1, tallest = v == v && x >= left && x <= right && v > tallest ? v : tallest, \
			crosses = v == v && last_at[b] == last_at[b] && last_at[b] < right && x > left, \
			v1 = crosses ? height_at(b, x, v, last_at[b] > left ? last_at[b] : left) : y_low, \
			v2 = crosses ? height_at(b, x, v, x < right ? x : right) : y_low, \
			tallest = v1 > tallest ? v1 : tallest, tallest = v2 > tallest ? v2 : tallest, \
			last_y[b] = v == v ? v : last_y[b], last_at[b] = v == v ? x : last_at[b], 1)
		unset table
		free = 0.95 - strlen(mark_word . mark_text[m]) * 6.4 / over
		free = free < 0.45 ? 0.45 : free
		wanted = logy ? y_low * (tallest / y_low) ** (1 / free) : y_low + (tallest - y_low) / free
		y_high = wanted > y_high ? wanted : y_high
	}
}
set autoscale xy
