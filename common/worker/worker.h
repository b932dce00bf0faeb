#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

/*
 * The imperative shell that every worker shares: a single-threaded step machine over tables of edge
 * functions (bus, store), so that the same code runs on Kafka and Redis and on their RAM twins.
 *
 *   consume -> decode -> load -> decide -> apply -> emit -> commit
 *
 * A worker is a name and a table of routes.  A route says which topic it consumes and which
 * function decides what an event means; the shell does everything that can fail.  docs/shell.md is
 * the walk through this code.
 *
 * Adding a worker takes four things:
 *   1. workers/<name>/main.c with the routes          (add_worker() in workers/CMakeLists.txt)
 *   2. its event types in common/events/events.h      (and the .avsc in schemas/)
 *   3. its decisions in common/policy/                (and their tables in tests/policy/)
 *   4. its service in docker-compose.yml
 */
#include <stddef.h>
#include <stdint.h>

#include "base/conf.h"
#include "base/err.h"
#include "bus/bus.h"
#include "events/events.h"
#include "policy/record.h"
#include "policy/users.h"

struct shell;
struct bucket;
struct decision;

/*
 * What one event means.  `event` is possible (events.h).  The function may change d->record (NULL
 * for routes without one), and add to the decision by the functions below; everything takes effect
 * in one write or not at all, and may be asked again with a fresher record.  It must not depend on
 * anything but its arguments.  Returns NULL, or a static sentence: the event is a dead letter. What
 * was changed before stays, so refuse before changing anything.
 */
typedef const char *decide_fn(struct decision *d, const void *event);

enum route_kind {
    ROUTE_RECORD,    /* reads and writes the participant's record */
    ROUTE_ACCOUNT,   /* reads and writes who uses an account: the key is its ref */
    ROUTE_STATELESS, /* only emits, or writes cases */
    ROUTE_LEDGER,    /* reads and writes the record, outside the group and only while restoring */
};

struct route {
    enum event_type event;
    enum route_kind kind;
    decide_fn *decide;
};

struct decision {
    struct shell *shell;
    struct bucket *bucket;
    struct record *record;     /* after the events so far; NULL for routes without one */
    struct account_users *users; /* the same; ROUTE_ACCOUNT only */
    int64_t now_ms;            /* the Kafka record's timestamp: a replay decides the same */
    int64_t business_ms;       /* the business clock; only for timers, never for facts */
    const char *participant;   /* the key: a participant, or what the route is about */
};

/* Emit an event besides those that settle() finds; it goes where its own key belongs. id:
 * deterministic, of what it is about. */
void decision_emit(struct decision *d, enum event_type type, const void *event, const char *id);
/* Set (or remove) a timer of this worker. */
void decision_timer(struct decision *d, const char *member, bool wire, int64_t at_ms);
/* Write a case (escalation-worker). */
void decision_case(struct decision *d, const char *id, const void *bytes, size_t size);

/* The environment id that every instalment id and reference carries (INSENTIF_ENVIRONMENT). */
const char *decision_environment(const struct decision *d);

/* The decision of every fact worker: the fact into the record. */
decide_fn decide_fact;

/* What a worker does besides its routes: money (common/money). All called from the loop. */
struct worker_extra {
    const struct conf_row *rows; /* its own settings */
    size_t row_count;
    void *(*open)(struct shell *shell, const struct conf *conf, struct err *err);
    /* A bucket is ours and its leftovers are out; called each turn until it returns true. */
    bool (*restore)(void *self, struct bucket *bucket);
    void (*step)(void *self, struct bucket *bucket); /* each turn while the bucket runs */
    void (*turn)(void *self);                        /* once each turn */
    void (*gone)(void *self, struct bucket *bucket); /* not ours, or must be owned again */
    void (*read_end)(void *self, const struct bus_position *end); /* of the bus's reader */
    bool (*idle)(void *self);                        /* nothing under way: may stop */
    size_t (*fds)(void *self, void *pollfds, size_t max);
    int64_t (*wait_ms)(void *self); /* at most so long may the loop sleep */
    void (*close)(void *self);
};

struct worker_spec {
    const char *name;    /* consumer group, log lines, metrics, key names in Redis */
    const char *summary; /* one line for --help */
    const struct route *routes;
    size_t route_count;
    const struct worker_extra *extra; /* NULL: none */
};

/*
 * Read the command line and the configuration, connect, and run until SIGTERM or SIGINT.
 * Returns the exit status: 0 after an orderly stop, 1 wrong configuration, 2 ERR_FATAL.
 */
int worker_main(int argc, char **argv, const struct worker_spec *spec);

#endif
