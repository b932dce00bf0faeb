/* A payment's record has been read: what is to be done with it now? */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "money/op.h"
#include "store/bytes.h"

#define USERS_AGAIN_MS 1000
#define SHADOW_PAUSE_MS (INT64_C(3600) * 1000)

static void resolve(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);

    op->attempt = i->attempt;
    op->from = INST_SENDING;
    op->seen_deadline_ms = i->deadline_ms;
    if (clock_wire_ms() < i->deadline_ms) { /* the claimer may still be sending */
        op_set_timer(m, op, STORE_CLOCK_WIRE, i->deadline_ms);
        return;
    }
    if (op_enter(m, op, i->partner, GATE_ASK))
        op_ask(m, op);
}

static void enter_and_inquire(struct money *m, struct op *op, int64_t business_ms)
{
    const struct account *account = op_account(op);
    const struct instalment *i = op_instalment(op);

    if (account && i->state == INST_READY && !budget_room(m, op->bucket, &op->old, i)) {
        op_shut_out(m, op, REASON_PROGRAMME_FUNDS, business_ms);
        return;
    }
    if (!account || op_enter(m, op, account->partner, GATE_PAY))
        op_inquire(m, op);
}

static bool ask_early(struct money *m, struct op *op, const struct instalment *i,
                      int64_t business_ms, int64_t *until_ms)
{
    bool asked = history_first(&op->history, i->attempt, "inquired") > 0;
    int64_t early_ms = early_inquiry_ms(&op->old, i, asked);

    if (early_ms < 0)
        return false;
    if (early_ms > business_ms) {
        *until_ms = early_ms < *until_ms ? early_ms : *until_ms;
        return false;
    }
    op->early = true;
    enter_and_inquire(m, op, business_ms);
    return true;
}

/* An earlier attempt that had failed was said to have succeeded since: a person knows (concern.c),
 * and until he has decided nothing more is sent, whoever put it back. */
static bool may_be_paid_already(const struct op *op, const struct instalment *i)
{
    for (int32_t attempt = i->returned_attempt + 1; attempt < i->attempt; attempt++)
        if (history_first(&op->history, attempt, "case-late-answer") > 0)
            return true;
    return false;
}

/*
 * Who else uses the account is known in the account's own bucket first (D22): asked there before
 * money goes to it, since what that bucket tells may still be on its way.
 */
static void ask_users(struct money *m, struct op *op)
{
    const struct account *account = op_account(op);

    assert(account); /* nothing holds it */
    int32_t bucket = hash_partition(account->ref, strlen(account->ref), m->shell->partitions);
    op->users_key = (struct store_key){ 'a', account->ref };
    op->state = OP_USERS;
    store_load(m->shell->store, &op->call, bucket, &op->users_key, 1);
}

void op_users_known(struct money *m, struct op *op)
{
    struct store_span value = { NULL, 0 };
    struct account_users users;
    const struct account *account = op_account(op);
    int64_t business_ms = 0;
    struct err err;

    if (op->call.status == STORE_REFUSED)
        shell_fatal(m->shell, &op->call.err);
    bool read = op->call.status == STORE_OK;
    (void)store_item(m->shell->store, &op->call, 0, &value);
    int rc = users_from_bytes(value.at, value.size, &users, &err);
    store_call_done(m->shell->store, &op->call);
    if (rc < 0) {
        shell_fatal(m->shell, &err);
        return;
    }
    if (read && shell_business_ms(m->shell, &business_ms) &&
        users_allow(&users, op->participant, op->old.scheme, &account->slots[SLOT_SHARED])) {
        enter_and_inquire(m, op, business_ms);
        return;
    }
    metric_add(m->deferred, 1);
    op_set_timer(m, op, STORE_CLOCK_WIRE, clock_wire_ms() + USERS_AGAIN_MS);
}

static void look(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);
    int64_t business_ms = 0, until_ms = 0;
    enum claim_answer answer = CLAIM_IDLE;
    enum store_clock clock = STORE_CLOCK_NONE;

    if (!shell_business_ms(m->shell, &business_ms)) {
        op_pause(op, STALE_PAUSE_MS);
        return;
    }
    if (i)
        answer = claim_look(&op->old, i, business_ms, &until_ms);
    switch (answer) {
    case CLAIM_INQUIRE:
        if (!may_be_paid_already(op, i)) {
            ask_users(m, op);
            return;
        }
        break;
    case CLAIM_RESOLVE: resolve(m, op); return;
    case CLAIM_TAKEN:
        if (i->state == INST_CLAIMED && m->shadow) /* begun while money was sent: left as it is */
            op_set_timer(m, op, STORE_CLOCK_WIRE, clock_wire_ms() + SHADOW_PAUSE_MS);
        else if (i->state == INST_CLAIMED)
            enter_and_inquire(m, op, business_ms); /* of a dead owner: fresh before it goes on */
        else
            op_write(m, op, DECIDE_CLAIM);
        return;
    case CLAIM_WAIT:
        if (ask_early(m, op, i, business_ms, &until_ms))
            return;
        clock = STORE_CLOCK_BUSINESS;
        break;
    case CLAIM_IDLE: break;
    }
    op_set_timer(m, op, clock, until_ms);
}

void op_loaded(struct money *m, struct op *op)
{
    struct store_span value = { NULL, 0 };
    struct err err;
    bool history = op->keys[1].kind != '\0';

    if (op->call.status != STORE_OK) {
        struct bucket *bucket = op->bucket;
        if (op->call.status == STORE_REFUSED)
            shell_fatal(m->shell, &op->call.err);
        store_call_done(m->shell->store, &op->call);
        bucket_lose(m->shell, bucket, BUCKET_OWN);
        return;
    }
    (void)store_item(m->shell->store, &op->call, history ? 1 : 0, &value);
    if (history) {
        buf_reset(&op->history);
        if (value.at)
            buf_add(&op->history, value.at, value.size);
        history_trim(&op->history);
        (void)store_item(m->shell->store, &op->call, 0, &value);
    }
    int rc = record_from_bytes(value.at, value.size, op->participant, &op->old, &err);
    store_call_done(m->shell->store, &op->call);
    if (rc < 0) {
        shell_fatal(m->shell, &err);
        return;
    }
    const struct instalment *i = op_instalment(op);
    if (history || !i) {
        look(m, op);
        return;
    }
    /* The instalment's id needs the record: now its history too, both in one reading. */
    id_instalment(m->shell->set.environment, &op->old, i, op->instalment_id);
    op->keys[1] = (struct store_key){ 'y', op->instalment_id };
    store_load(m->shell->store, &op->call, op->bucket->number, op->keys, 2);
}
