/*
 * eligibility-worker: which account is linked and what the checks say (R4, R8).
 */
#include "worker/worker.h"

static const struct route routes[] = {
    { EVENT_ACCOUNT_LINKED, ROUTE_RECORD, decide_fact },
    { EVENT_ELIGIBILITY_CHECKED, ROUTE_RECORD, decide_fact },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "eligibility-worker",
        .summary = "Takes account-linked and eligibility-checked into the participants' records.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
