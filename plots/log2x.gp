# A log2 x axis from xmin to xmax with readable ticks; tick_labels = 0 leaves their numbers to the panel below.
set logscale x 2
unset mxtics
set xtics () out scale 0.6
do for [p = 0:40] {
	if (2**p >= xmin * 0.99 && 2**p <= xmax * 1.01 && (p - ceil(log(xmin) / log(2) - 0.01)) % step == 0) {
		set xtics add ((tick_labels ? short(2**p) : "") 2**p)
	}
}
set xrange [xmin / 1.15:xmax * 1.15]
