# Where the names of verticals stand: a measured level's beside its line, a bracket's in its band, or next to it where that is taken; none
# over another, none on another's line where that can be had. They hang from the top, or from under the name that is in the way. A pixel is one of the
# screen's figure; a line of text is 15 of them wide, a character 6.6 long.
panel_px = over > 0 ? over : 300
px_of(x) = log(x / xmin) / log(2) * octave_px
x_of(px) = xmin * 2 ** (px / octave_px)
is_level(m) = mark_is[m] eq "measured" || mark_is[m] eq "bracket"
is_band(m) = mark_is[m] eq "bracket"
is_here(m) = is_band(m) ? mark_hi[m] >= xmin && mark_lo[m] <= xmax : mark_x[m] >= xmin && mark_x[m] <= xmax
low_px(m) = px_of(mark_lo[m] > xmin ? mark_lo[m] : xmin)
high_px(m) = px_of(mark_hi[m] < xmax ? mark_hi[m] : xmax)
# The places that a name may take, best first: left of its line, right of it; the middle of its band and steps from there.
places(m) = is_band(m) ? 2 * floor((high_px(m) - low_px(m)) / 2 / 8 + 4) + 1 : 2
is_outside(m, px) = is_band(m) && (px < low_px(m) || px > high_px(m))
aside(k) = (k % 2 ? -1 : 1) * floor(k / 2) * 8
place_px(m, k) = is_band(m) ? (low_px(m) + high_px(m)) / 2 + aside(k) : px_of(mark_x[m]) + (k == 1 ? -10 : 10)
tall(m) = (strlen(mark_word . mark_text[m]) * 6.6 + 12) / panel_px
if (count > 0) {
	array name_px[count]
	array name_top[count]
	array name_foot[count]
}
do for [m = 1:count] {
	name_px[m] = -1e9
	name_top[m] = 0.97
	name_foot[m] = 0.97
	least = 1e9
	do for [k = 1:is_level(m) && is_here(m) ? places(m) : 0] {
		at_px = place_px(m, k)
		crossed = 0
		do for [p = 1:count] {
			crossed = crossed + (p != m && mark_is[p] ne "cache" && !is_band(p) && is_here(p) && abs(px_of(mark_x[p]) - at_px) < 8)
		}
		do for [q = 0:m - 1] { # the top of the panel, or under an earlier name
			at_top = 0.97
			if (q > 0) { at_top = name_foot[q] }
			over_names = 0
			do for [p = 1:m - 1] {
				over_names = over_names + (abs(name_px[p] - at_px) < 15 && at_top > name_foot[p] + 0.001 && at_top - tall(m) < name_top[p])
			}
			price = 1000 * over_names + 100 * (at_px < 6) + 30 * crossed + 20 * (0.97 - at_top) + 100 * (at_top - tall(m) < 0.3) + \
				4 * is_outside(m, at_px) + 0.1 * k
			if (price < least) {
				least = price
				name_px[m] = at_px
				name_top[m] = at_top
				name_foot[m] = at_top - tall(m)
			}
		}
	}
}
# Those of data caches stand at the foot of the panel, or over the name before where lines are too close to have one each.
if (count > 0) { array cache_foot[count] }
do for [m = 1:count] {
	cache_foot[m] = 0.03
	do for [p = 1:m - 1] {
		if (mark_is[m] eq "cache" && mark_is[p] eq "cache" && px_of(mark_x[m]) - px_of(mark_x[p]) < 18) {
			cache_foot[m] = cache_foot[p] + tall(p)
		}
	}
}
