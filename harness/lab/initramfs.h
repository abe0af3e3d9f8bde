/* The guest's file system: an archive in the kernel's own format (cpio, "newc"). */
#ifndef TLBSCOPE_LAB_INITRAMFS_H
#define TLBSCOPE_LAB_INITRAMFS_H

#include <tlbscope/verdict.h>

#define GUEST_PROGRAM "/tlbscope"
#define GUEST_INIT    "/guest"	 /* the same by another name: what it is to be */
#define GUEST_COMMAND "/command" /* the words of the command, each ended with 0 */
#define GUEST_DATA    "/data"
#define GUEST_WORK    "/work" /* its working directory */

/* Writes the archive to that file: this program, the libraries it is loaded with (and the cache by
 * which the loader finds them), the command, and the files of the directory `data`, if there is
 * one. */
struct verdict initramfs_write(int fd, const char *const *command, const char *data);

#endif
