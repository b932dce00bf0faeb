/* Many payments, restarts and faults by chance: all paid in the end, none twice. */
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
#include "snap/json.h"

#define UNLUCKY 150
#define PAUSE_MS 100 /* between questions about one payment */

/* A room full of calls at once; all answered, one token fetched. */
static void test_many(void **state)
{
    static struct snap_call calls[SNAP_CALLS_MAX];
    struct snap_transfer extra = live_fresh(GOPAY);
    struct snap_call one_more;
    struct err err;
    (void)state;

    snap_close(live_snap); /* no token is known */
    live_snap = snap_open(live_confs.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(live_snap);
    int64_t before = sim_child_total(&live_child, "partners.gopay.requests");
    int64_t booked = sim_child_total(&live_child, "partners.gopay.booked");
    for (size_t i = 0; i < SNAP_CALLS_MAX; i++) {
        struct snap_transfer t = live_fresh(GOPAY);
        assert_int_equal(snap_pay(live_snap, &t, NO_DEADLINE, &calls[i], &err), 0);
    }
    assert_int_equal(snap_room_left(live_snap), 0);
    assert_int_equal(snap_inquire(live_snap, &extra, &one_more, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    for (size_t i = 0; i < SNAP_CALLS_MAX; i++) {
        snap_run(live_snap, &calls[i]);
        live_is(&calls[i], SNAP_SUCCESS, "", "many");
    }
    assert_int_equal(snap_room_left(live_snap), SNAP_CALLS_MAX);
    assert_int_equal(sim_child_total(&live_child, "partners.gopay.requests") - before,
                     SNAP_CALLS_MAX + 1);
    booked = sim_child_total(&live_child, "partners.gopay.booked") - booked;
    assert_int_equal(booked, SNAP_CALLS_MAX);
}

/* A partner that restarts has forgotten our tokens, not what it booked. */
static void test_restart(void **state)
{
    static const char *const options[] = { "--silence-ms", "3000", NULL };
    struct snap_transfer paid = live_fresh(BNI), asked = live_fresh(GOPAY);
    struct snap_transfer late = live_fresh(GOPAY);
    struct snap_call call = live_pay(&paid);
    (void)state;

    live_is(&call, SNAP_SUCCESS, "", "before");
    sim_child_fixture(&live_child, late.account_number, "late:3600000");
    call = live_pay(&late);
    live_is(&call, SNAP_IN_PROGRESS, "", "late");
    int64_t booked = sim_child_total(&live_child, "booked");
    int64_t pending = sim_child_total(&live_child, "partners.gopay.pending");
    sim_child_kill(&live_child);
    sim_child_start(&live_child, live_child.port, options);

    call = live_pay(&paid); /* a payment isn't repeated by itself, not even after a refused token */
    live_is(&call, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE", "forgotten token");
    assert_string_equal(call.code, "4011703");
    call = live_pay(&paid);
    live_is(&call, SNAP_DUPLICATE, "DUPLICATE_REFERENCE", "with a new one");
    call = live_status(&paid);
    assert_int_equal(call.outcome, SNAP_OUTCOME_PAID);
    assert_int_equal(sim_child_booked(&live_child, paid.reference), 1);
    call = live_inquire(&asked); /* a question is */
    live_is(&call, SNAP_SUCCESS, "", "asked again");
    call = live_pay(&asked);
    live_is(&call, SNAP_SUCCESS, "", "a new booking");
    call = live_status(&late);
    assert_int_equal(call.outcome, SNAP_OUTCOME_PENDING);
    assert_int_equal(sim_child_total(&live_child, "booked"), booked + 1); /* the new one */
    assert_int_equal(sim_child_total(&live_child, "partners.gopay.pending"), pending);
}

/* The next step of a transfer, by the rules for what is not known: ask before sending again. */
static bool go_on(struct snap *room, const struct snap_transfer *t, struct snap_call *call)
{
    struct err err;
    bool asked = call->service == 39;

    if (call->class == SNAP_SUCCESS)
        return false;
    bool send = asked ? call->outcome == SNAP_OUTCOME_NOT_FOUND
                      : call->class == SNAP_RETRYABLE && !call->sent;
    int rc = send ? snap_pay(room, t, NO_DEADLINE, call, &err) : snap_status(room, t, call, &err);
    assert_int_equal(rc, 0);
    return true;
}

/* Until all are paid. */
static void work(struct snap *room, const struct snap_transfer *t, struct snap_call *calls)
{
    static int64_t not_before_ms[UNLUCKY];
    int64_t end_ms = clock_boot_ms() + 50000;

    for (size_t open = UNLUCKY; open > 0;) {
        struct pollfd fds[1];
        int64_t wait_ms = snap_wait_ms(room);
        nfds_t count = (nfds_t)snap_fds(room, fds, 1);
        (void)poll(fds, count, wait_ms < 0 || wait_ms > PAUSE_MS ? PAUSE_MS : (int)wait_ms);
        snap_step(room);
        open = 0;
        for (size_t i = 0; i < UNLUCKY; i++) {
            if (!calls[i].done || clock_boot_ms() < not_before_ms[i]) {
                open++;
            } else if (go_on(room, &t[i], &calls[i])) {
                not_before_ms[i] = clock_boot_ms() + PAUSE_MS;
                open++;
            }
        }
        assert_true(clock_boot_ms() < end_ms);
    }
}

/* Three calls of ten meet a fault by chance: all are paid in the end, none twice. */
static void test_chance(void **state)
{
    static const char *const options[] = { "--fault-permille", "300",           "--seed", "7",
                                           "--silence-ms",     "100", "--no-suffixes", NULL };
    static struct snap_transfer t[UNLUCKY];
    static struct snap_call calls[UNLUCKY];
    struct sim_child unlucky;
    struct sim_child_confs its;
    struct err err;
    (void)state;

    sim_child_open(&unlucky);
    sim_child_start(&unlucky, 0, options);
    sim_child_confs(&unlucky, &its);
    struct snap *room = snap_open(its.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(room);
    for (size_t i = 0; i < UNLUCKY; i++) {
        t[i] = live_fresh(GOPAY);
        if (i == 0) /* would have a behaviour of its own */
            (void)str_copy(t[i].account_number, sizeof t[i].account_number, "628777709901");
        assert_int_equal(snap_pay(room, &t[i], NO_DEADLINE, &calls[i], &err), 0);
    }
    work(room, t, calls);
    assert_true(sim_child_total(&unlucky, "partners.gopay.payments") > UNLUCKY);
    assert_int_equal(sim_child_total(&unlucky, "booked"), UNLUCKY);
    assert_int_equal(sim_child_total(&unlucky, "amount_idr"), UNLUCKY * 600000);
    snap_close(room);
    buf_release(&its.pem);
    sim_child_close(&unlucky);
}

/* Numbers of bookings: each one's own, over a restart too. */
static void check_number(const struct snap_json *json)
{
    static char seen[2 * SNAP_CALLS_MAX][SNAP_PARTNER_REFERENCE_MAX];
    static size_t count;
    const char *number = snap_json_text(json, "reference_no");

    for (size_t i = 0; i < count; i++)
        assert_string_not_equal(seen[i], number);
    assert_in_range(count, 0, 2 * SNAP_CALLS_MAX - 1);
    assert_true(str_copy(seen[count++], sizeof seen[0], number));
}

/* What the ledger says on the disk: a line per booking, no account in clear. */
static void test_ledger_file(void **state)
{
    struct buf text = { 0 };
    size_t lines = 0, booked = 0;
    int64_t amount_idr = 0, one = 0;
    (void)state;

    sim_child_read(&live_child, "ledger", &text);
    for (char *line = text.data; *line;) {
        struct err err;
        size_t size = strcspn(line, "\n");
        struct snap_json *json = snap_json_parse(line, size, &err);
        assert_non_null(json);
        line[size] = '\0';
        if (strstr(line, "\"booked\":true")) {
            assert_true(snap_json_int(json, "amount_idr", &one));
            amount_idr += one;
            booked++;
            check_number(json);
        }
        assert_int_equal(strlen(snap_json_text(json, "account_token")), 5);
        snap_json_free(json);
        lines++;
        line += size + 1;
    }
    assert_true(lines > booked && booked > SNAP_CALLS_MAX);
    assert_int_equal(sim_child_total(&live_child, "booked"), booked);
    assert_int_equal(sim_child_total(&live_child, "amount_idr"), amount_idr);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_ledger_file),
    };
    return cmocka_run_group_tests(tests, live_open, live_close);
}
