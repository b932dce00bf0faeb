#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"

#define CLOCK_WINDOW_MS INT64_C(300000)
#define WIB_OFFSET_MS INT64_C(25200000)
#define DAY_MS INT64_C(86400000)

/* Paths as the partners have them (snap-bi.md section 9), each under a prefix of its own. */
const struct sim_partner sim_partners[SIM_PARTNERS] = {
    { "bni", true, false, "009", "/bni/snap/v1/access-token/b2b",
      { NULL, "/bni/snap-service/v1", "/bni/snap-service/v1" }, NULL },
    { "bca", true, false, "014", "/bca/openapi/v1.0/access-token/b2b",
      { NULL, "/bca/openapi/v1.0", "/bca/openapi/v2.0" }, NULL },
    { "dana", false, true, NULL, NULL, { "/dana/rest/v1.0", NULL, NULL },
      "additionalInfo.fundType" },
    { "gopay", false, false, NULL, "/gopay/v1.0/access-token/b2b", { "/gopay/v1.0", NULL, NULL },
      NULL },
    { "ovo", false, false, NULL, "/ovo/v1.0/access-token/b2b", { "/ovo/v1.0", NULL, NULL }, NULL },
    { "linkaja", false, false, NULL, "/linkaja/v1.0/access-token/b2b",
      { "/linkaja/v1.0", NULL, NULL }, NULL },
};

static const struct sim_service token_service = { 73, 0, SIM_TOKEN, "", "", { NULL } };

static const struct sim_service services[] = {
    { 37, 0, SIM_INQUIRY, "/emoney/account-inquiry", "customerNumber",
      { "customerNumber", "amount.value", "amount.currency", NULL } },
    { 38, 0, SIM_PAYMENT, "/emoney/topup", "customerNumber",
      { "partnerReferenceNo", "customerNumber", "amount.value", "amount.currency", NULL } },
    { 39, 0, SIM_STATUS, "/emoney/topup-status", "customerNumber",
      { "originalPartnerReferenceNo", "serviceCode", NULL } },
    { 15, 1, SIM_INQUIRY, "/account-inquiry-internal", "beneficiaryAccountNo",
      { "beneficiaryAccountNo", NULL } },
    { 16, 2, SIM_INQUIRY, "/account-inquiry-external", "beneficiaryAccountNo",
      { "beneficiaryBankCode", "beneficiaryAccountNo", NULL } },
    { 17, 1, SIM_PAYMENT, "/transfer-intrabank", "beneficiaryAccountNo",
      { "partnerReferenceNo", "beneficiaryAccountNo", "sourceAccountNo", "transactionDate",
        "amount.value", "amount.currency", NULL } },
    { 18, 2, SIM_PAYMENT, "/transfer-interbank", "beneficiaryAccountNo",
      { "partnerReferenceNo", "beneficiaryAccountNo", "beneficiaryAccountName",
        "beneficiaryBankCode", "sourceAccountNo", "amount.value", "amount.currency", NULL } },
    { 36, 1, SIM_STATUS, "/transfer/status", "beneficiaryAccountNo",
      { "originalPartnerReferenceNo", "serviceCode", NULL } },
};

int sim_partner_named(const char *name)
{
    for (int i = 0; i < SIM_PARTNERS; i++)
        if (strcmp(sim_partners[i].name, name) == 0)
            return i;
    return -1;
}

/* path is prefix and tail, perhaps with ".htm". */
static bool is_path(const char *path, const char *prefix, const char *tail)
{
    size_t prefix_size = strlen(prefix), tail_size = strlen(tail);

    if (strncmp(path, prefix, prefix_size) != 0 ||
        strncmp(path + prefix_size, tail, tail_size) != 0)
        return false;
    const char *rest = path + prefix_size + tail_size;
    return *rest == '\0' || strcmp(rest, ".htm") == 0;
}

bool sim_route(const char *path, int *partner, const struct sim_service **service)
{
    for (int i = 0; i < SIM_PARTNERS; i++) {
        if (sim_partners[i].token_path && strcmp(path, sim_partners[i].token_path) == 0) {
            *partner = i;
            *service = &token_service;
            return true;
        }
        for (size_t k = 0; k < sizeof services / sizeof services[0]; k++) {
            const char *prefix = sim_partners[i].prefix[services[k].group];
            if (!prefix || !is_path(path, prefix, services[k].path))
                continue;
            *partner = i;
            *service = &services[k];
            return true;
        }
    }
    return false;
}

/* Both forms seen in the wild: "+07:00" in whole seconds, and milliseconds with "Z". */
static bool clock_agrees(const char *timestamp, int64_t *off_ms)
{
    int64_t at_ms;

    if (strlen(timestamp) > 29 || !str_to_time(timestamp, &at_ms))
        return false;
    *off_ms = at_ms - clock_wire_ms();
    if (*off_ms < 0)
        *off_ms = -*off_ms;
    return true;
}

/* The same id twice in one WIB day? Remembers it. */
static bool seen_today(struct sim *sim, int partner, const char *id)
{
    char key[64];
    int64_t day = (clock_wire_ms() + WIB_OFFSET_MS) / DAY_MS;

    if (day != sim->external_day) {
        sim_map_release(&sim->external_ids, NULL);
        sim->external_day = day;
    }
    (void)snprintf(key, sizeof key, "%d/%.36s", partner, id);
    void **at = sim_map_at(&sim->external_ids, key);
    if (*at)
        return true;
    *at = sim; /* any value: present */
    return false;
}

static const struct sim_token *find_token(const struct sim *sim, int partner, const char *text)
{
    for (size_t i = 0; i < SIM_TOKENS_MAX; i++)
        if (sim->tokens[i].partner == partner && sim->tokens[i].text[0] &&
            strcmp(sim->tokens[i].text, text) == 0)
            return &sim->tokens[i];
    return NULL;
}

static bool is_signed(const struct sim *sim, int partner, const struct sim_request *request,
                      const char *token)
{
    struct buf text = { 0 };

    snap_text_to_sign(&text, request->method, request->uri, token, request->body, request->size,
                      request->timestamp);
    bool right = token ? snap_hmac_verify(sim->secrets[partner], &text, request->signature)
                       : snap_rsa_verify(sim->client_key, &text, request->signature);
    buf_release(&text);
    return right;
}

/* The first mandatory header that is missing, NULL when none is. */
static const char *missing_header(const struct sim_request *request, bool is_token)
{
    if (strncasecmp(request->content_type, "application/json", 16) != 0)
        return "Content-Type";
    if (!*request->timestamp)
        return "X-TIMESTAMP";
    if (!*request->signature)
        return "X-SIGNATURE";
    if (is_token)
        return *request->client_key ? NULL : "X-CLIENT-KEY";
    if (!*request->partner_id)
        return "X-PARTNER-ID";
    if (!*request->external_id)
        return "X-EXTERNAL-ID";
    return *request->channel_id ? NULL : "CHANNEL-ID";
}

bool sim_admit(struct sim *sim, int partner, const struct sim_service *service,
               const struct sim_request *request, struct sim_reply *reply)
{
    int code = service->code;
    const char *missing = missing_header(request, false);
    const char *token = NULL;
    int64_t off_ms;

    if (missing) {
        sim_refuse(reply, 400, code, 2, missing);
        return false;
    }
    if (!clock_agrees(request->timestamp, &off_ms) || strlen(request->external_id) > 36 ||
        strlen(request->channel_id) > 5) {
        sim_refuse(reply, 400, code, 1, "header");
        return false;
    }
    if (!sim_partners[partner].asymmetric) {
        if (strncasecmp(request->authorization, "Bearer ", 7) != 0) {
            sim_refuse(reply, 401, code, 3, "");
            return false;
        }
        token = request->authorization + 7;
        const struct sim_token *known = find_token(sim, partner, token);
        if (!known || known->ends_ms <= clock_boot_ms()) {
            sim_refuse(reply, 401, code, known ? 1 : 3, "");
            return false;
        }
    }
    if (off_ms > CLOCK_WINDOW_MS || strcmp(request->partner_id, sim->partner_id) != 0 ||
        !is_signed(sim, partner, request, token)) {
        sim_refuse(reply, 401, code, 0, "Unknown Client or Signature");
        return false;
    }
    if (seen_today(sim, partner, request->external_id)) {
        sim_refuse(reply, 409, code, 0, "");
        return false;
    }
    return true;
}

void sim_give_token(struct sim *sim, int partner, const struct sim_request *request,
                    struct sim_reply *reply)
{
    const char *missing = missing_header(request, true);
    struct buf text = { 0 };
    int64_t off_ms;

    if (missing) {
        sim_refuse(reply, 400, 73, 2, missing);
        return;
    }
    if (!clock_agrees(request->timestamp, &off_ms)) {
        sim_refuse(reply, 400, 73, 1, "X-TIMESTAMP");
        return;
    }
    buf_printf(&text, "%s|%s", request->client_key, request->timestamp);
    bool right = off_ms <= CLOCK_WINDOW_MS && strcmp(request->client_key, sim->client_id) == 0 &&
                 snap_rsa_verify(sim->client_key, &text, request->signature);
    buf_reset(&text);
    if (right)
        snap_minify(request->body, request->size, &text);
    if (!right) {
        sim_refuse(reply, 401, 73, 0, "Unknown Client or Signature");
    } else if (!strstr(text.data ? text.data : "", "\"grantType\":\"client_credentials\"")) {
        sim_refuse(reply, 400, 73, 0, "");
    } else {
        struct sim_token *token = &sim->tokens[sim->next_token++ % SIM_TOKENS_MAX];
        buf_reset(&text);
        snap_random_hex(24, &text);
        (void)str_copy(token->text, sizeof token->text, text.data);
        token->partner = partner;
        token->ends_ms = clock_boot_ms() + sim->token_s * 1000;
        sim_begin(reply, 200, 73, 0, "");
        buf_printf(&reply->body,
                   ",\"accessToken\":\"%s\",\"tokenType\":\"Bearer\",\"expiresIn\":\"%" PRId64
                   "\"}",
                   token->text, sim->token_s);
    }
    buf_release(&text);
}
