#@ title Shootdown: cost against pages per call
#@ read Above: the whole range. Below: the same cells to 64 pages on even axes. Each page is invalidated by itself up to the
#@ read kernel's ceiling; past it one full flush takes over, and the cost drops there although more is asked for. Solid
#@ read vertical: the ceiling as measured. Bars are 95% intervals.
#@ select * resp=0 npages=1..max
#@ select * resp=1 state=spin npages=1..max
#@ x npages
#@ y ns
#@ series bench page resp place
#@ marks flush-ceiling ceiling

height = 700
load style
set multiplot
set lmargin 8
set rmargin 20

y_of(b) = number(2) / 1000
lo_of(b) = number(3) / 1000
hi_of(b) = number(4) / 1000
logy = 1; gap = 0.075
load plots . "/labels.gp"
load plots . "/log2x.gp"
set tmargin at screen top
set bmargin at screen upper_bottom(0.39, 49)
set ylabel "µs per call" offset 1
set ytics 4
marked = "measured"
load plots . "/verticals.gp"
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(5) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

unset label 1
unset label 2
do for [b = 1:blocks] { unset label 100 + b }
unset logscale x
set autoscale xy
set xtics autofreq out scale 0.6
every = paper ? 16 : 8
set xtics every
unset logscale y
set ytics autofreq
y_high = 0
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(y_high = $1 <= 66 && hi_of(b) > y_high ? hi_of(b) : y_high, 0)
unset table
set yrange [0:y_high > 0 ? y_high * 1.08 : 1]
set xrange [0:66]
set tmargin at screen lower_top(0.39)
set bmargin at screen foot
set xlabel "pages per call" offset 0,0.3
do for [m = 1:64] { unset label 200 + m }
plot for [b = 1:blocks] data index b - 1 using ($1 <= 66 ? $1 : NaN):(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using ($1 <= 66 ? $1 : NaN):(y_of(b)) with linespoints lt b, \
	for [b = 1:hover] data index b - 1 using ($1 <= 66 ? $1 : NaN):(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
unset multiplot
