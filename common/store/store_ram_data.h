#ifndef STORE_STORE_RAM_DATA_H
#define STORE_STORE_RAM_DATA_H

/*
 * The memory of the RAM twin: named values in groups, and a log that takes writes back.
 * Internal to the room.
 *
 * A group is what Redis would call a hash, a list or a set ("wm:{5}", "ob:{5}:rating"), or all keys
 * of a kind in one bucket ("p:{5}"); everything in it has a name and bytes, nothing else, so that
 * one kind of undo is enough.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

#define RAM_NAME_MAX 160

struct ram_group;

struct ram_value {
    struct ram_group *group;
    struct ram_value *next_in_slot;
    struct ram_value *previous, *next; /* in the group */
    uint64_t hash;
    char *name; /* bytes; may hold NUL */
    size_t name_size;
    void *bytes;
    size_t size;
};

struct ram_group {
    char *name;
    struct ram_group *next; /* in the slot of groups */
    struct ram_value *first, *last;
    size_t count;
    uint64_t made; /* names given out by ram_append() */
};

struct ram_data;

struct ram_data *ram_data_new(void);
void ram_data_free(struct ram_data *data);

/* The group of that name, made when missing. */
struct ram_group *ram_group(struct ram_data *data, const char *name);

const struct ram_value *ram_get(struct ram_data *data, const struct ram_group *group,
                                const void *name, size_t name_size);

/* What follows, up to the next ram_begin(), is one write, rolled back as a whole. */
void ram_begin(struct ram_data *data);
void ram_put(struct ram_data *data, struct ram_group *group, const void *name, size_t name_size,
             const void *bytes, size_t size);
void ram_drop(struct ram_data *data, struct ram_group *group, const void *name, size_t name_size);
/* All values of the groups whose name has that text in it, or begins with it. */
void ram_drop_groups(struct ram_data *data, const char *text, bool begins);
/* Put under a name that sorts after all before it. */
void ram_append(struct ram_data *data, struct ram_group *group, const void *bytes, size_t size);

/* All values of a group by name, as pointers in out (struct ram_value *). Returns how many. */
size_t ram_sorted(const struct ram_group *group, struct buf *out);

/* Take the last n writes back; fewer when the log has fewer. Returns how many. */
size_t ram_rollback(struct ram_data *data, size_t n);
void ram_wipe(struct ram_data *data);

#endif
