#include "snap/code.h"

#include <string.h>
#include <strings.h>

#define ROW(http_, case_, class_, scope_, pace_, reason_, text_, note_)                            \
    { .http = http_,                                                                               \
      .kase = case_,                                                                               \
      .verdict = { .class = SNAP_##class_,                                                         \
                   .scope = SNAP_##scope_,                                                         \
                   .pace = SNAP_##pace_,                                                           \
                   .reason = reason_,                                                              \
                   .listed = true },                                                               \
      .text = text_,                                                                               \
      .note = note_ },
const struct snap_code_row snap_code_rows[] = { SNAP_CODES(ROW) };
#undef ROW
const size_t snap_code_count = sizeof snap_code_rows / sizeof snap_code_rows[0];

struct exception {
    int http, kase, service;
    struct snap_verdict verdict;
};

#define ROW(http_, case_, service_, class_, scope_, reason_)                                       \
    { .http = http_,                                                                               \
      .kase = case_,                                                                               \
      .service = service_,                                                                         \
      .verdict = { .class = SNAP_##class_,                                                         \
                   .scope = SNAP_##scope_,                                                         \
                   .pace = SNAP_NOW,                                                               \
                   .reason = reason_,                                                              \
                   .listed = true } },
static const struct exception exceptions[] = { SNAP_EXCEPTIONS(ROW) };
#undef ROW

static const struct {
    const char *word, *reason;
} words[] = {
#define ROW(word_, reason_) { word_, reason_ },
    SNAP_WORDS(ROW)
#undef ROW
};

static const char *const participant_fields[] = {
#define ROW(field_) field_,
    SNAP_PARTICIPANT_FIELDS(ROW)
#undef ROW
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct snap_verdict unknown_code = { .class = SNAP_UNKNOWN, .reason = "UNKNOWN_CODE" };

static bool contains(const char *text, const char *part)
{
    size_t size = strlen(part);

    for (; text && *text; text++)
        if (strncasecmp(text, part, size) == 0)
            return true;
    return false;
}

static const char *word_reason(const char *text)
{
    for (size_t i = 0; i < COUNT(words); i++)
        if (contains(text, words[i].word))
            return words[i].reason;
    return NULL;
}

static bool names_participant_field(const char *text)
{
    for (size_t i = 0; i < COUNT(participant_fields); i++)
        if (contains(text, participant_fields[i]))
            return true;
    return false;
}

/* Split "2003800". False unless it is seven digits. */
static bool split(const char *code, int *http, int *service, int *kase)
{
    int digits[7];

    if (!code || strlen(code) != 7)
        return false;
    for (int i = 0; i < 7; i++) {
        if (code[i] < '0' || code[i] > '9')
            return false;
        digits[i] = code[i] - '0';
    }
    *http = digits[0] * 100 + digits[1] * 10 + digits[2];
    *service = digits[3] * 10 + digits[4];
    *kase = digits[5] * 10 + digits[6];
    return true;
}

static struct snap_verdict look_up(int service, int http, int kase)
{
    for (size_t i = 0; i < COUNT(exceptions); i++)
        if (exceptions[i].http == http && exceptions[i].kase == kase &&
            exceptions[i].service == service)
            return exceptions[i].verdict;
    for (size_t i = 0; i < snap_code_count; i++)
        if (snap_code_rows[i].http == http && snap_code_rows[i].kase == kase)
            return snap_code_rows[i].verdict;
    return unknown_code;
}

static bool is_inquiry(int service)
{
    return service == 11 || service == 15 || service == 16 || service == 37 || service == 42;
}

/* No money can have moved by a question: what is unclear may simply be asked again. */
static struct snap_verdict as_inquiry(struct snap_verdict v)
{
    if (v.class == SNAP_UNKNOWN || v.class == SNAP_DUPLICATE) {
        v.class = SNAP_RETRYABLE;
        if (strcmp(v.reason, "UNKNOWN_CODE") != 0)
            v.reason = "PARTNER_UNAVAILABLE";
    }
    return v;
}

struct snap_verdict snap_code_read(int service, int http, const char *code, const char *text,
                                   const char *word)
{
    int code_http, code_service, kase;
    struct snap_verdict v = unknown_code;

    if (split(code, &code_http, &code_service, &kase) && code_http == http &&
        code_service == service)
        v = look_up(service, http, kase);
    if (!v.listed && http >= 500)
        v.reason = "PARTNER_TIMEOUT"; /* a gateway in trouble speaks no SNAP */

    if (v.listed && http == 400 && kase == 1 && names_participant_field(text)) {
        v.class = SNAP_PARTICIPANT;
        v.reason = "ACCOUNT_NOT_FOUND";
    }
    if (v.class == SNAP_PARTICIPANT) {
        const char *reason = word_reason(word);
        if (!reason)
            reason = word_reason(text);
        if (reason)
            v.reason = reason;
    }
    return is_inquiry(service) ? as_inquiry(v) : v;
}

struct snap_verdict snap_code_read_failure(int service, const char *previous, const char *desc,
                                           const char *word)
{
    int http = 0, code_service, kase;
    struct snap_verdict v = unknown_code;
    const char *reason = word_reason(word);

    if (!reason)
        reason = word_reason(desc);
    if (reason)
        return (struct snap_verdict){ .class = SNAP_PARTICIPANT, .reason = reason, .listed = true };

    if (split(previous, &http, &code_service, &kase) && code_service == service)
        v = look_up(service, http, kase);
    switch (v.class) {
    case SNAP_RETRYABLE:
    case SNAP_PARTICIPANT:
    case SNAP_STOP_TRANSFER:
    case SNAP_STOP_CHANNEL: return v;
    case SNAP_UNKNOWN:
        if (v.listed && http >= 500) { /* the partner's own fault, and now known to be final */
            v.class = SNAP_RETRYABLE;
            v.reason = "PARTNER_UNAVAILABLE";
            return v;
        }
        break;
    case SNAP_SUCCESS:
    case SNAP_IN_PROGRESS:
    case SNAP_DUPLICATE: break;
    }
    v = unknown_code;
    v.class = SNAP_STOP_TRANSFER;
    return v;
}

enum snap_outcome snap_status_read(const char *status)
{
    static const struct {
        const char *status;
        enum snap_outcome outcome;
    } rows[] = {
#define ROW(status_, outcome_, text_) { status_, SNAP_OUTCOME_##outcome_ },
        SNAP_STATUSES(ROW)
#undef ROW
    };

    if (!status)
        return SNAP_OUTCOME_NONE;
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].status, status) == 0)
            return rows[i].outcome;
    return SNAP_OUTCOME_PENDING;
}

const char *snap_class_name(enum snap_class class)
{
    switch (class) {
    case SNAP_SUCCESS: return "SUCCESS";
    case SNAP_IN_PROGRESS: return "IN_PROGRESS";
    case SNAP_DUPLICATE: return "DUPLICATE";
    case SNAP_RETRYABLE: return "RETRYABLE";
    case SNAP_UNKNOWN: return "UNKNOWN";
    case SNAP_PARTICIPANT: return "PARTICIPANT";
    case SNAP_STOP_TRANSFER: return "STOP_TRANSFER";
    case SNAP_STOP_CHANNEL: return "STOP_CHANNEL";
    }
    return "?";
}

const char *snap_outcome_name(enum snap_outcome outcome)
{
    switch (outcome) {
    case SNAP_OUTCOME_NONE: return "NONE";
    case SNAP_OUTCOME_PAID: return "PAID";
    case SNAP_OUTCOME_PENDING: return "PENDING";
    case SNAP_OUTCOME_FAILED: return "FAILED";
    case SNAP_OUTCOME_NOT_FOUND: return "NOT_FOUND";
    }
    return "?";
}
