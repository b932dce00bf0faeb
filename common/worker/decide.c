/* From messages to decisions: bad input out, the rest by participant, each record at once. */
#include <assert.h>
#include <ctype.h>
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
    int64_t version;
    const struct bus_message *cause; /* of what is emitted: whose trace goes on */
    union {
#define X(NAME, topic, record) struct record record;
        FOREACH_EVENT(X)
#undef X
    } event;
} now;

/* ---------------------------------------------------------------- sorting by key */
static bool key_is_id(const struct bus_message *m)
{
    const char *key = m->key;

    if (!key || m->key_size == 0 || m->key_size > PARTICIPANT_ID_MAX)
        return false;
    for (size_t i = 0; i < m->key_size; i++)
        if (!isalnum((unsigned char)key[i]) && !strchr("._:-", key[i]))
            return false;
    return memchr(key, '\0', m->key_size) == NULL;
}

/* What is wrong with a message before its bytes are looked into; NULL when nothing is. */
static const char *misfit(const struct bus_message *m)
{
    if (!m->value)
        return "no value";
    if (m->value_size > CODEC_MESSAGE_MAX)
        return "longer than 64 KiB";
    if (!key_is_id(m))
        return "the key isn't a participant id";
    return NULL;
}

static int32_t key_of(struct batch *b, const struct bus_message *m)
{
    uint64_t h = hash_fnv1a(m->key, m->key_size);

    for (size_t at = h % TABLE_SIZE;; at = (at + 1) % TABLE_SIZE) {
        int16_t k = b->table[at];
        if (k >= 0) {
            if (strlen(b->ids[k]) == m->key_size && memcmp(b->ids[k], m->key, m->key_size) == 0)
                return k;
            continue;
        }
        k = (int16_t)b->key_count++;
        memcpy(b->ids[k], m->key, m->key_size);
        b->ids[k][m->key_size] = '\0';
        b->keys[k] = (struct store_key){ 'p', b->ids[k] };
        b->head[k] = b->tail[k] = KEY_NONE;
        b->table[at] = k;
        return k;
    }
}

void batch_sort(struct shell *shell, struct batch *b)
{
    _Static_assert(TABLE_SIZE > 2 * BATCH_LIMIT, "the table never fills");
    b->key_count = 0;
    memset(b->table, 0xff, sizeof b->table);
    for (size_t i = 0; i < b->count; i++) {
        const struct bus_message *m = &b->messages[i];
        b->next[i] = KEY_NONE;
        const char *wrong = misfit(m);
        if (wrong) {
            batch_dead(shell, b, m, wrong, -1);
            continue;
        }
        int32_t partition = hash_partition(m->key, m->key_size, shell->partitions);
        if (partition != b->bucket->number) {
            batch_misplaced(shell, b, m, partition);
            continue;
        }
        int32_t k = key_of(b, m);
        if (b->tail[k] == KEY_NONE)
            b->head[k] = (int32_t)i;
        else
            b->next[b->tail[k]] = (int32_t)i;
        b->tail[k] = (int32_t)i;
    }
}

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
static void pack_caused(enum event_type type, const void *event, const char *participant,
                        const char *id, int64_t time_ms)
{
    struct batch *b = now.batch;
    struct parcel parcel = { .partition = b->bucket->number, .version = now.version,
                             .time_ms = time_ms };
    size_t at = b->bytes.size;

    origin_trace(now.cause, now.shell->topics[b->route], parcel.traceparent);
    trace_step(parcel.traceparent, id);
    shell_pack_parcel(now.shell, &parcel, type, event, participant, id, &b->bytes);
    batch_add_emit(b, b->tied, at);
}

void decision_emit(struct decision *d, enum event_type type, const void *event, const char *id)
{
    pack_caused(type, event, d->participant, id, d->now_ms);
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
    if (strcmp(event_participant(type, &now.event), id) != 0)
        return "the key isn't the payload's participant";
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
        pack_caused(type, &event, now.new.id, id, now_ms);
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

/* A record that changed becomes a write; one that didn't leaves no trace. */
static void decide_record(struct batch *b, int32_t key, struct store_span before)
{
    struct err err;

    if (record_from_bytes_again(before.at, before.size, b->ids[key], &now.old, &err) < 0) {
        shell_fatal(now.shell, &err);
        return;
    }
    int64_t wire = clock_wire_ms();
    record_copy(&now.new, &now.old);
    now.version = now.old.version + 1 > wire ? now.old.version + 1 : wire;
    now.new.version = now.version;

    size_t write = b->write_count, bytes_before = b->bytes.size;
    (void)batch_add_write(b); /* filled in below, if the record changes */
    size_t emits = b->emit_count, timers = b->timer_count;
    b->tied = (int32_t)write;
    struct decision d = { .shell = now.shell, .bucket = b->bucket, .record = &now.new,
                          .participant = b->ids[key] };
    if (!shell_business_ms(now.shell, &d.business_ms))
        d.business_ms = 0;
    decide_messages(b, key, &d);
    emit_changes(d.now_ms);
    size_t at = b->bytes.size;
    record_to_bytes(&now.new, &b->bytes);
    assert(b->write_count == write + 1); /* cases are written by routes without a record */
    if (same_but_version(&b->bytes, at, before)) {
        b->bytes.size = at;
        b->write_count = write;
        for (size_t i = emits; i < b->emit_count; i++)
            b->emits[i].tied = -1;
        for (size_t i = timers; i < b->timer_count; i++)
            b->timers[i].tied = -1;
        if (b->emit_count == emits && b->timer_count == timers)
            b->bytes.size = bytes_before;
        metric_add(now.shell->metrics.unchanged, 1);
        return;
    }
    b->writes[write] = (struct batch_write){ .kind = 'p', .key = key, .tied = -1,
                                             .expected = now.old.version,
                                             .bytes = { at, b->bytes.size - at } };
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
        decide_record(b, key, before);
    }
}
