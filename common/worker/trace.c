#include "worker/trace.h"

#include <stdint.h>
#include <string.h>

#include "base/hash.h"
#include "seal/seal.h"

#define TRACE_AT 3 /* where the parts stand in the text */
#define TRACE_DIGITS 32
#define SPAN_AT 36
#define SPAN_DIGITS 16
#define FLAGS_AT 53

static bool is_hex(const char *text, size_t digits)
{
    for (size_t i = 0; i < digits; i++)
        if (!text[i] || !strchr("0123456789abcdef", text[i]))
            return false;
    return true;
}

static bool is_zero(const char *text, size_t digits)
{
    for (size_t i = 0; i < digits; i++)
        if (text[i] != '0')
            return false;
    return true;
}

static void put_hex(char *to, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < count; i++) {
        to[2 * i] = digits[bytes[i] >> 4];
        to[2 * i + 1] = digits[bytes[i] & 15];
    }
}

bool trace_take(const void *bytes, size_t size, char out[TRACE_SIZE])
{
    const char *text = bytes;

    if (size < TRACE_SIZE - 1 || !is_hex(text, 2) || memcmp(text, "ff", 2) == 0 ||
        text[TRACE_AT - 1] != '-' || text[SPAN_AT - 1] != '-' || text[FLAGS_AT - 1] != '-' ||
        !is_hex(text + TRACE_AT, TRACE_DIGITS) || is_zero(text + TRACE_AT, TRACE_DIGITS) ||
        !is_hex(text + SPAN_AT, SPAN_DIGITS) || is_zero(text + SPAN_AT, SPAN_DIGITS) ||
        !is_hex(text + FLAGS_AT, 2))
        return false;
    if (size > TRACE_SIZE - 1 && (memcmp(text, "00", 2) == 0 || text[TRACE_SIZE - 1] != '-'))
        return false;
    memcpy(out, text, TRACE_SIZE - 1);
    memcpy(out, "00", 2);
    bool sampled = strchr("13579bdf", text[FLAGS_AT + 1]) != NULL;
    memcpy(out + FLAGS_AT, sampled ? "01" : "00", sizeof "01");
    return true;
}

void trace_start(const char *kind, const char *id, char out[TRACE_SIZE])
{
    uint8_t hash[(TRACE_DIGITS + SPAN_DIGITS) / 2];

    seal_hash((const char *const[]){ "trace", kind, id }, 3, hash, sizeof hash);
    memcpy(out, "00-", TRACE_AT);
    put_hex(out + TRACE_AT, hash, TRACE_DIGITS / 2);
    out[SPAN_AT - 1] = '-';
    put_hex(out + SPAN_AT, hash + TRACE_DIGITS / 2, SPAN_DIGITS / 2);
    memcpy(out + FLAGS_AT - 1, "-00", sizeof "-00");
}

void trace_step(char trace[TRACE_SIZE], const char *id)
{
    uint64_t hash = hash_fnv1a(id, strlen(id)); /* need only differ within its trace */
    uint8_t bytes[SPAN_DIGITS / 2];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(hash >> (56 - 8 * i));
    put_hex(trace + SPAN_AT, bytes, sizeof bytes);
}
