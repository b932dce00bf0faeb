#ifndef TESTS_CLI_FEED_H
#define TESTS_CLI_FEED_H

/* What the live test puts where workers would: see feed.c. */
#include <stdint.h>

#include "base/err.h"

/* Into Redis: a participant's record ("paid": everything met and the first instalment paid;
 * "stuck": it is in a case; "held": its account isn't KYC; "limited": it waits for another month;
 * "half": enrolled and rated only), or a case of that participant. at_ms: when it failed, 0: any
 * time. */
MUST_CHECK int feed_record(const char *redis, const char *kind, const char *participant,
                           int partitions, int64_t at_ms, struct err *err);

#endif
