#!/usr/bin/env bash
# The bar of a chain's set-up, measured with gcc and clang: prints figures, judges nothing. Wants a quiet machine.
#   tests/bars/chain_setup.sh [MiB ...]
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for cc in gcc clang; do
	command -v "$cc" >/dev/null || continue
	cmake -S "$here" -B "$work/$cc" -DCMAKE_C_COMPILER="$cc" >/dev/null
	cmake --build "$work/$cc" --target chain_setup --parallel "$(nproc)" >/dev/null
	for mib in "${@:-1024}"; do
		echo "$cc: $(taskset -c "$(($(nproc) - 1))" "$work/$cc/tests/chain_setup" "$mib")"
	done
done
