#include "store/bytes_walk.h"

#include <assert.h>
#include <string.h>

#define VARINT_MAX 10 /* bytes of a uint64, 7 bits each; and more than 9, a whole time */

/* Codes of walk_time(): 0 is "none", 1 means that 8 bytes follow, others are differences + 2. */
#define TIME_NONE 0
#define TIME_WHOLE 1
#define TIME_NEAR 2

static void put_varint(struct walk *walk, uint64_t value)
{
    assert(walk->end - walk->to >= VARINT_MAX);
    while (value >= 0x80) {
        *walk->to++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *walk->to++ = (uint8_t)value;
}

static void put_bytes(struct walk *walk, const void *bytes, size_t size)
{
    assert((size_t)(walk->end - walk->to) >= size);
    memcpy(walk->to, bytes, size);
    walk->to += size;
}

static uint64_t get_varint(struct walk *walk)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && walk->at < walk->end; shift += 7) {
        uint8_t byte = *walk->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    walk->bad = true;
    return 0;
}

static uint64_t to_zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static int64_t from_zigzag(uint64_t code)
{
    return (int64_t)((code >> 1) ^ (code & 1 ? UINT64_MAX : 0));
}

static void walk_varint(struct walk *walk, uint64_t *value, uint64_t most)
{
    if (walk->bad)
        return;
    if (walk->writing) {
        assert(*value <= most);
        put_varint(walk, *value);
        return;
    }
    uint64_t read = get_varint(walk);
    if (read > most)
        walk->bad = true;
    if (!walk->bad)
        *value = read;
}

void walk_byte(struct walk *walk, uint8_t *value, uint8_t most)
{
    uint64_t wide = *value;

    walk_varint(walk, &wide, most);
    *value = (uint8_t)wide;
}

void walk_flag(struct walk *walk, bool *value)
{
    uint64_t wide = *value;

    walk_varint(walk, &wide, 1);
    *value = wide == 1;
}

void walk_int64(struct walk *walk, int64_t *value)
{
    uint64_t code = to_zigzag(*value);

    walk_varint(walk, &code, UINT64_MAX);
    *value = from_zigzag(code);
}

void walk_int32(struct walk *walk, int32_t *value)
{
    uint64_t code = to_zigzag(*value);

    walk_varint(walk, &code, UINT32_MAX);
    *value = (int32_t)from_zigzag(code);
}

void walk_size(struct walk *walk, uint32_t *value, uint32_t most)
{
    uint64_t wide = *value;

    walk_varint(walk, &wide, most);
    *value = (uint32_t)wide;
}

static void put_time(struct walk *walk, int64_t value)
{
    uint64_t code = to_zigzag((int64_t)((uint64_t)value - (uint64_t)walk->last));

    if (value == 0) {
        put_varint(walk, TIME_NONE);
        return;
    }
    walk->last = value;
    if (code <= INT64_MAX - TIME_NEAR) {
        put_varint(walk, code + TIME_NEAR);
        return;
    }
    put_varint(walk, TIME_WHOLE);
    for (int shift = 56; shift >= 0; shift -= 8)
        *walk->to++ = (uint8_t)((uint64_t)value >> shift);
}

static void get_time(struct walk *walk, int64_t *value)
{
    uint64_t code = get_varint(walk);
    int64_t read = 0;

    if (walk->bad)
        return;
    if (code == TIME_WHOLE) {
        if (walk->end - walk->at < 8) {
            walk->bad = true;
            return;
        }
        uint64_t whole = 0;
        for (int i = 0; i < 8; i++)
            whole = whole << 8 | *walk->at++;
        read = (int64_t)whole;
    } else if (code != TIME_NONE) {
        read = (int64_t)((uint64_t)walk->last + (uint64_t)from_zigzag(code - TIME_NEAR));
    }
    *value = read;
    if (read != 0)
        walk->last = read;
}

void walk_time(struct walk *walk, int64_t *value)
{
    if (walk->bad)
        return;
    if (walk->writing)
        put_time(walk, *value);
    else
        get_time(walk, value);
}

void walk_text(struct walk *walk, char *text, size_t cap)
{
    uint64_t size = walk->writing ? strnlen(text, cap) : 0;

    walk_varint(walk, &size, cap - 1);
    if (walk->bad)
        return;
    if (walk->writing) {
        put_bytes(walk, text, size);
        return;
    }
    if ((uint64_t)(walk->end - walk->at) < size || memchr(walk->at, '\0', size)) {
        walk->bad = true;
        return;
    }
    memcpy(text, walk->at, size);
    text[size] = '\0';
    walk->at += size;
}

void walk_bytes(struct walk *walk, uint8_t *bytes, uint32_t *size, uint32_t most)
{
    uint32_t wanted = *size;

    walk_size(walk, &wanted, most);
    if (walk->bad)
        return;
    if (walk->writing) {
        put_bytes(walk, bytes, wanted);
        return;
    }
    if ((size_t)(walk->end - walk->at) < wanted) {
        walk->bad = true;
        return;
    }
    memcpy(bytes, walk->at, wanted);
    walk->at += wanted;
    *size = wanted;
}
