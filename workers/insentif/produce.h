#ifndef WORKERS_INSENTIF_PRODUCE_H
#define WORKERS_INSENTIF_PRODUCE_H

/* Many events: collected in a spool, then sent, so that all are sent or none is begun. */
#include <stdint.h>
#include <stdio.h>

#include "cli.h"
#include "progress.h"
#include "say.h"

struct work {
    struct cli *cli;
    enum event_type type;
    const char *again; /* how to go on when they didn't all arrive */
    FILE *spool;       /* parcels, each with its size (u32) in front */
    struct buf packed, value;
    int64_t lines, good, bad, masked, sent;
    struct progress progress;
};

/* A file without a name: gone when the program ends, however it ends. NULL after complaining. */
FILE *spool_open(struct cli *cli);
/* Closes the spool of a work, if it has one, and frees its buffers. */
void spool_close(struct work *work);

/* At the end of the spool; spool_event() counts it as good. Return the exit status. */
int spool_parcel(struct work *work, const struct parcel *parcel);
int spool_event(struct work *work, struct codec *codec, const struct saying *saying);

/* All of the spool into Kafka, `good` parcels of one topic, at most --rate a second, until they are
 * acknowledged. Returns the exit status. */
int send_spool(struct work *work);

/* From here on a signal ends the sending in order; send_spool() begins with it. */
void send_catch_signals(void);

#endif
