#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "contract.h"

#define WORKERS 2
#define TOPICS 2
#define RECORDS 10
#define OTHERS 4 /* payments, cases */
#define TIMERS 6
#define WRITES 8
#define EMITS 6
#define TEXTS 8

static const char *const workers[WORKERS] = { "rating", "completion" };
static const char *const topics[TOPICS] = { TOPIC, OTHER_TOPIC };
static const char *const record_ids[RECORDS] = { "r0", "r1", "r2", "r3", "r4",
                                                 "r5", "r6", "r7", "r8", "r9" };
static const char *const other_ids[OTHERS] = { "o0", "o1", "o2", "o3" };
static const char *const members[TIMERS] = { "t0", "t1", "t2", "t3", "t4", "t5" };
static const struct store_span texts[TEXTS] = {
    { "", 0 },        { "x", 1 },      { "\0", 1 },         { "\r\n$5\r\n", 6 },
    { "\xff\xfe", 2 }, { "emission", 8 }, { "*2\r\n:1\r\n", 8 }, { "longer than the others", 22 },
};

/* What we believe of the bucket; wrong now and then, on purpose. */
struct model {
    struct store *a, *b;
    int32_t bucket;
    uint64_t random;
    struct store_chain chains[WORKERS];
    int64_t watermarks[WORKERS][TOPICS];
    int64_t versions[RECORDS];
    int64_t bucket_version;
    struct store_call of_a, of_b;
    size_t seen[STORE_REFUSED + 1]; /* how often each status came */
};

static uint32_t roll(struct model *m, uint32_t sides)
{
    m->random = m->random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(m->random >> 33) % sides;
}

/* ------------------------------------------------------------------ comparing */

static int by_bytes(const void *a, const void *b)
{
    const struct store_span *x = a, *y = b;
    int order = memcmp(x->at, y->at, x->size < y->size ? x->size : y->size);

    return order ? order : (x->size > y->size) - (x->size < y->size);
}

static void compare_items(struct model *m, int operation)
{
    struct store_span x, y;

    for (size_t i = 0;; i++) {
        bool more = store_item(m->a, &m->of_a, i, &x);
        if (more != store_item(m->b, &m->of_b, i, &y))
            fail_msg("operation %d: different numbers of items, %zu is one", operation, i);
        if (!more)
            return;
        if ((x.at == NULL) != (y.at == NULL) ||
            (x.at && (x.size != y.size || memcmp(x.at, y.at, x.size) != 0)))
            fail_msg("operation %d: item %zu differs", operation, i);
    }
}

static void compare_answers(struct model *m, int operation)
{
    const struct store_call *x = &m->of_a, *y = &m->of_b;

    (void)finish(m->a, &m->of_a);
    (void)finish(m->b, &m->of_b);
    if (x->status != y->status || x->epoch != y->epoch || x->number != y->number ||
        x->count != y->count)
        fail_msg("operation %d: status %d %d, epoch %lld %lld, number %lld %lld, count %zu %zu",
                 operation, x->status, y->status, (long long)x->epoch, (long long)y->epoch,
                 (long long)x->number, (long long)y->number, x->count, y->count);
    for (size_t i = 0; i < STORE_TOPICS_MAX; i++)
        if (x->watermarks[i] != y->watermarks[i])
            fail_msg("operation %d: watermark %zu: %lld %lld", operation, i,
                     (long long)x->watermarks[i], (long long)y->watermarks[i]);
    compare_items(m, operation);
    m->seen[x->status]++;
}

static void done(struct model *m)
{
    store_call_done(m->a, &m->of_a);
    store_call_done(m->b, &m->of_b);
}

/* ------------------------------------------------------------------ the operations */

static void do_own(struct model *m, int operation)
{
    uint32_t w = roll(m, WORKERS);
    int64_t now = roll(m, 5000);

    store_own(m->a, &m->of_a, m->bucket, workers[w], topics, TOPICS, now);
    store_own(m->b, &m->of_b, m->bucket, workers[w], topics, TOPICS, now);
    compare_answers(m, operation);
    if (roll(m, 10) > 0) /* else: somebody else took it */
        m->chains[w] = (struct store_chain){ m->of_a.epoch, 0 };
    memcpy(m->watermarks[w], m->of_a.watermarks, sizeof m->watermarks[w]);
}

static void do_look(struct model *m, int operation)
{
    uint32_t w = roll(m, WORKERS);

    store_look(m->a, &m->of_a, m->bucket, workers[w], topics, TOPICS);
    store_look(m->b, &m->of_b, m->bucket, workers[w], topics, TOPICS);
    compare_answers(m, operation);
}

static void learn_version(struct model *m, size_t record, const struct store_span *value)
{
    int64_t version = 0;

    for (size_t i = 0; value->at && i < 8; i++)
        version = version << 8 | ((const uint8_t *)value->at)[i];
    m->versions[record] = version;
}

/* Both kinds of records. */
static char kind_of(size_t record)
{
    return record % 2 ? 'a' : 'p';
}

static void do_load(struct model *m, int operation)
{
    struct store_key keys[RECORDS + 2 * OTHERS];
    struct store_span value;

    for (size_t i = 0; i < RECORDS; i++)
        keys[i] = (struct store_key){ kind_of(i), record_ids[i] };
    for (size_t i = 0; i < 2 * OTHERS; i++)
        keys[RECORDS + i] = (struct store_key){ i % 2 ? 'y' : 'c', other_ids[i / 2] };
    store_load(m->a, &m->of_a, m->bucket, keys, RECORDS + 2 * OTHERS);
    store_load(m->b, &m->of_b, m->bucket, keys, RECORDS + 2 * OTHERS);
    compare_answers(m, operation);
    if (roll(m, 4) == 0)
        return; /* forget it: later writes meet conflicts */
    m->bucket_version = m->of_a.number;
    for (size_t i = 0; i < RECORDS && store_item(m->a, &m->of_a, i, &value); i++)
        learn_version(m, i, &value);
}

struct parts {
    struct store_write writes[WRITES];
    struct store_emit emits[EMITS];
    struct store_timer timers[TIMERS];
    struct store_require require;
};

static int32_t any_tie(struct model *m, size_t records)
{
    return records == 0 ? -1 : (int32_t)roll(m, (uint32_t)records + 1) - 1;
}

static void fill_parts(struct model *m, struct store_apply *apply, struct parts *parts)
{
    size_t records = roll(m, 4), others = roll(m, 4);
    uint32_t first = roll(m, RECORDS);

    for (size_t i = 0; i < records; i++) {
        size_t r = (first + i) % RECORDS;
        int64_t expected = m->versions[r] + (roll(m, 8) == 0 ? 1 : 0);
        parts->writes[i] = record_write(record_ids[r], expected,
                                        expected + 1 + roll(m, 3), "");
        parts->writes[i].key.kind = kind_of(r);
    }
    for (size_t i = records; i < records + others; i++)
        parts->writes[i] = (struct store_write){
            .key = { roll(m, 2) ? 'y' : 'c', other_ids[roll(m, OTHERS)] },
            .bytes = texts[roll(m, TEXTS)],
            .tied = any_tie(m, records),
        };
    apply->write_count = records + others;
    apply->emit_count = roll(m, EMITS + 1);
    for (size_t i = 0; i < apply->emit_count; i++)
        parts->emits[i] = (struct store_emit){ any_tie(m, records), texts[roll(m, TEXTS)] };
    apply->timer_count = roll(m, TIMERS + 1);
    for (size_t i = 0; i < apply->timer_count; i++)
        parts->timers[i] = (struct store_timer){ any_tie(m, records), members[roll(m, TIMERS)],
                                                 (enum store_clock)roll(m, 3), roll(m, 100) };
    if (apply->timer_count > 0 && roll(m, 8) == 0)
        parts->timers[0] = (struct store_timer){ any_tie(m, records), STORE_TIMERS_WHOLE,
                                                 STORE_CLOCK_BUSINESS, 0 };
    uint32_t w = roll(m, WORKERS), t = roll(m, TOPICS);
    int64_t watermark = m->watermarks[w][t] + (int64_t)roll(m, 4) - 2;
    parts->require = (struct store_require){ workers[w], topics[t],
                                             watermark < -1 ? -1 : watermark };
    apply->require_count = roll(m, 6) == 0;
}

static void learn_apply(struct model *m, const struct store_apply *apply, uint32_t w, uint32_t t)
{
    struct store_span index, value;

    if (m->of_a.status != STORE_OK && m->of_a.status != STORE_CONFLICT)
        return;
    m->chains[w].sequence++;
    m->bucket_version = m->of_a.number;
    if (apply->topic && m->of_a.status == STORE_OK)
        m->watermarks[w][t] = apply->last;
    for (size_t i = 0; i < apply->write_count; i++) {
        const struct store_write *write = &apply->writes[i];
        if (write->key.kind == 'p' || write->key.kind == 'a')
            learn_version(m, (size_t)(write->key.id[1] - '0'), &write->bytes);
    }
    for (size_t i = 0; store_item(m->a, &m->of_a, i, &index); i += 2) {
        char text[8] = "";
        assert_true(index.size < sizeof text && store_item(m->a, &m->of_a, i + 1, &value));
        memcpy(text, index.at, index.size);
        const struct store_write *write = &apply->writes[strtol(text, NULL, 10)];
        learn_version(m, (size_t)(write->key.id[1] - '0'), &value);
    }
}

static void do_apply(struct model *m, int operation)
{
    uint32_t w = roll(m, WORKERS), t = roll(m, TOPICS);
    struct parts parts;
    struct store_apply apply = {
        .bucket = m->bucket,
        .worker = workers[w],
        .chain = m->chains[w],
        .bucket_version = roll(m, 3) > 0 ? -1 : m->bucket_version,
        .trim = roll(m, 3) == 0 ? roll(m, 10) : 0,
        .writes = parts.writes,
        .emits = parts.emits,
        .timers = parts.timers,
        .requires = &parts.require,
    };

    fill_parts(m, &apply, &parts);
    if (roll(m, 4) > 0) {
        apply.topic = topics[t];
        apply.prev = m->watermarks[w][t] + (roll(m, 15) == 0 ? 1 : 0);
        apply.last = m->watermarks[w][t] + 1 + (int64_t)roll(m, 5) - (roll(m, 15) == 0 ? 5 : 0);
        apply.last = apply.last < 0 ? 0 : apply.last;
    }
    if (roll(m, 20) == 0)
        apply.chain.sequence++;
    if (roll(m, 20) == 0)
        apply.chain.epoch += roll(m, 2) ? 1 : -1;
    if (apply.chain.epoch < 0)
        apply.chain.epoch = 0;
    store_apply(m->a, &m->of_a, &apply);
    store_apply(m->b, &m->of_b, &apply);
    compare_answers(m, operation);
    learn_apply(m, &apply, w, t);
}

static void do_trim(struct model *m, int operation)
{
    uint32_t w = roll(m, WORKERS);
    int64_t count = roll(m, 6);

    store_trim(m->a, &m->of_a, m->bucket, workers[w], m->chains[w], count);
    store_trim(m->b, &m->of_b, m->bucket, workers[w], m->chains[w], count);
    compare_answers(m, operation);
    if (m->of_a.status == STORE_OK)
        m->chains[w].sequence++;
}

static void do_due(struct model *m, int operation)
{
    uint32_t w = roll(m, WORKERS);
    int64_t business = roll(m, 120), wire = roll(m, 120);
    size_t max = roll(m, TIMERS + 2);

    store_due(m->a, &m->of_a, m->bucket, workers[w], business, wire, max);
    store_due(m->b, &m->of_b, m->bucket, workers[w], business, wire, max);
    compare_answers(m, operation);
}

/* All ids, in order of their bytes; so few that each store tells them in any number of parts. */
static size_t all_ids(struct store *store, int32_t bucket, char kind, char out[][8], size_t max)
{
    struct store_call call = { .status = STORE_IDLE };
    struct store_span ids[RECORDS + OTHERS], id;
    size_t count = 0;
    int64_t cursor = 0;

    do {
        store_ids(store, &call, bucket, kind, cursor);
        assert_int_equal(finish(store, &call), STORE_OK);
        for (size_t i = 0; store_item(store, &call, i, &id); i++) {
            assert_true(count < max && id.size < 8);
            memset(out[count], 0, 8);
            memcpy(out[count++], id.at, id.size);
        }
        cursor = call.number;
        store_call_done(store, &call);
    } while (cursor != 0);
    for (size_t i = 0; i < count; i++)
        ids[i] = (struct store_span){ out[i], 8 };
    qsort(ids, count, sizeof ids[0], by_bytes);
    char sorted[RECORDS + OTHERS][8];
    for (size_t i = 0; i < count; i++)
        memcpy(sorted[i], ids[i].at, 8);
    memcpy(out, sorted, sizeof sorted[0] * count);
    return count;
}

static void do_ids(struct model *m, int operation)
{
    static const char kinds[] = { 'p', 'a', 'y', 'c' };
    char x[RECORDS + OTHERS][8], y[RECORDS + OTHERS][8];
    char kind = kinds[roll(m, 4)];
    size_t of_x = all_ids(m->a, m->bucket, kind, x, RECORDS + OTHERS);
    size_t of_y = all_ids(m->b, m->bucket, kind, y, RECORDS + OTHERS);

    if (of_x != of_y || memcmp(x, y, of_x * 8) != 0)
        fail_msg("operation %d: other ids", operation);
}

void diff_run(struct store *a, struct store *b, int32_t bucket, uint64_t seed, int operations)
{
    static void (*const what[])(struct model *, int) = {
        do_apply, do_apply, do_apply, do_apply, do_apply, do_apply,
        do_load,  do_load,  do_trim,  do_due,   do_look,
    };
    struct model m = { .a = a, .b = b, .bucket = bucket, .random = seed, .bucket_version = -1 };

    memset(m.watermarks, 0xff, sizeof m.watermarks);
    for (int i = 0; i < operations; i++) {
        if (roll(&m, 60) == 0)
            do_own(&m, i);
        else if (roll(&m, 60) == 0)
            do_ids(&m, i);
        else
            what[roll(&m, sizeof what / sizeof what[0])](&m, i);
        done(&m);
    }
    static const enum store_status wanted[] = {
        STORE_OK, STORE_CONFLICT, STORE_DUP, STORE_GAP, STORE_STALE, STORE_FENCED,
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        print_message("status %d: %zu times\n", wanted[i], m.seen[wanted[i]]);
        assert_true(m.seen[wanted[i]] > 0); /* else the walk is too tame to prove anything */
    }
}
