#ifndef POLICY_FACTS_H
#define POLICY_FACTS_H

/*
 * One fact into one record (R1-R9; docs/decisions.md D1-D10).
 *
 * Facts come in any order and any number of times; the record at the end is the same.  Whenever the
 * last condition of R7 holds the instalments are scheduled, in the same call.
 */
#include <stdbool.h>
#include <stdint.h>

#include "policy/record.h"

enum fact_kind { FACT_ENROLLED, FACT_COMPLETED, FACT_RATED, FACT_LINKED, FACT_CHECKED };

struct fact {
    enum fact_kind kind;
    union {
        struct {
            char scheme[SCHEME_ID_MAX + 1];
            int32_t wave;
            int64_t selected_at_ms, credited_at_ms, enrolled_at_ms;
            char family_token[FAMILY_TOKEN_MAX + 1];
        } enrolled;
        struct {
            char course_id[COURSE_ID_MAX + 1];
            char platform[PLATFORM_MAX + 1];
            char institution[INSTITUTION_MAX + 1];
            bool certified;
            int64_t completed_at_ms;
        } completed;
        struct {
            char course_id[COURSE_ID_MAX + 1];
            int32_t stars; /* 0: none given */
            bool reviewed; /* a review that isn't blank */
            int64_t submitted_at_ms;
        } rated;
        struct {
            char account_ref[ACCOUNT_REF_MAX + 1];
            enum partner partner;
            struct sealed sealed;
            int64_t linked_at_ms, source_version;
        } linked;
        struct {
            enum check check;
            char account_ref[ACCOUNT_REF_MAX + 1]; /* "" for DUPLICATE_AID */
            enum outcome outcome;
            enum reason reason;
            int64_t checked_at_ms, source_version;
        } checked;
    };
};

/*
 * Take one fact into the record, and schedule if that was the last condition.  Returns NULL, or a
 * static sentence when the fact can't be kept (D10: too many accounts or courses, unknown scheme);
 * the record is then unchanged.
 */
const char *fact_apply(struct record *record, const struct fact *fact)
    __attribute__((warn_unused_result));

/* A FAIL learned from money, into the slot of its reason (D6); does nothing for other reasons. */
void fact_failure(struct record *record, const char *account_ref, enum reason reason,
                  int64_t version_ms);

/* A person says that this failure, and those before it, never were (R14). As a fact, like any other
 * in any order; for other reasons it does nothing. */
void fact_struck(struct record *record, const char *account_ref, enum reason reason,
                 int64_t version_ms);

/* A payment to this account succeeded (R12); in a restore it comes before the account's facts. */
void fact_paid(struct record *record, const char *account_ref, int64_t at_ms);

/* A review that is more than white space, Unicode's White_Space (R7 "reviewed, not blank"; D2). */
bool fact_review_counts(const char *review);

/* The conditions of R7, in the order a participant is told them (R9: review and rating first). */
#define FOREACH_CONDITION(X)                                                                       \
    X(reviewed) X(rated) X(enrolled) X(completed) X(linked) X(verified) X(active)

enum condition {
#define X(name) CONDITION_##name,
    FOREACH_CONDITION(X)
#undef X
    CONDITION_COUNT,
};

const char *condition_name(enum condition condition);

/* Does it hold?  since_ms (may be NULL): when it came to hold, 0 while it doesn't (and for "active"
 * before the enrolment, which alone is missing then: D9). */
bool condition_met(const struct record *record, enum condition condition, int64_t *since_ms);

/* The rating of the course that counts (D1), NULL while there is none. */
const struct rating *record_rating(const struct record *record);

#endif
