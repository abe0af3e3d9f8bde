#!/usr/bin/env bats
# What the compiler made of the timed loops: as many memory operands as a step has loads, and none of them a spill.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	[ "$(uname -m)" = x86_64 ] || skip "the test reads x86-64 code"
	command -v objdump >/dev/null || skip "no objdump"
	! nm "$TLBSCOPE" | grep -q __asan || skip "sanitizers add loads of their own"
}

loops() { # of functions whose name matches
	objdump -d --no-show-raw-insn "$TLBSCOPE" | awk -f "$BATS_TEST_DIRNAME/helpers/loops.awk" | grep -E "^($1) "
}

@test "no timed loop spills" {
	local found
	found=$(loops 'chain_walk(_list|_coloured)?|walk_(2m|32m|512m|1g)(_equal)?|walk_links_[0-9]+|walk_list_[0-9]+|gups_(read|update)|store_(each|list)|walk_ahead|load_each')
	echo "$found"
	[ "$(cut -d' ' -f1 <<<"$found" | sort -u | wc -l)" -ge 36 ]
	[ "$(awk '$3 > 0' <<<"$found")" = "" ]
}

@test "chains that run side by side load once a step each" {
	local chains found
	for chains in 1 2 3 4 5 6 7 8 9 10 11 12; do
		found=$(loops "walk_links_$chains")
		echo "$found"
		[ -n "$found" ]
		[ "$(awk -v k="$chains" '$2 == 0 || $2 % k' <<<"$found")" = "" ]
		# With a list, the address is a load as well.
		found=$(loops "walk_list_$chains")
		echo "$found"
		[ -n "$found" ]
		[ "$(awk -v k="$chains" '$2 == 0 || $2 % (2 * k)' <<<"$found")" = "" ]
	done
}
