/* The steps of one payment (op.h) after it was looked at (look.c). Every path ends with a timer, a
 * result, or a verdict to come. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/str.h"
#include "money/op.h"
#include "store/bytes.h"

void op_end(struct money *m, struct op *op)
{
    op_call_done(op);
    if (op->inside)
        gate_leave(&m->gate, op->gated, op->probe);
    op->inside = false;
    op->state = OP_FREE;
}

void op_pause(struct op *op, int64_t wait_ms)
{
    op->state = OP_PAUSE;
    op->wake_boot_ms = clock_boot_ms() + wait_ms;
}

/* ---------------------------------------------------------------- asking the partner */
static void start_call(struct money *m, struct op *op, enum op_state state)
{
    struct err err = { 0 };
    int rc = -1;
    bool known = op_transfer(m, op);

    if (known) {
        if (state == OP_INQUIRE)
            rc = snap_inquire(m->snap, &op->transfer, &op->snap, &err);
        else if (state == OP_STATUS)
            rc = snap_status(m->snap, &op->transfer, &op->snap, &err);
        else
            rc = snap_pay(m->snap, &op->transfer, op->deadline_boot_ms, &op->snap, &err);
    } else {
        (void)err_set(&err, ERR_REJECT, "the sealed account can't be opened, or what its partner "
                      "takes doesn't fit: look at INSENTIF_SEAL_SECRET_KEY and INSENTIF_PARTNERS");
    }
    if (rc == 0) {
        op->calling = true;
        op->state = state;
        return;
    }
    op_call_done(op);
    if (err.kind == ERR_RETRY) { /* as many calls as there may be: from the start, a little later */
        op_pause(op, STALE_PAUSE_MS);
        return;
    }
    LOG(LOG_ERROR, EV("transfer-impossible"), F_STR("instalment", op->instalment_id),
        F_STR("error", err.text));
    /* A number that no partner takes is the participant's to correct (R15, after R12's doubt). What
     * we can't read or aren't set up for is our fault: tried again, and a person knows (R14). */
    memset(&op->snap, 0, sizeof op->snap);
    op->snap.class = known ? SNAP_PARTICIPANT : SNAP_RETRYABLE;
    op->snap.reason = known ? "ACCOUNT_NOT_FOUND" : "PARTNER_UNAVAILABLE";
    op->snap.done = true;
    op->seen = known ? CONCERN_NONE : CONCERN_ACCOUNT;
    op->state = state;
}

void op_inquire(struct money *m, struct op *op)
{
    const struct account *account = op_account(op);
    int64_t business_ms;

    if (!shell_business_ms(m->shell, &business_ms)) {
        op_pause(op, STALE_PAUSE_MS);
        return;
    }
    str_copy(op->inquired_ref, sizeof op->inquired_ref, account ? account->ref : "");
    op->inquired_business_ms = business_ms;
    op->attempt = op_instalment(op)->attempt;
    start_call(m, op, OP_INQUIRE);
}

/*
 * A timer alone, with nothing compared: safe because answers come in the order of the calls. What
 * makes the record worth a look again was written after we read it, and its event sets the timer by
 * a call begun later than this one.
 */
void op_set_timer(struct money *m, struct op *op, enum store_clock clock, int64_t at_ms)
{
    op->timer = (struct store_timer){ .tied = -1, .member = op->member, .clock = clock,
                                      .at_ms = at_ms };
    op->timer_set = true;
    op_write(m, op, DECIDE_NOTHING);
}

void op_ask(struct money *m, struct op *op)
{
    start_call(m, op, OP_STATUS);
}

/* ---------------------------------------------------------------- the intent */
static void produce_intent(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);
    const struct money_bucket *mb = op->bucket->extra;
    struct booking booking = {
        .entry = LEDGER_INTENT, .kind = i->kind, .number = i->number, .attempt = i->attempt,
        .amount_idr = i->amount_idr, .partner = i->partner, .claimed_at_ms = i->claimed_at_ms,
    };
    struct disbursement_ledger entry;
    struct parcel parcel;
    char id[ID_SIZE];
    struct err err;

    str_copy(booking.account_ref, sizeof booking.account_ref, i->account_ref);
    str_copy(booking.nonce, sizeof booking.nonce, mb->nonce);
    ledger_event(m->shell, &op->old, &booking, "", &entry, id);
    buf_reset(&op->bytes);
    shell_pack(m->shell, op->bucket->number, EVENT_DISBURSEMENT_LEDGER, &entry, op->participant, id,
               op->old.version, clock_wire_ms(), &op->bytes);
    op->state = OP_INTENT;
    if (parcel_unpack(op->bytes.data, op->bytes.size, &parcel, &err) < 0 ||
        parcel_produce(m->shell->bus, &parcel, m->shell->source, &op->ticket, &err) < 0) {
        if (err.kind != ERR_RETRY)
            shell_fatal(m->shell, &err);
        return; /* ticket.pending is 0: tried again next turn */
    }
    op->intent_sent = true;
    CRASH_POINT("intent sent, not acknowledged");
}

static void intent_step(struct money *m, struct op *op)
{
    if (op->ticket.pending > 0)
        return;
    if (!op->intent_sent || op->ticket.lost > 0) { /* no acknowledgement, no HTTP */
        op->ticket.lost = 0;
        op->intent_sent = false;
        produce_intent(m, op);
        return;
    }
    CRASH_POINT("intent acknowledged, not confirmed");
    op_write(m, op, DECIDE_CONFIRM);
}

/* What will be sent is fixed now; then the ledger is told. */
static void intent_begin(struct money *m, struct op *op)
{
    struct err err;
    bool known = op_transfer(m, op) &&
                 snap_pay_digest(m->snap, &op->transfer, op->digest, &err) == 0;

    op_call_done(op);
    op->digest[16] = '\0';
    if (op->resend && (!known || !op_same_body(op))) {
        op->seen = CONCERN_REFERENCE; /* two bodies under it: asked about, never sent */
        op_write(m, op, DECIDE_UNKNOWN);
        return;
    }
    op->intent_sent = false;
    op->ticket = (struct bus_ticket){ 0 };
    produce_intent(m, op);
}

/* ---------------------------------------------------------------- after a write */
static void drain(struct op *op)
{
    op->state = OP_DRAIN;
}

static void confirmed(struct money *m, struct op *op)
{
    if (op->confirmed != CONFIRM_SEND) {
        if (op->confirmed == CONFIRM_GIVE_UP)
            metric_add(m->given_up, 1);
        drain(op);
        return;
    }
    CRASH_POINT("confirmed, not sent");
    if (clock_boot_ms() > op->deadline_boot_ms) { /* paused too long: it is asked about instead */
        drain(op);
        return;
    }
    metric_add(m->sent, 1);
    start_call(m, op, OP_SEND);
    CRASH_POINT("request on the wire");
}

static void told(struct money *m, struct op *op)
{
    if (op->finished) {
        CRASH_POINT("stored, not published");
        metric_add(op->succeeded ? m->paid : m->failed, 1);
    }
    drain(op);
}

void op_after_write(struct money *m, struct op *op)
{
    if (op->stale) {
        op_pause(op, STALE_PAUSE_MS);
        return;
    }
    switch (op->deciding) {
    case DECIDE_NOTHING:
    case DECIDE_UNKNOWN:
    case DECIDE_SHADOW:
    case DECIDE_INQUIRY: drain(op); return;
    case DECIDE_CLAIM:
        CRASH_POINT("claimed");
        if (op->claimed == CLAIM_TAKEN)
            intent_begin(m, op);
        else
            drain(op);
        return;
    case DECIDE_CONFIRM: confirmed(m, op); return;
    case DECIDE_RESEND:
        if (op->resend_ok)
            intent_begin(m, op);
        else
            op_write(m, op, DECIDE_UNKNOWN);
        return;
    case DECIDE_FINISH: told(m, op); return;
    }
}

/* A pause is over: a second question about a payment not found, or everything from the start. */
static void woken(struct money *m, struct op *op)
{
    if (op->not_found == 1) {
        start_call(m, op, OP_STATUS);
        return;
    }
    if (op->stale && op->deciding == DECIDE_CONFIRM) {
        op->stale = false;
        op_write(m, op, DECIDE_CONFIRM);
        return;
    }
    op->stale = false;
    op->keys[1].kind = '\0';
    op->state = OP_LOAD;
    store_load(m->shell->store, &op->call, op->bucket->number, op->keys, 1);
}

void op_step(struct money *m, struct op *op)
{
    switch (op->state) {
    case OP_FREE: return;
    case OP_DEAD: op_dead_step(m, op); return;
    case OP_LOAD:
        if (op->call.status != STORE_WAITING)
            op_loaded(m, op);
        return;
    case OP_USERS:
        if (op->call.status != STORE_WAITING)
            op_users_known(m, op);
        return;
    case OP_WRITE:
        if (bucket_may_take(m->shell, op->bucket, &op->call, &op->apply) &&
            op_write_answered(m, op))
            op_after_write(m, op);
        return;
    case OP_INQUIRE:
        if (op->snap.done && bucket_has_room(op->bucket))
            op_inquired(m, op);
        return;
    case OP_INTENT: intent_step(m, op); return;
    case OP_SEND:
        if (op->snap.done)
            op_sent(m, op);
        return;
    case OP_STATUS:
        if (op->snap.done)
            op_status_known(m, op);
        return;
    case OP_PAUSE:
        if (clock_boot_ms() >= op->wake_boot_ms)
            woken(m, op);
        return;
    case OP_DRAIN:
        if (op->bucket->delivered >= op->wait_delivered)
            op_end(m, op);
        return;
    }
}
