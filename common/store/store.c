#include "store/store.h"

#include <assert.h>

void store_step(struct store *store)
{
    store->ops->step(store->self);
}

int store_fd(struct store *store, bool *want_write)
{
    return store->ops->fd(store->self, want_write);
}

int64_t store_generation(struct store *store)
{
    return store->ops->generation(store->self);
}

bool store_trouble(struct store *store, struct err *err)
{
    return store->ops->trouble(store->self, err);
}

void store_load(struct store *store, struct store_call *call, int32_t bucket,
                const struct store_key *keys, size_t count)
{
    assert(call->status == STORE_IDLE);
    store->ops->load(store->self, call, bucket, keys, count);
}

void store_own(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
               const char *const *topics, size_t count, int64_t now_ms)
{
    assert(call->status == STORE_IDLE);
    store->ops->own(store->self, call, bucket, worker, topics, count, now_ms);
}

void store_look(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
                const char *const *topics, size_t count)
{
    assert(call->status == STORE_IDLE);
    store->ops->look(store->self, call, bucket, worker, topics, count);
}

void store_apply(struct store *store, struct store_call *call, const struct store_apply *apply)
{
    assert(call->status == STORE_IDLE);
    store->ops->apply(store->self, call, apply);
}

void store_trim(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
                struct store_chain chain, int64_t count)
{
    assert(call->status == STORE_IDLE);
    store->ops->trim(store->self, call, bucket, worker, chain, count);
}

void store_due(struct store *store, struct store_call *call, int32_t bucket, const char *worker,
               int64_t business_ms, int64_t wire_ms, size_t max)
{
    assert(call->status == STORE_IDLE);
    store->ops->due(store->self, call, bucket, worker, business_ms, wire_ms, max);
}

void store_ids(struct store *store, struct store_call *call, int32_t bucket, char kind,
               int64_t cursor)
{
    assert(call->status == STORE_IDLE);
    store->ops->ids(store->self, call, bucket, kind, cursor);
}

void store_clock(struct store *store, struct store_call *call, int64_t set_ms)
{
    assert(call->status == STORE_IDLE);
    store->ops->clock(store->self, call, set_ms);
}

void store_stamp(struct store *store, struct store_call *call, const char *text)
{
    assert(call->status == STORE_IDLE);
    store->ops->stamp(store->self, call, text);
}

bool store_item(const struct store *store, const struct store_call *call, size_t i,
                struct store_span *span)
{
    assert(call->status != STORE_WAITING);
    if (!call->handle)
        return false;
    return store->ops->item(call, i, span);
}

void store_call_done(struct store *store, struct store_call *call)
{
    assert(call->status != STORE_WAITING);
    if (call->handle)
        store->ops->done(call);
    *call = (struct store_call){ .status = STORE_IDLE };
}

void store_close(struct store *store)
{
    if (store)
        store->ops->close(store->self);
}
