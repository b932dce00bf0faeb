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

#define IN(group) (1u << (group))

/* What stands before the paths of which groups, and whether ".htm" stands behind them. */
static const struct prefix {
    int partner;
    const char *text;
    enum { PLAIN, HTM, BOTH } form;
    unsigned groups;
} prefixes[] = {
    { SIM_BNI, "/snap-service/v1", PLAIN, IN(SIM_BANK) | IN(SIM_INTERBANK) | IN(SIM_BALANCE) },
    { SIM_BCA, "/openapi/v1.0", PLAIN, IN(SIM_BANK) | IN(SIM_BALANCE) },
    { SIM_BCA, "/openapi/v2.0", PLAIN, IN(SIM_INTERBANK) },
    { SIM_DANA, "/rest/v1.0", BOTH, IN(SIM_WALLET) },
    { SIM_DANA, "/v1.0", HTM, IN(SIM_WALLET) }, /* of older documents */
    { SIM_DANA, "/v1.0", HTM, IN(SIM_TO_BANK) | IN(SIM_BALANCE) },
    { SIM_GOPAY, "/v1.0", PLAIN,
      IN(SIM_WALLET) | IN(SIM_BANK) | IN(SIM_INTERBANK) | IN(SIM_BALANCE) },
    { SIM_OVO, "/v1.0", PLAIN, IN(SIM_WALLET) | IN(SIM_BALANCE) },
    { SIM_LINKAJA, "/v1.0", PLAIN, IN(SIM_WALLET) | IN(SIM_BALANCE) },
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
            if (prefixes[i].partner == partner && (prefixes[i].groups & IN(services[k].group)) &&
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
