/* Batches: gathered from a lane, loaded, decided, applied; again while records conflict. */
#include "worker/batch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"

#define TAKE_AT_ONCE 64
#define BATCH_BYTES_MAX (4 * 1024 * 1024)
#define ROUNDS_MAX 100 /* a batch that conflicts for ever is a bug: own the bucket again */

static void *grown(void *list, size_t *cap, size_t count, size_t size)
{
    if (count < *cap)
        return list;
    *cap = *cap ? *cap * 2 : 256;
    list = realloc(list, *cap * size);
    if (!list)
        abort();
    return list;
}

void batch_add_emit(struct batch *batch, int32_t tied, size_t at)
{
    batch->emits = grown(batch->emits, &batch->emit_cap, batch->emit_count, sizeof *batch->emits);
    batch->emits[batch->emit_count] =
        (struct batch_emit){ .tied = tied, .bytes = { at, batch->bytes.size - at } };
    batch->emit_count++;
}

struct batch_timer *batch_add_timer(struct batch *batch)
{
    batch->timers =
        grown(batch->timers, &batch->timer_cap, batch->timer_count, sizeof *batch->timers);
    return &batch->timers[batch->timer_count++];
}

struct batch_write *batch_add_write(struct batch *batch)
{
    batch->writes =
        grown(batch->writes, &batch->write_cap, batch->write_count, sizeof *batch->writes);
    return &batch->writes[batch->write_count++];
}

static void decided_reset(struct batch *batch)
{
    buf_reset(&batch->bytes);
    batch->write_count = batch->emit_count = batch->timer_count = 0;
}

static void batch_end(struct shell *shell, struct batch *batch)
{
    if (batch->count > 0)
        bus_release(shell->bus, batch->messages, batch->count);
    batch->count = 0;
    if (batch->bucket->life == batch->life)
        batch->bucket->lanes[batch->route].batch = NULL;
    batch->state = BATCH_FREE;
    shell->progress = true;
}

bool batch_any(const struct shell *shell)
{
    for (size_t i = 0; i < BATCHES_MAX; i++)
        if (shell->batches[i] && shell->batches[i]->state != BATCH_FREE)
            return true;
    return false;
}

/* Batches under way for this bucket die as soon as their calls are answered. */
void batch_drop(struct shell *shell, struct bucket *bucket)
{
    (void)shell;
    for (size_t r = 0; r < ROUTES_MAX; r++)
        bucket->lanes[r].batch = NULL;
}

static struct batch *batch_free_one(struct shell *shell)
{
    for (size_t i = 0; i < BATCHES_MAX; i++) {
        if (!shell->batches[i]) {
            shell->batches[i] = calloc(1, sizeof *shell->batches[i]);
            if (!shell->batches[i])
                abort();
        }
        if (shell->batches[i]->state == BATCH_FREE)
            return shell->batches[i];
    }
    return NULL;
}

/* A few messages. Offsets at or below the watermark are from before a seek: dropped. */
static size_t take_some(struct shell *shell, struct batch *batch)
{
    struct lane *lane = &batch->bucket->lanes[batch->route];
    struct bus_message *into = batch->messages + batch->count;
    size_t room = shell->set.batch - batch->count;
    size_t got = (shell_subscribes(shell, batch->route) ? bus_take : bus_read_take)(
        shell->bus, (int32_t)batch->route, batch->bucket->number, into,
        room < TAKE_AT_ONCE ? room : TAKE_AT_ONCE);
    size_t kept = 0;

    for (size_t i = 0; i < got; i++) {
        if (into[i].offset <= lane->watermark || into[i].offset < lane->position) {
            bus_release(shell->bus, &into[i], 1);
            continue;
        }
        lane->position = into[i].offset + 1;
        batch->taken_bytes += into[i].value_size;
        if (kept != i)
            into[kept] = into[i];
        kept++;
    }
    batch->count += kept;
    return got;
}

/* Full by count, or by bytes: a batch of dead letters holds every message once more. */
static bool is_full(const struct shell *shell, const struct batch *batch)
{
    return batch->count == shell->set.batch || batch->taken_bytes >= BATCH_BYTES_MAX;
}

static void take(struct shell *shell, struct batch *batch)
{
    while (!is_full(shell, batch) && take_some(shell, batch) > 0)
        shell->progress = true;
}

static void gather_begin(struct shell *shell, struct bucket *bucket, size_t route)
{
    struct batch *batch = batch_free_one(shell);
    if (!batch)
        return;
    batch->bucket = bucket;
    batch->route = route;
    batch->life = bucket->life;
    batch->count = 0;
    batch->taken_bytes = 0;
    take(shell, batch);
    if (batch->count == 0)
        return;
    batch->state = BATCH_GATHER;
    batch->begun_us = clock_boot_us();
    bucket->lanes[route].batch = batch;
}

static void load_begin(struct shell *shell, struct batch *batch)
{
    CRASH_POINT("after poll");
    metric_add(shell->metrics.batches[batch->route], 1);
    metric_add(shell->metrics.consumed[batch->route], (int64_t)batch->count);
    batch->round = 0;
    decided_reset(batch);
    batch_sort(shell, batch);
    batch->open_count = batch->key_count;
    for (size_t k = 0; k < batch->key_count; k++)
        batch->open[k] = (int32_t)k;
    batch->state = BATCH_LOAD;
    if (shell->spec->routes[batch->route].kind == ROUTE_STATELESS || batch->key_count == 0) {
        batch->loaded = false;
        batch->bucket_version = -1;
        batch->call.status = STORE_OK;
        return;
    }
    batch->loaded = true;
    store_load(shell->store, &batch->call, batch->bucket->number, batch->keys, batch->key_count);
}

/* The lists become what the store wants: pointers into bytes that no longer move. */
static void apply_build(struct shell *shell, struct batch *b)
{
    const char *base = b->bytes.data;

    b->apply_writes = realloc(b->apply_writes, (b->write_count + 1) * sizeof *b->apply_writes);
    b->apply_emits = realloc(b->apply_emits, (b->emit_count + 1) * sizeof *b->apply_emits);
    b->apply_timers = realloc(b->apply_timers, (b->timer_count + 1) * sizeof *b->apply_timers);
    if (!b->apply_writes || !b->apply_emits || !b->apply_timers)
        abort();
    for (size_t i = 0; i < b->write_count; i++) {
        const struct batch_write *w = &b->writes[i];
        b->apply_writes[i] = (struct store_write){
            .key = { w->kind, w->key >= 0 ? b->ids[w->key] : base + w->id },
            .expected = w->expected,
            .bytes = { base + w->bytes.at, w->bytes.size },
            .tied = w->tied,
        };
    }
    for (size_t i = 0; i < b->emit_count; i++)
        b->apply_emits[i] = (struct store_emit){
            .tied = b->emits[i].tied,
            .bytes = { base + b->emits[i].bytes.at, b->emits[i].bytes.size },
        };
    for (size_t i = 0; i < b->timer_count; i++)
        b->apply_timers[i] = (struct store_timer){
            .tied = b->timers[i].tied,
            .member = base + b->timers[i].member,
            .clock = b->timers[i].clock,
            .at_ms = b->timers[i].at_ms,
        };
    b->apply = (struct store_apply){
        .topic = shell->topics[b->route],
        .prev = b->bucket->lanes[b->route].watermark,
        .last = b->messages[b->count - 1].offset,
        .bucket_version = b->bucket_version,
        .writes = b->apply_writes,
        .write_count = b->write_count,
        .emits = b->apply_emits,
        .emit_count = b->emit_count,
        .timers = b->apply_timers,
        .timer_count = b->timer_count,
    };
}

static void apply_begin(struct shell *shell, struct batch *batch)
{
    batch_decide(shell, batch);
    store_call_done(shell->store, batch->round == 0 ? &batch->call : &batch->applied);
    if (shell->fatal.kind != ERR_NONE)
        return;
    apply_build(shell, batch);
    batch->state = BATCH_APPLY;
    metric_add(shell->metrics.applies[batch->route], 1);
    metric_add(shell->metrics.records, (int64_t)batch->write_count);
    bucket_write(shell, batch->bucket, &batch->applied, &batch->apply);
}

/* The records that somebody else wrote are open again, with their fresh values. */
static void open_conflicts(struct shell *shell, struct batch *batch)
{
    struct store_span text, value;
    int32_t open[BATCH_LIMIT];
    size_t count = 0;

    for (size_t i = 0; i + 1 < batch->applied.count; i += 2) {
        char digits[16] = { 0 };
        if (!store_item(shell->store, &batch->applied, i, &text) ||
            !store_item(shell->store, &batch->applied, i + 1, &value))
            break;
        memcpy(digits, text.at, text.size < sizeof digits - 1 ? text.size : sizeof digits - 1);
        long index = strtol(digits, NULL, 10);
        assert(index >= 0 && (size_t)index < batch->write_count);
        batch->values[count] = value;
        open[count++] = batch->writes[index].key;
    }
    memcpy(batch->open, open, count * sizeof open[0]);
    batch->open_count = count;
    batch->bucket_version = -1; /* only a few records: each is compared */
    metric_add(shell->metrics.conflicts, (int64_t)count);
    metric_add(shell->metrics.rounds, 1);
}

static void apply_answered(struct shell *shell, struct batch *batch)
{
    struct bucket *bucket = batch->bucket;
    bool conflict = batch->applied.status == STORE_CONFLICT;

    if (!bucket_written(shell, bucket, &batch->applied, &batch->apply)) {
        store_call_done(shell->store, &batch->applied);
        if (bucket->life == batch->life) /* nothing was written: the same batch again */
            bucket_lose(shell, bucket, BUCKET_OWN);
        batch_end(shell, batch);
        return;
    }
    if (conflict) {
        CRASH_POINT("between conflict rounds");
        open_conflicts(shell, batch);
        decided_reset(batch);
        if (++batch->round > ROUNDS_MAX) {
            store_call_done(shell->store, &batch->applied);
            bucket_lose(shell, bucket, BUCKET_OWN);
            batch_end(shell, batch);
            return;
        }
        apply_begin(shell, batch);
        return;
    }
    bucket->lanes[batch->route].watermark = batch->apply.last;
    store_call_done(shell->store, &batch->applied);
    batch_end(shell, batch);
}

static void step(struct shell *shell, struct batch *batch)
{
    struct bucket *bucket = batch->bucket;

    if (bucket->life != batch->life) { /* dropped; its calls must be answered first */
        if ((batch->state == BATCH_LOAD && batch->call.status == STORE_WAITING) ||
            (batch->state == BATCH_APPLY && batch->applied.status == STORE_WAITING))
            return;
        if (batch->state == BATCH_LOAD)
            store_call_done(shell->store, &batch->call);
        if (batch->state == BATCH_APPLY)
            store_call_done(shell->store, &batch->applied);
        batch_end(shell, batch);
        return;
    }
    switch (batch->state) {
    case BATCH_FREE: return;
    case BATCH_GATHER:
        take(shell, batch);
        if (!is_full(shell, batch) && !shell->stopping &&
            clock_boot_us() < batch->begun_us + shell->set.wait_ms * 1000)
            return;
        load_begin(shell, batch);
        return;
    case BATCH_LOAD:
        if (batch->call.status == STORE_WAITING || !bucket_has_room(bucket))
            return;
        if (batch->call.status == STORE_OK) {
            if (batch->loaded)
                batch->bucket_version = batch->call.number;
            apply_begin(shell, batch);
            return;
        }
        if (batch->call.status == STORE_REFUSED)
            shell_fatal(shell, &batch->call.err);
        store_call_done(shell->store, &batch->call);
        bucket_lose(shell, bucket, BUCKET_OWN);
        batch_end(shell, batch);
        return;
    case BATCH_APPLY:
        if (bucket_may_take(shell, bucket, &batch->applied, &batch->apply))
            apply_answered(shell, batch);
        return;
    }
}

void batch_step_all(struct shell *shell)
{
    size_t lanes = (size_t)shell->partitions * shell->spec->route_count;

    for (size_t i = 0; i < BATCHES_MAX; i++)
        if (shell->batches[i] && shell->batches[i]->state != BATCH_FREE) {
            step(shell, shell->batches[i]);
            store_step(shell->store); /* Redis works on this one while we decide the next */
        }
    if (shell->stopping || lanes == 0)
        return;
    shell->turn++;
    for (size_t i = 0; i < lanes; i++) {
        size_t at = (shell->turn + i) % lanes;
        struct bucket *bucket = &shell->buckets[at / shell->spec->route_count];
        size_t route = at % shell->spec->route_count;
        enum bucket_state when = shell_subscribes(shell, route) ? BUCKET_RUN : BUCKET_RESTORE;
        if (bucket->state == when && !bucket->lanes[route].batch)
            gather_begin(shell, bucket, route);
    }
}
