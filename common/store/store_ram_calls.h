#ifndef STORE_STORE_RAM_CALLS_H
#define STORE_STORE_RAM_CALLS_H

/* One call on the RAM twin: what was asked, and what came out. Internal to the room. */
#include "base/buf.h"
#include "store/store.h"
#include "store/store_ram_data.h"

enum ram_kind { RAM_LOAD, RAM_OWN, RAM_LOOK, RAM_APPLY, RAM_DUE, RAM_IDS, RAM_CLOCK };

struct ram_call {
    struct ram_store *owner;
    struct store_call *call;
    struct ram_call *next; /* in the queue, or among the free ones */
    struct ram_call *made; /* all there are, for close */
    enum ram_kind kind;
    struct err refused; /* kind ERR_NONE: it isn't */

    int32_t bucket;
    const char *worker;
    const struct store_key *keys;
    const char *const *topics;
    size_t count; /* of keys or topics; DUE: at most */
    int64_t business_ms, wire_ms; /* OWN: business_ms is now; CLOCK: what to set */
    int64_t cursor;
    char id_kind;
    struct store_apply apply;

    struct store_call result; /* copied to *call when it is answered */
    struct buf bytes;         /* of the items */
    struct buf items;         /* struct ram_item */
};

struct ram_item {
    bool is_null;
    size_t at, size; /* in bytes */
};

/* Do it: the result, but nothing in *call, is set. */
void ram_execute(struct ram_data *data, struct ram_call *call);

void ram_item_add(struct ram_call *call, const void *bytes, size_t size); /* bytes NULL: none */

#endif
