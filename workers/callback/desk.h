#ifndef WORKERS_CALLBACK_DESK_H
#define WORKERS_CALLBACK_DESK_H

/*
 * Where notifications are worked on: the payment is looked up in every bucket of Redis, a return
 * becomes a transfer-returned event, and the partner hears 200 only when Kafka has it. What can't
 * be done now is 500: the partner tells it again, and the same id makes it the same event.
 */
#include <stdbool.h>

#include "bus/bus.h"
#include "codec/codec.h"
#include "http/http.h"
#include "keys.h"
#include "store/store.h"

#define DESK_WAIT_MS 2000 /* for Redis and Kafka, within HTTP_CALL_MS */
#define DESK_WORKS_MAX 128

struct desk_conf { /* all of it stays the caller's and outlives the desk */
    const char *environment;
    const struct keys *keys;
    struct bus *bus; /* whose topic 0 is transfer-returned */
    struct store *store;
    struct codec *codec;
};

struct desk;
struct desk *desk_new(const struct desk_conf *conf);

/* After bus_close(): reports come until then. NULL is allowed. */
void desk_free(struct desk *desk);

void desk_take(void *desk, struct http_call *call); /* for http_take() */

/* One turn: events of bus and store, and what they allow. Never waits. */
void desk_step(struct desk *desk);

void desk_stop(struct desk *desk);             /* every new call is 500 from now on */
bool desk_idle(const struct desk *desk);       /* nobody waits for an answer */
bool desk_ready(const struct desk *desk);      /* Kafka and Redis can be used, not stopping */
bool desk_failed(const struct desk *desk, struct err *err); /* Kafka refuses us for good */

#endif
