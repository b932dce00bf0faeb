#ifndef TESTS_STORE_DIFF_H
#define TESTS_STORE_DIFF_H

/* The same random operations on two stores must give the same answers. */
#include "store/store.h"

/* Both connected, the bucket empty in both. Fails the running test at the first difference. */
void diff_run(struct store *a, struct store *b, int32_t bucket, uint64_t seed, int operations);

#endif
