#@ title Cost of one access against pages touched
#@ read Each curve is one page kind: one load to a page, in an order that no prefetcher predicts. A step up is a level
#@ read that is full: of the TLB at the solid verticals and grey bands, of a data cache elsewhere. distinct memory is what a program sees;
#@ read alias and zero map many pages to few frames, which keeps data caches out of it and needs little memory.
#@ read Bands are 95% intervals, of verticals too; a grey band without a line is a level of which only the ends of a bracket are known, or a slope, which is no size: from where the curve leaves its plateau to half of its rise; dotted verticals are what CPUID claims; faint ones are where lines, one to a page, fill a cache; crosses are invalid cells.
#@ states tlb-level
#@ select chase layout=distinct frames=shuffled
#@ select chase layout=distinct touch=page
#@ select chase layout=alias page=2m,1g offsets=spread
#@ select chase layout=zero page=thp
#@ x pages
#@ y cycles ns
#@ series page layout
#@ marks knees
#@ marks claims
#@ marks caches

height = 700
load style
set multiplot
set lmargin 8
set rmargin 14
load plots . "/claims.gp"
bottom = upper_bottom(0.32, 40 + claim_px)

col = 2; logy = 1; gap = 0.07; over = height * (top - bottom)
load plots . "/labels.gp"
tick_labels = 0
load plots . "/log2x.gp"
set tmargin at screen top
set bmargin at screen bottom
set ylabel "core cycles per access" offset out(1.5)
marked = "measured"
load plots . "/verticals.gp"
plot for [b = 1:blocks] data index b - 1 using 1:3:4 with filledcurves lc rgb hue(b) fs transparent solid 0.25 noborder, \
	for [b = 1:blocks] data index b - 1 using 1:2 with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(8) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"

col = 5; over = 0
load plots . "/labels.gp"
eval(no_title)
tick_labels = 1
load plots . "/log2x.gp"
set tmargin at screen lower_top(0.32)
set bmargin at screen foot
set xlabel "pages touched" offset 0,0.3
set ylabel "ns per access" offset out(1.5)
marked = "claimed"
load plots . "/verticals.gp"
plot for [b = 1:blocks] data index b - 1 using 1:6:7 with filledcurves lc rgb hue(b) fs transparent solid 0.25 noborder, \
	for [b = 1:blocks] data index b - 1 using 1:5 with linespoints lt b, \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
unset multiplot
