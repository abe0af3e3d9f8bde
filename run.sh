#!/usr/bin/env bash
# Installs what is missing, builds tlbscope and runs it. ./run.sh help says how.
set -euo pipefail
unset CDPATH

ROOT=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd -P)
BUILD=$ROOT/build
YES=no
INSTALL=yes

usage() {
	cat <<-'EOF'
	./run.sh [OPTIONS]                 measure this machine: tlbscope run --profile quick
	./run.sh [OPTIONS] SUBCOMMAND ...  any subcommand of tlbscope: ./run.sh list, ./run.sh run --help
	./run.sh [OPTIONS] vm -- ...       a subcommand in an emulated machine: ./run.sh vm --help
	./run.sh [OPTIONS] build           build only
	./run.sh [OPTIONS] test [--all]    build and pass every test; --all adds the long ones
	./run.sh [OPTIONS] clean           remove what was built

	  --yes            install what is missing without asking
	  --no-install     install nothing: stop and print the command
	  --build-dir DIR  build in DIR instead of build/
	EOF
}

say() { printf 'run.sh: %s\n' "$*" >&2; }
die() { say "$*"; exit 255; }
have() { command -v "$1" >/dev/null 2>&1; }

# What is needed, what it is called, and whether it is here.
BUILD_NEEDS="compiler cmake ninja pkg-config hwloc libpfm4 jansson"
# need        apt               dnf                    zypper            pacman
PACKAGES='
compiler      gcc,libc6-dev     gcc                    gcc               gcc
cmake         cmake             cmake                  cmake             cmake
ninja         ninja-build       ninja-build            ninja             ninja
pkg-config    pkg-config        pkgconf-pkg-config     pkg-config        pkgconf
hwloc         libhwloc-dev      hwloc-devel            hwloc-devel       hwloc
libpfm4       libpfm4-dev       libpfm-devel           libpfm-devel      libpfm
jansson       libjansson-dev    jansson-devel          libjansson-devel  jansson
gnuplot       gnuplot-nox       gnuplot                gnuplot           gnuplot
bats          bats              bats                   bats              bats
cmocka        libcmocka-dev     libcmocka-devel        libcmocka-devel   cmocka
sanitizers    gcc               libasan,libubsan       gcc               gcc-libs
jq            jq                jq                     jq                jq
clang         clang,libclang-rt-dev clang                  clang             clang
qemu          qemu-system-x86   qemu-system-x86-core   qemu-x86          qemu-system-x86
'
declare -A INSTALLER=(
	[apt]="apt-get install -y --no-install-recommends"
	[dnf]="dnf install -y"
	[zypper]="zypper --non-interactive install"
	[pacman]="pacman -S --needed --noconfirm"
)
declare -A REFRESHER=([apt]="apt-get update" [pacman]="pacman -Sy")

packages() { # manager, needs: each package once
	local need apt dnf zypper pacman name names=" "
	# shellcheck disable=SC2034 # the columns are read by name
	while read -r need apt dnf zypper pacman; do
		[[ -n $need && " ${*:2} " == *" $need "* ]] || continue
		for name in ${!1//,/ }; do
			[[ $names == *" $name "* ]] || names+="$name "
		done
	done <<<"$PACKAGES"
	read -r names <<<"$names" && printf '%s' "$names"
}

compiles() { # program, flags
	local cc=${CC:-cc}
	have "$cc" || cc=gcc
	have "$cc" || cc=clang
	"$cc" -x c - -o "$BUILD/.probe" "${@:2}" <<<"$1" >/dev/null 2>&1
}

present() { # need
	case $1 in
	compiler) compiles $'#include <stdio.h>\nint main(void) { return 0; }' ;;
	sanitizers) compiles 'int main(void) { return 0; }' -fsanitize=address,undefined ;;
	ninja) have ninja || have make ;;
	hwloc | jansson | cmocka) have pkg-config && pkg-config --exists "$1" ;;
	libpfm4) compiles $'#include <perfmon/pfmlib_perf_event.h>\nint main(void) { return 0; }' -lpfm ;;
	qemu) have qemu-system-x86_64 ;;
	*) have "$1" ;;
	esac
}

lacking() { # needs
	local need
	for need; do
		present "$need" || printf '%s ' "$need"
	done
}

manager() {
	local name
	for name in apt dnf zypper pacman; do
		have "${INSTALLER[$name]%% *}" && { printf '%s' "$name"; return; }
	done
	return 1
}

SUDO="sudo "
[ "$(id -u)" != 0 ] || SUDO=""

as_typed() { printf '%s' "${REFRESHER[$1]:+$SUDO${REFRESHER[$1]} && }$SUDO${INSTALLER[$1]} $2"; } # manager, packages
as_root() { $SUDO env DEBIAN_FRONTEND=noninteractive "$@" </dev/null >>"$BUILD/install.log" 2>&1; }

install() { # manager, packages; the manager's lists may be empty or old
	# shellcheck disable=SC2086 # lists of words
	as_root ${INSTALLER[$1]} $2 ||
		{ [ -n "${REFRESHER[$1]:-}" ] && as_root ${REFRESHER[$1]} && as_root ${INSTALLER[$1]} $2; }
}

agreed() {
	local answer
	[ "$INSTALL" = yes ] || return 1
	[ -z "$SUDO" ] || have sudo || { say "not root, and there is no sudo"; return 1; }
	[ "$YES" = no ] && [ -t 0 ] && [ -t 2 ] || return 0
	read -rp "run.sh: install them? [Y/n] " answer || return 1
	[[ -z $answer || $answer == [Yy]* ]]
}

try_install() { # needs
	local manager names
	say "missing: $*"
	manager=$(manager) || { say "no apt-get, dnf, zypper or pacman here: install these by hand"; return 0; }
	names=$(packages "$manager" "$@")
	say "packages: $names"
	if agreed; then
		say "installing (log: $BUILD/install.log)"
		: >"$BUILD/install.log"
		install "$manager" "$names" && return
		tail -n 20 "$BUILD/install.log" >&2
	fi
	say "to install: $(as_typed "$manager" "$names")"
}

# shellcheck disable=SC2086 # lists of words
ensure() { # needs, and wishes that one can do without
	local missing
	missing=$(lacking $1 $2)
	[ -n "$missing" ] || return 0
	try_install $missing
	missing=$(lacking $1)
	[ -z "$missing" ] || die "cannot go on without: $missing"
	missing=$(lacking $2)
	[ -z "$missing" ] || say "going on without: $missing"
}

can_write() { mkdir -p "$BUILD" 2>/dev/null && : 2>/dev/null >>"$BUILD/.lock"; }

lock() { # one at a time
	can_write || die "cannot write in $BUILD; choose another: ./run.sh --build-dir DIR"
	exec 9>>"$BUILD/.lock"
	have flock || return 0
	flock -n 9 || { say "waiting for another run.sh in $BUILD"; flock 9; }
}
unlock() { exec 9>&-; }
logged() { # log, command
	"${@:2}" >>"$1" 2>&1 9>&- && return
	tail -n 40 "$1" >&2
	die "failed: ${*:2} (log: $1)"
}

configured() { # directory
	grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$ROOT" "$1/CMakeCache.txt" &&
		{ [ -e "$1/build.ninja" ] || [ -e "$1/Makefile" ]; }
}

build() { # name, options of cmake
	local dir=$BUILD/$1 log=$BUILD/$1.log generator=()
	: >"$log"
	if ! configured "$dir"; then
		say "building in $dir"
		! have ninja || generator=(-G Ninja)
		rm -rf "$dir/CMakeCache.txt" "$dir/CMakeFiles"
		logged "$log" cmake -S "$ROOT" -B "$dir" "${generator[@]}" "${@:2}"
	fi
	logged "$log" cmake --build "$dir" --parallel "$(nproc)"
}

release() { # subcommand
	local needs=$BUILD_NEEDS wishes=""
	case $1 in run | figures | report | bundle | vm) wishes=gnuplot ;; esac
	[ "$1" != vm ] || needs+=" qemu"
	if [ -x "$BUILD/release/tlbscope" ] && ! can_write; then
		say "cannot write in $BUILD: running what was built there"
		return
	fi
	lock
	ensure "$needs" "$wishes"
	build release -DTLBSCOPE_TESTS=OFF
	[ -x "$BUILD/release/tlbscope" ] || die "no tlbscope was built in $BUILD/release"
	unlock
}

check() { # name, options of ctest
	(cd "$BUILD/$1" && ctest --output-on-failure --parallel "$(nproc)" "${@:2}")
	local skipped log=$BUILD/$1/Testing/Temporary/LastTest.log
	[ -f "$log" ] || return 0
	skipped=$(awk -f "$ROOT/tests/skips.awk" "$ROOT/tests/skips.txt" "$log")
	[ -z "$skipped" ] || die "skipped, and not listed in tests/skips.txt: ${skipped//$'\n'/ }"
}

tests() { # [--all]
	local all="" wishes="gnuplot jq" gcc=() exclude=(--label-exclude '^(vm|arm64|browser|long|fuzz)$')
	[ $# = 0 ] || [ "$*" = --all ] || die "test $*: only --all is known; see ./run.sh help"
	[ $# = 0 ] || { all=clang wishes+=" qemu" exclude=(); }
	lock
	ensure "$BUILD_NEEDS bats cmocka sanitizers $all" "$wishes"
	! have gcc || gcc=(-DCMAKE_C_COMPILER=gcc)
	build test -DTLBSCOPE_DEV=ON
	build asan -DTLBSCOPE_DEV=ON -DTLBSCOPE_SANITIZE=ON "${gcc[@]}"
	! have clang || build clang -DTLBSCOPE_DEV=ON -DCMAKE_C_COMPILER=clang
	unlock
	check asan --label-regex unit
	! have clang || check clang --label-regex "unit${all:+|fuzz}"
	check test "${exclude[@]}" # last, so that the summary at the end is of every test
}

clean() {
	rm -rf "$BUILD"/{release,test,asan,clang}{,.log} "$BUILD"/{install.log,.lock,.probe}
	[ ! -d "$BUILD" ] || rmdir "$BUILD" 2>/dev/null || say "left in place: $BUILD is not empty"
}

main() {
	while [ $# -gt 0 ]; do
		case $1 in
		--yes) YES=yes ;;
		--no-install) INSTALL=no ;;
		--build-dir)
			[ -n "${2:-}" ] || die "--build-dir needs a directory: ./run.sh --build-dir DIR"
			BUILD=$2; shift
			;;
		-h | --help) set -- help; break ;;
		-*) [ "$1" = --version ] || die "$1: unknown option; see ./run.sh help"; break ;;
		*) break ;;
		esac
		shift
	done
	[[ $BUILD == /* ]] || BUILD=$PWD/$BUILD
	[ $# -gt 0 ] || set -- run --profile quick
	case $1 in
	help) usage ;;
	clean) clean ;;
	build) release build ;;
	test) tests "${@:2}" ;;
	*) release "$1"; exec "$BUILD/release/tlbscope" "$@" ;;
	esac
}

main "$@"
