/* The book of record into the record: one entry at a time, in any order within an attempt. */
#include <stddef.h>

#include "policy/facts.h"
#include "policy/money.h"
#include "policy/text.h"

static void nonces_remove(struct nonces *set, const struct nonces *covered)
{
    uint8_t kept = 0;

    for (uint8_t i = 0; i < set->count; i++)
        if (!nonces_has(covered, set->at[i]) || text_is(set->at[i], NONCE_OVERFLOW)) {
            if (kept != i)
                text_copy(set->at[kept], sizeof set->at[0], set->at[i]);
            kept++;
        }
    set->count = kept;
}

enum { RANK_NONE, RANK_CLAIMED, RANK_BARE, RANK_SENDING, RANK_FAILED, RANK_PAID, RANK_CASE = 8 };

static int rank_of(const struct instalment *i)
{
    switch (i->state) {
    case INST_NONE:
    case INST_READY: return RANK_NONE;
    case INST_CLAIMED: return RANK_CLAIMED;
    case INST_SENDING: return RANK_SENDING;
    case INST_FAILED: return i->bare ? RANK_BARE : RANK_FAILED;
    case INST_PAID: return RANK_PAID;
    case INST_CASE:
    case INST_STATE_COUNT: break;
    }
    return RANK_CASE;
}

static bool is_before(const struct instalment *i, int32_t attempt, int rank)
{
    return i->attempt < attempt || (i->attempt == attempt && rank_of(i) < rank);
}

static void take_attempt(struct instalment *i, const struct booking *b, enum inst_state state)
{
    i->state = state;
    i->attempt = b->attempt;
    text_copy(i->account_ref, sizeof i->account_ref, b->account_ref);
    i->partner = b->partner;
    i->claimed_at_ms = b->claimed_at_ms;
    i->bare = false;
    if (i->amount_idr == 0)
        i->amount_idr = b->amount_idr;
}

static void book_intent(struct instalment *i, const struct booking *b, int64_t lease_until_ms)
{
    bool same = i->attempt == b->attempt, sending = same && i->state == INST_SENDING;
    bool again = i->state == INST_READY && i->attempt == b->attempt + 1 && i->covers &&
                 !nonces_has(&i->covered, b->nonce);

    if (is_before(i, b->attempt, RANK_SENDING) || again) {
        if (!same)
            i->open.count = 0;
        take_attempt(i, b, INST_SENDING);
        i->deadline_ms = lease_until_ms;
        i->funded = true; /* reserved before it was claimed, whatever Redis has lost */
        i->mark = (struct mark){ .reason = REASON_NONE };
        i->covers = false;
        i->covered.count = 0;
        i->why = REASON_PARTNER_TIMEOUT; /* nobody here knows the answer: shown as UNKNOWN */
        nonces_add(&i->open, b->nonce);
    } else if (sending) {
        nonces_add(&i->open, b->nonce);
    }
    if (i->state != INST_SENDING || i->attempt != b->attempt)
        return;
    if (lease_until_ms > i->deadline_ms)
        i->deadline_ms = lease_until_ms;
    if (!text_is(i->account_ref, b->account_ref))
        i->account_ref[0] = '\0'; /* two bodies under one reference: ask, never send again */
}

static void book_cancelled(struct instalment *i, const struct booking *b)
{
    if (i->attempt != b->attempt || !is_before(i, b->attempt, RANK_FAILED))
        return;
    nonces_remove(&i->open, &b->covers);
    if (i->open.count > 0)
        return;
    i->state = INST_READY;
    i->attempt = b->attempt + 1;
    i->mark = (struct mark){ .reason = REASON_NONE };
    i->bare = false;
    i->why = REASON_NONE;
    i->covered = b->covers;
    i->covers = true;
}

static void fail(struct record *r, struct instalment *i, const struct booking *b)
{
    i->why = b->reason;
    text_copy(i->raw_code, sizeof i->raw_code, b->raw_code);
    i->mark = (struct mark){ .reason = REASON_NONE };
    if (reason_row(b->reason)->cls == CLASS_HOLD)
        i->mark = record_hold(r);
}

/* Without a nonce: by an inquiry. Whatever was sent for the attempt after all weighs more. */
static void book_failed(struct record *r, struct instalment *i, const struct booking *b)
{
    bool bare = b->nonce[0] == '\0';

    if (!is_before(i, b->attempt, bare ? RANK_BARE : RANK_FAILED))
        return;
    take_attempt(i, b, INST_FAILED);
    i->bare = bare;
    fail(r, i, b);
}

/* R17. The claim's time stays: it is in what was told of the success. */
static void book_returned(struct record *r, struct instalment *i, const struct booking *b)
{
    int64_t claimed_at_ms = i->claimed_at_ms;
    bool same = i->attempt == b->attempt;

    i->returned_attempt = b->attempt;
    i->returned_at_ms = b->claimed_at_ms;
    if (i->attempt > b->attempt)
        return;
    take_attempt(i, b, INST_FAILED);
    i->paid_at_ms = 0;
    if (same)
        i->claimed_at_ms = claimed_at_ms;
    fail(r, i, b);
}

static void book_succeeded(struct record *r, struct instalment *i, const struct booking *b)
{
    if (!is_before(i, b->attempt, RANK_PAID))
        return;
    take_attempt(i, b, INST_PAID);
    i->why = REASON_NONE;
    i->paid_at_ms = b->claimed_at_ms;
    fact_paid(r, b->account_ref, b->claimed_at_ms);
}

bool ledger_book(struct record *r, const struct booking *b, int64_t lease_until_ms)
{
    bool known = record_instalment(r, b->kind, b->number) != NULL;
    struct instalment *i = record_instalment_made(r, b->kind, b->number);

    if (!i)
        return false;
    if (!known)
        i->attempt = b->attempt;
    if (b->entry == LEDGER_FAILED || b->entry == LEDGER_RETURNED)
        fact_failure(r, b->account_ref, b->reason, b->claimed_at_ms);
    if (b->attempt <= i->returned_attempt)
        return true; /* what came back is over: its other entries, late or again */
    switch (b->entry) {
    case LEDGER_INTENT: book_intent(i, b, lease_until_ms); break;
    case LEDGER_SUCCEEDED: book_succeeded(r, i, b); break;
    case LEDGER_CANCELLED: book_cancelled(i, b); break;
    case LEDGER_FAILED: book_failed(r, i, b); break;
    case LEDGER_RETURNED: book_returned(r, i, b); break;
    case LEDGER_ENTRY_COUNT: break;
    }
    return true;
}
