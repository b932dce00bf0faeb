#ifndef STORE_BYTES_WALK_H
#define STORE_BYTES_WALK_H

/*
 * One walk over a struct that either writes its fields or reads them: what is written and what is
 * read can't drift apart.  Internal to the room.
 *
 *  - Writing can't fail: there is room for the longest; a value that its field can't hold is a bug
 *    of ours, and asserted.
 *  - Reading never goes past the end, and stops at the first thing that can't be: walk->bad is
 *    set, and from then on every field is left as it was.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct walk {
    bool writing;
    uint8_t *to;             /* writing: the next byte */
    const uint8_t *at, *end; /* reading: the next byte; both: behind the last */
    int64_t last; /* the time before this one: times are near each other */
    uint8_t format;
    bool bad;
};

void walk_byte(struct walk *walk, uint8_t *value, uint8_t most);
void walk_flag(struct walk *walk, bool *value);
void walk_int64(struct walk *walk, int64_t *value);                 /* any */
void walk_int32(struct walk *walk, int32_t *value);                 /* any */
void walk_size(struct walk *walk, uint32_t *value, uint32_t most);
void walk_time(struct walk *walk, int64_t *value);                  /* any; short when near */
void walk_text(struct walk *walk, char *text, size_t cap);          /* cap with the NUL */
void walk_bytes(struct walk *walk, uint8_t *bytes, uint32_t *size, uint32_t most);

/* An enum, from 0 to count - 1. */
#define WALK_ENUM(walk, field, count)                                                              \
    do {                                                                                           \
        uint32_t walk_number_ = (uint32_t)(field);                                                 \
        walk_size((walk), &walk_number_, (uint32_t)(count) - 1);                                   \
        (field) = walk_number_;                                                                    \
    } while (0)

#endif
