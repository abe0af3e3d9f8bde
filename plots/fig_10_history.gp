#@ title Cost over kernels, relative to the first run
#@ read Each curve is a cell, divided by what it cost in the first run; those with the largest changes are drawn. A step that
#@ read stays is a change that came with that kernel; a single point is a bad run. Bars are 95% intervals within the run.
#@ without it takes several runs: tlbscope history DIR
#@ select * run=1..max
#@ x run
#@ y relative
#@ series bench advice change op work page layout footprint npages resp place state

load style
set lmargin paper ? 11 : 9

y_of(b) = number(2) * 100
lo_of(b) = number(3) * 100
hi_of(b) = number(4) * 100
logy = 0; gap = 0.075
load plots . "/labels.gp"
set xrange [xmin - 0.3 : xmax + 0.3]
set tmargin at screen top
set bmargin at screen foot + (paper ? 0.12 : 0.09)

# Names of kernels, one in so many that they do not touch.
kernels = name . ".kernels.dat"
every_so_many = 1 + int((xmax - xmin + 1) / (paper ? 8 : 16))
set xtics out scale 0.6 rotate by 40 right font px12
set ytics autofreq format "%g" . percent
set ylabel "of the first run" offset (paper ? -1.5 : out(0.5))
plot kernels using 1:(NaN):xtic(int($1 - 1) % every_so_many == 0 ? strcol(2) : "") with points, \
	100 with lines lc rgb grey lw 1 dt 3, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b
