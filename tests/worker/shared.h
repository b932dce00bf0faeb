#ifndef TESTS_WORKER_SHARED_H
#define TESTS_WORKER_SHARED_H

/* What must be told of accounts with several users (docs/decisions.md D22), without any shell. */
#include "people.h"

#define SHARED_ACCOUNTS 3 /* "acc-1" and so on */

/*
 * The FAILs of ACCOUNT_SHARED that the log of account-used asks for, by its order alone, and no
 * others, stand in eligibility-checked: each with one id and one content, in the participant's
 * partition. Returns how many messages there are; *fails: how many without repetition.
 */
size_t shared_check(struct world *w, size_t *fails);

#endif
