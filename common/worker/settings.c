#include "worker/settings.h"

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
