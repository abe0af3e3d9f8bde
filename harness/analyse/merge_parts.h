/* What merge.c hands over: one cell into another of the same key. */
#ifndef TLBSCOPE_ANALYSE_MERGE_PARTS_H
#define TLBSCOPE_ANALYSE_MERGE_PARTS_H

#include "result/result.h"

/* `from` keeps what is its own to free. False without memory. */
bool merge_into_cell(struct cell_result *cell, struct cell_result *from);

#endif
