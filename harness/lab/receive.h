/* What comes from the guest: printed text goes on, files are written. */
#ifndef TLBSCOPE_LAB_RECEIVE_H
#define TLBSCOPE_LAB_RECEIVE_H

#include "lab/frames.h"
#include "lab/vm.h"

struct receiver {
	const struct vm_spec *spec;
	struct vm_end *end;
	struct frames frames;
	int file; /* -1: none open */
	bool booted, over;
	struct verdict verdict; /* of writing here; the first that failed */
};

void receiver_begin(struct receiver *receiver, const struct vm_spec *spec, struct vm_end *end);
/* Reads once from the guest's side. False: nothing more will come. */
bool receiver_read(struct receiver *receiver, int fd);
void receiver_end(struct receiver *receiver);

#endif
