/*
 * disbursement-worker: alone moves money, and alone writes states after SCHEDULED (R10-R18;
 * consistency.md "Money side"). Its topics only store and set timers; common/money does the rest.
 */
#include "money/money.h"
#include "worker/worker.h"

static const struct route routes[] = {
    { EVENT_INCENTIVE_SCHEDULED, ROUTE_RECORD, decide_scheduled },
    { EVENT_INCENTIVE_RELEASED, ROUTE_RECORD, decide_released },
    { EVENT_INCENTIVE_CANCELLED, ROUTE_RECORD, decide_cancelled },
    { EVENT_TRANSFER_RETRY, ROUTE_RECORD, decide_retry },
    { EVENT_INCENTIVE_HELD, ROUTE_RECORD, decide_held },
    { EVENT_CASE_OPENED, ROUTE_RECORD, decide_case },
    { EVENT_TRANSFER_RETURNED, ROUTE_RECORD, decide_returned },
    { EVENT_INCENTIVE_REPROCESSED, ROUTE_RECORD, decide_reprocessed },
    { EVENT_DISBURSEMENT_LEDGER, ROUTE_LEDGER, decide_ledger },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "disbursement-worker",
        .summary = "Pays scheduled incentives through banks and e-wallets.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
        .extra = &money_extra,
    });
}
