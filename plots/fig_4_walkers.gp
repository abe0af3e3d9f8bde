#@ title Page walks side by side
#@ read Independent chains of loads that all miss the TLB. Above: a step, one load of every chain. It stays flat while walks
#@ read overlap, and rises in proportion once every walker is busy. Below: the same over the number of chains; the first
#@ read point over the plateau is how many walks overlap. reference is the same lines without misses: where it rises too,
#@ read the limit is not the walkers'. Bars are 95% intervals; crosses are invalid cells.
#@ states walkers
#@ select walkers pages=4096
#@ x chains
#@ y cycles
#@ series page layout

height = 640
load style
set multiplot
set lmargin 8
set rmargin 13
col = 2; logy = 0; gap = 0.08; from_zero = 1
load plots . "/labels.gp"
every = paper && xmax > 8 ? 2 : 1
set xtics every
set xrange [0:xmax + 0.5]
set tmargin at screen top
set bmargin at screen upper_bottom(0.41, 32)
set format x ""
set ylabel "core cycles per step" offset out(1.5)
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(5) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

y_of(b) = number(2) / column(1)
lo_of(b) = number(3) / column(1)
hi_of(b) = number(4) / column(1)
logy = 1
load plots . "/labels.gp"
eval(no_title)
set xrange [0:xmax + 0.5]
set tmargin at screen lower_top(0.41)
set bmargin at screen foot
set format x "%g"
set xlabel "chains" offset 0,0.3
set ylabel "per load" offset out(1.5)
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
unset multiplot
