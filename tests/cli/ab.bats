#!/usr/bin/env bats
# ab, noise and bisect from outside. The sides are scripts that write results of their own: what is tested is who runs when, what
# is made of it, and what happens when a side fails. One test measures.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	load helpers/results.bash
	scope_setup
	need jq
	A=madvise/page=4k/npages=1/resp=0
	# fake FACTOR FILE SEED...: a tlbscope whose runs give FACTOR × 100 ns, a little more each time; FILE keeps who ran.
	cat >fake <<-'END'
		#!/usr/bin/env bash
		set -eu
		source "$HELPERS/results.bash"
		factor=$1 who=$2
		shift 2
		echo "$who $*" >>calls
		n=$(wc -l <calls)
		while [ "$1" != --output ]; do shift; done
		out=$2
		cells=10
		[[ " $* " != *" --rounds 1 "* ]] || cells=1
		mkdir -p "$out"
		cd "$out" && make result.json "madvise/page=4k/npages=1/resp=0 $(jq -n "$factor + $n % 7 / 2000") $cells"
	END
	chmod +x fake
	export HELPERS=$BATS_TEST_DIRNAME/helpers
}

@test "ab: A B B A, one round each, equal seeds in a pair, and a rehearsal that does not count" {
	scope ab --rounds 6 --only madvise --output out -- ./fake 1 old -- ./fake 1.2 new
	expect 1
	[[ $output == *"regressions (1)"*"in 6 runs"* || $output == *"in 6 runs"*"regressions (1)"* ]]
	[ "$(cut -d ' ' -f 1 calls | tr '\n' ' ')" = "old new new old old new new old old new new old old new " ]
	grep -q -- 'old run --bare --output out/A-1 --seed [0-9]* --rounds 1 --only madvise' calls
	[ "$(grep -o -- '--seed [0-9]*' calls | sort | uniq -c | awk '{ print $1 }' | sort -u)" = 2 ]
	jq -e '.cells[0].metrics.ns | (.samples | length == 6) and .runs == [0, 1, 2, 3, 4, 5]' out/A.json
	[ "$(ls out)" = $'A.json\nB.json' ]
	[[ $stderr == *"round 14 of 14: 14 of 14"* ]] # with the rehearsal
}

@test "ab: no difference is 0, and too few rounds are 125" {
	scope ab --rounds 8 -- ./fake 1 old -- ./fake 1 new
	expect 0
	rm calls
	scope ab --rounds 4 --alpha 0.01 -- ./fake 1 old -- ./fake 2 new
	expect 125
}

@test "ab: a side may give options of its own after run, and --keep keeps its runs" {
	scope ab --rounds 4 --keep --output out -- ./fake 1 old run --only x -- ./fake 1 new
	grep -q -- 'old run --only x --bare --output out/A-0' calls
	[ -e out/A-1/result.json ] && [ -e out/B-4/result.json ] && [ -e out/A-1/log.txt ]
}

@test "ab: both sides of before are written over only when asked; kept runs as well" {
	scope ab --rounds 4 --keep --output out -- ./fake 1 old -- ./fake 1 new
	cp out/B.json before.json
	rm calls
	scope ab --rounds 4 --output out -- ./fake 1 old -- ./fake 1 new
	refused "out/A.json is there already" "--output" "--replace"
	rm out/A.json out/B.json
	scope ab --rounds 4 --output out -- ./fake 1 old -- ./fake 1 new
	refused "out/A-0/result.json is there already" "--output" "--replace"
	[ ! -e calls ]
	scope ab --rounds 4 --replace --output out -- ./fake 2 old -- ./fake 2 new
	[ "$status" -ne 255 ]
	not cmp out/B.json before.json
}

@test "ab: a side that writes nothing is an error, though a result of before is there" {
	scope ab --rounds 4 --keep --output out -- ./fake 1 old -- ./fake 1 new
	scope ab --rounds 4 --replace --output out -- ./fake 1 old -- true
	expect 255 "side B (true) wrote no result; try: see out/B-0/log.txt"
	[ -e out/B-0/log.txt ]
}

@test "ab: a side that fails, or is not there, ends it with its last words" {
	scope ab --rounds 4 -- ./fake 1 old -- sh -c 'echo "no such kernel" >&2; exit 3'
	expect 255 "side B (sh) ended with code 3: no such kernel; try: see results/ab-" "/B-0/log.txt"
	scope ab --rounds 4 --output out -- ./missing -- ./fake 1 new
	expect 255 "cannot start ./missing"
	[ ! -e out ]
	scope ab --rounds 4 -- ./fake 1 old
	refused "ab needs two sides"
	scope ab --rounds 4 -- a -- b -- c
	refused "more than two sides"
	scope ab --rounds 2 -- a -- b
	refused "--rounds takes a number from 4"
}

@test "ab: stopped by a signal it stops its side, and says so" {
	printf '#!/bin/sh\necho $$ >pid\nexec sleep 100\n' >slow
	chmod +x slow
	start stopped ab --rounds 4 -- ./slow -- ./slow
	await 20 test -s pid
	end_run TERM
	[ "$STATUS" -eq 130 ]
	not kill -0 "$(cat pid)"
	grep -qx "tlbscope: interrupted before a pair of rounds was complete: nothing is kept" stopped.err
	[ -z "$(ls results)" ]
}

@test "ab: what is complete when it is stopped is kept, and nothing else" {
	printf '#!/bin/sh\n[ ! -e calls ] || [ "$(wc -l <calls)" -lt 6 ] || { echo $$ >pid; exec sleep 100; }\nexec ./fake "$@"\n' >slow
	chmod +x slow
	start stopped ab --rounds 40 --output out -- ./slow 1 old -- ./slow 1 new
	await 60 test -s pid
	end_run INT
	[ "$STATUS" -eq 130 ]
	grep -q "interrupted after 2 of 40 rounds of each side, which are kept" stopped.err
	grep -qx "both sides: out/A.json, out/B.json" stopped.err
	[ ! -s stopped.out ]
	[ "$(ls out)" = $'A.json\nB.json' ]
	jq -e -s 'all(.[]; .cells[0].metrics.ns.runs == [0, 1])' out/A.json out/B.json
	scope compare out/A.json out/B.json
	expect 125
}

@test "noise: stopped by a signal it leaves nothing" {
	start stopped noise --only chase/page=4k/layout=distinct/footprint=64p --rounds 10000 --output kept.json
	await 60 compgen -G 'results/noise-0-*/log.txt' >/dev/null
	end_run INT
	[ "$STATUS" -eq 130 ]
	grep -qx "tlbscope: interrupted after 0 of 10 runs; nothing is kept" stopped.err
	[ ! -e kept.json ]
	[ -z "$(ls results)" ]
}

@test "noise: of given runs, kept with each one's samples apart; compare takes it from beside the runs" {
	local i
	mkdir -p m
	for i in 0 1 2 3 4 5; do
		mkdir "m/r$i"
		make "m/r$i/result.json" "$A 1.0$i"
	done
	scope noise m/r? --output m/noise.json
	expect 0
	[[ $output == *"of 6 runs lie apart"*madvise* ]]
	jq -e '.cells[0].metrics.ns | (.samples | length == 60) and (.runs | unique == [0, 1, 2, 3, 4, 5])' m/noise.json
	mkdir m/old m/new
	make m/old/result.json "$A 1"
	make m/new/result.json "$A 1.07"
	scope compare m/old m/new --format json
	[ "$(jq -r '.tests[0].noise_source' <<<"$output")" = measured ]
	[ "$(jq '.tests[0].noise > 0.05' <<<"$output")" = true ]
	scope noise m/r0 m/r1
	refused "noise takes 3 runs at least"
}

@test "noise: where nothing of a benchmark is compared, that is said" {
	local i
	for i in 0 1 2; do
		mkdir "r$i"
		make "r$i/result.json" "$A 1.0$i" "null/resp=0 1"
		jq '(.cells[] | select(.bench == "null") | .metrics.ns.primary) = false' "r$i/result.json" >edited
		mv edited "r$i/result.json"
	done
	scope noise r? --output noise.json
	expect 0
	grep -qx '  madvise  *1  .*' <<<"$output"
	grep -qx '  null         has no metric that is compared' <<<"$output"
}

@test "noise: an --output that is there is kept, unless --replace; the machine's own store is renewed" {
	local i before
	for i in 0 1 2; do make "r$i" "$A 1.0$i"; done
	scope noise r? --output n.json
	expect 0
	before=$(cksum <n.json)
	scope noise r2 r1 r0 --output n.json
	refused "n.json is there already" "--output" "--replace"
	# Before anything is measured, and whatever it is.
	scope noise --output n.json
	refused "n.json is there already"
	echo notes >text
	scope noise --output text --only null
	refused "text is there already, and cannot be read as a result" "--replace"
	mkdir dir
	scope noise r? --output dir --replace
	refused "dir is a directory"
	[ "$(cksum <n.json)" = "$before" ]
	[ "$(cat text)" = notes ]
	scope noise r2 r1 r0 --output n.json --replace
	expect 0
	[ "$(cksum <n.json)" != "$before" ]
	scope noise r?
	expect 0
	before=$(cksum <results/m/noise.json)
	scope noise r2 r1 r0
	expect 0
	[ "$(cksum <results/m/noise.json)" != "$before" ]
}

@test "bisect: like the good one 0, like the bad one 1, in between 125, no difference 255" {
	make good "$A 1"
	make bad "$A 1.2"
	make same "$A 1"
	scope bisect --good good --bad bad -- ./fake 1 x
	expect 0
	[ "$(wc -l <calls)" -eq 3 ]
	grep -q -- "--only $A" calls
	scope bisect --good good --bad bad -- ./fake 1.2 x
	expect 1
	[[ ${lines[-1]} == bad ]]
	rm calls
	scope bisect --good good --bad bad --runs 4 -- ./fake 1.095 x
	expect 125
	[ "$(wc -l <calls)" -eq 4 ]
	scope bisect --good good --bad bad --runs 3 -- ./fake 2 x
	expect 125
	[[ $output == *": neither"* ]]
	scope bisect --good good --bad same -- ./fake 1 x
	expect 255 "no sure difference"
	make elsewhere "$A/mapping=file 1"
	scope bisect --good good --bad elsewhere -- ./fake 1 x
	expect 255 "no cell is ok in both results"
	scope bisect --good good -- ./fake 1 x
	refused "needs a good and a bad"
	scope bisect --good good --bad bad -- false
	expect 255 "ended with code 1"
}

@test "bisect: runs that were measured otherwise do not count, and another CPU is an error" {
	make good "$A 1"
	make bad "$A 1.2"
	# A core that another thread had a part of: it does fewer adds in a cycle than it could.
	cat >disturbed <<-'END'
		#!/usr/bin/env bash
		set -eu
		./fake "$@"
		while [ "$1" != --output ]; do shift; done
		jq "$CHANGE" "$2/result.json" >changed
		mv changed "$2/result.json"
	END
	chmod +x disturbed
	width() { # adds a cycle
		echo '.clock = {source: "tsc", width: 4} |
			.cells[0].metrics |= (.width = .ns | .width.unit = "adds/cycle" | .width.better = "neither" | .width.primary = false |
			.width.samples |= map('"$1"') | .width.est = '"$1"' | .width.lo = '"$1"' | .width.hi = '"$1"')'
	}
	for side in good bad; do
		jq "$(width 4)" $side >changed
		mv changed $side
	done
	CHANGE=$(width 4) scope bisect --good good --bad bad -- ./disturbed 1.2 x
	expect 1
	CHANGE=$(width 2.5) scope bisect --good good --bad bad --runs 3 -- ./disturbed 1.2 x
	expect 125
	[[ $output == *"does not count: another thread had a part of the core"* ]]
	CHANGE='.cells[0].revision = 2' scope bisect --good good --bad bad --runs 3 -- ./disturbed 1.2 x
	expect 125
	[[ $output == *"does not count: the benchmark is of another revision"* ]]
	CHANGE='.machine.cpu = "another"' scope bisect --good good --bad bad -- ./disturbed 1.2 x
	expect 255 "the CPU differs"
	CHANGE='.machine.cpu = "another"' scope bisect --force --good good --bad bad -- ./disturbed 1.2 x
	expect 1
}

@test "git bisect run finds the commit, over one that cannot be tried" {
	need git
	local i factor
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x
	make good "$A 1"
	make bad "$A 1.2"
	git init -q kernel
	cd kernel
	for i in 1 2 3 4 5 6 7 8; do
		factor=1
		[ "$i" -lt 6 ] || factor=1.2
		[ "$i" -ne 5 ] || factor=broken
		echo "$factor" >factor
		echo "$i" >version
		git add .
		git commit -qm "commit $i"
	done
	cat >../test.sh <<-'END'
		#!/bin/sh
		factor=$(cat factor)
		[ "$factor" != broken ] || exit 125
		exec "$TLBSCOPE" bisect --good ../good --bad ../bad -- ../fake "$factor" x
	END
	chmod +x ../test.sh
	export TLBSCOPE
	git bisect start HEAD HEAD~7
	run git bisect run ../test.sh
	[[ $output == *"commit 5"* || $output == *"commit 6"* ]]
	[[ $output == *"There are only 'skip'ped commits left"* || $output == *"is the first bad commit"* ]]
}

@test "ab measures for real: three one-round runs a side of the empty benchmark, under one turn" {
	scope ab --rounds 4 --only null/resp=0 --output out -- -- --
	[[ $status -eq 255 ]]
	scope ab --rounds 4 --only null/resp=0 --output own -- --
	expect 125
	[[ ${lines[0]} == "old  A: tlbscope  20"*" rounds" ]]
	[[ ${lines[1]} == "new  B: tlbscope  20"*" rounds" ]]
	scope ab --rounds 4 --only null/resp=0 --output out -- env X=1 "$TLBSCOPE" -- "$TLBSCOPE"
	[ "$status" -ne 255 ]
	jq -e '.cells[] | select(.key == "null/resp=0") | .visits + (.failed_visits // 0) == 4' out/B.json
}
