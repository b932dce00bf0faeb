#ifndef EVENTS_EVENTS_H
#define EVENTS_EVENTS_H

/*
 * Every event as one plain bounded struct and one field table.
 *
 * An event is described three times and the three are held together by codec_open(): the .avsc in
 * schemas/ is the contract with other teams, the struct is what the code reads, the table says how
 * one maps to the other.  Values only, no pointers: an event outlives the bytes it came from.
 *
 * To add an event: one row in FOREACH_EVENT, one field list below, its .avsc in schemas/, its row
 * in schemas/README.md, its meaning in meaning.c if it is a fact.  To add a field: the .avsc with a
 * default, the list here, and the old .avsc kept under schemas/history/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/domain.h"

/* Longest values that only the wire knows. */
#define ENTRY_TEXT_MAX 200
#define TOPIC_MAX 64
#define TARGET_MAX 16
#define SAID_BY_MAX 40
#define WORKER_NAME_MAX 64
#define WHY_MAX 16
#define COMMAND_MAX 16
#define KEY_BYTES_MAX 256
#define COVERS_MAX (NONCES_MAX * (NONCE_MAX + 1))
#define DEAD_BYTES_MAX 65536

/*      name                  topic                   schema's record name */
#define FOREACH_EVENT(X)                                                                           \
    X(PARTICIPANT_ENROLLED, "participant-enrolled", participant_enrolled)                          \
    X(TRAINING_COMPLETED,   "training-completed",   training_completed)                            \
    X(RATING_SUBMITTED,     "rating-submitted",     rating_submitted)                              \
    X(ACCOUNT_LINKED,       "account-linked",       account_linked)                                \
    X(ELIGIBILITY_CHECKED,  "eligibility-checked",  eligibility_checked)                           \
    X(INCENTIVE_SCHEDULED,  "incentive-scheduled",  incentive_scheduled)                           \
    X(INCENTIVE_HELD,       "incentive-held",       incentive_held)                                \
    X(INCENTIVE_RELEASED,   "incentive-released",   incentive_released)                            \
    X(INCENTIVE_CANCELLED,  "incentive-cancelled",  incentive_cancelled)                           \
    X(TRANSFER_SUCCEEDED,   "transfer-succeeded",   transfer_succeeded)                            \
    X(TRANSFER_FAILED,      "transfer-failed",      transfer_failed)                               \
    X(TRANSFER_RETRY,       "transfer-retry",       transfer_retry)                                \
    X(TRANSFER_RETURNED,    "transfer-returned",    transfer_returned)                             \
    X(CASE_OPENED,          "case-opened",          case_opened)                                   \
    X(DISBURSEMENT_LEDGER,  "disbursement-ledger",  disbursement_ledger)                           \
    X(PAYMENT_CONTROL,      "payment-control",      payment_control)                               \
    X(ACCOUNT_USED,         "account-used",         account_used)                                  \
    X(INCENTIVE_REPROCESSED,"incentive-reprocessed",incentive_reprocessed)                         \
    X(PARTNER_STATUS,       "partner-status",       partner_status)                                \
    X(OPERATOR_AUDIT,       "operator-audit",       operator_audit)                                \
    X(DEAD_LETTER,          "dead-letter",          dead_letter)

enum event_type {
#define X(name, topic, record) EVENT_##name,
    FOREACH_EVENT(X)
#undef X
    EVENT_COUNT,
};

/*
 * Field lists, in schema order.
 *   TEXT(name, max)       string, 1..max bytes of UTF-8 without NUL
 *   OPT_TEXT(name, max)   ["null","string"], null is ""
 *   LONG(name)            int64
 *   OPT_LONG(name)        ["null","long"], null is 0
 *   INT(name)             int32
 *   OPT_INT(name)         ["null","int"], null is 0
 *   BOOL(name)            boolean
 *   ENUM(name, LIST)      enum whose symbols are FOREACH_LIST's names in order
 *   OPT_ENUM(name, LIST)  ["null", enum], null is LIST's count
 *   BYTES(name, max)      bytes, as struct { uint32_t size; uint8_t at[max]; }
 */
#define PARTICIPANT_ENROLLED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,            \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(scheme, SCHEME_ID_MAX)                                                                    \
    INT(wave)                                                                                      \
    LONG(selected_at_ms)                                                                           \
    OPT_LONG(credited_at_ms)                                                                       \
    LONG(enrolled_at_ms)                                                                           \
    OPT_TEXT(family_token, FAMILY_TOKEN_MAX)

#define TRAINING_COMPLETED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,              \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(course_id, COURSE_ID_MAX)                                                                 \
    TEXT(platform, PLATFORM_MAX)                                                                   \
    OPT_TEXT(institution, INSTITUTION_MAX)                                                         \
    OPT_TEXT(certificate_id, CERTIFICATE_ID_MAX)                                                   \
    LONG(completed_at_ms)                                                                          \
    LONG(reported_at_ms)

#define RATING_SUBMITTED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(course_id, COURSE_ID_MAX)                                                                 \
    OPT_INT(stars)                                                                                 \
    OPT_TEXT(review, REVIEW_MAX)                                                                   \
    ENUM(channel, CHANNEL)                                                                         \
    LONG(submitted_at_ms)

#define ACCOUNT_LINKED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                  \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(account_ref, ACCOUNT_REF_MAX)                                                             \
    ENUM(partner, PARTNER)                                                                         \
    BYTES(sealed_account, SEALED_MAX)                                                              \
    LONG(linked_at_ms)                                                                             \
    LONG(source_version)

#define ELIGIBILITY_CHECKED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,             \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    ENUM(check, CHECK)                                                                             \
    OPT_TEXT(account_ref, ACCOUNT_REF_MAX)                                                         \
    ENUM(outcome, OUTCOME)                                                                         \
    OPT_ENUM(reason, REASON)                                                                       \
    OPT_TEXT(raw_code, RAW_CODE_MAX)                                                               \
    LONG(checked_at_ms)                                                                            \
    LONG(source_version)

#define INCENTIVE_SCHEDULED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,             \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    TEXT(scheme, SCHEME_ID_MAX)                                                                    \
    ENUM(kind, PAYMENT_KIND)                                                                       \
    INT(number)                                                                                    \
    LONG(amount_idr)                                                                               \
    LONG(scheduled_at_ms)                                                                          \
    LONG(due_at_ms)                                                                                \
    LONG(promised_at_ms)                                                                           \
    BOOL(provisional)                                                                              \
    TEXT(calendar_version, VERSION_TEXT_MAX)                                                       \
    TEXT(policy_version, VERSION_TEXT_MAX)

#define INCENTIVE_HELD_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                  \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    TEXT(failure_id, EVENT_ID_MAX)                                                                 \
    ENUM(stage, STAGE)                                                                             \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(account_ref, ACCOUNT_REF_MAX)                                                         \
    OPT_LONG(not_before_ms)

#define INCENTIVE_RELEASED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,              \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(account_ref, ACCOUNT_REF_MAX)                                                         \
    LONG(held_since_ms)

#define INCENTIVE_CANCELLED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,             \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    ENUM(stage, CANCEL_STAGE)                                                                      \
    ENUM(reason, REASON)                                                                           \
    TEXT(rule, RULE_MAX)                                                                           \
    LONG(amount_idr)

#define TRANSFER_SUCCEEDED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,              \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    TEXT(reference, REFERENCE_MAX)                                                                 \
    ENUM(partner, PARTNER)                                                                         \
    TEXT(account_ref, ACCOUNT_REF_MAX)                                                             \
    LONG(amount_idr)                                                                               \
    LONG(claimed_at_ms)

#define TRANSFER_FAILED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                 \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    ENUM(stage, STAGE)                                                                             \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(raw_code, RAW_CODE_MAX)                                                               \
    OPT_TEXT(reference, REFERENCE_MAX)                                                             \
    OPT_ENUM(partner, PARTNER)                                                                     \
    OPT_TEXT(account_ref, ACCOUNT_REF_MAX)                                                         \
    LONG(amount_idr)                                                                               \
    LONG(claimed_at_ms)

#define TRANSFER_RETRY_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                  \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    TEXT(failure_id, EVENT_ID_MAX)                                                                 \
    ENUM(stage, STAGE)                                                                             \
    ENUM(reason, REASON)                                                                           \
    LONG(not_before_ms)

#define TRANSFER_RETURNED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,               \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    TEXT(reference, REFERENCE_MAX)                                                                 \
    ENUM(partner, PARTNER)                                                                         \
    LONG(amount_idr)                                                                               \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(raw_code, RAW_CODE_MAX)                                                               \
    LONG(returned_at_ms)

#define CASE_OPENED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                     \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(case_id, INSTALMENT_ID_MAX)                                                               \
    OPT_TEXT(instalment_id, INSTALMENT_ID_MAX)                                                     \
    INT(attempt)                                                                                   \
    OPT_TEXT(failure_id, EVENT_ID_MAX)                                                             \
    ENUM(stage, STAGE)                                                                             \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(raw_code, RAW_CODE_MAX)                                                               \
    LONG(amount_idr)                                                                               \
    LONG(opened_at_ms)

#define DISBURSEMENT_LEDGER_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,             \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    ENUM(entry, LEDGER_ENTRY)                                                                      \
    INT(attempt)                                                                                   \
    TEXT(reference, REFERENCE_MAX)                                                                 \
    ENUM(kind, PAYMENT_KIND)                                                                       \
    INT(number)                                                                                    \
    ENUM(partner, PARTNER)                                                                         \
    TEXT(account_ref, ACCOUNT_REF_MAX)                                                             \
    LONG(amount_idr)                                                                               \
    LONG(claimed_at_ms)                                                                            \
    OPT_TEXT(nonce, NONCE_MAX)                                                                     \
    OPT_TEXT(covers, COVERS_MAX)                                                                   \
    OPT_ENUM(reason, REASON)                                                                       \
    OPT_TEXT(raw_code, RAW_CODE_MAX)                                                               \
    OPT_TEXT(partner_reference, 64)

#define PAYMENT_CONTROL_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                 \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(target, TARGET_MAX)                                                                       \
    BOOL(paused)                                                                                   \
    OPT_INT(allowance)                                                                             \
    TEXT(said_by, SAID_BY_MAX)                                                                     \
    OPT_TEXT(note, ENTRY_TEXT_MAX)                                                                 \
    LONG(said_at_ms)                                                                               \
    OPT_LONG(budget_idr)

#define ACCOUNT_USED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                    \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(account_ref, ACCOUNT_REF_MAX)                                                             \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(scheme, SCHEME_ID_MAX)

#define INCENTIVE_REPROCESSED_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,           \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(participant_id, PARTICIPANT_ID_MAX)                                                       \
    TEXT(instalment_id, INSTALMENT_ID_MAX)                                                         \
    INT(attempt)                                                                                   \
    ENUM(reason, REASON)                                                                           \
    OPT_TEXT(account_ref, ACCOUNT_REF_MAX)                                                         \
    LONG(failed_at_ms)                                                                             \
    TEXT(action_id, EVENT_ID_MAX)                                                                  \
    LONG(said_at_ms)

#define PARTNER_STATUS_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                  \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(partner, TARGET_MAX)                                                                      \
    TEXT(worker, WORKER_NAME_MAX)                                                                  \
    ENUM(breaker, BREAKER)                                                                         \
    OPT_TEXT(why, WHY_MAX)                                                                         \
    OPT_LONG(until_ms)                                                                             \
    LONG(at_ms)

#define OPERATOR_AUDIT_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                  \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(action_id, EVENT_ID_MAX)                                                                  \
    TEXT(command, COMMAND_MAX)                                                                     \
    TEXT(said_by, SAID_BY_MAX)                                                                     \
    OPT_TEXT(approved_by, SAID_BY_MAX)                                                             \
    TEXT(filter, ENTRY_TEXT_MAX)                                                                   \
    INT(people)                                                                                    \
    INT(payments)                                                                                  \
    LONG(amount_idr)                                                                               \
    OPT_TEXT(note, ENTRY_TEXT_MAX)                                                                 \
    LONG(said_at_ms)

#define DEAD_LETTER_FIELDS(TEXT, OPT_TEXT, LONG, OPT_LONG, INT, OPT_INT, BOOL,                     \
                              ENUM, OPT_ENUM, BYTES)                                               \
    TEXT(reason, ENTRY_TEXT_MAX)                                                                   \
    TEXT(worker, 32)                                                                               \
    TEXT(source_topic, TOPIC_MAX)                                                                  \
    INT(source_partition)                                                                          \
    LONG(source_offset)                                                                            \
    LONG(source_timestamp_ms)                                                                      \
    BYTES(source_key, KEY_BYTES_MAX)                                                               \
    BOOL(masked)                                                                                   \
    BYTES(original, DEAD_BYTES_MAX)

#define EVENT_TEXT_(name, max) char name[(max) + 1];
#define EVENT_LONG_(name) int64_t name;
#define EVENT_INT_(name) int32_t name;
#define EVENT_BOOL_(name) bool name;
#define EVENT_ENUM_(name, LIST) int32_t name;
#define EVENT_BYTES_(name, max)                                                                    \
    struct {                                                                                       \
        uint32_t size;                                                                             \
        uint8_t at[max];                                                                           \
    } name;
#define EVENT_STRUCT_(FIELDS)                                                                      \
    FIELDS(EVENT_TEXT_, EVENT_TEXT_, EVENT_LONG_, EVENT_LONG_, EVENT_INT_, EVENT_INT_,             \
           EVENT_BOOL_, EVENT_ENUM_, EVENT_ENUM_, EVENT_BYTES_)

#define X(NAME, topic, record)                                                                     \
    struct record {                                                                                \
        EVENT_STRUCT_(NAME##_FIELDS)                                                               \
    };
FOREACH_EVENT(X)
#undef X

enum field_kind {
    FIELD_TEXT,
    FIELD_OPT_TEXT,
    FIELD_LONG,
    FIELD_OPT_LONG,
    FIELD_INT,
    FIELD_OPT_INT,
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_OPT_ENUM,
    FIELD_BYTES,
};

struct event_field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    size_t max;                 /* longest value in bytes, for TEXT and BYTES */
    const char *const *symbols; /* for ENUM, in order */
    int32_t symbol_count;
};

struct event_type_row {
    enum event_type type;
    const char *topic;
    const char *record;  /* "training_completed": also the .avsc file with '-' for '_' */
    size_t struct_size;
    const struct event_field *fields; /* in schema order; the first is the key: participant_id, or
                                         what the event is about; dead_letter has none */
    size_t field_count;
};

/* The row of one event type; never NULL. */
const struct event_type_row *event_row(enum event_type type);

/* The type whose topic this is, or EVENT_COUNT. */
enum event_type event_of_topic(const char *topic);

/* The key inside an event: its first field; "" for dead_letter. */
const char *event_key(enum event_type type, const void *event);

/*
 * Is a well-formed event possible (issue "What bad input gets")?  Stars 1-5 or null, something said
 * in a rating, times from 2020-01-01 to timestamp_ms + 1 day, amounts positive, ids printable
 * ASCII, checks on accounts name the account, FAIL names a reason.  NULL when it is; else a static
 * sentence that names the field and holds nothing of the event.
 */
const char *event_impossible(enum event_type type, const void *event, int64_t timestamp_ms);

#endif
