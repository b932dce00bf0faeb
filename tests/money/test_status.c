/* How the partners do, told to everybody else: the topic partner-status, the gauges of breakers and
 * of our accounts there. */
#include <stdio.h>
#include <string.h>

#include "payday.h"

#define HOUR_MS INT64_C(3600000)

/* The newest word about that partner; false: there is none. */
static bool newest(struct payday *p, const char *partner, struct partner_status *out)
{
    struct seen seen[100];
    size_t count = world_seen(&p->w, EVENT_PARTNER_STATUS, seen, 100);
    bool found = false;

    assert_true(count <= 100);
    for (size_t i = 0; i < count; i++) {
        struct partner_status e;
        world_read(&p->w, EVENT_PARTNER_STATUS, &seen[i].m, &e);
        if (strcmp(e.partner, partner) != 0 || (found && e.at_ms < out->at_ms))
            continue;
        *out = e;
        found = true;
    }
    return found;
}

static bool is_now(struct payday *p, const char *partner, enum breaker breaker)
{
    struct partner_status e;

    return newest(p, partner, &e) && e.breaker == (int32_t)breaker;
}

/* Our account there runs dry: its payments wait, it is told, and after a top-up it goes on. */
static void test_funds(void **state)
{
    struct payday p;
    struct partner_status e;
    (void)state;

    payday_open(&p, "on");
    PAYDAY_UNTIL(&p, world_count(&p.w, EVENT_PARTNER_STATUS) == PARTNER_COUNT);
    PAYDAY_UNTIL(&p, counter("insentif_partner_balance_idr", "partner=\"GOPAY\"") ==
                         sim_child_total(&p.sim, "partners.gopay.available_idr"));
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_quiet(&p, 500);
    assert_true(is_now(&p, "GOPAY", BREAKER_CLOSED));

    sim_child_post(&p.sim, "/_control/balance?partner=gopay&idr=1000", "");
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, is_now(&p, "GOPAY", BREAKER_OPEN));
    assert_true(newest(&p, "GOPAY", &e));
    assert_string_equal(e.why, "no-funds");
    assert_true(e.until_ms > due_ms && strlen(e.worker) > 1);
    assert_int_equal(counter("insentif_partner_breaker", "partner=\"GOPAY\""), BREAKER_OPEN);
    PAYDAY_UNTIL(&p, payday_shown(&p, 1) == SHOWN_RETRYING);
    assert_int_equal(payday_instalment(&p, 1, 1).why, REASON_PROGRAMME_FUNDS);
    assert_true(is_now(&p, "OVO", BREAKER_CLOSED)); /* nobody else's */

    sim_child_post(&p.sim, "/_control/balance?partner=gopay&idr=100000000", "");
    payday_clock(&p, due_ms + 3 * HOUR_MS);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    PAYDAY_UNTIL(&p, is_now(&p, "GOPAY", BREAKER_CLOSED));
    payday_check(&p);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_funds) };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
