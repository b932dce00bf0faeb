/*
 * What a person must know while the machine goes on: told once per attempt, as a case beside the
 * payment. The instalment's state doesn't change, and a later answer still counts (R13, R16).
 */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "money/op.h"
#include "seal/seal.h"

static const struct {
    const char *what; /* in the payment's history, and in the event's id */
    enum reason reason;
} rows[] = {
    [CONCERN_NONE] = { "", REASON_NONE },
    [CONCERN_OLD] = { "case-no-answer", REASON_PARTNER_TIMEOUT },
    [CONCERN_LATE] = { "case-late-answer", REASON_UNKNOWN_CODE },
    [CONCERN_ANSWER] = { "case-answer-not-ours", REASON_UNKNOWN_CODE },
    [CONCERN_PROMISE] = { "case-late", REASON_NONE }, /* the payment's own, if it has one */
    [CONCERN_ENDING] = { "case-ending", REASON_NONE },
    [CONCERN_ACCOUNT] = { "case-account", REASON_UNKNOWN_CODE },
    [CONCERN_REFERENCE] = { "case-reference", REASON_DUPLICATE_REFERENCE },
};

/* These happen to a payment, once; everything else may happen to each attempt. */
static bool of_payment(enum concern concern)
{
    return concern == CONCERN_PROMISE || concern == CONCERN_ENDING;
}

static int32_t attempt_of(const struct op *op, enum concern concern)
{
    return of_payment(concern) ? 0 : op->attempt;
}

static enum reason reason_of(const struct instalment *i, enum concern concern)
{
    return of_payment(concern) ? i->why : rows[concern].reason;
}

void concern_raise(struct op *op, const struct instalment *i, enum concern concern)
{
    const char *what = rows[concern].what;
    int32_t attempt = attempt_of(op, concern);

    if (concern == CONCERN_NONE || op->concern != CONCERN_NONE ||
        history_first(&op->history, attempt, what) > 0)
        return;
    op->concern = concern;
    op->noted = true;
    enum reason reason = reason_of(i, concern);
    history_add(&op->history, op->participant, clock_wire_ms(), attempt, what,
                i->account_ref[0] ? partner_row(i->partner)->name : "",
                reason == REASON_NONE ? "" : reason_row(reason)->name, op->raw_code);
}

void concern_dates(struct op *op, const struct instalment *i, int64_t business_ms)
{
    int64_t warned_ms = ending_warned_ms(&op->new, i);

    if (promise_is_broken(&op->new, i, business_ms))
        concern_raise(op, i, CONCERN_PROMISE);
    if (warned_ms == 0)
        return;
    if (business_ms >= warned_ms) {
        concern_raise(op, i, CONCERN_ENDING);
    } else if (op->timer_set && op->timer.clock == STORE_CLOCK_NONE) {
        op->timer.clock = STORE_CLOCK_BUSINESS;
        op->timer.at_ms = warned_ms;
    }
}

void concern_event(struct money *m, const struct op *op, struct case_opened *e, char id[ID_SIZE])
{
    const char *environment = m->shell->set.environment;
    const struct instalment *i = op_instalment(op);
    int32_t attempt = attempt_of(op, op->concern);
    char number[16], claimed[24];

    *e = (struct case_opened){
        .attempt = attempt,
        .stage = STAGE_TRANSFER,
        .reason = (int32_t)reason_of(i, op->concern),
        .amount_idr = i->amount_idr,
        .opened_at_ms = i->claimed_at_ms ? i->claimed_at_ms : i->due_at_ms,
    };
    str_copy(e->participant_id, sizeof e->participant_id, op->participant);
    str_copy(e->instalment_id, sizeof e->instalment_id, op->instalment_id);
    id_answer(environment, "case", op->instalment_id, e->case_id); /* one per instalment (R19) */
    (void)snprintf(number, sizeof number, "%d", (int)attempt);
    (void)snprintf(claimed, sizeof claimed, "%lld", (long long)e->opened_at_ms);
    SEAL_ID(id, environment, "case-opened", op->instalment_id, number, claimed,
            rows[op->concern].what);
    bool of_partner = !of_payment(op->concern) && *op->raw_code;
    str_copy(e->raw_code, sizeof e->raw_code,
             of_partner ? op->raw_code : rows[op->concern].what);
}

void concern_tell(struct money *m, const struct op *op)
{
    if (op->concern == CONCERN_NONE)
        return;
    metric_add(m->concerns, 1);
    LOG(LOG_ERROR, EV("case-opened"), F_STR("instalment", op->instalment_id),
        F_INT("attempt", attempt_of(op, op->concern)), F_STR("cause", rows[op->concern].what),
        F_STR("code", op->raw_code));
}
