/*
 * What a well-formed event may say: one table of rules per event, and where two fields must agree a
 * few lines of code below the tables.
 *
 * Facts come from other teams and are held to all of it.  Events of our own are held to what the
 * next worker relies on, so that a bug of ours becomes a dead letter and not a payment.
 */
#include "events/events.h"

#include <assert.h>
#include <string.h>

#include "events/rule.h"
#include "policy/facts.h"
#include "policy/scheme.h"

#define ATTEMPT_MAX 1000000

#define RULE_(kind, absent, T, f, min, max, text)                                                  \
    { kind, absent, offsetof(struct T, f), min, max, #f ": " text }
#define SAY_ID "only letters, digits and . _ : - make an id"
#define SAY_TOKEN "a token is made of letters, digits and . _ : - and is no number of 16 digits"
#define SAY_ACCOUNT "a token is made of letters, digits and . _ : -, never of ten digits in a row"
#define SAY_CODE "only A-Z and 0-9 can stand here"
#define SAY_TIME "not between 2020-01-01 and a day after the record's time"
#define SAY_DATE "not between 2020-01-01 and five years after the record's time"

#define IS_ID(T, f) RULE_(ID, false, T, f, 0, 0, SAY_ID)
#define IS_TOKEN(T, f) RULE_(TOKEN, false, T, f, 0, 0, SAY_TOKEN)
#define IS_ACCOUNT(T, f) RULE_(ACCOUNT, false, T, f, 0, 0, SAY_ACCOUNT)
#define IS_CODE(T, f) RULE_(CODE, false, T, f, 0, 0, SAY_CODE)
#define IS_CODE_20(T, f) RULE_(CODE_20, false, T, f, 0, 0, "20 of A-Z and 0-9 must stand here")
#define IS_TIME(T, f) RULE_(TIME, false, T, f, 0, 0, SAY_TIME)
#define IS_DATE(T, f) RULE_(DATE, false, T, f, 0, 0, SAY_DATE)
#define IS_WITHIN(T, f, min, max)                                                                  \
    RULE_(WITHIN, false, T, f, min, max, "not from " #min " to " #max)
#define IS_AMOUNT(T) RULE_(AMOUNT, false, T, amount_idr, 1, 0, "not from 1 to 1000000000 rupiah")
#define IS_ATTEMPT(T) RULE_(WITHIN, false, T, attempt, 0, ATTEMPT_MAX, "not from 0 to 1000000")
#define IS_GIVEN(T, f) RULE_(GIVEN, false, T, f, 0, 0, "NONE is no reason here")
#define MAYBE_ID(T, f) RULE_(ID, true, T, f, 0, 0, SAY_ID)
#define MAYBE_TOKEN(T, f) RULE_(TOKEN, true, T, f, 0, 0, SAY_TOKEN)
#define MAYBE_ACCOUNT(T, f) RULE_(ACCOUNT, true, T, f, 0, 0, SAY_ACCOUNT)
#define MAYBE_CODE(T, f) RULE_(CODE, true, T, f, 0, 0, SAY_CODE)
#define MAYBE_CODE_20(T, f) RULE_(CODE_20, true, T, f, 0, 0, "20 of A-Z and 0-9 must stand here")
#define MAYBE_PRINTED(T, f) RULE_(PRINTED, true, T, f, 0, 0, "not printable ASCII")
#define MAYBE_UNBROKEN(T, f) RULE_(UNBROKEN, true, T, f, 0, 0, "not printable ASCII without blanks")
#define MAYBE_TIME(T, f) RULE_(TIME, true, T, f, 0, 0, SAY_TIME)
#define MAYBE_DATE(T, f) RULE_(DATE, true, T, f, 0, 0, SAY_DATE)
#define MAYBE_WITHIN(T, f, min, max)                                                               \
    RULE_(WITHIN, true, T, f, min, max, "not from " #min " to " #max)

#define PARTICIPANT(T) IS_TOKEN(T, participant_id)
#define PAYMENT(T) IS_TOKEN(T, participant_id), IS_CODE_20(T, instalment_id)

static const struct rule participant_enrolled_rules[] = {
    PARTICIPANT(participant_enrolled),
    IS_ID(participant_enrolled, scheme),
    IS_WITHIN(participant_enrolled, wave, 1, 1000),
    IS_TIME(participant_enrolled, selected_at_ms),
    MAYBE_TIME(participant_enrolled, credited_at_ms),
    IS_TIME(participant_enrolled, enrolled_at_ms),
    MAYBE_TOKEN(participant_enrolled, family_token),
};
static const struct rule training_completed_rules[] = {
    PARTICIPANT(training_completed),
    IS_ID(training_completed, course_id),
    IS_ID(training_completed, platform),
    MAYBE_UNBROKEN(training_completed, certificate_id),
    IS_TIME(training_completed, completed_at_ms),
    IS_TIME(training_completed, reported_at_ms),
};
static const struct rule rating_submitted_rules[] = {
    PARTICIPANT(rating_submitted),
    IS_ID(rating_submitted, course_id),
    MAYBE_WITHIN(rating_submitted, stars, 1, 5),
    IS_TIME(rating_submitted, submitted_at_ms),
};
static const struct rule account_linked_rules[] = {
    PARTICIPANT(account_linked),
    IS_ACCOUNT(account_linked, account_ref),
    RULE_(FILLED, false, account_linked, sealed_account, 0, 0, "the sealed box is empty"),
    IS_TIME(account_linked, linked_at_ms),
    IS_TIME(account_linked, source_version),
};
static const struct rule eligibility_checked_rules[] = {
    PARTICIPANT(eligibility_checked),
    MAYBE_ACCOUNT(eligibility_checked, account_ref),
    MAYBE_PRINTED(eligibility_checked, raw_code),
    IS_TIME(eligibility_checked, checked_at_ms),
    IS_TIME(eligibility_checked, source_version),
};
static const struct rule incentive_scheduled_rules[] = {
    PAYMENT(incentive_scheduled),
    IS_ID(incentive_scheduled, scheme),
    IS_WITHIN(incentive_scheduled, number, 1, 99),
    IS_AMOUNT(incentive_scheduled),
    IS_TIME(incentive_scheduled, scheduled_at_ms),
    IS_DATE(incentive_scheduled, due_at_ms),
    IS_DATE(incentive_scheduled, promised_at_ms),
    IS_ID(incentive_scheduled, calendar_version),
    IS_ID(incentive_scheduled, policy_version),
};
static const struct rule incentive_held_rules[] = {
    PAYMENT(incentive_held),
    IS_ATTEMPT(incentive_held),
    IS_ID(incentive_held, failure_id),
    IS_GIVEN(incentive_held, reason),
    MAYBE_ACCOUNT(incentive_held, account_ref),
    MAYBE_DATE(incentive_held, not_before_ms),
};
static const struct rule incentive_released_rules[] = {
    PAYMENT(incentive_released),
    IS_ATTEMPT(incentive_released),
    IS_GIVEN(incentive_released, reason),
    MAYBE_ACCOUNT(incentive_released, account_ref),
    IS_DATE(incentive_released, held_since_ms),
};
static const struct rule incentive_cancelled_rules[] = {
    PAYMENT(incentive_cancelled),
    RULE_(RULE, false, incentive_cancelled, rule, 0, 0, "not R and one to three digits"),
    IS_AMOUNT(incentive_cancelled),
};
static const struct rule transfer_succeeded_rules[] = {
    PAYMENT(transfer_succeeded),
    IS_ATTEMPT(transfer_succeeded),
    IS_CODE(transfer_succeeded, reference),
    IS_ACCOUNT(transfer_succeeded, account_ref),
    IS_AMOUNT(transfer_succeeded),
    IS_DATE(transfer_succeeded, claimed_at_ms),
};
static const struct rule transfer_failed_rules[] = {
    PAYMENT(transfer_failed),
    IS_ATTEMPT(transfer_failed),
    IS_GIVEN(transfer_failed, reason),
    MAYBE_PRINTED(transfer_failed, raw_code),
    MAYBE_CODE(transfer_failed, reference),
    MAYBE_ACCOUNT(transfer_failed, account_ref),
    IS_AMOUNT(transfer_failed),
    IS_DATE(transfer_failed, claimed_at_ms),
};
static const struct rule transfer_retry_rules[] = {
    PAYMENT(transfer_retry),
    IS_ATTEMPT(transfer_retry),
    IS_ID(transfer_retry, failure_id),
    IS_GIVEN(transfer_retry, reason),
    IS_DATE(transfer_retry, not_before_ms),
};
static const struct rule transfer_returned_rules[] = {
    PAYMENT(transfer_returned),
    IS_WITHIN(transfer_returned, attempt, 1, ATTEMPT_MAX),
    IS_CODE(transfer_returned, reference),
    IS_AMOUNT(transfer_returned),
    IS_GIVEN(transfer_returned, reason),
    MAYBE_PRINTED(transfer_returned, raw_code),
    IS_TIME(transfer_returned, returned_at_ms),
};
static const struct rule payment_control_rules[] = {
    IS_CODE(payment_control, target),
    MAYBE_WITHIN(payment_control, allowance, 1, 1000000),
    IS_ID(payment_control, said_by),
    IS_TIME(payment_control, said_at_ms),
    RULE_(NUMBER, true, payment_control, budget_idr, 1, 0, "below 1"),
};
static const struct rule account_used_rules[] = {
    IS_ACCOUNT(account_used, account_ref),
    PARTICIPANT(account_used),
    IS_ID(account_used, scheme),
};
static const struct rule incentive_reprocessed_rules[] = {
    PAYMENT(incentive_reprocessed),
    IS_WITHIN(incentive_reprocessed, attempt, 1, ATTEMPT_MAX),
    IS_GIVEN(incentive_reprocessed, reason),
    MAYBE_ACCOUNT(incentive_reprocessed, account_ref),
    IS_DATE(incentive_reprocessed, failed_at_ms),
    IS_ID(incentive_reprocessed, action_id),
    IS_TIME(incentive_reprocessed, said_at_ms),
};
static const struct rule partner_status_rules[] = {
    IS_CODE(partner_status, partner),
    IS_ID(partner_status, worker),
    MAYBE_ID(partner_status, why),
    MAYBE_DATE(partner_status, until_ms),
    IS_TIME(partner_status, at_ms),
};
static const struct rule operator_audit_rules[] = {
    IS_ID(operator_audit, action_id),
    IS_ID(operator_audit, command),
    IS_ID(operator_audit, said_by),
    MAYBE_ID(operator_audit, approved_by),
    IS_WITHIN(operator_audit, people, 0, 100000000),
    IS_WITHIN(operator_audit, payments, 0, 800000000),
    RULE_(NUMBER, false, operator_audit, amount_idr, 0, 0, "below 0"),
    IS_TIME(operator_audit, said_at_ms),
};
static const struct rule case_opened_rules[] = {
    PARTICIPANT(case_opened),
    IS_CODE(case_opened, case_id),
    MAYBE_CODE_20(case_opened, instalment_id),
    IS_ATTEMPT(case_opened),
    MAYBE_ID(case_opened, failure_id),
    MAYBE_PRINTED(case_opened, raw_code),
    RULE_(AMOUNT, false, case_opened, amount_idr, 0, 0, "not from 0 to 1000000000 rupiah"),
    IS_DATE(case_opened, opened_at_ms),
};
static const struct rule disbursement_ledger_rules[] = {
    PAYMENT(disbursement_ledger),
    IS_ATTEMPT(disbursement_ledger),
    IS_CODE(disbursement_ledger, reference),
    IS_WITHIN(disbursement_ledger, number, 1, 99),
    IS_ACCOUNT(disbursement_ledger, account_ref),
    IS_AMOUNT(disbursement_ledger),
    IS_DATE(disbursement_ledger, claimed_at_ms),
    MAYBE_ID(disbursement_ledger, nonce),
    MAYBE_PRINTED(disbursement_ledger, covers),
    MAYBE_PRINTED(disbursement_ledger, raw_code),
    MAYBE_PRINTED(disbursement_ledger, partner_reference),
};
static const struct rule dead_letter_rules[] = {
    IS_ID(dead_letter, worker),
    IS_ID(dead_letter, source_topic),
    IS_WITHIN(dead_letter, source_partition, 0, 1000000),
    RULE_(NUMBER, false, dead_letter, source_offset, 0, 0, "below 0"),
    RULE_(NUMBER, false, dead_letter, source_timestamp_ms, -1, 0, "below -1"),
};

static const char *impossible_rating(const void *event)
{
    const struct rating_submitted *e = event;

    if (e->stars == 0 && !fact_review_counts(e->review))
        return "stars and review: nothing said";
    return NULL;
}

static const char *impossible_check(const void *event)
{
    const struct eligibility_checked *e = event;
    bool about_family = e->check == CHECK_DUPLICATE_AID;
    bool reasoned = e->reason != REASON_COUNT && e->reason != REASON_NONE;

    if (about_family && e->account_ref[0])
        return "account_ref: DUPLICATE_AID is about the family, not about an account";
    if (!about_family && !e->account_ref[0])
        return "account_ref: a check of an account must name it";
    if (e->outcome == OUTCOME_PASS)
        return reasoned ? "reason: a PASS has none" : NULL;
    if (!reasoned)
        return "reason: a FAIL must have one";
    if (about_family ? e->reason != REASON_DUPLICATE_AID
                     : reason_row((enum reason)e->reason)->slot !=
                           slot_of_check((enum check)e->check))
        return "reason: belongs to another check";
    return NULL;
}

static const char *impossible_schedule(const void *event)
{
    const struct incentive_scheduled *e = event;

    if (e->due_at_ms < e->scheduled_at_ms)
        return "due_at_ms: before scheduled_at_ms";
    if (e->promised_at_ms < e->due_at_ms)
        return "promised_at_ms: before due_at_ms";
    return NULL;
}

static const char *impossible_case(const void *event)
{
    const struct case_opened *e = event;

    if (e->instalment_id[0] && e->amount_idr == 0)
        return "amount_idr: 0, but the case is about a payment";
    return NULL;
}

static const char *impossible_return(const void *event)
{
    const struct transfer_returned *e = event;

    if (strncmp(e->reference, e->instalment_id, INSTALMENT_ID_MAX) != 0)
        return "reference: not one of this instalment";
    return NULL;
}

static const char *impossible_control(const void *event)
{
    const struct payment_control *e = event;
    int partner = 0;

    while (partner < PARTNER_COUNT &&
           strcmp(partner_row((enum partner)partner)->name, e->target) != 0)
        partner++;
    bool scheme = scheme_find(e->target) != NULL;
    if (partner == PARTNER_COUNT && !scheme && strcmp(e->target, "ALL") != 0)
        return "target: neither a partner nor a scheme nor ALL";
    if (scheme != (e->budget_idr != 0) || (scheme && e->paused))
        return "budget_idr: a scheme has a budget and is never paused, nothing else has one";
    if (e->allowance != 0 && (e->paused || partner == PARTNER_COUNT))
        return "allowance: only where one partner is resumed";
    return NULL;
}

static const char *impossible_ledger(const void *event)
{
    const struct disbursement_ledger *e = event;
    bool reasoned = e->reason != REASON_COUNT && e->reason != REASON_NONE;

    if (e->entry == LEDGER_INTENT && !e->nonce[0])
        return "nonce: an INTENT must have one";
    if (e->entry == LEDGER_CANCELLED && !e->covers[0])
        return "covers: a CANCELLED must name the nonces it covers";
    if (e->entry != LEDGER_CANCELLED && e->covers[0])
        return "covers: only a CANCELLED covers nonces";
    if (e->entry == LEDGER_FAILED && !reasoned)
        return "reason: a FAILED must have one";
    return NULL;
}

#define PLAIN(name) { name##_rules, sizeof name##_rules / sizeof name##_rules[0], NULL }
#define ALSO(name, more) { name##_rules, sizeof name##_rules / sizeof name##_rules[0], more }

static const struct {
    const struct rule *rules;
    size_t count;
    const char *(*more)(const void *event); /* asked when every rule holds */
} events[EVENT_COUNT] = {
    [EVENT_PARTICIPANT_ENROLLED] = PLAIN(participant_enrolled),
    [EVENT_TRAINING_COMPLETED] = PLAIN(training_completed),
    [EVENT_RATING_SUBMITTED] = ALSO(rating_submitted, impossible_rating),
    [EVENT_ACCOUNT_LINKED] = PLAIN(account_linked),
    [EVENT_ELIGIBILITY_CHECKED] = ALSO(eligibility_checked, impossible_check),
    [EVENT_INCENTIVE_SCHEDULED] = ALSO(incentive_scheduled, impossible_schedule),
    [EVENT_INCENTIVE_HELD] = PLAIN(incentive_held),
    [EVENT_INCENTIVE_RELEASED] = PLAIN(incentive_released),
    [EVENT_INCENTIVE_CANCELLED] = PLAIN(incentive_cancelled),
    [EVENT_TRANSFER_SUCCEEDED] = PLAIN(transfer_succeeded),
    [EVENT_TRANSFER_FAILED] = PLAIN(transfer_failed),
    [EVENT_TRANSFER_RETRY] = PLAIN(transfer_retry),
    [EVENT_TRANSFER_RETURNED] = ALSO(transfer_returned, impossible_return),
    [EVENT_PAYMENT_CONTROL] = ALSO(payment_control, impossible_control),
    [EVENT_ACCOUNT_USED] = PLAIN(account_used),
    [EVENT_INCENTIVE_REPROCESSED] = PLAIN(incentive_reprocessed),
    [EVENT_PARTNER_STATUS] = PLAIN(partner_status),
    [EVENT_OPERATOR_AUDIT] = PLAIN(operator_audit),
    [EVENT_CASE_OPENED] = ALSO(case_opened, impossible_case),
    [EVENT_DISBURSEMENT_LEDGER] = ALSO(disbursement_ledger, impossible_ledger),
    [EVENT_DEAD_LETTER] = PLAIN(dead_letter),
};

const char *event_impossible(enum event_type type, const void *event, int64_t timestamp_ms)
{
    assert(type < EVENT_COUNT && events[type].rules);

    for (size_t i = 0; i < events[type].count; i++)
        if (!rule_holds(&events[type].rules[i], event, timestamp_ms))
            return events[type].rules[i].sentence;
    return events[type].more ? events[type].more(event) : NULL;
}
