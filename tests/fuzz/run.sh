#!/usr/bin/env bash
# A fuzz target for so many seconds, from its committed seeds; what it finds is left in the directory that is printed.
#   tests/fuzz/run.sh TARGET SECONDS SEEDS...
set -eu
target=$1
seconds=$2
shift 2
dict=$(dirname "$0")/$(basename "$target" | sed s/fuzz_//).dict
[ -f "$dict" ] && dict=-dict=$dict || dict=-verbosity=1
found=$(mktemp -d)
mkdir "$found/corpus"
if "$target" "$dict" -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=2048 -artifact_prefix="$found/" "$found/corpus" "$@" \
	>"$found/log" 2>&1; then
	grep -E '^Done|stat::number_of_executed|DONE' "$found/log" || tail -n 1 "$found/log"
	rm -rf "$found"
else
	tail -n 40 "$found/log"
	echo "left in $found"
	exit 1
fi
