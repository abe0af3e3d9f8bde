# Verticals from the file of marks: those measured are solid, in a band that is their interval; brackets are the band between their ends,
# without a line, since no place in it is better than another; CPUID's claims are dotted. Only those named by `marked` are labelled
# here, so that another panel can label the others; `mark_word` stands before their numbers.
load plots . "/names.gp"
do for [m = 1:64] {
	unset label 200 + m
	unset arrow 200 + m
	unset object 200 + m
}
do for [m = 1:count] {
	x = mark_x[m]
	is = mark_is[m]
	here = is_here(m)
	pattern = is eq "measured" ? 1 : 3
	if (here && is ne "cache" && !is_band(m)) {
		set arrow 200 + m from first x, graph 0 to first x, graph 1 nohead back lw (is eq "measured" ? 1 : 1.5) \
			dt pattern lc rgb (is eq "measured" ? "#404040" : grey)
	}
	if (here && is ne "cache" && mark_hi[m] > mark_lo[m]) {
		set object 200 + m rectangle from first mark_lo[m], graph 0 to first mark_hi[m], graph 1 back \
			fc rgb "#000000" fs transparent solid 0.07 noborder
	}
	if (here && is_level(m) && marked eq "measured") {
		set label 200 + m mark_word . mark_text[m] at first x_of(name_px[m]), graph name_top[m] right rotate by 90 font px12 \
			textcolor rgb "#404040" front
	}
	# Data caches are no news: faint, and named at the foot.
	if (here && is eq "cache") {
		set arrow 200 + m from first x, graph 0 to first x, graph 1 nohead back lw 0.7 dt 1 lc rgb "#c4c4c4"
		if (marked eq "measured") {
			set label 200 + m mark_text[m] at first x, graph cache_foot[m] left rotate by 90 offset 0.8,0 font px11 \
				textcolor rgb "#8a8a8a" front
		}
	}
	# Claims stand above the panel, in as many rows as it takes not to touch: claims.gp.
	if (here && is eq marked && is eq "claimed") {
		height_of_row = 0.45 + 0.7 * (claim_row[m] - 1)
		set label 200 + m mark_text[m] at first x, graph 1 center offset 0,height_of_row font px12 \
			textcolor rgb "#404040"
	}
}
