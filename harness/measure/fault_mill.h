/* Page faults without end: what responders do while the initiator's own are measured. */
#ifndef TLBSCOPE_MEASURE_FAULT_MILL_H
#define TLBSCOPE_MEASURE_FAULT_MILL_H

#include <stdint.h>

/* Zeroed at first. Its memory is mapped, touched page by page, unmapped, and mapped anew: 16 MiB,
 * so that the one flush that unmapping costs its neighbours is shared by 4,096 faults. */
struct fault_mill {
	char *base;
	uint64_t next;
};

/* A few dozen faults on base pages; how many. 0: there is no memory. */
uint64_t fault_mill_turn(struct fault_mill *mill);
void fault_mill_close(struct fault_mill *mill);

#endif
