/* What a payment's steps write: decided on a fresh copy of the record, compared and set, decided
 * again when somebody else was faster. */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "money/op.h"
#include "policy/settle.h"
#include "store/bytes.h"

#define CONFLICTS_MAX 50
#define EARLY_AGAIN_MS (INT64_C(3600) * 1000)
#define SHADOW_AGAIN_MS (24 * EARLY_AGAIN_MS)

const struct instalment *op_instalment(const struct op *op)
{
    for (uint8_t k = 0; k < op->old.instalment_count; k++)
        if (op->old.instalments[k].kind == op->kind && op->old.instalments[k].number == op->number)
            return &op->old.instalments[k];
    return NULL;
}

static void set_timer(struct op *op, enum store_clock clock, int64_t at_ms)
{
    op->timer = (struct store_timer){ .tied = -1, .member = op->member, .clock = clock,
                                      .at_ms = at_ms };
    op->timer_set = true;
}

static void note_of(struct op *op, int32_t attempt, const char *partner, const char *what,
                    enum reason reason, const char *raw_code)
{
    op->noted = true;
    history_add(&op->history, op->participant, clock_wire_ms(), attempt, what, partner,
                reason == REASON_NONE ? "" : reason_row(reason)->name, raw_code);
}

static void note(struct op *op, const struct instalment *i, const char *what, enum reason reason,
                 const char *raw_code)
{
    note_of(op, i->attempt, i->account_ref[0] ? partner_row(i->partner)->name : "", what, reason,
            raw_code);
}

/* Its history was lost with Redis, the payment came back from the ledger: at least whose it was. */
static void note_restored(struct op *op, const struct instalment *i)
{
    if (op->history.size == 0 && i->account_ref[0])
        note(op, i, "restored", i->why, i->raw_code);
}

/* R17: a return is booked by an event, without the payment's history: it is said there by who looks
 * at the payment next, which is at once. */
static void note_return(struct op *op, const struct instalment *i)
{
    if (i->returned_attempt > 0 &&
        history_first(&op->history, i->returned_attempt, "returned") == 0)
        note_of(op, i->returned_attempt, partner_row(i->partner)->name, "returned", i->why,
                i->raw_code);
}

/* The account that the answer was about is still the one money goes to (I3). */
static bool inquired_current(const struct op *op)
{
    const struct account *account = record_current(&op->new);

    return account && strcmp(account->ref, op->inquired_ref) == 0;
}

static void decide_claim(struct money *m, struct op *op, struct instalment *i, int64_t business_ms)
{
    const struct money_bucket *mb = op->bucket->extra;
    bool held = i->mark.reason != REASON_NONE, told = i->told;

    budget_reserve(m, op);
    if (claim_look(&op->new, i, business_ms, &op->until_ms) == CLAIM_INQUIRE &&
        !inquired_current(op)) {
        op->claimed = CLAIM_WAIT; /* another account meanwhile: asked about it first */
        set_timer(op, STORE_CLOCK_BUSINESS, 0);
        return;
    }
    if (i->state == INST_READY && !i->funded &&
        claim_look(&op->new, i, business_ms, &op->until_ms) == CLAIM_INQUIRE) {
        op->claimed = CLAIM_WAIT; /* somebody else has had the room */
        set_timer(op, STORE_CLOCK_BUSINESS, business_ms);
        return;
    }
    op->claimed = claim_take(&op->new, i, business_ms, mb->nonce, &op->until_ms);
    op->attempt = i->attempt;
    op->from = i->state;
    if (op->claimed == CLAIM_IDLE)
        set_timer(op, STORE_CLOCK_NONE, 0);
    if (op->claimed == CLAIM_WAIT)
        set_timer(op, STORE_CLOCK_BUSINESS, op->until_ms);
    if (op->claimed == CLAIM_TAKEN)
        note(op, i, "claimed", REASON_NONE, "");
    if (i->told && !told)
        note(op, i, "cancelled", REASON_DUPLICATE_AID, "");
    if (!held && i->mark.reason != REASON_NONE)
        note(op, i, "held", i->mark.reason, "");
}

/* Next look at a payment whose outcome isn't known: soon at first, then ever more rarely. */
static int64_t next_poll_ms(struct money *m, const struct instalment *i)
{
    int64_t now_ms = clock_wire_ms(), sent_ms = i->deadline_ms - m->lease_ms;
    int64_t quiet_ms = i->deadline_ms + partner_in_flight_ms(m, i->partner);
    int64_t wait = (now_ms - sent_ms) / 2;

    wait = wait < POLL_LEAST_MS ? POLL_LEAST_MS : wait > POLL_MOST_MS ? POLL_MOST_MS : wait;
    if (now_ms < quiet_ms && now_ms + wait > quiet_ms)
        return quiet_ms + 1;
    return now_ms + wait;
}

static void decide_confirm(struct money *m, struct op *op, struct instalment *i,
                           int64_t business_ms)
{
    int64_t wait_ms;
    if (op->from == INST_SENDING && !gate_may_send(&m->gate, i->partner)) {
        op->confirmed = CONFIRM_OTHER; /* paused meanwhile: asked about again, never given up */
        set_timer(op, STORE_CLOCK_WIRE, next_poll_ms(m, i));
        return;
    }
    bool fresh = op->inquired_boot_ms != 0 && strcmp(op->inquired_ref, i->account_ref) == 0 &&
                 clock_boot_ms() < op->inquired_boot_ms + FRESH_MS &&
                 gate_may_send(&m->gate, i->partner) &&
                 (op->from == INST_SENDING ||
                  counts_room(m, op->bucket, i->partner, i->amount_idr, business_ms, &wait_ms) ==
                      GATE_IN);
    struct nonces covers;

    op->deadline_boot_ms = clock_boot_ms() + m->lease_ms;
    op->deadline_ms = clock_wire_ms() + m->lease_ms;
    op->confirmed = confirm_take(&op->new, i, op->from, op->attempt, op->seen_deadline_ms,
                                 business_ms, fresh, op->deadline_ms, &covers);
    if (op->confirmed == CONFIRM_SEND) {
        if (op->from == INST_CLAIMED) /* a re-send is still the same payment */
            counts_add(m, op, i->partner, i->amount_idr, business_ms);
        set_timer(op, STORE_CLOCK_WIRE, op->deadline_ms);
        char shortened[17];
        str_copy(shortened, sizeof shortened, op->digest);
        note(op, i, "sent", REASON_NONE, shortened);
    } else if (op->confirmed == CONFIRM_GIVE_UP) {
        op->booking = (struct booking){
            .entry = LEDGER_CANCELLED, .kind = i->kind, .number = i->number,
            .attempt = op->attempt, .amount_idr = i->amount_idr, .partner = i->partner,
            .claimed_at_ms = i->claimed_at_ms, .covers = covers,
        };
        str_copy(op->booking.account_ref, sizeof op->booking.account_ref, i->account_ref);
        op->booked = true;
        set_timer(op, STORE_CLOCK_BUSINESS, 0);
        note(op, i, "given-up", REASON_NONE, "");
    }
}

static void decide_finish(struct op *op, struct instalment *i)
{
    bool contradicts;

    op->finished = finish_take(&op->new, i, op->attempt, op->succeeded, op->reason, op->raw_code,
                               &op->booking, &contradicts);
    if (contradicts)
        concern_raise(op, i, CONCERN_LATE);
    op->booked = op->finished;
    set_timer(op, op->finished ? STORE_CLOCK_NONE : STORE_CLOCK_BUSINESS, 0);
    if (op->finished)
        note(op, i, op->succeeded ? "paid" : "failed", op->succeeded ? REASON_NONE : op->reason,
             op->raw_code);
}

/* No answer since the first send that is remembered, whatever was asked or sent since then. */
bool op_is_old(const struct money *m, const struct op *op, const struct instalment *i)
{
    int64_t sent_ms = history_first(&op->history, op->attempt, "sent");

    if (sent_ms == 0)
        sent_ms = m->shell->set.rehearsal ? i->deadline_ms - m->lease_ms : i->claimed_at_ms;
    return clock_wire_ms() - sent_ms >= m->unknown_age_ms;
}

static void decide_unknown(struct money *m, struct op *op, struct instalment *i)
{
    bool first = i->why != REASON_PARTNER_TIMEOUT;

    unknown_take(i, op->attempt);
    if (i->state == INST_SENDING)
        set_timer(op, STORE_CLOCK_WIRE, next_poll_ms(m, i));
    else
        set_timer(op, STORE_CLOCK_BUSINESS, 0);
    if (first)
        note(op, i, "unknown", REASON_PARTNER_TIMEOUT, op->raw_code);
    if (i->state != INST_SENDING || i->attempt != op->attempt)
        return;
    if (i->account_ref[0] == '\0' || (op->resend && i->open.count == NONCES_MAX))
        concern_raise(op, i, CONCERN_REFERENCE);
    else if (op_is_old(m, op, i))
        concern_raise(op, i, CONCERN_OLD);
}

static const char *inquiry_name(enum inquiry inquiry)
{
    switch (inquiry) {
    case INQUIRY_GOOD: return "inquired";
    case INQUIRY_NEGATIVE: return "inquiry-negative";
    case INQUIRY_AWAY:
    case INQUIRY_CASE: break;
    }
    return "inquiry-failed";
}

/* INSENTIF_PAY=shadow: everything but the claim and what follows; looked at again a day later. */
static void decide_shadow(struct op *op, struct instalment *i, int64_t business_ms)
{
    bool now = claim_look(&op->new, i, business_ms, &op->until_ms) == CLAIM_TAKEN;

    set_timer(op, STORE_CLOCK_BUSINESS, now ? 0 : business_ms + SHADOW_AGAIN_MS);
    if (history_first(&op->history, i->attempt, "shadow") == 0)
        note(op, i, "shadow", REASON_NONE, "");
}

static void decide_inquiry(struct money *m, struct op *op, struct instalment *i,
                           int64_t business_ms)
{
    const struct account *account = record_current(&op->new);

    budget_reserve(m, op);
    if (!inquired_current(op)) {
        op->to_case = false;
        set_timer(op, STORE_CLOCK_BUSINESS, 0);
        return;
    }
    if (op->early && op->inquiry == INQUIRY_AWAY) { /* says nothing, and there is time */
        set_timer(op, STORE_CLOCK_BUSINESS, business_ms + EARLY_AGAIN_MS < i->due_at_ms
                                                ? business_ms + EARLY_AGAIN_MS
                                                : i->due_at_ms);
        return;
    }
    enum reason why = i->why;
    business_ms = op->inquired_business_ms; /* when it was asked: the answer is no newer */
    op->to_case = inquiry_take(&op->new, i, op->inquiry, op->reason, op->raw_code, business_ms);
    if (op->inquiry != INQUIRY_AWAY || why != op->reason) /* an outage is one line, not a hundred */
        note_of(op, i->attempt, partner_row(account->partner)->name, inquiry_name(op->inquiry),
                op->reason, op->raw_code);
    if (!op->to_case) {
        /* Announced as held: its release comes as an event. Held or cancelled by a fact that was
         * faster: looked at again now, so that it is announced. */
        bool announced = i->mark.reason != REASON_NONE;
        bool now = claim_look(&op->new, i, business_ms, &op->until_ms) == CLAIM_TAKEN;
        set_timer(op, announced ? STORE_CLOCK_NONE : STORE_CLOCK_BUSINESS,
                  now ? 0 : i->not_before_ms > 0 ? i->not_before_ms : i->due_at_ms);
        return;
    }
    op->booking = (struct booking){
        .entry = LEDGER_FAILED, .kind = i->kind, .number = i->number, .attempt = i->attempt,
        .amount_idr = i->amount_idr, .claimed_at_ms = business_ms, .reason = op->reason,
        .partner = account ? account->partner : PARTNER_BNI,
    };
    str_copy(op->booking.account_ref, sizeof op->booking.account_ref, account ? account->ref : "");
    str_copy(op->booking.raw_code, sizeof op->booking.raw_code, op->raw_code);
    op->booked = ledger_book(&op->new, &op->booking, 0);
    set_timer(op, STORE_CLOCK_NONE, 0);
}

static void decide(struct money *m, struct op *op)
{
    const struct money_bucket *mb = op->bucket->extra;
    int64_t business_ms = 0;

    op->new = op->old;
    struct instalment *i = record_instalment(&op->new, op->kind, op->number);
    bool known = shell_business_ms(m->shell, &business_ms);
    assert(known && mb);
    if (!i) {
        set_timer(op, STORE_CLOCK_NONE, 0);
        return;
    }
    note_restored(op, i);
    note_return(op, i);
    concern_raise(op, i, op->seen);
    switch (op->deciding) {
    case DECIDE_NOTHING: break;
    case DECIDE_INQUIRY: decide_inquiry(m, op, i, business_ms); break;
    case DECIDE_SHADOW: decide_shadow(op, i, business_ms); break;
    case DECIDE_CLAIM: decide_claim(m, op, i, business_ms); break;
    case DECIDE_CONFIRM: decide_confirm(m, op, i, business_ms); break;
    case DECIDE_RESEND:
        op->resend_ok = resend_take(i, op->attempt, op->seen_deadline_ms, mb->nonce);
        break;
    case DECIDE_FINISH: decide_finish(op, i); break;
    case DECIDE_UNKNOWN: decide_unknown(m, op, i); break;
    }
    if (i->told && i->state != INST_SENDING && i->state != INST_PAID)
        budget_give_back(op, i);
    concern_dates(op, i, business_ms);
}

static void begin(struct money *m, struct op *op)
{
    op->booked = false;
    op->noted = false;
    op->counted = -1;
    op->concern = CONCERN_NONE;
    op->booking = (struct booking){ 0 };
    size_t base = op->history.size;
    if (op->deciding != DECIDE_NOTHING)
        op->timer_set = false;
    decide(m, op);
    op_build(m, op);
    op->history_base = base;
    op->state = OP_WRITE;
    bucket_write(m->shell, op->bucket, &op->call, &op->apply);
}

void op_write(struct money *m, struct op *op, enum op_decision decision)
{
    op->deciding = decision;
    op->conflicts = 0;
    op->budget_changed = false;
    op->budget_idr = 0;
    begin(m, op);
}

static bool take_fresh(struct money *m, struct op *op)
{
    struct store_span value = { NULL, 0 };
    struct err err;

    (void)store_item(m->shell->store, &op->call, 1, &value);
    if (record_from_bytes(value.at, value.size, op->participant, &op->old, &err) < 0) {
        shell_fatal(m->shell, &err);
        return false;
    }
    return true;
}

/* Each move of an instalment, once, when it is written. */
static void tell_move(const struct op *op)
{
    const struct instalment *was = op_instalment(op);

    for (uint8_t k = 0; was && k < op->new.instalment_count; k++) {
        const struct instalment *is = &op->new.instalments[k];
        if (is->kind == op->kind && is->number == op->number && is->state != was->state)
            LOG(LOG_INFO, EV("instalment"), F_STR("instalment", op->instalment_id),
                F_INT("attempt", is->attempt), F_STR("from", inst_state_name(was->state)),
                F_STR("to", inst_state_name(is->state)),
                F_STR("reason", reason_row(is->why)->name),
                F_STR("code", op->deciding == DECIDE_FINISH ? op->raw_code : ""));
    }
}

/* False: dropped, or decided and written again; op->state says which. */
bool op_write_answered(struct money *m, struct op *op)
{
    struct bucket *bucket = op->bucket;
    enum store_status status = op->call.status;
    bool counts = bucket_written(m->shell, bucket, &op->call, &op->apply);

    if (bucket->life != op->life) { /* ops_drop() has seen to it */
        store_call_done(m->shell->store, &op->call);
        return false;
    }
    if (status == STORE_CONFLICT) {
        counts_undo(op);
        budget_undo(op);
        bool fresh = take_fresh(m, op);
        store_call_done(m->shell->store, &op->call);
        buf_cut(&op->history, op->history_base);
        if (!fresh)
            return false;
        if (++op->conflicts > CONFLICTS_MAX) {
            bucket_lose(m->shell, bucket, BUCKET_OWN);
            return false;
        }
        begin(m, op);
        return false;
    }
    store_call_done(m->shell->store, &op->call);
    if (!counts) {
        counts_undo(op);
        budget_undo(op);
        buf_cut(&op->history, op->history_base);
    }
    op->stale = status == STORE_STALE;
    if (counts) {
        tell_move(op);
        concern_tell(m, op);
        op->seen = CONCERN_NONE;
        op->old = op->new;
    }
    op->wait_delivered = bucket->pushed;
    return true;
}
