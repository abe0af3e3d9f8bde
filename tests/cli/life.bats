#!/usr/bin/env bats
# The life of a run: stopped, killed, resumed, twice at once; and that the machine is afterwards as it was before.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	PID=
}

teardown() {
	[ -z "$PID" ] || kill -9 "$PID" 2>/dev/null || true
	"$TLBSCOPE" restore >/dev/null 2>&1 || true
}

ALIASED=(--only chase/page=2m/layout=alias/offsets=spread/footprint=64p)

pools() {
	cat /sys/kernel/mm/hugepages/hugepages-*/nr_hugepages
}

borrows_pages() { # skips where a run would borrow none
	need_root
	[ "$(cat /sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages 2>/dev/null)" = 0 ] || skip "2m pages are free already, or there are none"
	BEFORE=$(pools)
}

borrowed() { # after begin_run: the pool has grown, or the kernel had no page to give
	[ "$(pools)" != "$BEFORE" ] || skip "the kernel gave no 2m page"
	[ -n "$(ls "$TLBSCOPE_JOURNAL")" ]
}

as_before() {
	if [ "$(pools)" != "$BEFORE" ]; then
		not pgrep -x tlbscope >/dev/null || skip "somebody else's run borrows pages meanwhile"
		echo "pools were $BEFORE and are $(pools)"
		return 1
	fi
	[ -z "$(find "$TLBSCOPE_JOURNAL" -name '*.journal')" ]
}

cells() { # directory
	jq -S '[.cells[].key] | sort' "$1/result.json"
}

samples() { # directory: of a metric that every cell here has, in order of rounds; visits that others disturbed are set aside, not gone
	jq '[.cells[] | select(.metrics.ns) | {(.key): (.metrics.ns | [[.rounds, .samples], [.aside_rounds // [], .aside // []]] | map(transpose) | add | sort | map(.[1]))}] | add' \
		"$1/result.json"
}

shorten() { # directory: two rounds more than it has complete it
	jq ".run.args |= sub(\"--rounds 10000\"; \"--rounds $((2 + $(jq '.run.rounds // 0' "$1/result.json")))\")" "$1/result.json" >shortened
	mv shortened "$1/result.json"
}

resume() { # directory, more arguments: as little as completes it
	shorten "$1"
	scope run --resume "$@"
}

@test "a run that is stopped leaves a partial result, and resuming completes it" {
	local name
	for name in INT TERM; do
		begin_run "$name"
		end_run "$name"
		[ "$STATUS" -eq 130 ]
		[ ! -s "$name.out" ]
		tail -1 "$name.err" | grep -qF "interrupted; what was measured is in $name/result.json; complete it with: tlbscope run --resume $name"
		result '.run.state == "partial" and .run.rounds >= 2' "$name"
		no_temporary_files "$name"
		scope show "$name"
		expect 0
		shorten "$name"
		cp -r "$name" first
		resume "$name"
		expect 0
		result '.run.state == "complete"' "$name"
		[ "$(cells first)" = "$(cells "$name")" ]
		[ "$(result .run.rounds "$name")" -gt "$(result .run.rounds first)" ]
		[ "$(jq -c '.run | [.id, .started, .seed, .profile, .args]' first/result.json)" = \
			"$(jq -c '.run | [.id, .started, .seed, .profile, .args]' "$name/result.json")" ]
		# What was measured before comes first, and more follows.
		jq -e --argjson old "$(samples first)" --argjson new "$(samples "$name")" -n \
			'$old | to_entries | all(. as $o | $new[$o.key] | .[:$o.value | length] == $o.value and length > ($o.value | length))'
		[ -s "$name/report.html" ]
		resume "$name"
		refused "is complete" "tlbscope show"
		rm -rf first
	done
}

@test "the terminal's Ctrl-C reaches the run once, and no worker stays" {
	begin_run out
	local children
	children=$(pgrep -P "$PID" || true)
	kill -INT -- "-$PID"
	STATUS=0
	wait "$PID" || STATUS=$?
	[ "$STATUS" -eq 130 ]
	result '.run.state == "partial"' out
	local child
	for child in $children; do
		await 5 not kill -0 "$child"
	done
	PID=
}

@test "stopped before the first round: still partial, still completed" {
	start out run "${LONG[@]}" --output out
	await 60 test -e out/result.json
	end_run INT
	[ "$STATUS" -eq 130 ]
	result '.run.state == "partial"' out
	resume out
	expect 0
	result '.run.state == "complete" and all(.cells[]; .visits + (.failed_visits // 0) > 0)' out
}

@test "resumed elsewhere, what was measured stays where it was" {
	begin_run out --label mine
	end_run TERM
	shorten out
	cp out/result.json before.json
	scope run --resume out --output elsewhere
	expect 0
	cmp out/result.json before.json
	result '.run.state == "complete" and .run.label == "mine"' elsewhere
}

@test "killed: what was saved can be shown, and resuming completes it" {
	begin_run out
	# It is saved every few seconds.
	await 30 jq -e '[.cells[]?.metrics.ns.samples | values] | length > 0' out/result.json
	end_run KILL
	[ "$STATUS" -eq 137 ]
	result '.run.state == "partial" and .run.rounds > 0' out
	local saved
	saved=$(result .run.rounds out)
	scope show out
	expect 0
	resume out
	expect 0
	result '.run.state == "complete" and all(.cells[]; .visits + (.failed_visits // 0) > 0)' out
	# No round is counted twice: pairs are by round.
	result "all(.cells[].metrics.ns.rounds; . == unique) and .run.rounds > $saved" out
}

@test "what a run is begun with cannot be given to --resume" {
	begin_run out
	end_run INT
	cp out/result.json before.json
	scope run --resume out --rounds 5 --only chase --seed 1 --label other --profile full
	refused "--rounds, --only, --seed, --label, --profile cannot be given with --resume" "--budget, --output, --replace, --strict and --bare"
	scope run --cpus 0 --resume out
	refused "--cpus cannot be given with --resume"
	scope run --resume out --events perf::CPU-CLOCK
	refused "--events cannot"
	cmp out/result.json before.json
	shorten out
	scope run --resume out --budget 60 --output other --replace --strict
	[ "$status" -eq 0 ] || [ "$status" -eq 125 ]
	result '.run.state == "complete"' other
}

resume_briefly() { # directory, more arguments: on its own terms, for as long as it takes to see them
	start again run --resume "$@"
	await 60 grep -q '^round [0-9]' again.err
	end_run INT
	[ "$STATUS" -eq 130 ]
}

@test "a resumed run has the budget of the first, or its profile's, or the one that it is given" {
	begin_run out
	end_run INT
	resume_briefly out
	result '.run.budget_s == 120' out
	resume_briefly out --budget 77
	result '.run.budget_s == 77' out
	jq 'del(.run.budget_s)' out/result.json >edited
	mv edited out/result.json
	resume_briefly out
	result '.run.budget_s == 0' out # --rounds have none
	jq 'del(.run.budget_s) | .run.args |= (sub("--profile quick"; "--profile full") | sub(" --rounds 10000"; "")) | .run.profile = "full"' \
		out/result.json >edited
	mv edited out/result.json
	scope run --resume out
	expect 0
	result '.run.budget_s == 1800 and .run.profile == "full"' out
}

@test "--rounds are not cut short; by a --budget they are, which leaves a partial result and is said" {
	scope run --only null/resp=0 --rounds 3 --output free
	expect 0
	result '.run.state == "complete" and .run.rounds == 3 and .run.budget_s == 0' free
	scope run --only null/resp=0 --rounds 3 --dry-run
	[[ $output == *"for 3 rounds (no limit)"* ]]
	scope run "${LONG[@]}" --budget 0.3 --output out
	expect 0 "the budget of 0.3 s ended it after $(result .run.rounds out) of 10000 rounds" "raise --budget" "tlbscope run --resume out"
	result '.run.state == "partial" and .run.rounds >= 2 and .run.rounds < 10000' out
	[[ $output == *"tlbscope run --resume out"* ]]
	resume out --budget 60
	expect 0
	not grep -q "ended it" <<<"$stderr"
	result '.run.state == "complete"' out
}

@test "--rounds of a resumed run counts both halves" {
	begin_run out
	end_run INT
	local done
	done=$(result .run.rounds out)
	jq ".run.args |= sub(\"--rounds 10000\"; \"--rounds $((done + 2))\")" out/result.json >edited
	mv edited out/result.json
	scope run --resume out
	expect 0
	[ "$(result .run.rounds out)" -eq $((done + 2)) ]
}

@test "what failed before an interruption counts after it" {
	begin_run out
	end_run INT
	jq '.cells[0].failed_visits = 100000 | .cells[0].last_failure = {outcome: "invalid", code: "moved", text: "was moved", remedy: "pin it"}' \
		out/result.json >edited
	mv edited out/result.json
	resume out
	expect 0
	# Visits after it may fail as well; then the reason is the last one's.
	result '.cells[0].outcome == "invalid" and .cells[0].failed_visits >= 100000' out
	result '.cells[0].failed_visits > 100000 or .cells[0].reason.code == "moved"' out
}

@test "a cell that today's plan lacks is not lost by resuming" {
	begin_run out
	end_run INT
	jq '.run.args |= sub("footprint=64p"; "footprint=68p")' out/result.json >edited
	cp edited out/result.json
	scope run --resume out
	refused "footprint=256KiB was measured"
	cmp edited out/result.json
}

@test "pools are as before: at the end, when stopped, and when refused" {
	borrows_pages
	scope run "${ALIASED[@]}" --rounds 2 --output whole
	expect 0
	as_before
	begin_run out "${ALIASED[@]}"
	borrowed
	end_run INT
	[ "$STATUS" -eq 130 ]
	as_before
	scope run "${ALIASED[@]}" --rounds 2 --output "$FIXTURE/no"
	expect 255
	as_before
}

@test "pools after kill -9: tlbscope restore puts them back, and says so once" {
	borrows_pages
	begin_run out "${ALIASED[@]}"
	borrowed
	end_run KILL
	borrowed
	scope restore
	expect 0
	[[ $output == *"nr_hugepages is put back"* ]]
	[[ ${lines[-1]} == *"put back" ]]
	as_before
	scope restore
	expect 0
	[ "$output" = "nothing to put back" ]
}

PRESSED=(--only 'replace swap=zram step=refault')

swaps() {
	grep -c zram /proc/swaps || true
}

our_groups() {
	find /sys/fs/cgroup -type d -name 'tlbscope-*' | wc -l
}

presses() { # skips where a run would have neither swap nor group
	need_root
	grep -qx 0 /sys/block/zram*/disksize 2>/dev/null || skip "no zram device that nobody uses"
	[ "$(swaps)" -eq 0 ] && [ "$(our_groups)" -eq 0 ] || skip "somebody swaps already"
}

pressed() { # after begin_run
	[ "$(swaps)" -eq 1 ] || skip "no swap space to be had: $(tail -n 3 out.err)"
	[ "$(our_groups)" -eq 1 ]
}

unpressed() {
	[ "$(swaps)" -eq 0 ]
	[ "$(our_groups)" -eq 0 ]
	[ ! -e "$TLBSCOPE_JOURNAL" ] || [ -z "$(ls "$TLBSCOPE_JOURNAL")" ]
}

@test "what comes back from a swap file was read: none of it was in memory still" {
	need_root
	[ "$(our_groups)" -eq 0 ] || skip "somebody swaps already"
	scope run --only 'replace swap=file step=refault' --rounds 1 --out out
	expect 0
	jq -e '.cells[] | select(.key | test("refault")) |
		.outcome != "ok" or (.metrics.major.samples | min > 0.01)' out/result.json
}

@test "where there is no zram, pages are swapped to a file, which is gone afterwards" {
	need_root
	need unshare
	unshare -m sh -c 'mount -t tmpfs none /sys/block' || skip "no mounts to be had"
	[ "$(awk 'NR > 1' /proc/swaps)" = "" ] || skip "somebody swaps already"
	unshare -m sh -c 'mount -t tmpfs none /sys/block && exec "$@"' - "$TLBSCOPE" run --out out --rounds 400 \
		--only 'madvise advice=pageout page=4k mapping=anon npages=1 resp=0 touched=all' >out.log 2>&1 3>&- &
	local run=$! seen='' status=0
	for _ in $(seq 600); do
		seen=$(awk '$1 ~ "/tlbscope-[0-9]*.swap$" { print $2 }' /proc/swaps)
		[ -z "$seen" ] && kill -0 "$run" 2>/dev/null || break
		sleep 0.05
	done
	kill -TERM "$run" 2>/dev/null || true # not INT, which is ignored in what a script starts with `&`
	wait "$run" || status=$?
	[ "$status" -eq 130 ] || { cat out.log; false; }
	[ "$seen" = file ] || { cat out.log; false; }
	[ "$(awk 'NR > 1' /proc/swaps)" = "" ]
	compgen -G "/var/tmp/tlbscope-$run.swap" && return 1
	[ ! -e "$TLBSCOPE_JOURNAL" ] || [ -z "$(ls "$TLBSCOPE_JOURNAL")" ]
}

@test "swap space and control group are gone after Ctrl-C" {
	presses
	begin_run out "${PRESSED[@]}"
	pressed
	end_run INT
	[ "$STATUS" -eq 130 ]
	unpressed
}

@test "swap space and control group after kill -9: tlbscope restore removes them" {
	presses
	begin_run out "${PRESSED[@]}"
	pressed
	end_run KILL
	pressed
	scope restore
	expect 0
	[[ $output == *"swap:/dev/zram"*"is put back: on -> off"* ]]
	[[ $output == *"cgroup:"*"is put back: present -> absent"* ]]
	unpressed
	grep -qx 0 /sys/block/zram*/disksize
}

@test "pools after kill -9: the next run puts them back by itself" {
	borrows_pages
	begin_run out "${ALIASED[@]}"
	borrowed
	end_run KILL
	borrowed
	scope run --only null --rounds 1 --output next
	expect 0 "nr_hugepages is put back"
	as_before
	result '.run.state == "complete"' next
}

@test "restore leaves alone what a living run has changed" {
	borrows_pages
	begin_run out "${ALIASED[@]}"
	borrowed
	scope restore
	expect 0
	borrowed
	end_run TERM
	as_before
}

@test "a pager that is left in mid-run leaves no pool changed" {
	borrows_pages
	run bash -c '"$@" 2>&1 | head -1; echo "${PIPESTATUS[0]}"' - "$TLBSCOPE" run "${ALIASED[@]}" --rounds 20 --output out
	[ "${lines[-1]}" = 0 ]
	as_before
	result '.run.state == "complete"' out
}

@test "two runs at once: the second says that it waits, can be stopped, and goes on when its turn comes" {
	begin_run first "${ALIASED[@]}"
	local pid=$PID
	start second run --only null --rounds 1 --output second
	await 30 grep -q "another run is measuring" second.err
	end_run INT
	[ "$STATUS" -eq 130 ]
	[ ! -e second/report.html ]
	start third run --only null --rounds 1 --output third
	await 30 grep -q "another run is measuring" third.err
	kill -0 "$pid" # the first is not disturbed
	kill -INT "$pid"
	STATUS=0
	wait "$pid" || STATUS=$?
	[ "$STATUS" -eq 130 ]
	wait "$PID"
	PID=
	[ "$(grep -c 'another run is measuring' third.err)" -eq 1 ]
	result '.run.state == "complete"' third
	result '.run.state == "partial"' first
}

refused_at_once() { # words, arguments: nobody's run is waited for
	local words=$1
	run --separate-stderr timeout 60 "$TLBSCOPE" "${@:2}"
	refused "$words"
}

@test "mistakes are told at once, while another run measures as well" {
	cp "$FIXTURE" there.json
	begin_run first
	refused_at_once "no benchmark chas" run --only chas
	refused_at_once "page=5k" run --only chase/page=5k
	refused_at_once "no cell" run --only null/resp=0/state=sleep
	refused_at_once "there.json/deep/out cannot be written: a part of the path is not a directory" run --only null --output there.json/deep/out
	refused_at_once "there.json/noise.json cannot be written" noise --output there.json/noise.json
	refused_at_once "missing/g.json cannot be written: the directory does not exist" geometry --output missing/g.json
	refused_at_once "there.json/ab cannot be written" ab --output there.json/ab -- --
	refused_at_once "first/result.json is there already" run --only null --output first
	refused_at_once "no benchmark chas" noise --only chas
	refused_at_once "no profile slow" noise --profile slow
	kill -0 "$PID"
	[ ! -e results ]
	end_run INT
}

@test "a file that came while the turn was waited for is not written over" {
	begin_run first "${ALIASED[@]}"
	local first=$PID name
	local -A waiting
	for name in geometry noise; do
		start "$name" "$name" --output "$name.json"
		waiting[$name]=$PID
		await 30 grep -q "another run is measuring" "$name.err"
		echo "another's" >"$name.json"
	done
	PID=$first
	end_run INT
	for name in geometry noise; do
		STATUS=0
		wait "${waiting[$name]}" || STATUS=$?
		[ "$STATUS" -eq 255 ]
		grep -q "$name.json is there already" "$name.err"
		[ "$(cat "$name.json")" = "another's" ]
	done
}

@test "the same seed gives the same plan and arguments; without one, each run draws its own" {
	local name
	for name in a b; do
		scope run --only madvise/npages=1 --rounds 1 --seed 7 --output "$name"
		expect 0
	done
	[ "$(jq -c '[.run.seed, .run.args, [.cells[] | .key]]' a/result.json)" = "$(jq -c '[.run.seed, .run.args, [.cells[] | .key]]' b/result.json)" ]
	result '.run.seed == "7" and (.run.args | test("--seed 7( |$)"))' a
	for name in c d; do
		scope run --only null --rounds 1 --output "$name"
	done
	[ "$(result .run.seed c)" != "$(result .run.seed d)" ]
	# What is printed can be given back.
	scope run --only null --rounds 1 --seed "$(jq -r .run.seed c/result.json)" --output e
	[ "$(result .run.seed c)" = "$(result .run.seed e)" ]
}

@test "workers that are killed cost their visits and nothing else" {
	start out run --only chase/page=4k/layout=distinct/footprint=64MiB --rounds 16 --output out
	await 60 grep -q '^round 2 of' out.err
	local i worker killed=0
	for i in {1..20}; do
		worker=$(pgrep -P "$PID" | head -1) || true
		[ -z "$worker" ] || ! kill -9 "$worker" 2>/dev/null || killed=$((killed + 1))
		[ "$killed" -lt 4 ] || break
		sleep 0.05
	done
	[ "$killed" -gt 0 ]
	STATUS=0
	wait "$PID" || STATUS=$?
	PID=
	[ "$STATUS" -eq 0 ]
	result '.run.state == "complete" and .run.rounds == 16' out
	# Counted as failed. What is said of the cell is about its last such visit, which others on the core may have spoilt.
	result 'any(.cells[]; .failed_visits > 0)' out
	# None twice, none lost; a cell of which only failures were seen is given up.
	result 'all(.cells[]; .visits + (.failed_visits // 0) == 16 or .visits == 0)' out
	jq -e --argjson all "$(samples out)" 'all(.cells[] | select(.metrics.ns); ($all[.key] | length) == .visits)' out/result.json
	[ "$(tail -1 out.out)" = "report:  out/report.html" ]
}
