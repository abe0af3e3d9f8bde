#!/usr/bin/env bash
# The bars of the foundation, measured: prints figures, judges nothing. Wants a quiet machine and root for the 2m and 1g curves.
#   tests/bars/foundation.sh BINARY
set -eu
tlbscope=${1:?usage: foundation.sh BINARY}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { "$tlbscope" run --replace --output "$work/$1" "${@:2}" >"$work/$1.out" 2>&1; }
estimate() { jq -r --arg k "$2" --arg m "$3" '.cells[] | select(.key == $k) | .metrics[$m].est' "$work/$1/result.json"; }

echo "== chase 4k: cycles"
run chase --only 'chase page=4k layout=distinct,alias' --budget 40
jq -r '.cells[] | select(.bench == "chase" and .outcome == "ok") | [.params.layout, .params.footprint, .metrics.cycles.est,
	((.metrics.cycles.hi - .metrics.cycles.lo) / 2 / .metrics.cycles.est * 100), (.measured_s * 1000), .visits] | @tsv' \
	"$work/chase/result.json" | sort -k1,1 -k2,2V |
	awk '{ printf "%-9s %9s %8.2f cycles  +-%.2f%%  %6.1f ms in %d visits\n", $1, $2, $3, $4, $5, $6 }'

echo "== three curves of 30 sizes with mapping: seconds"
sizes='footprint=8p,16p,24p,32p,40p,48p,56p,64p,72p,80p,88p,96p,104p,128p,160p,192p,256p,320p,384p,512p,640p,768p,1024p,1280p,1536p,2048p,2560p,3072p,3584p,4096p'
start=$(date +%s%N)
run curves --only "chase page=4k layout=alias $sizes" --only "chase page=2m layout=alias $sizes" \
	--only "chase page=1g layout=alias $sizes" --rounds 10
awk -v a="$start" -v b="$(date +%s%N)" 'BEGIN { printf "%.1f\n", (b - a) / 1e9 }'
jq -r '[.cells[] | select(.bench == "chase")] | group_by(.outcome)[] | "\(.[0].outcome) \(length)"' "$work/curves/result.json"

echo "== DONTNEED alone, ns: a bare loop in fresh processes, and the same through the harness, in turn"
cc -O2 "$here/bare_dontneed.c" -o "$work/bare"
cpu=$(($(nproc) - 1)) # taskset before exec: an mm that ever ran on another CPU flushes 20% slower
for _ in 1 2 3 4 5; do
	for _ in 1 2 3 4 5 6 7 8 9 10; do taskset -c "$cpu" "$work/bare" "$cpu"; done | sort -n | sed -n 5p >>"$work/bare.txt"
	run dontneed --only 'madvise npages=1 resp=0' --rounds 10
	estimate dontneed madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1/resp=0 ns >>"$work/harness.txt"
done
paste "$work/bare.txt" "$work/harness.txt" | awk '{ printf "bare %.0f harness %.0f ratio %.3f\n", $1, $2, $2 / $1 }'
echo "harness on batch means, ns: $(estimate dontneed null/resp=0 mean_ns)"

echo "== one responder"
run storm --only 'madvise npages=1 resp=0,1' --rounds 20
jq -r '.cells[] | select(.bench == "madvise") | [.key, .outcome, .visits, .metrics.ns.est, .metrics.ipis.est, .metrics.gaps.est,
	.metrics.stolen_ns.est] | @tsv' "$work/storm/result.json"
