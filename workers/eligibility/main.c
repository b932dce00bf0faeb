/*
 * eligibility-worker: which account is linked, what the checks say (R4, R8), and who else uses an
 * account.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/str.h"
#include "seal/seal.h"
#include "worker/ids.h"
#include "worker/worker.h"

/* To one of an account's users: there are too many of them. A person decides (R16). The version is
 * the set's own: whoever agreed to it agreed to no later one. */
static void shared(struct decision *d, const char *participant)
{
    struct eligibility_checked e = {
        .check = CHECK_ACCOUNT_SHARED, .outcome = OUTCOME_FAIL, .reason = REASON_ACCOUNT_SHARED,
        .checked_at_ms = d->users->said_ms, .source_version = d->users->said_ms,
    };
    char id[ID_SIZE], at[24];

    str_copy(e.participant_id, sizeof e.participant_id, participant);
    str_copy(e.account_ref, sizeof e.account_ref, d->participant);
    (void)snprintf(at, sizeof at, "%" PRId64, e.source_version);
    SEAL_ID(id, decision_environment(d), "account-shared", participant, e.account_ref, at);
    decision_emit(d, EVENT_ELIGIBILITY_CHECKED, &e, id);
}

/* Each new user is told of to all: what a person has agreed to for two isn't agreed for three. */
static const char *decide_used(struct decision *d, const void *event)
{
    const struct account_used *e = event;

    switch (users_add(d->users, e->participant_id, e->scheme, d->now_ms)) {
    case USERS_KNOWN: break;
    case USERS_ADDED:
        for (uint8_t i = 0; i < d->users->count; i++)
            if (users_exceed(d->users->count, d->users->at[i].scheme))
                shared(d, d->users->at[i].participant);
        break;
    case USERS_FULL: shared(d, e->participant_id); break;
    }
    return NULL;
}

static const struct route routes[] = {
    { EVENT_ACCOUNT_LINKED, ROUTE_RECORD, decide_fact },
    { EVENT_ELIGIBILITY_CHECKED, ROUTE_RECORD, decide_fact },
    { EVENT_ACCOUNT_USED, ROUTE_ACCOUNT, decide_used },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "eligibility-worker",
        .summary = "Takes account-linked and eligibility-checked into the participants' records,\n"
                   "and fails ACCOUNT_SHARED where an account has too many users.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
