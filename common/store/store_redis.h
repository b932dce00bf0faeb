#ifndef STORE_STORE_REDIS_H
#define STORE_STORE_REDIS_H

/*
 * The inside of the store on Redis: one connection and a queue of begun calls.  Internal to the
 * room; of its files only store_redis*.c include this one, and with it hiredis, which connects and
 * reads.  Writing is ours: hiredis gives its buffer back after each command, and for batches the
 * clearing of new pages costs more than all the rest; and it writes without MSG_NOSIGNAL.
 *
 *   AWAY --pause is over--> CONNECTING --socket ready--> CHECKING --all checks passed--> READY
 *
 * and from anywhere back to AWAY: redis_link_lost() ends every waiting call.
 */
#include <hiredis/hiredis.h>

#include "base/buf.h"
#include "store/store.h"

#define REDIS_PAUSE_LEAST_MS 20
#define REDIS_PAUSE_MOST_MS 1000
#define REDIS_CONNECT_MS 5000  /* until the checks are through */
#define REDIS_SILENCE_MS 15000 /* calls wait, and not one byte comes */
#define REDIS_ROOM_PART 32     /* so large a part of maxmemory must be free after an OOM */
#define REDIS_HOST_MAX 255
#define REDIS_PATH_MAX 100     /* sockaddr_un has room for 108 */

enum redis_state { REDIS_AWAY, REDIS_CONNECTING, REDIS_CHECKING, REDIS_READY };

enum redis_kind {
    REDIS_LOAD,
    REDIS_OWN,
    REDIS_LOOK,
    REDIS_APPLY,
    REDIS_DUE,
    REDIS_IDS,
    REDIS_CLOCK_GET,
    REDIS_CLOCK_SET,
    REDIS_STAMP,
};

/* A call from its beginning to store_call_done(). */
struct redis_pending {
    struct redis_store *owner;
    struct store_call *call;
    struct redis_pending *next; /* in the queue, or among the free ones */
    struct redis_pending *made; /* all there are, for close */
    enum redis_kind kind;
    bool sent;                  /* false: ends as REFUSED when err is set, otherwise as LOST */
    struct err err;
    size_t topics;              /* OWN, LOOK: how many watermarks were asked for */
    int64_t set_ms;             /* CLOCK_SET */
    redisReply *reply;          /* holds the results */
    struct redisReply **items;
    size_t item_count;
    size_t item_skip;           /* IDS: length of "p:{5}:" */
};

/* Commands on their way: what is put together, or not sent yet. The memory is kept. */
struct redis_out {
    struct buf bytes;
    size_t sent;
    size_t args_left; /* of the command under construction */
};

struct redis_address {
    char host[REDIS_HOST_MAX + 1]; /* "" with a path */
    int port;
    char path[REDIS_PATH_MAX + 1];
};

struct redis_store {
    struct store store;
    struct redis_address address;
    char *shown;            /* the address as given, for messages */
    char *user, *password;

    enum redis_state state;
    redisContext *link;     /* not NULL past AWAY */
    int checks_left;        /* answers of CHECKING still to come */
    bool heard_since_ready; /* an answer came: the next pause begins short again */
    bool full;              /* a write was refused with OOM, and there is no room yet */
    int64_t generation;
    int64_t pause_ms, again_ms; /* boot clock */
    int64_t began_ms;           /* of CONNECTING */
    int64_t heard_ms;           /* last byte, or first call that waits */
    struct err trouble;

    struct redis_pending *first, *last; /* begun, not finished; oldest first */
    size_t waiting;
    struct redis_pending *spare, *made;
    struct redis_out out;
};

/* ---------------------------------------------------------------- store_redis_link.c */
MUST_CHECK int redis_parse_address(const char *text, struct redis_address *address,
                                   struct err *err);
/* One turn: connect, send, receive. */
void redis_link_step(struct redis_store *s);
/* Throw the connection away: *err becomes the trouble, all calls end. */
__attribute__((format(printf, 2, 3))) void redis_link_lost(struct redis_store *s, const char *fmt,
                                                           ...);
/* A command was put into s->out: the wait for its answer begins. */
void redis_link_asked(struct redis_store *s);

/* ---------------------------------------------------------------- store_redis.c */
/* The oldest call is finished: out of the queue. */
void redis_finish(struct redis_pending *pending, enum store_status status);

/* ---------------------------------------------------------------- store_redis_reply.c */
/* The answer to the oldest call; keeps or frees the reply. May lose the connection. */
void redis_answer(struct redis_store *s, redisReply *reply);
/* The next answer of CHECKING; frees it. Makes READY, or loses the connection. */
void redis_checked(struct redis_store *s, redisReply *reply);
/* A whole number, given as integer or as text. */
bool redis_number(const redisReply *reply, int64_t *number);

/* ---------------------------------------------------------------- store_redis_encode.c */
/* Begin a command of so many parts, the first its name; then add each of them. */
void redis_out_begin(struct redis_out *out, size_t parts);
void redis_out_add(struct redis_out *out, const void *at, size_t size);
void redis_out_text(struct redis_out *out, const char *text);

void redis_encode_load(struct redis_out *out, int32_t bucket, const struct store_key *keys,
                       size_t count);
void redis_encode_own(struct redis_out *out, int32_t bucket, const char *worker,
                      const char *const *topics, size_t count, int64_t now_ms);
void redis_encode_look(struct redis_out *out, int32_t bucket, const char *worker,
                       const char *const *topics, size_t count);
void redis_encode_apply(struct redis_out *out, const struct store_apply *apply);
void redis_encode_due(struct redis_out *out, int32_t bucket, const char *worker,
                      int64_t business_ms, int64_t wire_ms, size_t max);
/* Returns the length of what comes before the id in each key found. */
size_t redis_encode_ids(struct redis_out *out, int32_t bucket, char kind, int64_t cursor);
void redis_encode_stamp(struct redis_out *out, const char *text);
void redis_encode_clock(struct redis_out *out, int64_t set_ms);

#endif
