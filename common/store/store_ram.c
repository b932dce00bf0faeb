/* The RAM twin's connections and queues. What a call does is in store_ram_calls.c. */
#include "store/store_ram.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"
#include "store/store_ram_calls.h"

/* ------------------------------------------------------------------ the queue */

static struct ram_call *begin(struct ram_store *s, struct store_call *call, enum ram_kind kind)
{
    struct ram_call *c = s->spare;

    if (c) {
        s->spare = c->next;
    } else {
        c = calloc(1, sizeof *c);
        if (!c)
            abort(); /* as base/buf.h */
        c->made = s->made;
        s->made = c;
    }
    struct ram_call kept = { .made = c->made, .bytes = c->bytes, .items = c->items };
    *c = kept;
    buf_reset(&c->bytes);
    buf_reset(&c->items);
    c->owner = s;
    c->call = call;
    c->kind = kind;
    memset(call, 0, sizeof *call);
    call->status = STORE_WAITING;
    call->handle = c;
    if (s->last)
        s->last->next = c;
    else
        s->first = c;
    s->last = c;
    if (++s->waiting > STORE_WAITING_MAX)
        (void)err_set(&c->refused, ERR_FATAL, "store call: %d calls wait already",
                      STORE_WAITING_MAX);
    return c;
}

/* The oldest call gets its result; none when the answer is lost. */
static void answer(struct ram_store *s, bool lost)
{
    struct ram_call *c = s->first;

    s->first = c->next;
    if (!s->first)
        s->last = NULL;
    s->waiting--;
    if (c->refused.kind != ERR_NONE) {
        c->call->status = STORE_REFUSED;
        c->call->err = c->refused;
        return;
    }
    if (lost) {
        buf_reset(&c->items);
        c->call->status = STORE_LOST;
        return;
    }
    c->result.handle = c;
    *c->call = c->result;
}

static void answer_all_lost(struct ram_store *s)
{
    while (s->first)
        answer(s, true);
}

static void ram_step(void *self)
{
    struct ram_store *s = self;

    if (!s->up) {
        answer_all_lost(s);
        if (!s->ram->away) {
            s->up = true;
            s->generation++;
        }
        return;
    }
    while (s->first) {
        bool lost = false;
        if (s->first->refused.kind == ERR_NONE) {
            ram_execute(s->ram->data, s->first);
            lost = store_ram_chance(s->ram, s->ram->lose_permille);
        }
        answer(s, lost);
        if (lost) {
            ram_break_link(s);
            answer_all_lost(s);
            return;
        }
    }
}

/* ------------------------------------------------------------------ the calls */

static void ram_load(void *self, struct store_call *call, int32_t bucket,
                     const struct store_key *keys, size_t count)
{
    struct ram_call *c = begin(self, call, RAM_LOAD);

    if (store_check_keys(bucket, keys, count, &c->refused))
        return;
    c->bucket = bucket;
    c->keys = keys;
    c->count = count;
}

static void ram_own(void *self, struct store_call *call, int32_t bucket, const char *worker,
                    const char *const *topics, size_t count, int64_t now_ms)
{
    struct ram_call *c = begin(self, call, RAM_OWN);

    if (store_check_topics(bucket, worker, topics, count, &c->refused) ||
        store_check_number(now_ms, "the time", &c->refused))
        return;
    c->bucket = bucket;
    c->worker = worker;
    c->topics = topics;
    c->count = count;
    c->business_ms = now_ms;
}

static void ram_look(void *self, struct store_call *call, int32_t bucket, const char *worker,
                     const char *const *topics, size_t count)
{
    struct ram_call *c = begin(self, call, RAM_LOOK);

    if (store_check_topics(bucket, worker, topics, count, &c->refused))
        return;
    c->bucket = bucket;
    c->worker = worker;
    c->topics = topics;
    c->count = count;
}

static void ram_apply(void *self, struct store_call *call, const struct store_apply *apply)
{
    struct ram_call *c = begin(self, call, RAM_APPLY);

    if (store_check_apply(apply, &c->refused))
        return;
    c->bucket = apply->bucket;
    c->apply = *apply;
}

static void ram_trim(void *self, struct store_call *call, int32_t bucket, const char *worker,
                     struct store_chain chain, int64_t count)
{
    const struct store_apply apply = {
        .bucket = bucket, .worker = worker, .chain = chain, .bucket_version = -1, .trim = count,
    };
    ram_apply(self, call, &apply);
}

static void ram_due(void *self, struct store_call *call, int32_t bucket, const char *worker,
                    int64_t business_ms, int64_t wire_ms, size_t max)
{
    struct ram_call *c = begin(self, call, RAM_DUE);

    if (store_check_topics(bucket, worker, NULL, 0, &c->refused) ||
        store_check_number(business_ms, "the business time", &c->refused) ||
        store_check_number(wire_ms, "the wire time", &c->refused))
        return;
    c->bucket = bucket;
    c->worker = worker;
    c->business_ms = business_ms;
    c->wire_ms = wire_ms;
    c->count = max > STORE_TIMERS_MAX ? STORE_TIMERS_MAX : max;
}

static void ram_ids(void *self, struct store_call *call, int32_t bucket, char kind,
                    int64_t cursor)
{
    struct ram_call *c = begin(self, call, RAM_IDS);
    const struct store_key key = { .kind = kind, .id = "any" };

    if (store_check_keys(bucket, &key, 1, &c->refused))
        return;
    c->bucket = bucket;
    c->id_kind = kind;
    c->cursor = cursor;
}

static void ram_clock(void *self, struct store_call *call, int64_t set_ms)
{
    struct ram_call *c = begin(self, call, RAM_CLOCK);

    if (store_check_number(set_ms > 0 ? set_ms : 0, "the time", &c->refused))
        return;
    c->business_ms = set_ms;
}

static void ram_stamp(void *self, struct store_call *call, const char *text)
{
    struct ram_call *c = begin(self, call, RAM_STAMP);

    if (store_check_stamp(text, &c->refused))
        return;
    (void)snprintf(c->stamp, sizeof c->stamp, "%s", text);
}

/* ------------------------------------------------------------------ results and the rest */

static bool ram_item(const struct store_call *call, size_t i, struct store_span *span)
{
    const struct ram_call *c = call->handle;
    struct ram_item item;

    if (i >= c->items.size / sizeof item)
        return false;
    memcpy(&item, c->items.data + i * sizeof item, sizeof item);
    span->at = item.is_null ? NULL : c->bytes.data + item.at;
    span->size = item.size;
    return true;
}

static void ram_done(struct store_call *call)
{
    struct ram_call *c = call->handle;

    c->next = c->owner->spare;
    c->owner->spare = c;
}

static int ram_fd(void *self, bool *want_write)
{
    (void)self;
    *want_write = false;
    return -1;
}

static int64_t ram_generation(void *self)
{
    const struct ram_store *s = self;
    return s->generation;
}

static bool ram_trouble(void *self, struct err *err)
{
    const struct ram_store *s = self;

    if (s->up)
        return false;
    (void)err_set(err, ERR_RETRY, "Redis in memory: %s", s->ram->away ? "away" : "not connected");
    return true;
}

static void ram_close(void *self)
{
    struct ram_store *s = self, **at = &s->ram->stores;

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    for (struct ram_call *c = s->made, *next; c; c = next) {
        next = c->made;
        buf_release(&c->bytes);
        buf_release(&c->items);
        free(c);
    }
    free(s);
}

static const struct store_ops ram_ops = {
    .step = ram_step,
    .fd = ram_fd,
    .generation = ram_generation,
    .trouble = ram_trouble,
    .load = ram_load,
    .own = ram_own,
    .look = ram_look,
    .apply = ram_apply,
    .trim = ram_trim,
    .due = ram_due,
    .ids = ram_ids,
    .clock = ram_clock,
    .stamp = ram_stamp,
    .item = ram_item,
    .done = ram_done,
    .close = ram_close,
};

struct store *store_ram_open(struct store_ram *ram)
{
    struct ram_store *s = calloc(1, sizeof *s);

    if (!s)
        abort();
    s->store.ops = &ram_ops;
    s->store.self = s;
    s->ram = ram;
    s->next = ram->stores;
    ram->stores = s;
    return &s->store;
}

struct store_ram *store_ram_new(uint64_t seed)
{
    struct store_ram *ram = calloc(1, sizeof *ram);

    if (!ram)
        abort();
    ram->data = ram_data_new();
    ram->random = seed;
    return ram;
}

void store_ram_free(struct store_ram *ram)
{
    if (!ram)
        return;
    assert(!ram->stores);
    ram_data_free(ram->data);
    free(ram);
}
