/* A partner's statement, line by line: what is taken, and what a bad line is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <insentif/reconcile.h>

#define T_MS INT64_C(1772420400000) /* 2026-03-02 10:00 WIB */
#define HEADER "date_time,partner,partner_reference,reference_no,kind,amount_idr"

static int read_two(const char *header, const char *line, struct statement_line *out,
                    char copy[STATEMENT_LINE_MAX + 1], struct err *err)
{
    struct statement_columns columns;

    if (statement_header(header, strlen(header), &columns, err) < 0)
        return -1;
    return statement_line(&columns, line, strlen(line), copy, out, err);
}

static void good_lines_are_taken(void **state)
{
    static const struct {
        const char *header, *line;
    } rows[] = {
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,RETURNED,600000" },
        { HEADER, "2026-03-02T10:00:00+07:00,bni,REF1,P-9,RETURNED,600000" }, /* theirs */
        { HEADER "\r", "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,RETURNED,600000\r" },
        { "\xef\xbb\xbf" HEADER, "2026-03-02T03:00:00Z,BNI,REF1,,RETURNED,600000" },
        { HEADER, "\"2026-03-02T10:00:00+07:00\",\"BNI\",\"REF1\",\"\",\"RETURNED\",\"600000\"" },
        { "amount_idr,\"kind\",note,partner_reference,partner,date_time,reference_no",
          "600000,RETURNED,\"a \"\"note\"\", long\",REF1,BNI,2026-03-02T10:00:00.000+07:00,x" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char copy[STATEMENT_LINE_MAX + 1];
        struct statement_line line;
        struct err err = { .text = "" };
        if (read_two(rows[i].header, rows[i].line, &line, copy, &err) < 0)
            fail_msg("row %zu: %s", i, err.text);
        assert_true(line.at_ms == T_MS && line.partner == PARTNER_BNI && line.returned);
        assert_true(line.amount_idr == 600000);
        assert_string_equal(line.reference, "REF1");
    }
}

static void bad_lines_name_their_column(void **state)
{
    static const struct {
        const char *header, *line, *error;
    } rows[] = {
        { "", "", "date_time: the header" },
        { "date_time,partner,partner_reference,kind,amount_idr", "", "reference_no: the header" },
        { HEADER ",kind", "", "kind: two columns" },
        { "date_time,partner,partner_reference,reference_no,kind,\"amount_idr", "", "column 6: q" },
        { ",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,", "", "more than 32 columns" },
        { HEADER, "", "1 fields, the header has 6" },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED", "5 fields" },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,1,", "7 fields" },
        { HEADER, "2026-03-02T10:00:00,BNI,REF1,P-9,BOOKED,1", "date_time: " },
        { HEADER, "2019-12-31T10:00:00+07:00,BNI,REF1,P-9,BOOKED,1", "date_time: " },
        { HEADER, "2026-02-30T10:00:00+07:00,BNI,REF1,P-9,BOOKED,1", "date_time: " },
        { HEADER, ",BNI,REF1,P-9,BOOKED,1", "date_time: " },
        { HEADER, "2026-03-02T10:00:00+07:00,bnj,REF1,P-9,BOOKED,1", "partner: " },
        { HEADER, "2026-03-02T10:00:00+07:00,,REF1,P-9,BOOKED,1", "partner: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,,P-9,BOOKED,1", "partner_reference: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,A B,P-9,BOOKED,1", "partner_reference: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,"
                  "AAAAAAAAAABBBBBBBBBBAAAAAAAAAABBBBBBBBBBAAAAAAAAAABBBBBBBBBBAAAAA,,BOOKED,1",
          "partner_reference: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P 9,BOOKED,1", "reference_no: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,Booked,1", "kind: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,0", "amount_idr: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,-1", "amount_idr: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,1.00", "amount_idr: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,100000000001", "amount_idr: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,REF1,P-9,BOOKED,", "amount_idr: " },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,RE\"F1,P-9,BOOKED,1", "column 3: quotes" },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,\"REF1\"x,P-9,BOOKED,1", "column 3: quotes" },
        { HEADER, "2026-03-02T10:00:00+07:00,BNI,\"REF1,P-9,BOOKED,1", "column 3: quotes" },
        { HEADER, "\xff,BNI,REF1,P-9,BOOKED,1", "no text in UTF-8" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char copy[STATEMENT_LINE_MAX + 1];
        struct statement_line line;
        struct err err = { .text = "" };
        assert_int_equal(read_two(rows[i].header, rows[i].line, &line, copy, &err), -1);
        assert_int_equal(err.kind, ERR_REJECT);
        if (strncmp(err.text, rows[i].error, strlen(rows[i].error)) != 0)
            fail_msg("row %zu: %s", i, err.text);
    }
}

static void a_line_has_a_limit(void **state)
{
    char header[STATEMENT_LINE_MAX + 2];
    struct statement_columns columns;
    struct err err = { .text = "" };

    (void)state;
    memset(header, 'x', sizeof header);
    (void)snprintf(header, sizeof header, HEADER ",");
    header[strlen(header)] = 'x';
    assert_int_equal(statement_header(header, STATEMENT_LINE_MAX, &columns, &err), 0);
    assert_int_equal(statement_header(header, STATEMENT_LINE_MAX + 1, &columns, &err), -1);
    assert_string_equal(err.text, "longer than 1024 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_lines_are_taken),
        cmocka_unit_test(bad_lines_name_their_column),
        cmocka_unit_test(a_line_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
