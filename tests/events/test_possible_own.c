/* Events of our own: possible.h. */
#include "possible.h"

#include <string.h>

static const struct incentive_scheduled scheduled = {
    .participant_id = "p-1", .instalment_id = I20, .scheme = "2020", .number = 1,
    .amount_idr = 600000, .scheduled_at_ms = T0, .due_at_ms = T0 + 3 * DAY,
    .promised_at_ms = T0 + 5 * DAY, .calendar_version = "2026.1", .policy_version = "1",
};
static const struct incentive_held held = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1, .failure_id = "tf:1",
    .reason = REASON_BALANCE_LIMIT, .account_ref = "acc-1", .not_before_ms = T0 + DAY,
};
static const struct incentive_released released = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1,
    .reason = REASON_ACCOUNT_NOT_KYC, .account_ref = "acc-1", .held_since_ms = T0,
};
static const struct incentive_cancelled cancelled = {
    .participant_id = "p-1", .instalment_id = I20, .reason = REASON_DUPLICATE_AID, .rule = "R4",
    .amount_idr = 600000,
};
static const struct transfer_succeeded succeeded = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1, .reference = I20 "1",
    .account_ref = "acc-1", .amount_idr = 600000, .claimed_at_ms = T0,
};
static const struct transfer_failed failed = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1, .reason = REASON_CUT_OFF,
    .raw_code = "4030215", .reference = I20 "1", .account_ref = "acc-1", .amount_idr = 600000,
    .claimed_at_ms = T0,
};
static const struct transfer_retry retry = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1, .failure_id = "tf:1",
    .reason = REASON_CUT_OFF, .not_before_ms = T0 + DAY,
};
static const struct transfer_returned returned = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1, .reference = I20 "1",
    .amount_idr = 600000, .reason = REASON_ACCOUNT_CLOSED, .raw_code = "x", .returned_at_ms = T0,
};
static const struct payment_control word = {
    .target = "GOPAY", .allowance = 5, .said_by = "operator.1", .note = "x", .said_at_ms = T0,
};
static const struct case_opened opened = {
    .participant_id = "p-1", .case_id = I20, .instalment_id = I20, .attempt = 1,
    .failure_id = "tf:1", .reason = REASON_UNKNOWN_CODE, .raw_code = "x", .amount_idr = 600000,
    .opened_at_ms = T0,
};
static const struct disbursement_ledger ledger = {
    .participant_id = "p-1", .instalment_id = I20, .entry = LEDGER_INTENT, .attempt = 1,
    .reference = I20 "1", .number = 1, .account_ref = "acc-1", .amount_idr = 600000,
    .claimed_at_ms = T0, .nonce = "n1", .reason = REASON_COUNT,
};
static const struct account_used used = {
    .account_ref = "acc-1", .participant_id = "p-1", .scheme = "2023",
};
static const struct incentive_reprocessed reprocessed = {
    .participant_id = "p-1", .instalment_id = I20, .attempt = 1,
    .reason = REASON_ACCOUNT_CLOSED, .account_ref = "acc-1", .failed_at_ms = T0,
    .action_id = "a:1", .said_at_ms = T0,
};
static const struct partner_status status = {
    .partner = "GOPAY", .worker = "host-1:77", .breaker = BREAKER_OPEN, .why = "no-answer",
    .until_ms = T0, .at_ms = T0,
};
static const struct operator_audit audit = {
    .action_id = "a:1", .command = "reprocess", .said_by = "operator.1",
    .approved_by = "operator.2", .filter = "--reason ACCOUNT_CLOSED", .people = 1, .payments = 4,
    .amount_idr = 2400000, .note = "x", .said_at_ms = T0,
};
static const struct dead_letter letter = {
    .reason = "anything", .worker = "rating-worker", .source_topic = "rating-submitted",
    .source_timestamp_ms = -1,
};

static const struct change changes[] = {
    PAYMENT(INCENTIVE_SCHEDULED, incentive_scheduled),
    ID(INCENTIVE_SCHEDULED, incentive_scheduled, scheme),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, number, 0, "number: "),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, number, 99, NULL),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, number, 100, "number: "),
    AMOUNT(INCENTIVE_SCHEDULED, incentive_scheduled),
    TIME(INCENTIVE_SCHEDULED, incentive_scheduled, scheduled_at_ms),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, due_at_ms, T0 - 1, "due_at_ms: before"),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, due_at_ms, T0, NULL),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, due_at_ms, T0 + 1828 * DAY, "due_at_ms: not"),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, promised_at_ms, T0 + 3 * DAY - 1,
           "promised_at_ms: before"),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, promised_at_ms, T0 + 1827 * DAY, NULL),
    NUMBER(INCENTIVE_SCHEDULED, incentive_scheduled, promised_at_ms, INT64_MAX, "promised_at_ms: "),
    ID(INCENTIVE_SCHEDULED, incentive_scheduled, calendar_version),
    ID(INCENTIVE_SCHEDULED, incentive_scheduled, policy_version),

    PAYMENT(INCENTIVE_HELD, incentive_held),
    ATTEMPT(INCENTIVE_HELD, incentive_held),
    ID(INCENTIVE_HELD, incentive_held, failure_id),
    REASON(INCENTIVE_HELD, incentive_held),
    ACCOUNTS(INCENTIVE_HELD, incentive_held),
    WORDS(INCENTIVE_HELD, incentive_held, account_ref, "", NULL),
    NUMBER(INCENTIVE_HELD, incentive_held, not_before_ms, 0, NULL),
    NUMBER(INCENTIVE_HELD, incentive_held, not_before_ms, 1, "not_before_ms: "),

    PAYMENT(INCENTIVE_RELEASED, incentive_released),
    ATTEMPT(INCENTIVE_RELEASED, incentive_released),
    REASON(INCENTIVE_RELEASED, incentive_released),
    ACCOUNTS(INCENTIVE_RELEASED, incentive_released),
    WORDS(INCENTIVE_RELEASED, incentive_released, account_ref, "", NULL),
    DATE(INCENTIVE_RELEASED, incentive_released, held_since_ms),

    PAYMENT(INCENTIVE_CANCELLED, incentive_cancelled),
    NUMBER(INCENTIVE_CANCELLED, incentive_cancelled, reason, REASON_NONE, NULL),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "R21", NULL),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "R100", NULL),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "", "rule: "),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "R", "rule: "),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "4", "rule: "),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "R4a", "rule: "),
    WORDS(INCENTIVE_CANCELLED, incentive_cancelled, rule, "R1000", "rule: "),
    AMOUNT(INCENTIVE_CANCELLED, incentive_cancelled),

    PAYMENT(TRANSFER_SUCCEEDED, transfer_succeeded),
    ATTEMPT(TRANSFER_SUCCEEDED, transfer_succeeded),
    CODE(TRANSFER_SUCCEEDED, transfer_succeeded, reference),
    WORDS(TRANSFER_SUCCEEDED, transfer_succeeded, reference, "", "reference: "),
    ACCOUNTS(TRANSFER_SUCCEEDED, transfer_succeeded),
    AMOUNT(TRANSFER_SUCCEEDED, transfer_succeeded),
    DATE(TRANSFER_SUCCEEDED, transfer_succeeded, claimed_at_ms),

    PAYMENT(TRANSFER_FAILED, transfer_failed),
    ATTEMPT(TRANSFER_FAILED, transfer_failed),
    REASON(TRANSFER_FAILED, transfer_failed),
    PRINTED(TRANSFER_FAILED, transfer_failed, raw_code),
    CODE(TRANSFER_FAILED, transfer_failed, reference),
    WORDS(TRANSFER_FAILED, transfer_failed, reference, "", NULL),
    ACCOUNTS(TRANSFER_FAILED, transfer_failed),
    WORDS(TRANSFER_FAILED, transfer_failed, account_ref, "", NULL),
    AMOUNT(TRANSFER_FAILED, transfer_failed),
    DATE(TRANSFER_FAILED, transfer_failed, claimed_at_ms),

    PAYMENT(TRANSFER_RETRY, transfer_retry),
    ATTEMPT(TRANSFER_RETRY, transfer_retry),
    ID(TRANSFER_RETRY, transfer_retry, failure_id),
    REASON(TRANSFER_RETRY, transfer_retry),
    NUMBER(TRANSFER_RETRY, transfer_retry, not_before_ms, 0, "not_before_ms: "),
    NUMBER(TRANSFER_RETRY, transfer_retry, not_before_ms, T0 + 1827 * DAY + 1, "not_before_ms: "),

    PAYMENT(TRANSFER_RETURNED, transfer_returned),
    NUMBER(TRANSFER_RETURNED, transfer_returned, attempt, 0, "attempt: "),
    CODE(TRANSFER_RETURNED, transfer_returned, reference),
    WORDS(TRANSFER_RETURNED, transfer_returned, reference, "ABCDEFGHIJKLMNOPQR241", "reference: "),
    AMOUNT(TRANSFER_RETURNED, transfer_returned),
    REASON(TRANSFER_RETURNED, transfer_returned),
    PRINTED(TRANSFER_RETURNED, transfer_returned, raw_code),
    TIME(TRANSFER_RETURNED, transfer_returned, returned_at_ms),

    WORDS(PAYMENT_CONTROL, payment_control, target, "", "target: "),
    WORDS(PAYMENT_CONTROL, payment_control, target, "MANDIRI", "target: "),
    WORDS(PAYMENT_CONTROL, payment_control, target, "gopay", "target: "),
    WORDS(PAYMENT_CONTROL, payment_control, target, "ALL", "allowance: "),
    WORDS(PAYMENT_CONTROL, payment_control, target, "2023", "budget_idr: "),
    NUMBER(PAYMENT_CONTROL, payment_control, budget_idr, 1, "budget_idr: a scheme"),
    NUMBER(PAYMENT_CONTROL, payment_control, budget_idr, -1, "budget_idr: below"),
    NUMBER(PAYMENT_CONTROL, payment_control, allowance, 0, NULL),
    NUMBER(PAYMENT_CONTROL, payment_control, allowance, -1, "allowance: "),
    ID(PAYMENT_CONTROL, payment_control, said_by),
    TIME(PAYMENT_CONTROL, payment_control, said_at_ms),

    PARTICIPANT(CASE_OPENED, case_opened),
    CODE(CASE_OPENED, case_opened, case_id),
    WORDS(CASE_OPENED, case_opened, case_id, "", "case_id: "),
    CODE(CASE_OPENED, case_opened, instalment_id),
    WORDS(CASE_OPENED, case_opened, instalment_id, "", NULL),
    ATTEMPT(CASE_OPENED, case_opened),
    WORDS(CASE_OPENED, case_opened, failure_id, "", NULL),
    WORDS(CASE_OPENED, case_opened, failure_id, "a b", "failure_id: "),
    NUMBER(CASE_OPENED, case_opened, reason, REASON_NONE, NULL),
    PRINTED(CASE_OPENED, case_opened, raw_code),
    AMOUNT(CASE_OPENED, case_opened),
    DATE(CASE_OPENED, case_opened, opened_at_ms),

    PAYMENT(DISBURSEMENT_LEDGER, disbursement_ledger),
    ATTEMPT(DISBURSEMENT_LEDGER, disbursement_ledger),
    CODE(DISBURSEMENT_LEDGER, disbursement_ledger, reference),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, number, 0, "number: "),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, number, 100, "number: "),
    ACCOUNTS(DISBURSEMENT_LEDGER, disbursement_ledger),
    WORDS(DISBURSEMENT_LEDGER, disbursement_ledger, account_ref, "", "account_ref: "),
    AMOUNT(DISBURSEMENT_LEDGER, disbursement_ledger),
    DATE(DISBURSEMENT_LEDGER, disbursement_ledger, claimed_at_ms),
    WORDS(DISBURSEMENT_LEDGER, disbursement_ledger, nonce, "", "nonce: an INTENT must"),
    WORDS(DISBURSEMENT_LEDGER, disbursement_ledger, nonce, "a b", "nonce: "),
    WORDS(DISBURSEMENT_LEDGER, disbursement_ledger, covers, "n1 n2", "covers: only"),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, entry, LEDGER_CANCELLED,
           "covers: a CANCELLED"),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, entry, LEDGER_FAILED, "reason: a FAILED"),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, entry, LEDGER_SUCCEEDED, NULL),
    NUMBER(DISBURSEMENT_LEDGER, disbursement_ledger, entry, LEDGER_RETURNED, NULL),
    PRINTED(DISBURSEMENT_LEDGER, disbursement_ledger, raw_code),
    PRINTED(DISBURSEMENT_LEDGER, disbursement_ledger, partner_reference),

    PARTICIPANT(ACCOUNT_USED, account_used),
    ACCOUNTS(ACCOUNT_USED, account_used),
    WORDS(ACCOUNT_USED, account_used, account_ref, "", "account_ref: "),
    ID(ACCOUNT_USED, account_used, scheme),

    PAYMENT(INCENTIVE_REPROCESSED, incentive_reprocessed),
    NUMBER(INCENTIVE_REPROCESSED, incentive_reprocessed, attempt, 0, "attempt: "),
    NUMBER(INCENTIVE_REPROCESSED, incentive_reprocessed, attempt, 1000000, NULL),
    NUMBER(INCENTIVE_REPROCESSED, incentive_reprocessed, attempt, 1000001, "attempt: "),
    REASON(INCENTIVE_REPROCESSED, incentive_reprocessed),
    ACCOUNTS(INCENTIVE_REPROCESSED, incentive_reprocessed),
    WORDS(INCENTIVE_REPROCESSED, incentive_reprocessed, account_ref, "", NULL),
    DATE(INCENTIVE_REPROCESSED, incentive_reprocessed, failed_at_ms),
    ID(INCENTIVE_REPROCESSED, incentive_reprocessed, action_id),
    TIME(INCENTIVE_REPROCESSED, incentive_reprocessed, said_at_ms),

    WORDS(PARTNER_STATUS, partner_status, partner, "", "partner: "),
    WORDS(PARTNER_STATUS, partner_status, partner, "gopay", "partner: "),
    ID(PARTNER_STATUS, partner_status, worker),
    WORDS(PARTNER_STATUS, partner_status, why, "", NULL),
    WORDS(PARTNER_STATUS, partner_status, why, "no answer", "why: "),
    NUMBER(PARTNER_STATUS, partner_status, until_ms, 0, NULL),
    NUMBER(PARTNER_STATUS, partner_status, until_ms, FIRST - 1, "until_ms: "),
    NUMBER(PARTNER_STATUS, partner_status, until_ms, T0 + 1827 * DAY, NULL),
    NUMBER(PARTNER_STATUS, partner_status, until_ms, T0 + 1828 * DAY, "until_ms: "),
    TIME(PARTNER_STATUS, partner_status, at_ms),

    ID(OPERATOR_AUDIT, operator_audit, action_id),
    ID(OPERATOR_AUDIT, operator_audit, command),
    ID(OPERATOR_AUDIT, operator_audit, said_by),
    WORDS(OPERATOR_AUDIT, operator_audit, approved_by, "", NULL),
    WORDS(OPERATOR_AUDIT, operator_audit, approved_by, "a b", "approved_by: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, people, -1, "people: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, people, 0, NULL),
    NUMBER(OPERATOR_AUDIT, operator_audit, people, 100000001, "people: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, payments, -1, "payments: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, payments, 0, NULL),
    NUMBER(OPERATOR_AUDIT, operator_audit, payments, 800000001, "payments: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, amount_idr, -1, "amount_idr: "),
    NUMBER(OPERATOR_AUDIT, operator_audit, amount_idr, 0, NULL),
    NUMBER(OPERATOR_AUDIT, operator_audit, amount_idr, INT64_MAX, NULL),
    TIME(OPERATOR_AUDIT, operator_audit, said_at_ms),

    ID(DEAD_LETTER, dead_letter, worker),
    ID(DEAD_LETTER, dead_letter, source_topic),
    NUMBER(DEAD_LETTER, dead_letter, source_partition, -1, "source_partition: "),
    NUMBER(DEAD_LETTER, dead_letter, source_offset, -1, "source_offset: "),
    NUMBER(DEAD_LETTER, dead_letter, source_offset, INT64_MAX, NULL),
    NUMBER(DEAD_LETTER, dead_letter, source_timestamp_ms, -2, "source_timestamp_ms: "),
};

static void test_changes(void **state)
{
    size_t count = sizeof changes / sizeof changes[0];

    (void)state;
    check_changes(EVENT_INCENTIVE_SCHEDULED, &scheduled, changes, count);
    check_changes(EVENT_INCENTIVE_HELD, &held, changes, count);
    check_changes(EVENT_INCENTIVE_RELEASED, &released, changes, count);
    check_changes(EVENT_INCENTIVE_CANCELLED, &cancelled, changes, count);
    check_changes(EVENT_TRANSFER_SUCCEEDED, &succeeded, changes, count);
    check_changes(EVENT_TRANSFER_FAILED, &failed, changes, count);
    check_changes(EVENT_TRANSFER_RETRY, &retry, changes, count);
    check_changes(EVENT_CASE_OPENED, &opened, changes, count);
    check_changes(EVENT_TRANSFER_RETURNED, &returned, changes, count);
    check_changes(EVENT_PAYMENT_CONTROL, &word, changes, count);
    check_changes(EVENT_DISBURSEMENT_LEDGER, &ledger, changes, count);
    check_changes(EVENT_ACCOUNT_USED, &used, changes, count);
    check_changes(EVENT_INCENTIVE_REPROCESSED, &reprocessed, changes, count);
    check_changes(EVENT_PARTNER_STATUS, &status, changes, count);
    check_changes(EVENT_OPERATOR_AUDIT, &audit, changes, count);
    check_changes(EVENT_DEAD_LETTER, &letter, changes, count);
}

static void test_cancelled_covers(void **state)
{
    struct disbursement_ledger e = ledger;

    (void)state;
    e.entry = LEDGER_CANCELLED;
    memcpy(e.covers, "n1 n2", 6);
    assert_null(event_impossible(EVENT_DISBURSEMENT_LEDGER, &e, T0));
    e.nonce[0] = '\0';
    assert_null(event_impossible(EVENT_DISBURSEMENT_LEDGER, &e, T0));
}

static void test_allowance(void **state)
{
    struct payment_control e = word;

    (void)state;
    e.paused = true; /* nothing goes, so not five either */
    assert_non_null(event_impossible(EVENT_PAYMENT_CONTROL, &e, T0));
    e.allowance = 0;
    assert_null(event_impossible(EVENT_PAYMENT_CONTROL, &e, T0));
    memcpy(e.target, "ALL", 4);
    assert_null(event_impossible(EVENT_PAYMENT_CONTROL, &e, T0));
}

/* A scheme's word is its budget and nothing else. */
static void test_budget(void **state)
{
    static const struct {
        const char *target;
        int64_t budget_idr;
        bool paused;
        int32_t allowance;
        const char *says;
    } rows[] = {
        { "2020", 1, false, 0, NULL },
        { "2023", INT64_MAX, false, 0, NULL },
        { "2023", 0, false, 0, "budget_idr: a scheme" },
        { "2023", -1, false, 0, "budget_idr: below 1" },
        { "2023", 1, true, 0, "budget_idr: a scheme" },
        { "2023", 1, false, 5, "allowance: " },
        { "2024", 1, false, 0, "target: " },
        { "ALL", 1, false, 0, "budget_idr: a scheme" },
        { "GOPAY", 1, false, 5, "budget_idr: a scheme" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct payment_control e = word;
        memset(e.target, 0, sizeof e.target);
        memcpy(e.target, rows[i].target, strlen(rows[i].target));
        e.budget_idr = rows[i].budget_idr;
        e.paused = rows[i].paused;
        e.allowance = rows[i].allowance;
        const char *says = event_impossible(EVENT_PAYMENT_CONTROL, &e, T0);
        if ((says == NULL) != (rows[i].says == NULL) ||
            (says && strncmp(says, rows[i].says, strlen(rows[i].says)) != 0))
            fail_msg("row %zu: %s", i, says ? says : "possible");
    }
}

static void test_case_about_no_payment(void **state)
{
    struct case_opened e = opened;

    (void)state;
    e.instalment_id[0] = '\0';
    e.amount_idr = 0;
    assert_null(event_impossible(EVENT_CASE_OPENED, &e, T0));
    e.amount_idr = -1;
    assert_non_null(event_impossible(EVENT_CASE_OPENED, &e, T0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_cancelled_covers),
        cmocka_unit_test(test_allowance),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_case_about_no_payment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
