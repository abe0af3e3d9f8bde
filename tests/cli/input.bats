#!/usr/bin/env bats
# Bad input: one clear line that names it, the right exit code, nothing lost.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
}

@test "unknown commands" {
	scope measure
	refused "there is no command measure" "tlbscope --help"
	scope ''
	refused "there is no command"
	scope --verbose
	refused "there is no command --verbose"
}

@test "unknown options and arguments are named, with the way to help" {
	local name
	scope --help
	for name in $(awk '/^  [a-z]/ { print $1 }' <<<"$output"); do
		scope "$name" --no-such-option
		expect 255 "tlbscope $name: " "--no-such-option" "--help"
		scope "$name" one two-many
		expect 255 "two-many" || expect 255 "one" || expect 255 "$name"
		[ -z "$output" ]
	done
	scope run --only
	expect 255 "--only" "requires an argument"
}

@test "unknown benchmarks, parameters and values say what there is, or where that is listed" {
	scope list nope
	refused "nope" "tlbscope list"
	scope run --only nope
	refused "no benchmark nope" "tlbscope list"
	scope run --only chase/colour=red
	refused "chase has no parameter colour" "tlbscope list"
	scope run --only chase/layout=round
	refused "chase has no layout=round" "distinct"
	scope run --only chase/page=4k --only madvise/pages=1
	refused "madvise has no parameter pages"
	scope events --family foo
	refused "no table is called foo" "; try: " "AMD Zen 4"
}

@test "values out of their range name the range" {
	scope run --only mprotect/npages=4097
	refused "npages=4097" "1..4096"
	scope run --only mprotect/npages=0
	refused "npages=0" "1..4096"
	scope run --only chase/footprint=99999999999999999999TiB
	refused "99999999999999999999TiB"
	scope run --only stride/stride=8MiB
	refused "stride=8MiB" "64B..4MiB"
}

@test "selectors that are malformed: the text, the token, and what to write" {
	local bad
	for bad in chase/page chase/page= chase/page=4k,,2m chase/page=9q chase/footprint=8KiB..4KiB chase/footprint=4KiB..8KiB*1 \
		chase/page=4k=2m 'chase/page=4k;ls' 'chase footprint=1..2..3' 'chase/=4k' $'chase/page=4\nk'; do
		scope run --dry-run --only "$bad"
		refused "" || { echo "selector: $bad"; return 1; }
		[[ $stderr == *selector* ]] || [[ $stderr == *chase* ]]
		[ "${#stderr}" -lt 400 ]
	done
	scope run --dry-run --only "$(printf 'x%.0s' {1..5000})"
	refused "too long"
}

@test "a selector that matches nothing is an error, and says how to see keys" {
	scope run --only null/resp=0 --only null/resp=0/state=sleep
	refused "null/resp=0/state=sleep" "no cell" "--dry-run"
	[ ! -e results ]
	scope_described run --dry-run --only null/state=sleep
	refused "null/state=sleep" "no cell"
}

@test "numbers: whole, finite, within bounds" {
	local bad
	for bad in 0 -1 2.5 1e9 1e30 nan inf 10x '' ' '; do
		scope run --rounds "$bad"
		refused "--rounds" "not $bad"
	done
	for bad in 0 -1 nan inf x ''; do
		scope run --budget "$bad"
		refused "--budget" "not $bad"
	done
	for bad in -1 1.5 x '' 18446744073709551616; do
		scope run --seed "$bad"
		refused "--seed" "not $bad"
	done
}

@test "profiles, CPUs and places to write that are none" {
	scope run --profile slow
	refused "profile slow" "quick"
	scope run --cpus 4096
	refused "CPU 4096" "--cpus"
	scope run --cpus 0-x
	refused "0-x" "--cpus"
	scope run --cpus ''
	refused "--cpus"
	scope run --only null --output ''
	refused "--output"
	[ ! -e /result.json ]
}

@test "the first mistake is not hidden by the ones that follow" {
	scope run --rounds 0 --budget x
	refused "--rounds"
}

@test "a footprint over memory is a skipped cell that names the numbers; the run goes on" {
	scope run --only chase/page=4k/layout=distinct/footprint=64TiB --rounds 1 --output out
	expect 0
	result '.cells[] | select(.key | endswith("layout=distinct/frames=shuffled/footprint=64TiB"))
		| .outcome == "skipped" and (.reason.text | test("67108864 MiB.*[0-9]+ MiB")) and .reason.remedy != ""' out
	result '.run.state == "complete"' out
	result 'any(.cells[]; .bench == "null" and .metrics.ns.samples)' out
	scope run --dry-run --only chase/page=4k/layout=distinct/footprint=64TiB
	expect 0
	[[ $output == *"footprint=64TiB  # skipped: needs 67108864 MiB"* ]]
}

@test "coloured aliases past their bound are skipped, naming it" {
	scope run --dry-run --only chase/page=4k/layout=alias/footprint=1GiB
	expect 0
	[[ $output == *"footprint=1GiB  # skipped: "*16384* ]]
}

@test "--strict: a requested cell that is skipped makes 125, and the result is there all the same" {
	scope run --strict --only chase/page=4k/layout=distinct/footprint=64TiB --rounds 1 --output out
	expect 125
	result '.run.state == "complete"' out
	[ -e out/report.html ]
}

@test "a described machine can be planned on and not measured" {
	scope_described run --only null --output out
	refused "described" "--dry-run"
	[ ! -e out ]
	scope_described doctor
	expect 255 "described"
	HWLOC_SYNTHETIC="no such thing" run --separate-stderr "$TLBSCOPE" run --dry-run
	unshared
	refused "HWLOC"
	HWLOC_XMLFILE=/no/such/file run --separate-stderr "$TLBSCOPE" run --dry-run
	unshared
	refused "HWLOC"
}

@test "results that cannot be read: the file, the place, and what to do" {
	local file name
	head -c 2000 "$FIXTURE" >cut.json
	: >empty.json
	echo '[]' >array.json
	echo '{"schema": {"name": "other", "major": 1}}' >other.json
	head -c 3000 /dev/urandom >noise.json
	jq '.schema.major = 99' "$FIXTURE" >new.json
	jq 'del(.cells)' "$FIXTURE" >nocells.json
	jq '.cells[0].outcome = "great"' "$FIXTURE" >outcome.json
	jq '.run.base_page_bytes = -4096' "$FIXTURE" >negative.json
	mkdir empty.dir
	for file in *.json empty.dir missing; do
		for name in show figures report; do
			scope "$name" "$file"
			refused "$file" "; try: " || { echo "$name $file"; return 1; }
		done
	done
	scope show new.json
	refused "major 99" "newer tlbscope"
	[ ! -e figures ]
	[ ! -e report.html ]
}

@test "without any run: what to do" {
	local name
	for name in show figures report; do
		scope "$name"
		refused "no run below ./results" "tlbscope run"
	done
}

@test "figures that there are none of, and selectors that are none, in readers" {
	cp "$FIXTURE" result.json
	scope figures --only 99 result.json
	refused "no figure '99'"
	scope show --only chase/page=9q result.json
	refused "9q"
	TLBSCOPE_DATA=$PWD/none run --separate-stderr "$TLBSCOPE" report result.json
	refused "TLBSCOPE_DATA" "style.gp"
}

@test "selectors that match nothing, in readers: what is unknown, or that no cell is like it" {
	local reader
	mkdir run
	cp "$FIXTURE" run/result.json
	for reader in "show run" "show --format csv run" "export --format csv run" "export --format ktap run" "history run" "history --format json run"; do
		# shellcheck disable=SC2086
		scope $reader --only bogus
		refused "there is no benchmark bogus" "tlbscope list" || { echo "$reader"; return 1; }
		# shellcheck disable=SC2086
		scope $reader --only chase/colour=red
		refused "chase has no parameter colour"
		# shellcheck disable=SC2086
		scope $reader --only chase/footprint=3TiB
		refused "--only chase/footprint=3TiB matches no cell of" "tlbscope show --format csv"
		# shellcheck disable=SC2086
		scope $reader --only '*/footprint=3TiB'
		refused "*/footprint=3TiB matches no cell of"
	done
	# A benchmark that this program does not have is not unknown where it was measured.
	jq '.cells |= map(select(.bench == "chase") | .bench = "chasing" | .key |= sub("chase"; "chasing"))' "$FIXTURE" >run/result.json
	scope export --format csv --only chasing run
	expect 0
	[[ $output == *chasing/* ]]
}

@test "what cannot be resumed" {
	scope run --resume missing
	refused "missing"
	cp "$FIXTURE" result.json
	scope run --resume result.json
	refused "complete" "tlbscope show"
	jq '.run.state = "partial" | .run.args = "--profile quick --only null"' "$FIXTURE" >result.json
	cp result.json before.json
	scope run --resume result.json
	refused "is of"
	cmp result.json before.json
}

@test "a label and a path with odd characters" {
	scope run --only null --rounds 1 --label $'two\nlines \033[31m' --output 'a b/ü "q"'
	expect 0
	[ "$(grep -c $'\033' <<<"$output")" -eq 0 ]
	result '.run.label | startswith("two")' 'a b/ü "q"'
	scope show 'a b/ü "q"'
	expect 0
	not grep $'\033' <<<"$output"
	not grep -a $'\033' 'a b/ü "q"/report.html'
}

@test "a label that is too long is refused, not cut" {
	scope run --only null --label "$(printf 'x%.0s' {1..64})" --output out
	refused "--label" "63"
	[ ! -e out ]
}

@test "the longest list of selectors is bounded, and told so" {
	local many=() i
	for i in {1..70}; do
		many+=(--only null)
	done
	scope run --dry-run "${many[@]}"
	refused "--only"
	scope run --output out --rounds 1 --only "null/resp=$(seq -s, 0 300)"
	expect 255
	[ "${#stderr_lines[@]}" -eq 1 ]
	[ ! -e out/result.json ]
}
