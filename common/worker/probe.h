#ifndef WORKER_PROBE_H
#define WORKER_PROBE_H

/*
 * /livez: the loop turns. /readyz: Kafka and Redis can be used and every bucket given to us runs.
 * /metrics: Prometheus. Liveness never depends on Kafka or Redis: killing us doesn't help them.
 */
#include "http/http.h"
#include "worker/shell.h"

/* Would probe_open() take this address? ERR_FATAL names the variable. */
MUST_CHECK int probe_check(const char *address, struct err *err);

/* address "off": no server, *http is NULL. */
MUST_CHECK int probe_open(const char *address, struct shell **shell, struct http **http,
                          struct err *err);

#endif
