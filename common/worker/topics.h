#ifndef WORKER_TOPICS_H
#define WORKER_TOPICS_H

/*
 * What every topic must be like (architecture.md "Kafka settings"), as data: for `insentif topics`,
 * and for a worker's start outside the demo profile.
 */
#include "bus/admin.h"
#include "events/events.h"

#define PARTITIONS_STANDARD 12

/* specs[EVENT_COUNT], one per topic. replication 1 is for a single broker (the demo profile), where
 * min.insync.replicas is 1 too. The pairs are static. */
void topics_specs(int32_t partitions, int16_t replication, struct bus_topic_spec *specs);

/* All topic names, static; the first `count` of `first` come first: bus indexes of a worker. */
void topics_names(const char *const *first, size_t count, const char *names[EVENT_COUNT]);

#endif
