#include "codec/layout.h"

#include <string.h>

#include "base/str.h"

struct span {
    const uint8_t *at;
    const uint8_t *end;
};

static const char cut_short[] = "the bytes end";

static bool take_long(struct span *in, int64_t *value)
{
    uint64_t bits = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->at == in->end)
            return false;
        uint8_t byte = *in->at++;
        if (shift == 63 && byte > 1)
            return false;
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            return true;
        }
    }
    return false;
}

/* Eight bytes at a time while they are ASCII without NUL: nearly all text here is. */
bool layout_is_text(const void *bytes, size_t size)
{
    const uint64_t high = UINT64_C(0x8080808080808080), low = UINT64_C(0x0101010101010101);
    const uint8_t *at = bytes;

    for (; size >= 8; at += 8, size -= 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        if ((word | (word - low)) & high)
            break;
    }
    while (size > 0 && *at > 0 && *at < 0x80) {
        at++;
        size--;
    }
    return size == 0 || str_is_utf8(at, size);
}

static const char *walk_run(struct span *in, const struct branch *b, bool ours)
{
    int64_t size;

    if (!take_long(in, &size))
        return cut_short;
    if (size < 0 || size > (int64_t)b->most)
        return "too long";
    if (size < (int64_t)b->least)
        return "empty";
    if (size > in->end - in->at)
        return cut_short;
    if (ours && b->wire == WIRE_STRING && !layout_is_text(in->at, (size_t)size))
        return "not UTF-8 text without NUL";
    in->at += size;
    return NULL;
}

static const char *walk_number(struct span *in, const struct branch *b)
{
    int64_t number;

    if (!take_long(in, &number))
        return cut_short;
    if (b->wire == WIRE_INT && (number < INT32_MIN || number > INT32_MAX))
        return "not an int of 32 bits";
    if (b->nonzero && number == 0)
        return "0 where null is meant";
    return NULL;
}

static const char *walk_enum(struct span *in, const struct branch *b)
{
    int64_t index;

    if (!take_long(in, &index))
        return cut_short;
    if (index < 0 || index >= b->symbol_count)
        return "no symbol of the writer's schema";
    if (b->symbols && b->symbols[index] < 0)
        return "a symbol that this version doesn't know";
    return NULL;
}

static const char *walk_fixed(struct span *in, int64_t size)
{
    if (size > in->end - in->at)
        return cut_short;
    in->at += size;
    return NULL;
}

static const char *walk_branch(struct span *in, const struct branch *b, bool ours)
{
    switch (b->wire) {
    case WIRE_NULL: return NULL;
    case WIRE_BOOL:
        if (in->at == in->end)
            return cut_short;
        return *in->at++ <= 1 ? NULL : "neither true nor false";
    case WIRE_INT:
    case WIRE_LONG: return walk_number(in, b);
    case WIRE_FLOAT: return walk_fixed(in, 4);
    case WIRE_DOUBLE: return walk_fixed(in, 8);
    case WIRE_STRING:
    case WIRE_BYTES: return walk_run(in, b, ours);
    case WIRE_FIXED: return walk_fixed(in, b->most);
    case WIRE_ENUM: return walk_enum(in, b);
    }
    return "of no known type";
}

static const char *walk_step(struct span *in, const struct step *step)
{
    int64_t index = 0;

    if (step->is_union) {
        if (!take_long(in, &index))
            return cut_short;
        if (index < 0 || index >= step->branch_count)
            return "no branch of the union";
    }
    return walk_branch(in, &step->branches[index], step->field != NULL);
}

int layout_walk(const struct layout *layout, const uint8_t *bytes, size_t from, size_t size,
                struct err *err)
{
    struct span in = { bytes + from, bytes + size };

    for (size_t i = 0; i < layout->step_count; i++) {
        const uint8_t *start = in.at;
        const char *wrong = walk_step(&in, &layout->steps[i]);
        if (wrong)
            return err_set(err, ERR_REJECT, "%s: %s at byte %zu of %zu: %s", layout->row->topic,
                           layout->steps[i].name, (size_t)(start - bytes), size, wrong);
    }
    if (in.at != in.end)
        return err_set(err, ERR_REJECT, "%s: %zu bytes after the end of the event",
                       layout->row->topic, (size_t)(in.end - in.at));
    return 0;
}
