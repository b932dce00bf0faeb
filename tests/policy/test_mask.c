/*
 * R20, L12: card numbers and OTPs are masked wherever they stand in a text, the rest is kept, and a
 * review with a number in it still counts as one.
 */
#include "policy/mask.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "policy/facts.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *text, *masked; /* masked NULL: nothing may change */
} table[] = {
    /* 16 digits, alone and in a text */
    {"4567890123456789", "****************"},
    {"kartu 4567890123456789.", "kartu ****************."},
    {"4567890123456789 bagus", "**************** bagus"},
    {"no:4567890123456789", "no:****************"},
    {"a4567890123456789b", "a****************b"},
    {"\xe2\x80\x9c""4567890123456789\xe2\x80\x9d", "\xe2\x80\x9c****************\xe2\x80\x9d"},
    {"p\xc3\xa9latihan 4567890123456789 \xf0\x9f\x91\x8d",
     "p\xc3\xa9latihan **************** \xf0\x9f\x91\x8d"},
    /* grouped */
    {"4567 8901 2345 6789", "**** **** **** ****"},
    {"4567-8901-2345-6789", "****-****-****-****"},
    {"4567.8901.2345.6789", "****.****.****.****"},
    {"456789 0123456789", "****** **********"},
    {"4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9", "* * * * * * * * * * * * * * * *"},
    {"kartu 4567-8901 2345.6789!", "kartu ****-**** ****.****!"},
    /* two, and more than one number's worth */
    {"4567890123456789 dan 9876543210987654", "**************** dan ****************"},
    {"4567890123456789\n9876543210987654", "****************\n****************"},
    {"4567890123456789,9876543210987654", "****************,****************"},
    {"45678901234567891234567890", "**************************"},
    /* NIK and KK have 16 digits, account numbers may have 13 */
    {"NIK 3171234567890001 KK 3171234567890002", "NIK **************** KK ****************"},
    {"rekening 1234567890123", "rekening *************"},
    /* shorter numbers stay */
    {"123456789012", NULL},
    {"0812 3456 7890", NULL},
    {"0812-3456-7890", NULL},
    {"1234 5678 9012", NULL},
    {"gelombang 21, tahun 2021", NULL},
    {"15-09-2021", NULL},
    {"15.09.2021 12.30", NULL},
    {"2021-09-15 12:30:45", NULL},
    {"Rp 600.000", NULL},
    {"Rp 1.000.000.000", NULL},
    {"rating 5, ulasan 10/10", NULL},
    {"1234567 / 8901234", NULL},
    {"1234567  8901234", NULL}, /* parted by more than one: two numbers */
    {"gelombang 21.\n4567890123", NULL},
    {"", NULL},
    {" . - ", NULL},
    {"-", NULL},
    /* OTPs: 4 to 8 digits, near the word, in any case */
    {"OTP 123456", "OTP ******"},
    {"otp:1234", "otp:****"},
    {"Otp saya 12345678", "Otp saya ********"},
    {"kode OTP anda adalah 123456", "kode OTP anda adalah ******"},
    {"OTP123456", "OTP******"},
    {"OTP ke-2: 123456", "OTP ke-2: ******"},
    {"OTP 5 menit 123456", "OTP 5 menit ******"},
    {"otp 1111 dan otp 2222", "otp **** dan otp ****"},
    {"OTP 4567890123456789", "OTP ****************"},
    {"OTP 123", NULL},
    {"OTP 123456789", NULL},
    {"OTP tidak pernah datang sampai jam 1200", NULL},
    {"ot", NULL},
    {"otp", NULL},
    {"1234 tanpa kata", NULL},
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t size = strlen(table[i].text);
        char *exact = malloc(size ? size : 1); /* no NUL: a sanitizer sees one byte too many */
        assert_non_null(exact);
        memcpy(exact, table[i].text, size);
        bool masked = mask_text(exact, size);
        const char *wanted = table[i].masked ? table[i].masked : table[i].text;
        if (strlen(wanted) != size || memcmp(exact, wanted, size) != 0)
            fail_msg("row %zu: '%.*s'", i, (int)size, exact);
        assert_int_equal(masked, table[i].masked != NULL);
        assert_false(mask_text(exact, size)); /* masked once, there is nothing left */
        assert_memory_equal(exact, wanted, size);
        free(exact);
    }
}

/* What was refused: accounts have 10 digits and more, phones 11 or 12. */
static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *masked; /* masked NULL: nothing may change */
    } rows[] = {
        { "1234567890", "**********" },
        { "acc 0115476117.", "acc **********." },
        { "\x14" "1234567890\x02", "\x14" "**********\x02" },
        { "081234567890", "************" },
        { "+62 812-3456-7890", "+** ***-****-****" },
        { "3171234567890001", "****************" },
        { "OTP 123456", "OTP ******" },
        { "123456789", NULL },
        { "PST-000001", NULL },
        { "2021-09-15", NULL },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[40];
        size_t size = strlen(rows[i].text);
        memcpy(text, rows[i].text, size);
        assert_int_equal(mask_refused(text, size), rows[i].masked != NULL);
        assert_memory_equal(text, rows[i].masked ? rows[i].masked : rows[i].text, size);
    }
}

/* Any bytes, no NUL needed at the end, and no run of 13 digits survives. */
static void test_any_bytes(void **state)
{
    (void)state;
    static const char letters[] = "0123456789012345 .-oOtTpP\xc3\xa9/";
    uint64_t x = 88172645463325252;

    for (int run = 0; run < 20000; run++) {
        char text[40];
        char before[sizeof text];
        for (size_t i = 0; i < sizeof text; i++) {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            text[i] = letters[x % (sizeof letters - 1)];
        }
        memcpy(before, text, sizeof text);
        bool masked = mask_text(text, sizeof text);
        assert_int_equal(masked, memcmp(before, text, sizeof text) != 0);
        int digits = 0;
        for (size_t i = 0; i < sizeof text; i++) {
            bool blotted = text[i] == '*' && before[i] >= '0' && before[i] <= '9';
            assert_true(text[i] == before[i] || blotted);
            digits = text[i] >= '0' && text[i] <= '9' ? digits + 1 : 0;
            assert_true(digits < MASK_DIGITS);
        }
    }
}

/* L12: masked, kept, and counted as a review. */
static void test_l12_review_still_counts(void **state)
{
    (void)state;
    char review[] = "Bagus sekali, kartu saya 4567 8901 2345 6789";
    char number[] = "4567890123456789";

    assert_true(mask_text(review, strlen(review)));
    assert_string_equal(review, "Bagus sekali, kartu saya **** **** **** ****");
    assert_true(fact_review_counts(review));
    assert_true(mask_text(number, strlen(number)));
    assert_true(fact_review_counts(number));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_l12_review_still_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
