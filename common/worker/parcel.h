#ifndef WORKER_PARCEL_H
#define WORKER_PARCEL_H

/*
 * A parcel: one event ready for Kafka, as it lies in the outbox. Its bytes are written with the
 * change that caused it and produced as they are, so that whatever is sent again is the same (I4).
 *
 * Format 2: one byte version, then partition, version and time as zigzag varints, then the texts
 * and the value with their lengths in front.  Format 1, without source, may still lie in an outbox.
 */
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "bus/bus.h"
#include "worker/trace.h"

#define PARCEL_TEXT_MAX 256
#define PARCEL_ID_MAX 40

struct parcel {
    char topic[64];
    int32_t partition;
    char key[PARCEL_TEXT_MAX]; /* "" : no key */
    char id[PARCEL_ID_MAX + 1]; /* ce_id */
    char type[64];              /* ce_type */
    int64_t version;            /* of the record it tells about, 0: none */
    int64_t time_ms;            /* ce_time */
    char source[PARCEL_TEXT_MAX]; /* ce_source of an event that is sent on, "": the sender's */
    char rerouted_from[64];     /* "topic/partition/offset" or "" */
    char traceparent[TRACE_SIZE]; /* or "" */
    const void *value;          /* inside the bytes it was unpacked from */
    size_t value_size;
};

void parcel_pack(const struct parcel *parcel, struct buf *out);

/* ERR_FATAL: our own outbox can't be read. parcel->value points into bytes. */
MUST_CHECK int parcel_unpack(const void *bytes, size_t size, struct parcel *parcel,
                             struct err *err);

/* Produce it with the CloudEvents headers; source is ce_source where the parcel names none. */
MUST_CHECK int parcel_produce(struct bus *bus, const struct parcel *parcel, const char *source,
                              struct bus_ticket *ticket, struct err *err);

#endif
