#!/usr/bin/env bash
# The bar of emulated machines, measured: prints figures, judges nothing. Wants a quiet host with QEMU and a kernel (see docs/vm.md).
#   tests/bars/emulated.sh BINARY [RUNS] [OPTION OF vm...]
set -eu
tlbscope=${1:?usage: emulated.sh BINARY [RUNS] [OPTION OF vm...]}
runs=${2:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
operations=(madvise mprotect munmap membarrier)

"$tlbscope" vm --topology 1:1:1 --mem 512M --output "$work" -- list null >/dev/null 2>&1 || true # the kernel is fetched once
for i in $(seq "$runs"); do
	start=$(date +%s%N)
	"$tlbscope" vm --topology 2:2:2 --output "$work" "${@:3}" -- run --profile full --rounds 1 --output "r$i" \
		--only 'madvise advice=dontneed page=4k mapping=anon touched=all npages=1 resp=0..7 state=spin' \
		--only 'mprotect change=rw-ro page=4k mapping=anon touched=all npages=1 resp=1 state=spin' \
		--only 'munmap page=4k mapping=anon npages=1 resp=1 state=spin' \
		--only 'membarrier resp=1 state=spin' >"$work/out" 2>"$work/err" || { cat "$work/err"; exit 1; }
	end=$(date +%s%N)
	echo "== run $i: $(grep -o '[0-9.]* s to boot, [0-9.]* s until its end' "$work/err"), $(((end - start) / 1000000)) ms with what the host does before and after"
	jq -r --arg operations "${operations[*]}" '
		def storm: select(.outcome == "ok" and .params.state == "spin" and .metrics.ipis);
		([.cells[].params.place // empty] | unique) as $places |
		"places          \($places | join(" "))",
		"cells           \([.cells[] | select(.outcome == "ok")] | length) of \(.cells | length) ok",
		(range(1; 8) as $n | [.cells[] | storm | select(.bench == "madvise" and .params.resp == "\($n)")] | select(length > 0) |
			"\($n) responders    \(map("\(.params.place) \(.metrics.ipis.est) (\((.metrics.ipis.est / $n - 1) * 1000 | round / 10)%)") | join(", ")) interrupts per op"),
		([$operations | split(" ")[] as $op | $places[] | select(. != "nearest") as $place |
			any($r[0].cells[]; . as $c | [storm] != [] and .bench == $op and .params.resp == "1" and .params.place == $place)] |
			"matrix          \(map(select(.)) | length) of \(length) cells (\($operations) at each place)")
	' --slurpfile r "$work/r$i/result.json" "$work/r$i/result.json" 2>/dev/null || jq -r '.run' "$work/r$i/result.json"
done
