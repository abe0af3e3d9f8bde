#!/usr/bin/env bats
# Storms: what is left when one is stopped, and what they say by which means.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	PID=
}

teardown() {
	[ -z "$PID" ] || kill -9 "$PID" 2>/dev/null || true
}

descendants() { # pid
	local child
	for child in $(pgrep -P "$1" || true); do
		echo "$child"
		descendants "$child"
	done
}

@test "a storm that is stopped leaves no process, no thread and no pool" {
	local pools all pid seen=0
	pools=$(cat /sys/kernel/mm/hugepages/hugepages-*/nr_hugepages 2>/dev/null || true)
	start out run --only 'madvise advice=dontneed npages=1 resp=0,1 state=spin,other-mm' --only 'cow npages=1 resp=0' \
		--only 'rivals initiators=1,2' --rounds 10000 --budget 120 --output out
	await 60 grep -q '^round 2 of' out.err
	all=$(descendants "$PID")
	end_run INT
	[ "$STATUS" -eq 130 ]
	result '.run.state == "partial"' out
	for pid in $all; do
		seen=1
		await 5 not kill -0 "$pid"
	done
	echo "seen: $seen"
	[ -z "$(find "$TLBSCOPE_JOURNAL" -name '*.journal')" ]
	not pgrep -x tlbscope >/dev/null || pools=  # somebody else's run may borrow pages meanwhile
	[ -z "$pools" ] || [ "$(cat /sys/kernel/mm/hugepages/hugepages-*/nr_hugepages)" = "$pools" ]
}
