#!/usr/bin/env bats
# What README, CONTRIBUTING and docs/ promise: examples run, options exist, links lead somewhere, an added file is enough.
#
# Markers before a fenced block: <!-- run [OPTION...] --> is executed, the options added to each `run`;
# <!-- file: PATH --> is put into a copy of the tree, and that copy is built.

bats_require_minimum_version 1.5.0

setup_file() {
	SOURCE=${SOURCE:-$(readlink -f "$BATS_TEST_DIRNAME/../..")}
	COPY=$BATS_FILE_TMPDIR/copy
	WORK=$BATS_FILE_TMPDIR/work
	export SOURCE COPY WORK TLBSCOPE_JOURNAL=$BATS_FILE_TMPDIR/journal
	mkdir -p "$COPY" "$WORK"
	(cd "$WORK" && "$TLBSCOPE" run --only null --rounds 1 >/dev/null 2>&1)
}

pages() { # markdown that may hold examples
	(cd "$SOURCE" && printf '%s\n' README.md CONTRIBUTING.md docs/*.md)
}

# Calls a function for each block of a page whose marker starts with a word. No subshell, so a failure is seen.
blocks() { # file, word, function called with marker's rest and the block's text
	local line rest="" text="" state=out language=""
	while IFS= read -r line; do
		case $state in
		out) [[ $line != "<!-- $2"* ]] || { rest=${line#"<!-- $2"}; rest=${rest%-->}; state=marked; } ;;
		marked)
			case $line in
			'```'*) state=in text="" language=${line#'```'} ;;
			*) state=out ;;
			esac
			;;
		in)
			if [ "$line" = '```' ]; then
				state=out
				"$3" "$rest" "$text" || return
			else
				text+=$line$'\n'
			fi
			;;
		esac
	done <"$SOURCE/$1"
}

wrapper() { # name: tlbscope with the marker's options after `run`
	cat >"$WORK/$1" <<-'EOF'
	#!/bin/bash
	[ $# -gt 0 ] || set -- run --profile quick
	if [ "$1" = run ]; then set -- run $EXTRA "${@:2}"; fi
	# Drawings want cells that are ok, and which of a run just made are is not for a test to say.
	[ "$1" != figures ] || [ -z "${DRAWABLE:-}" ] || touch "$DRAWABLE"
	exec "$BINARY" "$@"
	EOF
	chmod +x "$WORK/$1"
}

execute() { # marker's options, text
	local line count=0
	wrapper run.sh
	wrapper tlbscope
	while IFS= read -r line; do
		[[ $line == '$ '* || $language != console ]] || continue # what a command printed
		line=${line#'$ '}
		[ -n "${line%%#*}" ] || continue
		(cd "$WORK" && EXTRA=$1 BINARY=$BINARY PATH=$WORK:$PATH bash -c "$line" >out 2>&1 </dev/null) ||
			{ printf 'failed: %s\n' "$line"; cat "$WORK/out"; return 1; }
		count=$((count + 1))
	done <<<"$2"
	ran=$((ran + count))
}

help_of() { # command: its options, one to a line
	"$TLBSCOPE" "$1" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

commands() { "$TLBSCOPE" --help | awk '/^  [a-z]/ { print $1 }'; }

place() { # marker's path, text
	local path=${1// /}
	mkdir -p "$COPY/$(dirname "$path")"
	printf '%s' "$2" >"$COPY/$path"
	placed=$((placed + 1))
}

@test "examples that are marked run, and exit with 0" {
	local page ran=0 BINARY=$TLBSCOPE reference
	local -x DRAWABLE=$WORK/results/reference/run/result.json
	reference=$(find "$SOURCE/results/reference" -name result.json | LC_ALL=C sort | head -n 1)
	install -D -m 644 "$reference" "$DRAWABLE"
	while read -r page; do
		[ "$page" != CONTRIBUTING.md ] || continue # wants the copy that is built below
		blocks "$page" "run" execute || { echo "in $page"; false; }
	done < <(pages)
	echo "ran $ran"
	[ "$ran" -ge 8 ]
}

@test "a benchmark, events and a figure are one file each: those of the documents build and run in a copy" {
	local page placed=0 ran=0 BINARY=$COPY/build/tlbscope
	command -v cmake >/dev/null || skip "no cmake"
	cp -r "$SOURCE"/{CMakeLists.txt,cmake,bench,harness,include,plots} "$COPY/"
	while read -r page; do
		blocks "$page" "file:" place
	done < <(pages)
	[ "$placed" -ge 2 ]
	# The example of docs/counters.md is a whole file as well.
	awk '/^## Adding a CPU/ { here = 1 } here && /^```c/ { in_block = 1; next } /^```/ { in_block = 0 } in_block' \
		"$SOURCE/docs/counters.md" >"$COPY/harness/events/NAME.c"
	grep -q events_NAME "$COPY/harness/events/NAME.c"
	mkdir -p "$COPY/docs"
	cp -r "$SOURCE"/docs/{tlbscope.1,completions} "$COPY/docs/"
	! command -v ninja >/dev/null || local -x CMAKE_GENERATOR=Ninja
	cmake -S "$COPY" -B "$COPY/build" -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="-O0 -Werror=implicit" \
		-DTLBSCOPE_TESTS=OFF >/dev/null
	cmake --build "$COPY/build" --parallel 2 >"$BATS_TEST_TMPDIR/log" 2>&1 || { tail -n 30 "$BATS_TEST_TMPDIR/log"; false; }
	run -0 "$BINARY" list
	[[ $output == *inorder* ]]
	blocks CONTRIBUTING.md "run" execute
	[ "$ran" -ge 3 ]
	run -0 bash -c "cat '$WORK'/results/*/*/figures/fig_20_inorder.dat"
	[[ $output == *inorder/page=4k* ]]
}

@test "the example benchmark's cell has outcome and proofs like any other" {
	command -v jq >/dev/null || skip "no jq"
	[ -x "$COPY/build/tlbscope" ] || skip "not built"
	# A visit during which the core's clock moved proves nothing more: of five, one counts.
	run -0 bash -c "cd '$WORK' && '$COPY/build/tlbscope' run --only inorder/footprint=16p --rounds 5 --output one >/dev/null 2>&1 &&
		jq -r '.cells[] | select(.bench == \"inorder\") | .outcome, (.proof[]? | .what)' one/result.json"
	echo "$output"
	[[ $output == *page-size* && $output == *pinned* && $output == *faults* ]]
}

@test "options that the documents name are options of that command" {
	local page command option known all
	all=$(for command in $(commands); do help_of "$command"; done; printf '%s\n' --help --version --usage \
		--yes --no-install --build-dir --all --install)
	while read -r page; do
		# A command line, in a block or between backquotes: up to its end, a comment, or the closing quote.
		while read -r command option; do
			known=$(help_of "$command")
			grep -qxF -- "$option" <<<"$known" || { echo "$page: tlbscope $command has no $option"; false; }
		done < <(grep -oE '(tlbscope|\./run\.sh) (run|show|figures|report|list|doctor|restore|geometry) [^#`|]*' "$SOURCE/$page" |
			awk '{ for (i = 3; i <= NF; i++) if ($i ~ /^--[a-z]/) { sub(/[^a-z-].*/, "", $i); print $2, $i } }' | sort -u)
		# An option by itself between backquotes.
		case $page in docs/counters.md) continue ;; esac
		while read -r option; do
			grep -qxF -- "$option" <<<"$all" || { echo "$page: nothing has $option"; false; }
		done < <(grep -oE '`--[a-z][a-z-]*' "$SOURCE/$page" | tr -d '`' | sort -u)
	done < <(pages)
}

@test "the man page has every command and option, and no other" {
	local man=$SOURCE/docs/tlbscope.1 command option known=""
	for command in $(commands); do
		grep -q "^\.Cm $command\|^\.It Cm $command" "$man" || { echo "no command $command"; false; }
		for option in $(help_of "$command"); do
			grep -qE -- "Fl (. , )?-${option#--}( |\$)" "$man" || { echo "no $option of $command"; false; }
			known+="$option "
		done
	done
	for option in $(grep -oE -- 'Fl (. , )?-[a-z][a-z-]*' "$man" | sed 's/.* -/--/' | sort -u); do
		[[ " $known --version " == *" $option "* ]] || { echo "$option is of no command"; false; }
	done
}

@test "the man page names every variable of the environment that the program reads" {
	local name
	for name in $(grep -rhoE 'getenv\("[A-Z_]+"\)' "$SOURCE/harness" | grep -oE '[A-Z_]{3,}' | sort -u); do
		[ "$name" != TERM ] || continue
		grep -q "Ev.* *$name" "$SOURCE/docs/tlbscope.1" || { echo "$name"; false; }
	done
}

@test "the man page is clean mdoc" {
	if command -v mandoc >/dev/null; then
		run bash -c "mandoc -T lint '$SOURCE/docs/tlbscope.1' 2>/dev/null | grep -v 'mandoc.db'"
		[ -z "$output" ]
	elif command -v man >/dev/null; then
		run -0 man -l --warnings "$SOURCE/docs/tlbscope.1"
		[[ $output == *"EXIT STATUS"* ]]
	else
		skip "neither mandoc nor man"
	fi
}

@test "the synopsis of the man page has every command, every option of run, and whole quotes" {
	local name synopsis
	synopsis=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$SOURCE/docs/tlbscope.1")
	for name in $(commands); do
		grep -qx "\.Cm $name" <<<"$synopsis" || { echo "$name"; false; }
	done
	for name in $(help_of run | grep -vx -e --help -e --usage); do
		sed -n '/^\.Cm run/,/^\.Cm list/p' <<<"$synopsis" | grep -q -- "Fl $(cut -c2- <<<"$name")\b" || { echo "run $name"; false; }
	done
	command -v nroff >/dev/null || skip "no nroff"
	# A comma belongs between two quoted words, not into one of them.
	[ -z "$(LC_ALL=C.UTF-8 nroff -mdoc -Tutf8 "$SOURCE/docs/tlbscope.1" | LC_ALL=C.UTF-8 grep "‘[^’]*‘")" ]
}

@test "completions offer every command and option, and no other" {
	local bash=$SOURCE/docs/completions/tlbscope.bash zsh=$SOURCE/docs/completions/_tlbscope command option
	bash -n "$bash"
	! command -v zsh >/dev/null || zsh -n "$zsh"
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	ln -s "$TLBSCOPE" "$BATS_TEST_TMPDIR/bin/tlbscope"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	source "$bash"
	offered() { COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _tlbscope; printf '%s\n' "${COMPREPLY[@]}" | sort; }
	diff <(offered tlbscope "" | grep -v '^--') <(commands | sort)
	for command in $(commands); do
		diff <(offered tlbscope "$command" --) <(help_of "$command") || { echo "$command"; false; }
		grep -q "'$command:" "$zsh"
		for option in $(help_of "$command"); do
			grep -q -- "$option" "$zsh" || { echo "zsh: $option"; false; }
		done
	done
	offered tlbscope list "" | grep -qx null
	# After its separator vm takes a command, with that one's options.
	diff <(offered tlbscope vm --mem 1G -- "" | grep -v '^--') <(commands | sort)
	diff <(offered tlbscope vm -- run --) <(help_of run)
	diff <(offered tlbscope vm --) <(help_of vm)
	offered tlbscope vm -- run --only "" | grep -qx null
}

@test "links to files in the tree lead to files, and anchors to headings" {
	local page link path anchor
	while read -r page; do
		while read -r link; do
			case $link in http* | mailto:*) continue ;; esac
			path=${link%%#*}
			# Drawn from a real run once the tree is whole.
			[ "${path##*/}" != fig_1_cliff.svg ] || [ -e "$SOURCE/docs/img" ] || continue
			path=${path:+$(dirname "$page")/$path}
			path=${path:-$page}
			[ -e "$SOURCE/$path" ] || { echo "$page: no $path"; false; }
			[[ $link == *'#'* ]] || continue
			anchor=${link#*#}
			sed -n 's/^#\{1,4\} //p' "$SOURCE/$path" | tr '[:upper:]' '[:lower:]' | tr -cd 'a-z0-9 _\n-' | tr ' ' - |
				grep -qxF -- "$anchor" || { echo "$page: no heading $link"; false; }
		done < <(sed '/^```/,/^```/d' "$SOURCE/$page" | grep -oE '\]\([^) ]+\)' | sed 's/^](//; s/)$//')
	done < <(pages)
}

@test "every benchmark has its section, with what it isolates and cannot tell" {
	local name section
	while read -r name _; do
		section=$(awk -v name="$name" '/^##+ / { here = ($2 == name && NF == 2) } here' "$SOURCE/docs/benchmarks.md")
		[[ $section == *'**Isolates**'* && $section == *'**Cannot tell**'* ]] || { echo "$name"; false; }
	done < <("$TLBSCOPE" list)
}

@test "the README's first screen has both commands and a figure" {
	run head -n 60 "$SOURCE/README.md"
	[[ $output == *"./run.sh "* && $output == *"./run.sh test"* && $output == *".svg)"* ]]
}

@test "licence, changelog and version agree" {
	local version
	version=$("$TLBSCOPE" --version | awk '{ print $2 }')
	grep -q "^## $version" "$SOURCE/CHANGELOG.md"
	grep -q '^MIT License' "$SOURCE/LICENSE"
}
