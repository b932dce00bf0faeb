#include "virtual_clock.h"

#include <stdbool.h>

#include "base/clock.h"

#define BOOT_MS 1000000 /* boot and wire clock differ, as everywhere */

static int64_t passed_ms;
static bool real;

/* The linker's --wrap sends the rooms' calls here, and calls of __real_ to the rooms. */
int64_t __wrap_clock_wire_ms(void);
int64_t __wrap_clock_boot_ms(void);
int64_t __wrap_clock_boot_us(void);
int64_t __real_clock_wire_ms(void);
int64_t __real_clock_boot_ms(void);
int64_t __real_clock_boot_us(void);

int64_t __wrap_clock_wire_ms(void)
{
    return virtual_clock_ms();
}

int64_t __wrap_clock_boot_ms(void)
{
    return real ? __real_clock_boot_ms() : BOOT_MS + passed_ms;
}

int64_t __wrap_clock_boot_us(void)
{
    return real ? __real_clock_boot_us() : (BOOT_MS + passed_ms) * 1000;
}

void virtual_clock_reset(void)
{
    passed_ms = 0;
}

void virtual_clock_step(int64_t ms)
{
    passed_ms += ms;
}

int64_t virtual_clock_ms(void)
{
    return real ? __real_clock_wire_ms() : CLOCK_START_MS + passed_ms;
}

void virtual_clock_real(void)
{
    real = true;
}
