/* Payments: booked at most once per reference, whatever the payment meets on its way. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"
#include "snap/json.h"

#define WIB_OFFSET_MIN 420
#define DAY_MIN 1440

/* Same account and amount give the same; neither can be read in the ledger. */
static void digest(const struct sim_question *q, char out[17])
{
    char text[96], hash[SNAP_SHA256_MAX];

    (void)snprintf(text, sizeof text, "%.34s|%" PRId64, q->account, q->amount_idr);
    snap_sha256_hex(text, strlen(text), hash);
    (void)str_copy(out, 17, hash);
}

static bool is_closed(const struct sim *sim, int partner)
{
    int from = sim->window[partner].from, to = sim->window[partner].to;
    int now = (int)((clock_wire_ms() / 60000 + WIB_OFFSET_MIN) % DAY_MIN);

    if (!sim->window[partner].set)
        return false;
    return from <= to ? now < from || now >= to : now < from && now >= to; /* over midnight */
}

/* The answer to a payment that is in the ledger as taken. */
static void answer_record(const struct sim_question *q, const struct sim_record *record,
                          struct sim_reply *reply)
{
    bool late = record->state == SIM_PENDING;
    char at[SNAP_TIMESTAMP_MAX];

    snap_timestamp(clock_wire_ms(), at);
    sim_begin(reply, late ? 202 : 200, q->service->code, 0, "");
    sim_add_text(reply, "referenceNo", record->reference_no);
    sim_add_text(reply, "partnerReferenceNo", record->reference);
    sim_add_text(reply, q->service->account_field, q->account);
    sim_add_amount(reply, "amount", record->amount_idr);
    if (q->service->group == SIM_TO_BANK) {
        sim_add_text(reply, "transactionDate", at);
        sim_add_text(reply, "referenceNumber", record->reference_no);
    } else if (q->service->group != SIM_WALLET) {
        sim_add_text(reply, "sourceAccountNo", snap_json_text(q->json, "sourceAccountNo"));
        sim_add_text(reply, "transactionDate", at);
    }
    sim_end(reply);
}

/* A reference that is known: one partner repeats its answer, the others say so. */
static void answer_again(struct sim *sim, const struct sim_question *q, struct sim_record *record,
                         struct sim_reply *reply)
{
    char ours[17];

    digest(q, ours);
    bool same = strcmp(record->digest, ours) == 0;
    if (record->state == SIM_HIDDEN && same) {
        /* nobody knew of it: this one is taken, and the first copy will find the reference used */
        sim_ledger_book(&sim->ledger, record);
        answer_record(q, record, reply);
        return;
    }
    sim->seen[q->partner].duplicates++;
    if (!sim_partners[q->partner].repeats)
        sim_refuse(reply, 409, q->service->code, 1, "");
    else if (!same)
        sim_refuse(reply, 404, q->service->code, 18, "");
    else if (record->state == SIM_FAILED || record->state == SIM_RETURNED)
        sim_refuse(reply, 500, q->service->code, 0, "");
    else
        answer_record(q, record, reply);
}

/* What this payment becomes in the ledger, if it is taken as usual. */
static struct sim_record record_of(const struct sim *sim, const struct sim_question *q)
{
    bool later = q->service->later;
    struct sim_record record = { .partner = q->partner,
                                 .service = q->service->code,
                                 .state = later ? SIM_PENDING : SIM_BOOKED,
                                 .amount_idr = q->amount_idr,
                                 .due_ms = later ? clock_wire_ms() + sim->settle_ms : 0 };

    (void)str_copy(record.reference, sizeof record.reference, q->reference);
    (void)str_copy(record.account, sizeof record.account, q->account);
    digest(q, record.digest);
    return record;
}

/* Its own code, as a status will name it. */
static void give_reason(struct sim_record *record, const struct sim_fault *fault)
{
    (void)snprintf(record->code, sizeof record->code, "%03u%02u%02u", (unsigned)fault->http % 1000,
                   (unsigned)record->service % 100, (unsigned)fault->kase % 100);
    (void)str_copy(record->word, sizeof record->word, fault->word);
}

/* The fault's part in what is recorded. */
static void bend(struct sim_record *record, const struct sim *sim, const struct sim_fault *fault)
{
    int64_t at_ms = clock_wire_ms() + (fault->param > 0 ? fault->param : sim->settle_ms);

    if (fault->http == 200) { /* a fixture wants this answer, and now */
        record->state = SIM_BOOKED;
        record->due_ms = 0;
    } else if (fault->effect == SIM_LATE || fault->effect == SIM_LATE_FAIL) {
        record->state = SIM_PENDING;
        record->due_ms = at_ms;
    } else if (fault->effect == SIM_LIMBO) {
        record->state = SIM_HIDDEN;
        record->due_ms = at_ms;
    } else if (fault->effect == SIM_RETURN) {
        record->return_ms = fault->param > 0 ? fault->param : 1;
    } else if (fault->effect == SIM_REFUSE) {
        record->state = SIM_FAILED;
        record->due_ms = 0;
    }
    if (fault->effect == SIM_REFUSE || fault->effect == SIM_LATE_FAIL)
        give_reason(record, fault);
}

/* A payment of a new reference. */
static void take(struct sim *sim, const struct sim_question *q, const struct sim_fault *fault,
                 struct sim_reply *reply)
{
    struct sim_record new = record_of(sim, q);

    bend(&new, sim, fault);
    const struct sim_record *record = sim_ledger_add(&sim->ledger, &new);
    if (fault->effect == SIM_REFUSE || fault->effect == SIM_ERROR_LAST)
        sim_refuse_as(reply, q->service, fault);
    else
        answer_record(q, record, reply);
    if (fault->effect == SIM_SILENT_LAST)
        sim_say_nothing(sim, reply);
    if (fault->effect == SIM_CUT_LAST || fault->effect == SIM_LIMBO)
        reply->cut = true;
}

void sim_answer_payment(struct sim *sim, const struct sim_question *q,
                        const struct sim_fault *fault, struct sim_reply *reply)
{
    if (is_closed(sim, q->partner)) {
        sim_refuse(reply, 403, q->service->code, 6, "");
        return;
    }
    if (sim_turn_away(sim, q, fault, reply))
        return;
    struct sim_record *known = sim_ledger_find(&sim->ledger, q->partner, q->reference);
    if (known) {
        answer_again(sim, q, known, reply);
    } else if (fault->effect != SIM_REFUSE &&
               q->amount_idr > sim_available_idr(sim, q->partner)) {
        sim_refuse(reply, 403, q->service->code, 14, "");
        return;
    } else {
        take(sim, q, fault, reply);
    }
    reply->synced = true;
}
