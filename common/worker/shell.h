#ifndef WORKER_SHELL_H
#define WORKER_SHELL_H

/*
 * The inside of the shell, shared by its files and by rooms that extend it (common/money).
 *
 * A shell owns buckets.  A bucket goes through
 *
 *   FOREIGN -assigned-> OWN -epoch, watermarks, leftovers-> (ASK what was committed, if Redis
 *           holds no watermark) -> LEFTOVER -delivered-> SEEK
 *           -positions given to the bus-> RESTORE -extra says so-> RUN
 *
 * and from anywhere back to OWN when the store answers GAP or LOST (Redis moved back, the
 * connection broke): everything under way for it is dropped, what was written stands in the outbox,
 * what was not is read again.  FENCED: the same after a pause: the newer owner may have been a
 * zombie that has yet to hear that the bucket isn't its own.  Revoked: FOREIGN.  A dropped call may
 * still be answered: each piece of work remembers the bucket's `life` and dies when it differs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "codec/codec.h"
#include "store/store.h"
#include "worker/parcel.h"
#include "worker/worker.h"

#define ROUTES_MAX 10
#define BATCHES_MAX 6          /* under way at once, over all buckets */
#define GROUPS_MAX 64          /* outbox groups of one bucket not yet trimmed */
#define BATCH_LIMIT STORE_RECORDS_MAX

enum bucket_state {
    BUCKET_FOREIGN,
    BUCKET_OWN,
    BUCKET_ASK,
    BUCKET_LEFTOVER,
    BUCKET_SEEK,
    BUCKET_RESTORE,
    BUCKET_RUN,
    BUCKET_WIPED, /* the group has committed, Redis holds nothing: waits for a rebuild */
};

/* Emissions of one write, oldest first in the bucket's list: in the outbox, being delivered. */
struct group {
    struct bus_ticket ticket;
    struct buf bytes;      /* parcels, each with its size (u32) in front */
    size_t count;          /* parcels */
    size_t produced;       /* of them handed to the bus */
    size_t produced_bytes;
    bool booking;          /* an entry of the book of record was produced, nothing told since */
    bool orphan;           /* its bucket was dropped: free when no report is pending */
    struct group *next;
};

struct batch;

struct lane { /* one topic of one bucket */
    int64_t watermark;  /* last applied offset, -1: none */
    int64_t position;   /* next offset to take from the bus */
    int64_t committed;  /* last offset + 1 told to the group */
    struct batch *batch;/* at most one under way */
};

struct bucket {
    int32_t number;
    enum bucket_state state;
    uint64_t life; /* grows whenever work under way is dropped */
    struct store_chain chain;
    int64_t epoch;
    struct lane lanes[ROUTES_MAX];
    struct group *first, *last; /* outbox */
    size_t group_count;
    uint64_t pushed, delivered; /* groups ever added and done, for who waits for its own */
    int64_t deliverable;        /* delivered at the head, not yet trimmed */
    struct store_call call;     /* own, trim: one at a time */
    enum { BUCKET_CALL_NONE, BUCKET_CALL_OWN, BUCKET_CALL_TRIM, BUCKET_CALL_PROBE } calling;
    uint64_t call_life;         /* of the bucket when that call was begun */
    int64_t trim_sequence;
    size_t writing;             /* chained writes whose answer is still to come */
    int64_t answered;           /* sequence of the next write whose answer may be taken */
    size_t group_bytes;         /* of the emissions in memory */
    int64_t again_boot_ms;      /* not before: owning is tried again */
    int64_t probed_boot_ms;     /* when an idle bucket was last compared with the store */
    void *extra;                /* the extension's own */
};

struct shell_settings {
    const char *environment;
    bool rehearsal;
    size_t batch;       /* messages per batch */
    int64_t wait_ms;    /* gather at most so long */
    int64_t drain_ms;
    int32_t partitions; /* expected; 0: whatever the topics have */
    const char *const *topics; /* those the bus was opened with, in its order; routes' first */
    size_t topic_count;
};

struct shell_metrics {
    struct metric *consumed[ROUTES_MAX], *dead[ROUTES_MAX], *rerouted[ROUTES_MAX];
    struct metric *batches[ROUTES_MAX], *applies[ROUTES_MAX];
    struct metric *records, *conflicts, *rounds, *emitted, *gaps, *fenced, *unchanged;
    struct metric *store_up, *bus_up, *buckets, *ready;
};

struct shell {
    const struct worker_spec *spec;
    struct bus *bus;
    struct store *store;
    struct codec *codec;
    struct shell_settings set;
    char source[64]; /* ce_source: "/insentif/<worker>" */
    const char *topics[ROUTES_MAX]; /* of the routes; the same index as in the bus */

    struct bucket *buckets; /* [partitions] once known */
    int32_t partitions;
    int64_t store_generation;

    struct batch *batches[BATCHES_MAX];
    struct group *orphans;
    struct shell_metrics metrics;

    int32_t waiting[BUS_PARTITIONS_MAX]; /* assigned before the partition count was known */
    size_t waiting_count;
    int32_t asking;        /* the bucket whose committed offsets were asked for, -1: none */
    int64_t seek_boot_ms;  /* since when a bucket waits for its positions, 0: none does */
    size_t turn;           /* lanes take turns */

    struct store_call clock_call;
    struct store_call stamp_call;
    int64_t stamped; /* the store's generation whose stamp is ours */
    int64_t business_base_ms; /* rehearsal: the shared value, 0 not known */
    int64_t clock_boot_ms;
    int64_t commit_boot_ms;

    bool stopping;
    bool store_away, bus_away;
    enum { STORE_SAID_NOTHING, STORE_SAID_UP, STORE_SAID_AWAY } store_said; /* as last logged */
    int64_t start_boot_ms;
    bool progress;             /* this turn did something: don't sleep */
    struct err fatal;
    void *extra;
};

/* ---------------------------------------------------------------- shell.c */

/* A shell over given edges, the caller's. The loop is shell_turn() until shell_stopped(). */
struct shell *shell_new(const struct worker_spec *spec, const struct shell_settings *settings,
                        struct bus *bus, struct store *store, struct codec *codec);
void shell_let_go(struct shell *shell); /* no more turns: give the bus its messages back */
void shell_free(struct shell *shell);   /* after the bus was closed */

/* One turn of the loop: never waits. Returns false once ERR_FATAL was met (shell->fatal). */
bool shell_turn(struct shell *shell);
void shell_stop(struct shell *shell); /* take nothing new, finish what is under way */
bool shell_stopped(const struct shell *shell);
bool shell_ready(const struct shell *shell);

/* The bus's index of a topic; asserts that it was opened with it. */
int32_t shell_topic(const struct shell *shell, const char *topic);
/* Is this route's topic consumed by the group (and not by the reader)? */
bool shell_subscribes(const struct shell *shell, size_t route);

/* The business clock (D11): false while the rehearsal clock is not known. */
bool shell_business_ms(const struct shell *shell, int64_t *at_ms);

/* Give up: logged once, the process ends with status 2. */
void shell_fatal(struct shell *shell, const struct err *err);

/* ---------------------------------------------------------------- bucket.c: ownership */
void bucket_step(struct shell *shell, struct bucket *bucket);
void bucket_lose(struct shell *shell, struct bucket *bucket, enum bucket_state next);
void bucket_position_all(struct shell *shell);
/* A newer owner was met: owned again after a pause, if the group doesn't say otherwise. */
void bucket_fenced(struct shell *shell, struct bucket *bucket);

/* ---------------------------------------------------------------- outbox.c */

/*
 * Begin a chained write: fills in bucket, worker, chain and trim. The caller waits for call->status
 * and then calls bucket_written(), which keeps the chain, takes over the emissions (`parcels`, in
 * the order of apply->emits, only of those not in conflict) and drops the bucket on GAP, FENCED,
 * LOST.  Returns true when the write counts (OK or CONFLICT).
 */
void bucket_write(struct shell *shell, struct bucket *bucket, struct store_call *call,
                  struct store_apply *apply);
bool bucket_written(struct shell *shell, struct bucket *bucket, struct store_call *call,
                    const struct store_apply *apply);

/*
 * May the answer of this write be taken now?  Answers are taken in the order of the writes, whoever
 * began them: the outbox in memory must be in the order of the one in Redis, or trimming would drop
 * what isn't delivered.
 */
bool bucket_may_take(struct shell *shell, const struct bucket *bucket,
                     const struct store_call *call, const struct store_apply *apply);

/* Room for another write with emissions? */
bool bucket_has_room(const struct bucket *bucket);

/* Produce what waits, count what is delivered, trim when idle. */
void outbox_step(struct shell *shell, struct bucket *bucket);
bool outbox_empty(const struct bucket *bucket);
void outbox_add(struct shell *shell, struct bucket *bucket, const struct store_span *parcels,
                size_t count);
void outbox_drop(struct shell *shell, struct bucket *bucket);
void outbox_sweep(struct shell *shell);

/* ---------------------------------------------------------------- batch.c, decide.c */
void batch_step_all(struct shell *shell);
void batch_drop(struct shell *shell, struct bucket *bucket);
bool batch_any(const struct shell *shell);
/* Give all messages back to the bus, which can't be closed before; no turn may follow. */

/*
 * Pack one event of this worker into a parcel at the end of out.  The caller has filled in
 * partition, version, time_ms and traceparent, and source for an event that is sent on.
 */
void shell_pack_parcel(struct shell *shell, struct parcel *parcel, enum event_type type,
                       const void *event, const char *participant, const char *id,
                       struct buf *out);

/* The same for what no message causes (money's timers): its trace is that of its instalment. */
void shell_pack(struct shell *shell, int32_t bucket, enum event_type type, const void *event,
                const char *participant, const char *id, int64_t version, int64_t time_ms,
                struct buf *out);

#endif
