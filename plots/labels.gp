# Direct labels: each block's name at the right edge, with a piece of its line, led to from the height where its curve ends, pushed apart where names would
# touch. Wants y_of(b), lo_of(b), hi_of(b) (what is drawn; NaN where nothing is), logy (1 or 0), gap (least distance of names as a
# share of the axis as drawn on the screen), and optionally from_zero (1: the axis starts there) and over (px of the panel's height
# where verticals have their names in it: curves stay below them). Sets the y range.
if (!exists("from_zero")) from_zero = 0
if (!exists("over")) over = 0
array end_y[blocks]
array label_at[blocks]
y_low = 1e300
y_high = -1e300
eval(no_names)
do for [b = 1:blocks] { end_y[b] = NaN }
# The right margin takes the longest name.
longest = 0
do for [b = 1:blocks] { longest = strlen(name_of(b)) > longest ? strlen(name_of(b)) : longest }
label_px = longest > 16 ? (longest > 26 ? 11 : 13) : 15
label_font = f(label_px)
set rmargin longest * (label_px / 15.0) * (paper ? 0.82 : 0.95) + 6
gap_here = gap * (label_px / 15.0) * (paper ? 1.45 : 1)
gap_here = nseries > 1 && gap_here * (nseries - 1) > 0.97 ? 0.97 / (nseries - 1) : gap_here

set table $scratch
unset logscale y
set autoscale xy
plot for [b = 1:blocks] data index b - 1 using 1:(v = y_of(b), low = lo_of(b), high = hi_of(b), \
	y_low = low < y_low ? low : y_low, y_high = high > y_high ? high : y_high, \
	end_y[b] = v == v ? v : end_y[b], 0)
unset table
if (y_low > y_high) { # nothing to draw
	y_low = 1
	y_high = 2
}

if (logy) {
	y_low = y_low / 1.25
	y_high = y_high * 1.3
	set logscale y 2
} else {
	pad = (y_high - y_low) * 0.08
	y_low = from_zero ? 0 : y_low - pad
	y_high = y_high + pad
}
if (y_high <= y_low) { y_high = y_low + 1 }
if (over > 0) { load plots . "/headroom.gp" }
set yrange [y_low:y_high]
large = y_high >= 1e5 ? " %.0s%c" : "% h" # 66k
set format y large
if (logy) { # at most so many numbers
	per_tick = ceil(log(y_high / y_low) / log(2) / (paper ? 6.5 : 8.5))
	set ytics 2 ** (per_tick > 1 ? per_tick : 1)
} else {
	set ytics autofreq
}

share(y) = logy ? log(y / y_low) / log(y_high / y_low) : (y - y_low) / (y_high - y_low)
named = " "
do for [b = 1:blocks] { # a series of several results has one name, and what is alone needs none
	label_at[b] = end_y[b] == end_y[b] && word(names, b) ne "all" && strstrt(named, " " . series_of(b) . " ") == 0 ? share(end_y[b]) : -1
	if (label_at[b] >= 0) { named = named . series_of(b) . " " }
}

# Upwards: the lowest free label first, none closer than gap to the one below. Curves that end alike keep their order.
step_of(b) = floor(label_at[b] / gap_here * 2)
array whose[blocks]
array spot[blocks]
floor_at = -10
placed = 0
do for [turn = 1:blocks] {
	best = 0
	do for [b = 1:blocks] {
		if (label_at[b] >= 0 && label_at[b] < 5 && (best == 0 || step_of(b) <= step_of(best))) { best = b }
	}
	if (best > 0) {
		placed = placed + 1
		whose[placed] = best
		floor_at = label_at[best] > floor_at + gap_here ? label_at[best] : floor_at + gap_here
		spot[placed] = floor_at
		label_at[best] = 10
	}
}
# And down again from the top of the panel, so that none is cut off.
ceiling_at = 0.985
do for [k = 1:placed] {
	turn = placed + 1 - k
	if (spot[turn] > ceiling_at) { spot[turn] = ceiling_at }
	ceiling_at = spot[turn] - gap_here
	b = whose[turn]
	at = share(end_y[b])
	set arrow 1000 + b from graph 1.025, graph spot[turn] to graph 1.065, graph spot[turn] nohead lt b lw 1.5 front
	set arrow 2000 + b from graph 1.005, graph at to graph 1.022, graph spot[turn] nohead lc rgb "#b0b0b0" lw 0.6 front
	set label 1000 + b name_of(b) at graph 1.065, graph spot[turn] left front offset 0.6,0 font label_font \
		textcolor rgb "black" point lt b
}
