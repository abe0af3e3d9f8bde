#!/usr/bin/env bash
# The report in a browser: its script, light, dark, paper, and that nothing is fetched. run.sh TLBSCOPE SOURCE
set -euo pipefail

TLBSCOPE=$1 SOURCE=$2
for need in chromium convert pdftotext pdfinfo gnuplot; do
	command -v "$need" >/dev/null || { echo "Test Skipped: no $need"; exit 77; }
done
WORK=$(mktemp -d)
trap 'rm -rf "$WORK"' EXIT
fail() { echo "browser: $*" >&2; exit 1; }

browse() { # options, page; a profile of its own, so that no other browser is spoken to
	timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$WORK/profile" \
		--virtual-time-budget=5000 "$@" 2>"$WORK/log" || { tail -n 20 "$WORK/log" >&2; fail "the browser failed"; }
}
luminance() { # picture
	convert "$1" -colorspace Gray -format '%[fx:round(100*mean)]' info:
}

result=$(find "$SOURCE/results/reference" -name result.json | sort | head -n 1)
[ -n "$result" ] || fail "there is no reference result"
"$TLBSCOPE" report --against "$SOURCE/tests/fixtures/result/v1.1.json" --output "$WORK" "$result" >/dev/null
page=$WORK/report.html

{ sed '/<\/body>/,$d' "$page"; echo '<script>'; cat "$SOURCE/tests/browser/act.js"; echo '</script></body></html>'; } >"$WORK/acted.html"
browse --dump-dom "file://$WORK/acted.html" >"$WORK/dom"
said=$(grep -o 'data-said="[^"]*"' "$WORK/dom") || fail "the page's script did not run to its end"
wanted='data-said="focus true; up true; aria ascending; down true; kept true; filtered true; named true; headed true; fetched 0"'
[ "$said" = "$wanted" ] || fail "wanted $wanted, got $said"

# No window is too narrow or too wide for the table of cells.
{ sed '/<\/body>/,$d' "$page"; echo '<script>'; cat "$SOURCE/tests/browser/fits.js"; echo '</script></body></html>'; } >"$WORK/fits.html"
for width in 400 1200 1920; do
	browse --window-size=$width,1000 --dump-dom "file://$WORK/fits.html" >"$WORK/dom"
	said=$(grep -o 'data-fits="[^"]*"' "$WORK/dom") || fail "the page was not measured at $width px"
	[ "$said" = 'data-fits="inside true; estimates true; all columns true; rows low"' ] || fail "at $width px: $said"
done

# Without a script: the same table, all rows, and no control that does nothing.
sed '/<script>/,/<\/script>/d' "$page" >"$WORK/plain.html"
browse --dump-dom "file://$WORK/plain.html" >"$WORK/dom"
! grep -q '<button\|<input' "$WORK/dom" || fail "controls without a script"
[ "$(grep -c '<tr><th scope="row"><code>' "$WORK/dom")" -eq "$(jq '.cells | length' "$result")" ] || fail "rows are missing"

browse --window-size=1000,3000 --screenshot="$WORK/light.png" "file://$page" >/dev/null
browse --window-size=1000,3000 --blink-settings=preferredColorScheme=0 --screenshot="$WORK/dark.png" "file://$page" >/dev/null
light=$(luminance "$WORK/light.png") dark=$(luminance "$WORK/dark.png")
if [ "$light" -le 80 ] || [ "$dark" -ge 30 ]; then fail "light is $light of 100, dark is $dark"; fi

browse --window-size=400,3000 --screenshot="$WORK/narrow.png" "file://$page" >/dev/null
[ "$(luminance "$WORK/narrow.png")" -gt 70 ] || fail "nothing on a narrow screen"

browse --blink-settings=preferredColorScheme=0 --print-to-pdf="$WORK/print.pdf" "file://$page" >/dev/null
pages=$(pdfinfo "$WORK/print.pdf" | awk '/^Pages/ { print $2 }')
if [ "$pages" -lt 5 ] || [ "$pages" -gt 60 ]; then fail "$pages pages of print"; fi
pdftotext "$WORK/print.pdf" "$WORK/print.txt"
for word in Verdict "Can these numbers be trusted" Figures "it is not printed" "How to cite" "How to run this again"; do
	grep -q "$word" "$WORK/print.txt" || fail "print has no '$word'"
done
pdftoppm -r 20 -png -f 1 -l 1 "$WORK/print.pdf" "$WORK/print"
[ "$(luminance "$WORK"/print-*1.png)" -gt 80 ] || fail "print of a dark screen is dark"
echo "report: light $light, dark $dark of 100; $pages pages"
