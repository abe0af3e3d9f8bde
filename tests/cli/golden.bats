#!/usr/bin/env bats
# What is printed, word by word. To accept a change: TLBSCOPE_GOLDEN=update ctest -R cli/golden, and read the diff.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
}

golden() { # name; the text comes on stdin
	local file=$BATS_TEST_DIRNAME/golden/$1
	if [ "${TLBSCOPE_GOLDEN:-}" = update ]; then
		cat >"$file"
	else
		diff -u "$file" -
	fi
}

four_kib_pages() {
	[ "$(getconf PAGESIZE)" -eq 4096 ] || skip "the golden keys are those of 4 KiB pages"
}

keys() { # of a plan: without the reasons of this machine, half of its memory, and the summary
	sed -e 's/  # skipped: .*//' -e '/^#/d' -e '/^\(gups\|stride\).*footprint=\(2\|8\|16\)GiB/d' <<<"$output"
}

plan_is_golden() { # profile; sizes of pages and memory are those of a described machine as well
	four_kib_pages
	TLBSCOPE_SYSROOT=$SOURCE/tests/fixtures/sysroot/intel-server scope_described run --profile "$1" --dry-run
	expect 0
	keys | golden "plan-$1.txt"
	[ "$(keys | sort | uniq -d)" = "" ]
	[[ ${lines[-2]} == "# $(grep -cv '^#' <<<"$output") cells, "* ]]
	[[ ${lines[-1]} =~ ^"# memory: "[0-9]+" MiB; huge pages: "[0-9]+" of 2 MiB, "[0-9]+" of 1 GiB"$ ]]
}

@test "help of the program and of every command" {
	local name
	scope --help
	expect 0
	golden help.txt <<<"$output"
	for name in $(awk '/^  [a-z]/ { print $1 }' <<<"$output"); do
		scope "$name" --help
		expect 0
		[[ $output == *Example* ]]
		[ "$(awk 'length > 80' <<<"$output")" = "" ]
		# glibc's own two lines differ between its versions.
		sed -e '/^  -?, --help/d' -e '/^      --usage/d' <<<"$output" | golden "help-$name.txt"
	done
}

@test "without a command: the usage, as an error" {
	scope
	expect 255 "usage: tlbscope COMMAND"
	[ -z "$output" ]
}

@test "help, -h and --help are one; so are version and --version" {
	scope --help
	local first=$output
	scope help
	[ "$output" = "$first" ]
	scope -h
	[ "$output" = "$first" ]
	scope --version
	expect 0
	[[ $output =~ ^"tlbscope "[0-9]+\.[0-9]+\.[0-9]+" ("[^\)]+")"$ ]]
	first=$output
	scope version
	[ "$output" = "$first" ]
}

@test "parts are one empty line apart" {
	scope events no-such-event
	expect 255 no-such-event
	not grep -qzP '\n\n\n' <<<"$output"
	scope show --all "$FIXTURE"
	not grep -qzP '\n\n\n' <<<"$output"
}

@test "list names every file of bench/ and nothing else" {
	scope list
	expect 0
	golden list.txt <<<"$output"
	[ "$(awk '{ print $1 }' <<<"$output")" = "$(cd "$SOURCE/bench" && basename -s .c -- *.c | sort)" ]
}

@test "list NAME: what it isolates, what it cannot tell, parameters, metrics, sweeps" {
	local name heading
	for name in $(cd "$SOURCE/bench" && basename -s .c -- *.c); do
		scope list "$name"
		expect 0
		[[ ${lines[0]} == "$name: "* ]]
		for heading in isolates cannot source revision; do
			grep -qE "^$heading: +[^ ]" <<<"$output"
		done
		[ "$(grep -E '^(parameters|metrics|sweeps)$' <<<"$output" | tr '\n' ' ')" = "parameters metrics sweeps " ]
		grep -qE '^  ns +ns' <<<"$output"
		# Two lines to a parameter: what it takes, with a default among it; then what it is.
		awk '/^metrics$/ { exit bad } p && NF { n++; if (n % 2 && !/ \(default [^ ]+\)/) bad = 1; if (n % 2 == 0 && match($0, /[^ ]/) != 14) bad = 1 }
			/^parameters$/ { p = 1 }' <<<"$output"
		[ "$(grep -cE '^    quick: [^ ]' <<<"$output")" -ge 1 ]
		[ "$(grep -cE '^    quick: ' <<<"$output")" -eq "$(grep -cE '^    full:  [^ ]' <<<"$output")" ]
	done
}

@test "show: the first screen of a result" {
	scope show "$FIXTURE"
	expect 0
	[ -z "$stderr" ]
	golden show.txt <<<"$output"
	[ "$(awk 'length > 100' <<<"$output")" = "" ]
	[ "$(grep -oE '^(geometry|miss penalty|huge pages|shootdown|trust) ' <<<"$output" | tr -d '\n')" = \
		"geometry miss penalty huge pages shootdown trust " ]
}

@test "show of a run directory, and of the newest run, is the same as of its file" {
	mkdir -p results/machine/old results/machine/new
	cp "$FIXTURE" results/machine/new/result.json
	jq '.run.seed = "1"' "$FIXTURE" >results/machine/old/result.json
	touch -d '1 hour ago' results/machine/old/result.json
	scope show results/machine/new
	golden show.txt <<<"$output"
	scope show
	golden show.txt <<<"$output"
}

@test "show --all: every cell, with reasons and remedies" {
	local key
	scope show --all "$FIXTURE"
	expect 0
	golden show-all.txt <<<"$output"
	for key in $(jq -r '.cells[].key' "$FIXTURE"); do
		grep -q "^$key  " <<<"$output"
	done
}

@test "show --only: the cells that match, or that there are none" {
	scope show --only chase/page=2m "$FIXTURE"
	expect 0
	[ "$(grep -c '^chase/page=2m/' <<<"$output")" -eq "$(grep -c '^[a-z]' <<<"$output")" ]
	scope show --only 'madvise resp=0' "$FIXTURE"
	[[ ${lines[0]} == madvise/page=4k/npages=1/resp=0* ]]
	scope show --only stride "$FIXTURE"
	refused "--only stride matches no cell of this result"
}

@test "run --dry-run on a described machine: the keys of the quick profile" {
	plan_is_golden quick
}

@test "run --dry-run on a described machine: the keys of the full profile" {
	plan_is_golden full
}

@test "a plan is drawn by classes of CPUs, not by CPUs: 512 threads give no flood" {
	local small
	scope_described run --dry-run
	small=$(keys | wc -l)
	DESCRIBED="pack:4 l3:8 core:8 pu:2" scope_described run --dry-run
	expect 0
	[ "$(keys | wc -l)" -lt 2000 ]
	[ "$(keys | wc -l)" -lt $((small * 2)) ]
	[ "${#output}" -lt 200000 ]
	not grep -E '(cpu|core|node)=?[0-9]' <<<"$output"
}

@test "the full profile on 512 threads is bounded as well" {
	DESCRIBED="pack:4 l3:8 core:8 pu:2" scope_described run --dry-run --profile full
	[ "$(keys | wc -l)" -lt 6000 ]
}

@test "a plan changes nothing and needs nobody's machine" {
	scope_described run --dry-run --only null --output out
	expect 0
	[ ! -e out ]
	[ ! -e results ]
	[ ! -e "$TLBSCOPE_JOURNAL" ]
}

@test "a selector narrows the plan, several add up, and partners are there" {
	scope_described run --dry-run --only 'mprotect npages=33,34 resp=0' --only madvise/npages=1/resp=1/place=llc/state=spin
	expect 0
	[ "$(keys | grep -c '^mprotect/.*/resp=0')" -eq 2 ]
	keys | grep -qx 'madvise/.*/npages=1/resp=1/place=llc/state=spin'
	keys | grep -qx 'madvise/.*/npages=1/resp=1/place=llc/state=other-mm'
	keys | not grep '^chase'
}
