#!/usr/bin/env bats
# compare from outside: exit codes, formats, and what is refused. Results are made with jq, nothing is measured.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	load helpers/results.bash
	scope_setup
	need jq
}

A=madvise/page=4k/npages=1/resp=0
B=madvise/page=4k/npages=8/resp=0

@test "no regression: 0, and the environment that differs is named" {
	make old "$A 1" "$B 1"
	make new "$A 1.001" "$B 1"
	scope compare old new
	expect 0
	[[ $output == *"kernel.release: old → new"* ]]
	[[ ${lines[-1]} == "no regression, and 0 improvements, in 2 tests" ]]
}

@test "a regression: 1, with the cell and where it sits" {
	make old "$A 1" "$B 1"
	make new "$A 1.3" "$B 1.3"
	scope compare old new
	expect 1
	[[ $output == *"+30.0%  $A  ns"* && $output == *"sits in: base +30"* ]]
	scope compare new old
	expect 0
	[[ $output == *"improvements (2)"* ]]
}

@test "too few samples, nothing in common, and changes within unknown noise: 125, and the reason" {
	make few "$A 1 3"
	make slow "$A 2 3"
	scope compare few slow
	expect 125
	[[ ${lines[-1]} == *"as with 3 samples, no change could be significant"* ]]
	make other "$B 1"
	scope compare few other
	expect 125
	[[ ${lines[-1]} == *"no cell is ok in both"* ]]
	make old "$A 1"
	make new "$A 1.06"
	scope compare old new
	expect 125
	[[ $output == *"noise 10.0% (assumed)"* ]]
	scope compare --noise 2 old new
	expect 1
	scope compare --noise 8 old new
	expect 0
}

@test "several a side, and options on either side of the separator" {
	local i
	for i in 1 2 3 4; do
		make "old$i" "$A 1.00$i"
		make "new$i" "$A 1.20$i"
	done
	scope compare --all old1 old2 old3 old4 -- new1 new2 new3 new4 --format json
	expect 1
	[ "$(jq -r '.tests[0] | [.state, .noise_source, .old.runs, .old.samples] | @tsv' <<<"$output")" = $'regression\truns\t4\t40' ]
}

@test "what is invalid, skipped, new, gone or revised is listed" {
	make old "$A 1" "$B 1" "null/resp=0 1" "mprotect/page=4k/npages=1/resp=0 1" "munmap/page=4k/npages=1/resp=0 1"
	make new "$A 1" "$B 1" "null/resp=0 1" "mprotect/page=4k/npages=1/resp=0 1" "munmap/page=4k/npages=2/resp=0 1"
	jq '.cells[1].outcome = "invalid" | .cells[1].reason = {code: "moved", text: "the thread moved"} | .cells[2].outcome = "skipped" |
		.cells[2].reason = {code: "no-thp", text: "they are off"} | .cells[3].revision = 2' new >changed
	scope compare old changed
	expect 125
	[[ $output == *"invalid (1)"*"$B: in the new, ok in the old: the thread moved"* ]]
	[[ ${lines[-1]} == "cannot tell: 1 cell of the old is not to be had in the new, like null/resp=0, in the new, ok in the old: they are off" ]]
	[[ $output == *"revised (1)"*"benchmark revision 1 → 2"* ]]
	[[ $output == *"new (1)"*"npages=2"*"gone (1)"*"npages=1"* && $output == *"skipped (1)"* ]]
	scope compare --only madvise old changed
	expect 0
	scope compare --only madvise --strict old changed
	expect 125
}

@test "a misspelled name is refused, and so is a run that is given twice" {
	make old "$A 1"
	make new "$A 1.3"
	make newer "$A 1.3"
	scope compare --metrics ns,nsx old new
	refused "--metrics: there is no metric nsx"
	scope compare --threshold p99=50 old new
	refused "--threshold: there is no metric p99"
	scope compare --across respp old new
	refused "--across: there is no parameter respp"
	scope compare --metrics ns --threshold p99_ns=50 --across resp,place old new
	expect 1
	scope compare old -- new newer new
	refused "new is run new, which is given twice"
	scope noise old new old --output noise.json
	refused "old is run old, which is given twice"
	[ ! -e noise.json ]
}

@test "noise.json is found beside the run, whether it is named by directory or by file" {
	local i name
	for i in 0 1 2 3 4 5; do make "r$i" "$A 1.0$i"; done
	mkdir -p runs/old runs/new
	make runs/old/result.json "$A 1"
	make runs/new/result.json "$A 1.07"
	scope noise r? --output runs/noise.json
	expect 0
	for name in runs/old:runs/new runs/old/result.json:runs/new/result.json; do
		scope compare "${name%:*}" "${name#*:}" --format json
		[ "$(jq -r '.tests[0].noise_source' <<<"$output")" = measured ]
	done
}

@test "different CPUs are refused without --force" {
	make old "$A 1"
	make new "$A 1"
	jq '.machine.cpu = "another CPU"' new >other
	scope compare old other
	refused "the CPU differs: a CPU, and another CPU" "--force"
	scope compare --force old other
	expect 0
}

@test "every format is what its readers take" {
	local rows
	make old "$A 1" "$B 1" "null/resp=0 1"
	make new "$A 1.3" "$B 0.7" "stride/page=4k/footprint=64KiB 1"
	scope compare --format json old new
	expect 1
	jq -e '.end == "worse" and (.tests | length == 2) and .count.regression == 1 and .count.gone == 1' <<<"$output"
	scope compare --format csv old new
	expect 1
	rows=$(awk -F, '{ print NF }' <<<"$output" | sort -u)
	[ "$rows" = 21 ]
	scope compare --format ktap old new
	expect 1
	[ "${lines[0]}" = "KTAP version 1" ] && [ "${lines[1]}" = "1..4" ]
	[ "$(grep -c '^not ok' <<<"$output")" -eq 1 ] && [ "$(grep -c '^ok .* # SKIP' <<<"$output")" -eq 2 ]
	scope compare --format junit old new
	expect 1
	[[ $output == *'tests="4" failures="1" errors="0" skipped="2"'* ]]
	if command -v python3 >/dev/null; then
		python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.stdin)' <<<"$output"
	fi
	if /usr/bin/python3 -c 'import junitparser' 2>/dev/null; then
		echo "$output" >junit.xml
		rows=$(/usr/bin/python3 -c 'if True:
			from junitparser import JUnitXml, TestSuite
			read = JUnitXml.fromfile("junit.xml")
			for suite in [read] if isinstance(read, TestSuite) else read:
			    print(suite.tests, suite.failures, suite.errors, suite.skipped)
			    for case in suite:
			        print(case.name, *(type(said).__name__ for said in case.result))')
		[ "$(head -1 <<<"$rows")" = "4 1 0 2" ]
		[ "$(grep -c Failure <<<"$rows")" -eq 1 ] && [ "$(grep -c Skipped <<<"$rows")" -eq 2 ]
		grep -qx "$A ns Failure" <<<"$rows"
	fi
	scope compare --format markdown old new
	expect 1
	[[ $output == *"| worse | \`$A\` | ns |"* ]]
	scope compare --format simple old new
	expect 1
	[[ ${lines[0]} == "regression +30.0% $A ns "* ]]
}

@test "bad input: one line each" {
	make old "$A 1"
	make new "$A 1"
	scope compare old
	refused "one result is given, and two are compared"
	scope compare old -- 
	refused "one result is given, and two are compared"
	scope compare
	refused "no result is given, and two are compared"
	scope compare old new old
	refused "3 results are given, and it is not clear"
	scope compare old missing
	refused "missing" "cannot be read"
	scope compare --format yaml old new
	refused "there is no format yaml" "text|simple|json"
	scope compare --threshold x old new
	refused "--threshold takes a number"
	scope compare --alpha 2 old new
	refused "--alpha takes a number"
	scope compare --noise old old new
	refused "old is not the noise of a machine" "tlbscope noise"
	scope compare --only 'nonsense=(' old new
	refused "nonsense"
	make twice "$A 1" "madvise/page=4k/npages=1/resp=1/place=core/state=spin 1"
	scope compare --across resp,place,state old twice
	refused "are the same cell without the parameters of --across"
}

@test "across parameters: one responder against none" {
	make old "$A 1"
	make new "madvise/page=4k/npages=1/resp=1/place=core/state=spin 3"
	scope compare --across resp,place,state old new
	expect 1
	[[ $output == *"against $A"* ]]
}
