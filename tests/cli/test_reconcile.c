/* Statement, ledger and records compared: at least one story per kind of difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <insentif/reconcile.h>
#include <worker/ids.h>

#define DAY_MS EDGE_MS
#define T_MS INT64_C(1772420400000) /* 2026-03-02 10:00 WIB */

/* 'I', 'S', 'F', 'C', 'R': ledger entries; 'B', 'b': booked, returned in the statement; 'P': paid
 * in the record. `number` chooses the instalment. */
struct said {
    char what;
    int number;
    int32_t attempt;
    int64_t at_ms, amount_idr;
    enum partner partner;
};

#define SAID_MAX 8
#define USUAL T_MS, 600000, PARTNER_BNI

static void instalment_id(int number, char id[ID_SIZE])
{
    (void)snprintf(id, ID_SIZE, "INSTALMENT0000000%03d", number);
}

static void say_ledger(struct book *book, const struct said *said)
{
    static const char entries[] = "ISFCR";
    const char *entry = strchr(entries, said->what);
    struct disbursement_ledger e = {
        .entry = (int32_t)(entry - entries), .attempt = said->attempt, .kind = PAYMENT_INSTALMENT,
        .number = 1, .partner = (int32_t)said->partner, .amount_idr = said->amount_idr,
        .claimed_at_ms = said->at_ms, .nonce = "n", .account_ref = "acc-1",
        .reason = said->what == 'F' ? REASON_ACCOUNT_CLOSED : REASON_COUNT,
    };
    struct err err;

    (void)snprintf(e.participant_id, sizeof e.participant_id, "PST-%d", said->number);
    (void)snprintf(e.covers, sizeof e.covers, "%s", said->what == 'C' ? "n" : "");
    instalment_id(said->number, e.instalment_id);
    id_reference("DEV", e.instalment_id, e.attempt, e.reference);
    if (book_ledger(book, &e, said->at_ms, &err) < 0)
        fail_msg("%s", err.text);
}

static void say(struct book *book, const struct said *said)
{
    char id[ID_SIZE], reference[REFERENCE_MAX + 1];
    struct instalment paid = { .state = INST_PAID, .attempt = said->attempt,
                               .amount_idr = said->amount_idr, .paid_at_ms = said->at_ms,
                               .partner = said->partner };

    instalment_id(said->number, id);
    id_reference("DEV", id, said->attempt, reference);
    if (said->what == 'P')
        book_record(book, "PST-x", id, &paid);
    else if (said->what == 'B' || said->what == 'b')
        book_statement(book, &(struct statement_line){
            .at_ms = said->at_ms, .partner = said->partner, .returned = said->what == 'b',
            .amount_idr = said->amount_idr, .reference = reference });
    else
        say_ledger(book, said);
}

struct story {
    const char *name;
    struct said said[SAID_MAX];
    int64_t found[DIFFERENCE_COUNT], edges[DIFFERENCE_COUNT];
    int64_t from_ms, to_ms; /* 0: none */
};

#define FINE .from_ms = 0
#define PAID(n) { 'I', n, 1, USUAL }, { 'S', n, 1, USUAL }, { 'P', n, 1, USUAL }
#define FOUND(kind) .found[DIFFERENCE_##kind] = 1
#define EDGE(kind) .edges[DIFFERENCE_##kind] = 1
#define AT(days) T_MS + (days) * DAY_MS, 600000, PARTNER_BNI
#define DAYS .from_ms = T_MS - 5 * DAY_MS, .to_ms = T_MS + 5 * DAY_MS

static const struct story stories[] = {
    { "nothing", FINE },
    { "paid and booked", { PAID(1), { 'B', 1, 1, USUAL } }, FINE },
    { "said again", { PAID(1), { 'S', 1, 1, AT(1) }, { 'I', 1, 1, AT(2) }, { 'B', 1, 1, USUAL } },
      FINE },
    { "on its way", { { 'I', 1, 1, USUAL } }, FINE },
    { "failed, paid by the next", { { 'I', 1, 1, USUAL }, { 'F', 1, 1, USUAL },
      { 'I', 1, 2, USUAL }, { 'S', 1, 2, USUAL }, { 'B', 1, 2, USUAL }, { 'P', 1, 2, USUAL } },
      FINE },
    { "returned", { { 'I', 1, 1, USUAL }, { 'S', 1, 1, USUAL }, { 'R', 1, 1, AT(1) },
      { 'B', 1, 1, USUAL }, { 'b', 1, 1, AT(1) } }, FINE },
    { "returned and paid again", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, AT(1) }, { 'S', 1, 2, AT(2) },
      { 'B', 1, 1, USUAL }, { 'b', 1, 1, AT(1) }, { 'B', 1, 2, AT(1) }, { 'P', 1, 2, AT(2) } },
      FINE },
    { "not booked", { PAID(1) }, FOUND(PAID_NOT_BOOKED) },
    { "not paid", { { 'I', 1, 1, USUAL }, { 'B', 1, 1, USUAL } }, FOUND(BOOKED_NOT_PAID) },
    { "failed, but booked", { { 'I', 1, 1, USUAL }, { 'F', 1, 1, USUAL }, { 'B', 1, 1, USUAL } },
      FOUND(BOOKED_NOT_PAID) },
    { "cancelled, but booked", { { 'C', 1, 1, USUAL }, { 'B', 1, 1, USUAL } },
      FOUND(BOOKED_NOT_PAID) },
    { "unknown", { { 'B', 1, 1, USUAL } }, FOUND(UNKNOWN_REFERENCE) },
    { "an unknown return", { { 'B', 1, 1, USUAL }, { 'b', 1, 1, USUAL } },
      FOUND(UNKNOWN_REFERENCE) },
    { "one reference twice", { PAID(1), { 'B', 1, 1, USUAL }, { 'B', 1, 1, AT(1) } },
      FOUND(BOOKED_TWICE) },
    { "one instalment twice", { { 'F', 1, 1, USUAL }, { 'S', 1, 2, AT(1) }, { 'P', 1, 2, AT(1) },
      { 'B', 1, 1, USUAL }, { 'B', 1, 2, AT(1) } }, FOUND(BOOKED_TWICE), FOUND(BOOKED_NOT_PAID) },
    { "returned too late", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, AT(2) }, { 'S', 1, 2, AT(1) },
      { 'B', 1, 1, USUAL }, { 'b', 1, 1, AT(2) }, { 'B', 1, 2, AT(1) }, { 'P', 1, 2, AT(2) } },
      FOUND(BOOKED_TWICE) },
    { "another amount", { PAID(1), { 'B', 1, 1, T_MS, 600001, PARTNER_BNI } }, FOUND(AMOUNT) },
    { "another amount in the record", { { 'S', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'P', 1, 1, T_MS, 1, PARTNER_BNI } }, FOUND(AMOUNT) },
    { "a part came back", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'b', 1, 1, T_MS, 599999, PARTNER_BNI } }, FOUND(AMOUNT) },
    { "another partner", { PAID(1), { 'B', 1, 1, T_MS, 600000, PARTNER_OVO } }, FOUND(PARTNER) },
    { "partner and amount", { PAID(1), { 'B', 1, 1, T_MS, 5, PARTNER_OVO } }, FOUND(PARTNER),
      FOUND(AMOUNT) },
    { "a return not known", { PAID(1), { 'B', 1, 1, USUAL }, { 'b', 1, 1, AT(1) } },
      FOUND(RETURN_NOT_KNOWN) },
    { "returned twice", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'b', 1, 1, USUAL }, { 'b', 1, 1, AT(1) } }, FOUND(RETURN_NOT_KNOWN) },
    { "a return not in the statement", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, USUAL },
      { 'B', 1, 1, USUAL } }, FOUND(RETURN_NOT_IN_STATEMENT) },
    { "the record doesn't know", { { 'S', 1, 1, USUAL }, { 'B', 1, 1, USUAL } }, FOUND(RECORD) },
    { "the ledger doesn't know", { { 'P', 1, 1, USUAL } }, FOUND(RECORD) },
    { "the record says a later one", { { 'S', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'P', 1, 2, USUAL } }, FOUND(RECORD) },
    { "the record missed a return", { PAID(1), { 'R', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'b', 1, 1, USUAL } }, FOUND(RECORD) },
    { "the record missed a new attempt", { PAID(1), { 'B', 1, 1, USUAL }, { 'I', 1, 2, USUAL } },
      FOUND(RECORD) },

    { "in the middle", { PAID(1) }, FOUND(PAID_NOT_BOOKED), DAYS },
    { "an hour after the first day began", { { 'S', 1, 1, T_MS - 119 * 3600000, 5, PARTNER_BNI },
      { 'P', 1, 1, T_MS, 5, PARTNER_BNI } }, EDGE(PAID_NOT_BOOKED), DAYS },
    { "an INTENT said again after the last day", { PAID(1), { 'I', 1, 1, AT(6) } },
      FOUND(PAID_NOT_BOOKED), DAYS },
    { "what succeeded counts", { PAID(1), { 'I', 1, 1, T_MS, 5, PARTNER_OVO },
      { 'B', 1, 1, USUAL } }, FINE },
    { "said again after the last day", { { 'S', 1, 1, USUAL }, { 'S', 1, 1, AT(6) },
      { 'P', 1, 1, USUAL } }, FOUND(PAID_NOT_BOOKED), DAYS },
    { "returned, said again after the last day", { { 'S', 1, 1, USUAL }, { 'B', 1, 1, USUAL },
      { 'R', 1, 1, USUAL }, { 'R', 1, 1, AT(6) } }, FOUND(RETURN_NOT_IN_STATEMENT), DAYS },
    { "before the first day", { { 'S', 1, 1, AT(-6) }, { 'P', 1, 1, AT(-6) } }, DAYS },
    { "booked on the last, told after", { { 'S', 1, 1, AT(6) }, { 'P', 1, 1, AT(6) },
      { 'B', 1, 1, AT(5) } }, DAYS },
    { "booked after the last", { { 'S', 1, 1, AT(5) }, { 'P', 1, 1, AT(5) },
      { 'B', 1, 1, AT(6) } }, EDGE(PAID_NOT_BOOKED), DAYS },
    { "no answer yet", { { 'I', 1, 1, AT(5) }, { 'B', 1, 1, AT(5) } }, EDGE(BOOKED_NOT_PAID),
      DAYS },
    { "no answer since the first", { { 'I', 1, 1, AT(-5) }, { 'B', 1, 1, AT(-5) } },
      FOUND(BOOKED_NOT_PAID), DAYS },
    { "a return near the last", { { 'S', 1, 1, USUAL }, { 'R', 1, 1, AT(5) },
      { 'B', 1, 1, USUAL } }, EDGE(RETURN_NOT_IN_STATEMENT), DAYS },
    { "unknown at the edge is unknown", { { 'B', 1, 1, AT(5) } }, FOUND(UNKNOWN_REFERENCE), DAYS },
    { "a record of just now", { { 'P', 1, 1, AT(5) } }, EDGE(RECORD), DAYS },
};

static void tell_story(const struct story *story, bool backwards, int32_t partner,
                       struct book *book)
{
    const struct scope scope = { .environment = "DEV", .partner = partner,
                                 .from_ms = story->from_ms ? story->from_ms : INT64_MIN,
                                 .to_ms = story->to_ms ? story->to_ms : INT64_MAX };

    book_open(book, &scope);
    for (size_t i = 0; i < SAID_MAX; i++) {
        const struct said *said = &story->said[backwards ? SAID_MAX - 1 - i : i];
        if (said->what)
            say(book, said);
    }
    book_compare(book);
}

static void each_story_has_its_differences(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        const struct story *story = &stories[i];
        for (int backwards = 0; backwards < 2; backwards++) {
            struct book book;
            size_t count = 0;
            tell_story(story, backwards != 0, -1, &book);
            for (int k = 0; k < DIFFERENCE_COUNT; k++) {
                if (book.found[k] != story->found[k] || book.edges[k] != story->edges[k])
                    fail_msg("%s: %d and %d of %s", story->name, (int)book.found[k],
                             (int)book.edges[k], difference_name((enum difference_kind)k));
                count += (size_t)(book.found[k] + book.edges[k]);
            }
            assert_int_equal(book.count, count);
            if (!tell_adds_up(&book))
                fail_msg("%s: the sums don't add up", story->name);
            book_close(&book);
        }
    }
}

/* The sums themselves, so that "adds up" isn't 0 = 0. */
static void sums_lead_from_ours_to_theirs(void **state)
{
    static const struct story story = { "", {
        PAID(1), { 'B', 1, 1, T_MS, 600001, PARTNER_BNI }, { 'S', 2, 1, T_MS, 50000, PARTNER_BNI },
        { 'B', 3, 1, T_MS, 70000, PARTNER_BNI }, { 'B', 3, 1, T_MS, 70000, PARTNER_BNI },
        { 'b', 3, 1, T_MS, 7, PARTNER_BNI } }, .from_ms = 0 };
    struct book book;

    (void)state;
    tell_story(&story, false, -1, &book);
    const struct tally *booked = &book.tallies[PARTNER_BNI][SIDE_BOOKED];
    assert_true(booked->ours.count == 2 && booked->ours.idr == 650000);
    assert_true(booked->theirs.count == 3 && booked->theirs.idr == 740001);
    assert_true(booked->steps[DIFFERENCE_PAID_NOT_BOOKED].idr == -50000);
    assert_true(booked->steps[DIFFERENCE_AMOUNT].idr == 1);
    assert_true(booked->steps[DIFFERENCE_UNKNOWN_REFERENCE].idr == 70000);
    assert_true(booked->steps[DIFFERENCE_BOOKED_TWICE].idr == 70000);
    assert_true(tally_adds_up(booked));
    assert_true(book.tallies[PARTNER_BNI][SIDE_RETURNED].theirs.idr == 7);
    const struct tally *records = &book.tallies[PARTNER_BNI][SIDE_RECORDS];
    assert_true(records->ours.idr == 650000 && records->theirs.idr == 600000);
    struct tally wrong = *booked;
    wrong.theirs.idr++;
    assert_false(tally_adds_up(&wrong));
    book_close(&book);
}

static void ledgers_of_other_days_are_a_step(void **state)
{
    static const struct story story = { "", { { 'S', 1, 1, AT(6) }, { 'B', 1, 1, AT(5) } }, DAYS };
    struct book book;

    (void)state;
    tell_story(&story, false, -1, &book);
    const struct tally *booked = &book.tallies[PARTNER_BNI][SIDE_BOOKED];
    assert_true(booked->ours.count == 0 && booked->theirs.idr == 600000);
    assert_true(booked->steps[STEP_OTHER_DAYS].idr == 600000);
    book_close(&book);
}

static void only_one_partner(void **state)
{
    static const struct story story = { "", {
        { 'S', 1, 1, USUAL }, { 'S', 2, 1, T_MS, 5, PARTNER_OVO },
        { 'B', 3, 1, T_MS, 5, PARTNER_OVO }, { 'P', 4, 1, USUAL } }, .from_ms = 0 };
    struct book book;

    (void)state;
    tell_story(&story, false, PARTNER_OVO, &book);
    assert_int_equal(book.found[DIFFERENCE_PAID_NOT_BOOKED], 1);
    assert_int_equal(book.found[DIFFERENCE_UNKNOWN_REFERENCE], 1);
    assert_int_equal(book.found[DIFFERENCE_RECORD], 1);
    for (size_t i = 0; i < book.count; i++)
        assert_null(strstr(book.differences[i].reference, "001DEV"));
    book_close(&book);
}

/* Tables and texts grow; what was said stays. */
static void many_are_kept_apart(void **state)
{
    const struct scope scope = { .environment = "DEV", .partner = -1, .from_ms = INT64_MIN,
                                 .to_ms = INT64_MAX };
    struct book book;
    char reference[STATEMENT_REFERENCE_MAX + 1];

    (void)state;
    book_open(&book, &scope);
    for (int i = 0; i < 60000; i++) {
        (void)snprintf(reference, sizeof reference, "INSTALMENT%010dDEV%02d", i / 2, 1 + i % 2);
        book_statement(&book, &(struct statement_line){ .at_ms = T_MS + i, .reference = reference,
                                                        .amount_idr = 1, .partner = PARTNER_OVO });
    }
    book_compare(&book);
    assert_int_equal(book.payments.count, 60000);
    assert_int_equal(book.instalments.count, 30000);
    assert_int_equal(book.found[DIFFERENCE_UNKNOWN_REFERENCE], 60000);
    assert_int_equal(book.found[DIFFERENCE_BOOKED_TWICE], 30000);
    assert_true(tell_adds_up(&book));
    book_close(&book);
}

/* One reference may begin as another does. */
static void beginnings_are_no_keys(void **state)
{
    const struct scope scope = { .environment = "DEV", .partner = -1, .from_ms = INT64_MIN,
                                 .to_ms = INT64_MAX };
    char reference[16];

    (void)state;
    for (int letter = 'A'; letter <= 'Z'; letter++) {
        struct book book;
        book_open(&book, &scope);
        for (int i = 1000; i > 0; i--) {
            (void)snprintf(reference, sizeof reference, "%c%d", letter, i);
            book_statement(&book, &(struct statement_line){ .at_ms = T_MS, .amount_idr = 1,
                                                            .reference = reference });
        }
        assert_int_equal(book.payments.count, 1000);
        book_close(&book);
    }
}

static void foreign_ledgers_are_refused(void **state)
{
    const struct scope scope = { .environment = "DEV", .partner = -1 };
    struct disbursement_ledger e = {
        .entry = LEDGER_SUCCEEDED, .attempt = 1, .number = 1, .amount_idr = 1,
        .claimed_at_ms = T_MS, .reason = REASON_COUNT, .participant_id = "PST-1",
        .instalment_id = "INSTALMENT0000000001", .account_ref = "acc-1",
        .reference = "INSTALMENT0000000001UAT01" };
    struct book book;
    struct err err;

    (void)state;
    book_open(&book, &scope);
    assert_int_equal(book_ledger(&book, &e, T_MS, &err), -1);
    assert_memory_equal(err.text, "reference: ", 11);
    e.amount_idr = 0;
    assert_int_equal(book_ledger(&book, &e, T_MS, &err), -1);
    assert_memory_equal(err.text, "amount_idr: ", 12);
    e.amount_idr = 1;
    e.attempt = 0;
    assert_int_equal(book_ledger(&book, &e, T_MS, &err), -1);
    assert_memory_equal(err.text, "attempt: ", 9);
    assert_int_equal(book.payments.count, 0);
    book_close(&book);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_story_has_its_differences),
        cmocka_unit_test(sums_lead_from_ours_to_theirs),
        cmocka_unit_test(ledgers_of_other_days_are_a_step),
        cmocka_unit_test(only_one_partner),
        cmocka_unit_test(many_are_kept_apart),
        cmocka_unit_test(beginnings_are_no_keys),
        cmocka_unit_test(foreign_ledgers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
