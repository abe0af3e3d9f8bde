/* One measurement at a time: two runs on one machine would measure each other. */
#ifndef TLBSCOPE_MEASURE_EXCLUSIVE_H
#define TLBSCOPE_MEASURE_EXCLUSIVE_H

#include <tlbscope/verdict.h>

#define EXCLUSIVE_WAIT_S 300.0
#define EXCLUSIVE_ENV	 "TLBSCOPE_TURN" /* a descriptor that holds a turn, lent to a child */

/* Waits for its turn, up to wait_s, and says so once on stderr. A turn is an abstract socket name:
 * it needs no file, holds for all users, and ends with the process. *turn is for exclusive_leave();
 * -1: this system has no such names, and the run goes on alone. Stop signals must be blocked; one
 * that comes while waiting is an error named "interrupted". A command that runs
 * others lends them its turn through the environment: nobody comes in between, and none of them
 * waits. */
struct verdict exclusive_enter(double wait_s, int *turn);
void exclusive_leave(int turn);

#endif
