/*
 * A consumer and its partitions: what the group and the reader have in common.
 *
 * Every partition has its own queue, taken from librdkafka before the partition is started, with
 * the forwarding to the consumer's common queue cut: so a partition in trouble never blocks
 * another. Messages are popped one by one, as the batch call of librdkafka 2.0 loses some on seek
 * and pause.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bus/kafka.h"

#define STRAYS_MAX 3

int lane_open(struct kafka *k, struct lane *lane, rd_kafka_conf_t *conf, struct err *err)
{
    char text[200];
    rd_kafka_conf_set_opaque(conf, k);
    rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_REBALANCE | RD_KAFKA_EVENT_ERROR |
                                       RD_KAFKA_EVENT_OFFSET_COMMIT);
    lane->rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (!lane->rk) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ERR_FATAL, "Kafka consumer: %s", text);
    }
    rd_kafka_poll_set_consumer(lane->rk);
    lane->queue = rd_kafka_queue_get_consumer(lane->rk);
    kafka_listen(k, lane->queue);
    return 0;
}

void lane_close(struct lane *lane)
{
    for (size_t t = 0; t < BUS_TOPICS_MAX; t++) {
        for (int32_t p = 0; lane->parts[t] && p < BUS_PARTITIONS_MAX; p++) {
            struct part *part = &lane->parts[t][p];
            if (part->stash)
                rd_kafka_message_destroy(part->stash);
            if (part->queue)
                rd_kafka_queue_destroy(part->queue);
        }
        free(lane->parts[t]);
    }
    if (lane->queue)
        rd_kafka_queue_destroy(lane->queue);
    if (lane->rk)
        rd_kafka_destroy_flags(lane->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    *lane = (struct lane){ 0 };
}

struct part *lane_part(struct lane *lane, int32_t topic, int32_t partition)
{
    assert(topic >= 0 && topic < BUS_TOPICS_MAX);
    assert(partition >= 0 && partition < BUS_PARTITIONS_MAX);
    if (!lane->parts[topic]) {
        struct part *parts = calloc(BUS_PARTITIONS_MAX, sizeof *parts);
        assert(parts);
        for (int32_t p = 0; p < BUS_PARTITIONS_MAX; p++)
            parts[p] = (struct part){ .topic = topic, .partition = p, .commit = BUS_NONE };
        lane->parts[topic] = parts;
    }
    return &lane->parts[topic][partition];
}

struct part *lane_find(const struct lane *lane, int32_t topic, int32_t partition)
{
    if (topic < 0 || topic >= BUS_TOPICS_MAX || partition < 0 || partition >= BUS_PARTITIONS_MAX)
        return NULL;
    return lane->parts[topic] ? &lane->parts[topic][partition] : NULL;
}

static void unnotice(struct kafka *k, struct part *part)
{
    part->notice = BUS_NOTHING; /* stays in the list; an entry without a notice is passed over */
    if (part->end_due) {
        part->end_due = false;
        k->ends_due--;
    }
}

void lane_move(struct kafka *k, struct lane *lane, struct part *part, int64_t offset)
{
    unnotice(k, part);
    if (part->stash)
        rd_kafka_message_destroy(part->stash);
    part->stash = NULL;
    part->next = offset;
    part->wanted = true;
    part->moved = true;
    part->astray = false;
    part->strays = 0;
    lane->stale = true;
    kafka_wake(k);
}

void lane_drop(struct kafka *k, struct part *part)
{
    unnotice(k, part);
    if (part->stash)
        rd_kafka_message_destroy(part->stash);
    part->stash = NULL;
    part->wanted = false;
    part->moved = false;
    part->astray = false;
}

void lane_drain(struct part *part)
{
    rd_kafka_message_t *message;
    while (part->queue && (message = rd_kafka_consume_queue(part->queue, 0)))
        rd_kafka_message_destroy(message);
}

void lane_connect(struct kafka *k, struct lane *lane, struct part *part)
{
    lane_drain(part);
    /* Taken anew each time: a topic made again has another queue. */
    if (part->queue)
        rd_kafka_queue_destroy(part->queue);
    part->queue = rd_kafka_queue_get_partition(lane->rk, k->topics[part->topic], part->partition);
    assert(part->queue);
    rd_kafka_queue_forward(part->queue, NULL);
    kafka_listen(k, part->queue);
}

/*
 * A position that isn't in the log, or whose place in the log couldn't be asked for. librdkafka
 * doesn't take this error back when a partition is moved: one about another position may be old,
 * and whether it stopped the reading since then can't be known. So the position is given again; if
 * that one is wrong, the same error comes with it.
 */
static void lost_position(struct kafka *k, struct lane *lane, struct part *part,
                          const rd_kafka_message_t *message)
{
    if (part->next < 0) {
        kafka_fail(k, ERR_RETRY, "%s [%d]: %.150s", k->topics[part->topic], (int)part->partition,
                   rd_kafka_message_errstr(message));
        part->moved = true;
        lane->retry = true;
    } else if (message->offset == part->next || ++part->strays > STRAYS_MAX) {
        part->astray = true;
        kafka_notice(k, part, BUS_OUT_OF_RANGE, part->next);
    } else {
        part->moved = true;
        lane->stale = true;
        kafka_wake(k);
    }
}

/* The end of the log is known: told once per start. */
static void reached_end(struct kafka *k, struct part *part, int64_t offset)
{
    if (!part->end_due)
        return;
    part->end_due = false;
    k->ends_due--;
    part->next = offset;
    kafka_notice(k, part, BUS_READ_END, offset);
}

static void part_error(struct kafka *k, struct lane *lane, struct part *part,
                       const rd_kafka_message_t *message)
{
    const char *text = rd_kafka_message_errstr(message);
    switch ((int)message->err) { /* a handful of librdkafka's 180 codes */
    case RD_KAFKA_RESP_ERR__PARTITION_EOF: reached_end(k, part, message->offset); break;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: lost_position(k, lane, part, message); break;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        /* librdkafka has stopped reading it. The watch tells of missing topics. */
        part->moved = true;
        lane->retry = true;
        watch_hurry(k);
        break;
    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
        /* librdkafka would go on behind the damaged records, and they would be lost. */
        kafka_fail(k, ERR_FATAL, "%s [%d] at offset %lld: %.120s", k->topics[part->topic],
                   (int)part->partition, (long long)part->next, text);
        part->wanted = false;
        break;
    default:
        kafka_trouble(k, lane == &k->group ? &k->told.group : &k->told.reader, message->err, false,
                      text);
        break;
    }
}

rd_kafka_message_t *lane_pop(struct kafka *k, struct lane *lane, struct part *part)
{
    rd_kafka_message_t *message = part->stash;
    if (message) {
        part->stash = NULL;
        return message;
    }
    while (part->wanted && part->started && !part->moved && !part->astray) {
        message = rd_kafka_consume_queue(part->queue, 0);
        if (!message)
            return NULL;
        if (!message->err && message->offset >= part->next) {
            /* Asked for the end, and a record was faster than its announcement: it lies there. */
            if (part->next == BUS_END)
                reached_end(k, part, message->offset);
            return message;
        }
        if (message->err)
            part_error(k, lane, part, message);
        rd_kafka_message_destroy(message);
    }
    return NULL;
}

static void show_headers(const struct bus_message *message, struct bus_headers *out)
{
    rd_kafka_headers_t *headers;
    rd_kafka_resp_err_t code = rd_kafka_message_headers(message->handle, &headers);
    if (code) { /* none, or bytes that are no headers */
        out->cut = code != RD_KAFKA_RESP_ERR__NOENT;
        return;
    }
    size_t n = 0;
    struct bus_header *h = out->at;
    while (n < BUS_HEADERS_MAX &&
           !rd_kafka_header_get_all(headers, n, &h[n].name, &h[n].value, &h[n].size))
        n++;
    out->count = n;
    out->cut = n == BUS_HEADERS_MAX && rd_kafka_header_cnt(headers) > n;
}

size_t lane_take(struct kafka *k, struct lane *lane, struct part *part, struct bus_message *out,
                 size_t max)
{
    size_t n = 0;
    rd_kafka_message_t *message;
    while (n < max && (message = lane_pop(k, lane, part))) {
        struct bus_message *to = &out[n++];
        rd_kafka_timestamp_type_t type;
        part->next = message->offset + 1;
        to->topic = part->topic;
        to->partition = part->partition;
        to->offset = message->offset;
        to->timestamp_ms = rd_kafka_message_timestamp(message, &type);
        to->key = message->key;
        to->key_size = message->key_len;
        to->value = message->payload;
        to->value_size = message->len;
        to->handle = message;
        to->show = show_headers;
    }
    k->taken += n;
    return n;
}
