#ifndef TESTS_WORKER_MODEL_H
#define TESTS_WORKER_MODEL_H

/*
 * What must be there in the end: the facts of each topic's log, in its order, straight into records
 * by fact_apply(), without any shell.
 */
#include "people.h"

/*
 * Every record of person(0) … person(people - 1) equals the model's but for its version;
 * incentive-scheduled has each id that the model has, with the model's bytes, at least once, and no
 * other (of somebody deactivated it may, since that may have come first); so with the request to
 * cancel. account-used has one id for each account that somebody enrolled has linked, and no other.
 * Each in the partition of its key. Nobody told the same id with other bytes (I4).
 */
void model_check(struct world *w, int people);

#endif
