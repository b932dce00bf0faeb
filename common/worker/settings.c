#include "worker/settings.h"

#include <assert.h>
#include <string.h>

#include "worker/ids.h"
#include "worker/registry.h"

const struct conf_row settings_common[] = {
    { "INSENTIF_BROKERS", CONF_TEXT, "127.0.0.1:9092", 0, 0, NULL,
      "Kafka's bootstrap servers, host:port separated by commas" },
    { "INSENTIF_KAFKA_*", CONF_PREFIX, NULL, 0, 0, NULL,
      "any librdkafka property (INSENTIF_KAFKA_SSL_CA_LOCATION is ssl.ca.location) but those the "
      "protocol owns" },
    { "INSENTIF_REDIS", CONF_TEXT, "127.0.0.1:6379", 0, 0, NULL, "Redis, host:port or unix:/path" },
    { "INSENTIF_REDIS_USER", CONF_TEXT, "", 0, 0, NULL, "Redis ACL user" },
    { "INSENTIF_REDIS_PASSWORD", CONF_SECRET, "", 0, 0, NULL, "its password" },
    { "INSENTIF_ENVIRONMENT", CONF_TEXT, "DEV", 0, 0, NULL,
      "environment id, 1 to 4 of A-Z 0-9; part of every reference: never change it" },
    { "INSENTIF_REGISTRY_IDS_FILE", CONF_TEXT, "", 0, 0, NULL,
      "file of the schema ids that Confluent-framed events may have, a line \"<id> <event> "
      "[<avsc>]\" each" },
    { "INSENTIF_PROFILE", CONF_CHOICE, "production", 0, 0, "production|demo",
      "demo: one broker is enough and topics are not held against the production settings" },
    { "INSENTIF_CLOCK", CONF_CHOICE, "real", 0, 0, "real|rehearsal",
      "rehearsal: due dates follow `insentif clock step`" },
    { "INSENTIF_LOG", CONF_CHOICE, "info", 0, 0, "debug|info|warn|error", "lowest level logged" },
};
const size_t settings_common_count = sizeof settings_common / sizeof settings_common[0];

/* What isn't common, of all programs. tests/cli/settings-test.sh holds it to their --help. */
static const char *const some_have[] = {
    "INSENTIF_HTTP",        "INSENTIF_BATCH",        "INSENTIF_BATCH_WAIT",
    "INSENTIF_DRAIN",       "INSENTIF_PARTITIONS",   "INSENTIF_REPLICATION",
    "INSENTIF_PAY",         "INSENTIF_PARTNERS",     "INSENTIF_SNAP_URL",
    "INSENTIF_SNAP_KEY",    "INSENTIF_SNAP_SECRET",  "INSENTIF_SEAL_PUBLIC_KEY",
    "INSENTIF_LEASE",       "INSENTIF_UNKNOWN_AGE",  "INSENTIF_SEAL_SECRET_KEY",
    "INSENTIF_IN_FLIGHT",   "INSENTIF_CALLBACK_KEYS", "INSENTIF_CALLBACK_LISTEN",
    "INSENTIF_APPROVAL_IDR",
};

size_t settings_add_others(struct conf_row rows[CONF_ROWS_MAX], size_t count)
{
    size_t own = count;

    for (size_t i = 0; i < sizeof some_have / sizeof some_have[0]; i++) {
        size_t k = 0;
        while (k < own && strcmp(rows[k].name, some_have[i]) != 0)
            k++;
        assert(count < CONF_ROWS_MAX);
        if (k == own)
            rows[count++] = (struct conf_row){ .name = some_have[i], .kind = CONF_OTHER };
    }
    return count;
}

void settings_edges(const struct conf *conf, struct settings_edges *e)
{
    *e = (struct settings_edges){ 0 };
    e->bus.brokers = conf_text(conf, "INSENTIF_BROKERS");
    e->bus.properties = e->properties;
    while (e->bus.property_count < SETTINGS_PROPERTIES_MAX &&
           conf_prefixed(conf, "INSENTIF_KAFKA_*", e->bus.property_count,
                         &e->properties[e->bus.property_count].name,
                         &e->properties[e->bus.property_count].value))
        e->bus.property_count++;
    e->store.address = conf_text(conf, "INSENTIF_REDIS");
    e->store.user = conf_text(conf, "INSENTIF_REDIS_USER");
    e->store.password = conf_text(conf, "INSENTIF_REDIS_PASSWORD");
}

struct codec *settings_codec(const struct conf *conf, struct err *err)
{
    const char *ids = conf_text(conf, "INSENTIF_REGISTRY_IDS_FILE");
    struct codec *codec = codec_open(err);

    if (!codec || !ids[0] || registry_bind(codec, ids, err) == 0)
        return codec;
    (void)err_prefix(err, "INSENTIF_REGISTRY_IDS_FILE");
    codec_close(codec);
    return NULL;
}

int settings_environment(const struct conf *conf, const char **environment, struct err *err)
{
    const char *text = conf_text(conf, "INSENTIF_ENVIRONMENT");
    size_t size = strlen(text);

    if (size < 1 || size > ENVIRONMENT_MAX ||
        strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != size)
        return err_set(err, ERR_FATAL, "INSENTIF_ENVIRONMENT must be 1 to %d of A-Z 0-9",
                       ENVIRONMENT_MAX);
    *environment = text;
    return 0;
}

int settings_check(const struct conf *conf, struct err *err)
{
    struct settings_edges edges;
    const char *environment;

    settings_edges(conf, &edges);
    edges.bus.client_id = "check";
    if (settings_environment(conf, &environment, err) < 0 || bus_kafka_check(&edges.bus, err) < 0)
        return -1;
    struct store *store = store_redis_open(&edges.store, err); /* doesn't connect by itself */
    if (!store)
        return err_prefix(err, "INSENTIF_REDIS");
    store_close(store);
    struct codec *codec = settings_codec(conf, err);
    codec_close(codec);
    return codec ? 0 : -1;
}
