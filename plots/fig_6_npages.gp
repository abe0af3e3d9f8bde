#@ title Shootdown: cost against pages per call
#@ read Above: the whole range. Below: the same cells to twice the ceiling on even axes. Points are cells, lines the fitted
#@ read model: a base, and for each page work and invalidation up to the ceiling, one full flush and work alone past it, so
#@ read the slope below less the slope above is what invalidating one page costs. A curve without a line is one that no
#@ read model fits, or that has responders. Labelled vertical: the ceiling as found. Bars are 95% intervals.
#@ states shootdown-cost flush-ceiling
#@ select madvise resp=0
#@ select madvise resp=1 state=spin
#@ select mprotect resp=0
#@ select mprotect resp=1 state=spin
#@ select munmap resp=0
#@ select munmap resp=1 state=spin
#@ except * advice=free,cold,pageout
#@ except * change=ro-rw,rw-none,none-rw
#@ except * mapping=shared,file,private
#@ except * touched=first,ends
#@ except * page=thp,2m,1g
#@ x npages
#@ y ns
#@ series bench resp place
#@ marks flush-ceiling ceiling
#@ values shootdown-cost base_ns work_ns inv_ns full_ns ceiling from_pages to_pages page_ns

height = 700
load style
load plots . "/cost_model.gp"
set samples 1500
set multiplot
set lmargin 8
set rmargin 20

y_of(b) = number(2) / 1000
lo_of(b) = number(3) / 1000
hi_of(b) = number(4) / 1000
logy = 1; gap = 0.075; over = height * (top - upper_bottom(0.39, 49))
mark_word = paper ? "ceiling: " : "full flush past "
load plots . "/labels.gp"
load plots . "/log2x.gp"
set tmargin at screen top
set bmargin at screen upper_bottom(0.39, 49)
set ylabel "µs per call" offset out(1)
marked = "measured"
load plots . "/verticals.gp"
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with points lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(modelled(b) ? NaN : y_of(b)) with lines lt b lw 0.8, \
	for [b = 1:blocks] [x = xmin:xmax] "+" using 1:(model(b, $1) / 1000) with lines lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(5) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

mark_at = count > 0 ? mark_x[1] : 0
near = mark_at > 0 && mark_at < 2000 ? 2 * mark_at : 66
eval(no_title)
unset logscale x
set autoscale xy
set xtics autofreq out scale 0.6
every = near > 200 ? near / 8 : paper ? 16 : 8
set xtics every
unset logscale y
set ytics autofreq
y_high = 0
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(y_high = $1 <= near && hi_of(b) > y_high ? hi_of(b) : y_high, 0)
unset table
set yrange [0:y_high > 0 ? y_high * 1.08 : 1]
set xrange [0:near]
set tmargin at screen lower_top(0.39)
set bmargin at screen foot
set xlabel "pages per call" offset 0,0.3
do for [m = 1:64] { unset label 200 + m }
plot for [b = 1:blocks] data index b - 1 using ($1 <= near ? $1 : NaN):(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using ($1 <= near ? $1 : NaN):(y_of(b)) with points lt b, \
	for [b = 1:blocks] data index b - 1 using ($1 <= near ? $1 : NaN):(modelled(b) ? NaN : y_of(b)) with lines lt b lw 0.8, \
	for [b = 1:blocks] [x = 0:near] "+" using 1:(model(b, $1) / 1000) with lines lt b, \
	for [b = 1:hover] data index b - 1 using ($1 <= near ? $1 : NaN):(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
unset multiplot
