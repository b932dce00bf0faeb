#ifndef TESTS_BENCH_PEOPLE_H
#define TESTS_BENCH_PEOPLE_H

/*
 * The people of the benchmark: what is told about each of them, and what must come of it.
 *
 * Person i is the same in every run: all is a function of i.  Of 101 people 100 are entitled, and
 * one must never be scheduled, for a reason that `enum flaw` names.  Everything happens in one
 * week, Monday 6 to Friday 10 October 2025 (WIB).  Neither it nor the next has a holiday, so that
 * due dates can be counted here without the calendar that the workers use.
 */
#include <stdbool.h>
#include <stdint.h>

#include "events/events.h"
#include "seal/seal.h"

#define PEOPLE_MAX 20000000
#define PERSON_AMOUNT_IDR INT64_C(600000)
#define PERSON_ID_SIZE 17 /* "PKJ-000000000042" */

enum flaw {
    FLAW_NONE,
    FLAW_NO_CERTIFICATE,
    FLAW_BLANK_REVIEW,
    FLAW_NO_RATING,
    FLAW_FAILED_CHECK,
    FLAW_NOT_ENROLLED,
    FLAW_NOT_LINKED,
    FLAW_COUNT,
};

/* What can be told about a person. The first two come before the measured part. */
enum told {
    TOLD_ENROLLED,
    TOLD_LINKED,
    TOLD_COMPLETED,
    TOLD_RATED,
    TOLD_KYC,
    TOLD_NIK,
    TOLD_ACTIVE,
    TOLD_AID,
    TOLD_OLD_FAIL, /* a FAIL of one of the checks, a day older than its PASS */
    TOLD_COUNT,
};

union told_event {
    struct participant_enrolled enrolled;
    struct account_linked linked;
    struct training_completed completed;
    struct rating_submitted rated;
    struct eligibility_checked checked;
};

/* What incentive-scheduled must say, all in ms UTC. */
struct promised {
    int64_t scheduled_at_ms, due_at_ms, promised_at_ms;
};

/* From now on people can be paid, and all on the same day: their accounts are sealed with this key,
 * which must stay, and everything happens on Monday. */
void people_payable(struct seal *seal);

/* A well-mixed number from another one: the only randomness here. */
uint64_t people_mix(uint64_t x);

/* The number of people among whom `entitled` are entitled, and its opposite. */
int64_t people_all(int64_t entitled);
enum flaw person_flaw(int64_t person);

/* How many times this is said about the person: 0, 1, or 2 for one event in a hundred. */
int person_times(int64_t person, enum told told);

void person_id(int64_t person, char out[PERSON_ID_SIZE]);
/* -1: no person of ours. */
int64_t person_of_id(const char *id);

/* The event, all of it; and when it happened. */
enum event_type person_event(int64_t person, enum told told, union told_event *out, int64_t *at_ms);

void person_promised(int64_t person, struct promised *out);

#endif
