#include "events/rule.h"

#include <assert.h>
#include <string.h>

#define FIRST_DAY_MS INT64_C(1577836800000) /* 2020-01-01T00:00:00Z, the programme's first year */
#define DAY_MS INT64_C(86400000)
#define AHEAD_MS (1827 * DAY_MS) /* a date in the future: within five years */
#define NIK_DIGITS 16            /* NIK, KK and the programme's card have as many (R20) */
#define DIGITS_IN_ROW 9          /* more is an account or a phone number, not a token of one */

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool id_holds(const char *text)
{
    for (; *text; text++)
        if (!is_alnum(*text) && !strchr("._:-", *text))
            return false;
    return true;
}

/* Exactly `size` digits and nothing else. */
static bool is_digits(const char *text, size_t size)
{
    return strlen(text) == size && strspn(text, "0123456789") == size;
}

static bool account_holds(const char *text)
{
    if (!id_holds(text) || is_digits(text, strlen(text)))
        return false;
    while (*(text += strcspn(text, "0123456789"))) {
        size_t digits = strspn(text, "0123456789");
        if (digits > DIGITS_IN_ROW)
            return false;
        text += digits;
    }
    return true;
}

static bool all_between(const char *text, char low, char high)
{
    for (; *text; text++)
        if (*text < low || *text > high)
            return false;
    return true;
}

static bool code_holds(const char *text)
{
    for (; *text; text++)
        if (!is_alnum(*text) || *text >= 'a')
            return false;
    return true;
}

static bool text_holds(enum rule_kind kind, const char *text)
{
    size_t size = strlen(text);

    switch ((int)kind) {
    case ID: return id_holds(text);
    case TOKEN: return id_holds(text) && !is_digits(text, NIK_DIGITS);
    case ACCOUNT: return account_holds(text);
    case CODE: return code_holds(text);
    case CODE_20: return size == 20 && code_holds(text);
    case RULE: return text[0] == 'R' && size >= 2 && size <= 4 && is_digits(text + 1, size - 1);
    case PRINTED: return all_between(text, ' ', '~');
    case UNBROKEN: return all_between(text, '!', '~');
    default: assert(!"a rule about text"); return false;
    }
}

static bool long_holds(const struct rule *rule, int64_t value, int64_t timestamp_ms)
{
    switch ((int)rule->kind) {
    case TIME: return value >= FIRST_DAY_MS && value - DAY_MS <= timestamp_ms;
    case DATE: return value >= FIRST_DAY_MS && value - AHEAD_MS <= timestamp_ms;
    case AMOUNT: return value >= rule->min && value <= AMOUNT_MAX_IDR;
    case NUMBER: return value >= rule->min;
    default: assert(!"a rule about a long"); return false;
    }
}

bool rule_holds(const struct rule *rule, const void *event, int64_t timestamp_ms)
{
    const void *at = (const char *)event + rule->offset;
    const char *text = at;

    switch (rule->kind) {
    case ID:
    case TOKEN:
    case ACCOUNT:
    case CODE:
    case CODE_20:
    case RULE:
    case PRINTED:
    case UNBROKEN:
        if (!text[0])
            return rule->may_be_absent;
        return text_holds(rule->kind, text);
    case TIME:
    case DATE:
    case AMOUNT:
    case NUMBER: {
        int64_t value = *(const int64_t *)at;
        return (rule->may_be_absent && value == 0) || long_holds(rule, value, timestamp_ms);
    }
    case WITHIN: {
        int32_t value = *(const int32_t *)at;
        return (rule->may_be_absent && value == 0) || (value >= rule->min && value <= rule->max);
    }
    case GIVEN: return *(const int32_t *)at != 0;
    case FILLED: return *(const uint32_t *)at > 0; /* struct { size, at } */
    }
    return false;
}
