#!/usr/bin/env bash
# Are the figures of README and docs/ those of the reference result? run.sh TLBSCOPE SOURCE
set -euo pipefail

for need in gnuplot jq; do
	command -v "$need" >/dev/null || { echo "Test Skipped: no $need"; exit 77; }
done
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
PICTURES=no "$2/results/reference/draw.sh" "$1" "$WORK"
fail() { echo "$*; draw them anew: results/reference/draw.sh build/release/tlbscope" >&2; exit 1; }

img=$2/docs/img drawn=$2/docs/img/drawn.txt
diff <(grep '\.dat$\|^from' "$drawn") <(grep '\.dat$\|^from' "$WORK/drawn.txt") || fail "the data of the docs' figures has changed"
diff "$img/README.md" "$WORK/README.md" || fail "what the docs say of their figures has changed"
# Drawings have the same bytes only with the same gnuplot.
if [ "$(grep '^gnuplot' "$drawn")" = "$(gnuplot --version)" ]; then
	diff <(grep -v '\.png$' "$drawn") "$WORK/drawn.txt" || fail "the docs' figures have changed"
fi
(cd "$img" && grep '\.svg$\|\.png$' drawn.txt | sha256sum --check --quiet -) || fail "a figure of docs/img is another than was drawn"
for svg in "$img"/*.svg; do
	[ -e "${svg%.svg}.png" ] || fail "$svg has no picture"
	grep -q "$(basename "${svg%.svg}").png" "$2/docs/figures.md" || fail "docs/figures.md does not show $(basename "$svg")"
done
while read -r image; do
	[ -e "$2/docs/$image" ] || fail "docs/figures.md shows $image, which is not there"
done < <(grep -oE '\]\(img/[^)]+\)' "$2/docs/figures.md" | sed 's/^](//; s/)$//')
