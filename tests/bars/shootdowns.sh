#!/usr/bin/env bash
# The bars of shootdowns, measured: prints figures, judges nothing. Wants two quiet CPUs.
#   tests/bars/shootdowns.sh BINARY [RUNS [PAIRS]]
# ROUNDS: of each run (100). On a host that moves CPUs and gives others a part of them, more rounds are what gets enough visits without.
set -eu
tlbscope=${1:?usage: shootdowns.sh BINARY [RUNS [PAIRS]]}
runs=${2:-10}
pairs=${3:-100}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cpu=$(($(nproc) - 1))
storm=madvise/advice=dontneed/page=4k/mapping=anon/touched=all/npages=1

run() { "$tlbscope" run --replace --output "$work/$1" "${@:2}" >"$work/$1.out" 2>&1; }
estimate() { jq -r --arg k "$2" --arg m "$3" '.cells[] | select(.key == $k) | .metrics[$m].est // "none"' "$work/$1/result.json"; }
middle() { sort -n | awk '{ x[NR] = $1 } END { if (NR) print x[int((NR + 1) / 2)] }'; }
spread() { sort -n | awk '{ x[NR] = $1 } END { if (!NR) { print "no run"; exit }
	m = x[int((NR + 1) / 2)]; printf "%d runs, median %.4g, from %.4g to %.4g: %+.1f%% %+.1f%%\n", NR, m, x[1], x[NR],
	(x[1] / m - 1) * 100, (x[NR] / m - 1) * 100 }'; }

# What a run says of the storm, and of the conditions of the visits that it rests on (result/conditions.h).
describe() {
	jq -r --arg k "$2" '.clock.width as $most | .cells[] | select(.key == $k) | .metrics as $m |
		[$m.handoff_ns.est // 0, ($m.width.est // 0) / ($most // 1),
		 ([($m.width.samples // []), ($m.width.aside // [])] | add | map(select(. < 0.95 * $most)) | length) / (.visits // 1),
		 ($m.width.samples // [] | length),
		 ($m.ns.est // "none"),
		 (if .notes // [] | any(startswith("added_ns: ")) then "none" else $m.added_ns.est // "none" end), ($m.stolen_ns.est // "none"), ($m.ipis.est // "none"), ($m.gaps.est // "none"),
		 .outcome] | map(tostring) | join(" ")' "$work/$1/result.json"
}
# The runs at the commonest distance: split where neighbours differ by more than half, keep the larger part, of two alike the nearer.
commonest() {
	sort -n | awk '{ line[NR] = $0; x[NR] = $1 } END {
		from = 1; to = NR
		for (;;) {
			at = 0; widest = 1.5
			for (i = from + 1; i <= to; i++) if (x[i] > widest * x[i - 1]) { widest = x[i] / x[i - 1]; at = i }
			if (!at) break
			if (at - from >= to - at + 1) to = at - 1; else from = at
		}
		for (i = from; i <= to; i++) print line[i] }'
}
spreads() { # title; lines of describe
	local m at=5
	cat >"$work/chosen"
	echo "-- $1"
	for m in ns added_ns stolen_ns ipis gaps; do
		printf '%-10s ' "$m"
		cut -d' ' -f$at "$work/chosen" | { grep -v none || true; } | spread
		at=$((at + 1))
	done
}

alike() { { grep ' ok$' "$work/all" 2>/dev/null || true; } | awk '$2 >= 0.95' | commonest | wc -l; }

# A host keeps CPUs at one distance, or shares a core, for minutes: more runs, up to twice as many, until so many were alike.
echo "== one page, one responder, over $runs runs without company at one distance"
for i in $(seq $((2 * runs))); do
	[ "$(alike)" -lt "$runs" ] || break
	run "storm$i" --only 'madvise advice=dontneed npages=1 resp=0,1 state=spin,other-mm mapping=anon touched=all' --rounds "${ROUNDS:-100}"
	describe "storm$i" "$storm/resp=1/place=${PLACE:-core}/state=spin" | tee -a "$work/all" |
		awk '{ printf "handoff %.0f ns, width %.2f of a core alone, company in %.0f%% of visits, rests on %d visits: ns %s added %s stolen %s ipis %s gaps %s %s\n",
			$1, $2, $3 * 100, $4, $5, $6, $7, $8, $9, $10 }'
done
grep ' ok$' "$work/all" >"$work/ok" || true
spreads "all valid runs" <"$work/ok"
commonest <"$work/ok" | spreads "at the commonest distance"
awk '$2 >= 0.95' "$work/ok" | commonest | spreads "resting on visits without company, at the commonest distance of these"

echo "== no responder: a bare loop in fresh processes, and the same through the harness, $pairs pairs in turn"
cc -O2 "$here/bare_dontneed.c" -o "$work/bare"
# Both sides say what company they had. Lines: time and width; of each side the median of those without company, where there are any.
bare() { for _ in 1 2 3 4 5; do taskset -c "$cpu" "$work/bare" "$cpu"; done; }
harness() { # five rounds, so five fresh processes
	run alone --bare --only "$storm/resp=0" --rounds 5 || cat "$work/alone.out" >&2
	jq -r --arg k "$storm/resp=0" '.cells[] | select(.key == $k) | .metrics |
		[(.ns.samples + (.ns.aside // [])), (.width.samples + (.width.aside // []))] | transpose[] | map(tostring) | join(" ")' \
		"$work/alone/result.json"
}
for i in $(seq "$pairs"); do
	if ((i % 2)); then
		bare >"$work/bare.$i"
		harness >"$work/harness.$i"
	else
		harness >"$work/harness.$i"
		bare >"$work/bare.$i"
	fi
done
most() { sort -k2n "$@" | awk '{ x[NR] = $2 } END { print x[int(NR * 0.9)] }'; } # a measurement that another thread broke looks wider
alone() { awk -v most="$2" '$2 >= 0.95 * most && $2 * 0.95 <= most { print $1 }' "$1" | middle; }
bare_most=$(most "$work"/bare.[0-9]*) harness_most=$(most "$work"/harness.[0-9]*)
for i in $(seq "$pairs"); do
	echo "$(cut -d' ' -f1 "$work/bare.$i" | middle) $(cut -d' ' -f1 "$work/harness.$i" | middle)" >>"$work/pairs"
	b=$(alone "$work/bare.$i" "$bare_most") h=$(alone "$work/harness.$i" "$harness_most")
	[ -z "$b" ] || [ -z "$h" ] || echo "$b $h" >>"$work/pairs_alone"
done
# The interval holds the median of all such ratios with 95%: order statistics k and n + 1 - k of the binomial.
ratios() { awk '{ print $2 / $1, $1, $2 }' | sort -n | awk -v title="$1" '{ x[NR] = $1; b[NR] = $2; h[NR] = $3 } END {
	if (!NR) { print title ": none"; exit }
	k = int((NR + 1) / 2 - 0.98 * sqrt(NR)); k = k < 1 ? 1 : k
	printf "%s: %d ratios from %.3f to %.3f, median %.3f, 95%% interval %.3f to %.3f\n", title, NR, x[1], x[NR],
		(x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2, x[k], x[NR + 1 - k] }'; }
ratios "all pairs" <"$work/pairs"
touch "$work/pairs_alone"
ratios "without company on either side" <"$work/pairs_alone"
awk '{ print $1 }' "$work/pairs_alone" | spread
awk '{ print $2 }' "$work/pairs_alone" | spread

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
