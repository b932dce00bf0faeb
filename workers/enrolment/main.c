/*
 * enrolment-worker: who takes part (R1, R7 "enrolled").
 */
#include "worker/worker.h"

static const struct route routes[] = {
    { EVENT_PARTICIPANT_ENROLLED, ROUTE_RECORD, decide_fact },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "enrolment-worker",
        .summary = "Takes participant-enrolled into the participants' records.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
