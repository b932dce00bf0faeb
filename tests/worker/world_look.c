/* What a test sees of its world: records, watermarks, outboxes, topics. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/metrics.h"
#include "base/str.h"
#include "store/bytes.h"
#include "world.h"

#define SEEN_MAX 8192

int32_t world_bucket(const struct world *w, const char *key)
{
    return hash_partition(key, strlen(key), w->partitions);
}

static void finish(struct world *w, const struct store_call *call)
{
    for (int i = 0; i < 5 && call->status == STORE_WAITING; i++)
        store_step(w->eye);
    assert_int_equal(call->status, STORE_OK);
}

static void connect(struct world *w)
{
    struct err err;

    for (int i = 0; i < 3 && store_trouble(w->eye, &err); i++)
        store_step(w->eye);
}

void world_record(struct world *w, const char *participant, struct record *out)
{
    struct store_key key = { 'p', participant };
    struct store_call call = { .status = STORE_IDLE };
    struct store_span value = { NULL, 0 };
    struct err err;

    connect(w);
    store_load(w->eye, &call, world_bucket(w, participant), &key, 1);
    finish(w, &call);
    assert_true(store_item(w->eye, &call, 0, &value));
    assert_int_equal(record_from_bytes(value.at, value.size, participant, out, &err), 0);
    store_call_done(w->eye, &call);
}

void world_users(struct world *w, const char *account, struct account_users *out)
{
    struct store_key key = { 'a', account };
    struct store_call call = { .status = STORE_IDLE };
    struct store_span value = { NULL, 0 };
    struct err err;

    connect(w);
    store_load(w->eye, &call, world_bucket(w, account), &key, 1);
    finish(w, &call);
    assert_true(store_item(w->eye, &call, 0, &value));
    assert_int_equal(users_from_bytes(value.at, value.size, out, &err), 0);
    store_call_done(w->eye, &call);
}

static int64_t look(struct world *w, const struct worker_spec *spec, enum event_type type,
                    int32_t partition, size_t *outbox)
{
    const char *topic = event_row(type)->topic;
    struct store_call call = { .status = STORE_IDLE };

    connect(w);
    store_look(w->eye, &call, partition, spec->name, &topic, 1);
    finish(w, &call);
    int64_t watermark = call.watermarks[0];
    *outbox = call.count;
    store_call_done(w->eye, &call);
    return watermark;
}

int64_t world_watermark(struct world *w, const struct worker_spec *spec, enum event_type type,
                        int32_t partition)
{
    size_t outbox;
    return look(w, spec, type, partition, &outbox);
}

int64_t world_in_outbox(struct world *w, const struct worker_spec *spec, int32_t partition)
{
    size_t outbox;
    (void)look(w, spec, spec->routes[0].event, partition, &outbox);
    return (int64_t)outbox;
}

/* Where nothing is under way, and the owner is the owner. */
static bool can_be_compared(const struct process *p, const struct bucket *bucket)
{
    struct err err;

    return p->spec && bucket->state == BUCKET_RUN && bucket->writing == 0 &&
           !store_trouble(p->store, &err) &&
           store_generation(p->store) == p->shell->store_generation;
}

static void check_outbox(struct world *w, const struct process *p, const struct bucket *bucket)
{
    struct store_call call = { .status = STORE_IDLE };
    int64_t known = bucket->deliverable;

    for (const struct group *g = bucket->first; g; g = g->next)
        known += (int64_t)g->count;
    do { /* the test's own connection may be lost, too */
        store_call_done(w->eye, &call);
        connect(w);
        store_look(w->eye, &call, bucket->number, p->spec->name, NULL, 0);
        store_step(w->eye);
    } while (call.status != STORE_OK);
    if (call.epoch == bucket->epoch && (int64_t)call.count != known)
        fail_msg("%s knows of %d emissions in bucket %d, Redis of %d", p->spec->name, (int)known,
                 (int)bucket->number, (int)call.count);
    store_call_done(w->eye, &call);
}

void world_check_outboxes(struct world *w)
{
    for (int i = 0; i < PROCESSES_MAX; i++)
        for (int32_t b = 0; w->processes[i].spec && b < w->processes[i].shell->partitions; b++) {
            const struct bucket *bucket = &w->processes[i].shell->buckets[b];
            if (can_be_compared(&w->processes[i], bucket))
                check_outbox(w, &w->processes[i], bucket);
        }
}

void world_check_rest(struct world *w)
{
    for (int i = 0; i < PROCESSES_MAX; i++) {
        const struct worker_spec *spec = w->processes[i].spec;
        for (size_t r = 0; spec && r < spec->route_count; r++)
            for (int32_t b = 0; b < w->partitions; b++) {
                enum event_type type = spec->routes[r].event;
                int64_t end = (int64_t)bus_ram_count(w->broker, (int32_t)type, b);
                if (world_in_outbox(w, spec, b) != 0 ||
                    world_watermark(w, spec, type, b) + 1 != end)
                    fail_msg("%s has left something in bucket %d", spec->name, (int)b);
            }
    }
}

void world_header(const struct bus_message *m, const char *name, char *out, size_t cap)
{
    struct bus_headers headers;

    out[0] = '\0';
    bus_headers(m, &headers);
    for (size_t i = 0; i < headers.count; i++) {
        const struct bus_header *h = &headers.at[i];
        if (strcmp(h->name, name) == 0) {
            assert_in_range(h->size, 0, cap - 1);
            memcpy(out, h->value, h->size);
            out[h->size] = '\0';
        }
    }
}

size_t world_seen(struct world *w, enum event_type type, struct seen *out, size_t max)
{
    size_t count = 0;

    for (int32_t b = 0; b < w->partitions; b++)
        for (size_t o = 0; o < bus_ram_count(w->broker, (int32_t)type, b); o++) {
            assert_in_range(count, 0, max - 1);
            bus_ram_at(w->broker, (int32_t)type, b, o, &out[count].m);
            world_header(&out[count].m, "ce_id", out[count].id, sizeof out[count].id);
            count++;
        }
    return count;
}

size_t world_count(struct world *w, enum event_type type)
{
    size_t count = 0;

    for (int32_t b = 0; b < w->partitions; b++)
        count += bus_ram_count(w->broker, (int32_t)type, b);
    return count;
}

void world_read(struct world *w, enum event_type type, const struct bus_message *m, void *event)
{
    struct err err = { 0 };

    if (codec_decode(w->codec, type, m->value, m->value_size, event, &err) < 0)
        fail_msg("%s: %s", event_row(type)->topic, err.text);
    const char *impossible = event_impossible(type, event, m->timestamp_ms);
    if (impossible)
        fail_msg("%s: %s", event_row(type)->topic, impossible);
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->id, ((const struct seen *)b)->id);
}

size_t world_check_ids(struct world *w, enum event_type type)
{
    size_t count = world_count(w, type), ids = 0;
    struct seen *seen = calloc(count + 1, sizeof *seen);

    assert_non_null(seen);
    (void)world_seen(w, type, seen, count + 1);
    qsort(seen, count, sizeof *seen, by_id);
    for (size_t i = 0; i < count; i++) {
        assert_string_not_equal(seen[i].id, "");
        if (i == 0 || strcmp(seen[i].id, seen[i - 1].id) != 0) {
            ids++;
            continue;
        }
        assert_int_equal(seen[i].m.value_size, seen[i - 1].m.value_size);
        assert_memory_equal(seen[i].m.value, seen[i - 1].m.value, seen[i].m.value_size);
        assert_int_equal(seen[i].m.key_size, seen[i - 1].m.key_size);
        assert_memory_equal(seen[i].m.key, seen[i - 1].m.key, seen[i].m.key_size);
        assert_int_equal(seen[i].m.partition, seen[i - 1].m.partition);
    }
    free(seen);
    return ids;
}

int64_t counter(const char *name, const char *labels)
{
    return metric_value(metric_counter(name, labels, NULL));
}
