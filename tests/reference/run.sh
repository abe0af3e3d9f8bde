#!/usr/bin/env bash
# Are the figures of README and docs/ those of the reference result? run.sh TLBSCOPE SOURCE
set -euo pipefail

command -v gnuplot >/dev/null || { echo "Test Skipped: no gnuplot"; exit 77; }
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
"$2/results/reference/draw.sh" "$1" "$WORK"
fail() { echo "$*; draw them anew: results/reference/draw.sh build/release/tlbscope" >&2; exit 1; }

drawn=$2/docs/img/drawn.txt
diff <(grep '\.dat$\|^result' "$drawn") <(grep '\.dat$\|^result' "$WORK/drawn.txt") || fail "the data of the docs' figures has changed"
# Drawings have the same bytes only with the same gnuplot.
if [ "$(grep '^gnuplot' "$drawn")" = "$(gnuplot --version)" ]; then
	diff "$drawn" "$WORK/drawn.txt" || fail "the docs' figures have changed"
fi
(cd "$2/docs/img" && grep '\.svg$' drawn.txt | sha256sum --check --quiet -) || fail "a figure of docs/img is another than was drawn"
while read -r image; do
	[ -e "$2/docs/$image" ] || fail "docs/figures.md shows $image, which is not there"
done < <(grep -oE '\]\(img/[^)]+\)' "$2/docs/figures.md" | sed 's/^](//; s/)$//')
