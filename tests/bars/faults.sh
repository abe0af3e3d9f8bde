#!/usr/bin/env bash
# The bars of page faults, measured: prints figures, judges nothing. Wants a quiet machine; with transparent huge pages set to
# always, the bare loop would get huge pages and is not comparable.
#   tests/bars/faults.sh BINARY [REPEATS]
set -eu
tlbscope=${1:?usage: faults.sh BINARY [REPEATS]}
repeats=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() { "$tlbscope" run --output "$work/$1" "${@:2}" >"$work/$1.out" 2>&1; }
estimate() { jq -r --arg k "$2" --arg m "$3" '.cells[] | select(.key == $k) | .metrics[$m].est' "$work/$1/result.json"; }
middle() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

echo "== first touch at 4k, ns a page: page_fault1 bare in fresh processes, and the same through the harness, in turn"
cc -O2 "$here/bare_page_fault1.c" -o "$work/bare"
key=fault/page=4k/op=write/memory=resident/span=128MiB/resp=0
cpu=$(($(nproc) - 1)) # the harness chooses the last one as well
for i in $(seq "$repeats"); do
	for _ in 1 2 3 4 5; do taskset -c "$cpu" "$work/bare" "$cpu"; done >"$work/bare.now"
	run "fault$i" --only "$key" --rounds 10
	jq -r --arg k "$key" '.cells[] | select(.key == $k) | .metrics.mean_ns.samples[]' "$work/fault$i/result.json" >"$work/mine.now"
	paste -d' ' <(middle <"$work/bare.now") <(cut -d' ' -f2 "$work/bare.now" | middle) <(middle <"$work/mine.now") <(estimate "fault$i" "$key" ns) |
		awk '{ printf "bare %.0f (with mmap and munmap %.0f) harness %.0f (median of single faults %.0f) ratio %.3f\n", $1, $2, $3, $4, $3 / $1 }'
	cat "$work/bare.now" >>"$work/bare.txt"
	cat "$work/mine.now" >>"$work/mine.txt"
done
paste -d' ' <(middle <"$work/bare.txt") <(middle <"$work/mine.txt") <(sort -n "$work/bare.txt" | head -1 | cut -d' ' -f1) \
	<(sort -n "$work/mine.txt" | head -1) |
	awk '{ printf "all: bare %.0f harness %.0f ratio %.3f; least disturbed: bare %.0f harness %.0f ratio %.3f\n", $1, $2, $2 / $1, $3, $4, $4 / $3 }'
