#ifndef TESTS_SNAP_LIVE_H
#define TESTS_SNAP_LIVE_H

/* One simulator and one room that talks to it, for a whole test program. */
#include "sim_child.h"

#define NO_DEADLINE INT64_MAX

extern struct sim_child live_child;
extern struct sim_child_confs live_confs;
extern struct snap *live_snap;

int live_open(void **state);
int live_close(void **state);

/* A transfer with a reference and an account of its own. */
struct snap_transfer live_fresh(int partner);
struct snap_transfer live_fresh_at(int partner, const char *bank_code); /* a bank account */

/* Start it, step until it is done. */
struct snap_call live_inquire(const struct snap_transfer *t);
struct snap_call live_pay(const struct snap_transfer *t);
struct snap_call live_status(const struct snap_transfer *t);
struct snap_call live_balance(int partner);
/* All that would happen later at the simulator happens now, one step of each. */
void live_settle(void);

/* The call ended so; `what` is shown when it didn't. */
void live_is(const struct snap_call *call, enum snap_class class, const char *reason,
             const char *what);

#endif
