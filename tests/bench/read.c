/* Whole topics, read back. */
#include "load.h"

#define TAKE_MAX 500

static void take_all(struct load *load, enum event_type type, int32_t partition,
                     void (*take)(struct load *, void *arg, const struct bus_message *), void *arg)
{
    static struct bus_message messages[TAKE_MAX];
    size_t got;

    while ((got = bus_read_take(load->bus, (int32_t)type, partition, messages, TAKE_MAX)) > 0) {
        for (size_t i = 0; i < got; i++)
            take(load, arg, &messages[i]);
        bus_release(load->bus, messages, got);
    }
}

int load_read(struct load *load, const enum event_type *types, size_t count,
              void (*take)(struct load *, void *arg, const struct bus_message *), void *arg,
              struct err *err)
{
    size_t left = count * (size_t)load->partitions;

    for (size_t t = 0; t < count; t++)
        for (int32_t p = 0; p < load->partitions; p++) {
            struct bus_position from = { (int32_t)types[t], p, BUS_BEGINNING };
            if (bus_read_from(load->bus, &from, err) < 0)
                return -1;
        }
    while (left > 0) {
        struct bus_event event;
        if (load_turn(load, true, &event, err) < 0)
            return -1;
        for (size_t t = 0; t < count; t++)
            for (int32_t p = 0; p < load->partitions; p++)
                take_all(load, types[t], p, take, arg);
        if (event.kind == BUS_READ_END)
            left--;
    }
    return 0;
}
