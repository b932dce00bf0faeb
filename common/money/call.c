/* Calls to payment partners: what is asked, and what the answers mean for the record. */
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "money/op.h"

static const struct account *account_at(const struct record *record, enum partner partner)
{
    for (uint8_t k = 0; k < record->account_count; k++)
        if (record->accounts[k].link_version > 0 && record->accounts[k].partner == partner)
            return &record->accounts[k];
    return NULL;
}

/* Whose account: that of the attempt when there is one, else the current one. */
const struct account *op_account(const struct op *op)
{
    const struct instalment *i = op_instalment(op);
    bool attempt = i->state == INST_CLAIMED || i->state == INST_SENDING;

    if (attempt && i->account_ref[0])
        return record_account(&op->old, i->account_ref);
    if (i->state == INST_SENDING) /* two bodies under one reference: ask the partner that has it */
        return account_at(&op->old, i->partner);
    return record_current(&op->old);
}

/*
 * Everything the partner is told, from the record alone: the same attempt gives the same body. The
 * account in clear lives in op->transfer until op_call_done(). False: it can't be opened.
 */
bool op_transfer(struct money *m, struct op *op)
{
    const struct instalment *i = op_instalment(op);
    const struct account *account = op_account(op);
    struct seal_account plain;
    struct err err;

    memset(&op->transfer, 0, sizeof op->transfer);
    if (!account || seal_get(m->seal, account->sealed.at, account->sealed.size, &plain, &err) < 0)
        return false;
    const struct partner_terms *terms = &m->partners[account->partner];
    op->transfer.partner = terms->snap;
    id_reference(m->shell->set.environment, op->instalment_id, i->attempt, op->transfer.reference);
    bool fits = str_copy(op->transfer.account_number, sizeof op->transfer.account_number,
                         plain.number) &&
                str_copy(op->transfer.account_name, sizeof op->transfer.account_name, plain.name) &&
                str_copy(op->transfer.bank_code, sizeof op->transfer.bank_code, plain.bank_code);
    seal_wipe(&plain);
    op->transfer.amount_idr = i->amount_idr;
    op->transfer.transaction_date_ms = i->claimed_at_ms ? i->claimed_at_ms : i->due_at_ms;
    return fits && terms->snap >= 0 && i->amount_idr <= terms->limit_idr &&
           strlen(op->transfer.reference) <= (size_t)terms->reference_length;
}

void op_call_done(struct op *op)
{
    seal_wipe_bytes(&op->transfer, sizeof op->transfer);
    op->calling = false;
}

static enum reason reason_named(const char *name, enum reason otherwise)
{
    for (int r = 1; r < REASON_COUNT; r++)
        if (strcmp(reason_row((enum reason)r)->name, name) == 0)
            return (enum reason)r;
    return otherwise;
}

/* The partner's texts go into our ledger, which takes printable ASCII: any other is left out, since
 * what can't be read back would stop every restore. */
static void take_code(struct op *op)
{
    (void)str_copy_printed(op->raw_code, sizeof op->raw_code, op->snap.code);
}

/* R12, D12: good, doubtful, the partner's trouble, or a person's matter. */
void op_inquiry_meaning(struct op *op)
{
    const struct snap_call *c = &op->snap;

    take_code(op);
    op->inquiry = INQUIRY_AWAY;
    switch (c->class) {
    case SNAP_SUCCESS:
        op->inquiry = c->name == SNAP_NAME_DIFFERS ? INQUIRY_NEGATIVE : INQUIRY_GOOD;
        op->reason = c->name == SNAP_NAME_DIFFERS ? REASON_NIK_MISMATCH : REASON_NONE;
        return;
    case SNAP_PARTICIPANT:
        op->reason = reason_named(c->reason, REASON_ACCOUNT_NOT_FOUND);
        if (reason_row(op->reason)->cls == CLASS_HOLD)
            op->inquiry = INQUIRY_NEGATIVE;
        return;
    case SNAP_STOP_TRANSFER:
        op->inquiry = INQUIRY_CASE;
        op->reason = reason_named(c->reason, REASON_UNKNOWN_CODE);
        return;
    case SNAP_IN_PROGRESS:
    case SNAP_DUPLICATE:
    case SNAP_RETRYABLE:
    case SNAP_UNKNOWN:
    case SNAP_STOP_CHANNEL:
        op->reason = reason_named(c->reason, REASON_PARTNER_UNAVAILABLE);
        if (reason_row(op->reason)->cls != CLASS_RETRY &&
            reason_row(op->reason)->cls != CLASS_PAUSE)
            op->reason = REASON_PARTNER_UNAVAILABLE; /* no money was in it: nothing is unknown */
        return;
    }
}

/*
 * Only an answer on the list of final codes is a result.  After an UNKNOWN on a reference no error
 * answer to its re-send is final (consistency.md, step 5).
 */
enum pay_result op_pay_meaning(struct op *op)
{
    const struct snap_call *c = &op->snap;

    take_code(op);
    op->reason = reason_named(c->reason, REASON_UNKNOWN_CODE);
    if (c->alarm || c->mismatch)
        return RESULT_UNKNOWN;
    switch (c->class) {
    case SNAP_SUCCESS:
        (void)str_copy_printed(op->partner_reference, sizeof op->partner_reference,
                               c->reference_no);
        return RESULT_PAID;
    case SNAP_RETRYABLE: /* nothing was accepted, or nothing left us */
    case SNAP_PARTICIPANT:
    case SNAP_STOP_TRANSFER:
    case SNAP_STOP_CHANNEL: return op->resend ? RESULT_UNKNOWN : RESULT_FAILED;
    case SNAP_IN_PROGRESS:
    case SNAP_DUPLICATE:
    case SNAP_UNKNOWN: break;
    }
    return RESULT_UNKNOWN;
}

/* A re-send needs the very same body: its digest stands in the history's "sent" line. */
bool op_same_body(const struct op *op)
{
    const char *line = history_line(&op->history, op->attempt, "sent");
    const char *digest = line ? strstr(line, op->digest) : NULL;

    return !line || (digest && digest < strchr(line, '\n'));
}
