/* Kernels to boot, by name: a file (bzImage), a Debian package that holds one (FILE.deb), or what
 * Debian offers: "debian" is the cloud kernel of the release, which is small and has all that a
 * guest here needs built in; "debian:PACKAGE" another (linux-image-amd64,
 * linux-image-6.1.0-49-amd64). Debian's are fetched with apt-get and unpacked with dpkg-deb, never
 * installed, and kept in $XDG_CACHE_HOME/tlbscope/kernels.
 */
#ifndef TLBSCOPE_LAB_KERNEL_H
#define TLBSCOPE_LAB_KERNEL_H

#include <tlbscope/verdict.h>

/* A bzImage, open for reading. Error no-kernel, in one line, when it cannot be had. A package is
 * unpacked in $TMPDIR, and removed before this returns. */
struct verdict kernel_open(const char *name, int *fd);

#endif
