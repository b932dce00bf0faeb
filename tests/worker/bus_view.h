#ifndef TESTS_WORKER_BUS_VIEW_H
#define TESTS_WORKER_BUS_VIEW_H

/*
 * A bus as one worker sees it: its own topics first (a shell takes route i for topic i), while the
 * RAM broker has one order for all. Besides, what can go wrong between a process and its broker.
 */
#include "bus/bus_ram.h"

struct bus_view {
    struct bus bus; /* give this one to the shell */
    struct bus *inner;
    int32_t inward[BUS_TOPICS_MAX], outward[BUS_TOPICS_MAX];
    bool deaf; /* hears nothing of the group: a zombie that doesn't know */
    bool mute; /* bus_produce() answers ERR_RETRY: the queue is full */
};

/* order[i]: the broker's index of the view's topic i. Takes `inner` over. */
void bus_view_open(struct bus_view *view, struct bus *inner, const int32_t *order, size_t count);

#endif
