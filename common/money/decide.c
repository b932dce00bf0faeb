/* What disbursement-worker's topics mean: timers, and verdicts into the record. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "money/inside.h"
#include "money/money.h"
#include "policy/facts.h"

void member_text(const char *participant, enum payment_kind kind, int32_t number,
                 char out[MEMBER_MAX])
{
    (void)snprintf(out, MEMBER_MAX, "%s/%d/%" PRId32, participant, (int)kind, number);
}

bool member_parse(const char *member, char participant[PARTICIPANT_ID_MAX + 1],
                  enum payment_kind *kind, int32_t *number)
{
    const char *first = strchr(member, '/'), *second = first ? strchr(first + 1, '/') : NULL;
    int64_t value;

    if (!second || (size_t)(first - member) > PARTICIPANT_ID_MAX || second != first + 2 ||
        first[1] < '0' || first[1] >= '0' + PAYMENT_KIND_COUNT ||
        !str_to_int64(second + 1, 1, 1000, &value))
        return false;
    memcpy(participant, member, (size_t)(first - member));
    participant[first - member] = '\0';
    *kind = (enum payment_kind)(first[1] - '0');
    *number = (int32_t)value;
    return true;
}

static struct instalment *find(struct decision *d, const char *instalment_id)
{
    for (uint8_t i = 0; i < d->record->instalment_count; i++) {
        char id[ID_SIZE];
        id_instalment(decision_environment(d), d->record, &d->record->instalments[i], id);
        if (strcmp(id, instalment_id) == 0)
            return &d->record->instalments[i];
    }
    return NULL;
}

/* Looked at as soon as a payment slot is free, or on its day. */
static void timer(struct decision *d, const struct instalment *i, int64_t at_ms)
{
    char member[MEMBER_MAX];
    member_text(d->participant, i->kind, i->number, member);
    decision_timer(d, member, false, at_ms);
}

const char *decide_scheduled(struct decision *d, const void *event)
{
    const struct incentive_scheduled *e = event;
    struct instalment named = { .kind = (enum payment_kind)e->kind, .number = e->number };
    bool first = named.kind == PAYMENT_INSTALMENT && named.number == 1;

    timer(d, &named, first ? 0 : e->due_at_ms); /* R12: its account is asked about now */
    return NULL;
}

const char *decide_released(struct decision *d, const void *event)
{
    const struct incentive_released *e = event;
    struct instalment *i = find(d, e->instalment_id);
    struct mark told = { .reason = (enum reason)e->reason, .at_ms = e->held_since_ms };

    if (!i)
        return NULL;
    /* Released, as everybody was told, by a write that Redis has lost since; then it was decided
     * otherwise. Held all the same: announced anew. */
    str_copy(told.account_ref, sizeof told.account_ref, e->account_ref);
    struct mark hold = record_hold(d->record);
    if (mark_equals(&told, &i->mark) && mark_equals(&told, &hold)) {
        i->mark = (struct mark){ .reason = REASON_NONE };
        doubt_end(i);
    }
    timer(d, i, 0);
    return NULL;
}

const char *decide_cancelled(struct decision *d, const void *event)
{
    const struct incentive_cancelled *e = event;
    struct instalment *i = find(d, e->instalment_id);

    if (i && e->stage == CANCEL_REQUESTED)
        timer(d, i, 0);
    return NULL;
}

/* A verdict counts only for the failure it names: a late one for another is ignored. */
static bool answers(struct decision *d, const struct instalment *i, int32_t attempt,
                    const char *failure_id)
{
    struct transfer_failed failed;
    char id[ID_SIZE];

    if (i->state != INST_FAILED || i->attempt != attempt)
        return false;
    failed_event(decision_environment(d), d->record, i, &failed);
    id_failure(decision_environment(d), &failed, id);
    return strcmp(id, failure_id) == 0;
}

static void verdict(struct decision *d, const char *instalment_id, int32_t attempt,
                    const char *failure_id, enum verdict_kind kind, int64_t not_before_ms)
{
    struct instalment *i = find(d, instalment_id);

    if (!i || !answers(d, i, attempt, failure_id) ||
        !verdict_take(d->record, i, attempt, kind, not_before_ms))
        return;
    LOG(LOG_INFO, EV("instalment"), F_STR("instalment", instalment_id), F_INT("attempt", attempt),
        F_STR("from", inst_state_name(INST_FAILED)), F_STR("to", inst_state_name(i->state)),
        F_STR("reason", reason_row(i->why)->name));
    timer(d, i, i->state == INST_READY ? not_before_ms : 0); /* a case: when it ends (R21) */
}

const char *decide_retry(struct decision *d, const void *event)
{
    const struct transfer_retry *e = event;

    verdict(d, e->instalment_id, e->attempt, e->failure_id, VERDICT_RETRY, e->not_before_ms);
    return NULL;
}

const char *decide_held(struct decision *d, const void *event)
{
    const struct incentive_held *e = event;

    verdict(d, e->instalment_id, e->attempt, e->failure_id, VERDICT_HOLD, e->not_before_ms);
    return NULL;
}

const char *decide_case(struct decision *d, const void *event)
{
    const struct case_opened *e = event;
    struct verdict told = verdict_for((enum stage)e->stage, (enum reason)e->reason, e->attempt,
                                      e->opened_at_ms, 0);

    if (told.kind == VERDICT_CASE)
        verdict(d, e->instalment_id, e->attempt, e->failure_id, VERDICT_CASE, 0);
    return NULL;
}

/* The payment of that event, when its reference is what we sent. */
static struct instalment *returned_payment(struct decision *d, const struct transfer_returned *e)
{
    struct instalment *i = find(d, e->instalment_id);
    char reference[REFERENCE_MAX + 1];

    id_reference(decision_environment(d), e->instalment_id, e->attempt, reference);
    return i && strcmp(reference, e->reference) == 0 ? i : NULL;
}

/* Into the record and the ledger, which is told before anybody else. */
static void book(struct decision *d, const struct instalment *i, const struct transfer_returned *e,
                 enum ledger_entry entry)
{
    bool back = entry == LEDGER_RETURNED;
    bool later = back && e->returned_at_ms > i->claimed_at_ms;
    struct booking booking = {
        .entry = entry, .kind = i->kind, .number = i->number, .attempt = i->attempt,
        .amount_idr = i->amount_idr, .partner = i->partner, .nonce = NONCE_ANY,
        .reason = back ? (enum reason)e->reason : REASON_NONE,
        .claimed_at_ms = later ? e->returned_at_ms : i->claimed_at_ms,
    };
    struct disbursement_ledger event;
    char id[ID_SIZE];

    str_copy(booking.account_ref, sizeof booking.account_ref, i->account_ref);
    if (back)
        str_copy(booking.raw_code, sizeof booking.raw_code, e->raw_code);
    bool booked = ledger_book(d->record, &booking, 0);
    assert(booked); /* the instalment is there */
    (void)booked;
    ledger_event(d->shell, d->record, &booking, "", &event, id);
    decision_emit(d, EVENT_DISBURSEMENT_LEDGER, &event, id);
}

/* About what isn't paid by our book: a person (R16). */
static void contradicts(struct decision *d, const struct instalment *i,
                        const struct transfer_returned *e)
{
    struct case_opened event = { .attempt = e->attempt, .stage = STAGE_TRANSFER,
                                 .reason = e->reason, .amount_idr = e->amount_idr,
                                 .opened_at_ms = e->returned_at_ms };

    if (i->state == INST_CASE) /* it joins that case, whose reason stays (R19) */
        event.reason = (int32_t)i->why;
    str_copy(event.raw_code, sizeof event.raw_code, "case-return");
    char id[ID_SIZE];

    str_copy(event.participant_id, sizeof event.participant_id, d->participant);
    str_copy(event.instalment_id, sizeof event.instalment_id, e->instalment_id);
    id_answer(decision_environment(d), "case", e->instalment_id, event.case_id);
    SEAL_ID(id, decision_environment(d), "case-opened", e->reference, "case-return");
    decision_emit(d, EVENT_CASE_OPENED, &event, id);
    LOG(LOG_ERROR, EV("case-opened"), F_STR("instalment", e->instalment_id),
        F_INT("attempt", e->attempt), F_STR("cause", "case-return"),
        F_STR("state", inst_state_name(i->state)));
}

/*
 * R17: the money came back. Into the ledger first; then it is a failure like any other, with a
 * verdict to come. While the payment's answer isn't known yet, the partner's word that it came back
 * is that answer: it had succeeded. Said about what isn't paid: a person.
 */
const char *decide_returned(struct decision *d, const void *event)
{
    const struct transfer_returned *e = event;
    struct instalment *i = returned_payment(d, e);

    if (!i)
        return "reference: no payment of this participant was sent like this";
    if (e->attempt <= i->returned_attempt)
        return NULL; /* told again */
    bool whole = i->amount_idr == e->amount_idr; /* a part came back: a person */
    if (!whole || i->attempt != e->attempt ||
        (i->state != INST_PAID && i->state != INST_SENDING)) {
        contradicts(d, i, e);
        return NULL;
    }
    if (i->state == INST_SENDING)
        book(d, i, e, LEDGER_SUCCEEDED);
    book(d, i, e, LEDGER_RETURNED);
    timer(d, i, 0); /* into its history */
    return NULL;
}

/* R14: what a person says was the programme's or a partner's fault. A later failure stays. What is
 * released by it is told by settle(). */
const char *decide_reprocessed(struct decision *d, const void *event)
{
    const struct incentive_reprocessed *e = event;
    struct instalment *i = find(d, e->instalment_id);
    struct failing failing = { .attempt = e->attempt, .reason = (enum reason)e->reason,
                               .at_ms = e->failed_at_ms };

    str_copy(failing.account_ref, sizeof failing.account_ref, e->account_ref);
    fact_struck(d->record, e->account_ref, failing.reason, e->failed_at_ms);
    if (!i || !put_back_take(i, &failing))
        return NULL;
    LOG(LOG_INFO, EV("put-back"), F_STR("instalment", e->instalment_id),
        F_INT("attempt", e->attempt), F_STR("reason", reason_row(failing.reason)->name),
        F_STR("action", e->action_id));
    timer(d, i, 0);
    return NULL;
}

const char *decide_ledger(struct decision *d, const void *event)
{
    struct booking booking;

    if (!ledger_booking(event, &booking) ||
        !ledger_book(d->record, &booking, ledger_lease_until_ms()))
        return "covers: more than a ledger entry holds";
    struct instalment *i = record_instalment(d->record, booking.kind, booking.number);
    timer(d, i, 0); /* the timers are rebuilt from what the ledger says */
    return NULL;
}
