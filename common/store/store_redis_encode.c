/* Commands, as Redis reads them.  The Functions' arguments are described in insentif.lua. */
#include "store/store_redis.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"

#define IDS_COUNT 1000  /* keys that one call looks at: below a millisecond */
#define NUMBER_TEXT 24  /* room for an int64 as text */
#define PREFIX_TEXT 24  /* "case:{2147483647}:" */
#define FIELD_TEXT (STORE_WORKER_MAX + STORE_TOPIC_MAX + 4)
#define FIXED_TEXT 2048 /* names, keys and numbers that every call has */

void redis_args_begin(struct redis_args *args, size_t count, size_t text)
{
    if (count > args->cap) {
        size_t cap = count + count / 2;
        args->at = realloc(args->at, cap * sizeof *args->at);
        args->size = realloc(args->size, cap * sizeof *args->size);
        if (!args->at || !args->size)
            abort();
        args->cap = cap;
    }
    args->count = 0;
    buf_reset(&args->text);
    buf_reserve(&args->text, text + FIXED_TEXT);
}

void redis_args_release(struct redis_args *args)
{
    free(args->at);
    free(args->size);
    buf_release(&args->text);
}

void redis_args_add(struct redis_args *args, const void *at, size_t size)
{
    assert(args->count < args->cap);
    args->at[args->count] = at;
    args->size[args->count++] = size;
}

void redis_args_text(struct redis_args *args, const char *text)
{
    redis_args_add(args, text, strlen(text));
}

/* Where the next formatted text goes; it must fit in what was reserved. */
static char *text_room(struct redis_args *args, size_t size)
{
    assert(args->text.cap - args->text.size > size);
    char *at = args->text.data + args->text.size;
    args->text.size += size;
    return at;
}

__attribute__((format(printf, 2, 3))) static void add_format(struct redis_args *args,
                                                             const char *fmt, ...)
{
    size_t left = args->text.cap - args->text.size;
    char *at = args->text.data + args->text.size;
    va_list ap;

    va_start(ap, fmt);
    int need = vsnprintf(at, left, fmt, ap);
    va_end(ap);
    assert(need >= 0 && (size_t)need < left);
    args->text.size += (size_t)need;
    redis_args_add(args, at, (size_t)need);
}

static void add_number(struct redis_args *args, int64_t number)
{
    add_format(args, "%" PRId64, number);
}

static void add_function(struct redis_args *args, const char *command, const char *name,
                         size_t keys)
{
    redis_args_text(args, command);
    add_format(args, "insentif_%s_%s", name, store_library_version());
    add_number(args, (int64_t)keys);
}

/* printf for each of a thousand keys would cost more than the rest of the call. */
struct prefixes {
    char text[3][PREFIX_TEXT];
    size_t size[3];
};

static void make_prefixes(struct prefixes *prefixes, int32_t bucket)
{
    static const char kinds[] = { 'p', 'y', 'c' };

    for (size_t i = 0; i < 3; i++)
        prefixes->size[i] = (size_t)snprintf(prefixes->text[i], PREFIX_TEXT, "%s%d}:",
                                             store_kind_prefix(kinds[i]), (int)bucket);
}

static void add_key(struct redis_args *args, const struct prefixes *prefixes,
                    const struct store_key *key)
{
    size_t kind = key->kind == 'p' ? 0 : key->kind == 'y' ? 1 : 2;
    size_t before = prefixes->size[kind], id = strlen(key->id);
    char *at = text_room(args, before + id);

    memcpy(at, prefixes->text[kind], before);
    memcpy(at + before, key->id, id);
    redis_args_add(args, at, before + id);
}

void redis_encode_load(struct redis_args *args, int32_t bucket, const struct store_key *keys,
                       size_t count)
{
    struct prefixes prefixes;

    redis_args_begin(args, 3 + count, count * (PREFIX_TEXT + STORE_ID_MAX));
    make_prefixes(&prefixes, bucket);
    redis_args_text(args, "MGET");
    add_format(args, "rebuild:{%d}", (int)bucket);
    add_format(args, "v:{%d}", (int)bucket);
    for (size_t i = 0; i < count; i++)
        add_key(args, &prefixes, &keys[i]);
}

/* worker, worker#, and the topics' watermarks */
static void add_fields(struct redis_args *args, const char *worker, const char *const *topics,
                       size_t count)
{
    redis_args_text(args, worker);
    add_format(args, "%s#", worker);
    for (size_t i = 0; i < count; i++)
        add_format(args, "%s/%s", worker, topics[i]);
}

void redis_encode_own(struct redis_args *args, int32_t bucket, const char *worker,
                      const char *const *topics, size_t count, int64_t now_ms)
{
    redis_args_begin(args, 9 + count, count * FIELD_TEXT);
    add_function(args, "FCALL", "own", 3);
    add_format(args, "rebuild:{%d}", (int)bucket);
    add_format(args, "wm:{%d}", (int)bucket);
    add_format(args, "ob:{%d}:%s", (int)bucket, worker);
    add_number(args, now_ms);
    add_fields(args, worker, topics, count);
}

void redis_encode_look(struct redis_args *args, int32_t bucket, const char *worker,
                       const char *const *topics, size_t count)
{
    redis_args_begin(args, 10 + count, count * FIELD_TEXT);
    add_function(args, "FCALL_RO", "look", 5);
    add_format(args, "rebuild:{%d}", (int)bucket);
    add_format(args, "wm:{%d}", (int)bucket);
    add_format(args, "ob:{%d}:%s", (int)bucket, worker);
    add_format(args, "tm:{%d}:%s", (int)bucket, worker);
    add_format(args, "tw:{%d}:%s", (int)bucket, worker);
    add_fields(args, worker, topics, count);
}

/* ------------------------------------------------------------------ apply */

static void put_version(char *at, int64_t version)
{
    for (int i = 0; i < 8; i++)
        at[i] = (char)((uint64_t)version >> (56 - 8 * i));
}

/* "none" is 0, a record (whose tie is itself) 65535, any other tie counts from 1. */
static void put_tie(char *at, int32_t tied)
{
    uint32_t code = tied == INT32_MAX ? 65535 : (uint32_t)(tied + 1);

    at[0] = (char)(code >> 8);
    at[1] = (char)code;
}

_Static_assert(STORE_WRITES_MAX < 65534, "a tie has two bytes");

static void add_packed(struct redis_args *args, const struct store_apply *apply)
{
    char *expected = text_room(args, 8 * apply->write_count);
    char *ties = text_room(args, 2 * apply->write_count);
    char *emits = text_room(args, 2 * apply->emit_count);
    char *timers = text_room(args, 3 * apply->timer_count);

    for (size_t i = 0; i < apply->write_count; i++) {
        const struct store_write *w = &apply->writes[i];
        put_version(expected + 8 * i, w->expected);
        put_tie(ties + 2 * i, w->key.kind == 'p' ? INT32_MAX : w->tied);
    }
    for (size_t i = 0; i < apply->emit_count; i++)
        put_tie(emits + 2 * i, apply->emits[i].tied);
    for (size_t i = 0; i < apply->timer_count; i++) {
        put_tie(timers + 3 * i, apply->timers[i].tied);
        timers[3 * i + 2] = (char)apply->timers[i].clock;
    }
    redis_args_add(args, expected, 8 * apply->write_count);
    redis_args_add(args, ties, 2 * apply->write_count);
    redis_args_add(args, emits, 2 * apply->emit_count);
    redis_args_add(args, timers, 3 * apply->timer_count);
}

static void add_apply_keys(struct redis_args *args, const struct store_apply *apply)
{
    struct prefixes prefixes;
    int bucket = apply->bucket;

    make_prefixes(&prefixes, apply->bucket);
    add_format(args, "rebuild:{%d}", bucket);
    add_format(args, "v:{%d}", bucket);
    add_format(args, "wm:{%d}", bucket);
    add_format(args, "ob:{%d}:%s", bucket, apply->worker);
    add_format(args, "tm:{%d}:%s", bucket, apply->worker);
    add_format(args, "tw:{%d}:%s", bucket, apply->worker);
    for (size_t i = 0; i < apply->write_count; i++)
        add_key(args, &prefixes, &apply->writes[i].key);
}

static void add_apply_numbers(struct redis_args *args, const struct store_apply *apply)
{
    int64_t epoch = apply->chain.epoch, sequence = apply->chain.sequence, newest = 0;
    size_t records = 0;

    for (size_t i = 0; i < apply->write_count; i++) {
        const struct store_write *w = &apply->writes[i];
        if (w->key.kind != 'p')
            continue;
        records++;
        if (store_span_version(&w->bytes) > newest)
            newest = store_span_version(&w->bytes);
    }
    add_number(args, epoch);
    add_format(args, "%" PRId64 ":%" PRId64, epoch, sequence);
    add_format(args, "%" PRId64 ":%" PRId64, epoch, sequence + 1);
    if (apply->topic)
        add_number(args, apply->prev);
    else
        redis_args_text(args, "");
    add_number(args, apply->last);
    add_number(args, apply->bucket_version);
    add_number(args, newest);
    add_number(args, apply->trim);
    add_number(args, 3 + (int64_t)apply->require_count);
    add_number(args, (int64_t)apply->write_count);
    add_number(args, (int64_t)records);
    add_number(args, (int64_t)apply->emit_count);
    add_number(args, (int64_t)apply->timer_count);
}

void redis_encode_apply(struct redis_args *args, const struct store_apply *apply)
{
    size_t writes = apply->write_count, emits = apply->emit_count, timers = apply->timer_count;
    size_t requires = apply->require_count;

    redis_args_begin(args, 3 + 6 + writes + 17 + 3 + 2 * requires + writes + emits + 2 * timers,
                     writes * (PREFIX_TEXT + STORE_ID_MAX + 10) + emits * 2 +
                         timers * (NUMBER_TEXT + 3) + requires * (FIELD_TEXT + NUMBER_TEXT));
    add_function(args, "FCALL", "apply", 6 + writes);
    add_apply_keys(args, apply);
    add_apply_numbers(args, apply);
    add_packed(args, apply);
    redis_args_text(args, apply->worker);
    add_format(args, "%s#", apply->worker);
    if (apply->topic)
        add_format(args, "%s/%s", apply->worker, apply->topic);
    else
        redis_args_text(args, apply->worker);
    for (size_t i = 0; i < requires; i++)
        add_format(args, "%s/%s", apply->requires[i].worker, apply->requires[i].topic);
    for (size_t i = 0; i < requires; i++)
        add_number(args, apply->requires[i].watermark);
    for (size_t i = 0; i < writes; i++)
        redis_args_add(args, apply->writes[i].bytes.at, apply->writes[i].bytes.size);
    for (size_t i = 0; i < emits; i++)
        redis_args_add(args, apply->emits[i].bytes.at, apply->emits[i].bytes.size);
    for (size_t i = 0; i < timers; i++) {
        redis_args_text(args, apply->timers[i].member);
        add_number(args, apply->timers[i].at_ms);
    }
}

/* ------------------------------------------------------------------ the small ones */

void redis_encode_due(struct redis_args *args, int32_t bucket, const char *worker,
                      int64_t business_ms, int64_t wire_ms, size_t max)
{
    redis_args_begin(args, 9, 0);
    add_function(args, "FCALL", "due", 3);
    add_format(args, "rebuild:{%d}", (int)bucket);
    add_format(args, "tm:{%d}:%s", (int)bucket, worker);
    add_format(args, "tw:{%d}:%s", (int)bucket, worker);
    add_number(args, business_ms);
    add_number(args, wire_ms);
    add_number(args, (int64_t)max);
}

size_t redis_encode_ids(struct redis_args *args, int32_t bucket, char kind, int64_t cursor)
{
    redis_args_begin(args, 7, 0);
    add_function(args, "FCALL_RO", "ids", 1);
    add_format(args, "rebuild:{%d}", (int)bucket);
    add_format(args, "%" PRIu64, (uint64_t)cursor);
    add_format(args, "%s%d}:*", store_kind_prefix(kind), (int)bucket);
    size_t before = args->size[args->count - 1] - 1;
    add_number(args, IDS_COUNT);
    return before;
}

void redis_encode_clock(struct redis_args *args, int64_t set_ms)
{
    redis_args_begin(args, 3, 0);
    redis_args_text(args, set_ms > 0 ? "SET" : "GET");
    redis_args_text(args, "clock:rehearsal");
    if (set_ms > 0)
        add_number(args, set_ms);
}
