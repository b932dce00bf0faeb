/* One request: whose, is it them, what does it ask, what does it meet. */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"
#include "snap/json.h"

#define DIGITS "0123456789"

/* Whole rupiah with two decimals. */
static bool read_amount(const char *text, int64_t *amount_idr)
{
    char whole[20];
    size_t size = text ? strlen(text) : 0;

    if (size < 4 || size >= sizeof whole || strcmp(text + size - 3, ".00") != 0)
        return false;
    memcpy(whole, text, size - 3);
    whole[size - 3] = '\0';
    return str_to_int64(whole, 0, INT64_C(9999999999999), amount_idr);
}

/* Visible ASCII that can stand in a ledger and a statement as it is. */
static bool is_reference(const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f || strchr("\"\\,", text[i]))
            return false;
    return size < SIM_REFERENCE_MAX;
}

/* The first field whose form is wrong, NULL when none is. Takes the amount over. */
static const char *wrong_format(struct sim_question *q, const char *reference)
{
    const char *value = snap_json_text(q->json, "amount.value");
    const char *currency = snap_json_text(q->json, "amount.currency");

    if (value && *value &&
        (!read_amount(value, &q->amount_idr) || !currency || strcmp(currency, "IDR") != 0))
        return "amount";
    if (q->reference && !is_reference(q->reference))
        return reference;
    if (q->account && (strlen(q->account) >= SIM_ACCOUNT_MAX ||
                       strspn(q->account, DIGITS) != strlen(q->account)))
        return q->service->account_field;
    return NULL;
}

/* A field that this partner wants besides the standard's. */
static const char *extra_field(const struct sim_question *q)
{
    bool applies = (q->service->group == SIM_WALLET || q->service->group == SIM_TO_BANK) &&
                   q->service->role != SIM_STATUS;
    return applies ? sim_partners[q->partner].extra : NULL;
}

/* Mandatory fields and formats. False: *reply holds the refusal. */
static bool read_fields(struct sim_question *q, struct sim_reply *reply)
{
    const struct sim_service *service = q->service;
    const char *extra = extra_field(q);
    const char *reference = service->role == SIM_STATUS ? "originalPartnerReferenceNo"
                                                        : "partnerReferenceNo";

    for (size_t i = 0; service->required[i]; i++) {
        const char *text = snap_json_text(q->json, service->required[i]);
        if (text && *text)
            continue;
        sim_refuse(reply, 400, service->code, 2, service->required[i]);
        return false;
    }
    if (extra && !snap_json_text(q->json, extra)) {
        sim_refuse(reply, 400, service->code, 2, extra);
        return false;
    }
    q->reference = snap_json_text(q->json, reference);
    q->account = snap_json_text(q->json, service->account_field);
    const char *wrong = wrong_format(q, reference);
    if (wrong) {
        sim_refuse(reply, 400, service->code, 1, wrong);
        return false;
    }
    return true;
}

/* The account's fixture, else chance. A status knows its account from the payment. */
static struct sim_fault fault_of(struct sim *sim, const struct sim_question *q)
{
    const char *account = q->account;
    const char *about = q->reference ? q->reference : q->account;

    if (q->service->role == SIM_STATUS) {
        const struct sim_record *record =
            sim_ledger_find(&sim->ledger, q->partner, q->reference);
        account = record ? record->account : NULL;
    }
    struct sim_fault fault = sim_account_fault(sim, account, q->service);
    bool met = fault.effect != SIM_GOOD || fault.http == 200; /* it may want a plain success */
    return met ? fault : sim_chance_fault(&sim->chance, q->partner, q->service, about);
}

void sim_say_nothing(const struct sim *sim, struct sim_reply *reply)
{
    reply->at_ms = clock_boot_ms() + sim->silence_ms;
    reply->cut = true;
}

bool sim_turn_away(struct sim *sim, const struct sim_question *q, const struct sim_fault *fault,
                   struct sim_reply *reply)
{
    if (fault->effect == SIM_FORGET)
        sim_forget_tokens(sim, q->partner);
    if (fault->effect == SIM_FORGET || fault->effect == SIM_TURN_AWAY)
        sim_refuse_as(reply, q->service, fault);
    else if (fault->effect == SIM_SILENT_FIRST)
        sim_say_nothing(sim, reply);
    else if (fault->effect == SIM_CUT_FIRST)
        reply->cut = true;
    else
        return false;
    return true;
}

static void answer_question(struct sim *sim, struct sim_question *q, struct sim_reply *reply)
{
    struct sim_fault fault = fault_of(sim, q);

    switch (q->service->role) {
    case SIM_INQUIRY:
        sim->seen[q->partner].inquiries++;
        sim_answer_inquiry(sim, q, &fault, reply);
        break;
    case SIM_PAYMENT:
        sim->seen[q->partner].payments++;
        sim_answer_payment(sim, q, &fault, reply);
        break;
    case SIM_STATUS:
        sim->seen[q->partner].statuses++;
        if (!sim_turn_away(sim, q, &fault, reply))
            sim_answer_status(sim, q, reply);
        break;
    case SIM_DEPOSIT:
        if (!sim_turn_away(sim, q, &fault, reply))
            sim_answer_balance(sim, q, reply);
        break;
    case SIM_TOKEN: break;
    }
    int64_t delay_ms = sim->delay_ms + (fault.effect == SIM_SLOW ? fault.param : 0);
    if (delay_ms > 0 && reply->at_ms == 0)
        reply->at_ms = clock_boot_ms() + delay_ms;
}

static void answer(struct sim *sim, int partner, const struct sim_service *service,
                   const struct sim_request *request, struct sim_reply *reply)
{
    struct err err;
    struct sim_question q = { .partner = partner, .service = service };

    if (!sim_admit(sim, partner, service, request, reply))
        return;
    struct snap_json *json = snap_json_parse(request->body, request->size, &err);
    if (!json) {
        sim_refuse(reply, 400, service->code, 0, "");
        return;
    }
    q.json = json;
    if (read_fields(&q, reply))
        answer_question(sim, &q, reply);
    snap_json_free(json);
}

void sim_handle(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    const struct sim_service *service;
    int partner;

    if (strncmp(request->uri, "/_control/", 10) == 0) {
        sim_control(sim, request, reply);
        return;
    }
    if (!sim_route(request->uri, &partner, &service)) {
        reply->http = 404;
        return;
    }
    if (strcmp(request->method, "POST") != 0) {
        sim_refuse(reply, 405, service->code, 0, "");
        return;
    }
    sim->seen[partner].requests++;
    if (sim->down[partner] == SIM_DOWN_CUT)
        reply->cut = true;
    else if (sim->down[partner] == SIM_DOWN)
        sim_refuse(reply, 503, service->code, 0, "");
    else if (service->role == SIM_TOKEN)
        sim_give_token(sim, partner, request, reply);
    else
        answer(sim, partner, service, request, reply);
}
