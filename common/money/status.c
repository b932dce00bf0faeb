/*
 * How the partners do, for everybody else: the topic partner-status and the breakers' gauges. Told
 * when a breaker changes and again every five minutes, so that who has gone is known by its
 * silence. It decides nothing, so a message that Kafka doesn't take is let go.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "money/inside.h"

#define AGAIN_MS (INT64_C(5) * 60 * 1000)
#define MEASURE_MS 1000

void status_open(struct money *m)
{
    char host[WORKER_NAME_MAX / 2] = "";

    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    for (char *c = host; *c; c++)
        if (!strchr("-.", *c) && (*c < '0' || (*c > '9' && (*c | 0x20) < 'a') || (*c | 0x20) > 'z'))
            *c = '-';
    (void)snprintf(m->status.worker, sizeof m->status.worker, "%s.%ld", host, (long)getpid());
    for (int p = 0; p < PARTNER_COUNT; p++) {
        char labels[48];
        (void)snprintf(labels, sizeof labels, "partner=\"%s\"", partner_row((enum partner)p)->name);
        m->status.breaker[p] = metric_gauge("insentif_partner_breaker", labels,
                                            "Circuit breaker: 0 closed, 1 open, 2 half open");
    }
}

static void tell(struct money *m, enum partner partner)
{
    const struct gate_partner *p = &m->gate.partners[partner];
    bool closed = p->state == BREAKER_CLOSED;
    struct partner_status e = { .breaker = (int32_t)p->state,
                                .until_ms = closed ? 0 : p->opens_ms,
                                .at_ms = clock_wire_ms() };
    struct parcel parcel;
    struct buf bytes = { 0 };
    char id[ID_SIZE];
    struct err err;

    str_copy(e.partner, sizeof e.partner, partner_row(partner)->name);
    str_copy(e.worker, sizeof e.worker, m->status.worker);
    str_copy(e.why, sizeof e.why, closed ? "" : gate_said_name(p->why));
    char at[24];
    (void)snprintf(at, sizeof at, "%" PRId64, e.at_ms);
    SEAL_ID(id, m->shell->set.environment, "partner-status", e.partner, e.worker, at);
    shell_pack(m->shell, hash_partition(e.partner, strlen(e.partner), m->shell->partitions),
               EVENT_PARTNER_STATUS, &e, e.partner, id, 0, e.at_ms, &bytes);
    bool told = parcel_unpack(bytes.data, bytes.size, &parcel, &err) == 0 &&
                parcel_produce(m->shell->bus, &parcel, m->shell->source, &m->status.ticket,
                               &err) == 0;
    if (told) {
        m->status.told[partner] = p->state;
        m->status.told_boot_ms[partner] = clock_boot_ms();
    } else if (err.kind == ERR_FATAL) {
        shell_fatal(m->shell, &err);
    }
    buf_release(&bytes);
}

void status_step(struct money *m)
{
    int64_t now_ms = clock_boot_ms();

    if (m->shell->partitions == 0)
        return; /* Kafka hasn't said yet how many there are */
    for (int p = 0; p < PARTNER_COUNT; p++) {
        enum breaker state = m->gate.partners[p].state;
        bool old = now_ms >= m->status.told_boot_ms[p] + AGAIN_MS || !m->status.told_boot_ms[p];
        metric_set(m->status.breaker[p], (int64_t)state);
        if (m->partners[p].snap >= 0 && (old || state != m->status.told[p]))
            tell(m, (enum partner)p);
    }
    if (now_ms < m->status.measured_boot_ms + MEASURE_MS)
        return;
    m->status.measured_boot_ms = now_ms;
    budget_measure(m);
}
