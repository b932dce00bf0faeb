/*
 * What went out per bucket, partner and day: caps, and the payments that a person has allowed. Kept
 * beside the bucket's records and written with each confirm, so neither a restart nor another owner
 * forgets them. A number for all workers is shared out by buckets (gate_part).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "money/op.h"
#include "policy/calendar.h"

static void key_of(int partner, char out[COUNTS_KEY_MAX])
{
    (void)snprintf(out, COUNTS_KEY_MAX, "counts-%s", partner_row((enum partner)partner)->name);
}

static void read_counts(const struct store_span *value, struct counts *c)
{
    char text[128];

    *c = (struct counts){ 0 };
    if (!value->at || value->size >= sizeof text)
        return;
    memcpy(text, value->at, value->size);
    text[value->size] = '\0';
    char *at = text;
    c->day = (int32_t)strtol(at, &at, 10);
    c->transfers = strtoll(at, &at, 10);
    c->idr = strtoll(at, &at, 10);
    c->word = strtoll(at, &at, 10);
    c->allowed = strtoll(at, &at, 10);
}

bool counts_load(struct money *m, struct bucket *bucket)
{
    struct money_bucket *mb = bucket->extra;
    struct store_span value;

    if (mb->counts_state == COUNTS_READ)
        return true;
    if (mb->counts_state == COUNTS_UNREAD) {
        for (int p = 0; p < PARTNER_COUNT; p++) {
            key_of(p, mb->counts_ids[p]);
            mb->counts_keys[p] = (struct store_key){ 'y', mb->counts_ids[p] };
        }
        mb->counts_keys[PARTNER_COUNT] = (struct store_key){ 'y', BUDGET_KEY };
        mb->counts_life = bucket->life;
        mb->counts_state = COUNTS_READING;
        store_load(m->shell->store, &mb->counts_call, bucket->number, mb->counts_keys,
                   PARTNER_COUNT + 1);
        return false;
    }
    if (mb->counts_call.status == STORE_WAITING)
        return false;
    bool read = mb->counts_call.status == STORE_OK && mb->counts_life == bucket->life;
    for (int p = 0; read && p < PARTNER_COUNT; p++) {
        value = (struct store_span){ NULL, 0 };
        (void)store_item(m->shell->store, &mb->counts_call, (size_t)p, &value);
        read_counts(&value, &mb->counts[p]);
    }
    if (read) {
        value = (struct store_span){ NULL, 0 };
        (void)store_item(m->shell->store, &mb->counts_call, PARTNER_COUNT, &value);
        budget_read(mb, &value);
    }
    store_call_done(m->shell->store, &mb->counts_call);
    mb->counts_state = read ? COUNTS_READ : COUNTS_UNREAD;
    return read;
}

/* The counts as they are today, under the word that holds now. */
static struct counts today(const struct money *m, const struct counts *c, enum partner partner,
                           int64_t business_ms)
{
    struct counts now = *c;

    if (now.day != calendar_day(business_ms)) {
        now.day = calendar_day(business_ms);
        now.transfers = now.idr = 0;
    }
    if (now.word != m->gate.partners[partner].order) {
        now.word = m->gate.partners[partner].order;
        now.allowed = 0;
    }
    return now;
}

enum gate_answer counts_room(const struct money *m, const struct bucket *bucket,
                             enum partner partner, int64_t amount_idr, int64_t business_ms,
                             int64_t *wait_ms)
{
    const struct money_bucket *mb = bucket->extra;
    const struct gate_partner *p = &m->gate.partners[partner];
    struct counts c = today(m, &mb->counts[partner], partner, business_ms);
    int32_t total = m->shell->partitions;
    int64_t transfers = gate_part(p->terms.day_transfers, bucket->number, total);
    int64_t idr = gate_part(p->terms.day_idr, bucket->number, total);

    if ((p->terms.day_transfers > 0 && c.transfers >= transfers) ||
        (p->terms.day_idr > 0 && c.idr + amount_idr > idr)) {
        *wait_ms = calendar_day_start_ms(c.day + 1);
        return GATE_AT;
    }
    if (p->allowance >= 0 && c.allowed >= gate_part(p->allowance, bucket->number, total))
        return GATE_LATER;
    return GATE_IN;
}

void counts_add(struct money *m, struct op *op, enum partner partner, int64_t amount_idr,
                int64_t business_ms)
{
    struct money_bucket *mb = op->bucket->extra;
    struct counts *c = &mb->counts[partner];

    *c = today(m, c, partner, business_ms);
    c->transfers++;
    c->idr += amount_idr;
    c->allowed++;
    op->counted = (int)partner;
    op->counted_idr = amount_idr;
    key_of(op->counted, op->counts_id);
    (void)snprintf(op->counts_text, sizeof op->counts_text,
                   "%" PRId32 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, c->day,
                   c->transfers, c->idr, c->word, c->allowed);
}

/* The write it was counted for did not take place. */
void counts_undo(struct op *op)
{
    struct money_bucket *mb = op->bucket->extra;

    if (op->counted < 0)
        return;
    mb->counts[op->counted].transfers--;
    mb->counts[op->counted].idr -= op->counted_idr;
    mb->counts[op->counted].allowed--;
    op->counted = -1;
}
