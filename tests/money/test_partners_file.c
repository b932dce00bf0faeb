/* deploy/partners.ini: the one we ship is right, and whatever is wrong is told with its line. */
#include "money/partners_file.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define HEAD "; a comment\n[dana]\n"
#define REST                                                                                       \
    "base_url = https://dana.example.invalid\nkind = wallet\nsignature = asymmetric\n"           \
    "prefix_wallet = /rest/v1.0\npartner_id = p\nchannel_id = 95221\nrate = 5\n"                \
    "concurrency = 2\nlimit_idr = 1000000\nreference_length = 30\nin_flight_s = 600\n"

static void test_ours(void **state)
{
    struct partner_section sections[PARTNER_COUNT];
    struct err err;
    (void)state;

    struct partners_file *file = partners_file_open(PARTNERS_INI, sections, &err);
    if (!file)
        fail_msg("%s", err.text);
    for (int p = 0; p < PARTNER_COUNT; p++) {
        bool bank = partner_row((enum partner)p)->kind == PARTNER_KIND_BANK;
        assert_true(sections[p].here);
        assert_int_equal(sections[p].snap.kind, bank ? SNAP_BANK : SNAP_WALLET);
        assert_int_equal(sections[p].snap.in_flight_ms, 600000);
        assert_true(sections[p].terms.rate > 0);
    }
    assert_string_equal(sections[PARTNER_LINKAJA].snap.name, "linkaja");
    partners_file_close(file);
}

static void test_values(void **state)
{
    struct partner_section sections[PARTNER_COUNT];
    struct err err;
    (void)state;

    struct partners_file *file = partners_file_read(
        "x.ini", HEAD REST "window = 05:30-23:45 ; WIB\ncanary = yes\nday_idr = 9000000\n",
        sections, &err);
    if (!file)
        fail_msg("%s", err.text);
    const struct partner_section *s = &sections[PARTNER_DANA];
    assert_false(sections[PARTNER_BNI].here);
    assert_int_equal(s->snap.signing, SNAP_ASYMMETRIC);
    assert_string_equal(s->snap.prefix[SNAP_GROUP_WALLET], "/rest/v1.0");
    assert_null(s->snap.token_path);
    assert_int_equal(s->terms.window_from, 5 * 60 + 30);
    assert_int_equal(s->terms.window_to, 23 * 60 + 45);
    assert_true(s->terms.canary);
    assert_int_equal(s->terms.day_idr, 9000000);
    assert_int_equal(s->terms.rate, 5);
    assert_int_equal(s->limit_idr, 1000000);
    partners_file_close(file);
}

/* A broken file is refused with line and reason. */
static void test_broken(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        { "", "x.ini: no partner in it" },
        { "[mandiri]\nrate = 1\n", "x.ini:2: [mandiri] rate: there is no partner of this name" },
        { HEAD REST "colour = red\n", "x.ini:14: [dana] colour: there is no such key" },
        { HEAD REST "rate = 6\n", "x.ini:14: [dana] rate: is given twice" },
        { HEAD "rate = 0\n", "x.ini:3: [dana] rate: must be a whole number within its limits" },
        { HEAD "rate = 1.5\n", "x.ini:3: [dana] rate: must be a whole number within its limits" },
        { HEAD "rate =\n", "x.ini:3: [dana] rate: is empty; leave the line out" },
        { HEAD "kind = bnak\n", "x.ini:3: [dana] kind: must be one of its two words" },
        { HEAD "window = 8-17\n", "x.ini:3: [dana] window: must be HH:MM-HH:MM" },
        { HEAD "window = 08:00-24:00\n", "x.ini:3: [dana] window: must be HH:MM-HH:MM" },
        { HEAD "window = 08:00-08:00\n",
          "x.ini:3: [dana] window: opens and closes at the same minute" },
        { HEAD "nonsense\n", "x.ini:3: neither [section] nor key = value nor ; comment" },
        { HEAD "rate = 1\n", "x.ini: [dana] base_url is missing" },
    };
    struct partner_section sections[PARTNER_COUNT];
    struct err err;
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_null(partners_file_read("x.ini", rows[i].text, sections, &err));
        assert_string_equal(err.text, rows[i].error);
        assert_int_equal(err.kind, ERR_FATAL);
    }
    assert_null(partners_file_open("/nowhere/partners.ini", sections, &err));
    assert_non_null(strstr(err.text, "/nowhere/partners.ini: can't be opened"));
}

/* Every prefix and every single wrong byte of ours: refused or read, never worse. */
static void test_torn(void **state)
{
    static char text[65536];
    struct partner_section sections[PARTNER_COUNT];
    struct err err;
    FILE *in = fopen(PARTNERS_INI, "rb");
    (void)state;

    assert_non_null(in);
    size_t size = fread(text, 1, sizeof text - 1, in);
    assert_int_equal(fclose(in), 0);
    for (size_t cut = 0; cut < size; cut++) {
        char was = text[cut];
        text[cut] = '\0';
        partners_file_close(partners_file_read("x", text, sections, &err));
        text[cut] = '=';
        partners_file_close(partners_file_read("x", text, sections, &err));
        text[cut] = was;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ours),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_torn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
