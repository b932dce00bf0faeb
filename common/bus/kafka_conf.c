/*
 * The settings of every Kafka handle: three tables that read as the manual.
 *
 * First our defaults, which INSENTIF_KAFKA_* may change; then the user's properties; last what the
 * protocol stands on, which nobody may change (architecture.md "Kafka settings").
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bus/kafka.h"

#define CONSUMERS (KAFKA_GROUP | KAFKA_READER)
#define ALL (KAFKA_GROUP | KAFKA_READER | KAFKA_PRODUCER | KAFKA_ADMIN)

struct setting {
    unsigned roles;
    const char *name, *value;
};

/* librdkafka counts the limits of a consumer's queue per partition when each partition has its own
 * queue. A version that knows no fetch.queue.backoff.ms stops for up to 1 s when all queues are
 * full, so there they are larger. */
static const struct setting defaults[] = {
    { ALL, "socket.nagle.disable", "true" },
    { ALL, "socket.keepalive.enable", "true" },
    { ALL, "log.connection.close", "false" },
    { ALL, "reconnect.backoff.max.ms", "2000" },
    { ALL, "topic.metadata.refresh.interval.ms", "5000" },
    { CONSUMERS, "fetch.wait.max.ms", "10" },
    { CONSUMERS, "fetch.error.backoff.ms", "100" },
    { CONSUMERS, "queued.min.messages", "100000" },
    { CONSUMERS, "queued.max.messages.kbytes", "16384" },
    { KAFKA_GROUP, "session.timeout.ms", "15000" },
    { KAFKA_GROUP, "heartbeat.interval.ms", "1000" },
    { KAFKA_PRODUCER, "linger.ms", "2" },
    { KAFKA_PRODUCER, "compression.codec", "lz4" },
    { KAFKA_PRODUCER, "queue.buffering.max.messages", "100000" },
    { KAFKA_PRODUCER, "queue.buffering.max.kbytes", "65536" },
};

static const struct setting defaults_newer[] = { /* since librdkafka 2.2 */
    { CONSUMERS, "fetch.queue.backoff.ms", "5" },
    { CONSUMERS, "queued.max.messages.kbytes", "8192" },
};

static const struct setting defaults_lean[] = { /* else the whole backlog lies in memory */
    { KAFKA_GROUP, "queued.min.messages", "1000" },
    { KAFKA_GROUP, "fetch.message.max.bytes", "65536" },
};

static const struct setting protocol[] = {
    { CONSUMERS, "enable.auto.commit", "false" },
    { CONSUMERS, "enable.auto.offset.store", "false" },
    { CONSUMERS, "auto.offset.reset", "error" },
    { CONSUMERS, "check.crcs", "true" },
    { CONSUMERS, "allow.auto.create.topics", "false" },
    { CONSUMERS, "isolation.level", "read_committed" },
    { CONSUMERS, "partition.assignment.strategy", "range" },
    { KAFKA_GROUP, "enable.partition.eof", "false" },
    { KAFKA_READER, "enable.partition.eof", "true" },
    { KAFKA_PRODUCER, "enable.idempotence", "true" },
    { KAFKA_PRODUCER, "acks", "all" },
    { KAFKA_PRODUCER, "message.timeout.ms", "0" },
    { KAFKA_PRODUCER, "partitioner", "murmur2_random" },
};

/* What a user may not set. A name ending in '.' stands for all that begin so. */
static const struct {
    const char *name, *why;
} owned[] = {
    { "acks", "a record counts when all in-sync replicas have it" },
    { "request.required.acks", "a record counts when all in-sync replicas have it" },
    { "enable.idempotence", "retries must not double or reorder records" },
    { "enable.gapless.guarantee", "the outbox closes gaps" },
    { "transactional.id", "transactions are not used" },
    { "message.timeout.ms", "records never expire" },
    { "delivery.timeout.ms", "records never expire" },
    { "retries", "records never expire" },
    { "message.send.max.retries", "records never expire" },
    { "max.in.flight", "retries must not double or reorder records" },
    { "max.in.flight.requests.per.connection", "retries must not double or reorder records" },
    { "message.max.bytes", "the largest of our records must go through" },
    { "receive.message.max.bytes", "the largest of our records must go through" },
    { "delivery.report.only.error", "every record's delivery is counted" },
    { "partitioner", "partitions are given explicitly, as Java's murmur2 places keys" },
    { "auto.", "positions are always explicit" },
    { "enable.auto.", "positions are always explicit" },
    { "offset.store.", "positions are always explicit" },
    { "enable.partition.eof", "the reader finds the end of a log by it" },
    { "partition.assignment.strategy", "a bucket is the same partition of every topic" },
    { "group.protocol", "a bucket is the same partition of every topic" },
    { "group.remote.assignor", "a bucket is the same partition of every topic" },
    { "group.id", "it is the worker's name" },
    { "client.id", "it is the worker's name" },
    { "bootstrap.servers", "brokers have a setting of their own" },
    { "metadata.broker.list", "brokers have a setting of their own" },
    { "check.crcs", "a damaged record must be noticed" },
    { "allow.auto.create.topics", "topics are made by `insentif topics create`" },
    { "isolation.level", "aborted records must not be seen" },
    { "enabled_events", "the bus handles events" },
    { "test.", "it is for tests of librdkafka" },
};

/* What may be less than we need, but not so little that one record never fits. */
static const struct {
    const char *name;
    int64_t least;
} limits[] = {
    { "queue.buffering.max.kbytes", 1024 },
};

static const char *why_owned(const char *name)
{
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        size_t size = strlen(owned[i].name);
        bool prefix = owned[i].name[size - 1] == '.';
        if (prefix ? strncmp(name, owned[i].name, size) == 0 : strcmp(name, owned[i].name) == 0)
            return owned[i].why;
    }
    return NULL;
}

static int set(rd_kafka_conf_t *to, const char *name, const char *value, struct err *err)
{
    char text[160];
    switch (rd_kafka_conf_set(to, name, value, text, sizeof text)) {
    case RD_KAFKA_CONF_OK: return 0;
    case RD_KAFKA_CONF_UNKNOWN:
        return err_set(err, ERR_FATAL, "Kafka property %.80s: librdkafka %s doesn't know it", name,
                       rd_kafka_version_str());
    case RD_KAFKA_CONF_INVALID: break;
    }
    /* The text repeats the value; passwords are free text, which is never invalid. */
    return err_set(err, ERR_FATAL, "Kafka property %.80s: %s", name, text);
}

static int set_table(rd_kafka_conf_t *to, enum kafka_role role, const struct setting *table,
                     size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].roles & (unsigned)role)
            if (set(to, table[i].name, table[i].value, err))
                return -1;
    return 0;
}

static int check_limit(const struct bus_kafka_property *p, struct err *err)
{
    int64_t value;

    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (strcmp(p->name, limits[i].name) == 0 && str_to_int64(p->value, 0, INT64_MAX, &value) &&
            value < limits[i].least)
            return err_set(err, ERR_FATAL, "Kafka property %.80s must be at least %lld", p->name,
                           (long long)limits[i].least);
    return 0;
}

/* As the user wrote it, base/conf.h. */
static void variable_of(const char *name, char *out, size_t cap)
{
    int size = snprintf(out, cap, "INSENTIF_KAFKA_%.80s", name);

    for (int i = 0; i < size; i++)
        out[i] = out[i] == '.' ? '_' : (char)toupper((unsigned char)out[i]);
}

static int set_properties(rd_kafka_conf_t *to, const struct bus_kafka_conf *conf, struct err *err)
{
    char variable[100];

    for (size_t i = 0; i < conf->property_count; i++) {
        const struct bus_kafka_property *p = &conf->properties[i];
        const char *why = why_owned(p->name);
        int rc = why ? err_set(err, ERR_FATAL, "Kafka property %.80s may not be set: %s", p->name,
                               why)
                     : check_limit(p, err);
        if (rc == 0)
            rc = set(to, p->name, p->value, err);
        if (rc < 0) {
            variable_of(p->name, variable, sizeof variable);
            return err_prefix(err, variable);
        }
    }
    return 0;
}

/* librdkafka would write to standard error between our JSON lines. What matters comes as an event;
 * whoever sets the property `debug` gets its lines. */
static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    (void)facility;
    (void)text;
}

static bool wants_log(const struct bus_kafka_conf *conf)
{
    for (size_t i = 0; i < conf->property_count; i++)
        if (strcmp(conf->properties[i].name, "debug") == 0)
            return true;
    return false;
}

static int set_group(rd_kafka_conf_t *to, const struct bus_kafka_conf *conf, enum kafka_role role,
                     struct err *err)
{
    if (!(role & CONSUMERS))
        return 0;
    if (conf->group) /* the reader never joins and never commits; one name needs one ACL */
        return set(to, "group.id", conf->group, err);
    char id[128];
    (void)snprintf(id, sizeof id, "%s-reader", conf->client_id);
    return set(to, "group.id", id, err);
}

static int set_all(rd_kafka_conf_t *to, const struct bus_kafka_conf *conf, enum kafka_role role,
                   struct err *err)
{
    if (!conf->brokers || !*conf->brokers)
        return err_set(err, ERR_FATAL, "INSENTIF_BROKERS names no broker");
    if (set_table(to, role, defaults, sizeof defaults / sizeof *defaults, err))
        return -1;
    char text[160];
    size_t newer = sizeof defaults_newer / sizeof *defaults_newer;
    if (rd_kafka_conf_get(to, "fetch.queue.backoff.ms", text, &(size_t){ sizeof text }) ==
            RD_KAFKA_CONF_OK &&
        set_table(to, role, defaults_newer, newer, err))
        return -1;
    if (conf->lean &&
        set_table(to, role, defaults_lean, sizeof defaults_lean / sizeof *defaults_lean, err))
        return -1;
    if (set_properties(to, conf, err))
        return -1;
    if (set_table(to, role, protocol, sizeof protocol / sizeof *protocol, err))
        return -1;
    if (set(to, "bootstrap.servers", conf->brokers, err) ||
        set(to, "client.id", conf->client_id, err) || set_group(to, conf, role, err))
        return -1;
    if (!wants_log(conf))
        rd_kafka_conf_set_log_cb(to, quiet);
    return 0;
}

rd_kafka_conf_t *kafka_conf_new(const struct bus_kafka_conf *conf, enum kafka_role role,
                                struct err *err)
{
    rd_kafka_conf_t *to = rd_kafka_conf_new();
    if (set_all(to, conf, role, err)) {
        rd_kafka_conf_destroy(to);
        return NULL;
    }
    return to;
}
