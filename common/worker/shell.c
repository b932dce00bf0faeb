/* The loop: one turn after the other, each a step of every part, none waiting. */
#include "worker/shell.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "worker/batch.h"

#define COMMIT_EVERY_MS 1000
#define CLOCK_EVERY_MS 100
#define PATIENCE_MS 1000
#define WIPED_MS 5000 /* then it is asked again whether it has been rebuilt */

int32_t shell_topic(const struct shell *s, const char *topic)
{
    for (size_t i = 0; i < s->set.topic_count; i++)
        if (strcmp(s->set.topics[i], topic) == 0)
            return (int32_t)i;
    assert(!"a topic that the bus doesn't know");
    return -1;
}

bool shell_subscribes(const struct shell *s, size_t route)
{
    return s->spec->routes[route].kind != ROUTE_LEDGER;
}

void shell_fatal(struct shell *s, const struct err *err)
{
    if (s->fatal.kind != ERR_NONE)
        return;
    s->fatal = *err;
    if (s->fatal.kind == ERR_NONE)
        s->fatal.kind = ERR_FATAL;
    LOG(LOG_ERROR, EV("fatal"), F_STR("error", s->fatal.text));
}

/* ---------------------------------------------------------------- assignment */
static bool know_partitions(struct shell *s)
{
    struct err err;
    int count = 0;

    if (s->partitions > 0)
        return true;
    for (size_t r = 0; r < s->spec->route_count; r++) {
        int here = bus_partitions(s->bus, (int32_t)r);
        if (here <= 0)
            return false;
        if (count != 0 && here != count) {
            (void)err_set(&err, ERR_FATAL, "topics differ in partitions: %s has %d, others %d",
                          s->topics[r], here, count);
            shell_fatal(s, &err);
            return false;
        }
        count = here;
    }
    if (count > BUS_PARTITIONS_MAX || (s->set.partitions > 0 && count != s->set.partitions)) {
        (void)err_set(&err, ERR_FATAL, "topics have %d partitions, expected %d (at most %d)", count,
                      (int)s->set.partitions, BUS_PARTITIONS_MAX);
        shell_fatal(s, &err);
        return false;
    }
    s->buckets = calloc((size_t)count, sizeof *s->buckets);
    if (!s->buckets)
        abort();
    for (int32_t b = 0; b < count; b++)
        s->buckets[b].number = b;
    s->partitions = count;
    return true;
}

static void take_assigned(struct shell *s)
{
    if (!know_partitions(s) || s->waiting_count == 0) /* also who has no bucket must know */
        return;
    for (size_t i = 0; i < s->waiting_count; i++) {
        int32_t b = s->waiting[i];
        if (b >= s->partitions) { /* read by nobody else, and placed by another count */
            struct err err;
            (void)err_set(&err, ERR_FATAL, "topics have more than their %d partitions now: their "
                          "number can't be changed", (int)s->partitions);
            shell_fatal(s, &err);
            return;
        }
        bucket_lose(s, &s->buckets[b], BUCKET_OWN);
    }
    LOG(LOG_INFO, EV("assigned"), F_INT("buckets", s->waiting_count));
    s->waiting_count = 0;
}

static void revoked(struct shell *s)
{
    for (int32_t b = 0; b < s->partitions; b++)
        if (s->buckets[b].state != BUCKET_FOREIGN)
            bucket_lose(s, &s->buckets[b], BUCKET_FOREIGN);
    s->waiting_count = 0;
    bus_revoke_done(s->bus);
    LOG(LOG_INFO, EV("revoked"));
}

static void committed_answer(struct shell *s, const struct bus_event *event)
{
    if (s->asking < 0)
        return;
    struct bucket *bucket = &s->buckets[s->asking];
    int64_t most = BUS_NONE;
    s->asking = -1;
    if (bucket->state != BUCKET_ASK || event->positions[0].partition != bucket->number)
        return; /* asked for another, which was lost meanwhile */
    for (size_t i = 0; i < event->count; i++)
        if (event->positions[i].offset > most)
            most = event->positions[i].offset;
    bucket->state = most > 0 ? BUCKET_WIPED : BUCKET_LEFTOVER;
    if (most <= 0)
        return;
    bucket->again_boot_ms = clock_boot_ms() + WIPED_MS;
    LOG(LOG_ERROR, EV("wiped"), F_INT("bucket", bucket->number), F_INT("committed", most),
        F_STR("error", "the group has committed offsets but Redis holds no watermark of this "
                       "bucket: Redis has lost its data and must be rebuilt"));
}

static void out_of_range(struct shell *s, const struct bus_event *event)
{
    struct err err;
    (void)err_set(&err, ERR_FATAL,
                  "%s/%d: the next offset isn't in the log: records were lost to retention",
                  s->topics[event->positions[0].topic], (int)event->positions[0].partition);
    shell_fatal(s, &err);
}

static void take_event(struct shell *s, const struct bus_event *event)
{
    switch (event->kind) {
    case BUS_NOTHING: break;
    case BUS_ASSIGNED:
        s->waiting_count = event->count;
        memcpy(s->waiting, event->buckets, event->count * sizeof s->waiting[0]);
        break;
    case BUS_REVOKED: revoked(s); break;
    case BUS_AWAY:
    case BUS_BACK:
        s->bus_away = event->kind == BUS_AWAY;
        metric_set(s->metrics.bus_up, !s->bus_away);
        LOG(s->bus_away ? LOG_WARN : LOG_INFO, EV(s->bus_away ? "kafka-away" : "kafka-back"));
        break;
    case BUS_COMMITTED: committed_answer(s, event); break;
    case BUS_OUT_OF_RANGE: out_of_range(s, event); break;
    case BUS_READ_END: /* the extension reads by itself: shell_read_end() */
        if (s->spec->extra && s->spec->extra->read_end)
            s->spec->extra->read_end(s->extra, &event->positions[0]);
        break;
    case BUS_FAILED:
        if (event->err.kind == ERR_FATAL)
            shell_fatal(s, &event->err);
        else
            LOG(LOG_WARN, EV("kafka"), F_STR("error", event->err.text));
        break;
    }
}

/* ---------------------------------------------------------------- steps of a turn */

/* Once per change of state (issue "Kafka or Redis away"): whoever owns must own again. */
static void watch_store(struct shell *s)
{
    struct err err = { 0 };
    bool away = store_trouble(s->store, &err);
    int64_t generation = store_generation(s->store);

    s->store_away = away;
    if (away && s->store_said == STORE_SAID_NOTHING &&
        clock_boot_ms() < s->start_boot_ms + PATIENCE_MS)
        return; /* the first connection takes a moment */
    if (s->store_said != (away ? STORE_SAID_AWAY : STORE_SAID_UP)) {
        s->store_said = away ? STORE_SAID_AWAY : STORE_SAID_UP;
        metric_set(s->metrics.store_up, !away);
        LOG(away ? LOG_WARN : LOG_INFO, EV(away ? "redis-away" : "redis-back"),
            F_STR("reason", err.text));
    }
    if (generation == s->store_generation)
        return;
    s->store_generation = generation;
    for (int32_t b = 0; b < s->partitions; b++)
        if (s->buckets[b].state != BUCKET_FOREIGN) /* an answer to own may be of before, too */
            bucket_lose(s, &s->buckets[b], BUCKET_OWN);
}

static void step_clock(struct shell *s)
{
    if (!s->set.rehearsal)
        return;
    if (s->clock_call.status == STORE_IDLE) {
        struct err err;
        if (clock_boot_ms() < s->clock_boot_ms || store_trouble(s->store, &err))
            return;
        store_clock(s->store, &s->clock_call, 0);
        return;
    }
    if (s->clock_call.status == STORE_WAITING)
        return;
    /* A value once known is kept when Redis has lost it: payments under way rest on it. */
    if (s->clock_call.status == STORE_OK && s->clock_call.number > 0 &&
        s->clock_call.number != s->business_base_ms) {
        s->business_base_ms = s->clock_call.number;
        s->progress = true;
    }
    s->clock_boot_ms = clock_boot_ms() + CLOCK_EVERY_MS;
    store_call_done(s->store, &s->clock_call);
}

/*
 * All who write into one Redis agree on the environment, which is in every id of a payment, and on
 * the number of buckets, which says where a participant's record is. With another of either the
 * same money would be paid again, under other names.
 */
static void step_stamp(struct shell *s)
{
    char ours[STORE_STAMP_MAX + 1];
    struct store_span said = { NULL, 0 };
    struct err err;

    if (s->partitions == 0 || s->store_generation == 0 || s->stamped == s->store_generation)
        return;
    (void)snprintf(ours, sizeof ours, "%s %d", s->set.environment, (int)s->partitions);
    if (s->stamp_call.status == STORE_IDLE) {
        if (!store_trouble(s->store, &err))
            store_stamp(s->store, &s->stamp_call, ours);
        return;
    }
    if (s->stamp_call.status == STORE_WAITING)
        return;
    if (s->stamp_call.status == STORE_REFUSED)
        shell_fatal(s, &s->stamp_call.err);
    bool answered = s->stamp_call.status == STORE_OK &&
                    store_item(s->store, &s->stamp_call, 0, &said);
    bool fits = !said.at || (said.size == strlen(ours) && memcmp(said.at, ours, said.size) == 0);
    if (answered && fits) {
        s->stamped = store_generation(s->store);
    } else if (answered) {
        (void)err_set(&err, ERR_FATAL,
                      "this Redis belongs to environment and partitions \"%.*s\", this worker to "
                      "\"%s\": set INSENTIF_ENVIRONMENT, INSENTIF_BROKERS or INSENTIF_REDIS right; "
                      "the number of partitions can't be changed", (int)said.size,
                      (const char *)said.at, ours);
        shell_fatal(s, &err);
    }
    store_call_done(s->store, &s->stamp_call);
}

bool shell_business_ms(const struct shell *s, int64_t *at_ms)
{
    *at_ms = s->set.rehearsal ? s->business_base_ms : clock_wire_ms();
    return *at_ms > 0;
}

/* For monitoring and as a lower bound: only what is applied and emitted. */
static void commit_offsets(struct shell *s)
{
    struct bus_position positions[BUS_TOPICS_MAX];
    size_t count = 0;
    struct err err;

    if (clock_boot_ms() < s->commit_boot_ms + COMMIT_EVERY_MS && !s->stopping)
        return;
    s->commit_boot_ms = clock_boot_ms();
    for (int32_t b = 0; b < s->partitions; b++) {
        struct bucket *bucket = &s->buckets[b];
        if (bucket->state != BUCKET_RUN || !outbox_empty(bucket))
            continue;
        for (size_t r = 0; r < s->spec->route_count; r++) {
            struct lane *lane = &bucket->lanes[r];
            if (lane->watermark + 1 <= lane->committed || !shell_subscribes(s, r))
                continue;
            lane->committed = lane->watermark + 1;
            positions[count++] = (struct bus_position){ (int32_t)r, b, lane->committed };
            if (count == BUS_TOPICS_MAX) {
                (void)!bus_commit(s->bus, positions, count, &err); /* a lost commit is harmless */
                count = 0;
            }
        }
    }
    if (count > 0)
        (void)!bus_commit(s->bus, positions, count, &err);
}

bool shell_ready(const struct shell *s)
{
    if (s->partitions == 0 || s->store_away || s->bus_away || s->fatal.kind != ERR_NONE)
        return false;
    for (int32_t b = 0; b < s->partitions; b++)
        if (s->buckets[b].state != BUCKET_FOREIGN && s->buckets[b].state != BUCKET_RUN)
            return false;
    return true;
}

static void count_running(struct shell *s)
{
    int64_t running = 0;

    for (int32_t b = 0; b < s->partitions; b++)
        running += s->buckets[b].state == BUCKET_RUN;
    metric_set(s->metrics.buckets, running);
    metric_set(s->metrics.ready, shell_ready(s));
}

bool shell_turn(struct shell *s)
{
    struct bus_event event;

    s->progress = false;
    store_step(s->store);
    watch_store(s);
    while (bus_poll(s->bus, &event)) {
        s->progress = true;
        take_event(s, &event);
    }
    take_assigned(s);
    step_stamp(s);
    step_clock(s);
    for (int32_t b = 0; b < s->partitions && s->fatal.kind == ERR_NONE; b++)
        bucket_step(s, &s->buckets[b]);
    if (s->spec->extra && s->extra && s->fatal.kind == ERR_NONE)
        s->spec->extra->turn(s->extra);
    bucket_position_all(s);
    if (s->fatal.kind == ERR_NONE)
        batch_step_all(s);
    commit_offsets(s);
    outbox_sweep(s);
    store_step(s->store);
    count_running(s);
    return s->fatal.kind == ERR_NONE;
}

void shell_stop(struct shell *s)
{
    s->stopping = true;
}

bool shell_stopped(const struct shell *s)
{
    if (!s->stopping)
        return false;
    if (batch_any(s) || (s->spec->extra && !s->spec->extra->idle(s->extra)))
        return false;
    for (int32_t b = 0; b < s->partitions; b++)
        if (!outbox_empty(&s->buckets[b]) || s->buckets[b].writing > 0 ||
            s->buckets[b].deliverable > 0) /* its trim waits for another call's answer */
            return false;
    return true;
}
