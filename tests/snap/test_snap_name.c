/* Is what a partner shows what we asked for: names, accounts, amounts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "snap/name.h"

static void test_names(void **state)
{
    static const struct {
        const char *ours, *theirs;
        bool same;
    } rows[] = {
        { "Siti Nur'aini", "SITI NURAINI", true },
        { "Siti Nur\xe2\x80\x99" "aini", "SITI NUR AINI", true },
        { "Budi", "BUDI", true },
        { "Budi", "BUDIMAN", false },
        { "Budiman", "BUDI", false },
        { "Muhammad Abdurrahman Wahid Hasyim", "MUHAMMAD ABDURRAHMAN WAH", true },  /* 24 */
        { "Muhammad Abdurrahman W Hasyim", "MUHAMMAD ABDURRAHMAN W ", true },       /* 23 */
        { "Muhammad Abdurrahman W Hasyim", "MUHAMMAD ABDURRAHMAN W", false },       /* 22 */
        { "Muhammad Abdurrahman Wahid Hasyim", "MUHAMMAD ABDURRAHMAN WAX", false },
        { "Muhammad Abdurrahman Wah", "MUHAMMAD ABDURRAHMAN WAHID HASYIM", false },
        { "", "", false },
        { "...", "...", false },
        { "Jos\xc3\xa9", "JOS\xc3\xa9", true },
        { "Jos\xc3\xa9", "JOSE", false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (snap_name_same(rows[i].ours, rows[i].theirs) != rows[i].same)
            print_message("%s / %s\n", rows[i].ours, rows[i].theirs);
        assert_int_equal(snap_name_same(rows[i].ours, rows[i].theirs), rows[i].same);
    }
}

static void test_accounts_and_amounts(void **state)
{
    (void)state;
    assert_true(snap_account_same("628110000001", "628110000001", true));
    assert_true(snap_account_same("628110000001", "+628110000001", true));
    assert_true(snap_account_same("628110000001", "08110000001", true));
    assert_false(snap_account_same("628110000001", "08110000001", false));
    assert_true(snap_account_same("628110000001", "6281******01", true));
    assert_false(snap_account_same("628110000001", "6281******02", true));
    assert_true(snap_account_same("628110000001", "*0001", true));
    assert_false(snap_account_same("628110000001", "*0002", true));
    assert_false(snap_account_same("628110000001", "************", true));
    assert_false(snap_account_same("628110000001", "****", true));
    assert_false(snap_account_same("0115476151", "115476151", false));

    assert_true(snap_amount_same(600000, "600000.00"));
    assert_true(snap_amount_same(600000, "600000"));
    assert_true(snap_amount_same(INT64_MAX, "9223372036854775807.00"));
    assert_false(snap_amount_same(600000, "600000.000"));
    assert_false(snap_amount_same(600000, "600000.01"));
    assert_false(snap_amount_same(600000, "600,000.00"));
    assert_false(snap_amount_same(600000, " 600000"));
    assert_false(snap_amount_same(600000, ""));
    assert_false(snap_amount_same(INT64_MAX, "9223372036854775808.00"));
    assert_false(snap_amount_same(0, "99999999999999999999999999"));
}

static void test_whole(void **state)
{
    static const struct {
        const char *text;
        bool good;
        int64_t idr;
    } rows[] = {
        { "600000.75", true, 600000 },
        { "600000", true, 600000 },
        { "0.00", true, 0 },
        { "-5.99", true, -5 },
        { "-0.50", true, 0 },
        { "9223372036854775807.9", true, INT64_MAX },
        { "", false, 0 },
        { ".50", false, 0 },
        { "1.", false, 0 },
        { "1.234", false, 0 },
        { "1.2.3", false, 0 },
        { "1.x", false, 0 },
        { "1,000.00", false, 0 },
        { "1e3", false, 0 },
        { "9223372036854775808", false, 0 },
        { "99999999999999999999.00", false, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t idr = 0;
        bool good = snap_amount_whole(rows[i].text, &idr);
        if (good != rows[i].good)
            print_message("%s\n", rows[i].text);
        assert_int_equal(good, rows[i].good);
        assert_true(!good || idr == rows[i].idr);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_accounts_and_amounts),
        cmocka_unit_test(test_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
