/*
 * What a scheme may cost (docs/decisions.md D23). Each payment's amount is reserved before anything
 * is sent for it, all payments of a schedule at once, on the day it is made; without room it waits
 * as PROGRAMME_FUNDS. Which payments are funded stands in their records; the sum per bucket lies
 * beside them, written with them, and is made again from them by timers.c when it was lost. A
 * budget is shared out by buckets (gate_part).
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "money/op.h"
#include "policy/scheme.h"

void budget_open(struct money *m)
{
    for (int s = 0; scheme_at(s); s++) {
        char labels[32];
        assert(s < SCHEMES_MAX);
        (void)snprintf(labels, sizeof labels, "scheme=\"%s\"", scheme_at(s)->id);
        m->budgets[s].order = -1;
        m->budgets[s].limit = metric_gauge("insentif_budget_idr", labels,
                                           "What the scheme may cost, rupiah; 0: no limit was set");
        m->budgets[s].reserved =
            metric_gauge("insentif_budget_reserved_idr", labels,
                         "Reserved of it in this worker's buckets, rupiah; paid ones stay in it");
    }
    m->unfunded = metric_counter("insentif_payments_unfunded_total", NULL,
                                 "Times a payment found no room in its scheme's budget");
}

int budget_scheme(const char *id)
{
    int s = 0;

    while (scheme_at(s) && strcmp(scheme_at(s)->id, id) != 0)
        s++;
    return scheme_at(s) ? s : -1;
}

void budget_word(struct money *m, int scheme, int64_t limit_idr, int64_t order)
{
    struct budget *b = &m->budgets[scheme];

    if (order <= b->order)
        return;
    b->order = order;
    b->limit_idr = limit_idr;
    b->said = false;
    metric_set(b->limit, limit_idr);
}

void budget_read(struct money_bucket *mb, const struct store_span *value)
{
    char text[BUDGET_TEXT_MAX];
    char *at = text;

    mb->budget_known = value->at && value->size < sizeof text;
    memset(mb->reserved_idr, 0, sizeof mb->reserved_idr);
    if (!mb->budget_known)
        return;
    memcpy(text, value->at, value->size);
    text[value->size] = '\0';
    for (int s = 0; scheme_at(s); s++)
        mb->reserved_idr[s] = strtoll(at, &at, 10);
    char again[BUDGET_TEXT_MAX]; /* what we didn't write like this is made again, not believed */
    budget_text(mb->reserved_idr, again);
    mb->budget_known = strcmp(text, again) == 0;
}

void budget_text(const int64_t reserved_idr[SCHEMES_MAX], char text[BUDGET_TEXT_MAX])
{
    size_t size = 0;

    for (int s = 0; scheme_at(s); s++)
        size += (size_t)snprintf(text + size, BUDGET_TEXT_MAX - size, "%s%" PRId64, s ? " " : "",
                                 reserved_idr[s]);
}

void budget_sum(const struct record *r, int64_t reserved_idr[SCHEMES_MAX])
{
    int scheme = budget_scheme(r->scheme);

    for (uint8_t k = 0; scheme >= 0 && k < r->instalment_count; k++)
        if (r->instalments[k].funded)
            reserved_idr[scheme] += r->instalments[k].amount_idr;
}

static bool has_room(const struct money *m, const struct bucket *bucket, int scheme,
                     int64_t amount_idr)
{
    const struct money_bucket *mb = bucket->extra;
    const struct budget *b = &m->budgets[scheme];

    return b->limit_idr == 0 ||
           mb->reserved_idr[scheme] + amount_idr <=
               gate_part(b->limit_idr, bucket->number, m->shell->partitions);
}

bool budget_room(struct money *m, const struct bucket *bucket, const struct record *r,
                 const struct instalment *i)
{
    int scheme = budget_scheme(r->scheme);

    if (i->funded || (scheme >= 0 && has_room(m, bucket, scheme, i->amount_idr)))
        return true;
    metric_add(m->unfunded, 1);
    if (scheme >= 0 && !m->budgets[scheme].said)
        LOG(LOG_ERROR, EV("budget-exhausted"), F_STR("scheme", r->scheme),
            F_INT("budget_idr", m->budgets[scheme].limit_idr), F_INT("bucket", bucket->number),
            F_STR("remedy", "insentif budget: what is over it waits until it is raised"));
    if (scheme >= 0)
        m->budgets[scheme].said = true;
    return false;
}

static void add(struct op *op, int scheme, struct instalment *i, bool funded)
{
    struct money_bucket *mb = op->bucket->extra;
    int64_t idr = funded ? i->amount_idr : -i->amount_idr;

    i->funded = funded;
    mb->reserved_idr[scheme] += idr;
    op->budget_scheme = scheme;
    op->budget_idr += idr;
    op->budget_changed = true;
}

void budget_reserve(struct money *m, struct op *op)
{
    int scheme = budget_scheme(op->new.scheme);

    if (!m->gate.known)
        return; /* a limit that nobody has read yet may be there */
    for (uint8_t k = 0; scheme >= 0 && k < op->new.instalment_count; k++) {
        struct instalment *i = &op->new.instalments[k];
        bool open = i->state == INST_READY && i->due_at_ms != 0 && !i->funded && !i->told;
        if (open && !record_is_deactivated(&op->new) &&
            has_room(m, op->bucket, scheme, i->amount_idr))
            add(op, scheme, i, true);
    }
}

void budget_give_back(struct op *op, struct instalment *i)
{
    int scheme = budget_scheme(op->new.scheme);

    if (scheme >= 0 && i->funded)
        add(op, scheme, i, false);
}

void budget_undo(struct op *op)
{
    struct money_bucket *mb = op->bucket->extra;

    if (op->budget_changed) /* and stays so: others may have written the sum with it meanwhile */
        mb->reserved_idr[op->budget_scheme] -= op->budget_idr;
    op->budget_idr = 0;
}

void budget_measure(struct money *m)
{
    for (int s = 0; scheme_at(s); s++) {
        int64_t sum = 0;
        for (int32_t b = 0; b < m->shell->partitions; b++) {
            const struct money_bucket *mb = m->shell->buckets[b].extra;
            if (mb && mb->budget_known && m->shell->buckets[b].state == BUCKET_RUN)
                sum += mb->reserved_idr[s];
        }
        metric_set(m->budgets[s].reserved, sum);
    }
}
