#include "route.h"

#include <string.h>

const struct sim_partner sim_partners[SIM_PARTNERS] = {
    [SIM_BNI] = { "bni", false, false, "/snap/v1/access-token/b2b", NULL },
    [SIM_BCA] = { "bca", false, false, "/openapi/v1.0/access-token/b2b", NULL },
    [SIM_DANA] = { "dana", true, true, "/v1.0/access-token/b2b.htm", "additionalInfo.fundType" },
    [SIM_GOPAY] = { "gopay", false, false, "/v1.0/access-token/b2b", NULL },
    [SIM_OVO] = { "ovo", false, false, "/v1.0/access-token/b2b", NULL },
    [SIM_LINKAJA] = { "linkaja", false, false, "/v1.0/access-token/b2b", NULL },
};

/* What stands before a service's path, and whether ".htm" stands behind it. */
static const struct prefix {
    int partner;
    enum sim_group group;
    const char *text;
    enum { PLAIN, HTM, BOTH } form;
} prefixes[] = {
    { SIM_BNI, SIM_BANK, "/snap-service/v1", PLAIN },
    { SIM_BNI, SIM_INTERBANK, "/snap-service/v1", PLAIN },
    { SIM_BNI, SIM_BALANCE, "/snap-service/v1", PLAIN },
    { SIM_BCA, SIM_BANK, "/openapi/v1.0", PLAIN },
    { SIM_BCA, SIM_INTERBANK, "/openapi/v2.0", PLAIN },
    { SIM_BCA, SIM_BALANCE, "/openapi/v1.0", PLAIN },
    { SIM_DANA, SIM_WALLET, "/rest/v1.0", BOTH },
    { SIM_DANA, SIM_WALLET, "/v1.0", HTM }, /* of older documents */
    { SIM_DANA, SIM_TO_BANK, "/v1.0", HTM },
    { SIM_DANA, SIM_BALANCE, "/v1.0", HTM },
    { SIM_GOPAY, SIM_WALLET, "/v1.0", PLAIN },
    { SIM_GOPAY, SIM_BANK, "/v1.0", PLAIN },
    { SIM_GOPAY, SIM_INTERBANK, "/v1.0", PLAIN },
    { SIM_GOPAY, SIM_BALANCE, "/v1.0", PLAIN },
    { SIM_OVO, SIM_WALLET, "/v1.0", PLAIN },
    { SIM_OVO, SIM_BALANCE, "/v1.0", PLAIN },
    { SIM_LINKAJA, SIM_WALLET, "/v1.0", PLAIN },
    { SIM_LINKAJA, SIM_BALANCE, "/v1.0", PLAIN },
};

static const struct sim_service token_service = { .code = 73, .role = SIM_TOKEN };

#define AMOUNT "amount.value", "amount.currency"

static const struct sim_service services[] = {
    { 37, SIM_WALLET, SIM_INQUIRY, "/emoney/account-inquiry", "customerNumber", { 0 }, false,
      { "customerNumber", AMOUNT, NULL } },
    { 38, SIM_WALLET, SIM_PAYMENT, "/emoney/topup", "customerNumber", { 0 }, false,
      { "partnerReferenceNo", "customerNumber", AMOUNT, NULL } },
    { 39, SIM_WALLET, SIM_STATUS, "/emoney/topup-status", "customerNumber", { 38 }, false,
      { "originalPartnerReferenceNo", "serviceCode", NULL } },
    { 15, SIM_BANK, SIM_INQUIRY, "/account-inquiry-internal", "beneficiaryAccountNo", { 0 }, false,
      { "beneficiaryAccountNo", NULL } },
    { 17, SIM_BANK, SIM_PAYMENT, "/transfer-intrabank", "beneficiaryAccountNo", { 0 }, false,
      { "partnerReferenceNo", "beneficiaryAccountNo", "sourceAccountNo", "transactionDate", AMOUNT,
        NULL } },
    { 36, SIM_BANK, SIM_STATUS, "/transfer/status", "beneficiaryAccountNo", { 17, 18 }, false,
      { "originalPartnerReferenceNo", "serviceCode", NULL } },
    { 16, SIM_INTERBANK, SIM_INQUIRY, "/account-inquiry-external", "beneficiaryAccountNo", { 0 },
      false, { "beneficiaryBankCode", "beneficiaryAccountNo", NULL } },
    { 18, SIM_INTERBANK, SIM_PAYMENT, "/transfer-interbank", "beneficiaryAccountNo", { 0 }, false,
      { "partnerReferenceNo", "beneficiaryAccountNo", "beneficiaryAccountName",
        "beneficiaryBankCode", "sourceAccountNo", AMOUNT, NULL } },
    { 42, SIM_TO_BANK, SIM_INQUIRY, "/emoney/bank-account-inquiry", "beneficiaryAccountNumber",
      { 0 }, false,
      { "customerNumber", "beneficiaryAccountNumber", AMOUNT, "additionalInfo.beneficiaryBankCode",
        NULL } },
    { 43, SIM_TO_BANK, SIM_PAYMENT, "/emoney/transfer-bank", "beneficiaryAccountNumber", { 0 },
      true,
      { "partnerReferenceNo", "customerNumber", "beneficiaryAccountNumber", "beneficiaryBankCode",
        AMOUNT, NULL } },
    { 0, SIM_TO_BANK, SIM_STATUS, "/emoney/transfer-bank-status", "beneficiaryAccountNumber",
      { 43 }, false, { "originalPartnerReferenceNo", "serviceCode", NULL } },
    { 11, SIM_BALANCE, SIM_DEPOSIT, "/balance-inquiry", "accountNo", { 0 }, false, { NULL } },
};

int sim_partner_named(const char *name)
{
    for (int i = 0; i < SIM_PARTNERS; i++)
        if (strcmp(sim_partners[i].name, name) == 0)
            return i;
    return -1;
}

/* path is prefix and tail, with or without ".htm" as the form wants. */
static bool is_path(const char *path, const struct prefix *prefix, const char *tail)
{
    size_t prefix_size = strlen(prefix->text), tail_size = strlen(tail);

    if (strncmp(path, prefix->text, prefix_size) != 0 ||
        strncmp(path + prefix_size, tail, tail_size) != 0)
        return false;
    const char *rest = path + prefix_size + tail_size;
    return (*rest == '\0' && prefix->form != HTM) ||
           (strcmp(rest, ".htm") == 0 && prefix->form != PLAIN);
}

static const struct sim_service *route_at(const char *path, int partner)
{
    if (strcmp(path, sim_partners[partner].token_path) == 0)
        return &token_service;
    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        for (size_t k = 0; k < sizeof services / sizeof services[0]; k++)
            if (prefixes[i].partner == partner && prefixes[i].group == services[k].group &&
                is_path(path, &prefixes[i], services[k].path))
                return &services[k];
    return NULL;
}

bool sim_route(const char *path, int *partner, const struct sim_service **service)
{
    const struct sim_service *found = NULL;

    for (int i = 0; i < SIM_PARTNERS && !found; i++) {
        size_t size = strlen(sim_partners[i].name);
        if (path[0] == '/' && strncmp(path + 1, sim_partners[i].name, size) == 0 &&
            path[1 + size] == '/')
            found = route_at(path + 1 + size, i);
        else
            found = route_at(path, i);
        if (found)
            *partner = i;
    }
    *service = found;
    return found != NULL;
}
