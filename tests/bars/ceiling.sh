#!/usr/bin/env bash
# How often short runs name the kernel's flush ceiling, and what they say of it. Wants root for the kernel's counts; no quiet machine.
#   tests/bars/ceiling.sh BINARY [RUNS [BUDGET]]
set -eu
tlbscope=${1:?usage: ceiling.sh BINARY [RUNS [BUDGET]]}
runs=${2:-10}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for i in $(seq "$runs"); do
	"$tlbscope" run --output "$work/$i" --budget "${3:-6}" --only 'mprotect npages=1..1024 resp=0' --only 'madvise npages=1..1024 resp=0' \
		--only 'munmap npages=1..1024 resp=0' >"$work/out" 2>&1
	jq -r '"\(.run.elapsed_s | floor) s: \([.findings[] | select(.kind == "flush-ceiling") | "\(.confidence): \(.text)"] | join("; "))"' \
		"$work/$i/result.json" | tee -a "$work/all"
done
echo "named one page count: $(grep -c 'past [0-9]* pages' "$work/all" || true) of $runs; counts named: $(grep -o 'past [0-9]* pages' "$work/all" | sort | uniq -c | tr '\n' ' ')"
