#ifndef TESTS_CALLBACK_COUNTER_H
#define TESTS_CALLBACK_COUNTER_H

/* A desk with its door on a free port, on RAM twins that hold one payment of PST-1 (letter.h), and
 * the partner in front of it. */
#include <callback/desk.h>

#include "bus/bus_ram.h"
#include "store/store_ram.h"

#define BUCKETS 12

struct world {
    struct bus_ram *kafka;
    struct store_ram *redis;
    struct bus *bus;
    struct store *store, *other;
    struct codec *codec;
    struct keys keys;
    struct snap_key *secret;
    struct desk *desk;
    struct http *http;
    struct buf body, reply;
};

int open_world(void **state);
int close_world(void **state);
int32_t home(void); /* PST-1's bucket */

int dial(const struct http *http);
void turn(struct world *w);

/* All that comes back until the connection ends is in w->reply; the request is sent as the server
 * takes it. */
void talk(struct world *w, const char *request, size_t size);

/* One signed notification; `at_ms` is its X-TIMESTAMP. */
void notify(struct world *w, const char *path, const char *reference, const char *status,
            int64_t at_ms);
void assert_reply(const struct world *w, const char *status, const char *body);
size_t produced(const struct world *w);

#endif
