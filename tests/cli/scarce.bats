#!/usr/bin/env bats
# Too little memory: nobody is killed, and the machine is afterwards as it was before.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	PID='' GROUP='' STATUS=''
}

teardown() {
	[ -z "$PID" ] || kill -9 "$PID" 2>/dev/null || true
	"$TLBSCOPE" restore >/dev/null 2>&1 || true
	[ -z "$GROUP" ] || find "$GROUP" -depth -type d -exec rmdir {} \;
}

# A control group of 512 MiB, below ours in version 1, below the root in version 2, where only groups without members have children.
limited() {
	local limit=memory.limit_in_bytes
	GROUP=/sys/fs/cgroup/memory/$(awk -F: '$2 == "memory" { print $3 }' /proc/self/cgroup)
	[ -f "$GROUP/$limit" ] || { GROUP=/sys/fs/cgroup && limit=memory.max; }
	GROUP=$GROUP/test-$BASHPID
	mkdir "$GROUP" 2>/dev/null || { GROUP='' && skip "no control group to be had"; }
	echo $((512 << 20)) 2>/dev/null >"$GROUP/$limit" || skip "no control group with a limit"
	HOME_GROUP=$GROUP
	[ "$limit" != memory.max ] || { HOME_GROUP=$GROUP/home && echo +memory >"$GROUP/cgroup.subtree_control" && mkdir "$HOME_GROUP"; }
}

in_group() {
	bash -c 'echo $$ >"$0/cgroup.procs" && exec "$@"' "$HOME_GROUP" "$@"
}

kills() { # in the group and below it, as the kernel told them
	dmesg | grep -c "oom-kill:.*$(basename "$GROUP")" || true
}

@test "a working set beyond its limit: no worker is killed" {
	need_root
	grep -qx 0 /sys/block/zram*/disksize 2>/dev/null || skip "no zram device that nobody uses"
	dmesg >/dev/null 2>&1 || skip "dmesg cannot be read"
	limited
	in_group "$TLBSCOPE" run --bare --only 'replace step=cycle op=read,write order=cyclic footprint=32MiB,36MiB' --rounds 3 --output out 2>err
	[ "$(kills)" -eq 0 ]
	result 'any(.cells[]; (.notes // [] | any(test("worker died"))) or .reason.code == "worker-died") | not' out
}

# All that runs with huge pages, faults and swap may change, and all that they may leave behind.
surroundings() {
	local mm=/sys/kernel/mm
	find $mm/transparent_hugepage -type f ! -path '*/stats/*' ! -name '*collapsed' ! -name '*scans' | sort | xargs -r grep -s ''
	grep -s '' $mm/hugepages/*/nr_hugepages $mm/hugepages/*/nr_overcommit_hugepages /sys/devices/system/node/node*/hugepages/*/nr_hugepages
	grep -s '' /proc/sys/vm/overcommit_memory /proc/sys/vm/compaction_proactiveness /proc/sys/vm/swappiness
	cat /proc/swaps
	grep -s '' /sys/block/zram*/disksize /sys/block/loop*/loop/backing_file
	find /sys/fs/cgroup -type d -name 'tlbscope-*'
	find /var/tmp /tmp /dev/shm -maxdepth 1 -name 'tlbscope-[0-9]*'
	find "$TLBSCOPE_JOURNAL" -name '*.journal' 2>/dev/null
	return 0
}

others() {
	pgrep -x tlbscope >/dev/null
}

as_before() { # others' runs change the same settings
	[ "$(surroundings)" != "$BEFORE" ] || return 0
	[ -z "$OTHERS" ] && not others || skip "somebody else's run borrows as well"
	diff <(echo "$BEFORE") <(surroundings)
}

changed() {
	[ "$(surroundings)" != "$BEFORE" ]
}

BORROWS=(--only 'fault page=4k,thp,thp-64k,2m' --only 'hugealloc page=thp how=fault,khugepaged memory=whole pages=4'
	--only 'hugealloc page=2m how=pool,surplus memory=whole pages=4' --only 'replace swap=zram step=refault'
	--only 'fork page=thp footprint=16MiB' --only 'collapse resp=0')

# Stopped where it has borrowed, which is before the first round, or some time in it.
stopped_by() { # signal, seconds
	rm -rf out
	start out run --bare "${BORROWS[@]}" --rounds 1000 --output out
	await 60 changed
	await 60 grep -q '^measuring' out.err
	sleep "$2"
	end_run "$1"
}

@test "stopped or killed amid faults and huge pages: nothing stays changed, nothing stays behind" {
	need_root
	OTHERS=$(others && echo yes || true)
	BEFORE=$(surroundings)
	stopped_by INT 0.1
	[ "$STATUS" -eq 130 ]
	as_before
	stopped_by TERM 0.7
	[ "$STATUS" -eq 130 ]
	as_before
	stopped_by KILL 0.4
	[ "$STATUS" -eq 137 ]
	changed
	scope restore
	expect 0
	as_before
	stopped_by KILL 0.9
	scope run --bare --only null --rounds 1 --output next
	expect 0 "is put back"
	as_before
}
