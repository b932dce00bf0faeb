#include "snap/service.h"

#include <inttypes.h>
#include <string.h>

#include "base/str.h"
#include "snap/sign.h"

#define NOTE "insentif" /* what a payee reads beside the amount */

/* Order and spelling are part of the body that is never to change under a reference. */
static const struct snap_body_field fields_37[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "customerNumber", SNAP_FIELD_ACCOUNT, NULL },
    { "amount", SNAP_FIELD_ASKED_AMOUNT, NULL },
    { "transactionDate", SNAP_FIELD_DATE, NULL },
};

static const struct snap_body_field fields_38[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "customerNumber", SNAP_FIELD_ACCOUNT, NULL },
    { "customerName", SNAP_FIELD_NAME, NULL },
    { "amount", SNAP_FIELD_AMOUNT, NULL },
    { "feeAmount", SNAP_FIELD_NO_FEE, NULL },
    { "transactionDate", SNAP_FIELD_DATE, NULL },
    { "notes", SNAP_FIELD_TEXT, NOTE },
};

static const struct snap_body_field fields_39[] = {
    { "originalPartnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "serviceCode", SNAP_FIELD_PAYING_SERVICE, NULL },
};

static const struct snap_body_field fields_15[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "beneficiaryAccountNo", SNAP_FIELD_ACCOUNT, NULL },
};

static const struct snap_body_field fields_16[] = {
    { "beneficiaryBankCode", SNAP_FIELD_BANK_CODE, NULL },
    { "beneficiaryAccountNo", SNAP_FIELD_ACCOUNT, NULL },
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
};

static const struct snap_body_field fields_17[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "amount", SNAP_FIELD_AMOUNT, NULL },
    { "beneficiaryAccountNo", SNAP_FIELD_ACCOUNT, NULL },
    { "currency", SNAP_FIELD_TEXT, "IDR" },
    { "customerReference", SNAP_FIELD_REFERENCE, NULL },
    { "feeType", SNAP_FIELD_TEXT, "OUR" },
    { "remark", SNAP_FIELD_TEXT, NOTE },
    { "sourceAccountNo", SNAP_FIELD_SOURCE, NULL },
    { "transactionDate", SNAP_FIELD_DATE, NULL },
};

static const struct snap_body_field fields_18[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "amount", SNAP_FIELD_AMOUNT, NULL },
    { "beneficiaryAccountName", SNAP_FIELD_NAME, NULL },
    { "beneficiaryAccountNo", SNAP_FIELD_ACCOUNT, NULL },
    { "beneficiaryBankCode", SNAP_FIELD_BANK_CODE, NULL },
    { "currency", SNAP_FIELD_TEXT, "IDR" },
    { "customerReference", SNAP_FIELD_REFERENCE, NULL },
    { "feeType", SNAP_FIELD_TEXT, "OUR" },
    { "sourceAccountNo", SNAP_FIELD_SOURCE, NULL },
    { "transactionDate", SNAP_FIELD_DATE, NULL },
};

static const struct snap_body_field fields_36[] = {
    { "originalPartnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "serviceCode", SNAP_FIELD_PAYING_SERVICE, NULL },
    { "transactionDate", SNAP_FIELD_DATE, NULL },
    { "amount", SNAP_FIELD_AMOUNT, NULL },
};

static const struct snap_body_field fields_42[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "customerNumber", SNAP_FIELD_PAYER, NULL },
    { "amount", SNAP_FIELD_ASKED_AMOUNT, NULL },
    { "beneficiaryAccountNumber", SNAP_FIELD_ACCOUNT, NULL },
};

/* The standard has no bank code in 42; the partner that has the service wants it here. */
static const struct snap_body_field info_42 = { "beneficiaryBankCode", SNAP_FIELD_BANK_CODE, NULL };

static const struct snap_body_field fields_43[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "customerNumber", SNAP_FIELD_PAYER, NULL },
    { "beneficiaryAccountNumber", SNAP_FIELD_ACCOUNT, NULL },
    { "beneficiaryBankCode", SNAP_FIELD_BANK_CODE, NULL },
    { "amount", SNAP_FIELD_AMOUNT, NULL },
};

static const struct snap_body_field fields_11[] = {
    { "partnerReferenceNo", SNAP_FIELD_REFERENCE, NULL },
    { "accountNo", SNAP_FIELD_SOURCE, NULL },
};

#define FIELDS(list) list, sizeof list / sizeof list[0]

static const struct snap_service services[] = {
    { 37, SNAP_INQUIRY, SNAP_GROUP_WALLET, 38, "/emoney/account-inquiry", FIELDS(fields_37),
      "customerNumber", "customerName", NULL },
    { 38, SNAP_PAYMENT, SNAP_GROUP_WALLET, 38, "/emoney/topup", FIELDS(fields_38),
      "customerNumber", NULL, NULL },
    { 39, SNAP_STATUS, SNAP_GROUP_WALLET, 38, "/emoney/topup-status", FIELDS(fields_39),
      "customerNumber", NULL, NULL },
    { 15, SNAP_INQUIRY, SNAP_GROUP_BANK, 17, "/account-inquiry-internal", FIELDS(fields_15),
      "beneficiaryAccountNo", "beneficiaryAccountName", NULL },
    { 17, SNAP_PAYMENT, SNAP_GROUP_BANK, 17, "/transfer-intrabank", FIELDS(fields_17),
      "beneficiaryAccountNo", NULL, NULL },
    { 36, SNAP_STATUS, SNAP_GROUP_BANK, 17, "/transfer/status", FIELDS(fields_36),
      "beneficiaryAccountNo", NULL, NULL },
    { 16, SNAP_INQUIRY, SNAP_GROUP_INTERBANK, 18, "/account-inquiry-external", FIELDS(fields_16),
      "beneficiaryAccountNo", "beneficiaryAccountName", NULL },
    { 18, SNAP_PAYMENT, SNAP_GROUP_INTERBANK, 18, "/transfer-interbank", FIELDS(fields_18),
      "beneficiaryAccountNo", NULL, NULL },
    /* the same status service, asked about an 18 */
    { 36, SNAP_STATUS, SNAP_GROUP_BANK, 18, "/transfer/status", FIELDS(fields_36),
      "beneficiaryAccountNo", NULL, NULL },
    { 42, SNAP_INQUIRY, SNAP_GROUP_TO_BANK, 43, "/emoney/bank-account-inquiry", FIELDS(fields_42),
      "beneficiaryAccountNumber", "beneficiaryAccountName", &info_42 },
    { 43, SNAP_PAYMENT, SNAP_GROUP_TO_BANK, 43, "/emoney/transfer-bank", FIELDS(fields_43),
      "beneficiaryAccountNumber", NULL, NULL },
    { SNAP_SERVICE_TRANSFER_STATUS, SNAP_STATUS, SNAP_GROUP_TO_BANK, 43, NULL, FIELDS(fields_39),
      "beneficiaryAccountNumber", NULL, NULL },
    { 11, SNAP_BALANCE, SNAP_GROUP_BALANCE, 0, "/balance-inquiry", FIELDS(fields_11), "accountNo",
      NULL, NULL },
};

/* The paying service is decided by whose account it is. */
static int paying_service(const struct snap_partner_conf *conf,
                          const struct snap_transfer *transfer)
{
    if (conf->kind == SNAP_WALLET)
        return transfer->bank_code[0] ? 43 : 38;
    bool own = transfer->bank_code[0] == '\0' ||
               (conf->own_bank_code && strcmp(transfer->bank_code, conf->own_bank_code) == 0);
    return own ? 17 : 18;
}

const struct snap_service *snap_service_for(const struct snap_partner_conf *conf,
                                            const struct snap_transfer *transfer,
                                            enum snap_role role)
{
    int paying = role == SNAP_BALANCE ? 0 : paying_service(conf, transfer);

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        if (services[i].role == role && services[i].paying == paying &&
            conf->prefix[services[i].group])
            return &services[i];
    return NULL;
}

void snap_service_path(const struct snap_service *service, const struct snap_partner_conf *conf,
                       struct buf *out)
{
    const char *suffix = conf->suffix[service->group];

    buf_printf(out, "%s%s%s", conf->prefix[service->group],
               service->path ? service->path : conf->to_bank.status_path, suffix ? suffix : "");
}

int snap_service_digits(const struct snap_service *service, const struct snap_partner_conf *conf)
{
    return service->code == SNAP_SERVICE_TRANSFER_STATUS ? conf->to_bank.status_code
                                                         : service->code;
}

int snap_service_asked(const struct snap_service *service, const struct snap_partner_conf *conf)
{
    return service->code == SNAP_SERVICE_TRANSFER_STATUS ? conf->to_bank.status_code
                                                         : service->paying;
}

/* Nonempty, ended within its field, only characters of the set? */
static bool is_made_of(const char *text, size_t cap, const char *set)
{
    size_t size = strnlen(text, cap);
    return size > 0 && size < cap && strspn(text, set) == size;
}

static bool is_plain_name(const char *name, size_t cap)
{
    size_t size = strnlen(name, cap);

    if (size == 0 || size == cap || !str_is_utf8(name, size))
        return false;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false; /* would need an escape, on which minifiers differ */
    return true;
}

int snap_transfer_check(const struct snap_partner_conf *conf, const struct snap_transfer *transfer,
                        struct err *err)
{
    static const char digits[] = "0123456789";
    static const char capitals[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    bool to_bank = conf->kind == SNAP_WALLET && transfer->bank_code[0];
    bool to_phone = conf->kind == SNAP_WALLET && !to_bank;
    const char *what = NULL;

    if (!is_made_of(transfer->reference, sizeof transfer->reference, capitals))
        what = "reference";
    else if (!is_made_of(transfer->account_number, sizeof transfer->account_number, digits))
        what = "account number";
    else if (conf->kind == SNAP_WALLET && strlen(transfer->account_number) > 32)
        what = "account number";
    else if (to_phone && strncmp(transfer->account_number, "62", 2) != 0)
        what = "phone number";
    else if (!is_plain_name(transfer->account_name, sizeof transfer->account_name))
        what = "account name";
    else if (transfer->bank_code[0] &&
             ((to_bank && !conf->prefix[SNAP_GROUP_TO_BANK]) ||
              !is_made_of(transfer->bank_code, sizeof transfer->bank_code, capitals)))
        what = "bank code";
    else if (transfer->amount_idr <= 0 || transfer->amount_idr > SNAP_AMOUNT_MAX_IDR)
        what = "amount";
    else if (transfer->transaction_date_ms <= 0 ||
             transfer->transaction_date_ms > INT64_C(4102444800000)) /* 2100 */
        what = "transaction date";
    if (what)
        return err_set(err, ERR_REJECT, "%s: the transfer's %s is outside the limits", conf->name,
                       what);
    return 0;
}

static void add_amount(struct buf *out, int64_t amount_idr)
{
    buf_printf(out, "{\"value\":\"%" PRId64 ".00\",\"currency\":\"IDR\"}", amount_idr);
}

static void add_text(struct buf *out, const char *text)
{
    buf_text(out, "\"");
    buf_json(out, text);
    buf_text(out, "\"");
}

static void add_field(const struct snap_body_field *field, const struct snap_service *service,
                      const struct snap_partner_conf *conf, const struct snap_transfer *transfer,
                      struct buf *out)
{
    char date[SNAP_TIMESTAMP_MAX];

    buf_printf(out, "\"%s\":", field->name);
    switch (field->kind) {
    case SNAP_FIELD_REFERENCE: add_text(out, transfer->reference); break;
    case SNAP_FIELD_ACCOUNT: add_text(out, transfer->account_number); break;
    case SNAP_FIELD_NAME: add_text(out, transfer->account_name); break;
    case SNAP_FIELD_BANK_CODE: add_text(out, transfer->bank_code); break;
    case SNAP_FIELD_AMOUNT: add_amount(out, transfer->amount_idr); break;
    case SNAP_FIELD_ASKED_AMOUNT:
        add_amount(out, conf->inquiry_amount_idr ? conf->inquiry_amount_idr : transfer->amount_idr);
        break;
    case SNAP_FIELD_NO_FEE: add_amount(out, 0); break;
    case SNAP_FIELD_DATE:
        snap_timestamp(transfer->transaction_date_ms, date);
        add_text(out, date);
        break;
    case SNAP_FIELD_SOURCE: add_text(out, conf->source_account); break;
    case SNAP_FIELD_PAYER: add_text(out, conf->to_bank.customer_number); break;
    case SNAP_FIELD_PAYING_SERVICE:
        buf_printf(out, "\"%02d\"", snap_service_asked(service, conf));
        break;
    case SNAP_FIELD_TEXT: add_text(out, field->text); break;
    }
}

/* What the conf puts into additionalInfo, NULL: nothing. */
static const char *info_of(const struct snap_service *service,
                           const struct snap_partner_conf *conf)
{
    bool to_bank = service->group == SNAP_GROUP_TO_BANK;

    if (service->role == SNAP_INQUIRY)
        return to_bank ? conf->to_bank.inquiry_info : conf->inquiry_info;
    if (service->role == SNAP_PAYMENT)
        return to_bank ? conf->to_bank.pay_info : conf->pay_info;
    return NULL;
}

void snap_body(const struct snap_service *service, const struct snap_partner_conf *conf,
               const struct snap_transfer *transfer, struct buf *out)
{
    const char *info = info_of(service, conf);

    for (size_t i = 0; i < service->field_count; i++) {
        if (service->fields[i].kind == SNAP_FIELD_SOURCE && !conf->source_account)
            continue;
        buf_text(out, i == 0 ? "{" : ",");
        add_field(&service->fields[i], service, conf, transfer, out);
    }
    if (service->info) {
        buf_text(out, ",\"additionalInfo\":{");
        add_field(service->info, service, conf, transfer, out);
        info = info ? info + 1 : "}"; /* the rest of the conf's object */
        buf_printf(out, "%s%s", *info == '}' ? "" : ",", info);
    } else if (info) {
        buf_printf(out, ",\"additionalInfo\":%s", info);
    }
    buf_text(out, "}");
}
