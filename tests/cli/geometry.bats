#!/usr/bin/env bats
# tlbscope geometry: curves of other tools in, a table or JSON out. Nothing is measured here but one tiny case.

bats_require_minimum_version 1.5.0

setup() {
	: "${TLBSCOPE:?the binary under test}"
	cd "$BATS_TEST_TMPDIR" || exit 1
}

curve() { # separator, header: the textbook curve of a Zen 4, one line to a page
	printf '%s\n' "$2"
	for n in 8 16 32 64 68 72; do printf '%s%s4.0\n' "$n" "$1"; done
	for n in 76 80 128 256 512; do printf '%s%s11.0\n' "$n" "$1"; done
}

@test "a published curve gives its first level and its penalty" {
	curve , pages,cycles >curve.csv
	run -0 "$TLBSCOPE" geometry --csv curve.csv
	[[ $output == *"72 pages still hit, 76 no longer do, a miss costs 7.0 cycles"* ]]
	[[ $output == *"no claim"* ]]
}

@test "bytes and ns, other separators, comments, no header" {
	{ echo "# from a paper"; echo "bytes;ns"; for n in 8 16 32 64; do echo "$((n * 4))KiB;1.0"; done
		for n in 80 128 256; do echo "$((n * 4))KiB;3.0"; done; } >curve.csv
	run -0 "$TLBSCOPE" geometry --csv curve.csv
	[[ $output == *"64 pages still hit, 80 no longer do, a miss costs 2.0 ns"* ]]
	curve ' ' '' >plain
	run -0 "$TLBSCOPE" geometry --csv plain
	[[ $output == *"72 pages still hit"* ]]
}

@test "kind and stride columns" {
	{ echo "kind,bytes,stride,cycles"; for n in 8 16 32 64; do echo "2m,$((n * 4))MiB,4MiB,4.0"; done
		for n in 72 80 128; do echo "2m,$((n * 4))MiB,4MiB,11.0"; done; } >curve.csv
	run -0 "$TLBSCOPE" geometry --csv curve.csv
	[[ $output == *"2m level 1"*"64 pages still hit"* ]]
}

@test "headings as others write them: units, capitals, page sizes, byte order marks" {
	{ echo "Size (KB),Latency (cycles)"; for n in 8 16 32 64; do echo "$((n * 4)),4.0"; done
		for n in 80 128 256; do echo "$((n * 4)),11.0"; done; } >kb.csv
	run -0 "$TLBSCOPE" geometry --csv kb.csv
	[[ $output == *"4k level 1: 64 pages still hit, 80 no longer do, a miss costs 7.0 cycles"* ]]
	{ printf "\xef\xbb\xbf"; echo "page size,pages,latency_ns"; for n in 8 16 32 64; do echo "2M,$n,1.0"; done
		for n in 80 128 256; do echo "2097152,$n,3.0"; done; } >huge.csv
	run -0 "$TLBSCOPE" geometry --csv huge.csv
	[[ $output == *"2m level 1: 64 pages still hit, 80 no longer do, a miss costs 2.0 ns"* ]]
	printf "page,pages,ns\n3000,8,1\n" >bad.csv
	run -255 "$TLBSCOPE" geometry --csv bad.csv
	[[ $output == *"line 2 column 1: not a page kind: '3000'"* ]]
}

@test "options that say what to measure are not ignored where nothing is measured" {
	local option
	curve , pages,cycles >curve.csv
	: >result.json
	for option in --kind=all --cpus=0 --output=g.json --replace; do
		run -255 --separate-stderr "$TLBSCOPE" geometry "$option" result.json
		[ "$stderr" = "tlbscope: ${option%=*} is for measuring, and with a RESULT nothing is measured; try: leave one of them out" ]
		run -255 --separate-stderr "$TLBSCOPE" geometry --csv curve.csv "$option"
		[[ $stderr == *"${option%=*} is for measuring, and with --csv nothing is measured"* ]]
		[ -z "$output" ]
	done
	[ ! -e g.json ]
}

@test "of a result, only what geometry reads is said not to be measured; without any such cell, that it holds none" {
	local from=$SOURCE/tests/fixtures/result/v1.0.json
	local bad='.outcome = "invalid" | .reason = {code: "gaps", text: "gaps: expected 0, seen 0.1129", remedy: "see"} | del(.metrics)'
	jq ".cells |= map(if .bench == \"madvise\" then $bad else . end)" "$from" >mixed.json
	run -0 "$TLBSCOPE" geometry mixed.json
	[[ $output != *gaps* ]]
	jq ".cells |= map(if .bench == \"chase\" then $bad else . end)" "$from" >bad.json
	run -0 "$TLBSCOPE" geometry bad.json
	[[ $output == *"not measured: gaps: expected 0, seen 0.1129 (chase/"* ]]
	jq '.cells |= map(select(.bench == "madvise"))' mixed.json >none.json
	for format in text json; do
		run -255 --separate-stderr "$TLBSCOPE" geometry --format "$format" none.json
		[ -z "$output" ]
		[ "$stderr" = "tlbscope: none.json holds no cells for geometry; try: tlbscope geometry measures them" ]
	done
}

@test "a data cache's step is not called a TLB" {
	{ curve , pages,cycles; for n in 600 700 2000; do echo "$n,22.1"; done; } >curve.csv
	run -0 "$TLBSCOPE" geometry --csv curve.csv
	[[ $output == *"where a data cache fills as well"* ]]
}

@test "JSON has the same findings" {
	command -v jq >/dev/null || skip "no jq"
	curve , pages,cycles >curve.csv
	run -0 bash -c "'$TLBSCOPE' geometry --csv curve.csv --format json |
		jq -r '.schema.name, (.findings[] | select(.kind == \"tlb-geometry\") | .subject.level, .values.entries.est)'"
	[[ $output == $'tlbscope-geometry\n1\n72'* ]]
}

@test "errors name line, column and what to write" {
	printf 'pages,cycles\n8,4\n16,four\n' >bad.csv
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv bad.csv
	[[ $stderr == *"bad.csv line 3 column 2: not a positive number: 'four'"* ]]
	printf 'pages,cycles\n8,4\n16\n' >bad.csv
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv bad.csv
	[[ $stderr == *"line 3 column 2: there is no such field"* ]]
	printf 'kind,pages,cycles\n3q,8,4\n' >bad.csv
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv bad.csv
	[[ $stderr == *"line 2 column 1: not a page kind: '3q'"* ]]
	printf 'size of it,how long\n8,4\n' >bad.csv
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv bad.csv
	[[ $stderr == *"line 1 column 1: no column says how long a load takes"* ]]
	: >bad.csv
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv bad.csv
	[[ $stderr == *"a curve needs 3"* ]]
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv none.csv
	[[ $stderr == *"cannot read none.csv"* ]]
	run -255 --separate-stderr "$TLBSCOPE" geometry --csv .
	[ "${#stderr_lines[@]}" -eq 1 ]
}

@test "an --output that is there is kept, unless --replace" {
	local result=$BATS_TEST_DIRNAME/../fixtures/result/v1.0.json
	cp "$result" kept.json
	run -255 --separate-stderr "$TLBSCOPE" geometry --output kept.json
	[[ $stderr == *"kept.json is there already: a complete result"*"--replace"* ]]
	echo notes >text
	run -255 --separate-stderr "$TLBSCOPE" geometry --output text
	[[ $stderr == *"text is there already, and cannot be read as a result"* ]]
	run -255 --separate-stderr "$TLBSCOPE" geometry --output . --replace
	[[ $stderr == *". is a directory"* ]]
	[ "$(cat text)" = notes ]
	cmp "$result" kept.json
}

@test "--replace measures, and the earlier result stays until the new one is whole" {
	local result=$BATS_TEST_DIRNAME/../fixtures/result/v1.0.json i
	export TLBSCOPE_JOURNAL=$BATS_TEST_TMPDIR/journal
	cp "$result" kept.json
	set -m
	"$TLBSCOPE" geometry --output kept.json --replace >out 2>err 3>&- &
	set +m
	for ((i = 0; i < 3000; i++)); do
		! grep -qE 'measuring' err || break
		sleep 0.02
	done
	grep -qE 'measuring' err
	kill -s INT $!
	! wait $! || false
	grep -q interrupted err
	cmp "$result" kept.json
}

@test "usage errors" {
	run -255 "$TLBSCOPE" geometry --format xml
	[[ $output == *"--format takes text or json, not xml"* ]]
	run -255 "$TLBSCOPE" geometry --kind 3m
	run -255 "$TLBSCOPE" geometry --csv a b
	[[ $output == *"not both"* ]]
}
