/* Payments under way: taken from a pool, begun by a due timer, let in by their partner's gate,
 * dropped with their bucket. */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "money/op.h"

#define SHUT_AGAIN_MS 5000

void ops_open(struct money *m)
{
    m->ops = calloc(OPS_MAX, sizeof *m->ops);
    if (!m->ops)
        abort();
}

void ops_close(struct money *m)
{
    for (size_t i = 0; m->ops && i < OPS_MAX; i++) {
        if (m->ops[i].calling)
            snap_abandon(&m->ops[i].snap);
        op_call_done(&m->ops[i]);
        buf_release(&m->ops[i].history);
        buf_release(&m->ops[i].bytes);
    }
    free(m->ops);
}

bool op_has(const struct money *m, const struct bucket *bucket, const char *member)
{
    for (size_t i = 0; i < OPS_MAX; i++)
        if (m->ops[i].state != OP_FREE && m->ops[i].state != OP_DEAD &&
            m->ops[i].bucket == bucket && strcmp(m->ops[i].member, member) == 0)
            return true;
    return false;
}

int64_t ops_wait_ms(const struct money *m)
{
    int64_t now = clock_boot_ms(), least = 1000;

    for (size_t i = 0; i < OPS_MAX; i++)
        if (m->ops[i].state == OP_PAUSE) {
            int64_t wait = m->ops[i].wake_boot_ms - now;
            if (wait < least)
                least = wait < 0 ? 0 : wait;
        }
    return least;
}

/* What still points into a dropped operation is waited for. */
void ops_drop(struct money *m, struct bucket *bucket)
{
    for (size_t i = 0; i < OPS_MAX; i++) {
        struct op *op = &m->ops[i];
        if (op->state == OP_FREE || op->state == OP_DEAD || op->bucket != bucket)
            continue;
        if (op->calling)
            snap_abandon(&op->snap);
        op_call_done(op);
        op->state = OP_DEAD;
    }
}

void op_begin(struct money *m, struct bucket *bucket, const char *member)
{
    struct op *op = NULL;

    for (size_t i = 0; i < OPS_MAX && !op; i++)
        if (m->ops[i].state == OP_FREE)
            op = &m->ops[i];
    if (!op)
        return; /* its timer stays due */
    struct buf history = op->history, bytes = op->bytes;
    buf_reset(&history);
    buf_reset(&bytes);
    *op = (struct op){ .bucket = bucket, .life = bucket->life, .history = history, .bytes = bytes,
                       .counted = -1 };
    str_copy(op->member, sizeof op->member, member);
    if (!member_parse(member, op->participant, &op->kind, &op->number)) {
        LOG(LOG_ERROR, EV("bad-timer"), F_STR("member", op->member));
        op_set_timer(m, op, STORE_CLOCK_NONE, 0);
        return;
    }
    op->state = OP_LOAD;
    op->keys[0] = (struct store_key){ 'p', op->participant };
    store_load(m->shell->store, &op->call, bucket->number, op->keys, 1);
    m->shell->progress = true;
}

void op_dead_step(struct money *m, struct op *op)
{
    if (op->call.status == STORE_WAITING || op->ticket.pending > 0)
        return;
    store_call_done(m->shell->store, &op->call);
    op_end(m, op);
}

/* Told to the participant as a trouble that isn't his, tried again like any other (R14). */
void op_shut_out(struct money *m, struct op *op, enum reason reason, int64_t business_ms)
{
    const struct account *account = op_account(op);

    if (op_instalment(op)->state != INST_READY) { /* of a dead owner: it has waited already */
        op_set_timer(m, op, STORE_CLOCK_WIRE, clock_wire_ms() + SHUT_AGAIN_MS);
        return;
    }
    str_copy(op->inquired_ref, sizeof op->inquired_ref, account->ref);
    op->inquired_business_ms = business_ms;
    op->inquiry = INQUIRY_AWAY;
    op->reason = reason;
    op->raw_code[0] = '\0';
    op->attempt = op_instalment(op)->attempt;
    op_write(m, op, DECIDE_INQUIRY);
}

bool op_enter(struct money *m, struct op *op, enum partner partner, enum gate_work work)
{
    int64_t business_ms = 0, at_ms = 0;

    if (op->inside && op->gated == partner)
        return true;
    if (op->inside)
        gate_leave(&m->gate, op->gated, op->probe);
    op->inside = false;
    (void)shell_business_ms(m->shell, &business_ms);
    enum gate_answer answer = GATE_IN;
    if (work == GATE_PAY)
        answer = counts_room(m, op->bucket, partner, op_instalment(op)->amount_idr, business_ms,
                             &at_ms);
    if (answer == GATE_LATER)
        answer = gate_park(&m->gate, partner, clock_boot_ms(), &at_ms);
    if (answer == GATE_IN)
        answer = gate_enter(&m->gate, partner, work, clock_boot_ms(), business_ms, &at_ms);
    switch (answer) {
    case GATE_IN:
        op->inside = true;
        op->probe = work == GATE_PAY && gate_probes(&m->gate, partner);
        op->gated = partner;
        return true;
    case GATE_LATER:
        metric_add(m->deferred, 1);
        op_set_timer(m, op, STORE_CLOCK_WIRE, clock_wire_ms() + at_ms);
        break;
    case GATE_AT: op_set_timer(m, op, STORE_CLOCK_BUSINESS, at_ms); break;
    case GATE_SHUT:
        metric_add(m->deferred, 1);
        op_shut_out(m, op, gate_why(&m->gate, partner), business_ms);
        break;
    }
    return false;
}
