#ifndef TESTS_CLI_FEED_H
#define TESTS_CLI_FEED_H

/* What the live test puts where workers would: see feed.c. */
#include "base/err.h"

/* Into Redis: a participant's record ("paid": everything met and the first instalment paid;
 * "stuck": it is in a case; "half": enrolled and rated only), or a case of that participant. */
MUST_CHECK int feed_record(const char *redis, const char *kind, const char *participant,
                           int partitions, struct err *err);

#endif
