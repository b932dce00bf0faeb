#ifndef WORKERS_INSENTIF_READING_H
#define WORKERS_INSENTIF_READING_H

/* One topic read from its beginning to where it ended when we began, outside any group. */
#include "cli.h"

/* One record, valid until it returns. Not DONE: the reading ends with it. */
typedef int record_fn(struct cli *cli, const struct bus_message *message, void *context);

struct reading {
    enum event_type topic;
    int64_t partition; /* -1: all */
    bool follow;       /* go on until killed */
    record_fn *each;
    void *context;
};

/* Records of a partition come in their order, partitions in any. Returns the exit status. */
int reading_run(struct cli *cli, const struct reading *reading);

#endif
