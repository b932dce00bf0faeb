/*
 * The store on Redis: opening, closing and the queue of calls. Commands are put together in
 * store_redis_encode.c, sent and received in store_redis_link.c, understood in store_redis_reply.c.
 */
#include "store/store_redis.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"

static struct redis_pending *take_pending(struct redis_store *s)
{
    struct redis_pending *p = s->spare;

    if (p) {
        s->spare = p->next;
    } else {
        p = calloc(1, sizeof *p);
        if (!p)
            abort(); /* as base/buf.h */
        p->made = s->made;
        s->made = p;
    }
    struct redis_pending *made = p->made;
    memset(p, 0, sizeof *p);
    p->made = made;
    p->owner = s;
    return p;
}

/* Queue a call. It may still be refused or, without a connection, end as LOST, in its turn. */
static struct redis_pending *begin(struct redis_store *s, struct store_call *call,
                                   enum redis_kind kind)
{
    struct redis_pending *p = take_pending(s);

    p->call = call;
    p->kind = kind;
    memset(call, 0, sizeof *call);
    call->status = STORE_WAITING;
    call->handle = p;
    if (s->last)
        s->last->next = p;
    else
        s->first = p;
    s->last = p;
    s->waiting++;
    return p;
}

/* Is this call to be encoded and sent? failed: what a check said, p->err its text. */
static bool may_send(struct redis_store *s, struct redis_pending *p, int failed)
{
    if (failed)
        return false;
    if (s->waiting > STORE_WAITING_MAX) {
        (void)err_set(&p->err, ERR_FATAL, "store call: %d calls wait already", STORE_WAITING_MAX);
        return false;
    }
    return s->state == REDIS_READY;
}

static void send_call(struct redis_store *s, struct redis_pending *p)
{
    p->sent = true;
    redis_link_asked(s);
}

void redis_finish(struct redis_pending *p, enum store_status status)
{
    struct redis_store *s = p->owner;

    assert(p == s->first && p->call->status == STORE_WAITING);
    s->first = p->next;
    if (!s->first)
        s->last = NULL;
    s->waiting--;
    if (status == STORE_REFUSED)
        p->call->err = p->err;
    p->call->status = status;
}

/* ------------------------------------------------------------------ the calls */

static void redis_load(void *self, struct store_call *call, int32_t bucket,
                       const struct store_key *keys, size_t count)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_LOAD);

    if (!may_send(s, p, store_check_keys(bucket, keys, count, &p->err)))
        return;
    redis_encode_load(&s->out, bucket, keys, count);
    send_call(s, p);
}

static void redis_own(void *self, struct store_call *call, int32_t bucket, const char *worker,
                      const char *const *topics, size_t count, int64_t now_ms)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_OWN);

    if (!may_send(s, p, store_check_topics(bucket, worker, topics, count, &p->err) ||
                            store_check_number(now_ms, "the time", &p->err)))
        return;
    p->topics = count;
    redis_encode_own(&s->out, bucket, worker, topics, count, now_ms);
    send_call(s, p);
}

static void redis_look(void *self, struct store_call *call, int32_t bucket, const char *worker,
                       const char *const *topics, size_t count)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_LOOK);

    if (!may_send(s, p, store_check_topics(bucket, worker, topics, count, &p->err)))
        return;
    p->topics = count;
    redis_encode_look(&s->out, bucket, worker, topics, count);
    send_call(s, p);
}

static void redis_apply(void *self, struct store_call *call, const struct store_apply *apply)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_APPLY);

    if (!may_send(s, p, store_check_apply(apply, &p->err)))
        return;
    redis_encode_apply(&s->out, apply);
    send_call(s, p);
}

static void redis_trim(void *self, struct store_call *call, int32_t bucket, const char *worker,
                       struct store_chain chain, int64_t count)
{
    const struct store_apply apply = {
        .bucket = bucket, .worker = worker, .chain = chain, .bucket_version = -1, .trim = count,
    };
    redis_apply(self, call, &apply);
}

static void redis_due(void *self, struct store_call *call, int32_t bucket, const char *worker,
                      int64_t business_ms, int64_t wire_ms, size_t max)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_DUE);

    if (!may_send(s, p, store_check_topics(bucket, worker, NULL, 0, &p->err) ||
                            store_check_number(business_ms, "the business time", &p->err) ||
                            store_check_number(wire_ms, "the wire time", &p->err)))
        return;
    if (max > STORE_TIMERS_MAX)
        max = STORE_TIMERS_MAX;
    redis_encode_due(&s->out, bucket, worker, business_ms, wire_ms, max);
    send_call(s, p);
}

static void redis_ids(void *self, struct store_call *call, int32_t bucket, char kind,
                      int64_t cursor)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_IDS);
    const struct store_key key = { .kind = kind, .id = "any" };

    if (!may_send(s, p, store_check_keys(bucket, &key, 1, &p->err)))
        return;
    p->item_skip = redis_encode_ids(&s->out, bucket, kind, cursor);
    send_call(s, p);
}

static void redis_clock(void *self, struct store_call *call, int64_t set_ms)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, set_ms > 0 ? REDIS_CLOCK_SET : REDIS_CLOCK_GET);

    if (!may_send(s, p, store_check_number(set_ms > 0 ? set_ms : 0, "the time", &p->err)))
        return;
    p->set_ms = set_ms;
    redis_encode_clock(&s->out, set_ms);
    send_call(s, p);
}

static void redis_stamp(void *self, struct store_call *call, const char *text)
{
    struct redis_store *s = self;
    struct redis_pending *p = begin(s, call, REDIS_STAMP);

    if (!may_send(s, p, store_check_stamp(text, &p->err)))
        return;
    redis_encode_stamp(&s->out, text);
    send_call(s, p);
}

/* ------------------------------------------------------------------ results */

static bool redis_item(const struct store_call *call, size_t i, struct store_span *span)
{
    const struct redis_pending *p = call->handle;

    if (i >= p->item_count)
        return false;
    const redisReply *item = p->items[i];
    if (item->type != REDIS_REPLY_STRING) {
        *span = (struct store_span){ .at = NULL };
        return true;
    }
    span->at = item->str + p->item_skip;
    span->size = item->len - p->item_skip;
    return true;
}

static void redis_done(struct store_call *call)
{
    struct redis_pending *p = call->handle;
    struct redis_store *s = p->owner;

    if (p->reply)
        freeReplyObject(p->reply);
    p->reply = NULL;
    p->next = s->spare;
    s->spare = p;
}

/* ------------------------------------------------------------------ the connection */

static void redis_step(void *self)
{
    redis_link_step(self);
}

static int redis_fd(void *self, bool *want_write)
{
    struct redis_store *s = self;

    *want_write = s->state == REDIS_CONNECTING || s->out.bytes.size > 0;
    return s->link ? s->link->fd : -1;
}

static int64_t redis_generation(void *self)
{
    const struct redis_store *s = self;
    return s->generation;
}

static bool redis_trouble(void *self, struct err *err)
{
    const struct redis_store *s = self;

    if (s->state == REDIS_READY)
        return false;
    *err = s->trouble;
    return true;
}

/* A password must not stay in memory that somebody else is given. */
static void free_secret(char *secret)
{
    if (!secret)
        return;
    for (volatile char *at = secret; *at; at++)
        *at = 0;
    free(secret);
}

static void redis_close(void *self)
{
    struct redis_store *s = self;
    struct redis_pending *next;

    if (s->link)
        redisFree(s->link);
    for (struct redis_pending *p = s->made; p; p = next) {
        next = p->made;
        if (p->reply)
            freeReplyObject(p->reply);
        free(p);
    }
    buf_release(&s->out.bytes);
    free(s->shown);
    free(s->user);
    free_secret(s->password);
    free(s);
}

static const struct store_ops redis_ops = {
    .step = redis_step,
    .fd = redis_fd,
    .generation = redis_generation,
    .trouble = redis_trouble,
    .load = redis_load,
    .own = redis_own,
    .look = redis_look,
    .apply = redis_apply,
    .trim = redis_trim,
    .due = redis_due,
    .ids = redis_ids,
    .clock = redis_clock,
    .stamp = redis_stamp,
    .item = redis_item,
    .done = redis_done,
    .close = redis_close,
};

struct store *store_redis_open(const struct store_redis_conf *conf, struct err *err)
{
    struct redis_address address;

    if (redis_parse_address(conf->address, &address, err))
        return NULL;
    struct redis_store *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->store.ops = &redis_ops;
    s->store.self = s;
    s->address = address;
    s->shown = strdup(conf->address);
    s->user = strdup(conf->user ? conf->user : "");
    s->password = strdup(conf->password ? conf->password : "");
    if (!s->shown || !s->user || !s->password)
        abort();
    s->pause_ms = REDIS_PAUSE_LEAST_MS;
    (void)err_set(&s->trouble, ERR_RETRY, "Redis %.100s: not connected yet", s->shown);
    return &s->store;
}
