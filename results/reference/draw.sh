#!/usr/bin/env bash
# The figures of README and docs/, from the results beside this script. draw.sh [TLBSCOPE [DIRECTORY]]
# Each figure comes from the first result that has its cells: the machine named below, then the others by name; figure 10 from the
# first machine with a history. PICTURES=no leaves out the PNGs.
set -euo pipefail

FIRST=amd-epyc-2cpu-kvm
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
TLBSCOPE=$(realpath "${1:-$ROOT/build/release/tlbscope}")
INTO=$(realpath -m "${2:-$ROOT/docs/img}")
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
for need in gnuplot jq $([ "${PICTURES:-}" = no ] || echo rsvg-convert pdftoppm); do
	command -v "$need" >/dev/null || { echo "draw.sh: no $need: apt-get install gnuplot-nox jq librsvg2-bin poppler-utils" >&2; exit 1; }
done

cd "$ROOT/results/reference"
machines=$(printf '%s\n' "$FIRST" */ | sed 's:/$::' | awk '!seen[$0]++')
mkdir -p "$WORK/img" "$WORK/column"
keep() { # drawings, drawings for a column, result: those figures that are not there yet
	local svg name
	for svg in "$1"/figures/fig_*.svg; do
		name=$(basename "$svg" .svg)
		[ -e "$svg" ] && [ ! -e "$WORK/img/$name.svg" ] || continue
		cp "$1/figures/$name".*dat "$svg" "$WORK/img"
		[ ! -e "$2/figures/$name.pdf" ] || cp "$2/figures/$name.pdf" "$WORK/column"
		echo "$name $3" >>"$WORK/from"
	done
}
for machine in $machines; do
	for result in $(find "$machine" -name result.json | LC_ALL=C sort); do
		rm -rf "$WORK/now" "$WORK/paper"
		"$TLBSCOPE" figures --format svg --output "$WORK/now" "$result" >/dev/null
		"$TLBSCOPE" figures --paper acm --format pdf --output "$WORK/paper" "$result" >/dev/null
		keep "$WORK/now" "$WORK/paper" "$result"
	done
done
for machine in $machines; do
	[ "$(find "$machine" -name result.json | wc -l)" -ge 3 ] || continue
	rm -rf "$WORK/now"
	"$TLBSCOPE" history --output "$WORK/now" "$machine" >/dev/null || continue
	keep "$WORK/now" /nonexistent "$machine"
done

mkdir -p "$INTO"
rm -f "$INTO"/fig_*
cp "$WORK"/img/*.svg "$INTO"
if [ "${PICTURES:-}" != no ]; then
	for svg in "$INTO"/*.svg; do
		name=$(basename "$svg" .svg)
		rsvg-convert -z 1.5 -o "$INTO/$name.png" "$svg"
		[ ! -e "$WORK/column/$name.pdf" ] || pdftoppm -r 200 -gray -png -singlefile "$WORK/column/$name.pdf" "$INTO/$name.column"
	done
fi
title() { # of a figure
	sed -n 's/^#@ title //p' "$ROOT/plots/$1.gp"
}
source_of() { # what a result is from, in words
	local first
	first=$(find "$1" -name result.json | LC_ALL=C sort | head -n 1)
	jq -r '"\(.machine.cpu), family \(.environment.before["cpu.family"] // "?"), Linux \(.environment.before["kernel.release"] // "?"), \(.run.profile) profile, \(.run.rounds) rounds"' "$first"
}
{
	printf '# Figures of the docs\n\nDrawn by `results/reference/draw.sh`; do not edit. On the left as on a screen, on the right in grey as in a paper of two columns.\n'
	LC_ALL=C sort -V "$WORK/from" | while read -r name result; do
		printf '\n## %s\n\nFrom [%s](../../results/reference/%s): %s.\n\n' "$(title "$name")" "$result" "$result" "$(source_of "$result")"
		printf '<img src="%s.png" alt="%s" width="480">' "$name" "$(title "$name")"
		[ ! -e "$WORK/column/$name.pdf" ] || printf ' <img src="%s.column.png" alt="the same in grey, in a column" width="330">' "$name"
		printf '\n'
	done
} >"$INTO/README.md"
{
	echo "# Drawn by results/reference/draw.sh: what from, with what, and the sums of data, drawings and pictures."
	LC_ALL=C sort "$WORK/from" | sed 's/^/from /'
	gnuplot --version
	(cd "$WORK/img" && LC_ALL=C sha256sum ./*.dat ./*.svg)
	[ "${PICTURES:-}" = no ] || (cd "$INTO" && LC_ALL=C sha256sum ./*.png)
} >"$INTO/drawn.txt"
