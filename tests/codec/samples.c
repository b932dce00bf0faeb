#include "samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec/codec.h"

static void set_int(char *to, int32_t number)
{
    memcpy(to, &number, sizeof number);
}

static void set_long(char *to, int64_t number)
{
    memcpy(to, &number, sizeof number);
}

static void set_bytes(char *to, size_t size, int value)
{
    uint32_t count = (uint32_t)size;

    memcpy(to, &count, sizeof count);
    memset(to + sizeof count, value, size);
}

void *sample_memory(enum event_type type)
{
    void *event = calloc(1, event_row(type)->struct_size);
    if (!event)
        abort();
    return event;
}

void sample_least(enum event_type type, void *event)
{
    const struct event_type_row *row = event_row(type);

    memset(event, 0, row->struct_size);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        char *to = (char *)event + field->offset;
        switch (field->kind) {
        case FIELD_TEXT: to[0] = 'a'; break;
        case FIELD_LONG: set_long(to, INT64_MIN); break;
        case FIELD_INT: set_int(to, INT32_MIN); break;
        case FIELD_OPT_ENUM: set_int(to, field->symbol_count); break;
        case FIELD_OPT_TEXT:
        case FIELD_OPT_LONG:
        case FIELD_OPT_INT:
        case FIELD_BOOL:
        case FIELD_ENUM:
        case FIELD_BYTES: break; /* zeros */
        }
    }
}

/* As many bytes as may be, ending in characters of four, three and two bytes where they fit. */
static void longest_text(char *to, size_t max)
{
    static const char tail[] = "\xf0\x9f\x98\x80\xe2\x82\xac\xc3\xa9";
    size_t tail_size = sizeof tail - 1;

    memset(to, 'z', max);
    if (max >= tail_size)
        memcpy(to + max - tail_size, tail, tail_size);
    to[max] = '\0';
}

void sample_most(enum event_type type, void *event, size_t bytes_max)
{
    const struct event_type_row *row = event_row(type);

    memset(event, 0, row->struct_size);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        char *to = (char *)event + field->offset;
        switch (field->kind) {
        case FIELD_TEXT:
        case FIELD_OPT_TEXT: longest_text(to, field->max); break;
        case FIELD_LONG:
        case FIELD_OPT_LONG: set_long(to, INT64_MAX); break;
        case FIELD_INT:
        case FIELD_OPT_INT: set_int(to, INT32_MAX); break;
        case FIELD_BOOL: to[0] = 1; break;
        case FIELD_ENUM:
        case FIELD_OPT_ENUM: set_int(to, field->symbol_count - 1); break;
        case FIELD_BYTES:
            set_bytes(to, field->max < bytes_max ? field->max : bytes_max, 0xff);
            break;
        }
    }
}

static void any_text(char *to, size_t least, size_t max, uint64_t *seed)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-_ \"\\\n\t";
    size_t size = least + chance(seed) % (max - least + 1);

    for (size_t i = 0; i < size; i++)
        to[i] = letters[chance(seed) % (sizeof letters - 1)];
    to[size] = '\0';
}

void sample_any(enum event_type type, void *event, size_t bytes_max, uint64_t *seed)
{
    const struct event_type_row *row = event_row(type);

    memset(event, 0, row->struct_size);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        char *to = (char *)event + field->offset;
        size_t max = field->max < bytes_max ? field->max : bytes_max;
        uint64_t symbols = (uint64_t)field->symbol_count;
        switch (field->kind) {
        case FIELD_TEXT: any_text(to, 1, max, seed); break;
        case FIELD_OPT_TEXT: any_text(to, 0, max, seed); break;
        case FIELD_LONG:
        case FIELD_OPT_LONG: set_long(to, (int64_t)(chance(seed) >> (chance(seed) % 64))); break;
        case FIELD_INT:
        case FIELD_OPT_INT: set_int(to, (int32_t)(chance(seed) >> (33 + chance(seed) % 31))); break;
        case FIELD_BOOL: to[0] = (char)(chance(seed) & 1); break;
        case FIELD_ENUM: set_int(to, (int32_t)(chance(seed) % symbols)); break;
        case FIELD_OPT_ENUM: set_int(to, (int32_t)(chance(seed) % (symbols + 1))); break;
        case FIELD_BYTES: set_bytes(to, chance(seed) % (max + 1), (int)(chance(seed) & 255)); break;
        }
    }
}

uint64_t chance(uint64_t *seed)
{
    *seed += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64: any seed will do */
    uint64_t z = *seed;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t chance_seed(void)
{
    const char *given = getenv("INSENTIF_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);

    (void)printf("INSENTIF_TEST_SEED=%" PRIu64 "\n", seed);
    return seed;
}

void put_long(struct buf *to, int64_t number)
{
    uint64_t bits = ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0);

    do {
        uint8_t byte = (uint8_t)(bits & 0x7f);
        bits >>= 7;
        if (bits)
            byte |= 0x80;
        buf_add(to, &byte, 1);
    } while (bits);
}

void put_bytes(struct buf *to, const void *bytes, size_t size)
{
    put_long(to, (int64_t)size);
    buf_add(to, bytes, size);
}

void put_text(struct buf *to, const char *text)
{
    put_bytes(to, text, strlen(text));
}

void put_header(struct buf *to, enum event_type type)
{
    uint8_t header[CODEC_HEADER_SIZE] = { 0xc3, 0x01 };

    for (unsigned i = 0; i < 8; i++)
        header[2 + i] = (uint8_t)(codec_fingerprint(type) >> (8 * i));
    buf_add(to, header, sizeof header);
}

void put_id(struct buf *to, int32_t id)
{
    uint8_t header[5] = { 0, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                          (uint8_t)id };
    buf_add(to, header, sizeof header);
}
