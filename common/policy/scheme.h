#ifndef POLICY_SCHEME_H
#define POLICY_SCHEME_H

/*
 * The schemes (policy.md "Schemes"): everything that changed over the years, as data.
 * To add a scheme: one row at the end of scheme.c (sums are kept by place), its rows in
 * tests/policy.
 */
#include <stdbool.h>
#include <stdint.h>

#include "policy/domain.h"

struct scheme {
    char id[SCHEME_ID_MAX + 1];
    int64_t training_balance_idr;
    int32_t instalments;         /* R10: a month apart */
    int64_t instalment_idr;
    int32_t surveys;
    int64_t survey_idr;
    int32_t aid_excludes_from_wave; /* R4; 0: other aid doesn't exclude */
    int32_t purchase_days;          /* R1 */
    int32_t return_days;            /* R5 */
    int32_t account_participants;   /* so many may be paid to one account */
    int64_t ends_at_ms;             /* R21: what is held then is a person's; 0: not decreed */
    const char *legal_basis;        /* what a cancelled participant is told (R4) */
};

/* NULL when there is no such scheme. Static. */
const struct scheme *scheme_find(const char *id);

/* The i-th scheme, NULL past the last: for printouts. */
const struct scheme *scheme_at(int i);

/* R4: does aid to the family end membership in this wave? */
bool scheme_excludes_aid(const struct scheme *scheme, int32_t wave);

#endif
