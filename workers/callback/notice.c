#include "notice.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "keys.h"
#include "snap/code.h"
#include "snap/json.h"
#include "worker/ids.h"

#define BEFORE "/v1/partners/"
#define AFTER "/notify"
#define AMOUNT_MAX_IDR INT64_C(1000000000) /* as of every event */
#define WORD_MAX 29 /* "04/" and the word are a raw code */

_Static_assert(3 + WORD_MAX <= RAW_CODE_MAX, "a raw code");

const struct answer_row *answer_row(enum answer answer)
{
#define ROW(name_, http_, code_, text_) { http_, code_, text_ },
    static const struct answer_row rows[] = { FOREACH_ANSWER(ROW) };
#undef ROW
    return &rows[answer];
}

bool notice_route(const char *path, enum partner *partner)
{
    size_t size = strlen(path), fixed = strlen(BEFORE) + strlen(AFTER);

    if (size <= fixed || strncmp(path, BEFORE, strlen(BEFORE)) != 0 ||
        strcmp(path + size - strlen(AFTER), AFTER) != 0 ||
        memchr(path + strlen(BEFORE), '/', size - fixed))
        return false;
    *partner = partner_named(path + strlen(BEFORE), size - fixed);
    return true;
}

bool notice_verify(const struct snap_key *key, const char *path, const char *timestamp,
                   const char *signature, const struct buf *body, int64_t now_ms, int64_t *at_ms)
{
    struct buf text = { 0 };

    if (!key || !timestamp || !signature || !str_to_time(timestamp, at_ms) ||
        *at_ms < now_ms - NOTICE_SKEW_MS || *at_ms > now_ms + NOTICE_SKEW_MS)
        return false;
    snap_text_to_sign(&text, "POST", path, NULL, body->data, body->size, timestamp);
    bool good = snap_rsa_verify(key, &text, signature);
    buf_release(&text);
    return good;
}

static enum answer wrong(const struct snap_json *json, const char *field, struct notice *notice)
{
    notice->field = field;
    return snap_json_has(json, field) ? ANSWER_FORMAT : ANSWER_MISSING;
}

/* "600000.00", as we send it: no sign, no leading zero, nothing below a rupiah. */
static bool read_amount(const char *text, int64_t *idr)
{
    char whole[11];
    size_t size = text ? strspn(text, "0123456789") : 0;

    if (size == 0 || size >= sizeof whole || text[0] == '0' || strcmp(text + size, ".00") != 0)
        return false;
    memcpy(whole, text, size);
    whole[size] = '\0';
    return str_to_int64(whole, 1, AMOUNT_MAX_IDR, idr);
}

static enum reason read_reason(const char *desc, const char *word)
{
    const char *name = snap_code_read_failure(0, NULL, desc, word).reason;

    for (int r = 0; r < REASON_COUNT; r++)
        if (strcmp(reason_row((enum reason)r)->name, name) == 0)
            return (enum reason)r;
    return REASON_UNKNOWN_CODE;
}

/* Of a partner's text only a word like PAYEE_ACCOUNT_CLOSED is kept: it can't be about a person. */
static bool is_word(const char *text)
{
    size_t size = text ? strlen(text) : 0;

    return size > 0 && size <= WORD_MAX && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == size &&
           strchr(text, '_');
}

static enum answer read_json(const char *environment, const struct snap_json *json,
                             struct notice *notice)
{
    struct transfer_returned *e = &notice->event;
    const char *reference = snap_json_text(json, "originalPartnerReferenceNo");
    const char *status = snap_json_text(json, "latestTransactionStatus");
    const char *currency = snap_json_text(json, "amount.currency");
    const char *desc = snap_json_text(json, "transactionStatusDesc");
    const char *word = snap_json_text(json, "additionalInfo.resultMsg");

    if (!status || strlen(status) != 2 || strspn(status, "0123456789") != 2)
        return wrong(json, "latestTransactionStatus", notice);
    (void)str_copy(notice->status, sizeof notice->status, status);
    if (!reference || !*reference)
        return wrong(json, "originalPartnerReferenceNo", notice);
    if (!read_amount(snap_json_text(json, "amount.value"), &e->amount_idr))
        return wrong(json, "amount.value", notice);
    if (!currency || strcmp(currency, "IDR") != 0)
        return wrong(json, "amount.currency", notice);
    if (!id_reference_parse(environment, reference, e->instalment_id, &e->attempt))
        return ANSWER_NOT_FOUND;
    (void)str_copy(e->reference, sizeof e->reference, reference);
    e->reason = (int32_t)read_reason(desc, word);
    const char *kept = is_word(word) ? word : is_word(desc) ? desc : "";
    (void)snprintf(e->raw_code, sizeof e->raw_code, "%.2s%s%.29s", status, *kept ? "/" : "", kept);
    return ANSWER_OK;
}

enum answer notice_read(const char *environment, enum partner partner, const struct buf *body,
                        int64_t at_ms, struct notice *notice)
{
    struct err err;
    struct snap_json *json = snap_json_parse(body->data, body->size, &err);

    *notice = (struct notice){ .partner = partner,
                               .event = { .partner = (int32_t)partner, .returned_at_ms = at_ms } };
    if (!json)
        return ANSWER_BAD;
    enum answer answer = read_json(environment, json, notice);
    snap_json_free(json);
    return answer;
}

bool notice_is_return(const struct notice *notice)
{
    return strcmp(notice->status, "04") == 0;
}

/* "at_ms attempt what partner reason code" */
static bool line_says(const char *line, size_t size, const struct notice *notice)
{
    char text[128], wanted[32];

    if (size >= sizeof text)
        return false;
    memcpy(text, line, size);
    text[size] = '\0';
    (void)snprintf(wanted, sizeof wanted, " %d ", (int)notice->event.attempt);
    const char *attempt = strchr(text, ' ');
    if (!attempt || strncmp(attempt, wanted, strlen(wanted)) != 0)
        return false;
    const char *partner = strchr(attempt + strlen(wanted), ' ');
    const char *name = partner_row(notice->partner)->name;
    return partner && strncmp(partner + 1, name, strlen(name)) == 0 &&
           partner[1 + strlen(name)] == ' ';
}

bool notice_owner(const void *history, size_t size, struct notice *notice)
{
    const char *at = history, *end = at + size, *line = memchr(at, '\n', size);
    size_t id = line ? (size_t)(line - at) : 0;
    bool theirs = false;

    if (id <= 3 || id - 3 > PARTICIPANT_ID_MAX || memcmp(at, "of ", 3) != 0)
        return false;
    memcpy(notice->event.participant_id, at + 3, id - 3);
    notice->event.participant_id[id - 3] = '\0';
    for (at = line + 1; at < end && !theirs; at = line + 1) {
        line = memchr(at, '\n', (size_t)(end - at));
        if (!line)
            break;
        theirs = line_says(at, (size_t)(line - at), notice);
    }
    return theirs;
}
