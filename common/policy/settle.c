#include "policy/settle.h"

#include <assert.h>
#include <stddef.h>

#include "policy/money.h"

/* Derived states as the design's model has them: coarser than what is shown. */
enum derived {
    D_NONE, D_READY, D_CLAIMED, D_SENDING, D_FAILED, D_PAID, D_CASE, D_HELD, D_CANCELLED
};

static enum derived derive(const struct record *r, const struct instalment *i)
{
    if (!i || i->state == INST_NONE)
        return D_NONE;
    if (i->state == INST_PAID)
        return D_PAID;
    if (i->state == INST_SENDING)
        return D_SENDING;
    if (record_is_deactivated(r))
        return D_CANCELLED;
    switch (i->state) {
    case INST_READY: return record_hold(r).reason != REASON_NONE ? D_HELD : D_READY;
    case INST_CLAIMED: return D_CLAIMED;
    case INST_FAILED: return D_FAILED;
    case INST_CASE: return D_CASE;
    case INST_NONE:
    case INST_SENDING:
    case INST_PAID:
    case INST_STATE_COUNT: break;
    }
    return D_NONE;
}

static void emit(struct emissions *out, enum emission_kind kind, uint8_t index,
                 const struct mark *mark)
{
    assert(out->count < EMISSIONS_MAX);
    struct emission *e = &out->at[out->count++];
    *e = (struct emission){ .kind = kind, .index = index };
    if (mark)
        e->mark = *mark;
}

/* A mark is an announced hold: released when nothing holds any more, announced again when the
 * reason has changed. */
static void settle_mark(const struct record *new, struct instalment *i, uint8_t index,
                        enum derived derived, struct emissions *out)
{
    struct mark hold = record_hold(new);

    if (i->state != INST_READY || i->mark.reason == REASON_NONE)
        return;
    if (hold.reason == REASON_NONE) {
        if (i->mark.at_ms == 0) /* restored before its account was: say what had failed */
            i->mark = mark_of_failure(i);
        if (!record_is_deactivated(new))
            emit(out, EMISSION_RELEASED, index, &i->mark);
        i->mark = (struct mark){ .reason = REASON_NONE };
        doubt_end(i); /* or three old answers would hold it again at the first new one (R12) */
    } else if (!mark_equals(&hold, &i->mark)) {
        i->mark = hold;
        doubt_end(i);
        if (derived == D_HELD)
            emit(out, EMISSION_CHECK_FAILED, index, &i->mark);
    }
}

static void settle_one(const struct record *old, const struct instalment *o, struct record *new,
                       uint8_t index, struct emissions *out)
{
    static const struct instalment none = { .state = INST_NONE };
    struct instalment *i = &new->instalments[index];
    enum derived was = derive(old, o), is = derive(new, i);

    if (!o)
        o = &none;
    bool moved = o->state != i->state || o->attempt != i->attempt;
    if (o->due_at_ms == 0 && i->due_at_ms != 0 && i->state == INST_READY && is != D_CANCELLED)
        emit(out, EMISSION_SCHEDULED, index, NULL);
    /* What came back had succeeded, though nobody may have been told. */
    bool back = instalment_is_returned(i) && o->returned_attempt != i->returned_attempt;
    if (back && !(o->state == INST_PAID && o->attempt == i->attempt))
        emit(out, EMISSION_SUCCEEDED, index, NULL);
    if (i->state == INST_FAILED && moved)
        emit(out, EMISSION_FAILED, index, NULL);
    if (i->state == INST_PAID && moved)
        emit(out, EMISSION_SUCCEEDED, index, NULL);
    if (is == D_HELD && i->mark.reason != REASON_NONE && !mark_equals(&i->mark, &o->mark) && !moved)
        emit(out, EMISSION_CHECK_FAILED, index, &i->mark);
    settle_mark(new, i, index, is, out);
    if (is == D_CANCELLED && was != is)
        emit(out, EMISSION_CANCEL_REQUESTED, index, NULL);
    /* Said again after a dead owner's late failure, so that it stays the last word. */
    bool late_failure = i->state == INST_FAILED && moved && is == D_CANCELLED;
    if (i->told && (!o->told || late_failure))
        emit(out, EMISSION_CANCELLED, index, NULL);
}

/* Who is enrolled and whose account is verified (R8), whichever becomes known last: linking alone
 * would let anybody hold a stranger's money. */
static bool uses_account(const struct record *r, const struct account *account)
{
    return r->enrolled_at_ms != 0 && account && account_is_verified(account);
}

static void settle_accounts(const struct record *old, const struct record *new,
                            struct emissions *out)
{
    for (uint8_t k = 0; k < new->account_count; k++) {
        const struct account *account = &new->accounts[k];
        if (uses_account(new, account) && !uses_account(old, record_account(old, account->ref)))
            emit(out, EMISSION_ACCOUNT_USED, k, NULL);
    }
}

void settle(const struct record *old, struct record *new, struct emissions *out)
{
    out->count = 0;
    settle_accounts(old, new, out);
    for (uint8_t k = 0; k < new->instalment_count; k++) {
        const struct instalment *o = NULL;
        for (uint8_t j = 0; j < old->instalment_count; j++)
            if (old->instalments[j].kind == new->instalments[k].kind &&
                old->instalments[j].number == new->instalments[k].number)
                o = &old->instalments[j];
        settle_one(old, o, new, k, out);
    }
}

const char *emission_name(enum emission_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        FOREACH_EMISSION(X)
#undef X
    };
    assert(kind < EMISSION_COUNT);
    return names[kind];
}
