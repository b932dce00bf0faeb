#ifndef MONEY_MONEY_H
#define MONEY_MONEY_H

/*
 * The money side of consistency.md: an extension of the shell, used by disbursement-worker alone.
 *
 *   due timer -> look -> inquire -> claim -> intent (acknowledged) -> confirm -> send -> finish
 *                                                                        '-> unknown -> resolve
 *
 * Consuming only stores and sets timers (decide_*); each due payment is an operation (op.h) with a
 * state of its own, so that a payment in trouble never blocks another.  Before anything is sent the
 * ledger of the bucket is read to its end and every fact topic must be applied up to the end seen
 * then (restore).
 */
#include "worker/worker.h"

extern const struct worker_extra money_extra;

/* Routes of disbursement-worker. */
decide_fn decide_ledger;    /* disbursement-ledger, while restoring */
decide_fn decide_scheduled; /* incentive-scheduled: a timer for its due day */
decide_fn decide_released;  /* incentive-released: looked at again now */
decide_fn decide_cancelled; /* incentive-cancelled, REQUESTED: looked at again now */
decide_fn decide_retry;     /* transfer-retry: a verdict */
decide_fn decide_held;      /* incentive-held: a verdict */
decide_fn decide_case;      /* case-opened: a verdict, unless a hold goes with it */
decide_fn decide_returned;  /* transfer-returned: not paid after all (R17) */
decide_fn decide_reprocessed; /* incentive-reprocessed: put back by a person (R14) */

#endif
