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

load style
set lmargin 9.5
set rmargin 23
set tmargin at screen top
set bmargin at screen foot
set key at graph 1.02, graph 1 top left reverse Left samplen 2 spacing 1.1 noautotitle font px13

# From the first to the last 0.1%.
left = 1e300
right = 0
set table $scratch
plot for [b = 1:blocks] data index b - 1 using 1:(left = $2 >= 0.001 && $1 < left ? $1 : left, \
	right = $2 <= 0.999 && $1 > right ? $1 : right, $2)
unset table
xmin = left / 1000
xmax = (right > left ? right : left * 2) / 1000
step = 1
load plots . "/log2x.gp"
set xtics add ("¼" 0.25, "½" 0.5)
set yrange [0:1.02]
set ytics ("0" 0, "25".percent 0.25, "50".percent 0.5, "75".percent 0.75, "99".percent 0.99)
set xlabel "µs per operation" offset 0,0.3
set ylabel "share of operations" offset -0.8
plot for [b = 1:blocks] data index b - 1 using ($1 / 1000):2 with lines lt b lw 2.2 title word(names, b)
