#ifndef POLICY_MONEY_H
#define POLICY_MONEY_H

/*
 * The decisions of the money side, without the money (R12-R18; consistency.md "Money side").
 *
 * Each function changes a copy of a record; the caller writes it by compare-and-set and settles the
 * difference.  Translated from the design's ownership model; names of its steps are kept.
 * business_ms: the business clock. wire_ms: the wire clock (D11).
 */
#include "policy/instalment.h"
#include "policy/record.h"

/* ---------------------------------------------------------------- what the ledger says */
struct booking {
    enum ledger_entry entry;
    enum payment_kind kind;
    int32_t number;
    int32_t attempt;
    int64_t amount_idr;
    char account_ref[ACCOUNT_REF_MAX + 1];
    enum partner partner;
    int64_t claimed_at_ms;
    char nonce[NONCE_MAX + 1]; /* INTENT */
    struct nonces covers;      /* CANCELLED */
    enum reason reason;        /* FAILED, RETURNED */
    char raw_code[RAW_CODE_MAX + 1];
};

/*
 * One ledger entry into the record: a lattice on (attempt, rank), so that one attempt's entries may
 * come in any order and any number of times.  Attempts come in the ledger's order.
 * lease_until_ms: wire clock; a dead owner may have confirmed just before, so a restored INTENT's
 * full lease and quiet time count from the restore.  False when the record has no room (a bug).
 */
bool ledger_book(struct record *record, const struct booking *booking, int64_t lease_until_ms)
    __attribute__((warn_unused_result));

/* ---------------------------------------------------------------- before the send */
enum claim_answer {
    CLAIM_IDLE,    /* nothing to do; no timer */
    CLAIM_WAIT,    /* not before *until_ms (business clock) */
    CLAIM_INQUIRE, /* entitled and due: ask the partner about the account, then claim */
    CLAIM_TAKEN,   /* the record says CLAIMED by us now */
    CLAIM_RESOLVE, /* SENDING: ask the partner what became of it, after deadline + quiet time */
};

/* Look only: what is to be done with this instalment now? */
enum claim_answer claim_look(const struct record *record, const struct instalment *instalment,
                             int64_t business_ms, int64_t *until_ms);

/*
 * Claim, with a fresh positive inquiry of the current account.  Writes CANCELLED as told, announces
 * a hold, or takes the instalment.
 */
enum claim_answer claim_take(struct record *record, struct instalment *instalment,
                             int64_t business_ms, const char *nonce, int64_t *until_ms);

/* R12: what an inquiry said. */
enum inquiry { INQUIRY_GOOD, INQUIRY_NEGATIVE, INQUIRY_AWAY, INQUIRY_CASE };

#define DOUBTS_TO_HOLD 3
#define DOUBT_SPAN_MS (INT64_C(24) * 3600 * 1000)
#define DOUBT_AGAIN_MS (INT64_C(12) * 3600 * 1000)

/* Write an answer into the record; a good one ends the doubt (claim_take does that too). Returns
 * true when it must be booked as FAILED (a case); the caller then books it. business_ms: when it
 * was asked, since a fix may come before the answer does. */
bool inquiry_take(struct record *record, struct instalment *instalment, enum inquiry answer,
                  enum reason reason, const char *raw_code, int64_t business_ms);

/*
 * R11: until when the money is promised: as told with the schedule; or by the fifth working day
 * after what held its account was mended, or another account was linked (R15).
 */
int64_t promised_until_ms(const struct record *record, const struct instalment *instalment);

/* The same, and once it is broken the next date: again the fifth working day after it. */
int64_t promised_next_ms(const struct record *record, const struct instalment *instalment,
                         int64_t business_ms);

/* R11: the promised day is over, and neither the participant nor the programme holds it (R4, R15).
 */
bool promise_is_broken(const struct record *record, const struct instalment *instalment,
                       int64_t business_ms);

/*
 * R21: when a person is warned that what is held, or a case, ends with its scheme: 30 days before.
 * 0: this payment is neither, or the scheme's end isn't decreed.
 */
int64_t ending_warned_ms(const struct record *record, const struct instalment *instalment);

/*
 * R12: the account is asked about when the schedule is made, and while it is in doubt, so that the
 * waiting days are the time to fix what is wrong. When to ask although the money isn't due yet; -1:
 * not before the claim. One instalment asks for all, since they have one account. asked: it has
 * answered since the schedule was made.
 */
int64_t early_inquiry_ms(const struct record *record, const struct instalment *instalment,
                         bool asked);

/* The doubt is over: a good answer, a fact, or another account. Its waiting time is over too. */
void doubt_end(struct instalment *instalment);

enum confirm_answer { CONFIRM_SEND, CONFIRM_GIVE_UP, CONFIRM_OTHER };

/*
 * Just before the send, the first time (from CLAIMED) or again (from SENDING, seen_deadline_ms as
 * it was when asked): the conditions once more.  SEND: deadline set.  GIVE_UP: READY, next attempt,
 * and *covers lists the nonces that the CANCELLED must name.  OTHER: somebody else moved it.
 * fresh: a positive inquiry of this account, at most 15 minutes old, is at hand.
 */
enum confirm_answer confirm_take(struct record *record, struct instalment *instalment,
                                 enum inst_state from, int32_t attempt, int64_t seen_deadline_ms,
                                 int64_t business_ms, bool fresh, int64_t deadline_ms,
                                 struct nonces *covers);

/* Before a re-send: the session's own nonce joins those that are open. False: moved, or full. */
bool resend_take(struct instalment *instalment, int32_t attempt, int64_t seen_deadline_ms,
                 const char *nonce);

/* ---------------------------------------------------------------- after the send */

/* A result from the partner for this attempt: fills *booking and books it. False: not SENDING this
 * attempt any more; *alarm when that contradicts (a late success, a failure of what was paid). */
bool finish_take(struct record *record, struct instalment *instalment, int32_t attempt,
                 bool succeeded, enum reason reason, const char *raw_code,
                 struct booking *booking, bool *alarm);

/* The lost answer shows as UNKNOWN until it is learned. */
void unknown_take(struct instalment *instalment, int32_t attempt);

/* ---------------------------------------------------------------- verdicts (retry-worker) */
enum verdict_kind { VERDICT_RETRY, VERDICT_HOLD, VERDICT_CASE };

struct verdict {
    enum verdict_kind kind;
    bool case_beside; /* a case opens beside the hold */
    int64_t not_before_ms;
};

/* The verdict for one failure, by the table of reasons alone: the same failure, the same verdict.
 * instalment_hash: any stable hash of the instalment's id, for the jitter (D13). */
struct verdict verdict_for(enum stage stage, enum reason reason, int32_t attempt,
                           int64_t claimed_at_ms, uint64_t instalment_hash);

/* Disbursement takes a verdict that answers this instalment's failure of this attempt. True when
 * it changed something. */
bool verdict_take(struct record *record, struct instalment *instalment, int32_t attempt,
                  enum verdict_kind kind, int64_t not_before_ms);

/* Waiting time after a failure on our or a partner's side (D13). */
int64_t backoff_ms(int32_t attempt, uint64_t instalment_hash);

/* ---------------------------------------------------------------- put back by a person (R14) */
/* One failure, as the record has it. */
struct failing {
    int32_t attempt;
    enum reason reason;
    char account_ref[ACCOUNT_REF_MAX + 1]; /* "": it is about none */
    int64_t at_ms;                         /* its version */
};

/*
 * What holds or ended this payment and could be put back: a hold of its account, a limit's date, a
 * case. False: nothing does, or it must not be: cancelled, STOP, a reference whose outcome may be
 * unknown.
 */
bool put_back_look(const struct record *record, const struct instalment *instalment,
                   int64_t business_ms, struct failing *failing);

/* That failure counts as never having been: a date isn't waited for, after a case comes the next
 * attempt. (What holds an account is struck from its facts: fact_struck().) False: this payment
 * hasn't failed like that, or has gone on since. */
bool put_back_take(struct instalment *instalment, const struct failing *failing);

/* ---------------------------------------------------------------- sets of nonces */
/* A nonce that no CANCELLED can name: the set overflowed, the attempt never ends by cancelling. */
#define NONCE_OVERFLOW "*"
/* In a result whose INTENT isn't known any more: it was sent, not an inquiry's (ledger_book). */
#define NONCE_ANY "-"
bool nonces_has(const struct nonces *set, const char *nonce);
void nonces_add(struct nonces *set, const char *nonce);

#endif
