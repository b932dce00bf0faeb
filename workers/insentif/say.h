#ifndef WORKERS_INSENTIF_SAY_H
#define WORKERS_INSENTIF_SAY_H

/* One event of ours, ready for Kafka. Each function returns an exit status, after complaining. */
#include "cli.h"
#include "worker/parcel.h"

struct saying {
    enum event_type type;
    const void *event;
    const char *id;     /* ce_id */
    const char *source; /* ce_source */
    int64_t time_ms;    /* ce_time */
};

/* Checked and encoded into *value, which *parcel then points into; its partition is still open. */
int saying_to_parcel(struct cli *cli, struct codec *codec, const struct saying *saying,
                     struct buf *value, struct parcel *parcel);

/* Into Kafka, and acknowledged: before that nobody has said anything. */
int say(struct cli *cli, const struct saying *saying);

#endif
