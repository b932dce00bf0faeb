#ifndef WORKER_SETTINGS_H
#define WORKER_SETTINGS_H

/* The settings that every worker and the command line share: one table (base/conf.h). */
#include "base/conf.h"
#include "bus/bus.h"
#include "codec/codec.h"
#include "store/store.h"

#define SETTINGS_PROPERTIES_MAX 64

extern const struct conf_row settings_common[];
extern const size_t settings_common_count;

/* Add, as CONF_OTHER, what only other programs of ours have: one environment serves them all.
 * Returns the new count. */
size_t settings_add_others(struct conf_row rows[CONF_ROWS_MAX], size_t count);

/* Fill in what the edges want. All pointers stay the conf's. */
struct settings_edges {
    struct bus_kafka_conf bus; /* topics, subscribed and group are the caller's */
    struct bus_kafka_property properties[SETTINGS_PROPERTIES_MAX];
    struct store_redis_conf store;
};
void settings_edges(const struct conf *conf, struct settings_edges *edges);

/* A codec that knows the ids of INSENTIF_REGISTRY_IDS_FILE. NULL with *err: ERR_FATAL. */
MUST_CHECK struct codec *settings_codec(const struct conf *conf, struct err *err);

/* All that can be said about the common settings without connecting; ERR_FATAL names the one that
 * is wrong. */
MUST_CHECK int settings_check(const struct conf *conf, struct err *err);

/* INSENTIF_ENVIRONMENT must be 1-4 of [A-Z0-9]: it is part of every reference. */
MUST_CHECK int settings_environment(const struct conf *conf, const char **environment,
                                    struct err *err);

#endif
