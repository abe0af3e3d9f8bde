#@ title Page walks, by the level they start from
#@ read Every load misses the TLB's last level once a few hundred pages are touched; the distance of the pages decides which
#@ read entries of the levels above are as many as the pages: none at 128 KiB, page-directory entries from 2 MiB on, those of
#@ read the level above from 1 GiB on. A plateau is a walk that starts below a level which is still cached; a rise is that
#@ read level's cache, full. A rise at half the pages for twice the distance is a set-associative one. What the same lines
#@ read cost without misses is taken off. Bands are 95% intervals; crosses are invalid cells.
#@ states walk-levels walk-cache
#@ select walkcache layout=distinct pages=64..2048 stride=128KiB,2MiB,8MiB,32MiB,1GiB,32GiB,512GiB
#@ x pages
#@ y translation_cycles
#@ series page layout stride

load style
set lmargin 8
set rmargin 14
set tmargin at screen top
set bmargin at screen foot

col = 2; logy = 0; gap = 0.065; from_zero = 1
load plots . "/labels.gp"
load plots . "/log2x.gp"
set xlabel "pages" offset 0,0.3
set ylabel (paper ? "cycles of translation" : "core cycles of translation per load") offset out(1.5)
plot for [b = 1:blocks] data index b - 1 using 1:(lo_of(b)):(hi_of(b)) with filledcurves lc rgb hue(b) fs transparent solid 0.2 noborder, \
	for [b = 1:blocks] data index b - 1 using 1:(y_of(b)) with linespoints lt b, \
	for [b = 1:blocks] data index b - 1 using 1:(is_invalid(5) ? 0.015 : NaN) axes x1y2 with points pt 2 ps 0.9 * small lw 2 * small lc rgb hue(b), \
	for [b = 1:hover] data index b - 1 using 1:(there(b)):(about(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
