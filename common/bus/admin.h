#ifndef BUS_ADMIN_H
#define BUS_ADMIN_H

/*
 * Topics made and checked, for `insentif topics create|check` and for a worker's start
 * (architecture.md "Kafka settings"). These calls block up to timeout_ms: one-shot programs and the
 * moment before a worker's loop begins.
 */
#include "bus/bus.h"

struct bus_topic_spec {
    const char *name;
    int32_t partitions; /* 0: any, for checking */
    int16_t replication;
    const char *const (*config)[2]; /* {name, value} pairs asked for */
    size_t config_count;
};

enum bus_topic_state {
    BUS_TOPIC_OK,
    BUS_TOPIC_CREATED,
    BUS_TOPIC_MISSING,
    BUS_TOPIC_WRONG,   /* detail: what differs, "retention.ms is 604800000, must be -1; …" */
    BUS_TOPIC_REFUSED, /* detail: the broker's answer */
};

struct bus_topic_report {
    enum bus_topic_state state;
    char detail[400];
};

/* Create what is missing; existing topics are left alone and compared. reports[count]. */
MUST_CHECK int bus_topics_create(const struct bus_kafka_conf *conf,
                                 const struct bus_topic_spec *specs, size_t count,
                                 struct bus_topic_report *reports, int timeout_ms, struct err *err);

/* Compare partitions, replication and configs with the broker's. */
MUST_CHECK int bus_topics_check(const struct bus_kafka_conf *conf,
                                const struct bus_topic_spec *specs, size_t count,
                                struct bus_topic_report *reports, int timeout_ms, struct err *err);

#endif
