/* Partners' answers, and what is written because of them. */
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "money/op.h"

#define TWICE_PAUSE_MS 1000

/* What an answer says about the partner, whatever it says about the payment. */
static enum gate_said meaning(const struct snap_call *c)
{
    bool silent = c->http == 0 || c->http == 429 || c->http >= 500;

    switch (c->class) {
    case SNAP_SUCCESS:
    case SNAP_IN_PROGRESS:
    case SNAP_DUPLICATE:
    case SNAP_PARTICIPANT:
    case SNAP_STOP_TRANSFER: return GATE_SAID_WELL;
    case SNAP_STOP_CHANNEL: return GATE_SAID_NO;
    case SNAP_UNKNOWN: return silent ? GATE_SAID_NOTHING : GATE_SAID_WELL;
    case SNAP_RETRYABLE: break;
    }
    switch (c->pace) {
    case SNAP_WHEN_FUNDED: return GATE_SAID_FUNDS;
    case SNAP_NEXT_WINDOW: return GATE_SAID_CLOSED;
    case SNAP_NEXT_DAY: return GATE_SAID_NO;
    case SNAP_BACK_OFF: return GATE_SAID_NOTHING;
    case SNAP_NOW: break;
    }
    return silent ? GATE_SAID_NOTHING : GATE_SAID_WELL;
}

static void tell_gate(struct money *m, const struct op *op)
{
    int64_t business_ms;

    if (op->inside && op->snap.service > 0 && shell_business_ms(m->shell, &business_ms) &&
        gate_said(&m->gate, op->gated, op->state == OP_SEND, meaning(&op->snap), business_ms))
        partner_changed(m, op->gated);
}

void op_inquired(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);

    tell_gate(m, op);
    op_inquiry_meaning(op);
    if (op->snap.mismatch)
        op->seen = CONCERN_ANSWER;
    op_call_done(op);
    if (op->inquiry == INQUIRY_GOOD)
        op->inquired_boot_ms = clock_boot_ms();
    else
        metric_add(m->doubts, op->inquiry == INQUIRY_NEGATIVE);
    if (op->resend) { /* not good and not away: without a fresh inquiry it is given up */
        op_write(m, op, op->inquiry == INQUIRY_GOOD   ? DECIDE_RESEND
                        : op->inquiry == INQUIRY_AWAY ? DECIDE_UNKNOWN
                                                      : DECIDE_CONFIRM);
        return;
    }
    if (m->shadow && op->inquiry == INQUIRY_GOOD && !op->early && i->state == INST_READY) {
        metric_add(m->shadowed, 1);
        op_write(m, op, DECIDE_SHADOW);
        return;
    }
    bool on = (op->inquiry == INQUIRY_GOOD && !op->early) || i->state == INST_CLAIMED;
    op_write(m, op, on ? DECIDE_CLAIM : DECIDE_INQUIRY);
}

void op_sent(struct money *m, struct op *op)
{
    CRASH_POINT("answer received, not stored");
    enum pay_result result = op_pay_meaning(op);

    tell_gate(m, op);
    if (op->snap.alarm || op->snap.mismatch)
        op->seen = CONCERN_ANSWER;
    op_call_done(op);
    if (result == RESULT_UNKNOWN) {
        metric_add(m->unknown, 1);
        op_write(m, op, DECIDE_UNKNOWN);
        return;
    }
    op->succeeded = result == RESULT_PAID;
    op_write(m, op, DECIDE_FINISH);
}

/*
 * Status 00 counts at any time; failed and not found only after the partner's in-flight time. What
 * is older than a day is never sent again by itself (snap-bi.md 8.7): a person. A pause is no
 * reason to give it up: that would free the way for a new reference.
 */
void op_status_known(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);
    int64_t quiet_ms = i->deadline_ms + partner_in_flight_ms(m, i->partner);
    bool quiet = clock_wire_ms() >= quiet_ms;
    /* Refunded: it was paid and came back. Its notice says so, with the reason (R17). */
    bool says = !op->snap.mismatch && !op->snap.refunded;
    enum snap_outcome outcome = says ? op->snap.outcome : SNAP_OUTCOME_NONE;

    (void)op_pay_meaning(op); /* reason and code */
    tell_gate(m, op);
    if (op->snap.alarm || op->snap.mismatch)
        op->seen = CONCERN_ANSWER;
    op_call_done(op);
    if (outcome == SNAP_OUTCOME_PAID) {
        op->succeeded = true;
        op_write(m, op, DECIDE_FINISH);
    } else if (outcome == SNAP_OUTCOME_FAILED && quiet) {
        op->succeeded = false;
        op_write(m, op, DECIDE_FINISH);
    } else if (outcome == SNAP_OUTCOME_NOT_FOUND && quiet && i->account_ref[0] != '\0' &&
               !op_is_old(m, op, i) && gate_may_send(&m->gate, i->partner) && !m->shadow) {
        /* (Without an account two bodies went out under this reference: never sent again, never
         * given up; asked until a person decides.) */
        if (++op->not_found < 2) {
            op_pause(op, TWICE_PAUSE_MS);
            return;
        }
        op->resend = true; /* a new claim of the same reference: a fresh inquiry comes first */
        op_inquire(m, op);
    } else {
        op_write(m, op, DECIDE_UNKNOWN);
    }
}
