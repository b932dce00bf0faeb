#ifndef BASE_METRICS_H
#define BASE_METRICS_H

/*
 * Counters and gauges in the Prometheus text format 0.0.4.
 *
 * A metric is registered once at start and lives as long as the process; changing it is one
 * addition.  Labels are written out by the caller ({topic="x"}), bounded by METRICS_MAX in all.
 * No personal data in names or labels (R20).
 */
#include <stdint.h>

#include "base/buf.h"

#define METRICS_MAX 512

struct metric;

/*
 * name: "insentif_events_total"; labels: "topic=\"x\"" or NULL. The same name and labels give
 * the same metric. help may be NULL after the first of a name. Aborts past METRICS_MAX (a bug).
 */
struct metric *metric_counter(const char *name, const char *labels, const char *help);
struct metric *metric_gauge(const char *name, const char *labels, const char *help);

void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t value);
int64_t metric_value(const struct metric *m);

/* Append the whole page to out, metrics of one name together under one # HELP and # TYPE. */
void metrics_render(struct buf *out);

#endif
