#!/usr/bin/env bash
# Do page-fault, context-switch and tlb_flush counts that go through a visit equal what perf stat prints for the same work?
# Within 1%. perf also counts the program's start, so a run without work is taken off. Skipped (77) without perf.
#
#   perf_stat.sh PERF_WORK
set -euo pipefail

WORK=$1 UNITS=20000 SLEEPS=2000
skip() { printf 'perf_stat: %s\n' "$*"; exit 77; }

command -v perf >/dev/null || skip "no perf here"
perf stat -x, -e page-faults true >/dev/null 2>&1 || skip "perf stat cannot count here"

# perf finds tracepoints in a mounted tracefs: in a mount namespace of our own, so that this machine's stay as they are.
if [ -z "${PERF_STAT_INSIDE:-}" ] && [ "$(id -u)" = 0 ] && [ ! -e /sys/kernel/tracing/events/tlb ]; then
	PERF_STAT_INSIDE=yes exec unshare --mount --propagation private \
		bash -c 'mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null; exec "$@"' _ "$0" "$@"
fi

EVENTS=page-faults,context-switches
[ ! -e /sys/kernel/tracing/events/tlb/tlb_flush ] || EVENTS+=,tlb:tlb_flush

perf_counts() { # units, sleeps: "event count" lines
	perf stat -x, -e "$EVENTS" -o "$OUT" -- "$WORK" plain "$1" "$2"
	awk -F, '/^[0-9]/ { print $3, $1 }' "$OUT"
}

OUT=$(mktemp) && trap 'rm -f "$OUT"' EXIT
value() { awk -v name="$1" '{ sub(/:[ukh]+$/, "", $1) } $1 == name { print $2; exit }'; }

compare() {
	local mine none theirs pair ours all start status=0
	mine=$("$WORK" counted "$UNITS" "$SLEEPS")
	none=$(perf_counts 0 0)
	theirs=$(perf_counts "$UNITS" "$SLEEPS")
	for pair in page_faults=page-faults context_switches=context-switches tlb_flush=tlb:tlb_flush; do
		ours=$(value "${pair%%=*}" <<<"$mine")
		all=$(value "${pair#*=}" <<<"$theirs")
		if [ -z "$ours" ] || [ -z "$all" ]; then
			printf '%-17s n/a\n' "${pair%%=*}"
			continue
		fi
		start=$(value "${pair#*=}" <<<"$none")
		awk -v name="${pair%%=*}" -v ours="$ours" -v all="$all" -v start="${start:-0}" 'BEGIN {
			perf = all - start
			off = perf ? 100 * (ours - perf) / perf : 100
			printf "%-17s tlbscope %d, perf stat %d (%d, %d of them to start): %+.2f%%\n", name, ours, perf, all, start, off
			exit !(off <= 1 && off >= -1)
		}' || status=1
	done
	return $status
}

# On a busy machine some of the switches are other programs' doing, and differ from run to run.
for try in 1 2 3 4 5; do
	echo "try $try"
	! compare || exit 0
done
exit 1
