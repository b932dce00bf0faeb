#ifndef TESTS_POLICY_STORY_H
#define TESTS_POLICY_STORY_H

/*
 * Words to tell a participant's story with, for the tests of the policy room: facts, a record that
 * they make, and the steps of the money side, each settled as a worker would.
 *
 * Times are ms UTC; the day everything begins is Wednesday 2021-09-15, 12:00 WIB, so that the first
 * instalment is due on Monday 20 September (R11).
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/facts.h"
#include "policy/money.h"
#include "policy/settle.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define NOON_MS INT64_C(1631682000000) /* 2021-09-15T12:00:00.000+07:00 */
#define LEASE_MS (5 * MINUTE_MS)

/* ---- facts ---- */

struct fact an_enrolment(const char *scheme, int32_t wave, int64_t at_ms);
struct fact a_completion(const char *course, int64_t at_ms); /* with certificate */
struct fact a_report_without_certificate(const char *course, int64_t at_ms);
struct fact a_rating(const char *course, int32_t stars, bool reviewed, int64_t at_ms);
struct fact a_link(const char *account, int64_t at_ms);
struct fact a_pass(enum check check, const char *account, int64_t at_ms);
struct fact a_fail(enum check check, const char *account, int64_t at_ms); /* its own reason */
struct fact aid_found(int64_t at_ms);

/* ---- records ---- */

/* The name of a field in which two records differ (but for their version), NULL if in none. */
const char *record_difference(const struct record *a, const struct record *b);

/* The fact, which must be kept. */
void take(struct record *record, struct fact fact);

/* Linked, and each REQUIRED check passed, all at that time. */
void take_account(struct record *record, const char *account, int64_t at_ms);

/* Everything R7 asks for, in scheme 2020, wave 21, with the account "gopay". */
void take_everything(struct record *record, int64_t at_ms);

/* ---- a story: one record, one clock ---- */

#define TOLD_MAX 1024

struct story {
    struct record r;
    int64_t now_ms; /* business and wire clock at once */
    bool alarm;     /* of the last story_finish() */
    struct nonces covers;
    /* What the last step emitted, "SCHEDULED 1, CHECK_FAILED 2 ACCOUNT_CLOSED gopay"; or "" */
    char told[TOLD_MAX];
};

/* At noon, entitled and scheduled: four instalments READY. */
void story_open(struct story *s);

struct instalment *story_at(struct story *s, int32_t number);
void story_wait_until_due(struct story *s, int32_t number);

/* One step each: what the function of that name does, then settle(). */
void story_fact(struct story *s, struct fact fact);
enum claim_answer story_claim(struct story *s, int32_t number, const char *nonce);
bool story_inquiry(struct story *s, int32_t number, enum inquiry answer, enum reason reason);
enum confirm_answer story_confirm(struct story *s, int32_t number, bool fresh);
bool story_finish(struct story *s, int32_t number, int32_t attempt, enum reason reason);
bool story_verdict(struct story *s, int32_t number, int32_t attempt, enum verdict_kind kind,
                   int64_t not_before_ms);
void story_book(struct story *s, const struct booking *booking);
/* R14, as disbursement-worker takes it: struck from the facts, and put back. */
bool story_put_back(struct story *s, int32_t number, const struct failing *failing);

/* Claimed, confirmed and finished: PAID for REASON_NONE, otherwise FAILED. */
void story_send(struct story *s, int32_t number, enum reason reason);

/* The retry-worker's verdict on the failure that stands, and its taking. */
struct verdict story_answer(struct story *s, int32_t number);

/* A ledger entry of the first instalment; account "gopay", claimed at the story's noon. */
struct booking an_entry(enum ledger_entry entry, int32_t attempt);
struct nonces some_nonces(const char *names); /* one letter each: "ab" */

/* ---- chance, replayable: the same seed, the same numbers ---- */

struct dice {
    uint64_t state;
};

uint32_t dice_roll(struct dice *dice, uint32_t sides); /* 0 … sides - 1 */

/* A fair shuffle of count ints. */
void dice_shuffle(struct dice *dice, int *what, int count);

/* INSENTIF_TEST_SEED, or 1. Printed by who uses it when something fails. */
uint64_t dice_seed(void);

#endif
