/* What happens after the answer: late results, limbo, returns, statements; and funds and hours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "live.h"

#define NEVER ":86400000" /* until the test says so */

static const struct way {
    int partner;
    const char *bank_code;
} ways[] = { { BNI, "" }, { BCA, "009" }, { GOPAY, "" }, { DANA, "" }, { DANA, "014" } };

#define WAYS (sizeof ways / sizeof ways[0])

static void is_outcome(const struct snap_transfer *t, enum snap_outcome outcome,
                       enum snap_class class, bool refunded)
{
    struct snap_call call = live_status(t);

    if (call.outcome != outcome)
        print_message("partner %d %s: %s\n", t->partner, t->bank_code,
                      snap_outcome_name(call.outcome));
    assert_int_equal(call.outcome, outcome);
    assert_int_equal(call.class, class);
    assert_int_equal(call.refunded, refunded);
}

/* A transfer to bank by a wallet issuer: 202 is the normal answer, the booking comes later. */
static void test_transfer_to_bank(void **state)
{
    struct snap_transfer t = live_fresh_at(DANA, "014");
    struct snap_call call = live_inquire(&t);
    (void)state;

    live_is(&call, SNAP_SUCCESS, "", "42");
    assert_int_equal(call.service, 42);
    assert_int_equal(call.name, SNAP_NAME_SAME);
    call = live_status(&t);
    assert_int_equal(call.outcome, SNAP_OUTCOME_NOT_FOUND);
    assert_int_equal(call.service, SNAP_SERVICE_TRANSFER_STATUS);
    assert_string_equal(call.code, "4040001");
    call = live_pay(&t);
    live_is(&call, SNAP_IN_PROGRESS, "", "43");
    assert_string_equal(call.code, "2024300");
    live_settle();
    call = live_status(&t);
    live_is(&call, SNAP_SUCCESS, "", "status");
    assert_string_equal(call.code, "2000000");
    assert_int_equal(call.outcome, SNAP_OUTCOME_PAID);
    assert_true(call.reference_no[0] != '\0');
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
    call = live_pay(&t); /* this partner repeats its answer: now it is done */
    live_is(&call, SNAP_SUCCESS, "", "again");
    t.amount_idr++;
    call = live_pay(&t);
    live_is(&call, SNAP_UNKNOWN, "DUPLICATE_REFERENCE", "other content");
    t.amount_idr--;
    assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
}

/* The nasty one: the answer is lost, the status says "not found", and then it is booked. */
static void test_limbo(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * WAYS; i++) {
        bool again = i >= WAYS;
        struct snap_transfer t = live_fresh_at(ways[i % WAYS].partner, ways[i % WAYS].bank_code);
        sim_child_fixture(&live_child, t.account_number, "limbo" NEVER);
        struct snap_call call = live_pay(&t);
        live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", "limbo");
        assert_true(call.sent);
        is_outcome(&t, SNAP_OUTCOME_NOT_FOUND, SNAP_RETRYABLE, false);
        assert_int_equal(sim_child_booked(&live_child, t.reference), 0);
        if (again) { /* sent again meanwhile: booked by that, once */
            call = live_pay(&t);
            live_is(&call, SNAP_SUCCESS, "", "sent again");
            assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
        }
        live_settle();
        is_outcome(&t, SNAP_OUTCOME_PAID, SNAP_SUCCESS, false);
        assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
    }
}

static void test_late_results(void **state)
{
    static const char *const behaviours[] = { "late" NEVER, "late_failed" NEVER };
    (void)state;

    for (size_t i = 0; i < 2 * WAYS; i++) {
        bool fails = i >= WAYS;
        struct snap_transfer t = live_fresh_at(ways[i % WAYS].partner, ways[i % WAYS].bank_code);
        sim_child_fixture(&live_child, t.account_number, behaviours[fails]);
        struct snap_call call = live_pay(&t);
        live_is(&call, SNAP_IN_PROGRESS, "", behaviours[fails]);
        is_outcome(&t, SNAP_OUTCOME_PENDING, SNAP_IN_PROGRESS, false);
        live_settle();
        if (fails)
            is_outcome(&t, SNAP_OUTCOME_FAILED, SNAP_PARTICIPANT, false);
        else
            is_outcome(&t, SNAP_OUTCOME_PAID, SNAP_SUCCESS, false);
        assert_int_equal(sim_child_booked(&live_child, t.reference), !fails);
    }
}

/* How often a line with this text is in the statement; the whole of it is well-formed. */
static int count_lines(const char *statement, const char *reference, const char *kind)
{
    int count = 0;

    assert_memory_equal(statement,
                        "date_time,partner,partner_reference,reference_no,kind,amount_idr\n", 65);
    for (const char *line = statement; *line; line += strcspn(line, "\n") + 1) {
        char copy[256], before[SNAP_REFERENCE_MAX + 2], after[32];
        assert_in_range(strcspn(line, "\n"), 20, sizeof copy - 1);
        memcpy(copy, line, strcspn(line, "\n"));
        copy[strcspn(line, "\n")] = '\0';
        (void)snprintf(before, sizeof before, ",%s,", reference);
        (void)snprintf(after, sizeof after, ",%s,600000", kind);
        count += strstr(copy, before) && strstr(copy, after);
    }
    return count;
}

/* The same two ways: from the running simulator, and from its ledger. */
static void check_statement(struct snap_transfer *t, int booked, int returned)
{
    struct buf served = { 0 }, printed = { 0 };
    char path[128];

    assert_int_equal(sim_child_http(&live_child, "GET", "/_control/statement", "", "", &served),
                     200);
    (void)snprintf(path, sizeof path, "%s/ledger", live_child.folder);
    const char *const command[] = { SIMULATOR_PATH, "statement", path, NULL };
    assert_int_equal(sim_child_run(command, &printed), 0);
    assert_string_equal(served.data, printed.data);
    assert_int_equal(count_lines(served.data, t->reference, "BOOKED"), booked);
    assert_int_equal(count_lines(served.data, t->reference, "RETURNED"), returned);
    assert_null(strstr(served.data, t->account_number));
    buf_release(&served);
    buf_release(&printed);
}

static void test_returns(void **state)
{
    static const char *const options[] = { "--silence-ms", "3000", NULL };
    (void)state;

    for (size_t i = 0; i < WAYS; i++) {
        struct snap_transfer t = live_fresh_at(ways[i].partner, ways[i].bank_code);
        bool later = *ways[i].bank_code && ways[i].partner == DANA;
        sim_child_fixture(&live_child, t.account_number, "returned" NEVER);
        struct snap_call call = live_inquire(&t); /* a token, also after the crash below */
        live_is(&call, SNAP_SUCCESS, "", "known");
        call = live_pay(&t);
        live_is(&call, later ? SNAP_IN_PROGRESS : SNAP_SUCCESS, "", "paid");
        if (later)
            live_settle();
        is_outcome(&t, SNAP_OUTCOME_PAID, SNAP_SUCCESS, false);
        check_statement(&t, 1, 0);
        if (i == 0) { /* what is to come survives a crash */
            sim_child_kill(&live_child);
            sim_child_start(&live_child, live_child.port, options);
            (void)live_inquire(&t);
        }
        live_settle();
        is_outcome(&t, SNAP_OUTCOME_FAILED, SNAP_STOP_TRANSFER, true);
        check_statement(&t, 1, 1);
        assert_int_equal(sim_child_booked(&live_child, t.reference), 1);
        assert_int_equal(sim_child_returned(&live_child, t.reference), 1);
        call = live_pay(&t); /* a reference that has ended stays ended */
        live_is(&call, ways[i].partner == DANA ? SNAP_UNKNOWN : SNAP_DUPLICATE,
                ways[i].partner == DANA ? "PARTNER_TIMEOUT" : "DUPLICATE_REFERENCE", "again");
        live_settle();
        check_statement(&t, 1, 1);
    }
}

/* Our money there: told, held while a payment is open, refused when it is over. */
static void test_balance(void **state)
{
    (void)state;
    for (int partner = 0; partner < SIM_CHILD_CONFS; partner++) {
        struct snap_call call = live_balance(partner);
        live_is(&call, SNAP_SUCCESS, "", "balance");
        assert_int_equal(call.service, 11);
        assert_true(call.balance_idr > 0);
    }
    sim_child_post(&live_child, "/_control/balance?partner=gopay&idr=1500000", "");
    struct snap_transfer paid = live_fresh(GOPAY), late = live_fresh(GOPAY);
    struct snap_transfer over = live_fresh(GOPAY);
    sim_child_fixture(&live_child, late.account_number, "late_failed" NEVER);
    struct snap_call call = live_pay(&paid);
    live_is(&call, SNAP_SUCCESS, "", "paid");
    call = live_pay(&late);
    live_is(&call, SNAP_IN_PROGRESS, "", "held");
    assert_int_equal(live_balance(GOPAY).balance_idr, 300000);
    call = live_pay(&over);
    live_is(&call, SNAP_RETRYABLE, "PROGRAMME_FUNDS", "over");
    assert_int_equal(call.pace, SNAP_WHEN_FUNDED);
    live_settle(); /* the held one failed: there is enough again */
    assert_int_equal(live_balance(GOPAY).balance_idr, 900000);
    call = live_pay(&over);
    live_is(&call, SNAP_SUCCESS, "", "funded");
    sim_child_post(&live_child, "/_control/balance?partner=gopay&idr=9000000000", "");
}

/* A minute of the WIB day, so many from now. */
static void wib(int minutes, char out[6])
{
    int64_t at = clock_wire_ms() / 60000 + 420 + minutes;

    (void)snprintf(out, 6, "%02u:%02u", (unsigned)(at % 1440 / 60) % 24,
                   (unsigned)(at % 60) % 60);
}

static void test_window(void **state)
{
    static const struct {
        int from, to; /* minutes from now */
        bool open;
    } rows[] = {
        { -60, 60, true }, { 60, 120, false }, { -120, -60, false }, { 60, -60, false },
        { -720, 700, true },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_transfer t = live_fresh(BNI), other = live_fresh(BCA);
        char from[6], to[6], path[96];
        wib(rows[i].from, from);
        wib(rows[i].to, to);
        (void)snprintf(path, sizeof path, "/_control/window?partner=bni&open=%s-%s", from, to);
        sim_child_post(&live_child, path, "");
        struct snap_call call = live_inquire(&t); /* questions are answered at any time */
        live_is(&call, SNAP_SUCCESS, "", path);
        call = live_pay(&t);
        live_is(&call, rows[i].open ? SNAP_SUCCESS : SNAP_RETRYABLE,
                rows[i].open ? "" : "CUT_OFF", path);
        assert_int_equal(call.pace, rows[i].open ? SNAP_NOW : SNAP_NEXT_WINDOW);
        call = live_status(&t);
        assert_int_equal(call.outcome,
                         rows[i].open ? SNAP_OUTCOME_PAID : SNAP_OUTCOME_NOT_FOUND);
        call = live_pay(&other);
        live_is(&call, SNAP_SUCCESS, "", "another partner's");
        sim_child_post(&live_child, "/_control/window?partner=bni&open=always", "");
        call = live_pay(&t);
        live_is(&call, rows[i].open ? SNAP_DUPLICATE : SNAP_SUCCESS,
                rows[i].open ? "DUPLICATE_REFERENCE" : "", "always");
    }
}

static void test_delays(void **state)
{
    struct snap_transfer t = live_fresh(GOPAY), lost = live_fresh(OVO);
    (void)state;

    sim_child_fixture(&live_child, t.account_number, "slow:150");
    struct snap_call call = live_inquire(&t);
    live_is(&call, SNAP_SUCCESS, "", "slow inquiry");
    assert_in_range(call.latency_ms, 149, 10000);
    call = live_pay(&t);
    live_is(&call, SNAP_SUCCESS, "", "slow payment");
    assert_in_range(call.latency_ms, 149, 10000);
    call = live_status(&t);
    assert_in_range(call.latency_ms, 149, 10000);

    sim_child_fixture(&live_child, lost.account_number, "token_lost");
    call = live_pay(&lost);
    live_is(&call, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE", "token lost");
    assert_string_equal(call.code, "4013803");
    call = live_pay(&lost);
    live_is(&call, SNAP_SUCCESS, "", "a new one");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transfer_to_bank), cmocka_unit_test(test_limbo),
        cmocka_unit_test(test_late_results),     cmocka_unit_test(test_returns),
        cmocka_unit_test(test_balance),          cmocka_unit_test(test_window),
        cmocka_unit_test(test_delays),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
