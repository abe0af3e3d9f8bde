#!/usr/bin/env bash
# The bars of comparing, measured: prints figures, judges nothing. Wants root and, for figures worth keeping, a quiet machine.
#   tests/bars/compare.sh BINARY [PAIRS [TRIES [ROUNDS]]]      (100, 20, 12: about three hours)
# The plan is 8 cells in one-round runs of about a second, ROUNDS of each side in turn (A B B A), so a pair takes half a minute.
set -eu
tlbscope=$(realpath "${1:?usage: compare.sh BINARY [PAIRS [TRIES [ROUNDS]]]}")
pairs=${2:-100} tries=${3:-20} rounds=${4:-12}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
tracing='' mounted=''
undo() {
	[ -z "$tracing" ] || echo 0 >"$tracing/events/tlb/tlb_flush/enable" || true
	[ -z "$mounted" ] || umount "$mounted" || true
	rm -rf "$work"
}
trap undo EXIT
cd "$work"

storm=(--only 'madvise advice=dontneed npages=1,8 resp=0,1 state=spin')
loads=(--only 'chase page=4k layout=distinct footprint=16p,64p,1024p')

ab() { # name, options, --, A, --, B: one comparison; its exit code
	local name=$1 code=0
	shift
	"$tlbscope" ab --rounds "$rounds" --output "$name" --format json "$@" >"$name.json" 2>"$name.err" || code=$?
	[ "$code" -ne 255 ] || cat "$name.err" >&2
	rm -rf "$name"
	sleep 1 # others may want their turn
	return "$code"
}

echo "== $pairs pairs of the same thing"
ones=0 flagged=0 tests=0 unsure=0
for ((i = 0; i < pairs; i++)); do
	code=0
	ab aa "${storm[@]}" "${loads[@]}" -- "$tlbscope" -- "$tlbscope" || code=$?
	[ "$code" -ne 255 ] || continue
	ones=$((ones + (code == 1))) unsure=$((unsure + (code == 125)))
	tests=$((tests + $(jq '.tests | length' aa.json)))
	flagged=$((flagged + $(jq '.count.regression + .count.improvement' aa.json)))
done
echo "exit 1: $ones of $pairs; 125: $unsure; flagged: $flagged of $tests tests"

try() { # what, part (regular expression), ab's arguments
	local what=$1 part=$2 found=0 placed=0 i code
	shift 2
	for ((i = 0; i < tries; i++)); do
		code=0
		ab try "$@" || code=$?
		[ "$code" -eq 1 ] || continue
		found=$((found + 1))
		# The largest regression is the one that says where.
		jq -e --arg part "$part" '[.tests[] | select(.state == "regression" and .sits_in)] | max_by(.change) |
			.sits_in.text | test($part)' try.json >/dev/null && placed=$((placed + 1))
	done
	echo "$what: found $found of $tries, attributed to $part $placed"
}

echo "== real changes"
tracing=/sys/kernel/tracing
if [ ! -e "$tracing/events" ]; then
	mount -t tracefs nodev "$tracing" && mounted=$tracing || tracing=''
fi
if [ -n "$tracing" ]; then
	cat >traced <<-END
		#!/bin/sh
		echo 1 >$tracing/events/tlb/tlb_flush/enable
		"$tlbscope" "\$@"
		code=\$?
		echo 0 >$tracing/events/tlb/tlb_flush/enable
		exit \$code
	END
	chmod +x traced
	try "tlb:tlb_flush traced" "^(base|interrupt)" "${storm[@]}" -- "$tlbscope" -- ./traced
	[ -z "$mounted" ] || { umount "$mounted" && mounted=''; }
	tracing=''
fi

# What a program that touches every 4 KiB sees of huge pages: on in A, off in B.
thp='chase page=thp layout=distinct touch=each-4k footprint=2MiB,64MiB' base='chase page=4k layout=distinct frames=shuffled footprint=2MiB,64MiB'
try "THP off" "misses|walk|penalty" --across page,touch,frames -- \
	"$tlbscope" run --only "$thp" -- "$tlbscope" run --only "$base"

try "a responder added" "^interrupt.*per op 0.00 → 1.00" --across resp,place,state -- \
	"$tlbscope" run --only 'madvise advice=dontneed npages=1 resp=0' -- "$tlbscope" run --only 'madvise advice=dontneed npages=1 resp=1 state=spin'

# A build whose chain has four dependent adds more to 20 loads: 5% of a hit of 4 cycles.
cmake -S "$source" -B slow -DTLBSCOPE_TESTS=OFF -DCMAKE_C_FLAGS=-DTLBSCOPE_TEST_SLOW_CHAIN >/dev/null && cmake --build slow -j2 >/dev/null 2>&1
cmake -S "$source" -B same -DTLBSCOPE_TESTS=OFF >/dev/null && cmake --build same -j2 >/dev/null
try "a 5% longer chain step" "^hit" "${loads[@]}" -- same/tlbscope -- slow/tlbscope

echo "== 10,000 cells x 4 metrics x 30 samples"
python3 - <<'END'
import json, random
for side in (1, 2):
    r, cells = random.Random(side), []
    for i in range(10000):
        metrics = {}
        for name in ("ns", "cycles", "mean_ns", "p99_ns"):
            s = [100 * (1 + r.gauss(0, .01)) for _ in range(30)]
            if i % 2:
                s = [round(x) for x in s]
            t = sorted(s)
            metrics[name] = dict(unit="ns", better="less", primary=True, est=(t[14] + t[15]) / 2, lo=t[9], hi=t[20],
                                 samples=s, rounds=list(range(30)))
        cells.append(dict(key=f"chase/page=4k/layout=distinct/footprint={4 * (i + 1)}KiB", bench="chase", revision=1, wave=1,
                          requested=True, outcome="ok", visits=30, metrics=metrics))
    json.dump(dict(schema=dict(name="tlbscope-result", major=1, minor=0), run=dict(state="complete", rounds=30, base_page_bytes=4096),
                   machine=dict(cpu="c"), cells=cells), open(f"{side}.json", "w"))
END
/usr/bin/time -f '%e s, %U s of them computing, %M KiB' "$tlbscope" compare 1.json 2.json | tail -1
