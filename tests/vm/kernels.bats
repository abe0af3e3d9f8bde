#!/usr/bin/env bats
# Two kernels in emulated machines, by the scripts of docs/regressions.md: ab, git bisect run.

bats_require_minimum_version 1.5.0

setup_file() {
	export XDG_CACHE_HOME=${BUILD:-$BATS_FILE_TMPDIR}/cache
	command -v qemu-system-x86_64 >/dev/null || export MISSING="no qemu-system-x86_64"
	command -v git >/dev/null || export MISSING="no git"
	command -v apt-get >/dev/null || export MISSING="no apt-get"
	[ -n "${MISSING:-}" ] && return
	cd "$BATS_FILE_TMPDIR"
	"$TLBSCOPE" vm --topology 1:1:1 --mem 512M -- list >first 2>&1 || ! grep 'cannot fetch' first || export MISSING="no kernel to be had"
}

setup() {
	load ../cli/helpers/tlbscope.bash
	scope_setup
	[ -z "${MISSING:-}" ] || skip "$MISSING"
	need jq
	mkdir bin
	ln -s "$TLBSCOPE" bin/tlbscope
	export PATH=$PWD/bin:$PATH TLBSCOPE_DATA=${TLBSCOPE_DATA:-$BATS_TEST_DIRNAME/../../plots}
	script emulated.sh
	script boot-and-test.sh
	kernel=$(find "$XDG_CACHE_HOME/tlbscope/kernels" -type f | sort | tail -1)
}

script() { # name: as the page has it
	awk -v marker="<!-- script: $1 -->" '$0 == marker { found = 1; next } found && /^```/ { if (within) exit; within = 1; next } within' \
		"$BATS_TEST_DIRNAME/../../docs/regressions.md" >"$1"
	grep -q '^#!/bin/sh' "$1"
	chmod +x "$1"
}

@test "ab over two machines merges their runs, and says what they are" {
	run --separate-stderr tlbscope ab --rounds 4 --output out --only membarrier/resp=0 -- ./emulated.sh "$kernel" -- \
		env TLBSCOPE_SIDE=B ./emulated.sh "$kernel"
	printf '%s\n%s\n' "$output" "$stderr" >&2
	[ "$status" -ne 255 ]
	[[ $output == *"emulated (tcg)"* ]]
	[ "$(jq -r '.run.accel' out/A.json out/B.json | sort -u)" = tcg ]
	[ "$(jq '[.cells[] | select(.bench == "membarrier")][0].metrics.ns.samples | length' out/A.json out/B.json | sort -u)" = 4 ]
}

@test "git bisect run ./boot-and-test.sh names the commit" {
	local i
	for i in off on; do
		sed "s/--mem 512M/& --append pti=$i/" emulated.sh >side.sh
		sh side.sh "$kernel" run --bare --rounds 10 --only membarrier/resp=0 --output "$i"
	done
	mkdir tree
	cd tree
	git init -q .
	git config user.email t@example.org
	git config user.name T
	printf 'bzImage:\n\tmkdir -p arch/x86/boot && cp $(KERNEL) arch/x86/boot/bzImage\n' >Makefile
	sed 's/--mem 512M/& --append pti=off/' ../emulated.sh >emulated.sh
	chmod +x emulated.sh
	for i in 1 2 3 4 5 6 7; do
		[ "$i" -ne 5 ] || sed -i s/pti=off/pti=on/ emulated.sh
		echo "$i" >count
		git add Makefile emulated.sh count
		git commit -qm "commit $i"
	done
	cp ../boot-and-test.sh .
	git bisect start HEAD HEAD~6
	KERNEL=$kernel run git bisect run ./boot-and-test.sh ../off ../on
	echo "$output" >&2
	[ "$status" -eq 0 ]
	[ "$(git log -1 --format=%s refs/bisect/bad)" = "commit 5" ]
	[ "$(git rev-parse refs/bisect/bad~1)" = "$(git for-each-ref --format='%(objectname)' 'refs/bisect/good-*' | grep "$(git rev-parse refs/bisect/bad~1)")" ]
}

@test "boot-and-test.sh on another machine: copied, booted, asked; its answer is git's" {
	local answer expected
	printf '#!/bin/sh\necho "scp $*" >>calls\n' >bin/scp
	cat >bin/ssh <<-'END'
		#!/bin/sh
		echo "ssh $*" >>calls
		case $* in
		*reboot) exit 255 ;; # the connection ends with the machine
		*'uname -v') cat running ;;
		*'tlbscope bisect'*) exit "$(cat answer)" ;;
		esac
	END
	chmod +x bin/scp bin/ssh
	printf 'bzImage:\n\t@true\n' >Makefile
	printf 'Linux version 6.9 (x@y) (gcc) #7 SMP Friday\n' >vmlinux
	export TARGET=root@testbox REBOOT_S=0
	echo '#7 SMP Friday' >running
	while read -r answer expected; do
		echo "$answer" >answer
		run ./boot-and-test.sh good bad
		[ "$status" -eq "$expected" ]
	done <<-'END'
		0 0
		1 1
		125 125
		2 255
		255 255
	END
	grep -qx 'scp arch/x86/boot/bzImage root@testbox:/boot/vmlinuz-bisect' calls
	grep -qx 'ssh root@testbox tlbscope bisect --good good --bad bad' calls
	echo '#6 SMP Thursday' >running # another kernel came up
	run ./boot-and-test.sh good bad
	[ "$status" -eq 125 ]
}
