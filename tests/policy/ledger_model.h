#ifndef TESTS_POLICY_LEDGER_MODEL_H
#define TESTS_POLICY_LEDGER_MODEL_H

/*
 * One instalment as the design's executable model has it: its book(), claim(), confirm(), finish()
 * and verdict, written a second time, independently of common/policy/money.c, small enough to be
 * compared with the model by eye.  Nonces are bits, accounts numbers (0: two bodies, nobody knows).
 */
#include <stdbool.h>

#include "policy/instalment.h"

struct model {
    enum inst_state st;
    int att;
    int acc;
    unsigned open;
    bool cov_given; /* the model's cov is not None */
    unsigned cov;
    int ret; /* the last attempt that came back */
    bool hold[3]; /* hold[a]: a failure closed account a for good */
};

enum { MODEL_ACCOUNTS = 2 }; /* 1 and 2; money goes to 1 until that is closed, then to 2 */

void model_book(struct model *m, int entry, int att, int acc, unsigned why, bool closes);
bool model_claim(struct model *m, unsigned nonce);
bool model_resend(struct model *m, unsigned nonce);
/* Returns the nonces covered when it is given up, 0 when it is sent or was not there to confirm. */
unsigned model_confirm(struct model *m, enum inst_state from, bool fresh);
void model_finish(struct model *m, bool succeeded, bool closes);
void model_verdict(struct model *m, int att, bool a_case);
int model_current(const struct model *m);

#endif
