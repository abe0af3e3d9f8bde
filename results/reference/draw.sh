#!/usr/bin/env bash
# The figures of README and docs/, from the reference result. draw.sh [TLBSCOPE [DIRECTORY]]
set -euo pipefail

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TLBSCOPE=${1:-$ROOT/build/release/tlbscope}
INTO=${2:-$ROOT/docs/img}
result=$(cd "$ROOT" && find results/reference -name result.json | LC_ALL=C sort | head -n 1)
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT

"$TLBSCOPE" figures --format svg --output "$WORK" "$ROOT/$result" >/dev/null
mkdir -p "$INTO"
rm -f "$INTO"/fig_*
cp "$WORK"/figures/*.svg "$INTO"/
for svg in "$INTO"/*.svg; do
	! command -v rsvg-convert >/dev/null || rsvg-convert -z 1.5 -o "${svg%.svg}.png" "$svg"
done
{
	echo "# Drawn by results/reference/draw.sh: what from, with what, and the sums of data and drawings."
	echo "result $result"
	gnuplot --version
	(cd "$WORK/figures" && LC_ALL=C sha256sum ./*.dat ./*.svg)
} >"$INTO/drawn.txt"
