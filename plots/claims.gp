# Rows for the names of CPUID's claims, which stand above the panel that labels them: claim_row[m], from 1 at the panel; claim_rows is how
# many there are, claim_px how much higher they are than the two that a gap of 40 px takes. A character is about 6.5 px, and panels are
# narrower than octave_px says, by the names at their right.
claim_is_here(m) = mark_is[m] eq "claimed" && mark_x[m] >= xmin && mark_x[m] <= xmax
claim_at(m) = log(mark_x[m] / xmin) / log(2) * octave_px
claim_half(m) = strlen(mark_text[m]) * 3.9 + 2
claim_rows = 0
if (count > 0) {
	array claim_row[count]
	array claim_end[count]
}
do for [m = 1:count] { claim_row[m] = 0; claim_end[m] = -1e9 }
do for [m = 1:count] {
	do for [r = 1:claim_is_here(m) ? count : 0] {
		if (claim_row[m] == 0 && claim_at(m) - claim_half(m) > claim_end[r]) {
			claim_row[m] = r
			claim_end[r] = claim_at(m) + claim_half(m)
			claim_rows = r > claim_rows ? r : claim_rows
		}
	}
}
claim_px = claim_rows > 2 ? 16 * (claim_rows - 2) : 0
