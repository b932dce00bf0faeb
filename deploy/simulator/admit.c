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

/* A header whose form is wrong, NULL when none is. */
static const char *wrong_header(const struct sim *sim, const struct sim_request *request,
                                int64_t *off_ms)
{
    const char *id = request->external_id;

    if (!clock_agrees(request->timestamp, off_ms))
        return "X-TIMESTAMP";
    if (strlen(id) > 36 || (sim->strict && strspn(id, "0123456789") != strlen(id)))
        return "X-EXTERNAL-ID";
    return strlen(request->channel_id) > 5 ? "CHANNEL-ID" : NULL;
}

/* The token of the request, NULL for a partner that does without. False: refused. */
static bool take_token(const struct sim *sim, int partner, int code,
                       const struct sim_request *request, const char **token,
                       struct sim_reply *reply)
{
    bool bearer = strncasecmp(request->authorization, "Bearer ", 7) == 0;

    *token = NULL;
    if (sim_partners[partner].asymmetric && !*request->authorization)
        return true;
    const struct sim_token *known =
        bearer ? find_token(sim, partner, request->authorization + 7) : NULL;
    if (!known || known->ends_ms <= clock_boot_ms()) {
        sim_refuse(reply, 401, code, known ? 1 : 3, "");
        return false;
    }
    *token = request->authorization + 7;
    return true;
}

bool sim_admit(struct sim *sim, int partner, const struct sim_service *service,
               const struct sim_request *request, struct sim_reply *reply)
{
    const char *missing = missing_header(request, false);
    const char *token;
    int64_t off_ms;

    if (missing) {
        sim_refuse(reply, 400, service->code, 2, missing);
        return false;
    }
    const char *wrong = wrong_header(sim, request, &off_ms);
    if (wrong) {
        sim_refuse(reply, 400, service->code, 1, wrong);
        return false;
    }
    if (!take_token(sim, partner, service->code, request, &token, reply))
        return false;
    if (off_ms > CLOCK_WINDOW_MS || strcmp(request->partner_id, sim->partner_id) != 0 ||
        !is_signed(sim, partner, request, token)) {
        sim_refuse(reply, 401, service->code, 0, "Unknown Client or Signature");
        return false;
    }
    if (seen_today(sim, partner, request->external_id)) {
        sim_refuse(reply, 409, service->code, 0, "");
        return false;
    }
    return true;
}

void sim_forget_tokens(struct sim *sim, int partner)
{
    for (size_t i = 0; i < SIM_TOKENS_MAX; i++)
        if (sim->tokens[i].partner == partner)
            sim->tokens[i].text[0] = '\0';
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
