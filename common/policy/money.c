#include "policy/money.h"

#include <assert.h>
#include <stddef.h>

#include "policy/calendar.h"
#include "policy/facts.h"
#include "policy/scheme.h"
#include "policy/text.h"

#define WARNED_BEFORE_MS (INT64_C(30) * 24 * 3600 * 1000) /* R21 */

bool nonces_has(const struct nonces *set, const char *nonce)
{
    for (uint8_t i = 0; i < set->count; i++)
        if (text_is(set->at[i], nonce))
            return true;
    return false;
}

void nonces_add(struct nonces *set, const char *nonce)
{
    if (nonces_has(set, nonce))
        return;
    if (set->count == NONCES_MAX) {
        text_copy(set->at[NONCES_MAX - 1], sizeof set->at[0], NONCE_OVERFLOW);
        return;
    }
    text_copy(set->at[set->count++], sizeof set->at[0], nonce);
}

/* ---------------------------------------------------------------- claim */
static bool is_cancelled(const struct record *r, const struct instalment *i)
{
    return i->state != INST_NONE && i->state != INST_PAID && i->state != INST_SENDING &&
           record_is_deactivated(r);
}

static int64_t payable_from(const struct instalment *i)
{
    return i->due_at_ms > i->not_before_ms ? i->due_at_ms : i->not_before_ms;
}

enum claim_answer claim_look(const struct record *r, const struct instalment *i,
                             int64_t business_ms, int64_t *until_ms)
{
    if (i->state == INST_SENDING)
        return CLAIM_RESOLVE;
    if (i->state == INST_CLAIMED)
        return CLAIM_TAKEN; /* of a dead owner: taken over */
    if (i->state != INST_READY)
        return is_cancelled(r, i) && !i->told ? CLAIM_TAKEN : CLAIM_IDLE;
    if (is_cancelled(r, i))
        return i->told ? CLAIM_IDLE : CLAIM_TAKEN;
    if (i->due_at_ms == 0)
        return CLAIM_IDLE;
    if (record_hold(r).reason != REASON_NONE)
        return i->mark.reason == REASON_NONE ? CLAIM_TAKEN : CLAIM_IDLE;
    *until_ms = payable_from(i);
    return business_ms < *until_ms ? CLAIM_WAIT : CLAIM_INQUIRE;
}

enum claim_answer claim_take(struct record *r, struct instalment *i, int64_t business_ms,
                             const char *nonce, int64_t *until_ms)
{
    if (i->state != INST_CLAIMED && is_cancelled(r, i)) {
        i->told = true; /* disbursement, who has read the ledger, says CANCELLED */
        return CLAIM_IDLE;
    }
    if (i->state == INST_SENDING)
        return CLAIM_RESOLVE;
    if (i->state == INST_CLAIMED) {
        nonces_add(&i->open, nonce);
        return CLAIM_TAKEN;
    }
    if (i->state != INST_READY || i->due_at_ms == 0)
        return CLAIM_IDLE;
    struct mark hold = record_hold(r);
    if (hold.reason != REASON_NONE) {
        if (i->mark.reason == REASON_NONE) {
            i->mark = hold; /* transfer-failed, stage CHECK, by settle() */
            doubt_end(i);   /* a fact holds it, no longer an answer that may be wrong */
        }
        return CLAIM_IDLE;
    }
    *until_ms = payable_from(i);
    if (business_ms < *until_ms)
        return CLAIM_WAIT;
    const struct account *account = record_current(r);
    assert(account && instalment_step(i->state, TRIGGER_CLAIM).move == MOVE_GO);
    i->state = INST_CLAIMED;
    text_copy(i->account_ref, sizeof i->account_ref, account->ref);
    i->partner = account->partner;
    i->claimed_at_ms = business_ms;
    i->why = REASON_NONE;
    doubt_end(i);
    i->open.count = 0;
    nonces_add(&i->open, nonce);
    i->covers = false;
    i->covered.count = 0;
    return CLAIM_TAKEN;
}

/* ---------------------------------------------------------------- inquiry */
void doubt_end(struct instalment *i)
{
    if (i->doubts == 0)
        return; /* not_before_ms is a verdict's */
    i->doubts = 0;
    i->doubt_since_ms = 0;
    i->not_before_ms = 0;
}

static void doubt(struct record *r, struct instalment *i, enum reason reason, int64_t business_ms)
{
    const struct account *account = record_current(r);

    if (!text_is(i->account_ref, account->ref)) {
        doubt_end(i); /* R12: on the *same* account */
        text_copy(i->account_ref, sizeof i->account_ref, account->ref);
        i->partner = account->partner;
    }
    if (i->doubts == 0)
        i->doubt_since_ms = business_ms;
    if (i->doubts < DOUBTS_TO_HOLD)
        i->doubts++;
    i->not_before_ms = business_ms + DOUBT_AGAIN_MS;
    if (i->doubts < DOUBTS_TO_HOLD || business_ms - i->doubt_since_ms < DOUBT_SPAN_MS)
        return;
    fact_failure(r, account->ref, reason, business_ms);
    i->mark = record_hold(r);
}

/* So that all who waited for one partner don't come back at once (FNV-1a). */
static uint64_t spread_of(const char *id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return hash;
}

bool inquiry_take(struct record *r, struct instalment *i, enum inquiry answer, enum reason reason,
                  const char *raw_code, int64_t business_ms)
{
    if (i->state != INST_READY || is_cancelled(r, i) || record_hold(r).reason != REASON_NONE)
        return false; /* a fact was faster than the partner's answer */
    if (answer == INQUIRY_GOOD) {
        if (i->doubts > 0)
            i->why = REASON_NONE;
        doubt_end(i);
        return false;
    }
    text_copy(i->raw_code, sizeof i->raw_code, raw_code);
    i->why = reason;
    switch (answer) {
    case INQUIRY_GOOD: break;
    case INQUIRY_NEGATIVE: doubt(r, i, reason, business_ms); break;
    case INQUIRY_AWAY: {
        struct verdict v =
            verdict_for(STAGE_INQUIRY, reason, i->attempt, business_ms, spread_of(r->id));
        i->not_before_ms = v.not_before_ms;
        break;
    }
    case INQUIRY_CASE: return true;
    }
    return false;
}

/* When the current account became as it must be; 0: it always was. */
static int64_t mended_at_ms(const struct record *r)
{
    const struct account *a = record_current(r);
    int64_t at_ms = 0;

    if (!a)
        return 0;
    if (a->link_version > r->scheduled_at_ms)
        at_ms = a->link_version;
    for (int s = 0; s < SLOT_COUNT; s++) {
        const struct slot_facts *f = &a->slots[s];
        if (f->fail_version > 0 && f->pass_version > at_ms)
            at_ms = f->pass_version;
        if (f->fail_version > 0 && f->struck_version > at_ms)
            at_ms = f->struck_version;
    }
    return at_ms;
}

static int64_t fifth_working_day_ms(int64_t from_ms)
{
    struct promise promise;

    calendar_promise(from_ms, 1, &promise);
    return promise.promised_at_ms;
}

int64_t promised_until_ms(const struct record *r, const struct instalment *i)
{
    int64_t mended_ms = mended_at_ms(r);
    int64_t anew_ms = mended_ms > 0 ? fifth_working_day_ms(mended_ms) : 0;

    return anew_ms > i->promised_at_ms ? anew_ms : i->promised_at_ms;
}

int64_t promised_next_ms(const struct record *r, const struct instalment *i, int64_t business_ms)
{
    int64_t until_ms = promised_until_ms(r, i);

    if (until_ms == 0 || business_ms <= until_ms)
        return until_ms;
    while (until_ms < business_ms)
        until_ms = fifth_working_day_ms(until_ms);
    return until_ms;
}

bool promise_is_broken(const struct record *r, const struct instalment *i, int64_t business_ms)
{
    bool open = i->state == INST_READY || i->state == INST_CLAIMED || i->state == INST_SENDING;

    enum reason_class cls = reason_row(i->why)->cls;
    /* What was held and released is late by the participant's account, unless partners are in the
     * way now. */
    bool ours = i->why == REASON_NONE ? i->attempt == 1
                                      : cls == CLASS_RETRY || cls == CLASS_PAUSE ||
                                            cls == CLASS_INQUIRE;

    return open && ours && i->due_at_ms != 0 && business_ms > promised_until_ms(r, i) &&
           !is_cancelled(r, i) && record_hold(r).reason == REASON_NONE;
}

int64_t ending_warned_ms(const struct record *r, const struct instalment *i)
{
    const struct scheme *scheme = scheme_find(r->scheme);
    bool held = i->state == INST_READY && i->due_at_ms != 0 &&
                record_hold(r).reason != REASON_NONE;

    if (!scheme || scheme->ends_at_ms == 0 || is_cancelled(r, i) ||
        (!held && i->state != INST_CASE))
        return 0;
    return scheme->ends_at_ms - WARNED_BEFORE_MS;
}

int64_t early_inquiry_ms(const struct record *r, const struct instalment *i, bool asked)
{
    if (i->state != INST_READY || i->due_at_ms == 0 || is_cancelled(r, i) ||
        record_hold(r).reason != REASON_NONE)
        return -1;
    if (i->doubts > 0)
        return i->not_before_ms;
    bool first = i->kind == PAYMENT_INSTALMENT && i->number == 1 && i->attempt == 1;
    return first && !asked && i->not_before_ms == 0 ? 0 : -1;
}

/* ---------------------------------------------------------------- confirm */
static bool conditions_hold(const struct record *r, const struct instalment *i, int64_t business_ms)
{
    const struct account *account = record_current(r);

    return !record_is_deactivated(r) && record_hold(r).reason == REASON_NONE &&
           i->due_at_ms != 0 && business_ms >= payable_from(i) && account &&
           text_is(account->ref, i->account_ref);
}

enum confirm_answer confirm_take(struct record *r, struct instalment *i, enum inst_state from,
                                 int32_t attempt, int64_t seen_deadline_ms, int64_t business_ms,
                                 bool fresh, int64_t deadline_ms, struct nonces *covers)
{
    if (i->attempt != attempt || i->state != from ||
        (from == INST_SENDING && i->deadline_ms != seen_deadline_ms))
        return CONFIRM_OTHER;
    if (fresh && conditions_hold(r, i, business_ms)) {
        i->state = INST_SENDING;
        i->deadline_ms = deadline_ms;
        return CONFIRM_SEND;
    }
    *covers = i->open;
    i->state = INST_READY;
    i->attempt = attempt + 1;
    i->mark = (struct mark){ .reason = REASON_NONE };
    i->why = REASON_NONE;
    i->covered = i->open;
    i->covers = true;
    i->open.count = 0;
    return CONFIRM_GIVE_UP;
}

bool resend_take(struct instalment *i, int32_t attempt, int64_t seen_deadline_ms, const char *nonce)
{
    if (i->attempt != attempt || i->state != INST_SENDING || i->deadline_ms != seen_deadline_ms ||
        i->account_ref[0] == '\0')
        return false;
    if (i->open.count == NONCES_MAX && !nonces_has(&i->open, nonce))
        return false; /* a person: the attempt has changed hands too often */
    nonces_add(&i->open, nonce);
    return true;
}

/* ---------------------------------------------------------------- finish */
bool finish_take(struct record *r, struct instalment *i, int32_t attempt, bool succeeded,
                 enum reason reason, const char *raw_code, struct booking *b, bool *alarm)
{
    struct step step = instalment_step(i->state, succeeded ? TRIGGER_SUCCEED : TRIGGER_FAIL);

    /* What contradicts, and the worst: an older attempt succeeds after a newer one was begun. */
    *alarm = (i->attempt == attempt && step.move == MOVE_IMPOSSIBLE) ||
             (succeeded && attempt < i->attempt);
    if (succeeded && attempt <= i->returned_attempt)
        *alarm = false; /* it had succeeded, and came back since */
    if (i->attempt != attempt || i->state != INST_SENDING)
        return false;
    *b = (struct booking){
        .entry = succeeded ? LEDGER_SUCCEEDED : LEDGER_FAILED,
        .kind = i->kind,
        .number = i->number,
        .attempt = attempt,
        .amount_idr = i->amount_idr,
        .partner = i->partner,
        .claimed_at_ms = i->claimed_at_ms,
        .reason = succeeded ? REASON_NONE : reason,
    };
    text_copy(b->account_ref, sizeof b->account_ref, i->account_ref);
    text_copy(b->nonce, sizeof b->nonce, i->open.count > 0 ? i->open.at[0] : NONCE_ANY);
    text_copy(b->raw_code, sizeof b->raw_code, raw_code);
    bool booked = ledger_book(r, b, i->deadline_ms);
    assert(booked);
    (void)booked;
    return true;
}

void unknown_take(struct instalment *i, int32_t attempt)
{
    if (i->attempt == attempt && i->state == INST_SENDING)
        i->why = REASON_PARTNER_TIMEOUT;
}
