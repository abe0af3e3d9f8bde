# The look that all figures share. A figure sets `width` and `height` (px) before it loads this, or takes these:
if (!exists("width")) width = 640
if (!exists("height")) height = 440
if (!exists("column_pt")) column_pt = 0
if (!exists("runs")) runs = 1

# On the screen a label has 15 px of 640. In a paper the column is drawn at its true width and labels at their true size, so there is
# less room in units of labels: fewer px, and no title, which is the caption's.
paper = column_pt > 0
if (paper) {
	unit = font_pt / 15.0 # points to a px
	width = column_pt * 72 / 72.27 / unit
	height = (height - 30) * (height > 600 ? 0.7 : 0.8)
}
keys = runs > 1 ? runs : 0 # results drawn over each other have a line each above the panels
height = height + (keys ? 20 * keys + 6 : 0)

# noenhanced: names come from results and mean themselves. name: no two SVGs on a page share an id.
set encoding utf8
is_tex = term eq "tikz"
if (is_tex && !paper) { unit = 0.75 } # LaTeX sets type in points whatever the drawing's size
wide = paper ? column_pt / 72.27 : width / 96.0 # inches
high = paper ? height * unit / 72 : height / 96.0
thick = paper ? 0.9 * line_pt : 1.2
# Fonts of labels: of 12 px of 15, say.
to_font = term eq "svg" && paper ? 96 / 72.0 * unit : paper || is_tex ? unit : 1
f(px) = is_tex ? sprintf("\\fontsize{%.3g}{%.3g}\\selectfont", px * to_font, 1.2 * px * to_font) : sprintf(",%.3g", px * to_font)
px11 = f(11)
px12 = f(12)
px13 = f(13)
px15 = f(15)
px17 = f(17)
look = sprintf("linewidth %.3g", thick)
# pdfcairo makes 4/3 point of a point.
terminal_svg = sprintf("svg size %.6g,%.6g font \"sans-serif%s\" %s background \"#ffffff\" name name noenhanced", wide * 96, high * 96, px15, look)
terminal_pdf = sprintf("pdfcairo size %.6g,%.6g font \"Helvetica%s\" fontscale %g %s noenhanced", wide, high, px15, paper ? 0.75 : 0.5625, look)
terminal_tikz = sprintf("tikz size %.6gin,%.6gin font '%s' %s", wide, high, px15, look)
if (is_tex) { set terminal tikz createstyle } # gnuplot-lua-tikz.sty and what it wants, beside the drawing
eval("set terminal ".value("terminal_".term))
percent = is_tex ? "\\%%" : "%%"
set output output
set datafile missing "?"

# Okabe and Ito's colours, in an order that also differs in lightness; each has its own shape and dash.
array colour[7] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#404040"]
array shape[7] = [6, 4, 8, 12, 10, 14, 3]
array dashes[7] = [1, 2, 4, 5, 3, 1, 2]
small = (paper ? 0.62 : 1) * (is_tex ? 1.6 : 1)

load plots . "/series.gp"

# A colour, a shape and a dash to each block. Where two things differ they are told apart by one each: results drawn over each other
# share the colours of their series, several places have a colour each, whatever the operation.
several = ""
do for [b = 1:blocks] {
	if (part(b, "place") ne "-" && number_in(several, part(b, "place")) == 0) { several = several . " " . part(b, "place") }
}
first_of(b) = runs > 1 ? series_of(b) : part(b, "place")
second_of(b) = part(b, "bench")
by_two = runs > 1 || words(several) > 1
array ink[blocks]
array form[blocks]
firsts = ""
seconds = ""
do for [b = 1:blocks] {
	if (number_in(firsts, first_of(b)) == 0) { firsts = firsts . " " . first_of(b) }
	if (number_in(seconds, second_of(b)) == 0) { seconds = seconds . " " . second_of(b) }
	i = by_two ? number_in(firsts, first_of(b)) : b
	# A run keeps its number where an earlier one has no curve. The second seven have the same colours, but other shapes.
	j = runs > 1 ? part(b, "run") + 1 : by_two ? number_in(seconds, second_of(b)) : b + (b - 1) / 7 * 3
	ink[b] = (i - 1) % 7 + 1
	form[b] = (j - 1) % 7 + 1
	set linetype b lc rgb colour[ink[b]] lw 1.8 pt shape[form[b]] ps small * (0.5 + 0.06 * form[b]) dt dashes[form[b]]
}
grey = "#767676"

set border 3 lc rgb grey
set tics nomirror textcolor rgb "black"
set grid ytics lt 1 lc rgb "#dddddd" lw 0.5 dt 1
set key off
set pointintervalbox 0.01 # of the disc that gnuplot wipes below the points of error bars, and the bars with it

# Title and what all series share stand above the panels, at the left edge. In a paper the caption says the first.
if (!paper) {
	set label 1 title at screen 0.015, screen 1 left offset 0,-1.1 font f(17) front
	set label 2 fixed at screen 0.015, screen 1 left offset 0,-2.3 font f(13) textcolor rgb grey front
	top = 1 - (fixed eq "" ? 44.0 : 68.0) / height
	foot = 73.0 / height
} else {
	set label 2 fixed at screen 0.015, screen 1 left offset 0,-0.9 font f(12) textcolor rgb grey front
	top = 1 - (fixed eq "" ? 12.0 : 28.0) / height
	foot = 60.0 / height
}
# An SVG joins arrows of one colour to one path, whatever their dashes: black is another one for every second run.
black(r) = r % 2 ? "#000000" : "#010101"
do for [r = 1:keys] {
	y = top - (20.0 * r - 12) / height
	set arrow 2 + r from screen 0.015, screen y to screen 0.07, screen y nohead lc rgb black(r) lw 1.8 dt dashes[(r - 1) % 7 + 1] front
	set label 2 + r sprintf("%d  %s", r, word(run_names, r)) at screen 0.0425, screen y left offset 3.2,0 font (paper ? px12 : px13) \
		point pt shape[(r - 1) % 7 + 1] ps small * (0.5 + 0.06 * r) lc rgb "black" front
}
top = top - (keys ? 20.0 * keys + 6 : 0) / height
# Two panels, the lower one with `share` of the height, `gap_px` apart.
lower_top(share) = foot + share * (top - foot)
upper_bottom(share, gap_px) = lower_top(share) + (paper ? 0.9 : 1.0) * gap_px / height

tick_labels = 1
# How far an axis' name stands inwards, in widths of a letter; LaTeX's numbers are as wide as it says, not as gnuplot thinks.
out(n) = is_tex ? n - 1.8 : n
# What the panel at hand draws of block b: column col and its interval, in the two columns after it.
number(c) = valid(c) ? column(c) : NaN
y_of(b) = number(col)
lo_of(b) = number(col + 1)
hi_of(b) = number(col + 2)
# What the pointer shows over a point; only the SVG of the screen has it (in the report: no script is needed).
hover = term eq "svg" && !paper ? blocks : 0
about(b) = sprintf("%s at %g: %.4g [%.4g, %.4g]", word(names, b), column(1), y_of(b), lo_of(b), hi_of(b))
there(b) = y_of(b) == y_of(b) ? y_of(b) : 1e9 * y_high # above the panel: a plot without any point is an error
hue(b) = colour[ink[b]]

# Invalid cells: a cross on the x axis, whatever the y axis is.
set y2range [0:1]
unset y2tics
is_invalid(column_of_state) = stringcolumn(column_of_state) eq "invalid"

# Powers of two as people read them: 64, 1k, 16k, 1M.
short(x) = x < 1024 ? sprintf("%g", x) : x < 1048576 ? sprintf("%gk", x / 1024) : sprintf("%gM", x / 1048576)

# Beyond nine octaves every second one has a number; fewer in a column.
octaves = xmin > 0 && xmax > xmin ? log(xmax / xmin) / log(2) : 1
step = octaves > 9 ? (paper && octaves > 12 ? 4 : 2) : paper && octaves > 5 ? 2 : 1

# The file of marks: measured, claimed and cache, see verticals.gp.
if (!exists("mark_word")) mark_word = ""
count = 0
if (nmarks > 0) {
	array mark_x[nmarks]
	array mark_lo[nmarks]
	array mark_hi[nmarks]
	array mark_is[nmarks]
	array mark_text[nmarks]
	set table $scratch
	plot marks using 1:(count = count + 1, mark_x[count] = $1, mark_lo[count] = $2, mark_hi[count] = $3, \
		mark_is[count] = strcol(4), mark_text[count] = strcol(5), $1)
	unset table
}
# px of the panel to an octave, by which labels find out whether they touch.
octave_px = (width - 190.0) / (octaves + 0.4)

# For a panel below another one: no title and no names, which stand above.
no_names = "do for [b = 1:blocks] { unset label 1000 + b; unset arrow 1000 + b; unset arrow 2000 + b }"
no_title = no_names . "; do for [i = 1:10] { unset label i; unset arrow i }"
