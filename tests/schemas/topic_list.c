/*
 * What the programs know of the contract, for asyncapi.py: a JSON line for every topic, with its
 * fields in order and the settings it is created with; then one with what goes on every record.
 */
#include <stdio.h>

#include "base/buf.h"
#include "bus/bus_ram.h"
#include "worker/parcel.h"
#include "worker/topics.h"

#define REPLICATION 3

static void print_topic(enum event_type type, const struct bus_topic_spec *spec)
{
    const struct event_type_row *row = event_row(type);
    struct buf line = { 0 };

    buf_printf(&line, "{\"topic\":\"%s\",\"partitions\":%d,\"replicas\":%d,\"fields\":[",
               spec->name, (int)spec->partitions, (int)spec->replication);
    for (size_t i = 0; i < row->field_count; i++)
        buf_printf(&line, "%s\"%s\"", i ? "," : "", row->fields[i].name);
    buf_text(&line, "],\"config\":{");
    for (size_t i = 0; i < spec->config_count; i++)
        buf_printf(&line, "%s\"%s\":\"%s\"", i ? "," : "", spec->config[i][0], spec->config[i][1]);
    (void)printf("%s}}\n", line.data);
    buf_release(&line);
}

/* A record with everything on it, as it arrives. */
static int print_headers(void)
{
    const struct parcel full = { .topic = "case-opened", .key = "p", .id = "i", .type = "t",
                                 .version = 1, .source = "s", .rerouted_from = "r",
                                 .traceparent = "t", .value = "v", .value_size = 1 };
    const char *const topics[] = { "case-opened" };
    struct bus_ram *ram = bus_ram_new(topics, 1, 1, 1);
    struct bus *bus = bus_ram_open(ram, "g", NULL, 0);
    struct bus_ticket ticket = { 0 };
    struct bus_message message;
    struct bus_headers headers;
    struct err err;

    if (parcel_produce(bus, &full, "s", &ticket, &err) < 0) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    bus_ram_at(ram, 0, 0, 0, &message);
    bus_headers(&message, &headers);
    (void)printf("{\"key_bytes\":%d,\"id_bytes\":%d,\"headers\":[", PARTICIPANT_ID_MAX,
                 PARCEL_ID_MAX);
    for (size_t i = 0; i < headers.count; i++)
        (void)printf("%s\"%s\"", i ? "," : "", headers.at[i].name);
    (void)printf("]}\n");
    bus_close(bus);
    bus_ram_free(ram);
    return 0;
}

int main(void)
{
    struct bus_topic_spec specs[EVENT_COUNT];

    topics_specs(PARTITIONS_STANDARD, REPLICATION, specs);
    for (int t = 0; t < EVENT_COUNT; t++)
        print_topic((enum event_type)t, &specs[t]);
    return print_headers();
}
