/* A world on librdkafka's mock cluster. */
#include "kafka_world.h"

#include <librdkafka/rdkafka_mock.h>
#include <string.h>

static void away_mock(struct world *world, bool away)
{
    struct kafka_world *kw = world->self;
    for (int32_t b = 1; b <= MOCK_BROKERS; b++) {
        rd_kafka_resp_err_t code = away ? rd_kafka_mock_broker_set_down(kw->mock, b)
                                        : rd_kafka_mock_broker_set_up(kw->mock, b);
        assert_int_equal(code, 0);
    }
}

static void quiet(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    (void)facility;
    (void)text;
}

int world_setup(void **state)
{
    static struct kafka_world kw;
    static const char *const names[TOPICS] = { "orders", "checks", "ledger" };
    kw = (struct kafka_world){ 0 };
    kw.world = (struct world){ .self = &kw, .open = kafka_world_open, .away = away_mock,
                               .late_commits_fail = true, .rebalance_ms = 300,
                               .no_timers = kafka_world_no_timers };
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    char text[200];
    kw.host = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (!kw.host)
        return -1;
    kw.mock = rd_kafka_mock_cluster_new(kw.host, MOCK_BROKERS);
    kw.brokers = rd_kafka_mock_cluster_bootstraps(kw.mock);
    for (int t = 0; t < TOPICS; t++) {
        kw.world.topics[t] = names[t];
        if (rd_kafka_mock_topic_create(kw.mock, names[t], PARTITIONS, 1))
            return -1;
    }
    /* The mock waits 3 s for the first members, later session.timeout.ms - 1 s. */
    static const struct bus_kafka_property properties[] = {
        { "heartbeat.interval.ms", "100" },
        { "session.timeout.ms", "4000" },
        { "reconnect.backoff.ms", "20" },
        { "reconnect.backoff.max.ms", "100" },
        { "topic.metadata.refresh.interval.ms", "500" },
    };
    kw.property_count = sizeof properties / sizeof *properties;
    memcpy(kw.properties, properties, sizeof properties);
    *state = &kw.world;
    return 0;
}

int world_teardown(void **state)
{
    struct kafka_world *kw = ((struct world *)*state)->self;
    rd_kafka_mock_cluster_destroy(kw->mock);
    rd_kafka_destroy(kw->host);
    return 0;
}
