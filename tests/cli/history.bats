#!/usr/bin/env bats
# A machine over kernels: runs made of the committed fixture, with costs that are known.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	command -v jq >/dev/null || skip "jq is not installed"
}

made() { # directory, number, kernel, factor on every metric of chase
	mkdir -p "$1/run$2"
	jq --arg n "$2" --arg kernel "$3" --argjson factor "$4" '.run.id = "run\($n)" |
		.run.started = "2026-01-\($n)T00:00:00Z" | .environment.before["kernel.release"] = $kernel |
		.cells |= map(if .bench == "chase" and .metrics then .metrics |= with_entries(.value |=
			(.est *= $factor | .lo *= $factor | .hi *= $factor)) else . end)' "$FIXTURE" >"$1/run$2/result.json"
}

six_runs() { # slower by 10% from 6.10.2 on; files in another order than kernels
	made runs 11 6.9.1 1
	made runs 12 6.9.2 1.001
	made runs 13 6.10.1 0.999
	made runs 10 6.10.2 1.1
	made runs 15 6.11.1 1.101
	made runs 14 6.12.1 1.099
}

@test "a step is found, confirmed, and with its kernel; what did not change is not listed" {
	six_runs
	scope history runs
	expect 0
	[[ ${lines[0]} == *": 6 runs, by kernel and date" ]]
	[[ ${lines[1]} == *" 6.9.1" && ${lines[6]} == *" 6.12.1" ]]
	[[ $output == *"chase/page=4k/layout=alias/footprint=512KiB  cycles  "*$'\n'"    +10.0% with run 4, 6.10.1 → 6.10.2: worse (confirmed)"* ]]
	[[ $output != *madvise* ]]
	scope history --all runs
	[[ $output == *madvise* ]]
}

@test "text, csv and json tell the same" {
	six_runs
	scope history --format json runs
	expect 0
	[ "$(jq -r '[.series[] | select(.changes != [])] | length' <<<"$output")" -eq \
		"$(jq '[.cells[] | select(.bench == "chase" and .outcome == "ok") | .metrics[] | select(.primary)] | length' "$FIXTURE")" ]
	jq -e '[.series[].changes[] | select(.run != 3 or .confidence != "confirmed" or .side != "worse")] == []' <<<"$output"
	changes=$(jq '[.series[].changes[]] | length' <<<"$output")
	scope history --format csv runs
	expect 0
	[ "$(awk -F, 'NR > 1 && $11 != ""' <<<"$output" | wc -l)" -eq "$changes" ]
	[ "$(awk -F, 'NR > 1 && $11 != "" && $3 != "\"6.10.2\""' <<<"$output")" = "" ]
}

@test "--threshold and --only choose" {
	six_runs
	scope history --threshold 20 runs
	expect 0
	[[ $output == *"changed by 20% or more: 0 of "* ]]
	scope history --only 'chase page=2m' --all runs
	[[ $output == *page=2m* && $output != *page=4k* ]]
}

@test "runs of another CPU in a machine of the same shape are refused" {
	six_runs
	jq '.machine.cpu = "another CPU"' runs/run11/result.json >changed
	mv changed runs/run11/result.json
	scope history runs
	refused "of another machine" "the CPU differs"
}

@test "a last run that stands alone is not confirmed" {
	six_runs
	made runs 16 6.13.1 1.3
	scope history runs
	[[ $output == *"with run 7, 6.12.1 → 6.13.1: worse (one run only"* ]]
}

@test "one run, or two, are a history without changes" {
	made runs 11 6.9.1 1
	scope history runs
	expect 0
	[[ $output == *"0 of "* ]]
	made runs 12 6.9.2 2
	scope history runs
	expect 0
	[[ $output == *"fewer than the 3 runs"* && $output != *"with run"* ]]
}

@test "what cannot be read costs that run; what is nowhere, or of another machine, is an error of one line" {
	six_runs
	echo '{"schema' >runs/run15/result.json
	scope history runs
	expect 0 "runs/run15/result.json"
	[[ ${lines[0]} == *": 5 runs"* ]]
	scope history nowhere
	expect 255 nowhere
	scope history
	expect 255 "name a directory"
	scope history --format xml runs
	expect 255 xml
	jq '.machine.id = "another"' runs/run11/result.json >other.json
	scope history runs other.json
	expect 255 another
	[ "$(grep -vc run15 <<<"$stderr")" -eq 1 ]
}

@test "figure 10: a row to a run in each curve, and the kernels' names" {
	six_runs
	scope history --output drawn runs
	expect 0
	[ "$(grep -c '"6\.' drawn/figures/fig_10_history.kernels.dat)" -eq 6 ]
	[ "$(awk '$1 == 4 && $2 >= 1.09 && $2 <= 1.11' drawn/figures/fig_10_history.dat | wc -l)" -eq 7 ]
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	[ -s drawn/figures/fig_10_history.svg ]
	[ ! -e runs/figures ]
}

@test "without gnuplot: the table, the data of figure 10, and one line" {
	six_runs
	run --separate-stderr env "PATH=$BATS_TEST_TMPDIR/none" "$TLBSCOPE" history --output drawn runs
	expect 0 "gnuplot is not installed"
	[ "${#stderr_lines[@]}" -eq 1 ] && [ -n "$output" ]
	[ -s drawn/figures/fig_10_history.dat ] && [ ! -e drawn/figures/fig_10_history.svg ]
}

@test "figure 10 as a paper's column has a caption and a PDF; an unknown template is named" {
	six_runs
	scope history --paper thesis --output drawn runs
	expect 255 thesis
	command -v gnuplot >/dev/null || skip "gnuplot is not installed"
	scope history --paper acm --output drawn runs
	expect 0
	[ -s drawn/figures/fig_10_history.pdf ]
	grep -q 'includegraphics' drawn/figures/fig_10_history.caption.tex
	grep -q 'cite{tlbscope:.*run14' drawn/figures/fig_10_history.caption.tex
}

@test "a directory that cannot be written costs the figure, unless --output names it" {
	six_runs
	: >file
	scope history --output file/below runs
	expect 255 file/below
	ln -s /nowhere runs/figures
	scope history runs
	expect 0 runs/figures
}
