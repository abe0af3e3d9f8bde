#!/usr/bin/env bash
# Cross-compiles tlbscope for arm64 and runs under qemu-user what can run there: the unit tests, with Debian's arm64
# libpfm4 (so that rows of Arm tables are encoded), tlbscope list and a dry run. Skipped (77) where the packages cannot be had.
#
#   run.sh SOURCE BUILD      works in BUILD/arm64
set -euo pipefail

SOURCE=$1
DIR=$2/arm64
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

skip() { printf 'arm64: %s\n' "$*"; exit 77; }

# Spinning gangs that share emulated CPUs prove nothing and take long.
LEFT_OUT="test_gang test_hogged"

mkdir -p "$DIR"
"$HERE/packages.sh" "$DIR"

export PATH=$DIR/tools/usr/bin:$PATH
LD_LIBRARY_PATH=$DIR/tools/usr/lib/$(uname -m)-linux-gnu
export LD_LIBRARY_PATH
command -v aarch64-linux-gnu-gcc >/dev/null || skip "no aarch64-linux-gnu-gcc"
QEMU=$(command -v qemu-aarch64-static || command -v qemu-aarch64) || skip "no qemu-aarch64"
unset CC
export TLBSCOPE_EMULATED=1 # tests that map terabytes skip: the emulator takes real memory for each page of a mapping

cmake -S "$SOURCE" -B "$DIR/build" -DCMAKE_TOOLCHAIN_FILE="$SOURCE/cmake/aarch64-linux-gnu.cmake" \
	-DTLBSCOPE_SYSROOT_DIR="$DIR/sysroot" -DTLBSCOPE_DEV=ON -DTLBSCOPE_TESTS=ON >"$DIR/configure.log" 2>&1 ||
	{ tail -n 20 "$DIR/configure.log"; exit 1; }
cmake --build "$DIR/build" --parallel "$(nproc)" >"$DIR/build.log" 2>&1 || { grep -E -A5 'error|Error' "$DIR/build.log" | head -60; exit 1; }
unset LD_LIBRARY_PATH

# Single tests that ask the kernel for what the emulator does not pass on: limits on address space, a failed exec seen
# through vfork, fault counts of a thread that are its own, MADV_COLLAPSE and MADV_POPULATE_WRITE, mbind, PAGEMAP_SCAN.
NOT_EMULATED="address_space without_gnuplot_data_is_written faults_that_are_claimed_have_to_come
	collapsed_pages_are_not_small one_collapsed_block_is_enough transparent_regions
	remote_memory_is_bound_as_it_is_touched huge_zero_is_told_from_small_without_a_scan
	pages_are_touched what_may_not_be_touched_is_skipped"
NOT_EMULATED=${NOT_EMULATED//[$'\n\t']/ }

excused() { # log: every test in it that failed is one of those
	local name some=no
	while read -r name; do
		[[ " $NOT_EMULATED " == *" $name "* ]] || return 1
		some=yes
	done < <(sed -n 's/^\[  FAILED  \] \([a-z_0-9]*\)$/\1/p' "$1" | sort -u)
	[ "$some" = yes ]
}

emulated() { timeout 300 "$QEMU" -L "$DIR/sysroot" "$@"; }

failed=0 passed=0
check() { # name, command
	if "${@:2}" >"$DIR/$1.log" 2>&1 || excused "$DIR/$1.log"; then
		passed=$((passed + 1))
	else
		printf 'FAILED %s\n' "$1"
		grep -vE 'RUN  |  OK |====' "$DIR/$1.log" | tail -n 15
		failed=$((failed + 1))
	fi
}

for test in "$DIR"/build/tests/test_*; do
	name=$(basename "$test")
	[[ " $LEFT_OUT " == *" $name "* ]] || check "$name" emulated "$test"
done
check list emulated "$DIR/build/tlbscope" list
check events-family emulated "$DIR/build/tlbscope" events --family neoverse
check dry-run env HWLOC_SYNTHETIC="package:1 core:4 pu:1" timeout 300 "$QEMU" -L "$DIR/sysroot" \
	"$DIR/build/tlbscope" run --dry-run --only madvise
grep -h 'rows by raw code' "$DIR/test_events.log" || true
printf 'arm64: %d passed, %d failed (left out: %s)\n' "$passed" "$failed" "$LEFT_OUT"
[ "$failed" = 0 ]
