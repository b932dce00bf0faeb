#ifndef POLICY_SETTLE_H
#define POLICY_SETTLE_H

/*
 * What a change must be told: the emissions between a record before and after.
 *
 * The same for every worker: whoever changes a derived state emits it, so that no release and no
 * cancellation can be lost between two writes (architecture.md "Who writes what").  An emission is
 * recorded in the outbox with the change that caused it; recomputed after a conflict.
 */
#include "policy/record.h"

/* kind, and what makes its id besides participant, kind of payment and number */
#define FOREACH_EMISSION(X)                                                                        \
    X(SCHEDULED)         /* - */                                                                   \
    X(RELEASED)          /* the mark, attempt */                                                   \
    X(CANCEL_REQUESTED)  /* - : a fact worker asks, disbursement announces */                      \
    X(CANCELLED)         /* - */                                                                   \
    X(SUCCEEDED)         /* attempt */                                                             \
    X(FAILED)            /* attempt, returned */                                                   \
    X(CHECK_FAILED)      /* the mark, attempt: refused before sending */                           \
    X(ACCOUNT_USED)      /* account: verified, of somebody who is enrolled */

enum emission_kind {
#define X(name) EMISSION_##name,
    FOREACH_EMISSION(X)
#undef X
    EMISSION_COUNT,
};

struct emission {
    enum emission_kind kind;
    uint8_t index;       /* of the record's instalment; ACCOUNT_USED: of its account */
    struct mark mark;    /* for RELEASED and CHECK_FAILED */
};

#define EMISSIONS_MAX (RECORD_INSTALMENTS_MAX * 4 + RECORD_ACCOUNTS_MAX)

struct emissions {
    struct emission at[EMISSIONS_MAX];
    uint8_t count;
};

/*
 * List what the change old -> new must emit, and mark in *new what is announced by it.  Give *new
 * its version before or after; it is not looked at.
 */
void settle(const struct record *old, struct record *new, struct emissions *out);

const char *emission_name(enum emission_kind kind);

#endif
