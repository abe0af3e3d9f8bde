#!/usr/bin/env bash
# Debian's arm64 libraries, a cross compiler and an emulator, unpacked below DIR. Nothing is installed, and this
# machine's dpkg and apt keep their state: a private apt of our own asks the same mirrors.
#
#   packages.sh DIR      leaves DIR/sysroot, DIR/tools; prints nothing but what went wrong
set -euo pipefail

LIBRARIES="libc6-dev libhwloc-dev libpfm4-dev libjansson-dev libcmocka-dev"
TOOLS="gcc-aarch64-linux-gnu qemu-user-static"

skip() { printf 'arm64: %s\n' "$*"; exit 77; }

DIR=$(mkdir -p "$1" && cd "$1" && pwd)
[ ! -e "$DIR/complete" ] || exit 0
for program in apt-get dpkg-deb; do
	command -v "$program" >/dev/null || skip "no $program here: the arm64 packages are Debian's"
done

private_apt() { # state, architecture, dpkg status, arguments of apt-get
	local state=$DIR/apt/$1
	mkdir -p "$state/lists/partial" "$state/archives/partial"
	apt-get -qq -o Debug::NoLocking=1 -o APT::Sandbox::User= -o APT::Install-Recommends=0 \
		-o APT::Architecture="$2" -o APT::Architectures::="$2" \
		-o Dir::State="$state" -o Dir::State::status="$3" -o Dir::Cache="$state" -o Dir::Log="$state" \
		-o Dir::Etc::trustedparts=/etc/apt/trusted.gpg.d -o Acquire::Languages=none "${@:4}"
}

unpack() { # state, directory
	local deb
	mkdir -p "$2"
	for deb in "$DIR/apt/$1"/archives/*.deb; do
		[ ! -e "$deb" ] || dpkg-deb -x "$deb" "$2"
	done
}

# As after usrmerge, so that the tree works wherever it lies.
merge_usr() { # directory
	local part
	for part in lib lib64 bin sbin; do
		if [ ! -d "$1/$part" ] || [ -L "$1/$part" ]; then continue; fi
		mkdir -p "$1/usr/$part"
		cp -a "$1/$part/." "$1/usr/$part/"
		rm -rf "${1:?}/$part"
		ln -s "usr/$part" "$1/$part"
	done
}

fetch() { # state, architecture, dpkg status, packages
	private_apt "$1" "$2" "$3" update >"$DIR/$1.log" 2>&1 || true # a source without this architecture is no harm
	# shellcheck disable=SC2086 # a list of words
	private_apt "$1" "$2" "$3" --download-only -y install $4 >>"$DIR/$1.log" 2>&1 ||
		skip "cannot fetch $4 for $2 (log: $DIR/$1.log)"
}

rm -rf "$DIR/sysroot" "$DIR/tools"
: >"$DIR/none"
fetch sysroot arm64 "$DIR/none" "$LIBRARIES"
unpack sysroot "$DIR/sysroot"
merge_usr "$DIR/sysroot"
# What is installed here already serves; only the rest is fetched.
fetch tools "$(dpkg --print-architecture)" /var/lib/dpkg/status "$TOOLS"
unpack tools "$DIR/tools"
merge_usr "$DIR/tools"
rm -rf "$DIR/apt"
: >"$DIR/complete"
