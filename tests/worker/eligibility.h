#ifndef TESTS_WORKER_ELIGIBILITY_H
#define TESTS_WORKER_ELIGIBILITY_H

/* eligibility-worker as its program is, with the account route that fact_workers leaves out. */
#include "worker/worker.h"

const struct worker_spec *eligibility_worker(void);

#endif
