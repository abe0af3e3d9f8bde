# Room above the curves for the names of verticals, where names.gp puts them: y_high grows until none crosses a curve.
load plots . "/names.gp"
array last_at[blocks]
array last_y[blocks]
height_at(b, x, v, at) = log(x / last_at[b]) == 0 ? v : last_y[b] + (v - last_y[b]) * log(at / last_at[b]) / log(x / last_at[b])
do for [m = 1:count] {
	if (is_level(m) && is_here(m)) {
		left = x_of(name_px[m] - 12)
		right = x_of(name_px[m] + 12)
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
		free = name_foot[m] < 0.45 ? 0.45 : name_foot[m]
		wanted = logy ? y_low * (tallest / y_low) ** (1 / free) : y_low + (tallest - y_low) / free
		y_high = wanted > y_high ? wanted : y_high
	}
}
set autoscale xy
