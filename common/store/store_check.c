#include "store/store_check.h"

#include <string.h>

#include "store/bytes.h"

static const char *const prefixes[] = { "p:{", "pay:{", "case:{", "acc:{" };
_Static_assert(sizeof prefixes / sizeof prefixes[0] == STORE_KINDS, "a prefix per kind");

int store_kind_index(char kind)
{
    const char *at = kind ? strchr(STORE_KIND_LETTERS, kind) : NULL;

    return at ? (int)(at - STORE_KIND_LETTERS) : -1;
}

const char *store_kind_prefix(char kind)
{
    int index = store_kind_index(kind);

    return index < 0 ? NULL : prefixes[index];
}

bool store_kind_is_record(char kind)
{
    return kind == 'p' || kind == 'a';
}

int64_t store_span_version(const struct store_span *span)
{
    return record_bytes_version(span->at, span->size);
}

static int refuse(struct err *err, const char *what, size_t i)
{
    return err_set(err, ERR_FATAL, "store call: %s (number %zu)", what, i);
}

static bool is_name(const char *text, size_t max)
{
    return text && text[0] != '\0' && strnlen(text, max + 1) <= max;
}

static bool is_number(int64_t number)
{
    return number >= 0 && number <= STORE_NUMBER_MAX;
}

int store_check_number(int64_t number, const char *what, struct err *err)
{
    if (!is_number(number))
        return err_set(err, ERR_FATAL, "store call: %s is %lld, not from 0 to 2^53 - 1", what,
                       (long long)number);
    return 0;
}

int store_check_stamp(const char *text, struct err *err)
{
    if (!is_name(text, STORE_STAMP_MAX))
        return err_set(err, ERR_FATAL, "store call: a stamp that is empty or too long");
    return 0;
}

static int check_bucket(int32_t bucket, struct err *err)
{
    if (bucket < 0)
        return err_set(err, ERR_FATAL, "store call: there is no bucket %d", (int)bucket);
    return 0;
}

int store_check_keys(int32_t bucket, const struct store_key *keys, size_t count, struct err *err)
{
    if (check_bucket(bucket, err))
        return -1;
    if (count > STORE_WRITES_MAX)
        return refuse(err, "too many keys", count);
    for (size_t i = 0; i < count; i++)
        if (!store_kind_prefix(keys[i].kind) || !is_name(keys[i].id, STORE_ID_MAX))
            return refuse(err, "a key without kind, or an id that is empty or too long", i);
    return 0;
}

int store_check_topics(int32_t bucket, const char *worker, const char *const *topics,
                       size_t count, struct err *err)
{
    if (check_bucket(bucket, err))
        return -1;
    if (!is_name(worker, STORE_WORKER_MAX) || strpbrk(worker, "/#:{}"))
        return refuse(err, "a worker's name that is empty, too long or has one of /#:{}", 0);
    if (count > STORE_TOPICS_MAX)
        return refuse(err, "too many topics", count);
    for (size_t i = 0; i < count; i++)
        if (!is_name(topics[i], STORE_TOPIC_MAX))
            return refuse(err, "a topic's name that is empty or too long", i);
    return 0;
}

static bool is_tie(const struct store_apply *apply, int32_t tied)
{
    return tied == -1 || (tied >= 0 && (size_t)tied < apply->write_count &&
                          store_kind_is_record(apply->writes[tied].key.kind));
}

static int check_writes(const struct store_apply *apply, struct err *err)
{
    size_t records = 0;

    if (apply->write_count > STORE_WRITES_MAX)
        return refuse(err, "too many writes", apply->write_count);
    for (size_t i = 0; i < apply->write_count; i++) {
        const struct store_write *w = &apply->writes[i];
        if (store_check_keys(apply->bucket, &w->key, 1, err))
            return -1;
        if (!w->bytes.at)
            return refuse(err, "a write without bytes", i);
        if (!store_kind_is_record(w->key.kind)) {
            if (!is_tie(apply, w->tied))
                return refuse(err, "a write tied to what is no record", i);
            continue;
        }
        records++;
        int64_t version = store_span_version(&w->bytes);
        if (!is_number(w->expected) || !is_number(version) || version <= w->expected)
            return refuse(err, "a record whose version doesn't grow", i);
    }
    if (records > STORE_RECORDS_MAX)
        return refuse(err, "too many records", records);
    return 0;
}

static int check_rest(const struct store_apply *apply, struct err *err)
{
    if (apply->emit_count > STORE_EMITS_MAX)
        return refuse(err, "too many emissions", apply->emit_count);
    for (size_t i = 0; i < apply->emit_count; i++)
        if (!apply->emits[i].bytes.at || !is_tie(apply, apply->emits[i].tied))
            return refuse(err, "an emission without bytes, or tied to what is no record", i);
    if (apply->timer_count > STORE_TIMERS_MAX)
        return refuse(err, "too many timers", apply->timer_count);
    for (size_t i = 0; i < apply->timer_count; i++) {
        const struct store_timer *t = &apply->timers[i];
        bool whole = t->member && t->member[0] == '\0' && t->clock == STORE_CLOCK_BUSINESS;
        if ((!whole && !is_name(t->member, STORE_ID_MAX)) || !is_tie(apply, t->tied) ||
            (unsigned)t->clock > STORE_CLOCK_WIRE)
            return refuse(err, "a timer without name or clock, or tied to what is no record", i);
        if (t->clock != STORE_CLOCK_NONE && !is_number(t->at_ms))
            return refuse(err, "a timer's time out of range", i);
    }
    if (apply->require_count > STORE_REQUIRES_MAX)
        return refuse(err, "too many required watermarks", apply->require_count);
    for (size_t i = 0; i < apply->require_count; i++) {
        const struct store_require *r = &apply->requires[i];
        if (store_check_topics(apply->bucket, r->worker, &r->topic, 1, err))
            return -1;
        if (r->watermark < -1 || r->watermark > STORE_NUMBER_MAX)
            return refuse(err, "a required watermark out of range", i);
    }
    return 0;
}

int store_check_apply(const struct store_apply *apply, struct err *err)
{
    if (store_check_topics(apply->bucket, apply->worker, &apply->topic, apply->topic ? 1 : 0, err))
        return -1;
    if (!is_number(apply->chain.epoch) || !is_number(apply->chain.sequence) ||
        !is_number(apply->trim))
        return refuse(err, "a chain or a trim out of range", 0);
    if (apply->topic && (apply->prev < -1 || !is_number(apply->last)))
        return refuse(err, "a watermark out of range", 0);
    if (apply->bucket_version < -1 || apply->bucket_version > STORE_NUMBER_MAX)
        return refuse(err, "a bucket version out of range", 0);
    if (check_writes(apply, err))
        return -1;
    return check_rest(apply, err);
}
