/* What is shown: a payment's history taken apart, JSON members, times in WIB, options. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <insentif/people.h>
#include <insentif/put.h>
#include <insentif/words.h>

static void a_history_is_taken_apart(void **state)
{
    char text[] = "of PST-000001\n"
                  "1601870400000 1 claimed GOPAY - -\n"
                  "1601870400100 1 sent GOPAY - 1c4020fe25bddc60\n"
                  "1601870400200 2 failed BNI ACCOUNT_CLOSED 4031805 with blanks\n"
                  "odd\n"
                  "1 2 x - - -";
    char *at = text;
    struct happening h;

    (void)state;
    assert_true(happening_next(&at, &h));
    assert_true(h.at_ms == 1601870400000 && h.attempt == 1);
    assert_string_equal(h.what, "claimed");
    assert_string_equal(h.partner, "GOPAY");
    assert_string_equal(h.reason, "");
    assert_string_equal(h.code, "");
    assert_true(happening_next(&at, &h));
    assert_string_equal(h.code, "1c4020fe25bddc60");
    assert_true(happening_next(&at, &h));
    assert_int_equal(h.attempt, 2);
    assert_string_equal(h.reason, "ACCOUNT_CLOSED");
    assert_string_equal(h.code, "4031805 with blanks");
    assert_true(happening_next(&at, &h));
    assert_true(h.at_ms == 0 && h.attempt == 0);
    assert_string_equal(h.what, "");
    assert_true(happening_next(&at, &h));
    assert_string_equal(h.what, "x");
    assert_false(happening_next(&at, &h));
}

static void members_have_their_commas(void **state)
{
    struct buf out = { 0 };

    (void)state;
    buf_text(&out, "{");
    put_text(&out, "a", "x\"y\n");
    put_text(&out, "b", NULL);
    put_text(&out, "c", "");
    put_number(&out, "d", -5);
    put_time(&out, "e", 0);
    put_time(&out, "f", 7);
    put_bool(&out, "g", true);
    put_key(&out, "h");
    buf_text(&out, "[");
    put_comma(&out);
    buf_text(&out, "1");
    put_comma(&out);
    buf_text(&out, "2]}");
    assert_string_equal(out.data, "{\"a\":\"x\\\"y\\n\",\"b\":null,\"c\":null,\"d\":-5,\"e\":null,"
                                  "\"f\":7,\"g\":true,\"h\":[1,2]}");
    buf_release(&out);
}

static void times_are_wib(void **state)
{
    static const struct {
        int64_t at_ms;
        const char *date, *time;
    } rows[] = {
        { 1601830799999, "2020-10-04", "2020-10-04 23:59:59" },
        { 1601830800000, "2020-10-05", "2020-10-05 00:00:00" },
        { 1602136799000, "2020-10-08", "2020-10-08 12:59:59" },
        { 0, "", "" },
        { -1, "", "" },
        { INT64_MAX, "", "" },
    };
    char text[WIB_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(wib_date(rows[i].at_ms, text), rows[i].date);
        assert_string_equal(wib_time(rows[i].at_ms, text), rows[i].time);
    }
}

/* R19: a person is asked with the number of the case, the one that retry-worker gives it. */
static void a_case_has_its_number(void **state)
{
    static struct person p = { .instalment_ids = { "ABCDEFGHIJKLMNOPQRST" } };
    struct cli cli = { .environment = "DEV" };
    char shown[ID_SIZE], made[ID_SIZE];

    (void)state;
    id_answer("DEV", "case", p.instalment_ids[0], made);
    for (int s = 0; s < INST_STATE_COUNT; s++) {
        p.record.instalments[0].state = (enum inst_state)s;
        if (s != INST_CASE)
            assert_string_equal(person_case(&cli, &p, 0, false, shown), "");
        assert_string_equal(person_case(&cli, &p, 0, true, shown), made);
    }
    p.record.instalments[0].state = INST_CASE;
    assert_string_equal(person_case(&cli, &p, 0, false, shown), made);
    assert_null(strstr(words_shown(REASON_UNKNOWN_CODE), "diproses"));
    assert_string_equal(words_shown(REASON_SUSPECTED_FRAUD), "Dalam pemeriksaan");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_is_taken_apart),
        cmocka_unit_test(members_have_their_commas),
        cmocka_unit_test(times_are_wib),
        cmocka_unit_test(a_case_has_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
