/*
 * Faults by seed. Which calls meet one is a function of the seed and of what the call asks, not of
 * when it comes: two runs with one seed do the same harm, whatever the scheduler does between.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "sim.h"

/* How long what happens later by chance takes. */
#define CHANCE_MS_MIN 20
#define CHANCE_MS_SPAN 480

/* splitmix64's last step: every bit of x counts in every bit of the result. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* May the behaviour of this row be met by chance at such a call? */
static bool is_in_mix(const struct sim_chance *chance, size_t row, unsigned when)
{
    const struct sim_behaviour *behaviour = &sim_behaviours[row];
    unsigned by_name = behaviour->chance ? behaviour->chance : behaviour->when;

    if (chance->kinds == 0)
        return behaviour->chance & when;
    return (chance->kinds >> row & 1) && (by_name & when);
}

struct sim_fault sim_chance_fault(struct sim_chance *chance, int partner,
                                  const struct sim_service *service, const char *about)
{
    struct sim_fault fault = { .effect = SIM_GOOD, .word = "", .field = "" };
    unsigned when = sim_when(service);
    size_t rows[64], count = 0;
    char key[SIM_REFERENCE_MAX + 16];

    if (chance->permille == 0 || !about)
        return fault;
    (void)snprintf(key, sizeof key, "%d/%d/%.64s", partner, service->code, about);
    void **calls = sim_map_at(&chance->calls, key);
    *calls = (void *)((uintptr_t)*calls + 1);
    uint64_t roll = mix(mix(hash_fnv1a(key, strlen(key)) ^ chance->seed) + (uintptr_t)*calls);

    if ((int64_t)(roll % 1000) >= chance->permille)
        return fault;
    for (size_t i = 0; i < sim_behaviour_count; i++)
        if (is_in_mix(chance, i, when))
            rows[count++] = i;
    if (count == 0)
        return fault;
    const struct sim_behaviour *behaviour = &sim_behaviours[rows[mix(roll) % count]];
    if (behaviour->effect == SIM_FORGET && sim_partners[partner].asymmetric)
        return fault; /* it has none to forget */
    sim_behaviour_fault(behaviour, service, &fault);
    if (sim_is_timed(fault.effect))
        fault.param = CHANCE_MS_MIN + (int64_t)(mix(~roll) % CHANCE_MS_SPAN);
    return fault;
}

bool sim_chance_kinds(struct sim_chance *chance, const char *list)
{
    chance->kinds = 0;
    for (;;) {
        size_t size = strcspn(list, ",");
        const struct sim_behaviour *behaviour = sim_behaviour_named(list, size);
        if (!behaviour || behaviour->effect == SIM_CODE || behaviour->effect == SIM_GOOD)
            return false;
        chance->kinds |= UINT64_C(1) << (behaviour - sim_behaviours);
        if (list[size] == '\0')
            return true;
        list += size + 1;
    }
}
