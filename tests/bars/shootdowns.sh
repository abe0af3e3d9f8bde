#!/usr/bin/env bash
# The bars of shootdowns, measured: prints figures, judges nothing. Wants two quiet CPUs.
#   tests/bars/shootdowns.sh BINARY [RUNS]
set -eu
tlbscope=${1:?usage: shootdowns.sh BINARY [RUNS]}
runs=${2:-10}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpu=$(($(nproc) - 1))
storm=madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1

run() { "$tlbscope" run --output "$work/$1" "${@:2}" >"$work/$1.out" 2>&1; }
estimate() { jq -r --arg k "$2" --arg m "$3" '.cells[] | select(.key == $k) | .metrics[$m].est // "none"' "$work/$1/result.json"; }
spread() { sort -n | awk '{ x[NR] = $1 } END { m = x[int((NR + 1) / 2)]; printf "median %.4g, from %.4g to %.4g: %+.1f%% %+.1f%%\n", m, x[1], x[NR],
	(x[1] / m - 1) * 100, (x[NR] / m - 1) * 100 }'; }

echo "== one page, one responder, over $runs runs"
for i in $(seq "$runs"); do
	run "storm$i" --only 'madvise advice=dontneed npages=1 resp=0,1 state=spin,other-mm mapping=anon touched=all' --rounds 20
	for m in ns added_ns stolen_ns ipis gaps; do
		estimate "storm$i" "$storm/resp=1/place=${PLACE:-core}/state=spin" "$m" >>"$work/$m.txt"
	done
done
for m in ns added_ns stolen_ns ipis gaps; do
	printf '%-10s ' "$m"
	if grep -q -v none "$work/$m.txt"; then grep -v none "$work/$m.txt" | spread; else echo "no run was valid"; fi
done

echo "== no responder: a bare loop in fresh processes, and the same through the harness, in turn"
cc -O2 "$here/bare_dontneed.c" -o "$work/bare"
for _ in 1 2 3 4 5; do
	for _ in 1 2 3 4 5 6 7 8 9 10; do taskset -c "$cpu" "$work/bare" "$cpu"; done | sort -n | sed -n 5p >>"$work/bare.txt"
	run alone --only "$storm/resp=0" --rounds 10
	estimate alone "$storm/resp=0" ns >>"$work/harness.txt"
done
paste "$work/bare.txt" "$work/harness.txt" | awk '{ printf "bare %.0f harness %.0f ns, ratio %.3f\n", $1, $2, $2 / $1 }'

echo "== two initiators doing tlb_flush2's work: a bare loop, and the same through the harness, in turn"
cc -O2 -pthread "$here/bare_tlb_flush2.c" -o "$work/bare2"
rivals=rivals/work=cycle/page=4k/mapping=anon/initiators=2/place=${PLACE:-core}
for _ in 1 2 3 4 5; do
	for _ in 1 2 3 4 5; do "$work/bare2" $((cpu - 1)) "$cpu"; done | sort -n | sed -n 3p >>"$work/bare2.txt"
	for _ in 1 2 3 4 5 6 7 8 9; do "$work/bare2" $((cpu - 1)) "$cpu" 256; done | sort -n | sed -n 5p >>"$work/burst.txt"
	run rivals --only "$rivals" --rounds 10
	estimate rivals "$rivals" per_second >>"$work/rivals.txt"
done
paste "$work/bare2.txt" "$work/burst.txt" "$work/rivals.txt" | awk '$3 == "none" { print "bare", $1, "harness: not valid"; next }
	{ printf "bare %.0f, in bursts of 256 %.0f, harness (such bursts) %.0f a second: ratios %.3f %.3f\n", $1, $2, $3, $3 / $1, $3 / $2 }'

echo "== the full plan for 512 threads: cells, milliseconds"
for _ in 1 2 3; do
	start=$(date +%s%N)
	cells=$(HWLOC_SYNTHETIC='pack:4 l3:8 core:8 pu:2' "$tlbscope" run --dry-run --profile full | grep -vc '^#')
	echo "$cells $((($(date +%s%N) - start) / 1000000))"
done
