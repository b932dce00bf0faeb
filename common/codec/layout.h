#ifndef CODEC_LAYOUT_H
#define CODEC_LAYOUT_H

/*
 * What one writer's schema promises about the bytes, flattened into steps, and the walk that holds
 * the bytes to it before Avro-C sees them (consistency.md "Hostile input"). Internal to codec.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "events/events.h"

#define LAYOUT_STEPS_MAX 64
#define LAYOUT_BRANCHES_MAX 8

enum wire {
    WIRE_NULL,
    WIRE_BOOL,
    WIRE_INT,
    WIRE_LONG,
    WIRE_FLOAT,
    WIRE_DOUBLE,
    WIRE_STRING,
    WIRE_BYTES,
    WIRE_FIXED,
    WIRE_ENUM,
};

/* One thing that can stand in a field. */
struct branch {
    enum wire wire;
    bool nonzero;           /* numbers: 0 would be read as null */
    uint32_t least, most;   /* string, bytes: length; fixed: its size (most) */
    int32_t symbol_count;   /* enum: the writer's */
    int32_t *symbols;       /* enum in a field of ours: the writer's index -> ours, -1: not ours */
};

/* One field, in the writer's order. */
struct step {
    const char *name;
    const struct event_field *field; /* ours; NULL: the bytes are stepped over */
    bool is_union;
    uint8_t branch_count; /* 1 unless it is a union */
    struct branch branches[LAYOUT_BRANCHES_MAX];
};

struct layout {
    const struct event_type_row *row;
    size_t step_count;
    struct step steps[LAYOUT_STEPS_MAX];
};

/*
 * Are bytes[from..size) exactly one datum of this layout?  ERR_REJECT names event, field and byte
 * position, never a value.
 */
MUST_CHECK int layout_walk(const struct layout *layout, const uint8_t *bytes, size_t from,
                           size_t size, struct err *err);

/* str_is_utf8(), fast where text is ASCII. */
bool layout_is_text(const void *bytes, size_t size);

#endif
