#include "store/store_ram_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "store/store_ram.h"

#define SLOTS_FIRST 1024 /* a power of two; doubled as the table fills */
#define GROUP_SLOTS 1024

/* What a name was before a write changed it. */
struct undo {
    struct undo *next;
    struct ram_group *group;
    bool had;
    char *name;
    size_t name_size;
    void *bytes;
    size_t size;
};

struct ram_data {
    struct ram_value **slots;
    size_t slot_count, value_count;
    struct ram_group *groups[GROUP_SLOTS];
    struct undo *log[STORE_RAM_LOG_MAX]; /* a ring of writes, each newest change first */
    size_t log_next, log_count;
};

static void *copied(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);

    if (!copy)
        abort(); /* as base/buf.h */
    if (size > 0)
        memcpy(copy, bytes, size);
    return copy;
}

static void *zeroed(size_t count, size_t size)
{
    void *room = calloc(count, size);

    if (!room)
        abort();
    return room;
}

struct ram_data *ram_data_new(void)
{
    struct ram_data *data = zeroed(1, sizeof *data);

    data->slot_count = SLOTS_FIRST;
    data->slots = zeroed(data->slot_count, sizeof *data->slots);
    return data;
}

/* ------------------------------------------------------------------ the table */

struct ram_group *ram_group(struct ram_data *data, const char *name)
{
    size_t size = strlen(name);
    struct ram_group **slot = &data->groups[hash_fnv1a(name, size) % GROUP_SLOTS];

    for (struct ram_group *g = *slot; g; g = g->next)
        if (strcmp(g->name, name) == 0)
            return g;
    struct ram_group *made = zeroed(1, sizeof *made);
    made->name = copied(name, size + 1);
    made->next = *slot;
    *slot = made;
    return made;
}

static uint64_t hash_of(const struct ram_group *group, const void *name, size_t name_size)
{
    return hash_fnv1a(name, name_size) ^ ((uint64_t)(uintptr_t)group * 0x9e3779b97f4a7c15u);
}

static struct ram_value *find(struct ram_data *data, const struct ram_group *group,
                              const void *name, size_t name_size)
{
    uint64_t hash = hash_of(group, name, name_size);
    struct ram_value *v = data->slots[hash & (data->slot_count - 1)];

    while (v && !(v->hash == hash && v->group == group && v->name_size == name_size &&
                  memcmp(v->name, name, name_size) == 0))
        v = v->next_in_slot;
    return v;
}

const struct ram_value *ram_get(struct ram_data *data, const struct ram_group *group,
                                const void *name, size_t name_size)
{
    return find(data, group, name, name_size);
}

static void grow(struct ram_data *data)
{
    size_t count = data->slot_count * 2;
    struct ram_value **slots = zeroed(count, sizeof *slots);

    for (size_t i = 0; i < data->slot_count; i++)
        for (struct ram_value *v = data->slots[i], *next; v; v = next) {
            next = v->next_in_slot;
            v->next_in_slot = slots[v->hash & (count - 1)];
            slots[v->hash & (count - 1)] = v;
        }
    free(data->slots);
    data->slots = slots;
    data->slot_count = count;
}

static struct ram_value *add(struct ram_data *data, struct ram_group *group, const void *name,
                             size_t name_size)
{
    if (data->value_count >= data->slot_count)
        grow(data);
    struct ram_value *v = zeroed(1, sizeof *v);
    v->group = group;
    v->name = copied(name, name_size);
    v->name_size = name_size;
    v->hash = hash_of(group, name, name_size);
    v->next_in_slot = data->slots[v->hash & (data->slot_count - 1)];
    data->slots[v->hash & (data->slot_count - 1)] = v;
    v->previous = group->last;
    if (group->last)
        group->last->next = v;
    else
        group->first = v;
    group->last = v;
    group->count++;
    data->value_count++;
    return v;
}

static void take_out(struct ram_data *data, struct ram_value *v)
{
    struct ram_group *group = v->group;
    struct ram_value **at = &data->slots[v->hash & (data->slot_count - 1)];

    while (*at != v)
        at = &(*at)->next_in_slot;
    *at = v->next_in_slot;
    if (v->previous)
        v->previous->next = v->next;
    else
        group->first = v->next;
    if (v->next)
        v->next->previous = v->previous;
    else
        group->last = v->previous;
    group->count--;
    data->value_count--;
    free(v->name);
    free(v->bytes);
    free(v);
}

/* ------------------------------------------------------------------ writes and their undoing */

static void forget_write(struct undo **write)
{
    for (struct undo *u = *write, *next; u; u = next) {
        next = u->next;
        free(u->name);
        free(u->bytes);
        free(u);
    }
    *write = NULL;
}

void ram_begin(struct ram_data *data)
{
    forget_write(&data->log[data->log_next]);
    data->log_next = (data->log_next + 1) % STORE_RAM_LOG_MAX;
    if (data->log_count < STORE_RAM_LOG_MAX)
        data->log_count++;
}

/* Remember what the name is now; the old bytes go over to the log. */
static void remember(struct ram_data *data, struct ram_group *group, const void *name,
                     size_t name_size, struct ram_value *old)
{
    struct undo **write =
        &data->log[(data->log_next + STORE_RAM_LOG_MAX - 1) % STORE_RAM_LOG_MAX];
    struct undo *u = zeroed(1, sizeof *u);

    assert(data->log_count > 0);
    u->group = group;
    u->name = copied(name, name_size);
    u->name_size = name_size;
    if (old) {
        u->had = true;
        u->bytes = old->bytes;
        u->size = old->size;
        old->bytes = NULL;
    }
    u->next = *write;
    *write = u;
}

void ram_put(struct ram_data *data, struct ram_group *group, const void *name, size_t name_size,
             const void *bytes, size_t size)
{
    struct ram_value *v = find(data, group, name, name_size);

    assert(name_size <= RAM_NAME_MAX);
    remember(data, group, name, name_size, v);
    if (!v)
        v = add(data, group, name, name_size);
    v->bytes = copied(bytes, size);
    v->size = size;
}

void ram_drop(struct ram_data *data, struct ram_group *group, const void *name, size_t name_size)
{
    struct ram_value *v = find(data, group, name, name_size);

    if (!v)
        return;
    remember(data, group, name, name_size, v);
    take_out(data, v);
}

void ram_drop_groups(struct ram_data *data, const char *text, bool begins)
{
    for (size_t i = 0; i < GROUP_SLOTS; i++)
        for (struct ram_group *g = data->groups[i]; g; g = g->next) {
            const char *at = strstr(g->name, text);
            while ((begins ? at == g->name : at != NULL) && g->first) {
                remember(data, g, g->first->name, g->first->name_size, g->first);
                take_out(data, g->first);
            }
        }
}

void ram_append(struct ram_data *data, struct ram_group *group, const void *bytes, size_t size)
{
    uint64_t number = group->made++;
    uint8_t name[8];

    for (int i = 0; i < 8; i++)
        name[i] = (uint8_t)(number >> (56 - 8 * i));
    ram_put(data, group, name, sizeof name, bytes, size);
}

size_t ram_rollback(struct ram_data *data, size_t n)
{
    size_t done = 0;

    for (; done < n && data->log_count > 0; done++) {
        data->log_next = (data->log_next + STORE_RAM_LOG_MAX - 1) % STORE_RAM_LOG_MAX;
        data->log_count--;
        struct undo **write = &data->log[data->log_next];
        for (struct undo *u = *write; u; u = u->next) {
            struct ram_value *v = find(data, u->group, u->name, u->name_size);
            if (!u->had) {
                if (v)
                    take_out(data, v);
                continue;
            }
            if (!v)
                v = add(data, u->group, u->name, u->name_size);
            free(v->bytes);
            v->bytes = u->bytes;
            v->size = u->size;
            u->bytes = NULL;
        }
        forget_write(write);
    }
    return done;
}

void ram_wipe(struct ram_data *data)
{
    for (size_t i = 0; i < STORE_RAM_LOG_MAX; i++)
        forget_write(&data->log[i]);
    data->log_next = 0;
    data->log_count = 0;
    for (size_t i = 0; i < GROUP_SLOTS; i++)
        for (struct ram_group *g = data->groups[i]; g; g = g->next)
            while (g->first)
                take_out(data, g->first);
}

void ram_data_free(struct ram_data *data)
{
    ram_wipe(data);
    for (size_t i = 0; i < GROUP_SLOTS; i++)
        for (struct ram_group *g = data->groups[i], *next; g; g = next) {
            next = g->next;
            free(g->name);
            free(g);
        }
    free(data->slots);
    free(data);
}

/* ------------------------------------------------------------------ in order */

static int by_name(const void *a, const void *b)
{
    const struct ram_value *x = *(struct ram_value *const *)a;
    const struct ram_value *y = *(struct ram_value *const *)b;
    size_t shared = x->name_size < y->name_size ? x->name_size : y->name_size;
    int order = memcmp(x->name, y->name, shared);

    return order ? order : (x->name_size > y->name_size) - (x->name_size < y->name_size);
}

size_t ram_sorted(const struct ram_group *group, struct buf *out)
{
    buf_reset(out);
    for (struct ram_value *v = group->first; v; v = v->next)
        buf_add(out, &v, sizeof v);
    if (group->count > 1)
        qsort(out->data, group->count, sizeof(struct ram_value *), by_name);
    return group->count;
}
