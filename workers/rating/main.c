/*
 * rating-worker: who rated and reviewed (R7, R9; docs/decisions.md D2).
 */
#include "worker/worker.h"

static const struct route routes[] = {
    { EVENT_RATING_SUBMITTED, ROUTE_RECORD, decide_fact },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "rating-worker",
        .summary = "Takes rating-submitted into the participants' records.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
