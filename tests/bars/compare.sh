#!/usr/bin/env bash
# The bars of comparing, measured: prints figures, judges nothing. Wants root and, for figures worth keeping, a quiet machine.
#   tests/bars/compare.sh BINARY [PAIRS [TRIES [ROUNDS [DIR]]]]      (100, 20, 16: about half an hour on two CPUs)
# With DIR, what was measured is kept there, and the same command goes on where it was stopped.
#
# The plan of an A/A pair is 7 cells (and 5 that they are paired with) in one-round runs of a third of a second, ROUNDS of each side
# in turn (A B B A ...): 34 runs, about ten seconds.
set -eu
tlbscope=$(realpath "${1:?usage: compare.sh BINARY [PAIRS [TRIES [ROUNDS [DIR]]]]}")
pairs=${2:-100} tries=${3:-20} rounds=${4:-16}
source=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
[ -z "${5:-}" ] || mkdir -p "$5"
dir=$(realpath "${5:-$work}")
tracing='' mounted=''
undo() {
	[ -z "$tracing" ] || echo 0 >"$tracing/events/tlb/tlb_flush/enable" || true
	[ -z "$mounted" ] || umount "$mounted" || true
	rm -rf "$work"
}
trap undo EXIT
trap 'exit 130' INT TERM
cd "$work"
log=$dir/comparisons.tsv # name, exit code, tests, flagged, attributed, seconds
touch "$log"

storm=(--only 'madvise advice=dontneed npages=1,8 resp=0,1 state=spin')
loads=(--only 'chase page=4k layout=distinct footprint=16p,64p,1024p')

# The largest regression is the one that says where.
measures='[(.tests | length), .count.regression + .count.improvement,
	([.tests[] | select(.state == "regression" and .sits_in)] | max_by(.change).sits_in.text // "" | if test($part) then 1 else 0 end)] | @tsv'

# name, how often, where (a regular expression), rounds, options, --, A, --, B
repeat() {
	local name=$1 times=$2 part=$3 n=$4 i code began
	shift 4
	for ((i = $(grep -c "^$name	" "$log" || true); i < times; i++)); do
		code=0 began=$SECONDS
		"$tlbscope" ab --rounds "$n" --output pair --format json "$@" >pair.json 2>pair.err || code=$?
		if [ "$code" -eq 255 ]; then
			cat pair.err >&2
			exit 1
		fi
		printf '%s\t%s\t%s\t%s\n' "$name" "$code" "$(jq -r --arg part "$part" "$measures" pair.json)" "$((SECONDS - began))" >>"$log"
		tail -1 "$log" | awk -F'\t' -v i="$((i + 1))" -v of="$times" \
			'{ printf "  %s %d of %d: exit %s, flagged %s of %s tests, %s s\n", $1, i, of, $2, $4, $3, $6 }' >&2
		[ "$code" -eq 0 ] || cp pair.json "$dir/$name-$i.json"
		rm -rf pair
		sleep 0.3 # others may want their turn
	done
}

pairs_said() {
	awk -F'\t' -v name="$1" '$1 == name { n++; ones += $2 == 1; unsure += $2 == 125; tests += $3; flagged += $4; s += $6 }
		END { printf "pairs of the same: exit 1 in %d of %d, 125 in %d; flagged %d of %d tests (%.2f%%); %.1f s a pair\n", ones, n, unsure,
			flagged, tests, tests ? 100 * flagged / tests : 0, n ? s / n : 0 }' "$log"
}

tries_said() { # name, what, part
	awk -F'\t' -v name="$1" -v what="$2" -v part="$3" '$1 == name { n++; found += $2 == 1; placed += $2 == 1 && $5; s += $6 }
		END { printf "%s: found %d of %d, attributed to %s %d; %.1f s a try\n", what, found, n, part, placed, n ? s / n : 0 }' "$log"
}

echo "== pairs of the same, $rounds rounds a side: ${storm[1]}; ${loads[1]}"
repeat same "$pairs" . "$rounds" "${storm[@]}" "${loads[@]}" -- "$tlbscope" -- "$tlbscope"
pairs_said same

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
	repeat traced "$tries" '^(base|interrupt)' "$rounds" "${storm[@]}" -- "$tlbscope" -- ./traced
	tries_said traced "tlb:tlb_flush traced in B" "base or interrupt"
	[ -z "$mounted" ] || { umount "$mounted" && mounted=''; }
	tracing=''
fi

# What a program that touches every 4 KiB sees of huge pages: on in A, off in B. 16 MiB are more pages than a second level holds, and
# their lines fit into a second-level cache. Where they are in a shared cache, what neighbours leave of it is the larger difference.
sizes=512KiB,16MiB thp="chase page=thp layout=distinct touch=each-4k footprint=$sizes" base="chase page=4k layout=distinct frames=shuffled footprint=$sizes"
repeat thp "$tries" 'misses|walk|penalty' "$((rounds * 5 / 4))" --across page,touch,frames -- \
	"$tlbscope" run --only "$thp" -- "$tlbscope" run --only "$base"
tries_said thp "huge pages in A, small ones in B" "misses, penalty or walk"

repeat responder "$tries" '^interrupt.*per op 0.00 → 1.00' "$rounds" --across resp,place,state -- \
	"$tlbscope" run --only 'madvise advice=dontneed npages=1 resp=0' -- \
	"$tlbscope" run --only 'madvise advice=dontneed npages=1 resp=1 state=spin'
tries_said responder "a responder added in B" "interrupt, IPIs 0 → 1"

# A build whose chain has four dependent adds more to 20 loads: 5% of a hit of 4 cycles. Loads take a tenth of a second a round. No
# footprint is at the end of a TLB level, where a miss more or less is larger than that.
steps=(--only 'chase page=4k layout=distinct footprint=16p,32p,1024p')
for build in same slow; do
	[ "$build" = same ] && flags='' || flags=-DTLBSCOPE_TEST_SLOW_CHAIN
	cmake -S "$source" -B "$dir/build-$build" -DTLBSCOPE_TESTS=OFF -DCMAKE_C_FLAGS=$flags >/dev/null
	cmake --build "$dir/build-$build" -j2 >/dev/null 2>&1
done
repeat chain "$tries" '\bhit ' "$((2 * rounds))" "${steps[@]}" -- "$dir/build-same/tlbscope" -- "$dir/build-slow/tlbscope"
tries_said chain "a chain step 5% longer in B" "hit"

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
