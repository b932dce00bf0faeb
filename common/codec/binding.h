#ifndef CODEC_BINDING_H
#define CODEC_BINDING_H

/*
 * One writer's schema, bound to the event of ours that has its record name. Internal to codec.
 *
 * Rules of Avro's schema resolution that can occur between flat records: fields and enum symbols by
 * name, int read as long, X read as nullable X; a field the writer lacks must have a default.
 */
#include <avro.h>

#include "codec/layout.h"

#define BINDING_SCHEMA_MAX (64 * 1024)

/* What fields the writer doesn't have: null, or the default that our .avsc gives. */
struct blank {
    void *event;                   /* a struct of the event's type, every such field filled in */
    bool given[LAYOUT_STEPS_MAX];  /* per field of ours: has a default at all */
};

struct binding {
    struct layout layout;
    avro_schema_t schema;
    avro_value_iface_t *iface;
    avro_value_t value; /* reused for every message */
    char *avsc;         /* its text */
};

/* blanks: one per event type. NULL with *err (ERR_REJECT) when the schema can't be read by us. */
struct binding *binding_open(const char *avsc, const struct blank *blanks, struct err *err);
void binding_close(struct binding *binding); /* NULL is allowed */

/* Is this schema, field by field and symbol by symbol, what the table says?  ERR_FATAL. */
MUST_CHECK int binding_is_exact(const struct binding *binding, struct err *err);

/* Copy what Avro-C has read into our struct. ERR_REJECT. */
MUST_CHECK int binding_take(const struct binding *binding, void *event, struct err *err);

/* The way back; the binding must be exact. Our own event: ERR_FATAL. */
MUST_CHECK int binding_give(struct binding *binding, const void *event, struct err *err);

/* The field of that name, or NULL. */
const struct event_field *binding_field(const struct event_type_row *row, const char *name);

#endif
