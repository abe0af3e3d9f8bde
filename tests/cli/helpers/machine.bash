# A machine made of stubs: a PATH that holds only what is put there, so that run.sh can be tested on any
# distribution, with nothing installed or built for real. Every call of a stub is a line in $CALLS.

machine_new() { # the tools that any system has
	local tool
	BIN=$BATS_TEST_TMPDIR/bin
	CALLS=$BATS_TEST_TMPDIR/calls
	OUT="$BATS_TEST_TMPDIR/build dir"
	export BIN CALLS
	mkdir -p "$BIN"
	: >"$CALLS"
	for tool in bash cat chmod dirname env flock grep mkdir nproc readlink rm rmdir sleep tail; do
		ln -s "$(command -v "$tool")" "$BIN/$tool"
	done
	stub id 'echo 0'
}

machine_reset() { # back to bare
	rm -rf "$BIN" "$OUT"
	machine_new
}

stub() { # name, script
	rm -f "$BIN/$1"
	printf '#!/bin/bash\necho "%s $*" >>"$CALLS"\n%s\n' "$1" "$2" >"$BIN/$1"
	chmod +x "$BIN/$1"
}

# cmake that builds a tlbscope which prints its arguments, one in brackets for each, and ends with 7.
stub_tools() { # all the tools of a build, or those that are named
	local tool
	[ $# -gt 0 ] || set -- cc cmake ninja pkg-config
	for tool; do
		stub "$tool" 'exit 0'
		[ "$tool" != cmake ] || stub cmake "$(declare -f fake_cmake); fake_cmake \"\$@\""
	done
}

fake_cmake() {
	if [ "$1" = -S ]; then
		mkdir -p "$4"
		echo "CMAKE_HOME_DIRECTORY:INTERNAL=$2" >"$4/CMakeCache.txt"
		: >"$4/build.ninja"
	else
		printf '#!/bin/bash\nprintf "[%%s]" "$@"; echo\nexit 7\n' >"$2/tlbscope"
		chmod +x "$2/tlbscope"
	fi
}

# A package manager whose packages appear when it is told to install.
stub_manager() { # name
	stub "$1" "$(declare -f stub stub_tools fake_cmake)
case \" \$* \" in *' install '* | *' -S '*) stub_tools; stub_tools gnuplot bats jq clang ;; esac"
}

run_sh() { # arguments; stdout and stderr apart
	run --separate-stderr env -i PATH="$BIN" CALLS="$CALLS" BIN="$BIN" HOME=/ \
		"${RUN_SH:-$SOURCE/run.sh}" --build-dir "$OUT" "$@" </dev/null
}
