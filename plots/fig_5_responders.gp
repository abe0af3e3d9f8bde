#@ title Shootdown: cost against responders
#@ read One page is changed per call while so many other CPUs hold its translation; membarrier sends the same interrupts and
#@ read flushes nothing. Above: what the initiator waits; at 0 it is alone. Where curves of two places start apart, the first
#@ read interrupt costs more over there; where they rise, each further one does. Below: interrupts counted per call; on the
#@ read dotted line each responder got one, and a point that is not there belongs to a storm that did not happen as told.
#@ read Bars are 95% intervals.
#@ states shootdown-responders
#@ select madvise npages=1 resp=0
#@ select madvise npages=1 state=spin
#@ select mprotect npages=1 resp=0
#@ select mprotect npages=1 state=spin
#@ select munmap npages=1 resp=0
#@ select munmap npages=1 state=spin
#@ select membarrier resp=0
#@ select membarrier state=spin
#@ except * advice=free,cold,pageout
#@ except * change=ro-rw,rw-none,none-rw
#@ except * mapping=shared,file,private
#@ except * touched=first,ends
#@ except * page=thp,2m,1g
#@ x resp
#@ y ns ipis
#@ series bench place

height = 620
load style
set multiplot
set lmargin 8
set rmargin 17
few = xmax <= 8
set xrange [xmin - 0.06 * (xmax - xmin) - 0.2 : xmax + 0.06 * (xmax - xmin) + 0.2]

# In µs.
y_of(b) = number(2) / 1000
lo_of(b) = number(3) / 1000
hi_of(b) = number(4) / 1000
logy = 0; gap = 0.075; from_zero = 1
load plots . "/labels.gp"
set xrange [xmin - 0.06 * (xmax - xmin) - 0.2 : xmax + 0.06 * (xmax - xmin) + 0.2]
if (few) { set xtics 1 out scale 0.6; } else { set xtics autofreq out scale 0.6; }
set format x ""
set tmargin at screen top
set bmargin at screen upper_bottom(0.32, 19)
set ylabel "µs per call" offset out(1)
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(8) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

eval(no_title)
set format x "%g"
set tmargin at screen lower_top(0.32)
set bmargin at screen foot
set xlabel "responders" offset 0,0.3
set ylabel "IPIs per call" offset out(1)
set yrange [0:xmax * 1.15 + 0.1]
if (few) { set ytics 1; } else { set ytics autofreq; }
plot x >= 0 ? x : NaN with lines lc rgb grey lw 1.5 dt 3, \
	for [b = 1:blocks] data index b - 1 using 1:(number(5)):(number(6)):(number(7)) with yerrorbars lt b dt 1
unset multiplot
