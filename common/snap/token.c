/*
 * The life of a bearer token. A call that needs one waits; the first that waits starts the
 * renewal; its end sets all waiting calls of the partner free, with the token or with the news
 * that there is none. Past 80 % of its life a token is renewed, but still used to its end when
 * the renewal fails.
 */
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "snap/answer.h"
#include "snap/client.h"
#include "snap/json.h"

#define TOKEN_MAX 2048
#define LIFE_STANDARD_S 900
#define LIFE_MAX_S 86400

bool snap_token_ready(const struct snap_partner *partner)
{
    const struct snap_token *token = &partner->token;

    if (partner->conf.signing == SNAP_ASYMMETRIC)
        return true;
    return token->text.size > 0 && clock_boot_ms() < token->renew_at_ms;
}

void snap_token_drop(struct snap_partner *partner, unsigned generation)
{
    if (partner->token.generation == generation)
        snap_cleanse_buf(&partner->token.text);
}

/* The renewal is over: every job of the partner that waits goes on, or hears why it cannot. */
static void release_waiting(struct snap_job *renewal, const struct snap_verdict *verdict,
                            const char *code, const char *why)
{
    struct snap *snap = renewal->snap;
    struct snap_partner *partner = renewal->partner;
    bool usable = partner->token.text.size > 0 && clock_boot_ms() < partner->token.ends_at_ms;

    partner->token.fetching = false;
    snap_job_free(renewal);
    for (size_t i = 0; i < SNAP_CALLS_MAX; i++) {
        struct snap_job *job = &snap->jobs[i];
        struct err err;
        if (job->state != SNAP_JOB_WAITS || job->partner != partner)
            continue;
        if (usable) {
            if (snap_exchange_start(job, &err) == 0)
                continue;
            snap_answer_missing(job->service, err.text, job->call);
        } else {
            snap_answer_no_token(job->service, verdict, code, why, job->call);
        }
        snap_job_done(job);
    }
}

void snap_token_fetch(struct snap_job *waiting)
{
    static const struct snap_verdict nothing = { .class = SNAP_STOP_CHANNEL, .reason = "" };
    struct snap *snap = waiting->snap;
    struct snap_partner *partner = waiting->partner;
    struct snap_job *job = &snap->jobs[SNAP_CALLS_MAX + (size_t)(partner - snap->partners)];
    struct err err;

    if (partner->token.fetching)
        return;
    partner->token.fetching = true;
    job->partner = partner;
    job->deadline_ms = INT64_MAX;
    buf_reset(&job->body);
    buf_text(&job->body, "{\"grantType\":\"client_credentials\"}");
    if (snap_exchange_start(job, &err) < 0)
        release_waiting(job, &nothing, "", err.text);
}

/* A token that can stand in a header. */
static bool is_token(const char *text)
{
    size_t size = text ? strlen(text) : 0;

    if (size == 0 || size > TOKEN_MAX)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    return true;
}

/* Keep the token that the answer brings. False: it brings none. */
static bool keep(struct snap_token *token, const struct snap_json *json)
{
    const char *text = snap_json_text(json, "accessToken");
    int64_t life_s = LIFE_STANDARD_S;

    if (!is_token(text))
        return false;
    if (snap_json_has(json, "expiresIn") &&
        (!snap_json_int(json, "expiresIn", &life_s) || life_s < 1 || life_s > LIFE_MAX_S))
        return false;
    snap_cleanse_buf(&token->text);
    buf_reserve(&token->text, TOKEN_MAX);
    buf_text(&token->text, text);
    token->generation++;
    token->renew_at_ms = clock_boot_ms() + life_s * 800;
    token->ends_at_ms = clock_boot_ms() + life_s * 1000;
    return true;
}

void snap_token_fetched(struct snap_job *job, CURLcode result, int http)
{
    struct snap_verdict verdict = { .class = SNAP_UNKNOWN, .reason = "PARTNER_TIMEOUT" };
    struct err err;

    snap_exchange_end(job);
    if (result != CURLE_OK) {
        release_waiting(job, &verdict, "", curl_easy_strerror(result));
        return;
    }
    struct snap_json *json = job->answer.size > 0
                                 ? snap_json_parse(job->answer.data, job->answer.size, &err)
                                 : NULL;
    const char *code = json ? snap_json_text(json, "responseCode") : NULL;
    char seen[8] = "";
    if (code && strspn(code, "0123456789") == 7 && code[7] == '\0')
        (void)str_copy(seen, sizeof seen, code);
    verdict = snap_code_read(73, http, code, NULL, NULL);
    /* a success need not carry a code (snap-bi.md section 2) */
    bool success = http == 200 && (!code || verdict.class == SNAP_SUCCESS);
    if (json && success && keep(&job->partner->token, json))
        verdict.class = SNAP_SUCCESS;
    snap_json_free(json);
    release_waiting(job, &verdict, seen, "no token");
}
