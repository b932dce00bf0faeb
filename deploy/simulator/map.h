#ifndef DEPLOY_SIMULATOR_MAP_H
#define DEPLOY_SIMULATOR_MAP_H

/* Text to pointer; keys are copied, values are the owner's. Past SIM_MAP_MAX the process ends. */
#include <stddef.h>

#define SIM_MAP_MAX (1 << 22)

struct sim_map {
    struct sim_map_slot {
        char *key;
        void *value;
    } *slots;
    size_t count, cap;
};

void **sim_map_at(struct sim_map *map, const char *key); /* adds the key with value NULL */
void *sim_map_find(const struct sim_map *map, const char *key);
void sim_map_release(struct sim_map *map, void (*free_value)(void *)); /* free_value may be NULL */

#endif
