#include "worker/origin.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "policy/mask.h"

#define TIME_TEXT_SIZE 64

static const struct bus_header *find(const struct bus_headers *headers, const char *name)
{
    const struct bus_header *found = NULL;

    for (size_t i = 0; i < headers->count; i++)
        if (strcmp(headers->at[i].name, name) == 0)
            found = &headers->at[i];
    return found;
}

/* to is "" when there is no such header, or none that can be kept. */
static void take_text(const struct bus_headers *headers, const char *name, char *to, size_t cap)
{
    const struct bus_header *h = find(headers, name);

    to[0] = '\0';
    if (!h || h->size == 0 || h->size >= cap || !str_is_utf8(h->value, h->size))
        return;
    memcpy(to, h->value, h->size);
    to[h->size] = '\0';
}

static void place_of(const struct bus_message *m, const char *topic, char out[ORIGIN_PLACE_SIZE])
{
    (void)snprintf(out, ORIGIN_PLACE_SIZE, "%.30s/%" PRId32 "/%" PRId64, topic, m->partition,
                   m->offset);
}

static void trace_of(const struct bus_message *m, const struct bus_headers *headers,
                     const char *topic, char out[TRACE_SIZE])
{
    const struct bus_header *h = find(headers, "traceparent");
    char id[ORIGIN_PLACE_SIZE];

    if (h && trace_take(h->value, h->size, out))
        return;
    take_text(headers, "ce_id", id, PARCEL_ID_MAX + 1);
    if (!id[0])
        place_of(m, topic, id);
    trace_start(topic, id, out);
}

void origin_trace(const struct bus_message *m, const char *topic, char out[TRACE_SIZE])
{
    struct bus_headers headers;

    bus_headers(m, &headers);
    trace_of(m, &headers, topic, out);
}

void origin_read(const struct bus_message *m, const char *topic, struct origin *o)
{
    struct bus_headers headers;
    char time[TIME_TEXT_SIZE];

    bus_headers(m, &headers);
    place_of(m, topic, o->place);
    take_text(&headers, "ce_id", o->id, sizeof o->id);
    take_text(&headers, "ce_source", o->source, sizeof o->source);
    if (mask_text(o->source, strlen(o->source)))
        o->source[0] = '\0';
    take_text(&headers, "ce_time", time, sizeof time);
    if (!str_to_time(time, &o->time_ms))
        o->time_ms = m->timestamp_ms;
    trace_of(m, &headers, topic, o->traceparent);
    o->rerouted = find(&headers, "x-rerouted-from") != NULL;
}
