/*
 * Writing: an idempotent producer, and tickets that count what came of each record.
 *
 * A fatal error of the idempotent producer (a gap in its sequence numbers) can't be mended: the
 * handle is purged, so that every record gets a report, and thrown away; the next record opens a
 * new one. What was lost is in the outbox and is written again by the shell.
 */
#include "bus/kafka.h"

#include <assert.h>
#include <string.h>

#include "base/clock.h"

static void delivered(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    struct kafka *k = opaque;
    if (k->closing)
        return;
    struct bus_ticket *ticket = message->_private;
    ticket->pending--;
    if (!message->err) {
        k->told.delivery = RD_KAFKA_RESP_ERR_NO_ERROR;
        return;
    }
    ticket->lost++;
    if (message->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE &&
        message->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT &&
        message->err != RD_KAFKA_RESP_ERR__FATAL && k->told.delivery != message->err) {
        k->told.delivery = message->err;
        kafka_fail(k, ERR_RETRY, "a record for %s [%d] was refused: %s",
                   rd_kafka_topic_name(message->rkt), (int)message->partition,
                   rd_kafka_err2str(message->err));
    }
}

static void erred(rd_kafka_t *rk, int code, const char *text, void *opaque)
{
    struct kafka *k = opaque;
    if (k->closing || rk != k->producer)
        return;
    if (code == RD_KAFKA_RESP_ERR__FATAL)
        k->producer_fatal = true;
    else
        kafka_trouble(k, &k->told.producer, (rd_kafka_resp_err_t)code, false, text);
}

static int producer_start(struct kafka *k, struct err *err)
{
    char text[200];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(k->producer_conf);
    k->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!k->producer) {
        rd_kafka_conf_destroy(conf);
        return err_set(err, ERR_FATAL, "Kafka producer: %s", text);
    }
    for (size_t t = 0; t < k->topic_count; t++) {
        k->outs[t] = rd_kafka_topic_new(k->producer, k->topics[t], NULL);
        if (!k->outs[t])
            return err_set(err, ERR_FATAL, "Kafka topic %s: %s", k->topics[t],
                           rd_kafka_err2str(rd_kafka_last_error()));
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(k->producer);
    kafka_listen(k, queue);
    rd_kafka_queue_destroy(queue);
    return 0;
}

int producer_open(struct kafka *k, const struct bus_kafka_conf *conf, struct err *err)
{
    k->producer_conf = kafka_conf_new(conf, KAFKA_PRODUCER, err);
    if (!k->producer_conf)
        return -1;
    rd_kafka_conf_set_opaque(k->producer_conf, k);
    rd_kafka_conf_set_dr_msg_cb(k->producer_conf, delivered);
    rd_kafka_conf_set_error_cb(k->producer_conf, erred);
    return producer_start(k, err);
}

static void producer_stop(struct kafka *k)
{
    for (size_t t = 0; t < k->topic_count; t++) {
        if (k->outs[t])
            rd_kafka_topic_destroy(k->outs[t]);
        k->outs[t] = NULL;
    }
}

void producer_close(struct kafka *k)
{
    producer_stop(k);
    if (k->producer)
        rd_kafka_destroy(k->producer);
    if (k->retired)
        rd_kafka_destroy(k->retired);
    if (k->producer_conf)
        rd_kafka_conf_destroy(k->producer_conf);
}

/* Put the producer aside: every record it still has comes back as lost. */
static void retire(struct kafka *k)
{
    assert(!k->retired);
    producer_stop(k);
    k->retired = k->producer;
    k->producer = NULL;
    k->producer_fatal = false;
    (void)rd_kafka_purge(k->retired, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
                                         RD_KAFKA_PURGE_F_NON_BLOCKING);
    kafka_wake(k);
}

void producer_serve(struct kafka *k)
{
    if (k->producer)
        (void)rd_kafka_poll(k->producer, 0);
    if (k->retired) {
        (void)rd_kafka_poll(k->retired, 0);
        if (rd_kafka_outq_len(k->retired) == 0) {
            rd_kafka_destroy(k->retired);
            k->retired = NULL;
        }
    }
    if (k->producer_fatal && !k->retired) {
        char text[160];
        rd_kafka_resp_err_t code = rd_kafka_fatal_error(k->producer, text, sizeof text);
        kafka_fail(k, ERR_RETRY, "the producer had to be replaced: %s: %s",
                   rd_kafka_err2name(code), text);
        retire(k);
    }
}

/* The topic's index, or topic_count. A caller names the same few topics by the same pointers: those
 * are looked at first. */
static size_t find_topic(struct kafka *k, const char *name)
{
    size_t t;
    for (t = 0; t < k->topic_count; t++)
        if (k->out_names[t] == name && strcmp(k->topics[t], name) == 0)
            return t;
    for (t = 0; t < k->topic_count; t++)
        if (strcmp(k->topics[t], name) == 0)
            break;
    if (t < k->topic_count)
        k->out_names[t] = name;
    return t;
}

static rd_kafka_headers_t *make_headers(const struct bus_record *record)
{
    if (record->header_count == 0)
        return NULL;
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
    for (size_t i = 0; i < record->header_count; i++) {
        const struct bus_header *h = &record->headers[i];
        (void)rd_kafka_header_add(headers, h->name, -1, h->value, (ssize_t)h->size);
    }
    return headers;
}

/* Why a record was not taken, in terms of the contract. */
static int refused(struct kafka *k, rd_kafka_resp_err_t code, const struct bus_record *record,
                   struct err *err)
{
    enum err_kind kind = ERR_RETRY; /* the queue is full, or something passing */
    switch ((int)code) {
    case RD_KAFKA_RESP_ERR__FATAL:
        k->producer_fatal = true;
        kafka_wake(k);
        break;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__INVALID_ARG: kind = ERR_REJECT; break;
    default: break;
    }
    return err_set(err, kind, "writing to %.100s [%d]: %s", record->topic, (int)record->partition,
                   rd_kafka_err2str(code));
}

static int check_place(struct kafka *k, size_t topic, int32_t partition, struct err *err)
{
    int count = atomic_load(&k->watch.counts[topic]);
    if (count < 0)
        return err_set(err, ERR_REJECT, "topic %s doesn't exist", k->topics[topic]);
    if (count > 0 && partition >= count)
        return err_set(err, ERR_REJECT, "%s has %d partitions, there is no partition %d",
                       k->topics[topic], count, (int)partition);
    return 0;
}

int producer_produce(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                     struct err *err)
{
    struct kafka *k = self;
    if (k->producer_fatal)
        return err_set(err, ERR_RETRY, "the producer is being replaced");
    if (!k->producer && producer_start(k, err))
        return -1;
    size_t topic = find_topic(k, record->topic);
    if (topic == k->topic_count)
        return err_set(err, ERR_REJECT, "%.100s is not a topic of this process", record->topic);
    if (check_place(k, topic, record->partition, err))
        return -1;

    rd_kafka_headers_t *headers = make_headers(record);
    rd_kafka_vu_t fields[] = {
        { .vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = k->outs[topic] },
        { .vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = record->partition },
        { .vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY },
        { .vtype = RD_KAFKA_VTYPE_KEY,
          .u.mem = { (void *)(uintptr_t)record->key, record->key_size } },
        { .vtype = RD_KAFKA_VTYPE_VALUE,
          .u.mem = { (void *)(uintptr_t)record->value, record->value_size } },
        { .vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = ticket },
        { .vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers },
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(k->producer, fields, sizeof fields / sizeof *fields);
    if (!error) {
        ticket->pending++;
        return 0;
    }
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    if (headers)
        rd_kafka_headers_destroy(headers);
    return refused(k, code, record, err);
}

static bool all_reported(struct kafka *k)
{
    return !k->retired && (!k->producer || rd_kafka_outq_len(k->producer) == 0);
}

bool producer_drain(void *self, int64_t wait_ms)
{
    struct kafka *k = self;
    int64_t until_ms = clock_boot_ms() + wait_ms;
    int64_t left_ms;
    producer_serve(k);
    while (!all_reported(k) && (left_ms = until_ms - clock_boot_ms()) > 0) {
        if (k->producer)
            (void)rd_kafka_poll(k->producer, left_ms < 20 ? (int)left_ms : 20);
        producer_serve(k);
    }
    if (all_reported(k))
        return true;
    while (!all_reported(k)) {
        if (!k->retired)
            retire(k);
        (void)rd_kafka_poll(k->retired, 20);
        producer_serve(k);
    }
    return false;
}
