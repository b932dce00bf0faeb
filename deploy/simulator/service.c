#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"
#include "snap/json.h"

/* What one request asks for, read from its body. */
struct question {
    int partner;
    const struct sim_service *service;
    const struct snap_json *json;
    const char *reference, *account;
    int64_t amount_idr;
    char digest[17];
};

uint64_t sim_random(struct sim *sim)
{
    sim->random ^= sim->random << 13;
    sim->random ^= sim->random >> 7;
    sim->random ^= sim->random << 17;
    return sim->random;
}

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

/* The first field whose form is wrong, NULL when none is. Takes the amount over. */
static const char *wrong_format(struct question *q, const char *reference)
{
    const char *value = snap_json_text(q->json, "amount.value");
    const char *currency = snap_json_text(q->json, "amount.currency");

    if (value && (!read_amount(value, &q->amount_idr) || !currency || strcmp(currency, "IDR") != 0))
        return "amount";
    if (q->reference && strlen(q->reference) >= SIM_REFERENCE_MAX)
        return reference;
    if (q->account && (strlen(q->account) >= SIM_ACCOUNT_MAX ||
                       strspn(q->account, "0123456789") != strlen(q->account)))
        return q->service->account_field;
    return NULL;
}

/* Mandatory fields and formats. False: *reply holds the refusal. */
static bool read_fields(struct question *q, struct sim_reply *reply)
{
    const struct sim_service *service = q->service;
    const char *extra = sim_partners[q->partner].extra;
    const char *reference = service->role == SIM_STATUS ? "originalPartnerReferenceNo"
                                                        : "partnerReferenceNo";
    const char *text;

    for (size_t i = 0; service->required[i]; i++) {
        text = snap_json_text(q->json, service->required[i]);
        if (text && *text)
            continue;
        sim_refuse(reply, 400, service->code, 2, service->required[i]);
        return false;
    }
    if (extra && service->role != SIM_STATUS && !snap_json_text(q->json, extra)) {
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

static void digest(struct question *q)
{
    char text[96], hash[SNAP_SHA256_MAX];

    (void)snprintf(text, sizeof text, "%.34s|%" PRId64, q->account, q->amount_idr);
    snap_sha256_hex(text, strlen(text), hash);
    (void)str_copy(q->digest, sizeof q->digest, hash);
}

static void refuse_as(struct sim_reply *reply, const struct question *q,
                      const struct sim_behaviour *behaviour)
{
    bool is_bank = sim_partners[q->partner].is_bank;

    sim_refuse_with_word(reply, is_bank ? behaviour->bank_http : behaviour->wallet_http,
                     q->service->code, is_bank ? behaviour->bank_case : behaviour->wallet_case,
                     behaviour->word);
}

static void answer_inquiry(struct sim *sim, struct question *q, struct sim_reply *reply)
{
    struct sim_account *account = sim_account_of(sim, q->account);
    char name[SIM_NAME_MAX];
    bool is_bank = sim_partners[q->partner].is_bank;

    sim->seen[q->partner].inquiries++;
    if (sim_account_meets(account, false)) {
        refuse_as(reply, q, account->behaviour);
        return;
    }
    sim_account_name(account, q->account, name);
    sim_begin(reply, 200, q->service->code, 0, "");
    sim_add_text(reply, "referenceNo", "INQ0000000001");
    if (q->reference)
        sim_add_text(reply, "partnerReferenceNo", q->reference);
    sim_add_text(reply, q->service->account_field, q->account);
    sim_add_text(reply, is_bank ? "beneficiaryAccountName" : "customerName", name);
    if (is_bank) {
        sim_add_text(reply, "currency", "IDR");
    } else {
        sim_add_amount(reply, "minAmount", 1);
        sim_add_amount(reply, "maxAmount", 20000000);
        sim_add_amount(reply, "amount", q->amount_idr);
        sim_add_amount(reply, "feeAmount", 0);
    }
    buf_text(&reply->body, "}");
}

/* The answer to a payment that is in the ledger as booked or pending. */
static void answer_record(const struct question *q, const struct sim_record *record,
                          struct sim_reply *reply)
{
    bool late = record->state == SIM_PENDING;
    char at[SNAP_TIMESTAMP_MAX];

    sim_begin(reply, late ? 202 : 200, q->service->code, 0, "");
    sim_add_text(reply, "referenceNo", record->reference_no);
    sim_add_text(reply, "partnerReferenceNo", record->reference);
    sim_add_text(reply, q->service->account_field, q->account);
    sim_add_amount(reply, "amount", record->amount_idr);
    if (sim_partners[q->partner].is_bank) {
        snap_timestamp(clock_wire_ms(), at);
        sim_add_text(reply, "sourceAccountNo", snap_json_text(q->json, "sourceAccountNo"));
        sim_add_text(reply, "transactionDate", at);
    }
    buf_text(&reply->body, "}");
    reply->synced = true;
}

/* A reference that is known: one partner repeats its answer, the others say so. */
static void answer_again(struct sim *sim, const struct question *q,
                         const struct sim_record *record, struct sim_reply *reply)
{
    sim->seen[q->partner].duplicates++;
    if (!sim_partners[q->partner].asymmetric)
        sim_refuse(reply, 409, q->service->code, 1, "");
    else if (strcmp(record->digest, q->digest) != 0)
        sim_refuse(reply, 404, q->service->code, 18, "");
    else if (record->state == SIM_FAILED)
        sim_refuse(reply, 500, q->service->code, 0, "");
    else
        answer_record(q, record, reply);
    reply->synced = true;
}

static const struct sim_record *record_of(struct sim *sim, const struct question *q,
                                          enum sim_state state, int64_t due_ms, const char *code,
                                          const char *word)
{
    struct sim_record record = { .partner = q->partner,
                                 .service = q->service->code,
                                 .state = state,
                                 .amount_idr = q->amount_idr,
                                 .due_ms = due_ms };

    (void)str_copy(record.reference, sizeof record.reference, q->reference);
    (void)str_copy(record.account, sizeof record.account, q->account);
    (void)str_copy(record.digest, sizeof record.digest, q->digest);
    (void)str_copy(record.code, sizeof record.code, code);
    (void)str_copy(record.word, sizeof record.word, word);
    return sim_ledger_add(&sim->ledger, &record);
}

static void refuse_for_good(struct sim *sim, const struct question *q,
                            const struct sim_behaviour *behaviour, struct sim_reply *reply)
{
    char code[8];
    bool is_bank = sim_partners[q->partner].is_bank;

    refuse_as(reply, q, behaviour);
    (void)snprintf(code, sizeof code, "%03u%02u%02u",
                   (unsigned)(is_bank ? behaviour->bank_http : behaviour->wallet_http) % 1000,
                   (unsigned)q->service->code % 100,
                   (unsigned)(is_bank ? behaviour->bank_case : behaviour->wallet_case) % 100);
    (void)record_of(sim, q, SIM_FAILED, 0, code, behaviour->word);
    reply->synced = true;
}

static void say_nothing(const struct sim *sim, struct sim_reply *reply)
{
    reply->at_ms = clock_boot_ms() + sim->silence_ms;
    reply->cut = true;
}

static void book(struct sim *sim, const struct question *q, struct sim_reply *reply)
{
    answer_record(q, record_of(sim, q, SIM_BOOKED, 0, "", ""), reply);
}

/* A payment of a new reference, met by what the account's fixture (or chance) wants. */
static void pay_as(struct sim *sim, const struct question *q,
                   const struct sim_behaviour *behaviour, int64_t param, struct sim_reply *reply)
{
    switch (behaviour->effect) {
    case SIM_REFUSE: refuse_for_good(sim, q, behaviour, reply); break;
    case SIM_SILENT_LAST:
        book(sim, q, reply);
        say_nothing(sim, reply);
        break;
    case SIM_CUT_LAST:
        book(sim, q, reply);
        reply->cut = true;
        break;
    case SIM_ERROR_LAST:
        book(sim, q, reply);
        refuse_as(reply, q, behaviour);
        break;
    case SIM_LATE:
        answer_record(
            q, record_of(sim, q, SIM_PENDING, clock_wire_ms() + (param ? param : 1), "", ""),
            reply);
        break;
    case SIM_TURN_AWAY:
    case SIM_SILENT_FIRST:
    case SIM_CUT_FIRST: /* answered before the reference was looked at */
    case SIM_GOOD:
    case SIM_OTHER_NAME:
    case SIM_LIE: book(sim, q, reply); break;
    }
}

/* What keeps a payment from being looked at: nothing is recorded. False: it goes on. */
static bool turn_away(const struct sim *sim, const struct question *q,
                      const struct sim_behaviour *behaviour, struct sim_reply *reply)
{
    if (behaviour->effect == SIM_TURN_AWAY)
        refuse_as(reply, q, behaviour);
    else if (behaviour->effect == SIM_SILENT_FIRST)
        say_nothing(sim, reply);
    else if (behaviour->effect == SIM_CUT_FIRST)
        reply->cut = true;
    else
        return false;
    return true;
}

/* A fault by chance: --faults permille of all payments and inquiries. NULL: none this time. */
static const struct sim_behaviour *chance(struct sim *sim)
{
    static const char *const faults[] = { "cut_before",   "cut_after", "error_before",
                                          "error_after",  "late",      "busy",
                                          "timeout_after" };

    if ((int64_t)(sim_random(sim) % 1000) >= sim->faults_permille)
        return NULL;
    const char *name = faults[sim_random(sim) % (sizeof faults / sizeof faults[0])];
    for (size_t i = 0; i < sim_behaviour_count; i++)
        if (strcmp(sim_behaviours[i].name, name) == 0)
            return &sim_behaviours[i];
    return NULL;
}

static void answer_payment(struct sim *sim, struct question *q, struct sim_reply *reply)
{
    const struct sim_behaviour *good = &sim_behaviours[0];
    const struct sim_behaviour *behaviour = good;
    struct sim_account *account = sim_account_of(sim, q->account);
    int64_t param = 0;

    assert(good->effect == SIM_GOOD);
    sim->seen[q->partner].payments++;
    digest(q);
    const struct sim_record *known = sim_ledger_find(&sim->ledger, q->partner, q->reference);
    if (sim_account_meets(account, true)) {
        behaviour = account->behaviour;
        param = account->param;
    } else {
        const struct sim_behaviour *fault = chance(sim);
        if (fault) {
            behaviour = fault;
            param = fault->param;
        }
    }
    if (turn_away(sim, q, behaviour, reply))
        return;
    if (known)
        answer_again(sim, q, known, reply);
    else
        pay_as(sim, q, behaviour, param, reply);
}

static void answer_status(struct sim *sim, struct question *q, struct sim_reply *reply)
{
    static const char *const status[] = { "00", "03", "06" };
    const struct sim_record *record = sim_ledger_find(&sim->ledger, q->partner, q->reference);
    const char *service = snap_json_text(q->json, "serviceCode");
    char asked[16];

    sim->seen[q->partner].statuses++;
    (void)snprintf(asked, sizeof asked, "%02d", record ? record->service : 0);
    if (!record || strcmp(asked, service) != 0) {
        sim_refuse(reply, 404, q->service->code, 1, "");
        return;
    }
    sim_begin(reply, 200, q->service->code, 0, "");
    sim_add_text(reply, "originalPartnerReferenceNo", record->reference);
    sim_add_text(reply, "originalReferenceNo",
             record->state == SIM_BOOKED ? record->reference_no : "");
    sim_add_text(reply, "serviceCode", service);
    sim_add_amount(reply, "amount", record->amount_idr);
    if (sim_partners[q->partner].is_bank) {
        sim_add_text(reply, "beneficiaryAccountNo", record->account);
        sim_add_text(reply, "referenceNumber", record->reference_no);
    }
    if (record->state == SIM_FAILED)
        sim_add_text(reply, "previousResponseCode", record->code);
    sim_add_text(reply, "latestTransactionStatus", status[record->state]);
    sim_add_text(reply, "transactionStatusDesc",
             record->state == SIM_BOOKED    ? "Success"
             : record->state == SIM_PENDING ? "Pending"
             : *record->word                ? record->word
                                            : "Failed");
    buf_text(&reply->body, "}");
    reply->synced = true; /* a late booking may have been made just now */
}

static void answer(struct sim *sim, int partner, const struct sim_service *service,
                   const struct sim_request *request, struct sim_reply *reply)
{
    struct err err;
    struct snap_json *json;
    struct question q = { .partner = partner, .service = service };

    if (!sim_admit(sim, partner, service, request, reply))
        return;
    json = snap_json_parse(request->body, request->size, &err);
    if (!json) {
        sim_refuse(reply, 400, service->code, 0, "");
        return;
    }
    q.json = json;
    if (read_fields(&q, reply)) {
        switch (service->role) {
        case SIM_INQUIRY: answer_inquiry(sim, &q, reply); break;
        case SIM_PAYMENT: answer_payment(sim, &q, reply); break;
        case SIM_STATUS: answer_status(sim, &q, reply); break;
        case SIM_TOKEN: break;
        }
    }
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
