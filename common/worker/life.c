/* A shell's beginning and end. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "worker/batch.h"

static struct metric *per_topic(const char *name, const char *topic, const char *help)
{
    char labels[96];
    (void)snprintf(labels, sizeof labels, "topic=\"%s\"", topic);
    return metric_counter(name, labels, help);
}

static void open_metrics(struct shell *s)
{
    struct shell_metrics *m = &s->metrics;

    for (size_t r = 0; r < s->spec->route_count; r++) {
        const char *topic = s->topics[r];
        m->consumed[r] = per_topic("insentif_events_consumed_total", topic, "Taken from Kafka");
        m->dead[r] = per_topic("insentif_dead_letters_total", topic, "Events sent to dead-letter");
        m->rerouted[r] = per_topic("insentif_rerouted_total", topic, "Misplaced events sent on");
        m->batches[r] = per_topic("insentif_batches_total", topic, "Batches begun");
        m->applies[r] = per_topic("insentif_store_applies_total", topic,
                                  "Redis write calls: one per batch and conflict round");
    }
    m->records = metric_counter("insentif_records_written_total", NULL, "Records in write calls");
    m->unchanged = metric_counter("insentif_records_unchanged_total", NULL,
                                  "Records that their events didn't change");
    m->conflicts = metric_counter("insentif_conflicts_total", NULL,
                                  "Records decided again: another worker had written them");
    m->rounds = metric_counter("insentif_conflict_rounds_total", NULL, "Further rounds of batches");
    m->emitted = metric_counter("insentif_events_emitted_total", NULL, "Events handed to Kafka");
    m->gaps = metric_counter("insentif_gaps_total", NULL, "Times the store had moved back");
    m->fenced = metric_counter("insentif_fenced_total", NULL, "Times a newer owner was met");
    m->store_up = metric_gauge("insentif_redis_up", NULL, "1 while Redis can be used");
    m->bus_up = metric_gauge("insentif_kafka_up", NULL, "1 while a broker can be reached");
    m->buckets = metric_gauge("insentif_buckets_running", NULL, "Buckets being worked on");
    m->ready = metric_gauge("insentif_ready", NULL, "1 while ready");
    metric_set(m->bus_up, 1);
}

struct shell *shell_new(const struct worker_spec *spec, const struct shell_settings *settings,
                        struct bus *bus, struct store *store, struct codec *codec)
{
    assert(spec->route_count <= ROUTES_MAX);
    assert(settings->batch > 0 && settings->batch <= BATCH_LIMIT);

    struct shell *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->spec = spec;
    s->set = *settings;
    s->bus = bus;
    s->store = store;
    s->codec = codec;
    s->asking = -1;
    s->store_away = true; /* until the first connection is checked */
    s->start_boot_ms = clock_boot_ms();
    (void)snprintf(s->source, sizeof s->source, "/insentif/%s", spec->name);
    for (size_t r = 0; r < spec->route_count; r++)
        s->topics[r] = event_row(spec->routes[r].event)->topic;
    open_metrics(s);
    return s;
}

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    buf_release(&b->bytes);
    free(b->writes);
    free(b->emits);
    free(b->timers);
    free(b->apply_writes);
    free(b->apply_emits);
    free(b->apply_timers);
    free(b);
}

void shell_let_go(struct shell *s)
{
    for (size_t i = 0; i < BATCHES_MAX; i++) {
        struct batch *b = s->batches[i];
        if (!b || b->count == 0)
            continue;
        bus_release(s->bus, b->messages, b->count);
        b->count = 0;
    }
}

void shell_free(struct shell *s)
{
    if (!s)
        return;
    for (int32_t b = 0; b < s->partitions; b++)
        outbox_drop(s, &s->buckets[b]);
    while (s->orphans) {
        struct group *group = s->orphans;
        s->orphans = group->next;
        buf_release(&group->bytes);
        free(group);
    }
    for (size_t i = 0; i < BATCHES_MAX; i++)
        batch_free(s->batches[i]);
    free(s->buckets);
    free(s);
}
