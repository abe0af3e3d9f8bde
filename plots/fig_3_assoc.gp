#@ title Pages that fit, by their distance
#@ read Each field is one loop over that many pages at that distance; the darker, the more a load costs. Each doubling of
#@ read the distance halves the sets of a TLB that can serve the pages, so the border between light and dark falls by one
#@ read step a column, until all pages fall into one set: there its height is the number of ways. A border that does not
#@ read fall belongs to a fully associative TLB, or to one whose index folds upper bits. Crosses are invalid cells.
#@ states tlb-geometry
#@ select assoc layout=distinct
#@ x stride KiB
#@ y cycles translation_cycles
#@ series page layout pages

height = 560 + 340 * (runs - 1)
load style
set lmargin 9
set rmargin 12
set tmargin at screen top
set bmargin at screen foot

# A block is a row: its height is the number in its name.
pages_of(b) = real(word(ids, b)[strstrt(word(ids, b), "pages=") + 6:])
low_of(p) = p * (log(p) / log(2) == floor(log(p) / log(2) + 0.001) ? 0.866 : 0.8165)
high_of(p) = p * (log(p) / log(2) == floor(log(p) / log(2) + 0.001) ? 1.2247 : 1.1547)
least = 1e300
most = 0
do for [b = 1:blocks] {
	p = pages_of(b)
	least = p < least ? p : least
	most = p > most ? p : most
}
# Where there is no reference, the load itself. Below a cycle nothing is told apart.
cost(c, t) = valid(t) ? column(t) : valid(c) ? column(c) : NaN
shown(v) = v < 1 ? 1 : v
told(p, c) = sprintf("%g pages at %g KiB: %.4g [%.4g, %.4g] cycles of %s", p, $1, column(c), column(c + 1), column(c + 2), c == 5 ? "translation" : "the load")

load plots . "/log2x.gp"
do for [p = 0:40] {
	x = 2.0**p
	if (x >= xmin * 0.99 && x <= xmax * 1.01 && p % 4 == 2) {
		set xtics add (sprintf(x < 1024 ? "%gk" : x < 1048576 ? "%gM" : "%gG", x / (x < 1024 ? 1 : x < 1048576 ? 1024 : 1048576)) x)
	} else {
		if (x >= xmin * 0.99 && x <= xmax * 1.01) { set xtics add ("" x) }
	}
}
set xrange [xmin / 1.4142:xmax * 1.4142]
set logscale y 2
set yrange [low_of(least):high_of(most)]
set ytics () out scale 0.6
do for [p = 0:40] {
	if (2**p >= least * 0.99 && 2**p <= most * 1.01) { set ytics add (short(2**p) 2**p) }
}
unset grid
set border 3
set logscale cb 2
set cbrange [1:512] # and darker is not drawn
set cbtics 4 out scale 0.4
set cblabel "core cycles of translation per load" offset 0.5
# One lightness ramp, so that print in grey loses nothing.
set palette defined (0 "#f7fbff", 0.25 "#c6dbef", 0.5 "#6baed6", 0.75 "#2171b5", 1 "#08204a")
x_title = "distance of the pages, bytes"
set xlabel x_title offset 0,0.3
set ylabel "pages" offset out(0.5)
# Several results stand below each other.
if (runs > 1) { set multiplot layout runs, 1 }
do for [r = 0:runs - 1] {
	first = 0
	last = -1
	do for [b = 1:blocks] {
		if (runs == 1 || part(b, "run") == r) { first = first > 0 ? first : b; last = b }
	}
	if (runs > 1) {
		set ylabel sprintf("pages (%d)", r + 1)
		if (r + 1 < runs) { set xlabel "" } else { set xlabel x_title }
		set tmargin at screen top - r * (top - foot) / runs
		set bmargin at screen top - (r + 1) * (top - foot) / runs + (r + 1 < runs ? 38.0 / height : 0)
	}
	if (last > 0) {
		plot for [b = first:last] data index b - 1 using 1:(pages_of(b)):($1 / 1.4142):($1 * 1.4142):(low_of(pages_of(b))):(high_of(pages_of(b))):(shown(cost(2, 5))) \
				with boxxyerror fc palette fs solid noborder, \
			for [b = first:last] data index b - 1 using 1:(is_invalid(8) ? pages_of(b) : NaN) with points pt 2 ps 0.7 * small lw 1.5 * small lc rgb "#D55E00", \
			for [b = first:hover > 0 ? last : 0] data index b - 1 using 1:(cost(2, 5) == cost(2, 5) ? pages_of(b) : 1e9 * most):(told(pages_of(b), valid(5) ? 5 : 2)) \
				with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
	}
	do for [i = 1:10] { unset label i; unset arrow i }
}
if (runs > 1) { unset multiplot }
