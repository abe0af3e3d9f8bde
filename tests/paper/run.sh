#!/usr/bin/env bash
# A paper that includes every figure, caption stub and the citation, as PDF and as TikZ, compiles without an error, an undefined
# reference or a figure wider than its column. run.sh TLBSCOPE SOURCE [DIRECTORY to keep]
# USENIX's style is not distributed with TeX Live: a two-column article of its measures stands for it.
set -euo pipefail

TLBSCOPE=$1 SOURCE=$2
for need in gnuplot jq pdflatex bibtex kpsewhich; do
	command -v "$need" >/dev/null || { echo "Test Skipped: no $need"; exit 77; }
done
for need in acmart.cls IEEEtran.cls tikz.sty; do
	kpsewhich "$need" >/dev/null || { echo "Test Skipped: TeX has no $need"; exit 77; }
done
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
INTO=${3:-$WORK}
export TEXMFVAR=$WORK/texmf # fonts that TeX makes
fail() { echo "paper: $*" >&2; exit 1; }

declare -A CLASS=(
	[acm]='\documentclass[sigconf,nonacm]{acmart}'
	[ieee]='\documentclass[conference]{IEEEtran}'
	[usenix]='\documentclass[letterpaper,twocolumn,10pt]{article}\usepackage{mathptmx}\usepackage[letterpaper,textheight=9in,textwidth=7in,columnsep=0.33in]{geometry}'
)
paper() { # template, pdf or tikz
	printf '%s\n' "${CLASS[$1]}" '\usepackage{graphicx}\graphicspath{{figures/}}'
	[ "$2" = pdf ] || printf '%s\n' '\usepackage{tikz,figures/gnuplot-lua-tikz}'
	printf '%s\n' '\begin{document}' '\title{All figures}\author{Nobody}' '\maketitle'
	for caption in figures/fig_*.caption.tex; do
		if [ "$2" = pdf ]; then
			printf '\\input{%s}\n' "$caption"
		else
			sed 's/^  \\includegraphics{\(.*\)\.pdf}/  \\input{figures\/\1.tikz}/' "$caption" >"${caption%.caption.tex}.drawn.tex"
			printf '\\input{%s}\n' "${caption%.caption.tex}.drawn.tex"
		fi
		printf 'Figure~\\ref{%s}.\n\\clearpage\n' "$(sed -n 's/.*\\label{\(.*\)}/\1/p' "$caption")"
	done
	printf '%s\n' '\bibliographystyle{plain}\bibliography{figures/tlbscope}' '\end{document}'
}
compile() { # name; TikZ takes its time: once is enough to see that it compiles
	for pass in 1 2 3; do
		timeout 120 pdflatex -interaction=nonstopmode -halt-on-error "$1.tex" >"$1.said" || { tail -n 25 "$1.said" >&2; fail "$1 does not compile"; }
		[ "$1" != paper-tikz ] || return 0
		[ "$pass" != 1 ] || bibtex "$1" >"$1.cited" || { cat "$1.cited" >&2; fail "$1: the citation"; }
	done
	! grep -n 'undefined\|Missing character' "$1.log" >&2 || fail "$1: something is undefined"
	! awk '/^Overfull .hbox \(/ { gsub(/[^0-9.]/, "", $3); if ($3 > 1.5) { print; bad = 1 } } END { exit !bad }' FS='[ (]' "$1.log" >&2 || fail "$1: wider than its column"
}

result=$(find "$SOURCE/results/reference" -name result.json | LC_ALL=C sort | head -n 1)
"$TLBSCOPE" run --dry-run --profile full >"$WORK/plan"
mkdir -p "$WORK/made"
jq -n --rawfile plan "$WORK/plan" --slurpfile like "$result" -f "$SOURCE/tests/paper/made_up.jq" >"$WORK/made/result.json"
for template in acm ieee usenix; do
	mkdir -p "$INTO/$template"
	cd "$INTO/$template"
	"$TLBSCOPE" figures --paper "$template" --output . "$WORK/made/result.json" >/dev/null
	for kind in pdf tikz; do
		paper "$template" "$kind" >"paper-$kind.tex"
		compile "paper-$kind"
	done
	echo "$template: $(find figures -name 'fig_*.pdf' | wc -l) figures"
done
