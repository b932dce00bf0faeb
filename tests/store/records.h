#ifndef TESTS_STORE_RECORDS_H
#define TESTS_STORE_RECORDS_H

/* Records of all sizes, and the (always same) chance they are made by. */
#include "policy/record.h"

#define AT 1601500000000 /* some day in 2020 */

uint32_t roll(uint32_t sides); /* 0 to sides - 1 */

/* A participant as most are: one course, rated and reviewed, one wallet, paid so often. */
void make_typical(struct record *record, int instalments);

/* Anything a record can hold; most: everything at its limit. */
void make_any(struct record *record, bool most);

#endif
