#!/usr/bin/env bash
# The bars of figures and report, measured: prints figures, judges nothing. The result has all keys of the full plan; its numbers are
# made up, since only their count matters here.
#   tests/bars/figures.sh BINARY [RESULT]
set -eu
tlbscope=$(realpath "${1:?usage: figures.sh BINARY [RESULT]}")
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

like=$(find "$here/../../results/reference" -name result.json | LC_ALL=C sort | head -n 1)
if [ $# -gt 1 ]; then
	cp "$2" result.json
else
	"$tlbscope" run --dry-run --profile full >plan
	jq -n --rawfile plan plan --slurpfile like "$like" -f "$here/../paper/made_up.jq" >result.json
fi
seconds() { # what, command…
	local what=$1 from
	shift
	from=$(date +%s.%N)
	"$@" >out 2>&1 || cat out
	awk -v what="$what" -v from="$from" -v till="$(date +%s.%N)" 'BEGIN { printf "%s: %.1f s\n", what, till - from }'
}
echo "== $(jq '.cells | length' result.json) cells, $(wc -c <result.json | awk '{ printf "%.1f MB", $1 / 1e6 }') of result.json"
seconds "figures, SVG and PDF (bar: 10 s)" "$tlbscope" figures --output one result.json
seconds "figures for a paper, PDF and TikZ" "$tlbscope" figures --paper acm --output paper result.json
seconds "report with its figures" "$tlbscope" report --output report result.json
wc -c <report/report.html | awk '{ printf "report.html (bar: 5 MB): %.2f MB\n", $1 / 1e6 }'
sleep 1 # what holds the time of drawing differs then
"$tlbscope" figures --output two result.json >/dev/null
echo "drawn twice (bar: the same bytes): $(find one/figures -type f | wc -l) files, $(diff -rq one/figures two/figures | wc -l) differ"
