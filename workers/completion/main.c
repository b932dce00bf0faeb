/*
 * completion-worker: which training was completed with a certificate (R6, R7; D1 in
 * docs/decisions.md).
 */
#include "worker/worker.h"

static const struct route routes[] = {
    { EVENT_TRAINING_COMPLETED, ROUTE_RECORD, decide_fact },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "completion-worker",
        .summary = "Takes training-completed into the participants' records.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
