/* What is left in our accounts at the partners (service 11), so that operators see it before it is
 * short: asked by the one worker that has the first bucket. It decides nothing; payments find out
 * for themselves (gate.c). */
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"
#include "money/inside.h"

#define EVERY_MS (INT64_C(5) * 60 * 1000)
#define SOON_MS INT64_C(5000) /* every call slot was taken */

void balance_open(struct money *m)
{
    for (int p = 0; p < PARTNER_COUNT; p++) {
        char labels[48];
        (void)snprintf(labels, sizeof labels, "partner=\"%s\"", partner_row((enum partner)p)->name);
        m->balances[p].available = metric_gauge(
            "insentif_partner_balance_idr", labels,
            "Available in our account there, rupiah, as it last said; -1: it hasn't said");
        metric_set(m->balances[p].available, -1);
    }
}

static void answered(struct money *m, enum partner partner)
{
    struct balance *b = &m->balances[partner];

    b->asking = false;
    metric_set(b->available, b->call.class == SNAP_SUCCESS ? b->call.balance_idr : -1);
    if (b->call.class != SNAP_SUCCESS)
        LOG(LOG_WARN, EV("balance-unknown"), F_STR("partner", partner_row(partner)->name),
            F_STR("class", snap_class_name(b->call.class)), F_STR("code", b->call.code));
}

void balance_step(struct money *m)
{
    bool ours = m->shell->partitions > 0 && m->shell->buckets[0].state == BUCKET_RUN;
    int64_t now_ms = clock_boot_ms();

    for (int p = 0; p < PARTNER_COUNT; p++) {
        struct balance *b = &m->balances[p];
        struct err err;
        if (b->asking && b->call.done)
            answered(m, (enum partner)p);
        if (!ours)
            metric_set(b->available, -1);
        if (!ours || b->asking || m->partners[p].snap < 0 || now_ms < b->next_boot_ms ||
            m->shell->stopping)
            continue;
        b->asking = snap_balance(m->snap, m->partners[p].snap, &b->call, &err) == 0;
        if (b->asking || err.kind == ERR_RETRY)
            b->next_boot_ms = now_ms + (b->asking ? EVERY_MS : SOON_MS);
        else
            b->next_boot_ms = INT64_MAX; /* this partner can't be asked */
    }
}
