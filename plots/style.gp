# The look that all figures share. A figure sets `width` and `height` (px) before it loads this, or takes these:
if (!exists("width")) width = 640
if (!exists("height")) height = 440

# noenhanced: names come from results and mean themselves. name: no two SVGs on a page share an id.
set encoding utf8
if (term eq "svg") {
	set terminal svg size width,height font "sans-serif,15" linewidth 1.2 background "#ffffff" name name noenhanced
} else {
	set terminal pdfcairo size (width / 96.0),(height / 96.0) font "Helvetica,15" fontscale 0.75 linewidth 1.2 noenhanced
}
set output output
set datafile missing "?"

# Okabe and Ito's colours, in an order that also differs in lightness; each has its own shape and dash.
array colour[7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#404040"]
array shape[7] = [6, 4, 8, 12, 10, 14, 3]
array dashes[7] = [1, 2, 4, 5, 3, 1, 2]
do for [i = 1:28] {
	k = (i - 1) % 7 + 1
	# The second seven have the same colours, but other shapes and dashes.
	j = (i - 1 + (i - 1) / 7 * 3) % 7 + 1
	set linetype i lc rgb colour[k] lw 1.8 pt shape[j] ps 0.5 + 0.06 * j dt dashes[j]
}
grey = "#767676"

set border 3 lc rgb grey
set tics nomirror textcolor rgb "black"
set grid ytics lt 1 lc rgb "#dddddd" lw 0.5 dt 1
set key off

# Title and what all series share stand above the panels, at the left edge.
set label 1 title at screen 0.015, screen 1 left offset 0,-1.1 font ",17" front
set label 2 fixed at screen 0.015, screen 1 left offset 0,-2.3 font ",13" textcolor rgb grey front
top = 1 - (fixed eq "" ? 44.0 : 68.0) / height

tick_labels = 1
# What the panel at hand draws of block b: column col and its interval, in the two columns after it.
number(c) = valid(c) ? column(c) : NaN
y_of(b) = number(col)
lo_of(b) = number(col + 1)
hi_of(b) = number(col + 2)
hue(b) = colour[(b - 1) % 7 + 1]

# Invalid cells: a cross on the x axis, whatever the y axis is.
set y2range [0:1]
unset y2tics
is_invalid(column_of_state) = stringcolumn(column_of_state) eq "invalid"

# Powers of two as people read them: 64, 1k, 16k, 1M.
short(x) = x < 1024 ? sprintf("%g", x) : x < 1048576 ? sprintf("%gk", x / 1024) : sprintf("%gM", x / 1048576)

# Beyond nine octaves every second one has a number.
octaves = xmin > 0 && xmax > xmin ? log(xmax / xmin) / log(2) : 1
step = octaves > 9 ? 2 : 1

# has(b, "layout=alias"): is block b (from 1) of that series?
has(b, what) = strstrt("," . word(ids, b) . ",", "," . what . ",") > 0
