/* From sorted messages to decisions: each record at once. */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "events/meaning.h"
#include "policy/settle.h"
#include "store/bytes.h"
#include "worker/batch.h"
#include "worker/ids.h"
#include "worker/origin.h"

/* Scratch of the one decision under way. One thread. */
static struct {
    struct shell *shell;
    struct batch *batch;
    struct record old, new;
    struct account_users users;
    int64_t version;
    const struct bus_message *cause; /* of what is emitted: whose trace goes on */
    union {
#define X(NAME, topic, record) struct record record;
        FOREACH_EVENT(X)
#undef X
    } event;
} now;

/* ---------------------------------------------------------------- packing */
void shell_pack_parcel(struct shell *shell, struct parcel *parcel, enum event_type type,
                       const void *event, const char *participant, const char *id, struct buf *out)
{
    static struct buf value; /* one thread */
    struct err err;

    buf_reset(&value);
    if (codec_encode(shell->codec, type, event, &value, &err) < 0) {
        shell_fatal(shell, &err);
        return;
    }
    str_copy(parcel->topic, sizeof parcel->topic, event_row(type)->topic);
    str_copy(parcel->type, sizeof parcel->type, event_row(type)->topic);
    str_copy(parcel->key, sizeof parcel->key, participant);
    str_copy(parcel->id, sizeof parcel->id, id);
    parcel->value = value.data;
    parcel->value_size = value.size;
    parcel_pack(parcel, out);
}

/* The id of the instalment that an event is about, NULL when it is about none. */
static const char *instalment_of(enum event_type type, const void *event)
{
    const struct event_type_row *row = event_row(type);

    for (size_t i = 0; i < row->field_count; i++)
        if (strcmp(row->fields[i].name, "instalment_id") == 0)
            return (const char *)event + row->fields[i].offset;
    return NULL;
}

void shell_pack(struct shell *shell, int32_t bucket, enum event_type type, const void *event,
                const char *participant, const char *id, int64_t version, int64_t time_ms,
                struct buf *out)
{
    struct parcel parcel = { .partition = bucket, .version = version, .time_ms = time_ms };
    const char *instalment = instalment_of(type, event);

    trace_start(instalment ? "instalment" : event_row(type)->topic, instalment ? instalment : id,
                parcel.traceparent);
    trace_step(parcel.traceparent, id);
    shell_pack_parcel(shell, &parcel, type, event, participant, id, out);
}

/* An emission of the decision under way. */
static void pack_caused(enum event_type type, const void *event, const char *id, int64_t time_ms)
{
    struct batch *b = now.batch;
    const char *key = event_key(type, event);
    struct parcel parcel = { .version = now.version, .time_ms = time_ms };
    size_t at = b->bytes.size;

    parcel.partition = hash_partition(key, strlen(key), now.shell->partitions);
    origin_trace(now.cause, now.shell->topics[b->route], parcel.traceparent);
    trace_step(parcel.traceparent, id);
    shell_pack_parcel(now.shell, &parcel, type, event, key, id, &b->bytes);
    batch_add_emit(b, b->tied, at);
}

void decision_emit(struct decision *d, enum event_type type, const void *event, const char *id)
{
    pack_caused(type, event, id, d->now_ms);
}

void decision_timer(struct decision *d, const char *member, bool wire, int64_t at_ms)
{
    size_t at = now.batch->bytes.size;

    (void)d;
    buf_add(&now.batch->bytes, member, strlen(member) + 1);
    *batch_add_timer(now.batch) =
        (struct batch_timer){ .tied = now.batch->tied,
                              .member = at,
                              .clock = wire ? STORE_CLOCK_WIRE : STORE_CLOCK_BUSINESS,
                              .at_ms = at_ms };
}

void decision_case(struct decision *d, const char *id, const void *bytes, size_t size)
{
    struct buf *to = &now.batch->bytes;
    size_t id_at = to->size;

    (void)d;
    buf_add(to, id, strlen(id) + 1);
    size_t at = to->size;
    buf_add(to, bytes, size);
    *batch_add_write(now.batch) =
        (struct batch_write){ .kind = 'c', .key = KEY_NONE, .id = id_at, .tied = now.batch->tied,
                              .bytes = { at, size } };
}

const char *decision_environment(const struct decision *d)
{
    return d->shell->set.environment;
}

const char *decide_fact(struct decision *d, const void *event)
{
    struct fact fact;
    const struct route *route = &d->shell->spec->routes[now.batch->route];
    bool is_fact = event_to_fact(route->event, event, &fact);

    assert(is_fact);
    (void)is_fact;
    return fact_apply(d->record, &fact);
}

/* ---------------------------------------------------------------- deciding */

/* Decode and check one message into now.event. NULL, or why it is a dead letter. */
static const char *read_event(struct batch *b, const struct bus_message *m, const char *id)
{
    static struct err err; /* outlives the return: one thread */
    enum event_type type = now.shell->spec->routes[b->route].event;

    if (codec_decode(now.shell->codec, type, m->value, m->value_size, &now.event, &err) < 0)
        return err.text;
    const char *impossible = event_impossible(type, &now.event, m->timestamp_ms);
    if (impossible)
        return impossible;
    if (strcmp(event_key(type, &now.event), id) != 0)
        return "the key isn't the payload's";
    return NULL;
}

static void decide_messages(struct batch *b, int32_t key, struct decision *d)
{
    const struct route *route = &now.shell->spec->routes[b->route];
    const struct bus_message *taken = &b->messages[b->head[key]];

    for (int32_t i = b->head[key]; i != KEY_NONE; i = b->next[i]) {
        const struct bus_message *m = &b->messages[i];
        const char *wrong = read_event(b, m, b->ids[key]);
        if (!wrong) {
            d->now_ms = m->timestamp_ms;
            now.cause = m;
            wrong = route->decide(d, &now.event);
        }
        if (!wrong)
            taken = m;
        else /* dropped with its record when that is in conflict: told again in each round */
            batch_dead(now.shell, b, m, wrong, b->tied);
    }
    now.cause = taken; /* what the change tells goes on from the last message that was taken */
}

/* What settle() finds, as parcels tied to the record's write. */
static void emit_changes(int64_t now_ms)
{
    struct emissions emissions;

    settle(&now.old, &now.new, &emissions);
    for (uint8_t i = 0; i < emissions.count; i++) {
        union event_any event;
        char id[ID_SIZE];
        enum event_type type = emission_to_event(now.shell->set.environment, &now.new,
                                                 &emissions.at[i], &event, id);
        pack_caused(type, &event, id, now_ms);
    }
}

/* The new record's bytes, from `at` on, against those before; none there: an empty record. */
static bool same_but_version(struct buf *bytes, size_t at, struct store_span before)
{
    const size_t skip = sizeof(int64_t);
    size_t size = bytes->size - at;

    if (!before.at) {
        record_to_bytes(&now.old, bytes);
        before = (struct store_span){ bytes->data + at + size, bytes->size - at - size };
        bytes->size = at + size;
    }
    return before.size == size &&
           memcmp((const char *)before.at + skip, bytes->data + at + skip, size - skip) == 0;
}

/* Where a batch's lists stood before a record was decided. */
struct mark_of_lists {
    size_t write, bytes, emits, timers;
};

/* What is decided from now on goes with one write, filled in by write_take(). */
static struct mark_of_lists write_begin(struct batch *b)
{
    struct mark_of_lists before = { b->write_count, b->bytes.size, b->emit_count, b->timer_count };

    (void)batch_add_write(b);
    b->tied = (int32_t)before.write;
    return before;
}

static void write_take(struct batch *b, const struct mark_of_lists *before, int32_t key,
                       int64_t expected, size_t at)
{
    assert(b->write_count == before->write + 1); /* cases are of routes without a record */
    b->writes[before->write] = (struct batch_write){ .kind = b->keys[key].kind, .key = key,
                                                     .tied = -1, .expected = expected,
                                                     .bytes = { at, b->bytes.size - at } };
}

/* Nothing has changed, and what was told is tied to no write. at: of the bytes of the record. */
static void write_drop(struct batch *b, const struct mark_of_lists *before, size_t at)
{
    b->bytes.size = at;
    b->write_count = before->write;
    for (size_t i = before->emits; i < b->emit_count; i++)
        b->emits[i].tied = -1;
    for (size_t i = before->timers; i < b->timer_count; i++)
        b->timers[i].tied = -1;
    if (b->emit_count == before->emits && b->timer_count == before->timers)
        b->bytes.size = before->bytes;
    metric_add(now.shell->metrics.unchanged, 1);
}

static int64_t version_after(int64_t version)
{
    int64_t wire = clock_wire_ms();

    return version + 1 > wire ? version + 1 : wire;
}

/* A record that changed becomes a write; one that didn't leaves no trace. */
static void decide_record(struct batch *b, int32_t key, struct store_span before)
{
    struct err err;

    if (record_from_bytes_again(before.at, before.size, b->ids[key], &now.old, &err) < 0) {
        shell_fatal(now.shell, &err);
        return;
    }
    record_copy(&now.new, &now.old);
    now.version = now.new.version = version_after(now.old.version);
    struct mark_of_lists mark = write_begin(b);
    struct decision d = { .shell = now.shell, .bucket = b->bucket, .record = &now.new,
                          .participant = b->ids[key] };
    if (!shell_business_ms(now.shell, &d.business_ms))
        d.business_ms = 0;
    decide_messages(b, key, &d);
    emit_changes(d.now_ms);
    size_t at = b->bytes.size;
    record_to_bytes(&now.new, &b->bytes);
    if (same_but_version(&b->bytes, at, before))
        write_drop(b, &mark, at);
    else
        write_take(b, &mark, key, now.old.version, at);
}

static void decide_account(struct batch *b, int32_t key, struct store_span before)
{
    struct err err;

    if (users_from_bytes(before.at, before.size, &now.users, &err) < 0) {
        shell_fatal(now.shell, &err);
        return;
    }
    int64_t version = now.users.version;
    uint8_t count = now.users.count;
    now.version = now.users.version = version_after(version);
    struct mark_of_lists mark = write_begin(b);
    struct decision d = { .shell = now.shell, .bucket = b->bucket, .users = &now.users,
                          .participant = b->ids[key] };
    decide_messages(b, key, &d);
    size_t at = b->bytes.size;
    users_to_bytes(&now.users, &b->bytes);
    if (now.users.count == count)
        write_drop(b, &mark, at);
    else
        write_take(b, &mark, key, version, at);
}

static void decide_stateless(struct batch *b, int32_t key)
{
    struct decision d = { .shell = now.shell, .bucket = b->bucket, .participant = b->ids[key] };

    b->tied = -1;
    now.version = 0;
    decide_messages(b, key, &d);
}

void batch_decide(struct shell *shell, struct batch *b)
{
    now.shell = shell;
    now.batch = b;
    for (size_t i = 0; i < b->open_count && shell->fatal.kind == ERR_NONE; i++) {
        int32_t key = b->open[i];
        if (shell->spec->routes[b->route].kind == ROUTE_STATELESS) {
            decide_stateless(b, key);
            continue;
        }
        struct store_span before = { NULL, 0 };
        if (b->round > 0)
            before = b->values[i];
        else
            (void)store_item(shell->store, &b->call, (size_t)key, &before);
        if (shell->spec->routes[b->route].kind == ROUTE_ACCOUNT)
            decide_account(b, key, before);
        else
            decide_record(b, key, before);
    }
}
