/*
 * What is an index of a bucket's records is made again from them when it was lost: timers (R11:
 * nobody's day may be forgotten), and what is reserved of the budgets, before which no payment of
 * the bucket is begun.  A timer too many costs one look; none is taken away.  Safe beside
 * everything else for the reason that op_set_timer() gives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "money/inside.h"
#include "store/bytes.h"

#define SLICE 200 /* records read and timers set at once */

_Static_assert(SLICE * RECORD_INSTALMENTS_MAX <= STORE_TIMERS_MAX, "a slice's timers fit");

enum walk_state { WALK_NONE, WALK_IDS, WALK_LOAD, WALK_WRITE, WALK_END };

struct timer_walk {
    enum walk_state state;
    struct bucket *bucket;
    uint64_t life;
    struct store_call ids, call;
    int64_t cursor;
    size_t next; /* of the ids in hand */
    size_t count;
    char participants[SLICE][STORE_ID_MAX + 1];
    struct store_key keys[SLICE];
    char members[SLICE * RECORD_INSTALMENTS_MAX][MEMBER_MAX];
    struct store_timer timers[SLICE * RECORD_INSTALMENTS_MAX];
    struct store_apply apply;
    int64_t records, set;
    int64_t reserved_idr[SCHEMES_MAX];
    char budget_text[BUDGET_TEXT_MAX];
    struct store_write budget;
};

void timers_open(struct money *m)
{
    m->walk = calloc(1, sizeof *m->walk);
    if (!m->walk)
        abort();
}

void timers_close(struct money *m)
{
    free(m->walk);
}

bool timers_idle(const struct money *m)
{
    return m->walk->state == WALK_NONE;
}

static void abandon(struct money *m, struct timer_walk *w)
{
    store_call_done(m->shell->store, &w->ids);
    store_call_done(m->shell->store, &w->call);
    w->state = WALK_NONE; /* the sets are still without sentinel: begun again, here or elsewhere */
}

static void ask_ids(struct money *m, struct timer_walk *w)
{
    w->state = WALK_IDS;
    w->next = 0;
    store_ids(m->shell->store, &w->ids, w->bucket->number, 'p', w->cursor);
}

void timers_lost(struct money *m, struct bucket *bucket)
{
    struct timer_walk *w = m->walk;

    if (w->state != WALK_NONE || m->shell->stopping)
        return;
    w->bucket = bucket;
    w->life = bucket->life;
    w->cursor = w->records = w->set = 0;
    memset(w->reserved_idr, 0, sizeof w->reserved_idr);
    ask_ids(m, w);
}

static void write_timers(struct money *m, struct timer_walk *w, size_t count, enum walk_state next)
{
    const struct money_bucket *mb = w->bucket->extra;
    w->apply = (struct store_apply){ .bucket_version = -1, .timers = w->timers,
                                     .timer_count = count };
    if (next == WALK_END && !mb->budget_known) {
        budget_text(w->reserved_idr, w->budget_text);
        w->budget = (struct store_write){ .key = { 'y', BUDGET_KEY }, .tied = -1,
                                          .bytes = { w->budget_text, strlen(w->budget_text) } };
        w->apply.writes = &w->budget;
        w->apply.write_count = 1;
    }
    w->state = next;
    bucket_write(m->shell, w->bucket, &w->call, &w->apply);
}

/* Every id has been seen: from now on the sets count as whole, and the sums. */
static void finish(struct money *m, struct timer_walk *w)
{
    w->timers[0] = (struct store_timer){ .tied = -1, .member = STORE_TIMERS_WHOLE,
                                         .clock = STORE_CLOCK_BUSINESS };
    write_timers(m, w, 1, WALK_END);
}

static void next_slice(struct money *m, struct timer_walk *w)
{
    struct store_span id;

    w->count = 0;
    while (w->count < SLICE && store_item(m->shell->store, &w->ids, w->next, &id)) {
        w->next++;
        if (id.size > STORE_ID_MAX)
            continue;
        memcpy(w->participants[w->count], id.at, id.size);
        w->participants[w->count][id.size] = '\0';
        w->keys[w->count] = (struct store_key){ 'p', w->participants[w->count] };
        w->count++;
    }
    if (w->count > 0) {
        w->state = WALK_LOAD;
        store_load(m->shell->store, &w->call, w->bucket->number, w->keys, w->count);
        return;
    }
    w->cursor = w->ids.number;
    store_call_done(m->shell->store, &w->ids);
    if (w->cursor != 0)
        ask_ids(m, w);
    else
        finish(m, w);
}

/* Its hold is announced on its day, as by its own timer (decide_scheduled); the first's at once. */
static bool held_until_due(const struct record *r, const struct instalment *i)
{
    bool first = i->kind == PAYMENT_INSTALMENT && i->number == 1;

    return !first && i->state == INST_READY && !record_is_deactivated(r);
}

/* When the instalment is to be looked at; false: nothing will happen to it by itself. */
static bool wants_look(const struct record *r, const struct instalment *i, int64_t business_ms,
                       int64_t *at_ms)
{
    *at_ms = 0;
    switch (claim_look(r, i, business_ms, at_ms)) {
    case CLAIM_IDLE: *at_ms = ending_warned_ms(r, i); return *at_ms > 0;
    case CLAIM_WAIT: {
        int64_t early_ms = early_inquiry_ms(r, i, false);
        if (early_ms >= 0 && early_ms < *at_ms)
            *at_ms = early_ms;
        return true;
    }
    case CLAIM_TAKEN: *at_ms = held_until_due(r, i) ? i->due_at_ms : 0; return true;
    case CLAIM_INQUIRE:
    case CLAIM_RESOLVE: *at_ms = 0; return true;
    }
    return false;
}

static size_t timers_of(struct timer_walk *w, const struct record *r, int64_t business_ms,
                        size_t count)
{
    for (uint8_t k = 0; k < r->instalment_count; k++) {
        const struct instalment *i = &r->instalments[k];
        int64_t at_ms;
        if (!wants_look(r, i, business_ms, &at_ms))
            continue;
        member_text(r->id, i->kind, i->number, w->members[count]);
        w->timers[count] = (struct store_timer){ .tied = -1, .member = w->members[count],
                                                 .clock = STORE_CLOCK_BUSINESS, .at_ms = at_ms };
        count++;
    }
    return count;
}

static void loaded(struct money *m, struct timer_walk *w)
{
    static struct record record; /* one thread; large */
    int64_t business_ms = 0;
    size_t count = 0;
    struct err err;

    bool known = shell_business_ms(m->shell, &business_ms);
    for (size_t k = 0; known && k < w->count; k++) {
        struct store_span value = { NULL, 0 };
        (void)store_item(m->shell->store, &w->call, k, &value);
        if (!value.at)
            continue;
        if (record_from_bytes(value.at, value.size, w->participants[k], &record, &err) < 0) {
            shell_fatal(m->shell, &err);
            break;
        }
        w->records++;
        budget_sum(&record, w->reserved_idr);
        count = timers_of(w, &record, business_ms, count);
    }
    store_call_done(m->shell->store, &w->call);
    w->set += (int64_t)count;
    if (!known || m->shell->fatal.kind != ERR_NONE)
        abandon(m, w); /* without the business clock: from its start again, later */
    else if (count > 0)
        write_timers(m, w, count, WALK_WRITE);
    else
        next_slice(m, w);
}

static void written(struct money *m, struct timer_walk *w)
{
    bool end = w->state == WALK_END;

    if (!bucket_written(m->shell, w->bucket, &w->call, &w->apply)) {
        abandon(m, w);
        return;
    }
    store_call_done(m->shell->store, &w->call);
    if (!end) {
        next_slice(m, w);
        return;
    }
    w->state = WALK_NONE;
    struct money_bucket *mb = w->bucket->extra;
    if (!mb->budget_known) {
        memcpy(mb->reserved_idr, w->reserved_idr, sizeof mb->reserved_idr);
        mb->budget_known = true;
    }
    if (w->records > 0)
        LOG(LOG_INFO, EV("timers-made-again"), F_INT("bucket", w->bucket->number),
            F_INT("records", w->records), F_INT("timers", w->set));
}

static void read_answered(struct money *m, struct timer_walk *w, struct store_call *call)
{
    if (call->status == STORE_REFUSED)
        shell_fatal(m->shell, &call->err);
    if (call->status != STORE_OK || m->shell->stopping)
        abandon(m, w);
    else if (w->state == WALK_IDS)
        next_slice(m, w);
    else
        loaded(m, w);
}

void timers_step(struct money *m)
{
    struct timer_walk *w = m->walk;
    struct store_call *call = w->state == WALK_IDS ? &w->ids : &w->call;

    if (w->state == WALK_NONE || call->status == STORE_WAITING)
        return;
    m->shell->progress = true;
    if (w->life != w->bucket->life)
        abandon(m, w);
    else if (w->state == WALK_IDS || w->state == WALK_LOAD)
        read_answered(m, w, call);
    else if (bucket_may_take(m->shell, w->bucket, &w->call, &w->apply))
        written(m, w);
}
