#ifndef WORKERS_INSENTIF_PROGRESS_H
#define WORKERS_INSENTIF_PROGRESS_H

/* A bar on standard error, where that is a terminal; nothing otherwise. Cheap to call. */
#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *what;
    int64_t total; /* 0: not known */
    int64_t shown_ms;
    uint32_t calls;
    bool terminal, drawn;
};

void progress_begin(struct progress *progress, const char *what, int64_t total);
void progress_at(struct progress *progress, int64_t done);
void progress_clear(struct progress *progress); /* before other text, and at the end */

#endif
