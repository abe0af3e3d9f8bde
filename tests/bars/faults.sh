#!/usr/bin/env bash
# The bars of page faults, measured: prints figures, judges nothing. Wants a quiet machine; with transparent huge pages set to
# always, the bare loop would get huge pages and is not comparable.
#   tests/bars/faults.sh BINARY [PAIRS]
set -eu
tlbscope=${1:?usage: faults.sh BINARY [PAIRS]}
pairs=${2:-40}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
key=fault/page=4k/op=write/memory=resident/span=128MiB/resp=0
cpu=$(($(nproc) - 1)) # the harness chooses the last one as well
cc -O2 "$here/bare_page_fault1.c" -o "$work/bare"

middle() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }
bare() { taskset -c "$cpu" "$work/bare" "$cpu" | cut -d' ' -f1; }
harness() { # three rounds, so three fresh processes
	"$tlbscope" run --bare --only "$key" --rounds 3 --output "$work/run" >"$work/out" 2>&1 || cat "$work/out" >&2
	jq -r --arg k "$key" '.cells[] | select(.key == $k) | .metrics.mean_ns.samples[]' "$work/run/result.json" | middle
	rm -rf "$work/run"
}

# Pairs are close in time, and every other one is turned round: what drifts, or hits one of the two, moves few ratios, not their median.
echo "== first touch at 4k, ns a page: page_fault1 bare in a fresh process, and the same through the harness, $pairs pairs in turn"
for i in $(seq "$pairs"); do
	if ((i % 2)); then b=$(bare) h=$(harness); else h=$(harness) b=$(bare); fi
	echo "$b $h" | tee -a "$work/pairs" | awk '{ printf "bare %.0f harness %.0f ratio %.3f\n", $1, $2, $2 / $1 }'
done
# The interval holds the median of all such ratios with 95%: order statistics k and n + 1 - k of the binomial.
awk '{ print $2 / $1 }' "$work/pairs" | sort -n | awk '{ x[NR] = $1 } END {
	k = int((NR + 1) / 2 - 0.98 * sqrt(NR)); k = k < 1 ? 1 : k
	printf "median of %d ratios: %.3f, 95%% interval %.3f to %.3f\n", NR, (x[int((NR + 1) / 2)] + x[int(NR / 2) + 1]) / 2, x[k], x[NR + 1 - k] }'
