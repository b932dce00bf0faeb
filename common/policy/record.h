#ifndef POLICY_RECORD_H
#define POLICY_RECORD_H

/*
 * What is known about one participant: the facts, the accounts, the instalments.
 *
 * A record is a lattice: every fact has a natural key and either is set once (the first of its
 * topic's log) or the newest by the SOURCE's version wins, so that any order of arrival and any
 * repetition gives the same record (architecture.md "Facts", docs/decisions.md D1-D10).
 * HELD, CANCELLED, CLAWBACK are derived, never stored.  Values only, zero means "not known".
 */
#include <stdbool.h>
#include <stdint.h>

#include "policy/domain.h"

#define RECORD_ACCOUNTS_MAX 8
#define RECORD_RATINGS_MAX 16
#define RECORD_INSTALMENTS_MAX 8 /* 4 instalments and 3 surveys (scheme 2020) fit */

/* One thing that can be wrong with an account (policy/domain.h). Newest versions; 0: never.
 * struck_version: failures up to it count as never having been, says a person (R14). */
struct slot_facts {
    int64_t pass_version;
    int64_t fail_version;
    int64_t struck_version;
    enum reason fail_reason;
};

struct sealed {
    uint32_t size;
    uint8_t at[SEALED_MAX];
};

struct account {
    char ref[ACCOUNT_REF_MAX + 1];
    enum partner partner;
    int64_t link_version; /* 0: checks came before the link */
    int64_t linked_at_ms;
    int64_t paid_at_ms;   /* last payment that succeeded to this account (R12) */
    struct sealed sealed; /* only disbursement-worker can open it */
    struct slot_facts slots[SLOT_COUNT];
};

struct rating {
    char course_id[COURSE_ID_MAX + 1];
    int32_t stars;
    int64_t stars_version; /* submitted_at_ms of those stars */
    int64_t rated_at_ms;   /* first record with stars */
    int64_t reviewed_at_ms;/* first record with a review that isn't blank */
};

/* Why money waits, as it was announced; reason REASON_NONE: nothing was. */
struct mark {
    enum reason reason;
    char account_ref[ACCOUNT_REF_MAX + 1];
    int64_t at_ms; /* version of the FAIL fact */
};

enum inst_state {
    INST_NONE,    /* slot not used, or known from the ledger only by number */
    INST_READY,   /* scheduled; waits for its day, its retry or its fix */
    INST_CLAIMED, /* disbursement-worker has begun an attempt */
    INST_SENDING, /* the partner may have it */
    INST_FAILED,  /* a final failure; its verdict is on the way */
    INST_PAID,
    INST_CASE,    /* a person decides */
    INST_STATE_COUNT,
};

struct nonces {
    uint8_t count;
    char at[NONCES_MAX][NONCE_MAX + 1];
};

struct instalment {
    enum payment_kind kind;
    int32_t number;
    enum inst_state state;
    int32_t attempt; /* from 1 */
    int64_t amount_idr;
    int64_t due_at_ms; /* 0: never announced */
    int64_t promised_at_ms;
    bool provisional;
    int64_t not_before_ms; /* business clock; a verdict's or a doubt's date */
    struct mark mark;
    char account_ref[ACCOUNT_REF_MAX + 1]; /* of the attempt under way or the last one */
    enum partner partner;
    int64_t claimed_at_ms; /* business clock: the version of a FAIL fact from this attempt (D11) */
    int64_t deadline_ms;   /* wire clock: until then the claimer may send */
    enum reason why;       /* of the last failure, retry or doubt */
    char raw_code[RAW_CODE_MAX + 1];
    int64_t paid_at_ms;
    int32_t returned_attempt; /* the last one whose money came back (R17); 0: none */
    int64_t returned_at_ms;   /* when, by the partner's word */
    bool bare;                /* FAILED by an inquiry: nothing was ever sent for this attempt */
    bool told;             /* CANCELLED was announced */
    uint8_t doubts;        /* negative inquiries in a row (R12) */
    int64_t doubt_since_ms;
    struct nonces open;    /* INTENTs of this attempt that nothing covers yet */
    struct nonces covered; /* those that the last CANCELLED covered */
    bool covers;           /* `covered` counts although it may be empty */
    bool funded;           /* its amount is reserved of the scheme's budget */
};

struct record {
    char id[PARTICIPANT_ID_MAX + 1];
    int64_t version; /* 0: nobody has written it */

    int64_t enrolled_at_ms;
    char scheme[SCHEME_ID_MAX + 1];
    int32_t wave;
    int64_t selected_at_ms;
    int64_t credited_at_ms;
    char family_token[FAMILY_TOKEN_MAX + 1];

    char course_id[COURSE_ID_MAX + 1]; /* of the first certified completion (D1) */
    char platform[PLATFORM_MAX + 1];
    char institution[INSTITUTION_MAX + 1];
    int64_t completed_at_ms;
    int64_t uncertified_at_ms; /* a report without certificate, as long as there is none with */

    int64_t first_linked_at_ms;
    int64_t first_pass_ms[CHECK_COUNT];

    int64_t aid_fail_version; /* DUPLICATE_AID: newest FAIL and PASS */
    int64_t aid_pass_version;

    int64_t scheduled_at_ms;
    char calendar_version[VERSION_TEXT_MAX + 1];
    char policy_version[VERSION_TEXT_MAX + 1];

    /* Elements past the counts are zero. The lists are nearly all of the struct and nearly always
     * nearly empty: record_clear() and record_copy() touch only what is used. */
    uint8_t rating_count, account_count, instalment_count;
    struct rating ratings[RECORD_RATINGS_MAX];
    struct account accounts[RECORD_ACCOUNTS_MAX];
    struct instalment instalments[RECORD_INSTALMENTS_MAX];
};

/* The rules' version, kept with each schedule. */
#define POLICY_VERSION "2026.1"

/* An empty record of this participant. */
void record_init(struct record *record, const char *participant_id);

/* The same for a record that holds something already (or nothing but zeros). */
void record_clear(struct record *record, const char *participant_id);

/* *to = *from; *to holds something already (or nothing but zeros). */
void record_copy(struct record *to, const struct record *from);

/* The account with that ref, or NULL. */
const struct account *record_account(const struct record *record, const char *ref);

/* The account money goes to (D4), NULL while none is verified. */
const struct account *record_current(const struct record *record);

/* The newest link when it isn't the current account, or NULL. */
const struct account *record_candidate(const struct record *record);

/* Linked, and every REQUIRED check has passed once (D3). */
bool account_is_verified(const struct account *account);

/* The open slot that holds this account's money: CLOSED first, since no other's fix would release
 * it, then in the order of enum slot; SLOT_NOTHING: none. */
enum slot account_open_slot(const struct account *account);

/* R4: aid found, and the scheme excludes it. */
bool record_is_deactivated(const struct record *record);

/* Why money of this record can't go out now; reason REASON_NONE when it can (D7). */
struct mark record_hold(const struct record *record);
bool mark_equals(const struct mark *a, const struct mark *b);

/* Failed, because what had been paid came back (R17). */
bool instalment_is_returned(const struct instalment *instalment);

/* What the last failure of an instalment was held for, whether or not it still holds. */
struct mark mark_of_failure(const struct instalment *instalment);

/* The instalment of that kind and number, NULL when there is none. */
struct instalment *record_instalment(struct record *record, enum payment_kind kind,
                                     int32_t number);

/* The same, made (NONE, attempt 1) when missing; NULL when the record is full. Pointers to other
 * instalments of the record are then no longer good: they are kept sorted. */
struct instalment *record_instalment_made(struct record *record, enum payment_kind kind,
                                          int32_t number);

#endif
