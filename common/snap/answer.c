#include "snap/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "snap/json.h"
#include "snap/name.h"

void snap_copy_message(char out[SNAP_MESSAGE_MAX], const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size >= SNAP_MESSAGE_MAX) {
        size = SNAP_MESSAGE_MAX - 1;
        while (size > 0 && ((unsigned char)text[size] & 0xc0) == 0x80)
            size--;
    }
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
    out[size] = '\0';
}

/* Seven digits or nothing. */
static void copy_code(char out[8], const char *code)
{
    if (code && strspn(code, "0123456789") == 7 && code[7] == '\0')
        memcpy(out, code, 8);
}

static void set_verdict(struct snap_call *call, const struct snap_verdict *verdict)
{
    call->class = verdict->class;
    call->reason = verdict->reason;
    call->scope = verdict->scope;
    call->pace = verdict->pace;
}

static void set_class(struct snap_call *call, enum snap_class class, const char *reason)
{
    set_verdict(call, &(struct snap_verdict){ .class = class, .reason = reason });
}

/* What cannot be trusted: a payment or a status is UNKNOWN, a question may be asked again. */
static void set_unclear(const struct snap_service *service, struct snap_call *call)
{
    set_class(call, snap_service_is_question(service) ? SNAP_RETRYABLE : SNAP_UNKNOWN,
              "UNKNOWN_CODE");
}

/* About an account of ours: nothing is the participant's, no transfer is to blame. */
static void set_channel(struct snap_call *call)
{
    set_verdict(call, &(struct snap_verdict){ .class = SNAP_STOP_CHANNEL,
                                              .scope = SNAP_CHANNEL,
                                              .reason = "PARTNER_UNAVAILABLE" });
}

/* Absent, or the same as ours. */
static bool agrees(const struct snap_json *json, const char *path, const char *ours)
{
    const char *theirs = snap_json_text(json, path);
    return !theirs || !*theirs || strcmp(theirs, ours) == 0;
}

static bool amount_agrees(const struct snap_json *json, int64_t ours_idr)
{
    const char *value = snap_json_text(json, "amount.value");

    if (!snap_json_has(json, "amount.value") || (value && !*value)) /* unused: some send "" */
        return true;
    return value && snap_amount_same(ours_idr, value) && agrees(json, "amount.currency", "IDR");
}

static const char *reference_field(const struct snap_service *service)
{
    return service->role == SNAP_STATUS ? "originalPartnerReferenceNo" : "partnerReferenceNo";
}

/* Does every part of the transfer that the answer repeats equal ours? */
static bool is_about_ours(const struct snap_service *service, const struct snap_partner_conf *conf,
                          const struct snap_transfer *transfer, const struct snap_json *json)
{
    int64_t amount_idr = service->role == SNAP_INQUIRY && conf->inquiry_amount_idr
                             ? conf->inquiry_amount_idr
                             : transfer->amount_idr;
    const char *account = snap_json_text(json, service->account_field);
    char paying[16];

    (void)snprintf(paying, sizeof paying, "%02d", snap_service_asked(service, conf));
    return agrees(json, reference_field(service), transfer->reference) &&
           (service->role != SNAP_STATUS || agrees(json, "serviceCode", paying)) &&
           amount_agrees(json, amount_idr) &&
           (!account || !*account || !transfer->account_number[0] ||
            snap_account_same(transfer->account_number, account,
                              service->group == SNAP_GROUP_WALLET));
}

static void read_inquiry(const struct snap_service *service, const struct snap_transfer *transfer,
                         const struct snap_json *json, struct snap_call *call)
{
    const char *name = snap_json_text(json, service->name_field);

    if (!name || !*name || strchr(name, '*')) { /* the standard: mandatory and not masked */
        set_unclear(service, call);
        return;
    }
    call->name = snap_name_same(transfer->account_name, name) ? SNAP_NAME_SAME : SNAP_NAME_DIFFERS;
    if (call->name == SNAP_NAME_DIFFERS)
        set_class(call, SNAP_PARTICIPANT, "NIK_MISMATCH");
}

static void read_status(const struct snap_service *service, const struct snap_json *json,
                        struct snap_call *call)
{
    const char *previous = snap_json_text(json, "previousResponseCode");
    struct snap_verdict verdict;

    copy_code(call->previous, previous);
    const char *status = snap_json_text(json, "latestTransactionStatus");
    call->outcome = snap_status_read(status);
    call->refunded = status && strcmp(status, "04") == 0;
    switch (call->outcome) {
    case SNAP_OUTCOME_NONE: set_unclear(service, call); break;
    case SNAP_OUTCOME_PAID: set_class(call, SNAP_SUCCESS, ""); break;
    case SNAP_OUTCOME_PENDING: set_class(call, SNAP_IN_PROGRESS, ""); break;
    case SNAP_OUTCOME_NOT_FOUND: set_class(call, SNAP_RETRYABLE, ""); break;
    case SNAP_OUTCOME_FAILED:
        verdict = snap_code_read_failure(service->paying, previous,
                                         snap_json_text(json, "transactionStatusDesc"),
                                         snap_json_text(json, "additionalInfo.resultMsg"));
        set_verdict(call, &verdict);
        break;
    }
}

/* One account was asked about, so the first that is told is it. */
static void read_balance(const struct snap_json *json, struct snap_call *call)
{
    const char *status = snap_json_text(json, "accountInfos.0.status");
    const char *value = snap_json_text(json, "accountInfos.0.availableBalance.value");

    if (!value || !snap_amount_whole(value, &call->balance_idr) ||
        !agrees(json, "accountInfos.0.availableBalance.currency", "IDR"))
        set_class(call, SNAP_RETRYABLE, "UNKNOWN_CODE");
    else if (status && *status && strcmp(status, "0001") != 0)
        set_channel(call);
}

/* The answer says success: is it one? */
static void read_success(const struct snap_service *service, const struct snap_partner_conf *conf,
                         const struct snap_transfer *transfer, const struct snap_json *json,
                         struct snap_call *call)
{
    if (!is_about_ours(service, conf, transfer, json)) {
        call->mismatch = true;
        set_unclear(service, call);
        return;
    }
    switch (service->role) {
    case SNAP_INQUIRY: read_inquiry(service, transfer, json, call); break;
    case SNAP_STATUS: read_status(service, json, call); break;
    case SNAP_PAYMENT:
        if (!call->reference_no[0])
            set_unclear(service, call);
        break;
    case SNAP_BALANCE: read_balance(json, call); break;
    }
}

/* A status call that fails says nothing about the transfer, unless it says "not found". */
static void read_status_refusal(const struct snap_verdict *verdict, struct snap_call *call)
{
    if (verdict->listed && call->http == 404 && strcmp(call->code + 5, "01") == 0) {
        call->outcome = SNAP_OUTCOME_NOT_FOUND;
        set_class(call, SNAP_RETRYABLE, "");
        return;
    }
    call->class = SNAP_UNKNOWN;
    if (!*call->reason)
        call->reason = "UNKNOWN_CODE";
}

void snap_answer_read(const struct snap_service *service, const struct snap_partner_conf *conf,
                      const struct snap_transfer *transfer, int http, const char *body, size_t size,
                      struct snap_call *call)
{
    struct err err;
    bool is_status = service->role == SNAP_STATUS;
    struct snap_json *json = snap_json_parse(body, size, &err);
    const char *code = json ? snap_json_text(json, "responseCode") : NULL;
    const char *text = json ? snap_json_text(json, "responseMessage") : NULL;
    const char *word = json ? snap_json_text(json, "additionalInfo.resultMsg") : NULL;
    struct snap_verdict verdict =
        snap_code_read(snap_service_digits(service, conf), http, code, text, word);

    call->http = http;
    copy_code(call->code, code);
    snap_copy_message(call->message, json ? text : "the answer is not JSON");
    set_verdict(call, &verdict);

    const char *number = json ? snap_json_text(json, is_status ? "originalReferenceNo"
                                                                : "referenceNo")
                              : NULL;
    if (number && strlen(number) < sizeof call->reference_no)
        memcpy(call->reference_no, number, strlen(number) + 1);

    if (verdict.class == SNAP_SUCCESS) {
        read_success(service, conf, transfer, json, call);
    } else if (json && !agrees(json, reference_field(service), transfer->reference)) {
        call->mismatch = true; /* a refusal of somebody else's transfer */
        set_unclear(service, call);
    } else if (is_status) {
        read_status_refusal(&verdict, call);
    } else if (service->role == SNAP_BALANCE && verdict.class == SNAP_PARTICIPANT) {
        set_channel(call);
    }
    snap_json_free(json);
}

void snap_answer_missing(const struct snap_service *service, const char *why,
                         struct snap_call *call)
{
    snap_copy_message(call->message, why);
    if (snap_service_is_question(service) || (service->role == SNAP_PAYMENT && !call->sent))
        set_class(call, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE");
    else
        set_class(call, SNAP_UNKNOWN, "PARTNER_TIMEOUT");
}

void snap_answer_no_token(const struct snap_service *service, const struct snap_verdict *verdict,
                          const char *code, const char *why, struct snap_call *call)
{
    snap_answer_missing(service, why, call);
    (void)str_copy(call->code, sizeof call->code, code);
    switch (verdict->class) {
    case SNAP_STOP_CHANNEL:
    case SNAP_STOP_TRANSFER:
    case SNAP_PARTICIPANT: /* our key, client or clock is wrong: no call can pass */
        call->scope = SNAP_CHANNEL;
        if (service->role != SNAP_STATUS)
            call->class = SNAP_STOP_CHANNEL;
        break;
    case SNAP_RETRYABLE:
        call->scope = verdict->scope;
        call->pace = verdict->pace;
        break;
    case SNAP_SUCCESS:
    case SNAP_IN_PROGRESS:
    case SNAP_DUPLICATE:
    case SNAP_UNKNOWN: break;
    }
}
