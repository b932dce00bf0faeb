/*
 * The reader: partitions read outside the group (the ledger; where a log ends), and the question
 * what the group has committed.
 *
 * It joins nothing, so partitions are added and removed one by one. The end of a log is an event
 * of librdkafka behind the last message; a caller who only wants to know the end never takes, so
 * bus_poll() looks ahead by one message (the stash) while an end is owed.
 */
#include "bus/kafka.h"

#include <assert.h>
#include <stdlib.h>

#define QUESTION_MAX_MS 5000

int reader_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err)
{
    rd_kafka_conf_t *settings = kafka_conf_new(conf, KAFKA_READER, err);
    if (!settings || lane_open(k, &k->reader, settings, err))
        return -1;
    k->answers = rd_kafka_queue_new(k->reader.rk);
    kafka_listen(k, k->answers);
    for (size_t t = 0; t < k->topic_count; t++) { /* the watch asks for "this handle's topics" */
        k->reader_topics[t] = rd_kafka_topic_new(k->reader.rk, k->topics[t], NULL);
        if (!k->reader_topics[t])
            return err_set(err, ERR_FATAL, "Kafka topic %s: %s", k->topics[t],
                           rd_kafka_err2str(rd_kafka_last_error()));
    }
    return 0;
}

void reader_close(struct kafka *k)
{
    if (k->answers)
        rd_kafka_queue_destroy(k->answers);
    free(k->question);
    for (size_t t = 0; t < k->topic_count; t++)
        if (k->reader_topics[t])
            rd_kafka_topic_destroy(k->reader_topics[t]);
    lane_close(&k->reader);
}

#define FOR_PARTS(k, part)                                                                         \
    for (int32_t t_ = 0; t_ < (int32_t)(k)->topic_count; t_++)                                     \
        for (int32_t p_ = 0; (k)->reader.parts[t_] && p_ < BUS_PARTITIONS_MAX; p_++)               \
            for (struct part *part = &(k)->reader.parts[t_][p_]; part; part = NULL)

static void incremental(struct kafka *k, const rd_kafka_topic_partition_list_t *list,
                        rd_kafka_error_t *(*change)(rd_kafka_t *,
                                                    const rd_kafka_topic_partition_list_t *))
{
    if (list->cnt == 0)
        return;
    rd_kafka_error_t *error = change(k->reader.rk, list);
    if (error) {
        kafka_trouble(k, &k->told.reader, rd_kafka_error_code(error),
                      rd_kafka_error_is_fatal(error), rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
    }
}

/* Bring librdkafka from what it reads to what is wanted. */
static void renew(struct kafka *k)
{
    rd_kafka_topic_partition_list_t *stop = rd_kafka_topic_partition_list_new(16);
    rd_kafka_topic_partition_list_t *start = rd_kafka_topic_partition_list_new(16);
    FOR_PARTS(k, part)
    {
        bool run = part->wanted && !part->astray;
        const char *topic = k->topics[part->topic];
        if (part->started && (part->moved || !run))
            rd_kafka_topic_partition_list_add(stop, topic, part->partition);
        if (run && (part->moved || !part->started)) {
            lane_connect(k, &k->reader, part);
            rd_kafka_topic_partition_list_add(start, topic, part->partition)->offset = part->next;
        }
        part->started = run;
        part->moved = false;
    }
    incremental(k, stop, rd_kafka_incremental_unassign);
    incremental(k, start, rd_kafka_incremental_assign);
    FOR_PARTS(k, part)
    {
        if (!part->started)
            lane_drain(part);
    }
    rd_kafka_topic_partition_list_destroy(stop);
    rd_kafka_topic_partition_list_destroy(start);
    k->reader.stale = false;
    kafka_wake(k);
}

static void look_for_ends(struct kafka *k)
{
    FOR_PARTS(k, part)
    {
        if (part->end_due && !part->stash)
            part->stash = lane_pop(k, &k->reader, part);
    }
}

static int send_question(struct kafka *k, struct err *err)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new((int)k->question->count);
    for (size_t i = 0; i < k->question->count; i++) {
        const struct bus_position *at = &k->question->positions[i];
        rd_kafka_topic_partition_list_add(list, k->topics[at->topic], at->partition);
    }
    rd_kafka_ListConsumerGroupOffsets_t *ask =
        rd_kafka_ListConsumerGroupOffsets_new(k->group_id, list);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(
        k->reader.rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    char text[160];
    rd_kafka_resp_err_t code = rd_kafka_AdminOptions_set_request_timeout(
        options, QUESTION_MAX_MS, text, sizeof text);
    if (!code)
        rd_kafka_ListConsumerGroupOffsets(k->reader.rk, &ask, 1, options, k->answers);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(ask);
    if (code)
        return err_set(err, ERR_FATAL, "asking for committed offsets: %s", text);
    k->question_flying = true;
    return 0;
}

int reader_ask_committed(void *self, const struct bus_position *which, size_t count,
                         struct err *err)
{
    struct kafka *k = self;
    if (!k->group_id)
        return err_set(err, ERR_FATAL, "no group: nothing is ever committed");
    if (k->question)
        return err_set(err, ERR_RETRY, "a question for committed offsets is still open");
    k->question = calloc(1, sizeof *k->question);
    assert(k->question);
    k->question->kind = BUS_COMMITTED;
    k->question->count = count;
    for (size_t i = 0; i < count; i++)
        k->question->positions[i] = (struct bus_position){ which[i].topic, which[i].partition,
                                                           BUS_NONE };
    if (send_question(k, err) == 0)
        return 0;
    free(k->question);
    k->question = NULL;
    return -1;
}

/* Copy the answer into the question. An error code, one partition's too, means: ask again. */
static rd_kafka_resp_err_t read_answer(struct kafka *k, rd_kafka_event_t *e)
{
    rd_kafka_resp_err_t code = rd_kafka_event_error(e);
    if (code)
        return code;
    size_t groups;
    const rd_kafka_group_result_t **results = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(e), &groups);
    if (groups != 1)
        return RD_KAFKA_RESP_ERR__BAD_MSG;
    const rd_kafka_error_t *error = rd_kafka_group_result_error(results[0]);
    if (error)
        return rd_kafka_error_code(error);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(results[0]);
    for (size_t i = 0; i < k->question->count; i++) {
        struct bus_position *at = &k->question->positions[i];
        const rd_kafka_topic_partition_t *tp = rd_kafka_topic_partition_list_find(
            (rd_kafka_topic_partition_list_t *)(uintptr_t)list, k->topics[at->topic],
            at->partition);
        if (!tp)
            return RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
        if (tp->err)
            return tp->err;
        at->offset = tp->offset >= 0 ? tp->offset : BUS_NONE;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool answered(struct kafka *k, rd_kafka_event_t *e, struct bus_event *event)
{
    if (rd_kafka_event_type(e) != RD_KAFKA_EVENT_LISTCONSUMERGROUPOFFSETS_RESULT || !k->question)
        return false;
    k->question_flying = false;
    rd_kafka_resp_err_t code = read_answer(k, e);
    if (code) { /* asked again at the next beat */
        kafka_trouble(k, &k->told.committed, code, false, "asking for committed offsets");
        return false;
    }
    k->told.committed = RD_KAFKA_RESP_ERR_NO_ERROR;
    event->kind = BUS_COMMITTED;
    event->count = k->question->count;
    for (size_t i = 0; i < event->count; i++)
        event->positions[i] = k->question->positions[i];
    free(k->question);
    k->question = NULL;
    return true;
}

void reader_ask_again(struct kafka *k)
{
    struct err err;
    if (k->question && !k->question_flying && send_question(k, &err))
        kafka_fail(k, err.kind, "%s", err.text);
}

bool reader_serve(struct kafka *k, struct bus_event *event)
{
    rd_kafka_event_t *e;
    while ((e = rd_kafka_queue_poll(k->reader.queue, 0))) {
        if (rd_kafka_event_type(e) == RD_KAFKA_EVENT_ERROR)
            kafka_trouble(k, &k->told.reader, rd_kafka_event_error(e),
                          rd_kafka_event_error_is_fatal(e), rd_kafka_event_error_string(e));
        rd_kafka_event_destroy(e);
    }
    bool some = false;
    while (!some && (e = rd_kafka_queue_poll(k->answers, 0))) {
        some = answered(k, e, event);
        rd_kafka_event_destroy(e);
    }
    if (k->reader.stale)
        renew(k);
    if (k->ends_due > 0)
        look_for_ends(k);
    return some;
}

int reader_from(void *self, const struct bus_position *position, struct err *err)
{
    struct kafka *k = self;
    if ((size_t)position->topic >= k->topic_count)
        return err_set(err, ERR_FATAL, "there is no topic %d", (int)position->topic);
    struct part *part = lane_part(&k->reader, position->topic, position->partition);
    lane_move(k, &k->reader, part, position->offset);
    part->end_due = true;
    k->ends_due++;
    return 0;
}

void reader_stop(void *self, int32_t topic, int32_t partition)
{
    struct kafka *k = self;
    struct part *part = lane_find(&k->reader, topic, partition);
    if (!part || !part->wanted)
        return;
    lane_drop(k, part);
    k->reader.stale = true;
    kafka_wake(k);
}

size_t reader_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                   size_t max)
{
    struct kafka *k = self;
    struct part *part = lane_find(&k->reader, topic, partition);
    return part ? lane_take(k, &k->reader, part, out, max) : 0;
}
