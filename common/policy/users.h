#ifndef POLICY_USERS_H
#define POLICY_USERS_H

/*
 * Who uses one payout account (docs/decisions.md D22): what spans participants is kept where it
 * meets, keyed by the account.  A set that only grows, so any order of arrival and any repetition
 * ends the same.
 */
#include <stdbool.h>
#include <stdint.h>

#include "policy/record.h"

#define ACCOUNT_USERS_MAX 8 /* remembered; those that come later are told of, each for itself */

struct account_user {
    char participant[PARTICIPANT_ID_MAX + 1];
    char scheme[SCHEME_ID_MAX + 1];
};

struct account_users {
    int64_t version; /* 0: nobody has written it */
    int64_t said_ms; /* version of what was said last to its users: it only grows */
    uint8_t count;
    struct account_user at[ACCOUNT_USERS_MAX];
};

enum users_answer { USERS_KNOWN, USERS_ADDED, USERS_FULL };

/* One more who uses it, as told at that time. KNOWN, FULL: nothing is changed. */
enum users_answer users_add(struct account_users *users, const char *participant,
                            const char *scheme, int64_t at_ms);

/*
 * May money go to this account of that participant, as far as its users are known?  Not before his
 * own use is counted among them, and where they are too many not before he has been told, or a
 * person has agreed: then his record holds it, or doesn't (record_hold()). shared: what his record
 * says.
 */
bool users_allow(const struct account_users *users, const char *participant, const char *scheme,
                 const struct slot_facts *shared);

/* Are `count` more than may use one account with this scheme?  An unknown scheme allows one. */
bool users_exceed(int32_t count, const char *scheme);

#endif
