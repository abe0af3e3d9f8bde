#!/usr/bin/env bats
# What other tools are given. The forms were tried with these tools (docs/exporters.md); here each one's rules are held.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
}

exported() { # format, options
	scope export --format "$1" "${@:2}" "$FIXTURE"
	expect 0
}

with_jq() { command -v jq >/dev/null || skip "jq is not installed"; }

samples() { # of all metrics in ok cells
	jq "[.cells[] | select(.outcome == \"ok\") | .metrics[] | .samples | length] | add" "$FIXTURE"
}

@test "without --format the formats are listed, and each writes something" {
	local name
	scope export
	expect 0
	for name in $(cut -d ' ' -f 1 <<<"$output"); do
		exported "$name"
		[ -n "$output" ]
	done
}

@test "csv: a line to a sample, eleven fields each" {
	with_jq
	exported csv --all
	[ "$(($(wc -l <<<"$output") - 1))" -eq "$(samples)" ]
	[ "$(awk -F, 'NF != 11' <<<"$output")" = "" ]
	grep -q ',chase/page=4k/layout=distinct/footprint=256KiB,chase,ns,ns,less,0,1\.' <<<"$output"
}

@test "google-benchmark: repetitions of one name, their number said, times in units that it knows" {
	with_jq
	exported google-benchmark --all
	jq -e '.context.executable == "tlbscope"' <<<"$output"
	jq -e '[.benchmarks[] | select(.run_type != "iteration" or (.time_unit | IN("ns", "us", "ms", "s") | not))] == []' <<<"$output"
	jq -e '.benchmarks | group_by(.name) | all(length == .[0].repetitions and ([.[].repetition_index] | unique | length) == length)' \
		<<<"$output"
	jq -e '[.benchmarks[] | select(.name == "chase/page=4k/layout=alias/footprint=256KiB")] | length == 10' <<<"$output"
}

@test "benchstat: names begin in upper case, an iteration count, pairs of value and unit" {
	exported benchstat --all
	[[ ${lines[0]} =~ ^#\ tlbscope\ [0-9] ]]
	[ "$(grep -vcE '^(Benchmark[A-Z][^ ]* 1( [-+0-9.e]+ [^ 0-9][^ ]*)+|Unit [^ ]+ better=(lower|higher)|# .*|cpu: .*)$' <<<"$output")" -eq 0 ]
	grep -qE '^BenchmarkChase/page=4k/layout=distinct/footprint=256KiB 1 .* ns/op' <<<"$output"
}

@test "benchstat: what differs between two runs is no configuration, which would put them into different tables" {
	with_jq
	jq -c '.run.id = "another" | .tool.version = "9" | .environment.before["kernel.release"] = "7.0"' "$FIXTURE" >"$BATS_TEST_TMPDIR/other.json"
	exported benchstat
	local configuration=$(grep -E '^[a-z][^ ]*:' <<<"$output")
	scope export --format benchstat "$BATS_TEST_TMPDIR/other.json"
	expect 0
	[ -n "$configuration" ]
	[ "$(grep -E '^[a-z][^ ]*:' <<<"$output")" = "$configuration" ]
	[[ $output == *another* ]]
}

@test "github: what is better when smaller, and what when bigger, in files of their own" {
	with_jq
	exported github-smaller
	jq -e 'length > 0 and all(has("name") and has("unit") and (.value | type == "number") and (.range | startswith("± ")))' <<<"$output"
	exported github-bigger
	jq -e 'type == "array"' <<<"$output"
	[[ $output != *'"ns"'* ]]
}

@test "bencher: values between their ends, slugs without underlines" {
	with_jq
	exported bencher --all
	jq -e '[.[][] | select(.lower_value > .value or .upper_value < .value)] == []' <<<"$output"
	jq -e '[.[] | keys[] | select(contains("_"))] == []' <<<"$output"
}

@test "ktap: every cell, invalid ones fail, skipped ones say SKIP" {
	with_jq
	exported ktap
	[ "${lines[0]}" = "KTAP version 1" ]
	[ "${lines[1]}" = "1..$(jq '.cells | length' "$FIXTURE")" ]
	[ "$(grep -cE '^(not )?ok [0-9]+ ' <<<"$output")" -eq "$(jq '.cells | length' "$FIXTURE")" ]
	[ "$(grep -c '^not ok' <<<"$output")" -eq "$(jq '[.cells[] | select(.outcome == "invalid")] | length' "$FIXTURE")" ]
	[ "$(grep -c ' # SKIP ' <<<"$output")" -eq "$(jq '[.cells[] | select(.outcome == "skipped")] | length' "$FIXTURE")" ]
}

@test "lkp: key: value, and no key twice" {
	exported lkp --all
	[ "$(grep -vcE '^tlbscope\.[^ :]+: [-+0-9.e]+$' <<<"$output")" -eq 0 ]
	[ "$(sort <<<"$output" | cut -d : -f 1 | uniq -d)" = "" ]
}

@test "prometheus: each family together behind its HELP and TYPE, no series twice" {
	exported prometheus --all
	[ "$(grep -vcE '^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z]+="[^"\\]*",?)+\})? [-+0-9.e]+)$' <<<"$output")" -eq 0 ]
	[ "$(grep -v '^#' <<<"$output" | sed 's/ [^ ]*$//' | sort | uniq -d)" = "" ]
	[ "$(grep -v '^#' <<<"$output" | sed 's/[{ ].*//' | uniq | sort | uniq -d)" = "" ]
}

@test "promtool reads it, where it is installed" {
	command -v promtool >/dev/null || skip "promtool is not installed"
	exported prometheus --all
	promtool check metrics <<<"$output"
}

# Numbers that a reader took out of an export, one to a line, against those of the result.
same_numbers() { # jq filter of the result
	[ "$(jq -cs sort <<<"$output")" = "$(jq -c "[$1] | sort" "$FIXTURE")" ]
}

@test "Prometheus' own client reads every estimate, where it is installed" {
	with_jq
	/usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || skip "python3-prometheus-client is not installed"
	exported prometheus --all
	run -0 /usr/bin/python3 -c '
import sys
from prometheus_client.parser import text_string_to_metric_families as families
for family in families(sys.stdin.read()):
    for sample in family.samples:
        if family.name == "tlbscope_estimate":
            print(repr(sample.value))
	' <<<"$output"
	same_numbers '.cells[] | select(.outcome == "ok") | .metrics[].est, (.zeros[]?.names[] | 0)'
}

@test "Google Benchmark's compare.py reads it, where it is installed" {
	local compare=/usr/share/benchmark/compare.py
	with_jq
	[ -f $compare ] && /usr/bin/python3 -c 'import scipy' 2>/dev/null || skip "compare.py is not installed"
	exported google-benchmark
	printf '%s' "$output" >"$BATS_TEST_TMPDIR/a.json"
	jq '(.cells[].metrics[]? | .est, .lo, .hi, .samples[]) |= . * 2' "$FIXTURE" >"$BATS_TEST_TMPDIR/double.json"
	scope export --format google-benchmark "$BATS_TEST_TMPDIR/double.json"
	printf '%s' "$output" >"$BATS_TEST_TMPDIR/b.json"
	run /usr/bin/python3 $compare --no-color -d "$BATS_TEST_TMPDIR/read.json" benchmarks "$BATS_TEST_TMPDIR/a.json" "$BATS_TEST_TMPDIR/b.json"
	[ "$status" -eq 0 ]
	[[ $output == *_pvalue*"U Test, Repetitions: 10 vs 10"* ]]
	[[ ${lines[-1]} == OVERALL_GEOMEAN*+1.0000*+1.0000* ]]
	output=$(jq '.[] | select(.run_type == "iteration") | .measurements[].real_time' "$BATS_TEST_TMPDIR/read.json")
	same_numbers '.cells[] | select(.outcome == "ok") | .metrics[] | select(.primary and .unit == "ns") | .samples[]'
}

@test "Perl's prove reads ktap, where it is installed" {
	command -v prove >/dev/null || skip "prove is not installed"
	exported ktap
	printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/cells"
	run prove --exec cat "$BATS_TEST_TMPDIR/cells"
	[[ $output == *"Failed 1/12 subtests"*"less 1 skipped subtest: 10 okay"*"Failed test:  12"* ]]
}

@test "the Go project's parser of benchmarks reads every line, where it is installed" {
	local tools=/usr/share/gocode
	command -v go >/dev/null && [ -d $tools/src/golang.org/x/tools/benchmark/parse ] || skip "golang.org/x/tools is not installed"
	with_jq
	cat >"$BATS_TEST_TMPDIR/read.go" <<-'END'
		package main

		import (
			"fmt"
			"golang.org/x/tools/benchmark/parse"
			"os"
		)

		func main() {
			set, err := parse.ParseSet(os.Stdin)
			if err != nil {
				panic(err)
			}
			for _, same := range set {
				for _, b := range same {
					if b.Measured&parse.NsPerOp != 0 {
						fmt.Println(b.NsPerOp)
					}
				}
			}
		}
	END
	exported benchstat --all
	output=$(HOME=$BATS_TEST_TMPDIR GO111MODULE=off GOPATH=$tools go run "$BATS_TEST_TMPDIR/read.go" <<<"$output")
	same_numbers '.cells[] | select(.outcome == "ok") | .metrics.ns // empty | .samples[]'
}

@test "--only and --all choose; wrong names get one line" {
	exported csv --only 'chase/page=2m'
	[[ $output == *page=2m* && $output != *page=4k* ]]
	exported csv --all
	scope export --format excel "$FIXTURE"
	expect 255 "there is no format excel"
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	scope export --format csv --only 'chase/page' "$FIXTURE"
	expect 255
	[ "$(wc -l <<<"$stderr")" -eq 1 ]
	scope export --format csv /nowhere
	expect 255 "/nowhere"
}
