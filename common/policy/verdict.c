/* The retry-worker's table at work: a failure in, one verdict out (R13-R16, D13). */
#include <assert.h>
#include <stddef.h>

#include "policy/calendar.h"
#include "policy/money.h"
#include "policy/text.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define BACKOFF_FIRST_MS (15 * MINUTE_MS)
#define BACKOFF_MOST_MS (6 * HOUR_MS)
#define SELFIES_TO_CASE 3

/* Mixes the attempt into the hash: two attempts of one instalment get different jitter. */
static uint64_t mixed(uint64_t hash, int32_t attempt)
{
    uint64_t x = hash + UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)attempt;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

int64_t backoff_ms(int32_t attempt, uint64_t instalment_hash)
{
    int64_t wait = BACKOFF_FIRST_MS;

    for (int32_t n = 1; n < attempt && wait < BACKOFF_MOST_MS; n++)
        wait *= 2;
    if (wait > BACKOFF_MOST_MS)
        wait = BACKOFF_MOST_MS;
    return wait + (int64_t)(mixed(instalment_hash, attempt) % (uint64_t)(wait / 4));
}

static int64_t not_before(enum reason reason, int32_t attempt, int64_t from_ms, uint64_t hash)
{
    if (reason == REASON_BALANCE_LIMIT)
        return from_ms + DAY_MS;
    if (reason == REASON_MONTHLY_LIMIT)
        return calendar_first_of_next_month_ms(from_ms);
    if (reason == REASON_CUT_OFF)
        return (from_ms / (30 * MINUTE_MS) + 1) * 30 * MINUTE_MS;
    if (reason == REASON_PROGRAMME_FUNDS)
        return from_ms + HOUR_MS;
    return from_ms + backoff_ms(attempt, hash);
}

struct verdict verdict_for(enum stage stage, enum reason reason, int32_t attempt,
                           int64_t claimed_at_ms, uint64_t instalment_hash)
{
    struct verdict v = { .kind = VERDICT_CASE };

    switch (reason_row(reason)->cls) {
    case CLASS_HOLD:
        v.kind = VERDICT_HOLD;
        v.case_beside = stage == STAGE_INQUIRY || /* R12: three doubtful answers */
                        (reason == REASON_SELFIE_MISMATCH && attempt >= SELFIES_TO_CASE);
        break;
    case CLASS_TIMED:
        v.kind = VERDICT_HOLD;
        v.not_before_ms = not_before(reason, attempt, claimed_at_ms, instalment_hash);
        break;
    case CLASS_INQUIRE: /* no final failure by itself; if it was one, the money is still ours */
        if (reason == REASON_DUPLICATE_REFERENCE)
            break; /* "never a new reference", which a retry would bring: a person */
        /* fall through */
    case CLASS_RETRY:
    case CLASS_PAUSE:
        v.kind = VERDICT_RETRY;
        v.not_before_ms = not_before(reason, attempt, claimed_at_ms, instalment_hash);
        break;
    case CLASS_CASE:
    case CLASS_STOP: break;
    }
    return v;
}

static void next_attempt(struct instalment *i, int64_t not_before_ms)
{
    i->state = INST_READY;
    i->attempt++;
    i->not_before_ms = not_before_ms;
    i->bare = false;
    i->covers = false;
    i->covered.count = 0;
    i->open.count = 0;
}

/* The partner refuses what a newer fact says is well: not again at once, to the same account. */
static void wait_where_it_failed(const struct record *r, struct instalment *i)
{
    const struct account *account = record_current(r);
    uint64_t spread = (uint64_t)i->claimed_at_ms + (uint64_t)i->number;

    if (account && text_is(account->ref, i->account_ref))
        i->not_before_ms = i->claimed_at_ms + backoff_ms(i->attempt - 1, spread);
}

bool verdict_take(struct record *record, struct instalment *i, int32_t attempt,
                  enum verdict_kind kind, int64_t not_before_ms)
{
    static const enum trigger triggers[] = {
        [VERDICT_RETRY] = TRIGGER_RETRY,
        [VERDICT_HOLD] = TRIGGER_HOLD,
        [VERDICT_CASE] = TRIGGER_CASE,
    };
    struct step step = instalment_step(i->state, triggers[kind]);

    if (i->attempt != attempt || step.move != MOVE_GO)
        return false;
    i->state = step.next;
    if (step.next != INST_READY)
        return true;
    next_attempt(i, not_before_ms);
    if (kind == VERDICT_HOLD && not_before_ms == 0 && i->mark.reason == REASON_NONE) {
        i->mark = mark_of_failure(i); /* already cleared: settle() releases it here */
        wait_where_it_failed(record, i);
    }
    return true;
}

/* ---------------------------------------------------------------- put back by a person */
static bool may_be_put_back(enum reason reason)
{
    enum reason_class cls = reason_row(reason)->cls;

    return cls == CLASS_HOLD || cls == CLASS_TIMED || cls == CLASS_CASE;
}

bool put_back_look(const struct record *r, const struct instalment *i, int64_t business_ms,
                   struct failing *out)
{
    struct mark mark = { .reason = REASON_NONE };

    if (record_is_deactivated(r) || i->due_at_ms == 0)
        return false;
    if (i->state == INST_CASE)
        mark = mark_of_failure(i);
    else if (i->state == INST_READY)
        mark = record_hold(r);
    bool timed = reason_row(i->why)->cls == CLASS_TIMED && i->not_before_ms > business_ms;
    if (i->state == INST_READY && mark.reason == REASON_NONE && timed)
        mark = mark_of_failure(i);
    if (mark.reason == REASON_NONE || mark.at_ms == 0 || !may_be_put_back(mark.reason))
        return false;
    *out = (struct failing){ .attempt = i->attempt, .reason = mark.reason, .at_ms = mark.at_ms };
    text_copy(out->account_ref, sizeof out->account_ref, mark.account_ref);
    return true;
}

static bool is_that(const struct mark *mark, const struct failing *failing)
{
    return mark->reason == failing->reason && mark->at_ms == failing->at_ms &&
           text_is(mark->account_ref, failing->account_ref);
}

bool put_back_take(struct instalment *i, const struct failing *f)
{
    struct mark failure = mark_of_failure(i);

    if (i->attempt != f->attempt || !may_be_put_back(f->reason) || !is_that(&failure, f))
        return false;
    if (i->state == INST_READY && reason_row(i->why)->cls == CLASS_TIMED) {
        i->not_before_ms = 0;
        return true;
    }
    if (instalment_step(i->state, TRIGGER_PUT_BACK).move != MOVE_GO)
        return false;
    next_attempt(i, 0);
    if (i->mark.reason == REASON_NONE)
        i->mark = failure; /* settle() says that it is released, or what else holds it */
    return true;
}
