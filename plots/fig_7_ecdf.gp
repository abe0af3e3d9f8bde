#@ title How single operations are spread
#@ read The share of operations that took at most so long, one page each, alone and with one responder. A steep curve is a
#@ read steady cost; a shelf is a second mode; the tail at the right is what percentiles in the tables are taken from.
#@ kind hist
#@ select madvise npages=1 resp=0
#@ select madvise npages=1 resp=1 state=spin
#@ select mprotect npages=1 resp=0
#@ select mprotect npages=1 resp=1 state=spin
#@ select munmap npages=1 resp=0
#@ select munmap npages=1 resp=1 state=spin
#@ select membarrier resp=1 state=spin
#@ except * advice=free,cold,pageout
#@ except * change=ro-rw,rw-none,none-rw
#@ except * mapping=shared,file,private
#@ except * touched=first,ends
#@ except * page=thp,2m,1g
#@ except * cpukind=1..64
#@ y ns
#@ series bench resp place

load plots . "/series.gp"
height = 440 + (nseries > 12 ? 22 * (nseries - 12) : 0) # a row to each name
load style
longest = 0
do for [b = 1:blocks] { longest = strlen(name_of(b)) > longest ? strlen(name_of(b)) : longest }
set lmargin 9.5
set rmargin longest * (paper ? 0.75 : 0.85) + 6.5
set tmargin at screen top
set bmargin at screen foot
key_font = longest > 24 ? px11 : px13
row = paper ? 1 : 1.15
set key at graph 1.02, graph 1 top left reverse Left samplen 2.4 spacing row noautotitle font key_font

# From the first to the last 0.1%.
left = 1e300
right = 0
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(left = $2 >= 0.001 && $1 < left ? $1 : left, \
	right = $2 <= 0.999 && $1 > right ? $1 : right, $2)
unset table
xmin = left / 1000
xmax = (right > left ? right : left * 2) / 1000
octaves = log(xmax / xmin) / log(2)
step = octaves > (paper ? 10 : 14) ? 4 : octaves > (paper ? 5 : 8) ? 2 : 1
load plots . "/log2x.gp"
if (step == 1) { set xtics add ("¼" 0.25, "½" 0.5) }
set yrange [0:1.02]
set ytics ("0" 0, "25".percent 0.25, "50".percent 0.5, "75".percent 0.75, "99".percent 0.99)
# Bins are many: the pointer is told one to a percent of the axes.
array seen_x[blocks]
array seen_y[blocks]
do for [b = 1:blocks] { seen_x[b] = 1e-300; seen_y[b] = -1 }
once(b) = abs(log($1 / seen_x[b])) * 100 > log(xmax / xmin) || $2 - seen_y[b] > 0.02 ? (seen_x[b] = $1, seen_y[b] = $2, 1) : 0
told(b) = sprintf("%s: %.4g%% took at most %.4g µs", word(names, b), 100 * $2, $1 / 1000)
set xlabel "µs per operation" offset 0,0.3
set ylabel "share of operations" offset out(-0.8)
plot for [b = 1:blocks] data index b - 1 using ($1 / 1000):2 with lines lt b lw 2.2 title (is_first(b) ? name_of(b) : ""), \
	for [b = 1:hover] data index b - 1 using (once(b) ? $1 / 1000 : NaN):2:(told(b)) with labels hypertext point pt 7 ps 1.2 lc rgb "#ff000000"
