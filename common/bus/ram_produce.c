/*
 * Writing to the RAM broker: faults, reports that come late, records kept while it is away.
 */
#include "bus/ram.h"

#include <assert.h>
#include <stdlib.h>

static void report(struct ram_member *m, struct bus_ticket *ticket, bool lost)
{
    if (m->report_count == m->report_cap) {
        m->report_cap = m->report_cap ? m->report_cap * 2 : 64;
        m->reports = realloc(m->reports, m->report_cap * sizeof *m->reports);
        assert(m->reports);
    }
    uint32_t late = m->ram->faults.report_late_permille;
    uint32_t polls = ram_chance(m->ram, late) ? 1 + ram_random(m->ram, RAM_LATE_MAX) : 0;
    m->reports[m->report_count++] = (struct ram_report){ ticket, lost, polls };
    ram_wake(m);
}

static void deliver(struct ram_member *m, int32_t topic, struct ram_record *record,
                    struct bus_ticket *ticket)
{
    bool lost = ram_chance(m->ram, m->ram->faults.produce_lost_permille);
    if (lost)
        free(record);
    else
        (void)ram_store(m->ram, topic, record);
    report(m, ticket, lost || ram_chance(m->ram, m->ram->faults.produce_twice_permille));
}

void ram_send_unsent(struct ram_member *m)
{
    for (size_t i = 0; i < m->unsent_count; i++)
        deliver(m, m->unsent[i].topic, m->unsent[i].record, m->unsent[i].ticket);
    m->unsent_count = 0;
}

static void count_report(const struct ram_report *r, bool lost)
{
    r->ticket->pending--;
    r->ticket->lost += lost;
}

void ram_take_reports(struct ram_member *m, bool all)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->report_count; i++) {
        struct ram_report *r = &m->reports[i];
        if (all || r->polls == 0) {
            count_report(r, r->lost);
            continue;
        }
        r->polls--;
        m->reports[kept++] = *r;
    }
    m->report_count = kept;
    if (kept > 0)
        ram_wake(m);
}

int ram_produce(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                       struct err *err)
{
    struct ram_member *m = self;
    int32_t topic = ram_topic(m->ram, record->topic);
    if (topic < 0)
        return err_set(err, ERR_REJECT, "%.100s is not a topic of this process", record->topic);
    if (record->partition >= m->ram->partitions)
        return err_set(err, ERR_REJECT, "%.100s has %d partitions, there is no partition %d",
                       record->topic, (int)m->ram->partitions, (int)record->partition);
    if (m->unsent_count == RAM_UNSENT_MAX)
        return err_set(err, ERR_RETRY, "writing to %.100s: queue full", record->topic);
    ticket->pending++;
    if (!m->ram->away)
        deliver(m, topic, ram_copy(record), ticket);
    else
        m->unsent[m->unsent_count++] = (struct ram_unsent){ ram_copy(record), topic, ticket };
    return 0;
}

bool ram_drain(void *self, int64_t wait_ms)
{
    (void)wait_ms; /* nothing here takes time */
    struct ram_member *m = self;
    if (!m->ram->away) {
        ram_send_unsent(m);
        ram_take_reports(m, true);
        return true;
    }
    bool purged = m->unsent_count + m->report_count > 0;
    for (size_t i = 0; i < m->unsent_count; i++) {
        count_report(&(struct ram_report){ .ticket = m->unsent[i].ticket }, true);
        free(m->unsent[i].record);
    }
    for (size_t i = 0; i < m->report_count; i++)
        count_report(&m->reports[i], true);
    m->unsent_count = m->report_count = 0;
    return !purged;
}
