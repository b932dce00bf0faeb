#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define WIDTH 40
#define EVERY_CALLS 256
#define EVERY_MS 100

void progress_begin(struct progress *p, const char *what, int64_t total)
{
    *p = (struct progress){ .what = what, .total = total, .terminal = isatty(STDERR_FILENO) != 0 };
}

void progress_at(struct progress *p, int64_t done)
{
    if (!p->terminal || ++p->calls % EVERY_CALLS != 0)
        return;
    int64_t now_ms = clock_boot_ms();
    if (now_ms < p->shown_ms + EVERY_MS)
        return;
    p->shown_ms = now_ms;
    p->drawn = true;
    if (p->total <= 0) {
        (void)fprintf(stderr, "\r%s %" PRId64, p->what, done);
        return;
    }
    int64_t full = done >= p->total ? WIDTH : done * WIDTH / p->total;
    (void)fprintf(stderr, "\r%s [%.*s%*s] %3d %%", p->what, (int)full,
                  "########################################", (int)(WIDTH - full), "",
                  (int)(done >= p->total ? 100 : done * 100 / p->total));
}

void progress_clear(struct progress *p)
{
    if (p->drawn)
        (void)fprintf(stderr, "\r\033[K");
    p->drawn = false;
}
