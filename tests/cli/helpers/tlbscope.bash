# The built binary, each test in a directory of its own, without what the caller's environment would change.

scope_setup() {
	SOURCE=${SOURCE:-$BATS_TEST_DIRNAME/../..}
	[ -x "${TLBSCOPE:-}" ] || { echo "set TLBSCOPE to the built binary" >&2; return 1; }
	FIXTURE=$SOURCE/tests/fixtures/result/v1.0.json
	unset HWLOC_SYNTHETIC HWLOC_XMLFILE TLBSCOPE_SYSROOT TLBSCOPE_DATA NO_COLOR CLICOLOR_FORCE ARGP_HELP_FMT
	export LC_ALL=C TERM=dumb TLBSCOPE_JOURNAL=$BATS_TEST_TMPDIR/journal
	cd "$BATS_TEST_TMPDIR"
}

not() { # bats ignores `!` before a command
	if "$@"; then return 1; fi
}

# On a machine that others measure on, these lines may come first; they are not what a test is about.
unshared() {
	stderr=$(grep -v -e 'another run is measuring' -e '^process [0-9]* still runs' <<<"$stderr" || true)
	mapfile -t stderr_lines <<<"$stderr"
}

scope() { # arguments: status, output and stderr
	run --separate-stderr "$TLBSCOPE" "$@"
	unshared
}

# The machine of all plans in the tests: 2 packages of 2 caches of 2 cores of 2 threads.
scope_described() {
	HWLOC_SYNTHETIC=${DESCRIBED:-pack:2 l3:2 core:2 pu:2} run --separate-stderr "$TLBSCOPE" "$@"
	unshared
}

expect() { # status, then words that stderr holds
	local code=$1 words
	shift
	[ "$status" -eq "$code" ] || { printf 'exit code %s, not %s:\n%s\n%s\n' "$status" "$code" "$output" "$stderr"; return 1; }
	for words; do
		[[ $stderr == *"$words"* ]] || { printf 'not said: %s\nbut:\n%s\n' "$words" "$stderr"; return 1; }
	done
}

refused() { # words: exit code 255, nothing on stdout, one line on stderr that holds them all
	expect 255 "$@" || return 1
	[ -z "$output" ] || { printf 'on stdout:\n%s\n' "$output"; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] || { printf 'not one line:\n%s\n' "$stderr"; return 1; }
}

result() { # jq filter, result: its value, or a failure when that is false or null
	jq -e "$1" "$2/result.json" >"$BATS_TEST_TMPDIR/jq" || { echo "not so: $1"; jq -c .run "$2/result.json"; return 1; }
	cat "$BATS_TEST_TMPDIR/jq"
}

no_temporary_files() { # directory
	[ -z "$(find "$1" -name '*.tmp*')" ]
}

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
}

need() { # programs
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "no $tool"
		# In a plain chroot there is the program but no mount namespace to be had.
		[ "$tool" != unshare ] || unshare -m true 2>/dev/null || skip "no mount namespaces"
	done
}

# A copy of the program and a place to write, both open to any user; as_user runs there as nobody of importance.
open_place() {
	need_root
	need setpriv cmake
	OPEN=$(mktemp -d /tmp/tlbscope-test.XXXXXX)
	chmod 777 "$OPEN"
	cmake --install "$BUILD" --prefix "$OPEN/usr" >/dev/null
	cd "$OPEN"
}

close_place() {
	cd /
	[ -z "${OPEN:-}" ] || rm -rf "$OPEN"
}

as_user() { # arguments of tlbscope
	TLBSCOPE_JOURNAL=$OPEN/journal run --separate-stderr \
		setpriv --reuid 65534 --regid 65534 --clear-groups "$OPEN/usr/bin/tlbscope" "$@"
	unshared
}

await() { # seconds, command: until it succeeds
	local i
	for ((i = $1 * 50, ++i; i > 0; i--)); do
		"${@:2}" && return
		sleep 0.02
	done
	echo "never: ${*:2}"
	return 1
}

# In the background, in a process group of its own, as an interactive shell does it: elsewhere `&` ignores SIGINT. Sets PID.
start() { # name of the output files, arguments of tlbscope
	set -m
	"$TLBSCOPE" "${@:2}" >"$1.out" 2>"$1.err" 3>&- &
	PID=$!
	set +m
}

# A run that goes on until it is stopped: its first samples are there when this returns.
LONG=(--only chase/page=4k/layout=distinct/footprint=64p --rounds 10000 --budget 120)
begin_run() { # directory, more arguments
	start "$1" run "${LONG[@]}" --output "$@"
	await 60 grep -q '^round 2 of' "$1.err"
}

end_run() { # signal: sets STATUS
	kill -s "$1" "$PID"
	STATUS=0
	wait "$PID" 2>/dev/null || STATUS=$?
	PID=
}
