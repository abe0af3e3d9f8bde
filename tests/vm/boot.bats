#!/usr/bin/env bats
# Debian's kernel in an emulated machine: boots, runs, brings back, ends. Fetched once, into the build tree.

bats_require_minimum_version 1.5.0

setup_file() {
	export XDG_CACHE_HOME=${BUILD:-$BATS_FILE_TMPDIR}/cache
	command -v qemu-system-x86_64 >/dev/null || export MISSING="no qemu-system-x86_64"
	command -v apt-get >/dev/null || export MISSING="no apt-get"
	[ -n "${MISSING:-}" ] && return
	cd "$BATS_FILE_TMPDIR"
	"$TLBSCOPE" vm --topology 1:1:1 --mem 512M -- list >first 2>&1 || ! grep 'cannot fetch' first || export MISSING="no kernel to be had"
}

setup() {
	load ../cli/helpers/tlbscope.bash
	scope_setup
	[ -z "${MISSING:-}" ] || skip "$MISSING"
}

vm() {
	run --separate-stderr "$TLBSCOPE" vm "$@"
	printf '%s\n%s\n' "$output" "$stderr" >&2
}

@test "a guest boots, and its exit code comes through" {
	vm --topology 1:1:1 --mem 512M -- list null
	[ "$status" -eq 0 ]
	[[ $output == *null* ]]
	vm --topology 1:1:1 --mem 512M -- run --only chase/page=99k
	[ "$status" -eq 255 ]
	[[ $stderr == *99k* ]]
}

@test "a guest that stays in its kernel is ended at the limit, with the console's last lines" {
	vm --topology 1:1:1 --mem 512M --append "rdinit=/none init=/none panic=0" --timeout 25 -- list
	[ "$status" -eq 255 ]
	[[ $stderr == *"did not boot within 25 s"* ]]
	[[ $stderr == *[Pp]anic* ]]
}

@test "eight CPUs: every place takes responders, and the interrupts of each operation are theirs" {
	command -v jq >/dev/null || skip "no jq"
	vm --numa 2 --timeout 240 -- run --profile full --only 'madvise advice=dontneed page=4k mapping=anon touched=all npages=1 resp=0..7 state=spin' --rounds 1 --output r
	[ "$status" -eq 0 ]
	[ "$(jq -r .run.accel r/result.json)" = tcg ]
	[ "$(jq -r '[.cells[].params.place // empty] | unique | join(" ")' r/result.json)" = "core nearest package smt" ]
	[ "$(jq -r '[.cells[] | select(.params.state == "spin") | .params.resp | tonumber] | unique | join(" ")' r/result.json)" = "1 2 3 4 5 6 7" ]
	# Counted, and not one in fifty too many or too few; or said to be otherwise.
	[ "$(jq '[.cells[] | select(.bench == "madvise" and .params.state == "spin" and .outcome == "ok") |
		select((.metrics.ipis.est / (.params.resp | tonumber) - 1) | fabs > 0.02)] | length' r/result.json)" -eq 0 ]
	[ "$(jq '[.cells[] | select(.metrics.ipis.est > 0)] | length' r/result.json)" -ge 1 ]
	[[ $stderr == *"2 NUMA nodes"* ]] || grep -q 'NUMANode' r/topology.xml
}

@test "one die to a last-level cache: the place llc is there" {
	vm --topology 2:2:1:2 -- run --dry-run --only 'madvise resp=1 place=*'
	[ "$status" -eq 0 ]
	[[ $output == *place=llc* && $output == *place=package* && $output == *place=smt* ]]
	[[ $output != *place=core* ]]
}

@test "words for the kernel arrive" {
	vm --topology 1:1:1 --mem 512M --append "transparent_hugepage=never nopcid nokaslr unheard-of --help" -- run --only null/resp=0 --rounds 1 --output r
	[ "$status" -eq 0 ]
	[[ "$(jq -r '.environment.before["kernel.cmdline"]' r/result.json)" == *nopcid* ]]
	[ "$(jq -r '.environment.before["thp.enabled"]' r/result.json)" = never ]
}

@test "huge pages that a batch has read back as zeros are huge in the next: this kernel splits them at the first write" {
	command -v jq >/dev/null || skip "no jq"
	vm --topology 1:1:1 --mem 1G -- run --only 'madvise page=thp npages=1 resp=0' --rounds 2 --output r
	[ "$status" -eq 0 ]
	[ "$(jq '[.cells[] | select(.params.page == "thp" and .reason.code == "page-size")] | length' r/result.json)" -eq 0 ]
}
