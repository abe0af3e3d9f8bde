/* The command line of QEMU for a machine; vm.c's own. */
#ifndef TLBSCOPE_LAB_QEMU_H
#define TLBSCOPE_LAB_QEMU_H

#include "lab/vm.h"

#define QEMU_PROGRAM "qemu-system-x86_64"

/* Descriptors that QEMU inherits. Files that have no name cannot be left behind. */
struct qemu_files {
	int kernel, initrd, console;
};

#define QEMU_WORDS 160 /* eight NUMA nodes take 88 */

struct qemu {
	const char *words[QEMU_WORDS]; /* ends with NULL; constants, or in text */
	unsigned n;
	char text[16384];
	size_t used;
};

/* spec has passed vm_check(). Frames come out of QEMU's stdout. */
struct verdict qemu_command(const struct vm_spec *spec, const struct qemu_files *files,
			    struct qemu *out);

#endif
