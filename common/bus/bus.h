#ifndef BUS_BUS_H
#define BUS_BUS_H

/*
 * The bus: Kafka, as a table of functions, so that the same shell runs on the real thing
 * (kafka_*.c and admin.c, the only files that include librdkafka) and on its RAM twin (bus_ram.c).
 *
 *  - Nothing here blocks. The caller's loop calls bus_poll() until it says "nothing", takes
 *    messages, and sleeps on bus_fd(), which becomes readable when there is something new. What was
 *    already there isn't announced again: take from a partition until it gives less than asked for.
 *  - Bucket = partition number (architecture.md). A group member owns a bucket when it was given
 *    that partition of every topic it subscribes to (range assignor, same count everywhere).
 *  - Positions are always explicit: after BUS_ASSIGNED nothing is fetched until bus_assign() or
 *    bus_seek() says from where (consistency.md "Assignment"). A position given takes effect with
 *    the next bus_poll(); BUS_END is the end at that moment.
 *  - A delivery is known by its ticket: pending falls to 0 when every record produced with that
 *    ticket has its report; lost counts those whose fate is unknown or refused for good (producer
 *    fatal error, purge). Lost records stay in the outbox; the shell sends them again.
 *  - Records never expire (message.timeout.ms=0), acks=all, idempotent (consistency.md "When things
 *    are away"). A full producer queue is ERR_RETRY: poll and try again.
 *  - Errors: ERR_RETRY the broker is away or the queue full; ERR_REJECT the record can never be
 *    taken (too large, unknown topic or partition); ERR_FATAL wrong configuration, broken promises.
 *  - One thread: the caller's.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define BUS_TOPICS_MAX 32
#define BUS_PARTITIONS_MAX 256
#define BUS_HEADERS_MAX 16
#define BUS_KEY_MAX 1024
#define BUS_VALUE_MAX (65 * 1024) /* a message of 64 KiB, or the dead letter that holds it whole */

#define BUS_BEGINNING INT64_C(-2) /* position: the start of the log */
#define BUS_END INT64_C(-1)       /* position: the end of the log now */
#define BUS_NONE INT64_C(-1001)   /* answer: no offset was ever committed */

struct bus_header {
    const char *name; /* NUL-terminated */
    const void *value;
    size_t size;
};

/* The headers of one record; they belong to the bus as the message does. */
struct bus_headers {
    struct bus_header at[BUS_HEADERS_MAX];
    size_t count;
    bool cut; /* there are more than the limit, or bytes that are no headers */
};

/* One record read. Everything it points to belongs to the bus until bus_release(). */
struct bus_message {
    int32_t topic; /* index into the topics given at open */
    int32_t partition;
    int64_t offset;
    int64_t timestamp_ms; /* LogAppendTime: "now" of a fact decision */
    const void *key;      /* NULL: no key */
    size_t key_size;
    const void *value; /* NULL: tombstone */
    size_t value_size;
    void *handle;                                                          /* the bus's own */
    void (*show)(const struct bus_message *message, struct bus_headers *); /* the bus's own */
};

struct bus_ticket {
    int64_t pending; /* produced, no report yet */
    int64_t lost;    /* reported as failed, purged, or of a producer that had to be replaced */
};

/* One record to write. All of it is copied before bus_produce() returns. */
struct bus_record {
    const char *topic;
    int32_t partition; /* always explicit: hash_partition() of the key, or the bucket */
    const void *key;
    size_t key_size;
    const void *value;
    size_t value_size;
    const struct bus_header *headers;
    size_t header_count;
};

struct bus_position {
    int32_t topic;
    int32_t partition;
    int64_t offset; /* next to read; BUS_BEGINNING and BUS_END are allowed */
};

enum bus_event_kind {
    BUS_NOTHING,
    BUS_ASSIGNED,     /* buckets[0..count) are ours from now on; say positions with bus_assign() */
    BUS_REVOKED,      /* all buckets are gone: write nothing more for them, offsets may be committed
                         until bus_revoke_done() */
    BUS_AWAY,         /* no broker can be reached (once per change of state) */
    BUS_BACK,         /* reachable again (once per change of state) */
    BUS_COMMITTED,    /* answer of bus_ask_committed(): positions[0..count), BUS_NONE where none */
    BUS_OUT_OF_RANGE, /* positions[0]: this offset isn't in the log (below its start, or beyond);
                         found by taking; the partition stands still until it is moved */
    BUS_READ_END,     /* reader: positions[0].offset is the end of the log that was reached */
    BUS_FAILED,       /* err says what; kind ERR_RETRY or ERR_FATAL */
};

struct bus_event {
    enum bus_event_kind kind;
    size_t count;
    int32_t buckets[BUS_PARTITIONS_MAX];
    struct bus_position positions[BUS_TOPICS_MAX];
    struct err err;
};

struct bus; /* opaque; made by bus_kafka_open() or bus_ram_open() */

/* The edge functions. Call them through the wrappers below. */
struct bus_ops {
    bool (*poll)(void *self, struct bus_event *event);
    int (*fd)(void *self);
    int (*assign)(void *self, const struct bus_position *positions, size_t count, struct err *err);
    int (*seek)(void *self, const struct bus_position *position, struct err *err);
    size_t (*take)(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                   size_t max);
    void (*release)(void *self, struct bus_message *messages, size_t count);
    void (*revoke_done)(void *self);
    int (*produce)(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                   struct err *err);
    int (*commit)(void *self, const struct bus_position *positions, size_t count, struct err *err);
    int (*ask_committed)(void *self, const struct bus_position *which, size_t count,
                         struct err *err);
    int (*read_from)(void *self, const struct bus_position *position, struct err *err);
    void (*read_stop)(void *self, int32_t topic, int32_t partition);
    size_t (*read_take)(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                        size_t max);
    int (*partitions)(void *self, int32_t topic);
    bool (*drain)(void *self, int64_t wait_ms);
    void (*close)(void *self);
};

struct bus {
    const struct bus_ops *ops;
    void *self;
};

/* The next event, if any. Returns false (and kind BUS_NOTHING) when there is none. */
bool bus_poll(struct bus *bus, struct bus_event *event);

/* A descriptor that is readable when bus_poll() or bus_take() may have something. Drained by
 * bus_poll(). Never closed by the caller. */
int bus_fd(struct bus *bus);

/*
 * Replace the whole assignment: these partitions, from these offsets; count 0 pauses all. To be
 * called after BUS_ASSIGNED, as often as needed; fetching of a partition already being read goes on
 * at the position given here. ERR_RETRY when the group is in the middle of a rebalance.
 */
MUST_CHECK int bus_assign(struct bus *bus, const struct bus_position *positions, size_t count,
                          struct err *err);

/* Move one assigned partition. Messages of before the seek are never taken after it. */
MUST_CHECK int bus_seek(struct bus *bus, const struct bus_position *position, struct err *err);

/* Up to max messages of one assigned partition that are already here; in offset order. */
size_t bus_take(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out,
                size_t max);
void bus_release(struct bus *bus, struct bus_message *messages, size_t count);

/* The headers of a message that isn't released yet. Read only when asked for: to take them apart
 * costs as much as a decision, and hardly any message is ever asked. */
void bus_headers(const struct bus_message *message, struct bus_headers *out);

/* The shell has let go of the buckets of the last BUS_REVOKED: let the group go on. */
void bus_revoke_done(struct bus *bus);

/* Write one record; ticket->pending grows by one. The ticket must live until pending is 0. */
MUST_CHECK int bus_produce(struct bus *bus, const struct bus_record *record,
                           struct bus_ticket *ticket, struct err *err);

/* Tell the group how far we are (offset = next to read). For monitoring and as a lower bound. */
MUST_CHECK int bus_commit(struct bus *bus, const struct bus_position *positions, size_t count,
                          struct err *err);

/* Ask what this group has committed; the answer comes as BUS_COMMITTED. One question at a time. */
MUST_CHECK int bus_ask_committed(struct bus *bus, const struct bus_position *which, size_t count,
                                 struct err *err);

/*
 * The reader: a second consumer outside the group, for the ledger and for finding the end of a log
 * without blocking. read_from() starts (or moves) one partition; reaching the end gives one
 * BUS_READ_END per start, after the last message before it was taken, with the end's offset;
 * position BUS_END answers at once, without taking. Reading goes on behind the end until
 * bus_read_stop().
 */
MUST_CHECK int bus_read_from(struct bus *bus, const struct bus_position *position, struct err *err);
void bus_read_stop(struct bus *bus, int32_t topic, int32_t partition);
size_t bus_read_take(struct bus *bus, int32_t topic, int32_t partition, struct bus_message *out,
                     size_t max); /* give back with bus_release() */

/* Partition count of a topic, 0 while not yet known, -1 when the topic doesn't exist. */
int bus_partitions(struct bus *bus, int32_t topic);

/* Wait at most wait_ms for outstanding deliveries, then purge. True when nothing was purged. The
 * one call that may wait: only for shutting down and for one-shot programs. */
bool bus_drain(struct bus *bus, int64_t wait_ms);

/* Leave the group and free everything; takes up to some seconds when the brokers are away. Every
 * message must have been released. NULL is allowed. Tickets are not touched afterwards. */
void bus_close(struct bus *bus);

/* ------------------------------------------------------------------ the real thing */
struct bus_kafka_property {
    const char *name; /* of librdkafka; those the protocol owns are refused with ERR_FATAL */
    const char *value;
};

struct bus_kafka_conf {
    const char *brokers; /* bootstrap.servers */
    const char *group;   /* NULL: no group (one-shot programs, producer and reader only) */
    const char *client_id;
    const char *const *topics; /* every topic this process may read or write */
    size_t topic_count;
    const int32_t *subscribed; /* indexes of those consumed in the group */
    size_t subscribed_count;
    bool lean; /* the group reads little ahead: for who waits for others than Kafka */
    const struct bus_kafka_property *properties;
    size_t property_count;
};

/* Starts connecting in the background; an absent broker is no error (BUS_AWAY comes), nor is a
 * topic that doesn't exist yet (BUS_FAILED ERR_RETRY comes once). NULL + *err for a wrong
 * configuration. conf may go afterwards. Free with bus_close(). */
MUST_CHECK struct bus *bus_kafka_open(const struct bus_kafka_conf *conf, struct err *err);

/* Are brokers and properties such as bus_kafka_open() takes? Connects to nothing. ERR_FATAL names
 * the variable of the environment that is wrong. */
MUST_CHECK int bus_kafka_check(const struct bus_kafka_conf *conf, struct err *err);

#endif
