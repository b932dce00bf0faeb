#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/*
 * Two clocks that must not be confused (architecture.md "Clocks").
 *
 * Wire clock: real time, for signatures, tokens, quiet time, freshness, log lines.
 * Boot clock: CLOCK_BOOTTIME, for deadlines inside one process; counts through a suspend.
 * The business clock (due dates, deadlines in days) is the wire clock, or in rehearsal one shared
 * value in Redis: the worker room keeps it, not this one.
 */
#include <stdint.h>

int64_t clock_wire_ms(void); /* ms since 1970 UTC */
int64_t clock_boot_ms(void); /* ms since boot, never goes back */
int64_t clock_boot_us(void); /* the same in microseconds, for measuring */

#endif
