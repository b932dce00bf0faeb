#ifndef STORE_STORE_H
#define STORE_STORE_H

/*
 * The store: Redis, as a table of functions, so that the same shell runs on the real thing
 * (store_redis*.c, the only files that include hiredis) and on its RAM twin (store_ram.c).
 *
 * Keys of bucket b (architecture.md "Who writes what"), all with hash tag {b}:
 *   p:{b}:<participant>   record: 8 bytes version (big endian), then store/bytes.h
 *   pay:{b}:<instalment>  working data of one payment, opaque here
 *   wm:{b}                hash: "<worker>" epoch · "<worker>#" write chain ·
 *                         "<worker>/<topic>" watermark
 *   ob:{b}:<worker>       list: emissions not yet known to be delivered, oldest first
 *   tm:{b}:<worker>       sorted set: timers of the business clock
 *   tw:{b}:<worker>       the same of the wire clock
 *   v:{b}                 bucket version: grows with every call that writes records, at least to
 *                         the newest version written: after Redis moved back it meets no old value
 *   rebuild:{b}           exists while the bucket is rebuilt: every call answers STORE_REBUILD
 *   case:{b}:<case>       cases (escalation-worker); opaque here
 *   acc:{b}:<account ref> who uses one payout account; a record like p
 * and without a tag: clock:rehearsal, stamp:insentif.
 *
 *  - Nothing blocks. A call is begun with store_load() and its like, and finished when its status
 *    is no longer STORE_WAITING, which only store_step() changes. Calls are answered in order.
 *  - Everything a call points to must live until it is finished; results live until
 *    store_call_done(). A call may be begun again after that.
 *  - After ANY connection error the connection is thrown away and every waiting call ends as
 *    STORE_LOST: whether a write happened is not known (style.md, habit 6). store_generation()
 *    grows with each new connection; who owns buckets must own them again (consistency.md
 *    "Assignment").  A call begun while there is no connection ends as STORE_LOST, too, unsent.
 *  - A call past a limit below, with numbers out of range, with a record whose version doesn't grow
 *    or a tie to what is no record ends as STORE_REFUSED, unsent.
 *  - The rule of every decision is the caller's; the store compares, chains and writes.
 *  - One thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define STORE_RECORDS_MAX 1000 /* per apply: one call stays under 5 ms */
#define STORE_WRITES_MAX 3000  /* records, payments and cases of an apply; keys of a load */
#define STORE_EMITS_MAX 8000
#define STORE_TIMERS_MAX 8000
#define STORE_REQUIRES_MAX 64
#define STORE_TOPICS_MAX 16
#define STORE_WORKER_MAX 32 /* bytes of a name, without the NUL; none of "/#:{}" */
#define STORE_TOPIC_MAX 120
#define STORE_ID_MAX 80 /* of a key's id and of a timer's member */
#define STORE_STAMP_MAX 64
#define STORE_WAITING_MAX 1024 /* calls begun and not finished */
/* Epochs, sequences, versions, offsets and times: Lua's numbers are exact up to here. */
#define STORE_NUMBER_MAX 9007199254740991

struct store_span {
    const void *at; /* NULL: no such key */
    size_t size;
};

enum store_status {
    STORE_IDLE,
    STORE_WAITING,
    STORE_OK,
    STORE_CONFLICT, /* apply: some records were changed by somebody else; the others are written */
    STORE_DUP,      /* apply: last <= watermark */
    STORE_GAP,      /* apply, trim: the chain or the watermark isn't where we left it: own again */
    STORE_STALE,    /* apply: a required watermark is not reached yet; nothing was written */
    STORE_FENCED,   /* a newer owner has the bucket: give it up */
    STORE_REBUILD,  /* the bucket is being rebuilt: wait */
    STORE_LOST,     /* connection lost: own again */
    STORE_REFUSED,  /* we or Redis refused the call (err says why): a wrong set-up or a bug */
};

struct store_call {
    enum store_status status;
    struct err err; /* of STORE_REFUSED */
    /* Results, by kind of call; see each function. */
    int64_t epoch;
    int64_t number;
    int64_t watermarks[STORE_TOPICS_MAX];
    size_t count;
    void *handle; /* the store's own */
};

/* "epoch:sequence": every write of a worker into a bucket names the one before (decisions D14). */
struct store_chain {
    int64_t epoch;
    int64_t sequence;
};

struct store_key {
    char kind;      /* 'p' participant, 'a' account: records; 'y' pay, 'c' case */
    const char *id; /* participant, account ref, instalment or case */
};

struct store_write {
    struct store_key key;
    int64_t expected; /* version the record had when read, 0: it didn't exist; records only */
    struct store_span bytes; /* at isn't NULL; a record begins with its version */
    int32_t tied; /* 'y','c': index (in writes) of the record it is written with, -1: none */
};

struct store_emit {
    int32_t tied; /* index of the record whose change it announces, -1: none */
    struct store_span bytes;
};

enum store_clock { STORE_CLOCK_NONE, STORE_CLOCK_BUSINESS, STORE_CLOCK_WIRE };

#define STORE_TIMERS_WHOLE "" /* a timer's member: see store_due() */

struct store_timer {
    int32_t tied;
    const char *member;     /* of two entries in one apply the later counts */
    enum store_clock clock; /* NONE: removed; otherwise moved to that clock's set */
    int64_t at_ms;          /* from 0 on */
};

struct store_require {
    const char *worker;
    const char *topic;
    int64_t watermark; /* at least */
};

struct store_apply {
    int32_t bucket;
    const char *worker;
    struct store_chain chain; /* of our last write; this one becomes sequence + 1 */
    const char *topic;        /* NULL: no watermark moves */
    int64_t prev, last;       /* the watermark must be prev (-1: none yet) and becomes last */
    int64_t bucket_version;   /* as loaded, -1: compare each record */
    int64_t trim;             /* emissions delivered: so many are dropped from the outbox's head */
    const struct store_write *writes;
    size_t write_count;
    const struct store_emit *emits;
    size_t emit_count;
    const struct store_timer *timers;
    size_t timer_count;
    const struct store_require *requires;
    size_t require_count;
};

struct store; /* made by store_redis_open() or store_ram_open() */

struct store_ops {
    void (*step)(void *self);
    int (*fd)(void *self, bool *want_write);
    int64_t (*generation)(void *self);
    bool (*trouble)(void *self, struct err *err);
    void (*load)(void *self, struct store_call *call, int32_t bucket, const struct store_key *keys,
                 size_t count);
    void (*own)(void *self, struct store_call *call, int32_t bucket, const char *worker,
                const char *const *topics, size_t count, int64_t now_ms);
    void (*look)(void *self, struct store_call *call, int32_t bucket, const char *worker,
                 const char *const *topics, size_t count);
    void (*apply)(void *self, struct store_call *call, const struct store_apply *apply);
    void (*trim)(void *self, struct store_call *call, int32_t bucket, const char *worker,
                 struct store_chain chain, int64_t count);
    void (*due)(void *self, struct store_call *call, int32_t bucket, const char *worker,
                int64_t business_ms, int64_t wire_ms, size_t max);
    void (*ids)(void *self, struct store_call *call, int32_t bucket, char kind, int64_t cursor);
    void (*clock)(void *self, struct store_call *call, int64_t set_ms);
    void (*stamp)(void *self, struct store_call *call, const char *text);
    bool (*item)(const struct store_call *call, size_t i, struct store_span *span);
    void (*done)(struct store_call *call);
    void (*close)(void *self);
};

struct store {
    const struct store_ops *ops;
    void *self;
};

/* Send, receive, finish calls, connect again after a pause. Never waits. */
void store_step(struct store *store);

/* What to poll; -1 while there is no connection (poll with a timeout then, at most 100 ms). */
int store_fd(struct store *store, bool *want_write);

/* 0: never connected and checked; grows by one with each new connection. */
int64_t store_generation(struct store *store);

/* True while the store can't be used, with the reason: away, evicting, a replica, library missing
 * or of another version ("run: insentif store install"). */
bool store_trouble(struct store *store, struct err *err);

/*
 * Read the bucket version and the values of keys[0..count) in one MGET.  number: bucket version
 * (0: none yet); item i: the value of key i.
 */
void store_load(struct store *store, struct store_call *call, int32_t bucket,
                const struct store_key *keys, size_t count);

/*
 * Become the owner: epoch = max(stored + 1, now_ms), a new chain (epoch:0). Results: epoch;
 * watermarks[t] for topics[t], -1 where there is none; items: the outbox, oldest first.
 * number: 1 when the bucket holds anything of this worker, 0 when it is empty (never used or lost).
 */
void store_own(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
               const char *const *topics, size_t count, int64_t now_ms);

/* The same without becoming the owner: epoch (0: none yet), watermarks, no items, count: entries in
 * the outbox, number: timers of both clocks. */
void store_look(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
                const char *const *topics, size_t count);

/*
 * One write (consistency.md "Facts side").  Checked in this order, before anything is written:
 * rebuild flag, epoch (FENCED), last <= watermark (DUP), chain or prev (GAP), requires (STALE).
 * Then the outbox is trimmed; records whose version is not `expected` are conflicts: neither they
 * nor what is tied to them is written; all else is; the watermark moves only when no record is in
 * conflict. The chain moves on with OK and CONFLICT.
 * Results: number: the bucket version after the call; CONFLICT: item 2k: the index of the k-th
 * conflicting write as decimal text, item 2k+1: its present value (at == NULL: none); count: 2 per
 * conflict. GAP: watermarks[0] is the topic's stored watermark.
 */
void store_apply(struct store *store, struct store_call *call, const struct store_apply *apply);

/* Drop `count` delivered emissions from the outbox's head: a write of the chain like any other. */
void store_trim(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
                struct store_chain chain, int64_t count);

/*
 * Timers due by their own clock, earliest first (then business before wire, then by member), at
 * most max: item i is the member. number: 1 while a timer set may have been lost, or was never
 * used: make the timers again from the records (store_ids), then say so by an apply with a timer
 * whose member is STORE_TIMERS_WHOLE and whose clock is the business clock. Until then it is told
 * again, to the next owner too.
 */
void store_due(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
               int64_t business_ms, int64_t wire_ms, size_t max);

/* A part of the ids that have a key of that kind (struct store_key) in the bucket,
 * possibly none: start with cursor 0, go on with number until it is 0. Ids may come twice. For
 * rebuilding timers and for listings: Redis walks the keys of all its buckets. */
void store_ids(struct store *store, struct store_call *call, int32_t bucket, char kind,
               int64_t cursor);

/* The shared rehearsal clock: set_ms > 0 sets it. number: its value now, 0: it was never set. */
void store_clock(struct store *store, struct store_call *call, int64_t set_ms);

/*
 * What all who write here must agree on (environment, number of buckets): the first says it, and it
 * stays. Item 0: what was said before, at == NULL when this is the first. text: 1 to
 * STORE_STAMP_MAX bytes.
 */
void store_stamp(struct store *store, struct store_call *call, const char *text);

/* Result i of a finished call; false past the last. Valid until store_call_done(). */
bool store_item(const struct store *store, const struct store_call *call, size_t i,
                struct store_span *span);

/* Free the results; the call is STORE_IDLE again. Allowed in any state but STORE_WAITING. */
void store_call_done(struct store *store, struct store_call *call);

/* Waiting calls are forgotten (never touched again). NULL is allowed. */
void store_close(struct store *store);

/* ------------------------------------------------------------------ the real thing */
struct store_redis_conf {
    const char *address;  /* "host:port", "[v6]:port" or "unix:/path" */
    const char *user;     /* "" : none */
    const char *password; /* "" : none */
};

/*
 * Connects in the background; an absent Redis is trouble (ERR_RETRY), not an error. NULL + *err:
 * bad address.  A host's name is looked up at every connect, which takes as long as the resolver
 * does: give numbers where that matters.
 */
MUST_CHECK struct store *store_redis_open(const struct store_redis_conf *conf, struct err *err);

/* Blocking, for `insentif store install`: load the Function library (FUNCTION LOAD REPLACE). */
MUST_CHECK int store_redis_install(const struct store_redis_conf *conf, struct err *err);

/* The library's version, a hash of its text: part of the Functions' names in Redis, so that a
 * worker of another build can't call them, and compared at every connect. */
const char *store_library_version(void);

#endif
