/* The book of record: bookings as events and back. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "money/inside.h"
#include "money/money.h"

/* Two bodies under one reference: nobody knows which account it was. */
#define NO_ACCOUNT "-"

/* Set once at start: decide_ledger() has no other way to know it. */
static int64_t lease_ms;

void ledger_lease_set(int64_t ms)
{
    lease_ms = ms;
}

int64_t ledger_lease_until_ms(void)
{
    return clock_wire_ms() + lease_ms;
}

static void join(const struct nonces *set, char *out, size_t cap)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint8_t i = 0; i < set->count; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%s", i ? " " : "", set->at[i]);
}

static bool split(const char *text, struct nonces *set)
{
    set->count = 0;
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, " ");
        if (size == 0 || size > NONCE_MAX || set->count == NONCES_MAX)
            return false;
        memcpy(set->at[set->count], at, size);
        set->at[set->count++][size] = '\0';
        at += size;
        at += *at == ' ';
    }
    return true;
}

static const char *entry_name(enum ledger_entry entry)
{
    static const char *const names[] = {
#define X(name) #name,
        FOREACH_LEDGER_ENTRY(X)
#undef X
    };
    return names[entry];
}

void ledger_event(struct shell *shell, const struct record *r, const struct booking *b,
                  const char *partner_reference, struct disbursement_ledger *e, char id[ID_SIZE])
{
    const char *environment = shell->set.environment;
    struct instalment named = { .kind = b->kind, .number = b->number };

    *e = (struct disbursement_ledger){
        .entry = (int32_t)b->entry,
        .attempt = b->attempt,
        .kind = (int32_t)b->kind,
        .number = b->number,
        .partner = (int32_t)b->partner,
        .amount_idr = b->amount_idr,
        .claimed_at_ms = b->claimed_at_ms,
        .reason = b->reason == REASON_NONE ? (int32_t)REASON_COUNT : (int32_t)b->reason,
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, &named, e->instalment_id);
    id_reference(environment, e->instalment_id, b->attempt, e->reference);
    str_copy(e->account_ref, sizeof e->account_ref,
             b->account_ref[0] ? b->account_ref : NO_ACCOUNT);
    str_copy(e->nonce, sizeof e->nonce, b->nonce);
    join(&b->covers, e->covers, sizeof e->covers);
    str_copy(e->raw_code, sizeof e->raw_code, b->raw_code);
    str_copy(e->partner_reference, sizeof e->partner_reference, partner_reference);
    SEAL_ID(id, environment, "ledger", entry_name(b->entry), e->reference, e->nonce, e->covers);
}

bool ledger_booking(const struct disbursement_ledger *e, struct booking *b)
{
    *b = (struct booking){
        .entry = (enum ledger_entry)e->entry,
        .kind = (enum payment_kind)e->kind,
        .number = e->number,
        .attempt = e->attempt,
        .amount_idr = e->amount_idr,
        .partner = (enum partner)e->partner,
        .claimed_at_ms = e->claimed_at_ms,
        .reason = e->reason < REASON_COUNT ? (enum reason)e->reason : REASON_NONE,
    };
    bool known = strcmp(e->account_ref, NO_ACCOUNT) != 0;
    str_copy(b->account_ref, sizeof b->account_ref, known ? e->account_ref : "");
    str_copy(b->nonce, sizeof b->nonce, e->nonce);
    str_copy(b->raw_code, sizeof b->raw_code, e->raw_code);
    return split(e->covers, &b->covers);
}
