/* Commands, as Redis reads them.  The Functions' arguments are described in insentif.lua. */
#include "store/store_redis.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"

#define IDS_COUNT   1000 /* keys that one call looks at: below a millisecond */
#define PREFIX_TEXT 24   /* "case:{2147483647}:" */
#define PART_TEXT   384  /* the longest of what is formatted: two names and some numbers */
#define HEAD_MAX    24   /* "$18446744073709551615\r\n" */

_Static_assert(STORE_WORKER_MAX + STORE_TOPIC_MAX + 64 < PART_TEXT, "fields and keys fit");

/* ------------------------------------------------------------------ commands of any kind */

static size_t put_head(char *to, char mark, size_t number)
{
    char digits[HEAD_MAX];
    size_t n = 0, size = 0;

    do
        digits[n++] = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    to[size++] = mark;
    while (n > 0)
        to[size++] = digits[--n];
    to[size++] = '\r';
    to[size++] = '\n';
    return size;
}

void redis_out_begin(struct redis_out *out, size_t parts)
{
    assert(out->args_left == 0);
    buf_reserve(&out->bytes, HEAD_MAX);
    out->bytes.size += put_head(out->bytes.data + out->bytes.size, '*', parts);
    out->args_left = parts;
}

/* A part of that size, to be filled in at once. */
static char *add_room(struct redis_out *out, size_t size)
{
    assert(out->args_left > 0);
    out->args_left--;
    buf_reserve(&out->bytes, HEAD_MAX + size + 2);
    char *head = out->bytes.data + out->bytes.size;
    char *at = head + put_head(head, '$', size);
    memcpy(at + size, "\r\n", 2);
    out->bytes.size += (size_t)(at - head) + size + 2;
    out->bytes.data[out->bytes.size] = '\0';
    return at;
}

void redis_out_add(struct redis_out *out, const void *at, size_t size)
{
    char *to = add_room(out, size);

    if (size > 0)
        memcpy(to, at, size);
}

void redis_out_text(struct redis_out *out, const char *text)
{
    redis_out_add(out, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void add_format(struct redis_out *out, const char *fmt,
                                                             ...)
{
    char text[PART_TEXT];
    va_list ap;

    va_start(ap, fmt);
    int size = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    assert(size >= 0 && (size_t)size < sizeof text);
    redis_out_add(out, text, (size_t)size);
}

static void add_number(struct redis_out *out, int64_t number)
{
    add_format(out, "%" PRId64, number);
}

static void add_function(struct redis_out *out, const char *command, const char *name, size_t keys)
{
    redis_out_text(out, command);
    add_format(out, "insentif_%s_%s", name, store_library_version());
    add_number(out, (int64_t)keys);
}

/* printf for each of a thousand keys would cost more than the rest of the call. */
struct prefixes {
    char text[STORE_KINDS][PREFIX_TEXT];
    size_t size[STORE_KINDS];
};

static void make_prefixes(struct prefixes *prefixes, int32_t bucket)
{
    for (size_t i = 0; i < STORE_KINDS; i++)
        prefixes->size[i] =
            (size_t)snprintf(prefixes->text[i], PREFIX_TEXT,
                             "%s%d}:", store_kind_prefix(STORE_KIND_LETTERS[i]), (int)bucket);
}

static void add_key(struct redis_out *out, const struct prefixes *prefixes,
                    const struct store_key *key)
{
    size_t kind = (size_t)store_kind_index(key->kind);
    size_t before = prefixes->size[kind], id = strlen(key->id);
    char *at = add_room(out, before + id);

    memcpy(at, prefixes->text[kind], before);
    memcpy(at + before, key->id, id);
}

void redis_encode_load(struct redis_out *out, int32_t bucket, const struct store_key *keys,
                       size_t count)
{
    struct prefixes prefixes;

    redis_out_begin(out, 3 + count);
    make_prefixes(&prefixes, bucket);
    redis_out_text(out, "MGET");
    add_format(out, "rebuild:{%d}", (int)bucket);
    add_format(out, "v:{%d}", (int)bucket);
    for (size_t i = 0; i < count; i++)
        add_key(out, &prefixes, &keys[i]);
}

/* worker, worker#, and the topics' watermarks */
static void add_fields(struct redis_out *out, const char *worker, const char *const *topics,
                       size_t count)
{
    redis_out_text(out, worker);
    add_format(out, "%s#", worker);
    for (size_t i = 0; i < count; i++)
        add_format(out, "%s/%s", worker, topics[i]);
}

void redis_encode_own(struct redis_out *out, int32_t bucket, const char *worker,
                      const char *const *topics, size_t count, int64_t now_ms)
{
    redis_out_begin(out, 9 + count);
    add_function(out, "FCALL", "own", 3);
    add_format(out, "rebuild:{%d}", (int)bucket);
    add_format(out, "wm:{%d}", (int)bucket);
    add_format(out, "ob:{%d}:%s", (int)bucket, worker);
    add_number(out, now_ms);
    add_fields(out, worker, topics, count);
}

void redis_encode_look(struct redis_out *out, int32_t bucket, const char *worker,
                       const char *const *topics, size_t count)
{
    redis_out_begin(out, 10 + count);
    add_function(out, "FCALL_RO", "look", 5);
    add_format(out, "rebuild:{%d}", (int)bucket);
    add_format(out, "wm:{%d}", (int)bucket);
    add_format(out, "ob:{%d}:%s", (int)bucket, worker);
    add_format(out, "tm:{%d}:%s", (int)bucket, worker);
    add_format(out, "tw:{%d}:%s", (int)bucket, worker);
    add_fields(out, worker, topics, count);
}

/* ------------------------------------------------------------------ apply */

static void put_version(char *at, int64_t version)
{
    for (int i = 0; i < 8; i++)
        at[i] = (char)((uint64_t)version >> (56 - 8 * i));
}

#define IS_RECORD INT32_MAX /* instead of a tie */

/* "none" is 0, IS_RECORD 65535, any other tie counts from 1. */
static void put_tie(char *at, int32_t tied)
{
    uint32_t code = tied == IS_RECORD ? 65535 : (uint32_t)(tied + 1);

    at[0] = (char)(code >> 8);
    at[1] = (char)code;
}

_Static_assert(STORE_WRITES_MAX < 65534, "a tie has two bytes");

static void add_packed(struct redis_out *out, const struct store_apply *apply)
{
    char *at = add_room(out, 8 * apply->write_count);

    for (size_t i = 0; i < apply->write_count; i++)
        put_version(at + 8 * i, apply->writes[i].expected);
    at = add_room(out, 2 * apply->write_count);
    for (size_t i = 0; i < apply->write_count; i++)
        put_tie(at + 2 * i, store_kind_is_record(apply->writes[i].key.kind)
                                ? IS_RECORD
                                : apply->writes[i].tied);
    at = add_room(out, 2 * apply->emit_count);
    for (size_t i = 0; i < apply->emit_count; i++)
        put_tie(at + 2 * i, apply->emits[i].tied);
    at = add_room(out, 3 * apply->timer_count);
    for (size_t i = 0; i < apply->timer_count; i++) {
        put_tie(at + 3 * i, apply->timers[i].tied);
        at[3 * i + 2] = (char)apply->timers[i].clock;
    }
}

static void add_apply_keys(struct redis_out *out, const struct store_apply *apply)
{
    struct prefixes prefixes;
    int bucket = apply->bucket;

    make_prefixes(&prefixes, apply->bucket);
    add_format(out, "rebuild:{%d}", bucket);
    add_format(out, "v:{%d}", bucket);
    add_format(out, "wm:{%d}", bucket);
    add_format(out, "ob:{%d}:%s", bucket, apply->worker);
    add_format(out, "tm:{%d}:%s", bucket, apply->worker);
    add_format(out, "tw:{%d}:%s", bucket, apply->worker);
    for (size_t i = 0; i < apply->write_count; i++)
        add_key(out, &prefixes, &apply->writes[i].key);
}

static void add_apply_numbers(struct redis_out *out, const struct store_apply *apply)
{
    int64_t epoch = apply->chain.epoch, sequence = apply->chain.sequence, newest = 0;
    size_t records = 0;

    for (size_t i = 0; i < apply->write_count; i++) {
        const struct store_write *w = &apply->writes[i];
        if (!store_kind_is_record(w->key.kind))
            continue;
        records++;
        if (store_span_version(&w->bytes) > newest)
            newest = store_span_version(&w->bytes);
    }
    add_number(out, epoch);
    add_format(out, "%" PRId64 ":%" PRId64, epoch, sequence);
    add_format(out, "%" PRId64 ":%" PRId64, epoch, sequence + 1);
    if (apply->topic)
        add_number(out, apply->prev);
    else
        redis_out_text(out, "");
    add_number(out, apply->last);
    add_number(out, apply->bucket_version);
    add_number(out, newest);
    add_number(out, apply->trim);
    add_number(out, 3 + (int64_t)apply->require_count);
    add_number(out, (int64_t)apply->write_count);
    add_number(out, (int64_t)records);
    add_number(out, (int64_t)apply->emit_count);
    add_number(out, (int64_t)apply->timer_count);
}

void redis_encode_apply(struct redis_out *out, const struct store_apply *apply)
{
    size_t writes = apply->write_count, emits = apply->emit_count, timers = apply->timer_count;
    size_t requires = apply->require_count;

    redis_out_begin(out, 3 + 6 + writes + 17 + 3 + 2 * requires + writes + emits + 2 * timers);
    add_function(out, "FCALL", "apply", 6 + writes);
    add_apply_keys(out, apply);
    add_apply_numbers(out, apply);
    add_packed(out, apply);
    redis_out_text(out, apply->worker);
    add_format(out, "%s#", apply->worker);
    if (apply->topic)
        add_format(out, "%s/%s", apply->worker, apply->topic);
    else
        redis_out_text(out, apply->worker);
    for (size_t i = 0; i < requires; i++)
        add_format(out, "%s/%s", apply->requires[i].worker, apply->requires[i].topic);
    for (size_t i = 0; i < requires; i++)
        add_number(out, apply->requires[i].watermark);
    for (size_t i = 0; i < writes; i++)
        redis_out_add(out, apply->writes[i].bytes.at, apply->writes[i].bytes.size);
    for (size_t i = 0; i < emits; i++)
        redis_out_add(out, apply->emits[i].bytes.at, apply->emits[i].bytes.size);
    for (size_t i = 0; i < timers; i++) {
        redis_out_text(out, apply->timers[i].member);
        add_number(out, apply->timers[i].at_ms);
    }
}

/* ------------------------------------------------------------------ the small ones */

void redis_encode_due(struct redis_out *out, int32_t bucket, const char *worker,
                      int64_t business_ms, int64_t wire_ms, size_t max)
{
    redis_out_begin(out, 9);
    add_function(out, "FCALL", "due", 3);
    add_format(out, "rebuild:{%d}", (int)bucket);
    add_format(out, "tm:{%d}:%s", (int)bucket, worker);
    add_format(out, "tw:{%d}:%s", (int)bucket, worker);
    add_number(out, business_ms);
    add_number(out, wire_ms);
    add_number(out, (int64_t)max);
}

size_t redis_encode_ids(struct redis_out *out, int32_t bucket, char kind, int64_t cursor)
{
    redis_out_begin(out, 7);
    add_function(out, "FCALL_RO", "ids", 1);
    add_format(out, "rebuild:{%d}", (int)bucket);
    add_format(out, "%" PRIu64, (uint64_t)cursor);
    add_format(out, "%s%d}:*", store_kind_prefix(kind), (int)bucket);
    add_number(out, IDS_COUNT);
    return (size_t)snprintf(NULL, 0, "%s%d}:", store_kind_prefix(kind), (int)bucket);
}

void redis_encode_stamp(struct redis_out *out, const char *text)
{
    redis_out_begin(out, 5);
    redis_out_text(out, "SET");
    redis_out_text(out, "stamp:insentif");
    redis_out_text(out, text);
    redis_out_text(out, "NX");
    redis_out_text(out, "GET");
}

void redis_encode_clock(struct redis_out *out, int64_t set_ms)
{
    redis_out_begin(out, set_ms > 0 ? 3 : 2);
    redis_out_text(out, set_ms > 0 ? "SET" : "GET");
    redis_out_text(out, "clock:rehearsal");
    if (set_ms > 0)
        add_number(out, set_ms);
}
