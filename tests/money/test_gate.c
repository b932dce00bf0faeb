/* Whether a partner may be called now (gate.h): every reason to wait, and each one's end. */
#include "money/gate.h"

#include <setjmp.h> /* cmocka.h wants these before it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define MINUTE_MS INT64_C(60000)
#define MIDNIGHT_MS INT64_C(1767200400000) /* 2026-01-01 00:00 WIB */

static const struct gate_terms usual = { .rate = 10, .concurrency = 4 };

static void open_gate(struct gate *g, const struct gate_terms *of_gopay)
{
    struct gate_terms terms[PARTNER_COUNT];

    for (int p = 0; p < PARTNER_COUNT; p++)
        terms[p] = usual;
    terms[PARTNER_GOPAY] = *of_gopay;
    gate_open(g, terms);
    g->known = true;
}

static enum gate_answer enter(struct gate *g, int64_t boot_ms, int64_t *wait_ms)
{
    return gate_enter(g, PARTNER_GOPAY, GATE_PAY, boot_ms, MIDNIGHT_MS, wait_ms);
}

/* Both clocks at once. */
static enum gate_answer enter_at(struct gate *g, int64_t now_ms)
{
    int64_t wait_ms;

    return gate_enter(g, PARTNER_GOPAY, GATE_PAY, now_ms, now_ms, &wait_ms);
}

static void test_concurrency(void **state)
{
    struct gate g;
    int64_t wait_ms;
    (void)state;

    open_gate(&g, &usual);
    for (int i = 0; i < 4; i++)
        assert_int_equal(enter(&g, 1000, &wait_ms), GATE_IN);
    assert_int_equal(enter(&g, 1000, &wait_ms), GATE_LATER);
    int64_t first = wait_ms;
    assert_int_equal(enter(&g, 1000, &wait_ms), GATE_LATER);
    assert_true(wait_ms > first); /* one after the other, not all at once */
    assert_int_equal(gate_enter(&g, PARTNER_DANA, GATE_PAY, 1000, MIDNIGHT_MS, &wait_ms), GATE_IN);
    gate_leave(&g, PARTNER_GOPAY, true);
    assert_int_equal(enter(&g, 1000, &wait_ms), GATE_IN);
}

static void test_rate(void **state)
{
    struct gate g;
    int64_t wait_ms;
    int in = 0;
    (void)state;

    open_gate(&g, &usual);
    for (int64_t ms = 1000; ms < 11000; ms++)
        if (enter(&g, ms, &wait_ms) == GATE_IN) {
            in++;
            gate_leave(&g, PARTNER_GOPAY, true);
        }
    assert_in_range(in, 105, 111); /* ten seconds, ten each, and the first second's worth */
}

/* Who waits comes again at the partner's own rate, also where several fall into one ms. */
static void test_turns(void **state)
{
    static const struct gate_terms fast = { .rate = 4000, .concurrency = 1 };
    struct gate g;
    int64_t wait_ms = 0;
    (void)state;

    open_gate(&g, &fast);
    assert_int_equal(enter(&g, 1000, &wait_ms), GATE_IN);
    for (int n = 0; n < 4000; n++)
        assert_int_equal(enter(&g, 1000, &wait_ms), GATE_LATER);
    assert_in_range(wait_ms, 990, 1100);
}

static void test_share(void **state)
{
    struct gate g;
    int64_t wait_ms;
    int in = 0;
    (void)state;

    open_gate(&g, &usual);
    gate_share(&g, 6, 12);
    while (enter(&g, 1000, &wait_ms) == GATE_IN)
        in++;
    assert_int_equal(in, 2);
    gate_share(&g, 1, 12); /* never nothing at all */
    for (; in > 0; in--)
        gate_leave(&g, PARTNER_GOPAY, true);
    assert_int_equal(enter(&g, 9000, &wait_ms), GATE_IN);
    for (int32_t b = 0, sum = 0; b < 12; b++) {
        sum += (int32_t)gate_part(5, b, 12);
        if (b == 11)
            assert_int_equal(sum, 5);
    }
}

static void test_window(void **state)
{
    static const struct {
        int from, to, minute; /* of the day */
        int64_t opens;        /* in minutes from midnight; equal to minute: open */
    } rows[] = {
        { 0, 0, 700, 700 },       { 60, 1380, 60, 60 },       { 60, 1380, 59, 60 },
        { 60, 1380, 1379, 1379 }, { 60, 1380, 1380, 1500 },   { 1380, 60, 1400, 1400 },
        { 1380, 60, 30, 30 },     { 1380, 60, 60, 1380 },     { 1380, 60, 1379, 1380 },
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct gate_terms terms = usual;
        struct gate g;
        int64_t at = MIDNIGHT_MS + rows[i].minute * MINUTE_MS, wait_ms = at;
        terms.window_from = rows[i].from;
        terms.window_to = rows[i].to;
        open_gate(&g, &terms);
        enum gate_answer answer = gate_enter(&g, PARTNER_GOPAY, GATE_PAY, 1000, at, &wait_ms);
        assert_int_equal(answer, rows[i].opens == rows[i].minute ? GATE_IN : GATE_AT);
        assert_int_equal(wait_ms, MIDNIGHT_MS + rows[i].opens * MINUTE_MS);
        assert_int_equal(gate_enter(&g, PARTNER_GOPAY, GATE_ASK, 1000, at, &wait_ms), GATE_IN);
    }
}

/* Five calls without answer open it; one probe at a time; a good one closes it, a bad one keeps it
 * open for longer. Other partners go on (L8). */
static void test_breaker(void **state)
{
    struct gate g;
    int64_t wait_ms, now = 1000;
    (void)state;

    open_gate(&g, &usual);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(enter_at(&g, now), GATE_IN);
        assert_int_equal(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_NOTHING, now), i == 4);
        gate_leave(&g, PARTNER_GOPAY, true);
    }
    assert_int_equal(enter_at(&g, now), GATE_SHUT);
    assert_int_equal(gate_why(&g, PARTNER_GOPAY), REASON_PARTNER_UNAVAILABLE);
    assert_int_equal(gate_enter(&g, PARTNER_OVO, GATE_PAY, now, now, &wait_ms), GATE_IN);
    assert_int_equal(gate_enter(&g, PARTNER_GOPAY, GATE_ASK, now, now, &wait_ms), GATE_IN);
    gate_leave(&g, PARTNER_GOPAY, true);
    now += 5000;
    assert_int_equal(enter_at(&g, now), GATE_IN); /* the probe */
    assert_int_equal(enter_at(&g, now), GATE_LATER);
    assert_false(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_NOTHING, now));
    gate_leave(&g, PARTNER_GOPAY, true);
    assert_int_equal(enter_at(&g, now + 9999), GATE_SHUT);
    now += 10000;
    assert_int_equal(enter_at(&g, now), GATE_IN);
    assert_true(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_WELL, now));
    gate_leave(&g, PARTNER_GOPAY, true);
    assert_int_equal(g.partners[PARTNER_GOPAY].state, BREAKER_CLOSED);
    assert_int_equal(enter_at(&g, now + 1000), GATE_IN);
}

/* Payments are in trouble while inquiries go well, and every payment begins with one. */
static void test_payments_only(void **state)
{
    struct gate g;
    (void)state;

    open_gate(&g, &usual);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(enter_at(&g, 1000 + i), GATE_IN);
        assert_false(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_WELL, 1000));
        assert_int_equal(gate_said(&g, PARTNER_GOPAY, true, GATE_SAID_NOTHING, 1000), i == 4);
        gate_leave(&g, PARTNER_GOPAY, gate_probes(&g, PARTNER_GOPAY));
    }
    assert_false(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_WELL, 1000)); /* was inside */
    assert_int_equal(enter_at(&g, 1000), GATE_SHUT);
    assert_int_equal(enter_at(&g, 6000), GATE_IN);
    assert_true(gate_probes(&g, PARTNER_GOPAY));
    assert_false(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_WELL, 6000)); /* it asks first */
    assert_int_equal(enter_at(&g, 6000), GATE_LATER);
    assert_true(gate_said(&g, PARTNER_GOPAY, true, GATE_SAID_WELL, 6000));
    assert_int_equal(enter_at(&g, 6000), GATE_IN);
}

/* A probe that calls nobody (its record had changed) doesn't keep the gate shut. */
static void test_probe_lost(void **state)
{
    struct gate g;
    (void)state;

    open_gate(&g, &usual);
    assert_true(gate_said(&g, PARTNER_GOPAY, false, GATE_SAID_FUNDS, 1000));
    assert_int_equal(gate_why(&g, PARTNER_GOPAY), REASON_PROGRAMME_FUNDS);
    assert_int_equal(enter_at(&g, 6000), GATE_IN);
    gate_leave(&g, PARTNER_GOPAY, true);
    assert_int_equal(enter_at(&g, 7000), GATE_IN);
}

static void test_words(void **state)
{
    struct gate_terms canary = usual;
    struct gate g;
    int64_t wait_ms;
    (void)state;

    open_gate(&g, &usual);
    g.known = false; /* not before the operators' words are read */
    assert_int_equal(enter(&g, 1000, &wait_ms), GATE_LATER);
    g.known = true;
    gate_word(&g, PARTNER_COUNT, true, -1, 7); /* kill switch */
    assert_false(gate_may_send(&g, PARTNER_GOPAY));
    assert_false(gate_may_send(&g, PARTNER_BNI));
    assert_int_equal(gate_enter(&g, PARTNER_GOPAY, GATE_ASK, 1000, MIDNIGHT_MS, &wait_ms), GATE_IN);
    gate_word(&g, PARTNER_COUNT, false, -1, 6); /* an older word, late */
    assert_false(gate_may_send(&g, PARTNER_GOPAY));
    gate_word(&g, PARTNER_COUNT, false, -1, 8);
    assert_true(gate_may_send(&g, PARTNER_GOPAY));
    gate_word(&g, PARTNER_GOPAY, true, -1, 1);
    assert_false(gate_may_send(&g, PARTNER_GOPAY));
    assert_true(gate_may_send(&g, PARTNER_BNI));

    canary.canary = true;
    open_gate(&g, &canary);
    assert_false(gate_may_send(&g, PARTNER_GOPAY));
    gate_word(&g, PARTNER_GOPAY, false, 5, 1);
    assert_true(gate_may_send(&g, PARTNER_GOPAY));
    assert_int_equal(g.partners[PARTNER_GOPAY].allowance, 5);

    open_gate(&g, &(struct gate_terms){ 0 }); /* no section */
    gate_word(&g, PARTNER_GOPAY, false, -1, 1);
    assert_false(gate_may_send(&g, PARTNER_GOPAY));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_concurrency), cmocka_unit_test(test_rate),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_share),       cmocka_unit_test(test_window),
        cmocka_unit_test(test_breaker),     cmocka_unit_test(test_probe_lost),
        cmocka_unit_test(test_payments_only), cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
