/*
 * The Kafka bus put together: opening, closing, and bus_poll() going round its parts.
 */
#include "bus/kafka.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static const uint64_t one = 1;

void kafka_wake(struct kafka *k)
{
    ssize_t n = write(k->fd, &one, sizeof one);
    assert(n == sizeof one || errno == EAGAIN); /* full is readable too */
}

void kafka_listen(struct kafka *k, rd_kafka_queue_t *queue)
{
    rd_kafka_queue_io_event_enable(queue, k->fd, &one, sizeof one);
}

void kafka_notice(struct kafka *k, struct part *part, enum bus_event_kind kind, int64_t offset)
{
    part->notice = kind;
    part->notice_offset = offset;
    if (!part->linked) {
        part->linked = true;
        part->next_noticed = NULL;
        *k->noticed_end = part;
        k->noticed_end = &part->next_noticed;
    }
    kafka_wake(k);
}

static bool notice_serve(struct kafka *k, struct bus_event *event)
{
    struct part *part;
    while ((part = k->noticed)) {
        k->noticed = part->next_noticed;
        if (!k->noticed)
            k->noticed_end = &k->noticed;
        part->linked = false;
        if (part->notice == BUS_NOTHING)
            continue;
        event->kind = part->notice;
        event->count = 1;
        event->positions[0] = (struct bus_position){ part->topic, part->partition,
                                                     part->notice_offset };
        part->notice = BUS_NOTHING;
        return true;
    }
    return false;
}

void kafka_fail(struct kafka *k, enum err_kind kind, const char *fmt, ...)
{
    if (k->failure_count == KAFKA_FAILURES_MAX) { /* the loop is far behind: keep the oldest */
        if (kind != ERR_FATAL)
            return;
        k->failure_count--;
    }
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    (void)err_set(&k->failures[k->failure_count++], kind, "%s", text);
    kafka_wake(k);
}

void kafka_trouble(struct kafka *k, rd_kafka_resp_err_t *told, rd_kafka_resp_err_t code, bool fatal,
                   const char *text)
{
    switch ((int)code) { /* a handful of librdkafka's 180 codes */
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        watch_hurry(k); /* also said when one idle connection of one broker closed: it asks */
        return;
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
        (void)snprintf(k->last_trouble, sizeof k->last_trouble, "%s", text);
        return;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        watch_hurry(k); /* which tells of topics that don't exist */
        return;
    default: break;
    }
    if (!fatal && *told == code)
        return;
    *told = code;
    kafka_fail(k, fatal ? ERR_FATAL : ERR_RETRY, "Kafka: %s: %.180s", rd_kafka_err2name(code),
               text);
}

static bool failure_serve(struct kafka *k, struct bus_event *event)
{
    if (k->failure_count == 0)
        return false;
    event->kind = BUS_FAILED;
    event->err = k->failures[0];
    k->failure_count--;
    memmove(k->failures, k->failures + 1, k->failure_count * sizeof *k->failures);
    return true;
}

static bool kafka_poll(void *self, struct bus_event *event)
{
    struct kafka *k = self;
    uint64_t drained;
    ssize_t n = read(k->fd, &drained, sizeof drained);
    assert(n == sizeof drained || errno == EAGAIN || errno == EINTR);

    /* The watch's event first: BUS_AWAY explains what follows it. */
    producer_serve(k);
    bool some = watch_serve(k, event) || group_serve(k, event) || reader_serve(k, event) ||
                notice_serve(k, event) || failure_serve(k, event);
    if (some)
        kafka_wake(k); /* there may be more, and a caller may sleep after every event */
    return some;
}

static int kafka_fd(void *self)
{
    return ((struct kafka *)self)->fd;
}

static void kafka_release(void *self, struct bus_message *messages, size_t count)
{
    struct kafka *k = self;
    assert(count <= k->taken);
    for (size_t i = 0; i < count; i++) {
        rd_kafka_message_destroy(messages[i].handle);
        messages[i].handle = NULL;
    }
    k->taken -= count;
}

static int kafka_partitions(void *self, int32_t topic)
{
    struct kafka *k = self;
    return atomic_load(&k->watch.counts[topic]);
}

static void kafka_close(void *self)
{
    struct kafka *k = self;
    assert(k->taken == 0); /* librdkafka's handles can't go before their messages */
    k->closing = true;
    watch_close(k);
    group_close(k);
    producer_close(k);
    reader_close(k);
    for (size_t t = 0; t < k->topic_count; t++)
        free(k->topics[t]);
    free(k->group_id);
    if (k->fd >= 0)
        close(k->fd);
    free(k);
}

static const struct bus_ops kafka_ops = {
    .poll = kafka_poll,
    .fd = kafka_fd,
    .assign = group_assign,
    .seek = group_seek,
    .take = group_take,
    .release = kafka_release,
    .revoke_done = group_revoke_done,
    .produce = producer_produce,
    .commit = group_commit,
    .ask_committed = reader_ask_committed,
    .read_from = reader_from,
    .read_stop = reader_stop,
    .read_take = reader_take,
    .partitions = kafka_partitions,
    .drain = producer_drain,
    .close = kafka_close,
};

static int check_conf(const struct bus_kafka_conf *conf, struct err *err)
{
    if (!conf->client_id || !*conf->client_id)
        return err_set(err, ERR_FATAL, "a Kafka client needs a client id");
    if (conf->topic_count > BUS_TOPICS_MAX)
        return err_set(err, ERR_FATAL, "%zu topics; the limit is %d", conf->topic_count,
                       BUS_TOPICS_MAX);
    if (conf->group && conf->subscribed_count == 0)
        return err_set(err, ERR_FATAL, "group %.100s subscribes to nothing", conf->group);
    for (size_t i = 0; i < conf->subscribed_count; i++)
        if (conf->subscribed[i] < 0 || (size_t)conf->subscribed[i] >= conf->topic_count)
            return err_set(err, ERR_FATAL, "subscribed topic %d is not in the list of topics",
                           (int)conf->subscribed[i]);
    return 0;
}

int bus_kafka_check(const struct bus_kafka_conf *conf, struct err *err)
{
    static const enum kafka_role roles[] = { KAFKA_GROUP, KAFKA_READER, KAFKA_PRODUCER };

    if (check_conf(conf, err))
        return -1;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        rd_kafka_conf_t *settings = kafka_conf_new(conf, roles[i], err);
        if (!settings)
            return -1;
        rd_kafka_conf_destroy(settings);
    }
    return 0;
}

struct bus *bus_kafka_open(const struct bus_kafka_conf *conf, struct err *err)
{
    if (check_conf(conf, err))
        return NULL;
    struct kafka *k = calloc(1, sizeof *k);
    assert(k);
    k->bus = (struct bus){ .ops = &kafka_ops, .self = k };
    k->noticed_end = &k->noticed;
    k->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (k->fd < 0) {
        (void)err_set(err, ERR_FATAL, "eventfd: %s", strerror(errno));
        free(k);
        return NULL;
    }
    for (size_t t = 0; t < conf->topic_count; t++) {
        k->topics[t] = strdup(conf->topics[t]);
        assert(k->topics[t]);
    }
    k->topic_count = conf->topic_count;
    if (reader_open(k, conf, err) || producer_open(k, conf, err) || group_open(k, conf, err) ||
        watch_open(k, err)) {
        kafka_close(k);
        return NULL;
    }
    return &k->bus;
}
