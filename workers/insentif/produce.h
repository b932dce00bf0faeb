#ifndef WORKERS_INSENTIF_PRODUCE_H
#define WORKERS_INSENTIF_PRODUCE_H

/* One run of `insentif produce`, between its two passes. */
#include <stdint.h>
#include <stdio.h>

#include "cli.h"
#include "progress.h"

struct work {
    struct cli *cli;
    enum event_type type;
    FILE *spool;       /* parcels, each with its size (u32) in front */
    struct buf packed;
    int64_t lines, good, bad, masked, sent;
    struct progress progress;
};

/* The second pass. Returns the exit status. */
int send_spool(struct work *work);

#endif
