#ifndef WORKER_PROBE_H
#define WORKER_PROBE_H

/*
 * /livez: the loop turns. /readyz: Kafka and Redis can be used, and whatever else the program needs
 * to be of use. /metrics: Prometheus. Liveness never depends on Kafka or Redis: killing us doesn't
 * help them.
 */
#include "http/http.h"

/* Who says whether the program is ready: asked in http_step(), at each /readyz. */
struct probe {
    bool (*ready)(void *context);
    void *context;
};

/* Would probe_open() take this address? ERR_FATAL names the variable. */
MUST_CHECK int probe_check(const char *address, struct err *err);

/* address "off": no server, *http is NULL. *probe is the caller's and outlives *http. */
MUST_CHECK int probe_open(const char *address, struct probe *probe, struct http **http,
                          struct err *err);

#endif
