#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/str.h"
#include "store/bytes.h"
#include "virtual_clock.h"
#include "worker/topics.h"

#define REST_MS 7000   /* longer than any pause of the shell */
#define IDLE_STEP_MS 50
#define ROUNDS_MAX 200000
#define CHECK_EVERY 8

static const struct route enrolment_routes[] = {
    { EVENT_PARTICIPANT_ENROLLED, ROUTE_RECORD, decide_fact },
};
static const struct route completion_routes[] = {
    { EVENT_TRAINING_COMPLETED, ROUTE_RECORD, decide_fact },
};
static const struct route rating_routes[] = {
    { EVENT_RATING_SUBMITTED, ROUTE_RECORD, decide_fact },
};
static const struct route eligibility_routes[] = {
    { EVENT_ACCOUNT_LINKED, ROUTE_RECORD, decide_fact },
    { EVENT_ELIGIBILITY_CHECKED, ROUTE_RECORD, decide_fact },
};

const struct worker_spec fact_workers[FACT_WORKERS] = {
    { .name = "enrolment-worker", .routes = enrolment_routes, .route_count = 1 },
    { .name = "completion-worker", .routes = completion_routes, .route_count = 1 },
    { .name = "rating-worker", .routes = rating_routes, .route_count = 1 },
    { .name = "eligibility-worker", .routes = eligibility_routes, .route_count = 2 },
};

static struct codec *codec; /* one for all worlds: it takes a while to make */

int world_done(void **state)
{
    (void)state;
    codec_close(codec);
    codec = NULL;
    return 0;
}

static struct codec *the_codec(void)
{
    struct err err;

    if (!codec)
        codec = codec_open(&err);
    assert_non_null(codec);
    return codec;
}

void world_open(struct world *w, int32_t partitions, uint64_t seed)
{
    const char *topics[EVENT_COUNT];

    log_open("test", LOG_ERROR);
    assert_true(partitions <= PARTITIONS_MAX);
    memset(w, 0, sizeof *w);
    virtual_clock_reset();
    for (int t = 0; t < EVENT_COUNT; t++)
        topics[t] = event_row((enum event_type)t)->topic;
    w->broker = bus_ram_new(topics, EVENT_COUNT, partitions, seed);
    bus_ram_now(w->broker, virtual_clock_ms());
    w->redis = store_ram_new(seed);
    w->eye = store_ram_open(w->redis);
    w->codec = the_codec();
    w->partitions = partitions;
    w->batch = 100;
    w->wait_ms = 2;
    w->random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
}

void world_close(struct world *w)
{
    for (int i = 0; i < PROCESSES_MAX; i++)
        if (w->processes[i].spec)
            world_kill(w, &w->processes[i], false);
    store_close(w->eye);
    store_ram_free(w->redis);
    bus_ram_free(w->broker);
}

uint32_t world_roll(struct world *w, uint32_t below)
{
    w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(w->random >> 33) % below;
}

/* ---------------------------------------------------------------- processes */
struct process *world_start(struct world *w, const struct worker_spec *spec)
{
    const char *first[ROUTES_MAX];
    int32_t order[EVENT_COUNT], subscribed[ROUTES_MAX];
    size_t count = 0;
    struct process *p = NULL;

    for (int i = 0; i < PROCESSES_MAX && !p; i++)
        if (!w->processes[i].spec)
            p = &w->processes[i];
    assert_non_null(p);
    memset(p, 0, sizeof *p);
    p->spec = spec;
    for (size_t r = 0; r < spec->route_count; r++) {
        first[r] = event_row(spec->routes[r].event)->topic;
        if (spec->routes[r].kind != ROUTE_LEDGER)
            subscribed[count++] = (int32_t)spec->routes[r].event;
    }
    topics_names(first, spec->route_count, p->topics);
    for (size_t t = 0; t < EVENT_COUNT; t++)
        order[t] = (int32_t)event_of_topic(p->topics[t]);
    bus_view_open(&p->view, bus_ram_open(w->broker, spec->name, subscribed, count), order,
                  EVENT_COUNT);
    p->store = store_ram_open(w->redis);
    p->shell = shell_new(spec,
                         &(struct shell_settings){ .environment = ENVIRONMENT,
                                                   .rehearsal = w->rehearsal,
                                                   .batch = w->batch,
                                                   .wait_ms = w->wait_ms,
                                                   .topics = p->topics,
                                                   .topic_count = EVENT_COUNT },
                         &p->view.bus, p->store, w->codec);
    if (spec->extra) {
        struct err err;
        p->shell->extra = spec->extra->open(p->shell, w->conf, &err);
        if (!p->shell->extra)
            fail_msg("%s", err.text);
    }
    return p;
}

void world_start_facts(struct world *w, struct process *out[FACT_WORKERS])
{
    for (int k = 0; k < FACT_WORKERS; k++)
        out[k] = world_start(w, &fact_workers[k]);
}

void world_kill(struct world *w, struct process *p, bool calls_take_place)
{
    (void)w;
    if (calls_take_place)
        store_step(p->store);
    bus_ram_kill(p->view.inner);
    if (p->shell->extra)
        p->spec->extra->close(p->shell->extra);
    shell_free(p->shell);
    store_close(p->store);
    p->spec = NULL;
}

void world_pass(struct world *w, int64_t ms)
{
    virtual_clock_step(ms);
    bus_ram_now(w->broker, virtual_clock_ms());
}

static void turn(struct process *p)
{
    if (!shell_turn(p->shell))
        fail_msg("%s gives up: %s", p->spec->name, p->shell->fatal.text);
}

void world_turn(struct world *w, struct process *p)
{
    turn(p);
    world_pass(w, 1);
}

void world_chance(struct world *w, int turns)
{
    for (int i = 0; i < turns; i++) {
        struct process *p = &w->processes[world_roll(w, PROCESSES_MAX)];
        if (!p->spec || p->frozen)
            continue;
        world_turn(w, p);
        if (i % CHECK_EVERY == 0)
            world_check_outboxes(w);
    }
}

static void settle_from_to(struct world *w, int from, int to)
{
    int64_t quiet_ms = 0;

    for (int rounds = 0; quiet_ms < REST_MS; rounds++) {
        bool progress = false;
        assert_in_range(rounds, 0, ROUNDS_MAX);
        for (int i = from; i < to; i++)
            if (w->processes[i].spec && !w->processes[i].frozen) {
                turn(&w->processes[i]);
                progress |= w->processes[i].shell->progress;
            }
        world_pass(w, progress ? 1 : IDLE_STEP_MS);
        quiet_ms = progress ? 0 : quiet_ms + IDLE_STEP_MS;
    }
}

void world_settle(struct world *w)
{
    settle_from_to(w, 0, PROCESSES_MAX);
}

void world_for(struct world *w, int64_t ms)
{
    for (; ms > 0; ms -= 10) {
        for (int i = 0; i < PROCESSES_MAX; i++)
            if (w->processes[i].spec && !w->processes[i].frozen)
                turn(&w->processes[i]);
        world_pass(w, 10);
    }
}

void world_settle_one(struct world *w, struct process *p)
{
    int at = (int)(p - w->processes);
    settle_from_to(w, at, at + 1);
}

/* ---------------------------------------------------------------- telling */
struct bus_position world_tell_bytes(struct world *w, enum event_type type, int32_t partition,
                                     const void *key, size_t key_size, const void *value,
                                     size_t size)
{
    struct bus_record record = {
        .topic = event_row(type)->topic,
        .partition = partition >= 0 ? partition : hash_partition(key, key_size, w->partitions),
        .key = key,
        .key_size = key_size,
        .value = value,
        .value_size = size,
    };
    struct bus_position at = { (int32_t)type, record.partition, 0 };

    at.offset = bus_ram_append(w->broker, &record);
    return at;
}

struct bus_position world_tell(struct world *w, enum event_type type, const void *event)
{
    struct buf bytes = { 0 };
    struct err err;
    const char *key = event_key(type, event);

    assert_int_equal(codec_encode(w->codec, type, event, &bytes, &err), 0);
    struct bus_position at =
        world_tell_bytes(w, type, -1, key, strlen(key), bytes.data, bytes.size);
    buf_release(&bytes);
    return at;
}
