#@ title What memory costs to get
#@ read First touch of anonymous memory, by the size of its pages. Above: 1 GiB, each page once; the distance from write to
#@ read memset is what the kernel does besides clearing. Below: one page. A point above is cheap, below dear: a huge page
#@ read saves where most of it is used. base is the CPU's own page, thp transparent, hugetlb from a pool. Bars are 95%
#@ read intervals; crosses are invalid cells.
#@ states break-even
#@ select fault op=write memory=resident resp=0
#@ select fault op=memset
#@ x page KiB
#@ y ms_per_gib mean_ns
#@ series op kind

height = 640
load style
set multiplot
set lmargin 9.5

y_of(b) = number(2)
lo_of(b) = number(3)
hi_of(b) = number(4)
logy = 0; gap = 0.075; from_zero = 1
load plots . "/labels.gp"
step = paper ? (octaves > 12 ? 4 : 3) : 2
aside = xmax > xmin ? (xmax / xmin) ** 0.045 * 1.05 : 2
tick_labels = 0
load plots . "/log2x.gp"
set xrange [xmin / aside:xmax * aside]
set tmargin at screen top
set bmargin at screen upper_bottom(0.41, 50)
set ylabel "ms to touch 1 GiB" offset out(1)
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(8) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

y_of(b) = number(5) / 1000
lo_of(b) = number(6) / 1000
hi_of(b) = number(7) / 1000
logy = 1; from_zero = 0
load plots . "/labels.gp"
eval(no_title)
tick_labels = 1
load plots . "/log2x.gp"
set xrange [xmin / aside:xmax * aside]
set tmargin at screen lower_top(0.41)
set bmargin at screen foot
set xlabel "KiB of a page" offset 0,0.3
set ylabel "µs per page" offset out(1)
plot for [b = 1:blocks] data index b - 1 using 1:(y_of(b)):(lo_of(b)):(hi_of(b)) with yerrorbars lt b dt 1, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
unset multiplot
