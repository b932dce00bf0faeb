#ifndef STORE_STORE_RAM_CALLS_H
#define STORE_STORE_RAM_CALLS_H

/* The inside of the RAM twin: connections, and one call on them with what was asked and what came
 * out.  Internal to the room. */
#include "base/buf.h"
#include "store/store.h"
#include "store/store_ram_data.h"

enum ram_kind { RAM_LOAD, RAM_OWN, RAM_LOOK, RAM_APPLY, RAM_DUE, RAM_IDS, RAM_CLOCK, RAM_STAMP };

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
    size_t count;                 /* of keys or topics; DUE: at most */
    int64_t business_ms, wire_ms; /* OWN: business_ms is now; CLOCK: what to set */
    int64_t cursor;
    char id_kind;
    char stamp[STORE_STAMP_MAX + 1];
    struct store_apply apply;

    struct store_call result; /* copied to *call when it is answered */
    struct buf bytes;         /* of the items */
    struct buf items;         /* struct ram_item */
};

struct ram_item {
    bool is_null;
    size_t at, size; /* in bytes */
};

struct ram_store {
    struct store store;
    struct store_ram *ram;
    struct ram_store *next;
    bool up;
    int64_t generation;
    struct ram_call *first, *last;
    size_t waiting;
    struct ram_call *spare, *made;
};

struct store_ram {
    struct ram_data *data;
    struct ram_store *stores;
    uint64_t random;
    uint32_t lose_permille;
    bool away;
};

/* ---------------------------------------------------------------- store_ram_faults.c */
bool store_ram_chance(struct store_ram *ram, uint32_t permille);
/* The connection breaks: of what waits, Redis may have got the first few calls. */
void ram_break_link(struct ram_store *store);

/* ---------------------------------------------------------------- store_ram_calls.c */
/* Do it: the result, but nothing in *call, is set. */
void ram_execute(struct ram_data *data, struct ram_call *call);

void ram_item_add(struct ram_call *call, const void *bytes, size_t size); /* bytes NULL: none */

/* Keys as Redis has them, and numbers kept as text (`none` when there is none). */
struct ram_group *ram_group_of_kind(struct ram_data *data, char kind, int32_t bucket);
struct ram_group *ram_group_of(struct ram_data *data, const char *name, int32_t bucket,
                               const char *worker);
const struct ram_value *ram_text(struct ram_data *data, const struct ram_group *group,
                                 const char *name);
int64_t ram_number(struct ram_data *data, const struct ram_group *group, const char *name,
                   int64_t none);
void ram_put_number(struct ram_data *data, struct ram_group *group, const char *name,
                    int64_t number);
int64_t ram_watermark(struct ram_data *data, int32_t bucket, const char *worker, const char *topic);
int64_t ram_epoch(struct ram_data *data, int32_t bucket, const char *worker);
void ram_put_chain(struct ram_data *data, int32_t bucket, const char *worker, int64_t epoch,
                   int64_t sequence);
void ram_value_add(struct ram_call *call, const struct ram_value *v);

/* ---------------------------------------------------------------- store_ram_apply.c */
enum store_status ram_apply_do(struct ram_data *data, struct ram_call *call);

#endif
