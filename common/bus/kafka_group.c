/*
 * The member of the group: assignments, positions, commits.
 *
 * An assignment is accepted at once with an empty list, which completes the group's protocol
 * without fetching anything; bus_assign() gives the real list later. A revocation is answered when
 * the shell has let go (bus_revoke_done()); until then the member goes on sending heartbeats.
 */
#include "bus/kafka.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define LEAVE_MAX_MS 3000 /* how long bus_close() waits for the group to hear that we leave */
#define SEEK_MAX_MS 5000  /* for librdkafka's own thread; 2.0 takes it for microseconds */

static int subscribe(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)conf->subscribed_count);
    for (size_t i = 0; i < conf->subscribed_count; i++) {
        int32_t topic = conf->subscribed[i];
        k->subscribed[topic] = true;
        rd_kafka_topic_partition_list_add(list, k->topics[topic], RD_KAFKA_PARTITION_UA);
    }
    rd_kafka_resp_err_t code = rd_kafka_subscribe(k->group.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code)
        return err_set(err, ERR_FATAL, "Kafka subscribe: %s", rd_kafka_err2str(code));
    return 0;
}

int group_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err)
{
    if (!conf->group)
        return 0;
    k->group_id = strdup(conf->group);
    assert(k->group_id);
    k->subscribed_count = conf->subscribed_count;
    rd_kafka_conf_t *settings = kafka_conf_new(conf, KAFKA_GROUP, err);
    if (!settings || lane_open(k, &k->group, settings, err))
        return -1;
    return subscribe(k, conf, err);
}

void group_close(struct kafka *k)
{
    if (!k->group.rk)
        return;
    rd_kafka_error_t *error = rd_kafka_consumer_close_queue(k->group.rk, k->group.queue);
    int64_t until_ms = clock_boot_ms() + LEAVE_MAX_MS;
    while (!error && !rd_kafka_consumer_closed(k->group.rk) && clock_boot_ms() < until_ms) {
        rd_kafka_event_t *e = rd_kafka_queue_poll(k->group.queue, 50);
        if (e && rd_kafka_event_type(e) == RD_KAFKA_EVENT_REBALANCE)
            (void)rd_kafka_assign(k->group.rk, NULL);
        rd_kafka_event_destroy(e);
    }
    if (error)
        rd_kafka_error_destroy(error);
    lane_close(&k->group);
}

/* Every subscribed topic, every owned bucket. */
#define FOR_PARTS(k, part)                                                                         \
    for (int32_t t_ = 0; t_ < (int32_t)(k)->topic_count; t_++)                                     \
        for (int32_t p_ = 0; (k)->group.parts[t_] && p_ < BUS_PARTITIONS_MAX; p_++)                \
            for (struct part *part = &(k)->group.parts[t_][p_]; part; part = NULL)

static int32_t topic_index(const struct kafka *k, const char *name)
{
    for (int32_t t = 0; t < (int32_t)k->topic_count; t++)
        if (strcmp(k->topics[t], name) == 0)
            return t;
    return -1;
}

/* Which buckets this assignment gives. False, with a failure told: topics differ. */
static bool find_buckets(struct kafka *k, const rd_kafka_topic_partition_list_t *list)
{
    uint8_t topics_with[BUS_PARTITIONS_MAX] = { 0 };
    memset(k->owned, 0, sizeof k->owned);
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *tp = &list->elems[i];
        int32_t topic = topic_index(k, tp->topic);
        if (topic < 0 || tp->partition >= BUS_PARTITIONS_MAX) {
            kafka_fail(k, ERR_FATAL, "given %.100s [%d]: at most %d partitions are supported",
                       tp->topic, (int)tp->partition, BUS_PARTITIONS_MAX);
            return false;
        }
        k->owned[tp->partition] = true;
        topics_with[tp->partition]++;
    }
    for (int32_t p = 0; p < BUS_PARTITIONS_MAX; p++) {
        if (!k->owned[p] || topics_with[p] == k->subscribed_count)
            continue;
        kafka_fail(k, ERR_RETRY,
                   "given partition %d of %d topics out of %zu: a topic is missing, has another "
                   "number of partitions, or a member of the group subscribes to other topics",
                   (int)p, (int)topics_with[p], k->subscribed_count);
        return false;
    }
    return true;
}

static void let_go(struct kafka *k)
{
    FOR_PARTS(k, part)
    {
        lane_drop(k, part);
        part->started = false;
    }
    k->group.stale = k->group.retry = false;
}

/* True when *event says what happened. */
static bool rebalance(struct kafka *k, rd_kafka_event_t *e, struct bus_event *event)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_event_topic_partition_list(e);
    let_go(k);
    if (rd_kafka_event_error(e) != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        if (k->state == GROUP_OURS) {
            k->state = GROUP_REVOKING;
            event->kind = BUS_REVOKED;
            return true;
        }
        k->state = GROUP_OUT;
        (void)rd_kafka_assign(k->group.rk, NULL);
        return false;
    }
    rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(1);
    rd_kafka_resp_err_t code = rd_kafka_assign(k->group.rk, none);
    rd_kafka_topic_partition_list_destroy(none);
    if (code) {
        kafka_trouble(k, &k->told.group, code, false, "accepting an assignment");
        return false;
    }
    if (!find_buckets(k, list)) {
        k->state = GROUP_UNFIT;
        return false;
    }
    k->state = GROUP_OURS;
    event->kind = BUS_ASSIGNED;
    for (int32_t p = 0; p < BUS_PARTITIONS_MAX; p++)
        if (k->owned[p])
            event->buckets[event->count++] = p;
    return true;
}

/* Seek what has only moved. librdkafka's thread answers at once, without the network, and refuses
 * what it is just starting or has stopped after an error. False: the whole must be renewed. */
static bool seek_moved(struct kafka *k)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(16);
    bool done = !k->group.anew;
    FOR_PARTS(k, part)
    {
        bool run = part->wanted && !part->astray;
        done = done && run == part->started;
        if (!run || !part->moved)
            continue;
        lane_drain(part);
        rd_kafka_topic_partition_list_add(list, k->topics[part->topic], part->partition)->offset =
            part->next;
    }
    if (done && list->cnt > 0) {
        rd_kafka_error_t *error = rd_kafka_seek_partitions(k->group.rk, list, SEEK_MAX_MS);
        done = !error;
        if (error)
            rd_kafka_error_destroy(error);
        for (int i = 0; i < list->cnt; i++)
            done = done && !list->elems[i].err;
    }
    rd_kafka_topic_partition_list_destroy(list);
    if (done)
        FOR_PARTS(k, part)
        {
            part->moved = false;
        }
    return done;
}

/* Tell librdkafka the whole assignment anew; what is already being read goes on at its place. */
static void assign_all(struct kafka *k)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    FOR_PARTS(k, part)
    {
        part->started = part->wanted && !part->astray;
        part->moved = false;
        if (!part->started)
            continue;
        lane_connect(k, &k->group, part);
        rd_kafka_topic_partition_list_add(list, k->topics[part->topic], part->partition)->offset =
            part->next;
    }
    rd_kafka_resp_err_t code = rd_kafka_assign(k->group.rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (code) {
        kafka_trouble(k, &k->told.group, code, false, "giving librdkafka its positions");
        k->group.retry = true;
    }
    FOR_PARTS(k, part)
    {
        if (!part->started)
            lane_drain(part);
    }
}

static void renew(struct kafka *k)
{
    if (!seek_moved(k))
        assign_all(k);
    k->group.stale = k->group.anew = false;
    kafka_wake(k); /* for who took before polling: the new positions count from now */
}

static void flush_commit(struct kafka *k)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    FOR_PARTS(k, part)
    {
        if (part->commit == BUS_NONE)
            continue;
        rd_kafka_topic_partition_list_add(list, k->topics[part->topic], part->partition)->offset =
            part->commit;
        part->commit = BUS_NONE;
    }
    k->commit_waits = false;
    if (list->cnt > 0) {
        rd_kafka_resp_err_t code = rd_kafka_commit_queue(k->group.rk, list, k->group.queue, NULL,
                                                         NULL);
        if (code)
            kafka_trouble(k, &k->told.commit, code, false, "committing offsets");
        else
            k->commit_flying = true;
    }
    rd_kafka_topic_partition_list_destroy(list);
}

static void committed(struct kafka *k, rd_kafka_event_t *e)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(e);
    k->commit_flying = false;
    if (!code)
        k->told.commit = RD_KAFKA_RESP_ERR_NO_ERROR;
    else if (code != RD_KAFKA_RESP_ERR__NO_OFFSET)
        kafka_trouble(k, &k->told.commit, code, false, "committing offsets");
}

static bool group_event(struct kafka *k, rd_kafka_event_t *e, struct bus_event *event)
{
    switch (rd_kafka_event_type(e)) {
    case RD_KAFKA_EVENT_REBALANCE: return rebalance(k, e, event);
    case RD_KAFKA_EVENT_OFFSET_COMMIT: committed(k, e); return false;
    case RD_KAFKA_EVENT_ERROR:
        kafka_trouble(k, &k->told.group, rd_kafka_event_error(e), rd_kafka_event_error_is_fatal(e),
                      rd_kafka_event_error_string(e));
        return false;
    case RD_KAFKA_EVENT_FETCH:
        /* A message that came to the common queue: its partition's own queue is another than
         * ours (the topic was made again). Nothing is lost: read on from where we are. */
        k->group.stale = k->group.anew = true;
        return false;
    default: return false;
    }
}

bool group_serve(struct kafka *k, struct bus_event *event)
{
    if (!k->group.rk)
        return false;
    bool some = false;
    rd_kafka_event_t *e;
    while (!some && (e = rd_kafka_queue_poll(k->group.queue, 0))) {
        some = group_event(k, e, event);
        rd_kafka_event_destroy(e);
    }
    if (k->state == GROUP_OURS && k->group.stale)
        renew(k);
    if (k->commit_waits && !k->commit_flying)
        flush_commit(k);
    return some;
}

static int check_ours(const struct kafka *k, struct err *err)
{
    if (k->state != GROUP_OURS)
        return err_set(err, ERR_RETRY, "the group is rebalancing");
    return 0;
}

static int check_position(const struct kafka *k, const struct bus_position *at, struct err *err)
{
    if (!k->subscribed[at->topic])
        return err_set(err, ERR_FATAL, "topic %d isn't subscribed", (int)at->topic);
    if (!k->owned[at->partition])
        return err_set(err, ERR_FATAL, "bucket %d isn't ours", (int)at->partition);
    return 0;
}

int group_assign(void *self, const struct bus_position *positions, size_t count, struct err *err)
{
    struct kafka *k = self;
    if (check_ours(k, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (check_position(k, &positions[i], err))
            return -1;
    FOR_PARTS(k, part)
    {
        lane_drop(k, part);
    }
    for (size_t i = 0; i < count; i++)
        lane_move(k, &k->group, lane_part(&k->group, positions[i].topic, positions[i].partition),
                  positions[i].offset);
    k->group.stale = true;
    kafka_wake(k);
    return 0;
}

int group_seek(void *self, const struct bus_position *position, struct err *err)
{
    struct kafka *k = self;
    if (check_ours(k, err) || check_position(k, position, err))
        return -1;
    struct part *part = lane_find(&k->group, position->topic, position->partition);
    if (!part || !part->wanted)
        return err_set(err, ERR_FATAL, "%s [%d] isn't assigned: nothing to seek",
                       k->topics[position->topic], (int)position->partition);
    lane_move(k, &k->group, part, position->offset);
    return 0;
}

size_t group_take(void *self, int32_t topic, int32_t partition, struct bus_message *out, size_t max)
{
    struct kafka *k = self;
    struct part *part = lane_find(&k->group, topic, partition);
    return part ? lane_take(k, &k->group, part, out, max) : 0;
}

void group_revoke_done(void *self)
{
    struct kafka *k = self;
    if (k->state != GROUP_REVOKING)
        return;
    if (k->commit_waits)
        flush_commit(k);
    k->state = GROUP_OUT;
    (void)rd_kafka_assign(k->group.rk, NULL);
    FOR_PARTS(k, part)
    {
        lane_drain(part);
    }
}

int group_commit(void *self, const struct bus_position *positions, size_t count, struct err *err)
{
    struct kafka *k = self;
    if (k->state != GROUP_OURS && k->state != GROUP_REVOKING)
        return err_set(err, ERR_RETRY, "the group is rebalancing");
    for (size_t i = 0; i < count; i++) {
        if (check_position(k, &positions[i], err))
            return -1;
        lane_part(&k->group, positions[i].topic, positions[i].partition)->commit =
            positions[i].offset;
    }
    k->commit_waits = true;
    kafka_wake(k);
    return 0;
}
