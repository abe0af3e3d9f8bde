#!/usr/bin/env bats
# Machines, users and terminals that lack something: the run does what can be done, and says what it left out.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	NULL=(run --only null --rounds 1)
}

teardown() {
	close_place
}

last_lines_are_paths() { # directory: the last three lines of stdout, and the files are there
	[ "${lines[-3]}" = "result:  $1/result.json" ]
	[ "${lines[-2]}" = "figures: $1/figures" ]
	[ "${lines[-1]}" = "report:  $1/report.html" ]
	[ -s "$1/result.json" ] && [ -d "$1/figures" ] && [ -s "$1/report.html" ]
}

@test "a run: its last lines are paths, its files are there, no temporary ones stay" {
	scope run --only chase/page=4k/footprint=64p,128p --rounds 2 --label 'a label' --output deep/out
	expect 0
	last_lines_are_paths deep/out
	[ -s deep/out/topology.xml ]
	no_temporary_files deep
	result '.run.label == "a label" and .run.state == "complete" and .run.rounds == 2 and .run.profile == "quick"' deep/out
	[ ! -e results ]
}

@test "a bare run names no figures and no report, for it makes none" {
	scope "${NULL[@]}" --bare --output out
	expect 0
	[ "${lines[-2]}" = "figures: (not drawn)" ] && [ "${lines[-1]}" = "report:  (not written)" ]
	[ -s out/result.json ] && [ ! -e out/figures ] && [ ! -e out/report.html ]
}

@test "result.json has the documented shape" {
	scope run --only madvise/npages=1 --only chase/page=4k/footprint=64p --rounds 2 --output out
	expect 0
	result '.schema.name == "tlbscope-result" and .schema.major == 1' out
	result '(keys - ["schema","tool","run","machine","environment","clock","floor","counters","cells","findings"]) == []' out
	result '(["schema","tool","run","machine","environment","clock","floor","counters","cells"] - keys) == []' out
	result '.run | (.seed | test("^[0-9]+$")) and (.started | test("^20[0-9-]+T[0-9:]+Z$")) and .base_page_bytes > 0' out
	result '.cells | all(.key and .bench and (.outcome | IN("ok", "skipped", "invalid")))' out
	result '.cells | all(.key as $k | .params | to_entries | all(.key as $n | .value as $v | $k | contains("/\($n)=\($v)")))' out
	result '.cells | map(.key) | length == (unique | length)' out
	# What is absent was not measured: no null, no sentinel.
	result '[.. | nulls] == []' out
	result '.cells | all(.outcome == "ok" or (.reason.code and .reason.text))' out
	result '.cells | all(.outcome != "ok" or all(.proof[]?; .state != "failed"))' out
	result '.cells | all(.metrics // {} | all(.[]; .lo <= .est and .est <= .hi and (.samples | length) == (.rounds | length)))' out
	result '.counters | all(.source != "none" or .reason)' out
	result '.clock | .source and .hz > 0' out
	not grep -qi hostname out/result.json
}

@test "without --output: results/MACHINE/RUN, which show finds" {
	scope "${NULL[@]}"
	expect 0
	local dir=${lines[-3]#result:  }
	[[ $dir == results/*/*-quick/result.json ]]
	last_lines_are_paths "${dir%/result.json}"
	scope show
	expect 0
	[[ ${lines[0]} == "tlbscope "* ]]
}

@test "the output is a file, or below a file" {
	echo mine >file
	scope "${NULL[@]}" --output file
	refused "file" "--output"
	scope "${NULL[@]}" --output file/below
	refused "file/below" "--output"
	[ "$(cat file)" = mine ]
}

@test "what was measured before is written over only when asked" {
	scope "${NULL[@]}" --output out
	expect 0
	cp out/result.json whole.json
	scope "${NULL[@]}" --output out
	refused "out/result.json is there already: a complete result" "--output" "--replace"
	scope "${NULL[@]}" --bare --output out
	refused "out/result.json" "--replace"
	cmp out/result.json whole.json
	scope "${NULL[@]}" --dry-run --output out
	expect 0
	scope "${NULL[@]}" --replace --output out
	expect 0
	not cmp out/result.json whole.json
	result '.run.state == "complete"' out
	# Nothing is lost with a result in which nothing was measured, as a run leaves that could not begin.
	jq '.run.state = "partial" | .cells = []' whole.json >out/result.json
	scope "${NULL[@]}" --output out
	expect 0
	echo mine >out/result.json
	scope "${NULL[@]}" --output out
	refused "out/result.json" "cannot be read" "--output" "--replace"
	[ "$(cat out/result.json)" = mine ]
}

@test "a partial result is completed where it is, and neither written over nor over others" {
	scope run --only null --rounds 2 --output out
	expect 0
	cp out/result.json whole.json
	mkdir part
	jq '.run.state = "partial"' whole.json | tee part/result.json >out/partial.json
	scope "${NULL[@]}" --output part
	refused "part/result.json is there already: a partial result" "--resume part" "--output" "--replace"
	scope run --resume part --output out
	refused "out/result.json is there already: a complete result" "--output" "--replace"
	scope run --resume out/partial.json
	refused "out/result.json"
	cmp out/result.json whole.json
	scope run --resume part --output ./part/
	expect 0
	result '.run.state == "complete"' part
	scope run --resume out/partial.json --replace
	expect 0
	not cmp out/result.json whole.json
}

@test "an output that may not be written is found out before measuring" {
	open_place
	mkdir shut
	chmod 755 shut
	as_user "${NULL[@]}" --output shut
	refused "shut cannot be written" "no permission" "--output"
	as_user "${NULL[@]}" --output shut/below
	refused "shut/below" "--output"
	as_user geometry --output shut/g.json
	refused "shut/g.json cannot be written" "no permission"
	cd shut
	as_user "${NULL[@]}"
	refused "results" "--output"
}

@test "a read-only file system" {
	need_root
	need unshare
	mkdir ro
	run --separate-stderr unshare -m bash -c 'mount -t tmpfs -o ro none ro && "$@"' - "$TLBSCOPE" "${NULL[@]}" --output ro/out
	unshared
	refused "ro/out" "read-only" "--output"
}

@test "a full disk: before the run, and while it is written" {
	need_root
	need unshare
	mkdir full
	run --separate-stderr unshare -m bash -c 'mount -t tmpfs -o size=64k none full && head -c 64k /dev/zero >full/fill; "$@"' - \
		"$TLBSCOPE" "${NULL[@]}" --output full/out
	unshared
	[[ $stderr == *"No space left"* ]] || [[ $stderr == *"disk is full"* ]]
	refused "full/out" "--output"
	# Room for one result, and so not for the one that is to take its place: what there was stays whole.
	scope "${NULL[@]}" --output whole
	run --separate-stderr unshare -m bash -c 'mount -t tmpfs -o "size=$1" none full && "${@:2}"; code=$?; cp -r full/out kept; exit $code' - \
		"$(stat -c %s whole/result.json)" "$TLBSCOPE" "${NULL[@]}" --output full/out
	unshared
	expect 255
	[[ $stderr == *"full/out/result.json cannot be written: the disk is full; try: "* ]]
	no_temporary_files kept
	result '.run.state == "partial"' kept
	scope show kept
	expect 0
}

@test "without gnuplot: one line, data files and a report; figures alone are an error" {
	local bare=(env "PATH=$BATS_TEST_TMPDIR/none" "$TLBSCOPE")
	run --separate-stderr "${bare[@]}" run --only chase/page=4k/footprint=64p,128p --rounds 1 --output out
	unshared
	expect 0 "gnuplot is not installed" "install gnuplot"
	[ "$(grep -c gnuplot <<<"$stderr")" -eq 1 ]
	last_lines_are_paths out
	[ -s out/figures/fig_1_cliff.dat ]
	run --separate-stderr "${bare[@]}" figures --output data out
	refused "no figure is drawn: gnuplot is not installed" ".dat files" "install gnuplot"
	[ -s data/figures/fig_1_cliff.dat ]
	run --separate-stderr "${bare[@]}" report out
	expect 0 "no figure is drawn: gnuplot is not installed"
	[ "$output" = "report: out/report.html" ] && [ "${#stderr_lines[@]}" -eq 1 ]
	[ -z "$(find . -name '*.svg')" ]
}

@test "an ordinary user: measures, and skips what needs root with the command that would enable it" {
	open_place
	as_user run --only chase/page=4k/layout=distinct/footprint=64p --only chase/page=2m,1g/layout=alias/footprint=64p --rounds 2 --output out
	expect 0
	last_lines_are_paths out
	result 'any(.cells[]; (.key | startswith("chase/page=4k")) and .metrics.ns)' out
	if [ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages)" = 0 ]; then
		result '[.cells[] | select(.key | startswith("chase/page=2m"))] | length > 0
			and all(.outcome == "skipped" and (.reason.remedy | test("sudo tee .*hugepages-2048kB/nr_hugepages")))' out
		[[ $output == *"sudo tee"* ]]
	fi
	as_user restore
	expect 0
	as_user doctor
	expect 0
	[[ $output == *"good for "* || $output == *"not graded"* ]]
	as_user figures out
	expect 0
}

@test "perf_event_paranoid 4: counters are absent with the reason, and nothing else is" {
	open_place
	need unshare
	[ -e /proc/sys/kernel/perf_event_paranoid ] || skip "no perf events in this kernel"
	echo 4 >paranoid
	run --separate-stderr unshare -m bash -c 'mount --bind paranoid /proc/sys/kernel/perf_event_paranoid && "$@"' - \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$OPEN/usr/bin/tlbscope" "${NULL[@]}" --output out
	unshared
	expect 0
	result '.environment.before | to_entries | any(.key | test("paranoid"))' out
	result 'any(.counters[]; .source == "none" and (.reason | test("perf_event_paranoid is 4.*sysctl")))' out
	result 'any(.cells[]; .metrics.ns.samples)' out
}

@test "without tracefs: the counter of flushes says how to mount it" {
	open_place
	[ ! -e /sys/kernel/tracing/events ] && [ ! -e /sys/kernel/debug/tracing/events ] || skip "tracefs is mounted here"
	as_user "${NULL[@]}" --output out
	expect 0
	result '.counters[] | select(.id == "tlb_flush") | .source == "none" and (.reason | test("mount -t tracefs"))' out
}

@test "one CPU: no responders, everything else runs; a place asked for by name is skipped with the reason" {
	need taskset
	local cpu
	cpu=$(taskset -pc $$ | grep -oE '[0-9]+' | sed -n 2p)
	run --separate-stderr taskset -c "$cpu" "$TLBSCOPE" run --only madvise/npages=1 --only chase/page=4k/footprint=64p \
		--rounds 1 --output out
	unshared
	expect 0
	result '[.cells[] | select(.params.resp and .params.resp != "0")] == []' out
	result 'any(.cells[]; .key | test("^madvise/.*npages=1/resp=0$"))' out
	result 'any(.cells[]; .bench == "chase" and .metrics.ns)' out
	run --separate-stderr taskset -c "$cpu" "$TLBSCOPE" run --only madvise/npages=1/resp=1/place=core/state=spin --rounds 1 --output named
	unshared
	expect 0
	result '.cells[] | select(.key | endswith("resp=1/place=core/state=spin")) | select(.bench == "madvise")
		| .outcome == "skipped" and (.reason.text | test("wants 1 [a-z]+ at core"))' named
	run --separate-stderr taskset -c "$cpu" "$TLBSCOPE" doctor
	unshared
	expect 0
	[[ $output == *"nobody to interrupt"* ]]
}

@test "doctor gives no grade where the self-test measured nothing" {
	need prlimit
	prlimit --as=200000000 "$TLBSCOPE" --version || skip "this build itself needs more"
	run --separate-stderr prlimit --as=200000000 "$TLBSCOPE" doctor
	unshared
	expect 0
	[[ $output == *"may be used"* ]] || skip "it measures in 200 MB"
	[[ $output != *"good for "* ]]
	[[ ${lines[-1]} == "not graded: "*" was not measured: "* ]]
}

@test "--cpus keeps to the CPUs it names" {
	local cpu
	cpu=$(taskset -pc $$ | grep -oE '[0-9]+' | sed -n 2p)
	scope run --cpus "$cpu" --only null --rounds 1 --output out
	expect 0
	[ "$(result '.cells | length' out)" -eq 1 ]
	result ".run.args | contains(\"--cpus $cpu\")" out
}

@test "JSON that stdout does not take: one line that says so" {
	local command
	mkdir m
	cp "$FIXTURE" m/result.json
	for command in "compare --format json m m" "geometry --format json m" "show --format json m" "export --format google-benchmark m" \
		"export --format bencher m" "export --format github-smaller m" "history --format json m"; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$@" >/dev/full' - "$TLBSCOPE" $command
		[ "$status" -ne 0 ]
		echo "$command: $stderr"
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "tlbscope: cannot write to standard output"* ]]
	done
}

@test "stdout is closed or full: no result is touched by it, and lost output is an error" {
	run --separate-stderr bash -c '"$@" >&-' - "$TLBSCOPE" "${NULL[@]}" --output closed
	expect 0
	result '.run.state == "complete"' closed
	[ "$(tail -c 3 closed/report.html)" != "" ]
	not grep -q '^result:' closed/result.json closed/report.html closed/topology.xml
	run --separate-stderr bash -c '"$@" >&- 2>&- <&-' - "$TLBSCOPE" "${NULL[@]}" --output all
	[ "$status" -eq 0 ]
	result '.run.state == "complete"' all
	run --separate-stderr bash -c '"$@" >/dev/full' - "$TLBSCOPE" "${NULL[@]}" --output full
	expect 255 "standard output" "No space left"
	result '.run.state == "complete"' full
	local words
	for words in list "list chase" "show $FIXTURE" "show --all $FIXTURE" "run --dry-run" --version; do
		run --separate-stderr bash -c '$TLBSCOPE $1 >/dev/full' - "$words"
		refused "cannot write to standard output"
	done
}

@test "a reader that goes away ends no run" {
	run bash -c '"$@" 2>&1 | true; echo "${PIPESTATUS[0]}"' - "$TLBSCOPE" run --only null --rounds 4 --output out
	[ "$output" = 0 ]
	result '.run.state == "complete" and .run.rounds == 4' out
	run bash -c '"$@" | head -1' - "$TLBSCOPE" show --all "$FIXTURE"
	[ "${#lines[@]}" -eq 1 ]
}

@test "a bar on a terminal; lines and no colour where there is none, where it is dumb, and with NO_COLOR" {
	need script
	local esc=$'\033'
	local on_terminal=(script -qec "'$TLBSCOPE' run --only null --rounds 3 --replace --output out" /dev/null)
	TERM=xterm run "${on_terminal[@]}" </dev/null
	[[ $output == *"round 1 of 3"* ]]
	[[ $output != *"round 0 "* ]]
	[[ $output == *"${esc}["*m* ]]
	not grep -q '^measuring' <<<"$output"
	TERM=xterm NO_COLOR=1 run "${on_terminal[@]}" </dev/null
	[[ $output != *"${esc}["[0-9]*m* ]]
	TERM=dumb run "${on_terminal[@]}" </dev/null
	[[ $output != *"$esc"* ]]
	[[ $output == *"round 3 of 3"* ]]
	scope run --only null --rounds 3 --output plain
	[[ $output$stderr != *"$esc"* ]]
	expect 0 "round 3 of 3: 6 of 6 visits done" || expect 0 "round 3 of 3: 3 of 3 visits done"
	TERM=xterm scope show "$FIXTURE"
	[[ $output != *"$esc"* ]]
}

@test "installed, it draws and reports without the source tree" {
	need_root
	need unshare cmake gnuplot
	cmake --install "$BUILD" --prefix "$PWD/usr" >/dev/null
	mkdir run
	cp "$FIXTURE" run/result.json
	run --separate-stderr unshare -m bash -c 'mount -t tmpfs none "$1" && [ -z "$(ls "$1")" ] && usr/bin/tlbscope figures run &&
		usr/bin/tlbscope report run --output out && usr/bin/tlbscope show run' - "$SOURCE"
	expect 0
	[ "$stderr" = "" ] || { echo "$stderr"; return 1; }
	[ -s run/figures/fig_1_cliff.svg ] && [ -s run/figures/fig_1_cliff.pdf ] && [ -s run/figures/fig_1_cliff.dat ]
	grep -q '<svg' out/report.html
	not grep -qE '(src|href)="https?:' out/report.html
	[ -s usr/share/man/man1/tlbscope.1 ]
}
