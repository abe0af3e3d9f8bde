#!/usr/bin/env bats
# What goes into papers: figures, report, bundle and tables, of good results and of poor ones.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	cd "$BATS_TEST_TMPDIR" || return
	REFERENCE=$(find "$SOURCE/results/reference" -name result.json | LC_ALL=C sort | head -n 1)
	export REFERENCE
}

with_gnuplot() { command -v gnuplot >/dev/null || skip "no gnuplot"; }
with_jq() { command -v jq >/dev/null || skip "no jq"; }

poor() { # name, jq program: a poor result from the reference
	with_jq
	mkdir -p "$1"
	jq "$2" "$REFERENCE" >"$1/result.json"
}

sensible() { # directory: every command has something to say, and no number of an invalid cell
	"$TLBSCOPE" show "$1" >"$1/show.txt"
	grep -q '^trust ' "$1/show.txt"
	"$TLBSCOPE" report --output "$1/out" "$1" >/dev/null 2>"$1/errors"
	grep -q 'Can these numbers be trusted' "$1/out/report.html"
	not grep -q '{{' "$1/out/report.html"
	not grep -qi '[^a-z]nan[^a-z]\|-inf\|(null)' "$1/show.txt"
	"$TLBSCOPE" show --format json "$1" | jq -e '.cells' >/dev/null
}

@test "a bundle has everything, and the same result gives the same bytes" {
	with_gnuplot
	"$TLBSCOPE" bundle --output one.tar "$REFERENCE"
	sleep 1
	"$TLBSCOPE" bundle --output two.tar "$REFERENCE"
	cmp one.tar two.tar
	mkdir one
	tar xf one.tar -C one
	cmp one/tlbscope-*/result.json "$REFERENCE"
	for name in README CITATION.bib report.html figures/fig_1_cliff.{svg,pdf,dat}; do
		[ -s "$(echo one/tlbscope-*/)$name" ]
	done
	"$TLBSCOPE" show one/tlbscope-*/result.json | cmp - <("$TLBSCOPE" show "$REFERENCE")
	[ -z "$(tar tvf one.tar | grep -v ' 0/0 ')" ]
}

@test "who follows a bundle's README gets what is in it" {
	with_gnuplot
	"$TLBSCOPE" bundle --output one.tar "$REFERENCE"
	tar xf one.tar
	cd tlbscope-*/
	mkdir bin
	ln -s "$TLBSCOPE" bin/tlbscope
	grep -E '^  (tlbscope (show|report)|diff) ' README >steps
	[ "$(wc -l <steps)" -eq 3 ]
	PATH=$PWD/bin:$PATH bash -eo pipefail steps >said
	grep -q '^How to cite' said
	grep -q '^  tlbscope run --profile quick --seed [0-9]* --output new$' README
	[ "$(LC_ALL=C.UTF-8 wc -L <README)" -le 90 ]
}

@test "a bundle that cannot be written is one line, and leaves nothing" {
	run -255 --separate-stderr "$TLBSCOPE" bundle --output /nonexistent/x.tar "$REFERENCE"
	[[ $stderr == *"/nonexistent/x.tar"*--output* ]]
	run -255 "$TLBSCOPE" bundle nowhere.json
	[ -z "$(find . -name "*.tar*")" ]
}

@test "figures for a paper: column, captions, citation; fonts are embedded" {
	with_gnuplot
	"$TLBSCOPE" figures --paper acm --output . "$REFERENCE"
	[ -s figures/fig_1_cliff.caption.tex ] && [ -s figures/tlbscope.bib ] && [ -s figures/fig_1_cliff.tikz ]
	if command -v pdffonts >/dev/null; then
		run -0 bash -c "pdffonts figures/fig_1_cliff.pdf | awk 'NR > 2 { print \$(NF - 4) }' | sort -u"
		[ "$output" = yes ]
	fi
	run -255 --separate-stderr "$TLBSCOPE" figures --paper nature --output . "$REFERENCE"
	[[ $stderr == *nature*"acm, ieee, usenix"* ]]
}

@test "a figure that was asked for and is not drawn is an error; some of several are not" {
	with_gnuplot
	poor chases '.findings = [] | .cells |= map(select(.bench == "chase"))'
	scope figures --only 5 --output five chases
	refused "fig_5_responders" "no cell of this run matches"
	poor nulls '.findings = [] | .cells |= map(select(.bench == "null"))'
	scope figures --output none nulls
	refused "none of these figures is drawn" "no cell of this run matches"
	scope figures --output some chases
	expect 0
	[ "$output" = "figures: some/figures" ] && [ -z "$stderr" ]
}

@test "result and report take under five megabytes" {
	with_gnuplot
	timeout 60 "$TLBSCOPE" report --output . "$REFERENCE"
	[ "$(stat -c %s report.html)" -lt 5000000 ]
	[ "$(stat -c %s "$REFERENCE")" -lt 5000000 ]
}

@test "tables for other programs agree with each other" {
	with_jq
	local cells
	cells=$(jq '.cells | length' "$REFERENCE")
	[ "$("$TLBSCOPE" show --format json "$REFERENCE" | jq '.cells | length')" -eq "$cells" ]
	[ "$("$TLBSCOPE" show --format csv "$REFERENCE" | cut -d, -f1 | sort -u | wc -l)" -eq $((cells + 1)) ]
	"$TLBSCOPE" show --format csv "$REFERENCE" | awk -F, 'NF < 10 { exit 1 }'
	"$TLBSCOPE" show --format json "$REFERENCE" | jq -e 'all(.cells[] | select(.outcome != "ok"); .metrics == {} and (.reason.code | length) > 0)'
	run -0 "$TLBSCOPE" show --format markdown --only 'madvise resp=0' "$REFERENCE"
	[[ $output == *"- **trust**: "*"| madvise/"* ]]
	run -255 --separate-stderr "$TLBSCOPE" show --format xml "$REFERENCE"
	[[ $stderr == *xml*markdown* ]]
}

@test "text has every section of the report, in lines that fit the terminal" {
	local heading
	COLUMNS=80 "$TLBSCOPE" show --all "$REFERENCE" >all.txt
	for heading in Proofs Machine Findings Counters Method "Before the run" "How to cite" "How to run this again" "All cells"; do
		grep -qx "$heading" all.txt
	done
	# The words of each finding, as they are concluded today, however they are wrapped.
	"$TLBSCOPE" report --output page "$REFERENCE"
	local text told=0
	while IFS= read -r text; do
		tr -s ' \n' ' ' <all.txt | grep -qF -- "$text"
		told=$((told + 1))
	done < <(sed -n '/id="findings"/,/<.section>/s|^<tr><td>[a-z-]*</td><td>\([^<]*\)</td>.*|\1|p' page/report.html |
		sed 's/&lt;/</g; s/&gt;/>/g; s/&quot;/"/g; s/&amp;/\&/g' | head -n 12)
	[ "$told" -eq 12 ]
	[ "$(COLUMNS=80 "$TLBSCOPE" show "$REFERENCE" | LC_ALL=C.UTF-8 wc -L)" -le 80 ]
	[ "$(COLUMNS=66 "$TLBSCOPE" show "$REFERENCE" | LC_ALL=C.UTF-8 wc -L)" -le 80 ] # numbers are not cut
}

@test "a result with only invalid cells says so, and draws nothing" {
	poor invalid '.findings = [] | .cells |= map(.outcome = "invalid" | .reason = {code: "moved", text: "it moved", remedy: "pin it"} | del(.metrics, .hist, .zeros))'
	sensible invalid
	grep -q 'No figure was drawn' invalid/out/report.html
	grep -q 'pin it' invalid/out/report.html
	grep -q 'pin it' invalid/show.txt
}

@test "a result without counters, huge pages, topology and claims" {
	poor bare 'del(.counters, .machine.topology_xml, .machine.claims, .environment, .floor) | .cells |= map(select(.params.page == "4k" or .params.page == null) | del(.zeros))'
	sensible bare
	grep -q 'No counter was tried' bare/out/report.html
	not grep -q 'class="topology"' bare/out/report.html
}

@test "a result of another architecture, with base pages of 64 KiB" {
	poor arm '.machine.id = "ampere-altra-80c" | .machine.cpu = "Neoverse-N1" | .run.base_page_bytes = 65536 | .run.accel = "hardware" | .findings = [] |
		.clock.source = "cntvct" | .machine.claims = [] |
		.cells |= map(select(.params.page == "4k" and .params.layout == "distinct" and .bench == "chase")
			| .key |= sub("page=4k"; "page=64k") | .params.page = "64k" | .proof = [{what: "pinned", state: "held"}])'
	[ "$(jq '.cells | length' arm/result.json)" -gt 3 ]
	sensible arm
	grep -q 'Neoverse-N1' arm/out/report.html
	! command -v gnuplot >/dev/null || grep -q '64k' arm/out/figures/fig_1_cliff.dat
}

@test "a result with only skipped cells, and one of a single cell" {
	poor skipped '.findings = [] | .cells |= map(.outcome = "skipped" | .reason = {code: "no-pool", text: "no 1g page is free", remedy: "get one"} | del(.metrics, .hist, .zeros, .proof))'
	sensible skipped
	grep -q 'No cell carries a proof' skipped/out/report.html
	grep -q 'get one' skipped/show.txt
	poor one '.findings = [] | .cells |= .[:1]'
	sensible one
	grep -q '1 of 1 cell is ok' one/out/report.html
	! command -v gnuplot >/dev/null || [ ! -s one/errors ]
}

@test "what a result says of itself is text, in the report, the figures and a paper" {
	with_gnuplot
	poor hostile '.machine.cpu = "<script>alert(1)</script> \"q\" & $(touch owned) `touch owned` \u001b[31m" | .run.label = "</title><img src=x> set output; system(1)" |
		.environment.before["kernel.release"] = "<b>6.18</b>\" ; plot" | .findings[0].text = "<i>text</i>" | .cells[0].notes = ["<u>note</u>"]'
	sensible hostile
	not grep -q '<script>alert\|<img src\|<b>6.18\|<i>text\|<u>note' hostile/out/report.html
	grep -q '&lt;script&gt;alert' hostile/out/report.html
	not grep -q $'\033' hostile/show.txt
	"$TLBSCOPE" figures --paper acm --output hostile/paper hostile "$REFERENCE" 2>hostile/errors
	[ ! -s hostile/errors ]
	grep -q '\\$(touch owned)' hostile/paper/figures/fig_1_cliff.caption.tex
	[ -z "$(find . -name owned)" ]
}

@test "numbers of any size and the longest names are drawn" {
	with_gnuplot
	poor huge '.cells |= map(if .metrics then .metrics |= map_values(.est *= 1e9 | .lo *= 1e9 | .hi *= 1e9 | .samples |= map(. * 1e9)) else . end)'
	poor tiny '.cells |= map(if .metrics then .metrics |= map_values(.est *= 1e-9 | .lo *= 1e-9 | .hi *= 1e-9 | .samples |= map(. * 1e-9)) else . end)'
	poor long '.machine.cpu = ("long CPU " * 20)[:90] | .run.label = ("label-" * 20)[:60] | .environment.before["kernel.release"] = "6.18.44-" + "x" * 60'
	for name in huge tiny long; do
		sensible "$name"
		[ ! -s "$name/errors" ]
	done
	"$TLBSCOPE" figures --format svg --output both long huge 2>errors
	[ ! -s errors ]
}

@test "a result with no cells at all, and a partial one" {
	poor empty '.cells = [] | .findings = [] | .run.state = "partial"'
	sensible empty
	grep -q 'partial' empty/show.txt
	grep -q 'This run has no cells' empty/out/report.html
}
