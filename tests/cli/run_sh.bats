#!/usr/bin/env bats
# run.sh from outside: what it finds missing, how it installs, what it passes on.

bats_require_minimum_version 1.5.0

setup() {
	SOURCE=${SOURCE:-$BATS_TEST_DIRNAME/../..}
	load helpers/machine.bash
	machine_new
}

line() { # number, text: the line of stderr holds it
	[[ ${stderr_lines[$1]} == *"$2"* ]] || { printf 'line %s of:\n%s\n' "$1" "$stderr"; return 1; }
}

said() { # text
	[[ $stderr == *"$1"* ]] || { printf 'not said: %s\nbut:\n%s\n' "$1" "$stderr"; return 1; }
}

not_called() { # name
	! grep "^$1 " "$CALLS"
}

@test "arguments reach the binary as they are, and its exit code comes back" {
	stub_tools
	run_sh list --only 'chase page=4k' '' 'a*b' --no-install
	[ "$status" -eq 7 ]
	[ "$output" = "[list][--only][chase page=4k][][a*b][--no-install]" ]
}

@test "no argument means the quick profile" {
	stub_tools cc cmake ninja pkg-config gnuplot
	run_sh
	[ "$output" = "[run][--profile][quick]" ]
	stub_tools gnuplot
	run_sh --version
	[ "$output" = "[--version]" ]
}

@test "a subcommand's --help is the binary's, run.sh's own comes alone" {
	stub_tools
	run_sh show --help
	[ "$output" = "[show][--help]" ]
	run_sh --help
	[ "$status" -eq 0 ]
	[[ $output == *--no-install* ]]
}

@test "a second call builds without configuring again" {
	stub_tools
	run_sh list
	said "building in $OUT/release"
	run_sh list
	[ -z "$stderr" ]
	[ "$(grep -c '^cmake -S' "$CALLS")" -eq 1 ]
	[ "$(grep -c '^cmake --build' "$CALLS")" -eq 2 ]
}

@test "what is missing is listed before anything is installed" {
	stub_manager apt-get
	run_sh list
	[ "$status" -eq 7 ]
	[ "$output" = "[list]" ]
	line 0 "missing: compiler cmake ninja pkg-config hwloc libpfm4 jansson"
	line 1 "packages: gcc libc6-dev cmake ninja-build pkg-config libhwloc-dev libpfm4-dev libjansson-dev"
	line 2 "installing"
	grep -q '^apt-get install -y --no-install-recommends gcc .* libjansson-dev$' "$CALLS"
	not_called "apt-get update"
}

@test "only what is missing is installed" {
	stub_tools cc ninja pkg-config
	stub_manager apt-get
	run_sh list
	[ "$status" -eq 7 ]
	grep -qx 'apt-get install -y --no-install-recommends cmake' "$CALLS"
}

@test "make will do where there is no ninja" {
	stub_tools cc cmake make pkg-config
	run_sh list
	[ "$status" -eq 7 ]
	not_called 'cmake.* -G'
}

@test "apt's lists are refreshed when an install fails" {
	stub_manager apt-get
	sed -i "2a [ -e \"$BATS_TEST_TMPDIR/fresh\" ] || { [ \"\$1\" != update ] && exit 100; : >\"$BATS_TEST_TMPDIR/fresh\"; }" \
		"$BIN/apt-get"
	run_sh list
	[ "$status" -eq 7 ]
	[ "$(sed -n 's/^apt-get \([a-z]*\).*/\1/p' "$CALLS" | tr '\n' ' ')" = "install update install " ]
}

@test "an install that fails ends with 255, the log's end and the command" {
	stub apt-get 'echo "E: no network"; exit 100'
	run_sh list
	[ "$status" -eq 255 ]
	[ -z "$output" ]
	said "E: no network"
	said "to install: apt-get update && apt-get install -y"
	said "cannot go on without: compiler"
}

@test "an install that installs nothing is noticed" {
	stub apt-get 'exit 0'
	run_sh list
	[ "$status" -eq 255 ]
	said "cannot go on without: compiler"
}

@test "--no-install: the exact command of each package manager" {
	local manager command
	while read -r manager command; do
		rm -f "$BIN"/{apt-get,dnf,zypper,pacman}
		stub "$manager" 'exit 0'
		run_sh --no-install list
		[ "$status" -eq 255 ]
		[ -z "$output" ]
		said "to install: $command"
		not_called "$manager"
	done <<-END
	apt-get apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev cmake ninja-build pkg-config libhwloc-dev libpfm4-dev libjansson-dev
	dnf dnf install -y gcc cmake ninja-build pkgconf-pkg-config hwloc-devel libpfm-devel jansson-devel
	zypper zypper --non-interactive install gcc cmake ninja pkg-config hwloc-devel libpfm-devel libjansson-devel
	pacman pacman -Sy && pacman -S --needed --noconfirm gcc cmake ninja pkgconf hwloc libpfm jansson
	END
}

@test "each package manager is called by its own rules" {
	local manager words
	while read -r manager words; do
		machine_reset
		stub_manager "$manager"
		run_sh list
		[ "$status" -eq 7 ]
		grep -q "^$words" "$CALLS"
	done <<-END
	dnf dnf install -y gcc cmake
	zypper zypper --non-interactive install gcc cmake
	pacman pacman -S --needed --noconfirm gcc cmake
	END
}

@test "on a terminal it asks first, and no means no; --yes does not ask" {
	command -v script >/dev/null || skip "no script(1) to make a terminal with"
	stub_tools cc ninja pkg-config
	stub_manager apt-get
	local env=(env -i "PATH=$BIN" "CALLS=$CALLS" "BIN=$BIN")
	run script -qec "${env[*]} '$SOURCE/run.sh' --build-dir '$OUT' list" /dev/null <<<n
	[[ $output == *"install them? [Y/n]"*"to install: apt-get update && apt-get install"*cmake* ]]
	[ "$status" -eq 255 ]
	not_called apt-get
	run script -qec "${env[*]} '$SOURCE/run.sh' --yes --build-dir '$OUT' list" /dev/null <<<n
	[[ $output != *"[Y/n]"* ]]
	[ "$status" -eq 7 ]
	rm "$BIN/cmake"
	run script -qec "${env[*]} '$SOURCE/run.sh' --build-dir '$OUT' list" /dev/null <<<""
	[[ $output == *"[Y/n]"*"[list]"* ]]
	[ "$status" -eq 7 ]
}

@test "an unknown package manager: what to install by hand, and 255" {
	run_sh list
	[ "$status" -eq 255 ]
	said "missing: compiler"
	said "install these by hand"
}

@test "an ordinary user without sudo gets the command to type" {
	stub id 'echo 1000'
	stub apt-get 'exit 0'
	run_sh list
	[ "$status" -eq 255 ]
	said "to install: sudo apt-get update && sudo apt-get install -y"
	not_called apt-get
}

@test "an ordinary user's sudo is used" {
	stub id 'echo 1000'
	stub sudo '"$@"'
	stub_manager apt-get
	run_sh list
	[ "$status" -eq 7 ]
	grep -q '^sudo env DEBIAN_FRONTEND=noninteractive apt-get install' "$CALLS"
}

@test "an ordinary user needs no root where nothing is missing" {
	stub id 'echo 1000'
	stub_tools
	run_sh list
	[ "$status" -eq 7 ]
}

@test "without gnuplot a run goes on, and other subcommands do not miss it" {
	stub_tools
	stub apt-get 'exit 100'
	run_sh --no-install run --only null
	[ "$status" -eq 7 ]
	[ "$output" = "[run][--only][null]" ]
	said "to install: apt-get update && apt-get install -y --no-install-recommends gnuplot-nox"
	said "going on without: gnuplot"
	run_sh --no-install list
	[ -z "$stderr" ]
}

@test "test asks for what tests need, once each" {
	stub_tools
	stub pkg-config '[ "$2" != cmocka ]'
	stub apt-get 'exit 0'
	run_sh --no-install test --all
	[ "$status" -eq 255 ]
	said "packages: gnuplot-nox bats libcmocka-dev jq clang"
	run_sh --no-install test
	said "packages: gnuplot-nox bats libcmocka-dev jq"
	run_sh test --most
	[ "$status" -eq 255 ]
	said "only --all is known"
}

@test "test runs the unit tests of every build, and all tests last" {
	stub_tools
	stub_tools gnuplot bats jq gcc clang
	stub ctest 'echo "in ${PWD##*/}"'
	mkdir -p "$OUT"/{asan,clang,test}
	run_sh test
	[ "$status" -eq 0 ]
	[ "${lines[*]}" = "in asan in clang in test" ]
	grep -q '^cmake -S .*/asan .*-DTLBSCOPE_SANITIZE=ON -DCMAKE_C_COMPILER=gcc' "$CALLS"
	[ "$(grep -c '^ctest .*--label-regex unit' "$CALLS")" -eq 2 ]
	stub ctest '[ "${PWD##*/}" != clang ] || exit 8'
	run_sh test
	[ "$status" -eq 8 ]
}

@test "a build that fails shows the end of its log, names it, and ends with 255" {
	stub_tools
	stub cmake 'echo "error: expected ;"; exit 1'
	run_sh list
	[ "$status" -eq 255 ]
	[ -z "$output" ]
	said "error: expected ;"
	said "(log: $OUT/release.log)"
}

@test "from another directory, by a symlink, in a tree with spaces" {
	local tree="$BATS_TEST_TMPDIR/my tree"
	stub_tools
	mkdir -p "$tree" "$BATS_TEST_TMPDIR/elsewhere"
	cp "$SOURCE/run.sh" "$tree/"
	ln -s "../my tree/run.sh" "$BATS_TEST_TMPDIR/elsewhere/scope"
	cd "$BATS_TEST_TMPDIR/elsewhere"
	run --separate-stderr env -i PATH="$BIN" CALLS="$CALLS" ./scope list
	[ "$status" -eq 7 ]
	[ "$output" = "[list]" ]
	[ -x "$tree/build/release/tlbscope" ]
	run --separate-stderr env -i PATH="$BIN" CALLS="$CALLS" ./scope --build-dir 'here too' list
	[ -x "$BATS_TEST_TMPDIR/elsewhere/here too/release/tlbscope" ]
}

@test "clean removes what was built and nothing else" {
	stub_tools
	run_sh list
	: >"$OUT/mine"
	run_sh clean
	[ "$status" -eq 0 ]
	[ "$(ls -A "$OUT")" = mine ]
	rm "$OUT/mine"
	run_sh clean
	[ ! -e "$OUT" ]
}

@test "two at once build one after the other" {
	stub_tools
	mkdir -p "$OUT"
	flock "$OUT/.lock" sleep 1 &
	sleep 0.3
	run_sh list
	[ "$status" -eq 7 ]
	said "waiting for another run.sh"
	wait
}

@test "bad options are refused with their names" {
	run_sh --no-instal list
	[ "$status" -eq 255 ]
	said "--no-instal: unknown option"
	run_sh --build-dir
	[ "$status" -eq 255 ]
	said "--build-dir needs a directory"
}

@test "a build directory that cannot be written" {
	stub_tools
	: >"$BATS_TEST_TMPDIR/file"
	OUT=$BATS_TEST_TMPDIR/file/build
	run_sh list
	[ "$status" -eq 255 ]
	said "cannot write in $OUT"
	said "--build-dir DIR"
}

@test "QEMU is asked for by vm, and by nothing else" {
	stub_tools cc cmake ninja pkg-config gnuplot
	run_sh list
	not_called qemu-system-x86_64
	[[ $stderr != *qemu* ]]
	run_sh --no-install vm -- list
	[ "$status" -eq 255 ]
	said "cannot go on without: qemu"
	stub qemu-system-x86_64 'exit 0'
	run_sh --no-install vm -- list
	[ "$output" = "[vm][--][list]" ]
}
