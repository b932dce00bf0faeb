#ifndef WORKER_ORIGIN_H
#define WORKER_ORIGIN_H

/*
 * Where a consumed event comes from, as its headers say: the trace that an event made because of it
 * continues, and what an event that is only sent on keeps.  Headers come from outside: what is
 * malformed, too long or looks like personal data (R20) isn't there.
 *
 * Headers cost as much as a decision (bus_headers): only for events that lead to another.
 */
#include "worker/parcel.h"

#define ORIGIN_PLACE_SIZE 64

/* The traceparent as it came; else started from ce_id, or without one from the place in the log. */
void origin_trace(const struct bus_message *message, const char *topic, char out[TRACE_SIZE]);

struct origin {
    char place[ORIGIN_PLACE_SIZE]; /* "topic/partition/offset" */
    char id[PARCEL_ID_MAX + 1];    /* ce_id, or "" */
    char source[PARCEL_TEXT_MAX];  /* ce_source, or "" */
    int64_t time_ms;               /* ce_time, or the record's timestamp */
    char traceparent[TRACE_SIZE];  /* origin_trace() */
    bool rerouted;                 /* it was sent on once */
};

/* Everything: for what goes wrong. */
void origin_read(const struct bus_message *message, const char *topic, struct origin *out);

#endif
