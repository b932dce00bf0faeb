#ifndef POLICY_INSTALMENT_H
#define POLICY_INSTALMENT_H

/*
 * The life of one instalment as a full table: state x trigger -> GO, STALE or IMPOSSIBLE.
 *
 *   NONE -schedule-> READY -claim-> CLAIMED -confirm-> SENDING -succeed-> PAID
 *                      ^               |                  |  \-fail-> FAILED -retry,hold-> READY
 *                      |---give up-----'---give up--------'             \-case-> CASE
 *                      '------------------------------- put back -------------------'
 *
 * GO: the move is made.  STALE: can happen because messages come twice or late; nothing changes and
 * nobody is woken.  IMPOSSIBLE: contradicts what the ledger says; an alarm and a person.
 *
 * The table is about one attempt: a trigger that names an older attempt is STALE before the table
 * is asked, a ledger entry of a newer one always goes (money.c, ledger_book).
 * Printed as tests/policy/golden/instalment.txt.
 */
#include "policy/record.h"

#define FOREACH_TRIGGER(X)                                                                         \
    X(SCHEDULE, "every condition of R7 has been met")                                              \
    X(CLAIM, "the due day has come and nothing holds the money")                                   \
    X(CONFIRM, "the intent is acknowledged and the conditions still hold")                         \
    X(GIVE_UP, "the conditions no longer hold, or not found after the quiet time")                 \
    X(SUCCEED, "the partner says 00")                                                              \
    X(FAIL, "the partner says it failed for good")                                                 \
    X(RETRY, "verdict: ours or the partner's fault, again later")                                  \
    X(HOLD, "verdict: the participant can fix it")                                                 \
    X(CASE, "verdict: a person decides")                                                           \
    X(RETURN, "the bank gave the money back")                                                      \
    X(PUT_BACK, "a person: it was the programme's or a partner's fault (R14)")                     \
    X(BOOKED_INTENT, "ledger: INTENT")                                                             \
    X(BOOKED_SUCCESS, "ledger: SUCCEEDED")                                                         \
    X(BOOKED_FAILURE, "ledger: FAILED")                                                            \
    X(BOOKED_CANCEL, "ledger: CANCELLED, every nonce covered")                                     \
    X(BOOKED_RETURN, "ledger: RETURNED")

enum trigger {
#define X(name, text) TRIGGER_##name,
    FOREACH_TRIGGER(X)
#undef X
    TRIGGER_COUNT,
};

enum move { MOVE_UNSET, MOVE_GO, MOVE_STALE, MOVE_IMPOSSIBLE };

struct step {
    enum move move;
    enum inst_state next; /* the same state unless MOVE_GO */
};

struct step instalment_step(enum inst_state state, enum trigger trigger);

const char *inst_state_name(enum inst_state state);
const char *trigger_name(enum trigger trigger);
const char *trigger_text(enum trigger trigger);

/* What a participant sees (policy.md, "What the participant sees"). */
#define FOREACH_SHOWN(X)                                                                           \
    X(SCHEDULED, "Belum diproses", "Not processed yet")                                            \
    X(SENDING, "Sedang diproses", "Being processed")                                               \
    X(UNKNOWN, "Sedang diproses", "Being processed")                                               \
    X(RETRYING, "Sedang diproses", "Being processed")                                              \
    X(DOUBTFUL, "Sedang diproses", "Being processed")                                              \
    X(PAID, "Berhasil", "Paid")                                                                    \
    X(HELD, "Dana tertahan", "Held")                                                               \
    X(FAILED, "Gagal", "Failed")                                                                   \
    X(RETURNED, "Dikembalikan bank", "Returned by the bank")                                       \
    X(CANCELLED, "Dibatalkan", "Cancelled")                                                        \
    X(CLAWBACK, "Wajib dikembalikan", "Must be returned")                                          \
    X(UNSCHEDULED, "Belum terjadwal", "Not scheduled yet")

enum shown {
#define X(name, id, en) SHOWN_##name,
    FOREACH_SHOWN(X)
#undef X
    SHOWN_COUNT,
};

struct shown_row {
    const char *name;
    const char *dashboard; /* Indonesian, as on the dashboard */
    const char *english;
};

const struct shown_row *shown_row(enum shown shown);

/* now_ms is the business clock. */
enum shown instalment_shown(const struct record *record, const struct instalment *instalment,
                            int64_t now_ms);

#endif
