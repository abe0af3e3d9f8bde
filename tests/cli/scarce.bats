#!/usr/bin/env bats
# Too little memory: nobody is killed, and the machine is afterwards as it was before.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	PID='' GROUP=''
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
