#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "map.h"

static struct sim_map_slot *slot(const struct sim_map *map, const char *key)
{
    size_t i = (size_t)hash_fnv1a(key, strlen(key)) & (map->cap - 1);

    while (map->slots[i].key && strcmp(map->slots[i].key, key) != 0)
        i = (i + 1) & (map->cap - 1);
    return &map->slots[i];
}

static void grow(struct sim_map *map)
{
    struct sim_map old = *map;

    map->cap = old.cap ? old.cap * 2 : 1024;
    map->slots = calloc(map->cap, sizeof *map->slots);
    if (!map->slots || map->count > SIM_MAP_MAX) {
        (void)fprintf(stderr, "snap-simulator: more than %d references or ids\n", SIM_MAP_MAX);
        abort();
    }
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            *slot(map, old.slots[i].key) = old.slots[i];
    free(old.slots);
}

void **sim_map_at(struct sim_map *map, const char *key)
{
    if (map->count * 2 >= map->cap)
        grow(map);
    struct sim_map_slot *at = slot(map, key);
    if (!at->key) {
        at->key = strdup(key);
        if (!at->key)
            abort(); /* as base/buf.h */
        map->count++;
    }
    return &at->value;
}

void *sim_map_find(const struct sim_map *map, const char *key)
{
    return map->cap ? slot(map, key)->value : NULL;
}

void sim_map_release(struct sim_map *map, void (*free_value)(void *))
{
    for (size_t i = 0; i < map->cap; i++) {
        if (map->slots[i].value && free_value)
            free_value(map->slots[i].value);
        free(map->slots[i].key);
    }
    free(map->slots);
    *map = (struct sim_map){ 0 };
}
