#include "policy/mask.h"

#include <stdint.h>

#define OTP_REACH 16
#define OTP_LEAST 4
#define OTP_MOST 8

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_separator(char c)
{
    return c == ' ' || c == '.' || c == '-';
}

static void blot(char *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (is_digit(text[i]))
            text[i] = '*';
}

/* The end of a run of digits with single separators inside; *digits counts them. */
static size_t run_end(const char *text, size_t size, size_t from, size_t *digits)
{
    size_t at = from;

    *digits = 0;
    while (at < size) {
        if (is_digit(text[at])) {
            (*digits)++;
            at++;
        } else if (is_separator(text[at]) && at + 1 < size && is_digit(text[at + 1])) {
            at++;
        } else {
            break;
        }
    }
    return at;
}

static bool is_otp_word(const char *text, size_t size, size_t at)
{
    return at + 3 <= size && (text[at] | 0x20) == 'o' && (text[at + 1] | 0x20) == 't' &&
           (text[at + 2] | 0x20) == 'p';
}

/* The first number after the word that has as many digits as an OTP. */
static bool mask_otp(char *text, size_t size, size_t word)
{
    for (size_t at = word + 3; at < size && at < word + 3 + OTP_REACH; at++) {
        size_t digits = 0;
        if (!is_digit(text[at]))
            continue;
        size_t end = at;
        while (end < size && is_digit(text[end])) {
            digits++;
            end++;
        }
        if (digits < OTP_LEAST || digits > OTP_MOST) {
            at = end; /* "OTP ke-2: ..." */
            continue;
        }
        blot(text, at, end);
        return true;
    }
    return false;
}

static bool mask_rows(char *text, size_t size, size_t least)
{
    bool masked = false;

    for (size_t at = 0; at < size; at++) {
        size_t digits;
        if (is_otp_word(text, size, at))
            masked |= mask_otp(text, size, at);
        if (!is_digit(text[at]))
            continue;
        size_t end = run_end(text, size, at, &digits);
        if (digits >= least) {
            blot(text, at, end);
            masked = true;
        }
        at = end - 1;
    }
    return masked;
}

bool mask_text(char *text, size_t size)
{
    return mask_rows(text, size, MASK_DIGITS);
}

bool mask_refused(char *text, size_t size)
{
    return mask_rows(text, size, MASK_DIGITS_REFUSED);
}
