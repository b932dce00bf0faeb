/*
 * Chained writes, and the outbox they fill: what a write must tell lies in Redis with the change
 * that caused it, is produced from memory, and is trimmed once Kafka has it (consistency.md).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "worker/shell.h"

#define GROUP_BYTES_MAX (16 * 1024 * 1024)

static struct group *group_new(void)
{
    struct group *group = calloc(1, sizeof *group);
    if (!group)
        abort();
    return group;
}

static void group_free(struct group *group)
{
    buf_release(&group->bytes);
    free(group);
}

void outbox_add(struct shell *shell, struct bucket *bucket, const struct store_span *parcels,
                size_t count)
{
    struct group *group = group_new();

    for (size_t i = 0; i < count; i++) {
        uint32_t size = (uint32_t)parcels[i].size;
        buf_add(&group->bytes, &size, sizeof size);
        buf_add(&group->bytes, parcels[i].at, parcels[i].size);
    }
    group->count = count;
    bucket->group_bytes += group->bytes.size;
    if (bucket->last)
        bucket->last->next = group;
    else
        bucket->first = group;
    bucket->last = group;
    bucket->group_count++;
    bucket->pushed++;
    shell->progress = true;
}

bool outbox_empty(const struct bucket *bucket)
{
    return !bucket->first;
}

bool bucket_has_room(const struct bucket *bucket)
{
    return bucket->group_count + bucket->writing < GROUPS_MAX &&
           bucket->group_bytes < GROUP_BYTES_MAX;
}

/* Reports may still come for what was produced: the memory waits for them (outbox_sweep). */
void outbox_drop(struct shell *shell, struct bucket *bucket)
{
    while (bucket->first) {
        struct group *group = bucket->first;
        bucket->first = group->next;
        group->orphan = true;
        group->next = shell->orphans;
        shell->orphans = group;
    }
    bucket->last = NULL;
    bucket->group_count = 0;
    bucket->group_bytes = 0;
    bucket->delivered = bucket->pushed;
    bucket->deliverable = 0;
}

void outbox_sweep(struct shell *shell)
{
    struct group **at = &shell->orphans;

    while (*at) {
        struct group *group = *at;
        if (group->ticket.pending > 0) {
            at = &group->next;
            continue;
        }
        *at = group->next;
        group_free(group);
    }
}

/* Of its bookings, one may not have been acknowledged yet. */
static bool books(const struct group *group)
{
    return group->booking && group->ticket.pending > 0;
}

enum produced { PRODUCED_ALL, PRODUCED_BLOCKED, PRODUCED_FULL };

/*
 * Hand over the next parcel of this group. Money: the ledger first, and known to be there, before
 * anybody is told (consistency.md "Money side"); so what tells waits for the bookings before it,
 * while later bookings needn't wait until earlier ones were told of.
 */
static enum produced produce_next(struct shell *shell, struct group *group, bool may_tell,
                                  struct err *err)
{
    const char *at = group->bytes.data + group->produced_bytes;
    uint32_t size;
    struct parcel parcel;

    memcpy(&size, at, sizeof size);
    if (parcel_unpack(at + sizeof size, size, &parcel, err) < 0)
        return PRODUCED_FULL;
    bool booking = strcmp(parcel.topic, event_row(EVENT_DISBURSEMENT_LEDGER)->topic) == 0;
    if (!booking && (!may_tell || books(group)))
        return PRODUCED_BLOCKED;
    if (parcel_produce(shell->bus, &parcel, shell->source, &group->ticket, err) < 0)
        return PRODUCED_FULL;
    group->booking = booking;
    group->produced++;
    group->produced_bytes += sizeof size + size;
    metric_add(shell->metrics.emitted, 1);
    shell->progress = true;
    return PRODUCED_ALL;
}

static enum produced produce_group(struct shell *shell, struct group *group, bool may_tell)
{
    enum produced answer = PRODUCED_ALL;
    struct err err;

    while (answer == PRODUCED_ALL && group->produced < group->count)
        answer = produce_next(shell, group, may_tell, &err);
    if (answer == PRODUCED_FULL && err.kind != ERR_RETRY)
        shell_fatal(shell, &err); /* what can't leave would block its bucket for ever */
    return answer;
}

static void trim_when_idle(struct shell *shell, struct bucket *bucket)
{
    if (bucket->deliverable == 0 || bucket->calling != BUCKET_CALL_NONE || bucket->writing > 0)
        return;
    bucket->calling = BUCKET_CALL_TRIM;
    bucket->call_life = bucket->life;
    store_trim(shell->store, &bucket->call, bucket->number, shell->spec->name, bucket->chain,
               bucket->deliverable);
    bucket->deliverable = 0;
    bucket->trim_sequence = bucket->chain.sequence++;
    bucket->writing++;
    shell->progress = true;
}

void outbox_step(struct shell *shell, struct bucket *bucket)
{
    bool may_tell = true;

    for (struct group *group = bucket->first; group; group = group->next) {
        if (group->ticket.pending == 0 && group->ticket.lost > 0) {
            group->ticket.lost = 0; /* their fate is unknown: again, under the same ids */
            group->produced = 0;
            group->produced_bytes = 0;
        }
        enum produced answer = produce_group(shell, group, may_tell);
        if (answer == PRODUCED_FULL)
            break;
        may_tell &= answer == PRODUCED_ALL && !books(group);
    }
    while (bucket->first && bucket->first->produced == bucket->first->count &&
           bucket->first->ticket.pending == 0 && bucket->first->ticket.lost == 0) {
        struct group *group = bucket->first;
        CRASH_POINT("acknowledged, outbox not trimmed");
        bucket->deliverable += (int64_t)group->count;
        bucket->first = group->next;
        if (!bucket->first)
            bucket->last = NULL;
        bucket->group_count--;
        bucket->group_bytes -= group->bytes.size;
        bucket->delivered++;
        group_free(group);
        shell->progress = true;
    }
    if (!bucket->first)
        trim_when_idle(shell, bucket);
}

/* ---------------------------------------------------------------- chained writes */
void bucket_write(struct shell *shell, struct bucket *bucket, struct store_call *call,
                  struct store_apply *apply)
{
    apply->bucket = bucket->number;
    apply->worker = shell->spec->name;
    apply->chain = bucket->chain;
    apply->trim = bucket->deliverable;
    bucket->deliverable = 0;
    bucket->chain.sequence++;
    bucket->writing++;
    store_apply(shell->store, call, apply);
    CRASH_POINT("apply sent, answer lost");
    shell->progress = true;
}

/* Which of the call's writes are in conflict, by index. */
static void mark_conflicts(struct shell *shell, const struct store_call *call, bool *conflict)
{
    struct store_span text;

    for (size_t i = 0; i < call->count; i += 2)
        if (store_item(shell->store, call, i, &text)) {
            char digits[16] = { 0 };
            size_t size = text.size < sizeof digits - 1 ? text.size : sizeof digits - 1;
            memcpy(digits, text.at, size);
            long index = strtol(digits, NULL, 10);
            assert(index >= 0 && index < STORE_RECORDS_MAX);
            conflict[index] = true;
        }
}

static void take_emissions(struct shell *shell, struct bucket *bucket,
                           const struct store_call *call, const struct store_apply *apply)
{
    static bool conflict[STORE_RECORDS_MAX];   /* one thread; too large for the stack */
    static struct store_span parcels[STORE_RECORDS_MAX];
    size_t count = 0;

    if (apply->emit_count == 0)
        return;
    memset(conflict, 0, sizeof conflict);
    if (call->status == STORE_CONFLICT)
        mark_conflicts(shell, call, conflict);
    for (size_t i = 0; i < apply->emit_count; i++) {
        const struct store_emit *emit = &apply->emits[i];
        if (emit->tied >= 0 && conflict[emit->tied])
            continue;
        parcels[count++] = emit->bytes;
        if (count == STORE_RECORDS_MAX) {
            outbox_add(shell, bucket, parcels, count);
            count = 0;
        }
    }
    if (count > 0)
        outbox_add(shell, bucket, parcels, count);
}

bool bucket_may_take(struct shell *shell, const struct bucket *bucket,
                     const struct store_call *call, const struct store_apply *apply)
{
    if (call->status == STORE_WAITING)
        return false;
    shell->progress = true; /* an earlier one's answer is here too: it is taken within this turn */
    return apply->chain.sequence == bucket->answered;
}

bool bucket_written(struct shell *shell, struct bucket *bucket, struct store_call *call,
                    const struct store_apply *apply)
{
    assert(bucket->writing > 0 && apply->chain.sequence == bucket->answered);
    bucket->writing--;
    bucket->answered++;
    shell->progress = true;
    switch (call->status) {
    case STORE_OK:
    case STORE_CONFLICT:
        CRASH_POINT("applied, not emitted");
        take_emissions(shell, bucket, call, apply);
        return true;
    case STORE_STALE: /* nothing was written, the chain didn't move */
        if (bucket->writing == 0) {
            bucket->chain.sequence--;
            bucket->answered--;
            bucket->deliverable += apply->trim;
            return false;
        }
        bucket_lose(shell, bucket, BUCKET_OWN);
        return false;
    case STORE_FENCED:
        bucket_fenced(shell, bucket);
        return false;
    case STORE_GAP:
    case STORE_DUP:
        metric_add(shell->metrics.gaps, 1);
        LOG(LOG_WARN, EV("gap"), F_INT("bucket", bucket->number),
            F_STR("topic", apply->topic ? apply->topic : ""), F_INT("prev", apply->prev));
        bucket_lose(shell, bucket, BUCKET_OWN);
        return false;
    case STORE_REFUSED: shell_fatal(shell, &call->err); return false;
    case STORE_REBUILD:
    case STORE_LOST:
    case STORE_IDLE:
    case STORE_WAITING: break;
    }
    bucket_lose(shell, bucket, BUCKET_OWN);
    return false;
}
