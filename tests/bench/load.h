#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

/* The connection to Kafka that loading and checking share. One thread. */
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "bus/bus.h"
#include "codec/codec.h"

struct load {
    struct bus *bus;
    struct codec *codec;
    const char *topics[EVENT_COUNT]; /* by event type; also the bus's order */
    int32_t partitions;
    int64_t entitled; /* people; people_all() of it in all */
    int64_t window;
    bool bare;        /* no CloudEvents headers */
    int64_t due_ms;   /* wire clock: when the payments became due */
    int64_t until_boot_ms;
};

/* One turn of the bus; waits a little when it has nothing to say. -1 past the deadline, too. */
MUST_CHECK int load_turn(struct load *load, bool wait, struct bus_event *event, struct err *err);

/* Read these topics from their start to their end; take() is called for each message. */
MUST_CHECK int load_read(struct load *load, const enum event_type *types, size_t count,
                         void (*take)(struct load *, void *arg, const struct bus_message *),
                         void *arg, struct err *err);

/*
 * Read everything the workers have told, and hold it against what must be told: exactly one
 * incentive-scheduled for each entitled person, with the right dates, and nothing else on the other
 * topics.  Prints one line of JSON.  1: it is right, 0: it is not, -1: it could not be read.
 */
MUST_CHECK int check_outputs(struct load *load, struct err *err);

/*
 * Read what disbursement-worker has told, and hold it against what must be: each entitled person's
 * instalment booked as paid once and told once, and nothing else. Prints one line of JSON with
 * count, rupiah and times. Answers as check_outputs().
 */
MUST_CHECK int check_paid(struct load *load, struct err *err);

#endif
