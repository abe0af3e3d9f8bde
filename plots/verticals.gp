# Verticals from the file of marks: those measured are solid, in a band that is their interval; CPUID's claims are dotted. Only
# those named by `marked` are labelled here, so that another panel can label the others; `mark_word` stands before their numbers.
if (!exists("mark_word")) mark_word = ""
do for [m = 1:64] {
	unset label 200 + m
	unset arrow 200 + m
	unset object 200 + m
}
count = 0
array row_end[3] = [-1e9, -1e9, -1e9]
if (nmarks > 0) {
	array mark_x[nmarks]
	array mark_lo[nmarks]
	array mark_hi[nmarks]
	array mark_is[nmarks]
	array mark_text[nmarks]
	set table $scratch
	plot marks using 1:(count = count + 1, mark_x[count] = $1, mark_lo[count] = $2, mark_hi[count] = $3, \
		mark_is[count] = strcol(4), mark_text[count] = strcol(5), $1)
	unset table
}
# px of the panel to an octave, by which labels find out whether they touch.
octave_px = (width - 190.0) / (log(xmax / xmin) / log(2) + 0.4)
last_x = 0
do for [m = 1:count] {
	x = mark_x[m]
	is = mark_is[m]
	here = x >= xmin && x <= xmax
	pattern = is eq "measured" ? 1 : 3
	if (here && is ne "cache") {
		set arrow 200 + m from first x, graph 0 to first x, graph 1 nohead back lw (is eq "measured" ? 1 : 1.5) \
			dt pattern lc rgb (is eq "measured" ? "#404040" : grey)
		if (mark_hi[m] > mark_lo[m]) {
			set object 200 + m rectangle from first mark_lo[m], graph 0 to first mark_hi[m], graph 1 back \
				fc rgb "#000000" fs transparent solid 0.07 noborder
		}
	}
	# Left of its line, and right of it where that is taken.
	if (here && is eq marked && is eq "measured") {
		aside = last_x > 0 && log(x / last_x) / log(2) * octave_px < 15 ? 0.9 : -0.9
		last_x = x
		set label 200 + m mark_word . mark_text[m] at first x, graph 0.97 right rotate by 90 offset aside,0 font px12 \
			textcolor rgb "#404040" front
	}
	# Data caches are no news: faint, and named at the foot.
	if (here && is eq "cache") {
		set arrow 200 + m from first x, graph 0 to first x, graph 1 nohead back lw 0.7 dt 1 lc rgb "#c4c4c4"
		if (marked eq "measured") {
			set label 200 + m mark_text[m] at first x, graph 0.03 left rotate by 90 offset 0.8,0 font px11 \
				textcolor rgb "#8a8a8a" front
		}
	}
	# Claims stand above the panel, in as many lines as it takes not to touch; a character is about 6 px.
	if (here && is eq marked && is eq "claimed") {
		half = strlen(mark_text[m]) * 3.2 / octave_px * log(2)
		row = log(x) - half > row_end[1] ? 1 : log(x) - half > row_end[2] ? 2 : 3
		row_end[row] = log(x) + half
		height_of_row = 0.45 + 0.7 * (row - 1)
		set label 200 + m mark_text[m] at first x, graph 1 center offset 0,height_of_row font px12 \
			textcolor rgb "#404040"
	}
}
