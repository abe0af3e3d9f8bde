#!/usr/bin/env bats
# The host's side of an emulated machine, with a QEMU made of a script: what it says, hangs, dies of. tests/vm boots real ones.

bats_require_minimum_version 1.5.0

setup() {
	load helpers/tlbscope.bash
	scope_setup
	mkdir bin out tmp
	export PATH=$PWD/bin:$PATH TMPDIR=$PWD/tmp XDG_CACHE_HOME=$PWD/cache
	echo kernel >kernel
}

fake() { # name, script
	printf '#!/bin/bash\n%s\n%s\n%s\n%s\n' "$(declare -f frame given)" 'kernel=$(given -kernel "$@") initrd=$(given -initrd "$@")' \
		'console=$(given -chardev "$@") console=${console#*path=}' "$2" >"bin/$1"
	chmod +x "bin/$1"
}

frame() { # type, text: as a guest writes it
	printf 'TL%s' "$1"
	printf "\\x$(printf %02x $((${#2} & 255)))\\x$(printf %02x $((${#2} >> 8)))\\0\\0"
	printf %s "$2"
}

given() { # option, words: what follows it
	local option=$1
	while shift && [ $# -gt 1 ]; do [ "$1" != "$option" ] || { echo "$2"; return; }; done
}

vm() { # options and command
	run --separate-stderr "$TLBSCOPE" vm --kernel kernel --output out "$@"
}

said() { # text
	[[ $stderr == *"$1"* ]] || { printf 'not said: %s\nbut:\n%s\n' "$1" "$stderr"; return 1; }
}

nothing_left() {
	[ -z "$(ls tmp)" ] || { ls tmp; return 1; }
}

@test "what the guest prints, writes and ends with comes back" {
	fake qemu-system-x86_64 'frame B ""; frame O "to out"; frame E "to err"; frame F a/b/file; frame D "some "; frame D text
		printf "TLX\4\0\0\0\7\0\0\0"; exec sleep 60'
	vm -- list
	[ "$status" -eq 7 ]
	[ "$output" = "to out" ]
	said "to err"
	said "exit code 7, 1 file"
	[ "$(cat out/a/b/file)" = "some text" ]
	nothing_left
}

@test "a result that is here is written over only when asked" {
	fake qemu-system-x86_64 'frame B ""; frame F r/result.json; frame D new; printf "TLX\4\0\0\0\0\0\0\0"; exec sleep 60'
	mkdir -p out/r
	cp "$SOURCE/tests/fixtures/result/v1.2.json" out/r/result.json
	local words
	for words in "--output r" "--output=r"; do
		# shellcheck disable=SC2086 # words
		vm -- run --only null $words
		[ "$status" -eq 255 ]
		said "out/r/result.json is there already: a complete result"
		said "--replace"
	done
	cmp "$SOURCE/tests/fixtures/result/v1.2.json" out/r/result.json
	vm -- run --only null --output r --replace
	[ "$(cat out/r/result.json)" = new ]
}

@test "what QEMU leaves out is said" {
	fake qemu-system-x86_64 'echo "qemu: warning: TCG has no such feature: pcid" >&2; frame B ""; printf "TLX\4\0\0\0\0\0\0\0"; exec sleep 60'
	vm --cpu +pcid -- list
	[ "$status" -eq 0 ]
	said "warning: TCG has no such feature: pcid"
}

@test "the guest is told the command word by word, and the machine as asked" {
	fake qemu-system-x86_64 'printf "%s\n" "$@" >words; cat "$initrd" >initrd; cat "$kernel" >booted
		frame B ""; printf "TLX\4\0\0\0\0\0\0\0"'
	vm --topology 2:1:2 --numa 2 --mem 1G --append "nopcid quiet" -- run --only 'chase page=4k' --rounds 1
	[ "$status" -eq 0 ]
	grep -qx cpus=4,sockets=2,dies=1,cores=1,threads=2 words
	grep -q ' rdinit=/guest pti=off nopcid quiet$' words
	[ "$(cat booted)" = kernel ]
	command -v cpio >/dev/null || skip "no cpio"
	mkdir root
	(cd root && cpio -idu --quiet) <initrd
	[ "$(tr '\0' '|' <root/command)" = "run|--only|chase page=4k|--rounds|1|" ]
	cmp root/tlbscope "$TLBSCOPE"
	[ -e root/data/style.gp ]
	# All that the loader would look for.
	ldd "$TLBSCOPE" | grep -o '/[^ ]*' >libraries
	while read -r library; do cmp "root$library" "$library"; done <libraries
}

@test "a guest that hangs is ended at the limit, with the last lines of its console" {
	fake qemu-system-x86_64 'echo $$ >pid; seq -f "line %g" 1000 >"$console"; frame B ""; exec sleep 60'
	vm --timeout 1 -- list
	[ "$status" -eq 255 ]
	said "did not end its command within 1 s"
	said "line 1000"
	not said "line 1
"
	not kill -0 "$(cat pid)" 2>/dev/null
	nothing_left
	fake qemu-system-x86_64 'exec sleep 60'
	vm --timeout 1 -- list
	[ "$status" -eq 255 ]
	said "did not boot within 1 s"
}

@test "a guest that dies is an error, and says what its console or QEMU said" {
	fake qemu-system-x86_64 'echo "Kernel panic - not syncing" >"$console"; frame B ""; exit 0'
	vm -- list
	[ "$status" -eq 255 ]
	said "ended before its command did"
	said "Kernel panic"
	fake qemu-system-x86_64 'echo "qemu: could not load kernel" >&2; exit 1'
	vm -- list
	[ "$status" -eq 255 ]
	said "could not load kernel"
	fake qemu-system-x86_64 'echo "[    0.000000] Linux version"; exec sleep 60'
	vm -- list
	[ "$status" -eq 255 ]
	said "second serial port"
	nothing_left
}

@test "a guest's files go nowhere but below the output" {
	local name
	for name in ../escaped /tmp/escaped a/../../escaped a//b .. ""; do
		fake qemu-system-x86_64 "frame B ''; frame F '$name'; frame D evil; printf 'TLX\4\0\0\0\0\0\0\0'"
		vm -- list
		[ "$status" -eq 255 ]
		said "cannot write"
		[ ! -e escaped ] && [ ! -e /tmp/escaped ]
		[ -z "$(find out -type f)" ]
	done
}

@test "stopped by a signal, it leaves no guest and no file" {
	fake qemu-system-x86_64 'echo $$ >pid; frame B ""; exec sleep 60'
	"$TLBSCOPE" vm --kernel kernel --output out -- list 3>&- &
	local vm=$! code=0
	for _ in $(seq 100); do [ ! -s pid ] || break; sleep 0.1; done
	kill -TERM $vm
	wait $vm || code=$?
	[ "$code" -eq 130 ]
	not kill -0 "$(cat pid)" 2>/dev/null
	nothing_left
}

@test "killed outright, it leaves no guest and no file either" {
	fake qemu-system-x86_64 'echo $$ >pid; echo booting >"$console"; frame B ""; exec sleep 60'
	"$TLBSCOPE" vm --kernel kernel --output out -- list 3>&- &
	local vm=$!
	for _ in $(seq 100); do [ ! -s pid ] || break; sleep 0.1; done
	nothing_left
	kill -KILL $vm
	wait $vm || true
	for _ in $(seq 50); do kill -0 "$(cat pid)" 2>/dev/null || break; sleep 0.1; done
	not kill -0 "$(cat pid)" 2>/dev/null
	nothing_left
}

@test "what cannot be is one clear line" {
	local args
	fake qemu-system-x86_64 'exit 1'
	while IFS='|' read -r args said; do
		# shellcheck disable=SC2086 # words
		vm $args
		[ "$status" -eq 255 ]
		said "$said"
		[ "${#stderr_lines[@]}" -eq 1 ] || { echo "$stderr"; false; }
	done <<-'EOF'
	--topology 2:2 -- list|2:2
	--numa 3 -- list|3 NUMA nodes
	--mem 1Q -- list|1Q
	--timeout 0 -- list|--timeout
	--accel hvf -- list|hvf
	--kernel nowhere -- list|nowhere
	--kernel debian:evil;rm -- list|evil;rm
	--output nowhere -- list|nowhere
	-- frobnicate|frobnicate
	-- vm|vm
	--mem 1G|command
	EOF
}

@test "without QEMU it says what installs it" {
	run --separate-stderr env PATH="$PWD/empty" "$TLBSCOPE" vm --kernel kernel -- list
	[ "$status" -eq 255 ]
	said "no qemu-system-x86_64"
	said "./run.sh vm"
}

@test "Debian's kernel is fetched once, and offline is one clear line" {
	mkdir -p tree/boot
	fake qemu-system-x86_64 'cat "$kernel" >>booted; frame B ""; printf "TLX\4\0\0\0\0\0\0\0"'
	fake apt-cache 'echo "Package: $4
Depends: linux-base (>= 4), linux-image-9.9.9-1-cloud-amd64 (= 9.9.9-1)
Version: 9.9.9"'
	fake apt-get 'echo "E: Could not resolve deb.debian.org" >&2; exit 100'
	run --separate-stderr "$TLBSCOPE" vm --kernel debian -- list
	[ "$status" -eq 255 ]
	said "cannot fetch linux-image-9.9.9-1-cloud-amd64: E: Could not resolve"
	[ "${#stderr_lines[@]}" -eq 1 ]
	fake apt-get 'echo "$*" >>../../fetched; : >"$2_9.9.9_amd64.deb"'
	fake dpkg-deb '[[ $2 == *.deb ]] && mkdir -p "$3/boot" && echo "the kernel" >"$3/boot/vmlinuz-9.9.9"'
	for _ in 1 2; do
		run --separate-stderr "$TLBSCOPE" vm --kernel debian -- list
		[ "$status" -eq 0 ]
	done
	[ "$(cat fetched)" = "download linux-image-9.9.9-1-cloud-amd64" ]
	[ "$(cat booted)" = "the kernel
the kernel" ]
	[ "$(ls cache/tlbscope/kernels)" = linux-image-9.9.9-1-cloud-amd64 ]
	nothing_left
}
