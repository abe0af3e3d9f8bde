#@ title Shootdown: who interrupts whom
#@ read One page is changed per call while one other CPU holds its translation. Each field is an operation against where its
#@ read responder runs: smt shares the core, core the last-level cache, llc the package, package nothing. Where there are
#@ read several kinds of CPU, counted from the fastest, a row is an initiator of one kind, and a column a responder of one.
#@ read In a field stand what the responder adds to the initiator's wait, over the same CPUs at work in another process; what
#@ read the responder itself loses; and interrupts counted per call. The darker, the longer the wait. Crosses are invalid cells.
#@ without it takes cells with a responder, and so two CPUs
#@ states shootdown
#@ select * npages=1 resp=1 state=spin cpukind=* respkind=*
#@ select membarrier resp=1 state=spin cpukind=* respkind=*
#@ except * advice=free,cold,pageout
#@ except * change=ro-rw,rw-none,none-rw
#@ except * mapping=shared,file,private
#@ except * touched=first,ends
#@ except * page=thp,2m,1g
#@ kind matrix
#@ x resp
#@ y added_ns stolen_ns ipis
#@ series bench cpukind place respkind

load plots . "/series.gp"
# Kinds are told where there are several. Whoever responds when the key leaves it open is told apart by the cells that say it.
array initiator[blocks]
array place[blocks]
array responder[blocks]
kinds = 0
do for [b = 1:blocks] {
	initiator[b] = part(b, "cpukind")
	place[b] = part(b, "place")
	responder[b] = part(b, "respkind")
	kinds = initiator[b] ne "-" && initiator[b] >= kinds ? initiator[b] + 1 : kinds
	kinds = responder[b] ne "-" && responder[b] >= kinds ? responder[b] + 1 : kinds
}
open(b) = part(b, "run") . part(b, "bench") . initiator[b]
array drawn[blocks]
do for [b = 1:blocks] {
	drawn[b] = 1
	do for [c = 1:blocks] {
		if (responder[b] eq "-" && responder[c] ne "-" && open(c) eq open(b)) { drawn[b] = 0 }
	}
}
row_of(b) = part(b, "bench") . (kinds == 0 ? "" : " kind " . (initiator[b] eq "-" ? "0" : initiator[b])) . \
	(runs > 1 ? sprintf(" (%d)", part(b, "run") + 1) : "")
column_of(b) = place[b] . ":" . responder[b]

columns = ""
do for [p in "smt core llc package -"] {
	do for [k = -1:kinds - 1] {
		do for [b = 1:blocks] {
			this = p . ":" . (k < 0 ? "-" : sprintf("%d", k))
			if (drawn[b] && column_of(b) eq this && number_in(columns, this) == 0) { columns = columns . " " . this }
		}
	}
}
# Rows have blanks in their names, so they are kept by number.
array rows[blocks]
nrows = 0
row_at(title) = (found = 0, sum [i = 1:nrows] (found = rows[i] eq title ? i : found, 0), found)
do for [b = 1:blocks] {
	do for [c = b:blocks] { # several results of one operation stand together
		if (drawn[c] && part(c, "bench") eq part(b, "bench") && row_at(row_of(c)) == 0) { nrows = nrows + 1; rows[nrows] = row_of(c) }
	}
}
ncolumns = words(columns)
longest = 0
do for [i = 1:nrows] { longest = strlen(rows[i]) > longest ? strlen(rows[i]) : longest }
stacked = column_pt > 0 && kinds > 0 # in a paper: a place above its kind
height = 130 + 78 * nrows + (stacked ? 30 : 0)
width = ncolumns > 2 ? 60 + 9 * longest + 175 * ncolumns : 640
load style

array added[blocks]
array stolen[blocks]
array sent[blocks]
array bad[blocks]
most = 0
do for [b = 1:blocks] { added[b] = NaN; stolen[b] = NaN; sent[b] = NaN; bad[b] = 0 }
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(v = number(2), w = number(5), added[b] = v == v ? v / 1000 : added[b], \
	stolen[b] = w == w ? w / 1000 : stolen[b], w = number(8), sent[b] = w == w ? w : sent[b], \
	bad[b] = is_invalid(11) ? 1 : bad[b], most = v == v && v / 1000 > most ? v / 1000 : most, 0)
unset table
column_at(b) = number_in(columns, column_of(b))
tight = paper && ncolumns > 2
crowded = paper && ncolumns > 4 # numbers alone

# From white to the first colour; type turns white on the darker half.
shade(v) = most > 0 ? 0.08 + 0.92 * v / most : 0.08
mixed(v) = sprintf("#%02x%02x%02x", int(255 - 255 * shade(v)), int(255 - 141 * shade(v)), int(255 - 77 * shade(v)))
do for [b = 1:blocks] {
	if (!drawn[b]) { continue }
	c = column_at(b)
	r = row_at(row_of(b))
	known = added[b] == added[b]
	set object b rectangle from first c - 0.48, first r - 0.46 to first c + 0.48, first r + 0.46 \
		fc rgb (known ? mixed(added[b]) : "#f4f4f4") fs solid noborder behind
	ink = known && shade(added[b]) > 0.55 ? "white" : "black"
	loses = stolen[b] == stolen[b] ? sprintf("loses %.3g µs", stolen[b]) : ""
	ipis = sent[b] == sent[b] ? sprintf("%.2f IPIs", sent[b]) : ""
	both = loses . (loses ne "" && ipis ne "" ? (tight ? "\n" : ", ") : "") . ipis
	first_line = known ? sprintf(crowded ? "%.3g" : "+%.3g µs", added[b]) : bad[b] ? "×" : crowded ? "?" : "no number"
	set label 300 + b first_line at first c, first r center offset 0,(crowded ? 0 : tight ? 1.05 : known ? 0.55 : 0) front \
		font (tight ? px13 : px15) textcolor rgb ink
	if (known && !crowded) { set label 500 + b both at first c, first r center offset 0,(tight ? -0.1 : -0.75) front font (tight ? px11 : px12) textcolor rgb ink }
}
set lmargin longest + (paper ? 2 : 5)
set rmargin paper ? 1 : 3
set tmargin at screen top
set bmargin at screen (stacked ? 82.0 : 62.0) / height
set xrange [0.5:ncolumns + 0.5]
set yrange [nrows + 0.5:0.5]
set border 0
unset grid
set xtics () scale 0
set ytics () scale 0
where(i) = (name = word(columns, i), at = strstrt(name, ":"), \
	name[1:at - 1] . (name[at + 1:*] eq "-" ? "" : (crowded ? "\n" : paper ? "\nkind " : " kind ") . name[at + 1:*]))
do for [i = 1:ncolumns] { set xtics add (where(i) i) }
do for [i = 1:nrows] { set ytics add (rows[i] i) }
set xlabel (paper ? "where the responder runs" : "where the responder runs, as the initiator sees it") \
	. (crowded ? " (µs added)" : "") offset 0,(stacked ? -0.5 : 0.3)
told(b, c) = valid(c) ? sprintf("%.4g [%.4g, %.4g]", column(c), column(c + 1), column(c + 2)) : "no number"
plot NaN notitle, \
	for [b = 1:hover] data index b - 1 using (column_at(b)):(drawn[b] && (valid(2) || valid(5) || valid(8)) ? row_at(row_of(b)) : 1e9):(sprintf("%s, %s: adds %s ns, loses %s ns, %s IPIs", row_of(b), where(column_at(b)), \
		told(b, 2), told(b, 5), told(b, 8))) with labels hypertext point pt 7 ps 3 lc rgb "#ff000000"
