/*
 * Topics made and compared, by librdkafka's admin calls on a handle of their own.
 */
#include "bus/admin.h"

#include <assert.h>
#include <stdarg.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "bus/kafka.h"

struct admin {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    int64_t until_ms;
    const struct bus_topic_spec *specs;
    size_t count;
    struct bus_topic_report *reports;
    bool existed; /* a topic to be created was there already, though not seen */
};

static int left_ms(const struct admin *a)
{
    int64_t left = a->until_ms - clock_boot_ms();
    return left > 1 ? (int)left : 1;
}

static int admin_open(struct admin *a, const struct bus_kafka_conf *conf, struct err *err)
{
    rd_kafka_conf_t *settings = kafka_conf_new(conf, KAFKA_ADMIN, err);
    if (!settings)
        return -1;
    rd_kafka_conf_set_events(settings, RD_KAFKA_EVENT_ERROR);
    char text[200];
    a->rk = rd_kafka_new(RD_KAFKA_PRODUCER, settings, text, sizeof text);
    if (!a->rk) {
        rd_kafka_conf_destroy(settings);
        return err_set(err, ERR_FATAL, "Kafka admin client: %s", text);
    }
    a->queue = rd_kafka_queue_new(a->rk);
    return 0;
}

static void admin_close(struct admin *a)
{
    if (a->queue)
        rd_kafka_queue_destroy(a->queue);
    if (a->rk)
        rd_kafka_destroy(a->rk);
}

/* Add "text; " to the report's detail, cut at its end. */
__attribute__((format(printf, 2, 3)))
static void add_detail(struct bus_topic_report *report, const char *fmt, ...)
{
    size_t used = strlen(report->detail);
    if (used > 0 && used + 2 < sizeof report->detail) {
        memcpy(report->detail + used, "; ", 3);
        used += 2;
    }
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(report->detail + used, sizeof report->detail - used, fmt, ap);
    va_end(ap);
}

__attribute__((format(printf, 2, 3)))
static void wrong(struct bus_topic_report *report, const char *fmt, ...)
{
    char text[200];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    report->state = BUS_TOPIC_WRONG;
    add_detail(report, "%s", text);
}

static void compare_partitions(const struct bus_topic_spec *spec,
                               const struct rd_kafka_metadata_topic *topic,
                               struct bus_topic_report *report)
{
    if (topic->err) {
        report->state = BUS_TOPIC_REFUSED;
        add_detail(report, "%s", rd_kafka_err2str(topic->err));
        return;
    }
    report->state = BUS_TOPIC_OK;
    if (spec->partitions > 0 && topic->partition_cnt != spec->partitions)
        wrong(report, "it has %d partitions, must have %d", topic->partition_cnt,
              (int)spec->partitions);
    for (int p = 0; p < topic->partition_cnt; p++) {
        int replicas = topic->partitions[p].replica_cnt;
        if (spec->replication > 0 && replicas != spec->replication) {
            wrong(report, "replication of partition %d is %d, must be %d",
                  (int)topic->partitions[p].id, replicas, (int)spec->replication);
            break; /* the others are the same or to be looked at anyway */
        }
    }
}

static const struct rd_kafka_metadata_topic *find(const struct rd_kafka_metadata *md,
                                                  const char *name)
{
    for (int t = 0; t < md->topic_cnt; t++)
        if (strcmp(md->topics[t].topic, name) == 0 &&
            md->topics[t].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
            return &md->topics[t];
    return NULL;
}

/* Compare what is there with what was still missing. Returns how many that must be there by now
 * can't be seen yet, -1 for an error. */
static int look(struct admin *a, struct err *err)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t code = rd_kafka_metadata(a->rk, 1, NULL, &md, left_ms(a));
    if (code)
        return err_set(err, ERR_RETRY, "asking Kafka for its topics: %s", rd_kafka_err2str(code));
    int unseen = 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct rd_kafka_metadata_topic *topic = find(md, a->specs[i].name);
        enum bus_topic_state state = a->reports[i].state;
        if (topic && state == BUS_TOPIC_MISSING)
            compare_partitions(&a->specs[i], topic, &a->reports[i]);
        else if (!topic)
            unseen += state == BUS_TOPIC_CREATED || (state == BUS_TOPIC_MISSING && a->existed);
    }
    rd_kafka_metadata_destroy(md);
    return unseen;
}

/* A broker learns of a new topic a moment after the controller made it. */
static int look_until_seen(struct admin *a, struct err *err)
{
    int unseen;
    while ((unseen = look(a, err)) > 0 && left_ms(a) > 1)
        (void)poll(NULL, 0, 20);
    return unseen < 0 ? -1 : 0;
}

/* Wait for the answer of an admin call. The event is the caller's. */
static rd_kafka_event_t *answer(struct admin *a, const char *what, struct err *err)
{
    rd_kafka_event_t *e = rd_kafka_queue_poll(a->queue, left_ms(a) + 1000);
    if (!e) {
        (void)err_set(err, ERR_RETRY, "%s: no answer", what);
        return NULL;
    }
    if (rd_kafka_event_error(e)) {
        (void)err_set(err, ERR_RETRY, "%s: %s", what, rd_kafka_event_error_string(e));
        rd_kafka_event_destroy(e);
        return NULL;
    }
    return e;
}

static rd_kafka_AdminOptions_t *options(struct admin *a, rd_kafka_admin_op_t op)
{
    char text[100];
    rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(a->rk, op);
    rd_kafka_resp_err_t code =
        rd_kafka_AdminOptions_set_request_timeout(o, left_ms(a), text, sizeof text);
    assert(!code);
    return o;
}

static void compare_config(const struct bus_topic_spec *spec,
                           const rd_kafka_ConfigResource_t *resource,
                           struct bus_topic_report *report)
{
    if (rd_kafka_ConfigResource_error(resource)) {
        wrong(report, "its settings can't be read: %.150s",
              rd_kafka_ConfigResource_error_string(resource));
        return;
    }
    size_t n;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &n);
    for (size_t c = 0; c < spec->config_count; c++) {
        const char *name = spec->config[c][0], *must = spec->config[c][1], *is = NULL;
        for (size_t i = 0; i < n; i++)
            if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0)
                is = rd_kafka_ConfigEntry_value(entries[i]);
        if (!is || strcmp(is, must) != 0)
            wrong(report, "%s is %s, must be %s", name, is ? is : "not there", must);
    }
}

static bool stands(const struct bus_topic_report *report)
{
    return report->state == BUS_TOPIC_OK || report->state == BUS_TOPIC_WRONG;
}

static int look_at_configs(struct admin *a, struct err *err)
{
    rd_kafka_ConfigResource_t **ask = calloc(a->count + 1, sizeof(rd_kafka_ConfigResource_t *));
    assert(ask);
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        if (stands(&a->reports[i]) && a->specs[i].config_count > 0)
            ask[n++] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, a->specs[i].name);
    if (n == 0) {
        free(ask);
        return 0;
    }
    rd_kafka_AdminOptions_t *o = options(a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_DescribeConfigs(a->rk, ask, n, o, a->queue);
    rd_kafka_AdminOptions_destroy(o);
    rd_kafka_ConfigResource_destroy_array(ask, n);
    free(ask);
    rd_kafka_event_t *e = answer(a, "asking Kafka for its topics' settings", err);
    if (!e)
        return -1;
    size_t got;
    const rd_kafka_ConfigResource_t **resources = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(e), &got);
    for (size_t r = 0; r < got; r++)
        for (size_t i = 0; i < a->count; i++)
            if (stands(&a->reports[i]) &&
                strcmp(rd_kafka_ConfigResource_name(resources[r]), a->specs[i].name) == 0)
                compare_config(&a->specs[i], resources[r], &a->reports[i]);
    rd_kafka_event_destroy(e);
    return 0;
}

static rd_kafka_NewTopic_t *new_topic(const struct bus_topic_spec *spec,
                                      struct bus_topic_report *report)
{
    char text[200];
    rd_kafka_NewTopic_t *topic =
        rd_kafka_NewTopic_new(spec->name, spec->partitions, spec->replication, text, sizeof text);
    if (!topic) {
        report->state = BUS_TOPIC_REFUSED;
        add_detail(report, "%s", text);
        return NULL;
    }
    for (size_t c = 0; c < spec->config_count; c++)
        (void)rd_kafka_NewTopic_set_config(topic, spec->config[c][0], spec->config[c][1]);
    return topic;
}

static void read_created(struct admin *a, rd_kafka_event_t *e)
{
    size_t got;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(e), &got);
    for (size_t r = 0; r < got; r++) {
        for (size_t i = 0; i < a->count; i++) {
            struct bus_topic_report *report = &a->reports[i];
            if (report->state != BUS_TOPIC_MISSING ||
                strcmp(rd_kafka_topic_result_name(results[r]), a->specs[i].name) != 0)
                continue;
            switch ((int)rd_kafka_topic_result_error(results[r])) {
            case RD_KAFKA_RESP_ERR_NO_ERROR: report->state = BUS_TOPIC_CREATED; break;
            case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: a->existed = true; break;
            default:
                report->state = BUS_TOPIC_REFUSED;
                add_detail(report, "%s", rd_kafka_topic_result_error_string(results[r]));
                break;
            }
        }
    }
}

static int create_missing(struct admin *a, struct err *err)
{
    rd_kafka_NewTopic_t **topics = calloc(a->count + 1, sizeof(rd_kafka_NewTopic_t *));
    assert(topics);
    size_t n = 0;
    for (size_t i = 0; i < a->count; i++)
        if (a->reports[i].state == BUS_TOPIC_MISSING &&
            (topics[n] = new_topic(&a->specs[i], &a->reports[i])))
            n++;
    int result = 0;
    if (n > 0) {
        rd_kafka_AdminOptions_t *o = options(a, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_CreateTopics(a->rk, topics, n, o, a->queue);
        rd_kafka_AdminOptions_destroy(o);
        rd_kafka_NewTopic_destroy_array(topics, n);
        rd_kafka_event_t *e = answer(a, "creating topics", err);
        if (e)
            read_created(a, e);
        else
            result = -1;
        rd_kafka_event_destroy(e);
    }
    free(topics);
    return result;
}

static int admin_run(const struct bus_kafka_conf *conf, struct admin *a, bool create,
                     struct err *err)
{
    int result = -1;
    for (size_t i = 0; i < a->count; i++)
        a->reports[i] = (struct bus_topic_report){ .state = BUS_TOPIC_MISSING };
    if (admin_open(a, conf, err) == 0 && look(a, err) == 0 &&
        (!create || (create_missing(a, err) == 0 && look_until_seen(a, err) == 0)))
        result = look_at_configs(a, err);
    admin_close(a);
    return result;
}

int bus_topics_create(const struct bus_kafka_conf *conf, const struct bus_topic_spec *specs,
                      size_t count, struct bus_topic_report *reports, int timeout_ms,
                      struct err *err)
{
    struct admin a = { .until_ms = clock_boot_ms() + timeout_ms, .specs = specs, .count = count,
                       .reports = reports };
    return admin_run(conf, &a, true, err);
}

int bus_topics_check(const struct bus_kafka_conf *conf, const struct bus_topic_spec *specs,
                     size_t count, struct bus_topic_report *reports, int timeout_ms,
                     struct err *err)
{
    struct admin a = { .until_ms = clock_boot_ms() + timeout_ms, .specs = specs, .count = count,
                       .reports = reports };
    return admin_run(conf, &a, false, err);
}
