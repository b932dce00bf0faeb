#ifndef TESTS_WORKER_VIRTUAL_CLOCK_H
#define TESTS_WORKER_VIRTUAL_CLOCK_H

/*
 * Time that moves only when a test says so. Programs that link virtual_clock.c with the options of
 * CMakeLists.txt have every clock_…() of the rooms answered by it: nothing is ever waited for, and
 * a seed always gives the same run.
 */
#include <stdint.h>

#define CLOCK_START_MS INT64_C(1772420400000) /* Monday 2026-03-02, 10:00 WIB */

void virtual_clock_reset(void);
void virtual_clock_step(int64_t ms); /* wire and boot clock */
int64_t virtual_clock_ms(void);      /* wire clock */

/* The real clocks from now on, for what talks to another process; steps do nothing any more. */
void virtual_clock_real(void);

#endif
