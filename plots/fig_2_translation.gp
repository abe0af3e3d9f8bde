#@ title What translation alone adds to an access
#@ read Cost above a hit in the first TLB level, freed of the data caches in two ways. alias and zero: many pages mapped to few
#@ read frames, so data stays in L1; drawn above their own first point. distinct: each visit less one of the same lines packed
#@ read into few pages. Where the two agree, the number is translation and nothing else. Bands are 95% intervals; solid verticals are measured levels
#@ read of the TLB, grey bands without a line such of which only the ends of a bracket are known, or slopes, which are no sizes.
#@ states walk-cost
#@ select chase layout=distinct frames=shuffled
#@ select chase layout=distinct touch=page
#@ select chase layout=alias page=4k,16k,64k
#@ select chase layout=alias page=2m,1g offsets=spread
#@ select chase layout=zero page=thp
#@ x pages
#@ y ns translation_ns
#@ series page layout
#@ marks knees

load style
set lmargin 8
set rmargin 15
set tmargin at screen top
set bmargin at screen foot

# alias and zero: ns less the first point; all others: the paired difference.
array base[blocks]
do for [b = 1:blocks] { base[b] = NaN }
of_few_frames(b) = has(b, "layout=alias") || has(b, "layout=zero")
from(b) = of_few_frames(b) ? 2 : 5
less(b) = of_few_frames(b) ? base[b] : 0
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(base[b] = base[b] == base[b] ? base[b] : number(2), 0)
unset table
y_of(b) = number(from(b)) - less(b)
lo_of(b) = number(from(b) + 1) - less(b)
hi_of(b) = number(from(b) + 2) - less(b)

logy = 0; gap = 0.06; over = height * (top - foot)
load plots . "/labels.gp"
load plots . "/log2x.gp"
set xlabel "pages touched" offset 0,0.3
set ylabel "ns added per access" offset out(1.5)
marked = "measured"
load plots . "/verticals.gp"
plot for [b = 1:blocks] data index b - 1 using 1:(lo_of(b)):(hi_of(b)) with filledcurves lc rgb hue(b) fs transparent solid 0.2 noborder, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(8) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
