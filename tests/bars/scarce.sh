#!/usr/bin/env bash
# The bar of little memory: the quick profile in a cgroup of 512 MiB, with 90% of memory taken, and with overcommit off. Prints how
# cells ended, what the kernel killed and the longest silence; judges nothing. Wants root. Puts everything back, also when interrupted.
#   tests/bars/scarce.sh BINARY [ROUNDS] [CONDITION...]    conditions: cgroup taken strict
# OPTIONS='--profile full --only fault' measures other cells.
set -eu
tlbscope=$(realpath "${1:?usage: scarce.sh BINARY [ROUNDS] [CONDITION...]}")
rounds=${2:-1}
shift $(($# > 2 ? 2 : $#))
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
read -ra options <<<"${OPTIONS:-}"
limit_s=900 # of one run
group='' holder='' overcommit=''

put_back() {
	[ -z "$holder" ] || { kill "$holder" && wait "$holder"; } 2>/dev/null || true
	[ -z "$overcommit" ] || echo "$overcommit" >/proc/sys/vm/overcommit_memory
	[ -z "$group" ] || for _ in 1 2 3 4 5; do rmdir "$group" 2>/dev/null && break || sleep 0.2; done
	holder='' overcommit='' group=''
}
trap 'put_back; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

kills() { awk '/^oom_kill / { print $2 }' /proc/vmstat; }
group_kills() { # version 2, then version 1
	[ -z "$group" ] || awk '/^oom_kill / { print "in the group: " $2 }' "$group/memory.events" 2>/dev/null || awk '/^oom_kill / { print "in the group: " $2 }' "$group/memory.oom_control"
}

# The longest time between two lines of progress, which come several times a round.
silence() {
	awk 'NR > 1 && $1 - last > most { most = $1 - last; after = line } { last = $1; line = $0; sub(/^[^ ]* /, "", line) }
		END { printf "longest silence %.1f s, after: %s\n", most, after }'
}

measure() { # NAME COMMAND...
	local name=$1 before status=0
	shift
	before=$(kills)
	echo "== $name"
	set +e
	timeout -k 10 "$limit_s" "$@" "$tlbscope" run --rounds "$rounds" --bare "${options[@]}" --output "$work/$name" 2>&1 >"$work/$name.out" | tee "$work/$name.err" |
		while read -r line; do echo "$(date +%s.%N) $line"; done | silence
	status=${PIPESTATUS[0]}
	set -e
	[ "$status" = 0 ] || tail -2 "$work/$name.err"
	echo "exit $status, oom kills on the machine $(($(kills) - before)) $(group_kills)"
	if [ -f "$work/$name/result.json" ]; then
		jq -r '"state \(.run.state): " + ([.cells[].outcome] | group_by(.) | map("\(length) \(.[0])") | join(", "))' "$work/$name/result.json"
		jq -r '[.cells[] | select(.outcome != "ok")] | group_by(.outcome, .reason.code)[] |
			"\(length) \(.[0].outcome) \(.[0].reason.code), such as \(.[0].key): \(.[0].reason.text)"' "$work/$name/result.json"
		jq -r '.cells[] | select(.outcome == "invalid") | "  \(.key): \(.reason.text)"' "$work/$name/result.json" | head -20
	fi
	put_back
}

# $$ is the shell's own number: it joins, then becomes the run.
in_group() {
	group=/sys/fs/cgroup/memory/$(awk -F: '$2 == "memory" { print $3 }' /proc/self/cgroup)
	limit=memory.limit_in_bytes
	[ -d "$group" ] && [ -f "$group/$limit" ] || { group=/sys/fs/cgroup limit=memory.max; }
	group=$group/tlbscope-scarce-$$
	mkdir "$group"
	echo $((512 << 20)) >"$group/$limit"
	measure cgroup sh -c 'echo $$ >'"$group"'/cgroup.procs && exec "$@"' sh
}

with_memory_taken() {
	cc -O2 "$here/scarce.c" -o "$work/scarce"
	"$work/scarce" 90 $((limit_s + 60)) >"$work/held" &
	holder=$!
	while kill -0 "$holder" 2>/dev/null && ! [ -s "$work/held" ]; do sleep 0.2; done
	cat "$work/held"
	measure taken
}

without_overcommit() {
	overcommit=$(cat /proc/sys/vm/overcommit_memory)
	echo 2 >/proc/sys/vm/overcommit_memory
	measure strict
}

for condition in "${@:-all}"; do
	case $condition in
	cgroup) in_group ;;
	taken) with_memory_taken ;;
	strict) without_overcommit ;;
	all) in_group && with_memory_taken && without_overcommit ;;
	*) echo "no condition $condition" >&2 && exit 2 ;;
	esac
done
