/*
 * Disbursement dies: at each step of a payment, and by chance among many. What was begun is found
 * again in the ledger and in Redis; nothing is paid twice, nothing is left behind.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "payday.h"

#define SEEDS 1
#define PEOPLE 24

static void die_and_come_back(struct payday *p, bool calls_take_place)
{
    world_kill(&p->w, p->disbursement, calls_take_place);
    p->disbursement = world_start(&p->w, &disbursement_worker);
}

static bool claimed(struct payday *p)
{
    return payday_state(p, 1) == INST_CLAIMED;
}

static bool intended(struct payday *p)
{
    return claimed(p) && world_count(&p->w, EVENT_DISBURSEMENT_LEDGER) > 0;
}

static bool confirmed(struct payday *p)
{
    return payday_state(p, 1) == INST_SENDING;
}

static bool booked(struct payday *p)
{
    return confirmed(p) && sim_child_total(&p->sim, "booked") == 1;
}

static bool told(struct payday *p)
{
    return payday_state(p, 1) == INST_PAID;
}

static const struct point {
    const char *name;
    bool (*reached)(struct payday *p);
    int bookings; /* when it dies */
} points[] = {
    { "claimed", claimed, 0 },
    { "intent in the ledger", intended, 0 },
    { "confirmed, not sent", confirmed, 0 },
    { "booked by the partner, not known to us", booked, 1 },
    { "known, perhaps not told", told, 1 },
};

static void die_at(const struct point *point, bool calls_take_place)
{
    struct payday p;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    payday_clock(&p, payday_scheduled(&p, 1));
    PAYDAY_UNTIL(&p, point->reached(&p));
    print_message("%s\n", point->name);
    die_and_come_back(&p, calls_take_place);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    assert_int_equal(payday_booked(&p, 1, 1), 1);
    assert_int_equal(payday_instalment(&p, 1, 1).attempt, 1); /* always the same reference */
    payday_close(&p);
}

static void test_die_at_each_step(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        die_at(&points[i], i % 2);
}

/* ---------------------------------------------------------------- by chance */
static const char *some_account(struct payday *p, int number)
{
    static const char *const ends[] = { "0001", "9921", "9922", "9923", "9924", "9925", "9926",
                                        "9927", "9928", "9930", "0002", "0003" };
    static char account[20];

    (void)snprintf(account, sizeof account, "62811%04d%s", number,
                   ends[world_roll(&p->w, sizeof ends / sizeof ends[0])]);
    return account;
}

/* What is there now can't be taken back by a power cut any more. */
static void make_lasting(struct payday *p)
{
    for (int i = 0; i < STORE_RAM_LOG_MAX; i++)
        payday_clock(p, p->business_ms);
}

/* Redis moves back behind the payment: the ledger knows of it, nobody is asked again. */
static void test_rolled_back(void **state)
{
    struct payday p;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    int64_t due_ms = payday_scheduled(&p, 1);
    payday_quiet(&p, 300);
    make_lasting(&p);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    int64_t requests = sim_child_total(&p.sim, "partners.gopay.requests");
    assert_int_equal(store_ram_rollback(p.w.redis, 30), 30);
    assert_int_equal(payday_state(&p, 1), INST_READY);
    payday_clock(&p, due_ms);
    PAYDAY_UNTIL(&p, payday_state(&p, 1) == INST_PAID);
    payday_check(&p);
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.requests"), requests);
    assert_int_equal(sim_child_total(&p.sim, "booked"), 1);
    payday_close(&p);
}

static void something_happens(struct payday *p, int64_t business_ms)
{
    static const struct bus_ram_faults faults = { 100, 100, 300 }, none = { 0 };

    switch (world_roll(&p->w, 6)) {
    case 0:
    case 1: die_and_come_back(p, world_roll(&p->w, 2)); break;
    case 2: store_ram_restart(p->w.redis); break;
    case 3: (void)store_ram_rollback(p->w.redis, 1 + world_roll(&p->w, 8)); break;
    case 4: bus_ram_faults(p->w.broker, &faults); break;
    case 5: bus_ram_faults(p->w.broker, &none); break;
    }
    payday_clock(p, business_ms);
}

static bool all_paid(struct payday *p)
{
    for (int n = 0; n < PEOPLE; n++)
        if (payday_state(p, n) != INST_PAID)
            return false;
    return true;
}

static void chance(uint64_t seed)
{
    static const struct bus_ram_faults none = { 0 };
    struct payday p;
    int64_t due_ms = 0;

    payday_open(&p, "on");
    p.w.random = seed;
    for (int n = 0; n < PEOPLE; n++) {
        payday_entitle(&p, n, "2023", some_account(&p, n));
        due_ms = payday_scheduled(&p, n);
    }
    payday_quiet(&p, 300);
    make_lasting(&p);
    for (int i = 0; i < 30; i++) {
        for (uint32_t steps = world_roll(&p.w, 120); steps > 0; steps--)
            (void)payday_step(&p);
        something_happens(&p, due_ms + i * 60000);
    }
    bus_ram_faults(p.w.broker, &none);
    payday_clock(&p, due_ms + INT64_C(86400000)); /* past every retry */
    PAYDAY_UNTIL(&p, all_paid(&p));
    payday_check(&p);
    for (int n = 0; n < PEOPLE; n++)
        if (payday_booked(&p, n, 1) != 1)
            fail_msg("seed %d: %s is booked %d times", (int)seed, person(n),
                     payday_booked(&p, n, 1));
    assert_int_equal(sim_child_total(&p.sim, "booked"), PEOPLE);
    payday_close(&p);
}

static uint64_t number(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t value = otherwise;

    if (text)
        assert_true(str_to_int64(text, 1, INT64_MAX, &value));
    return (uint64_t)value;
}

static void test_chance(void **state)
{
    uint64_t first = number("INSENTIF_TEST_SEED", 1), count = number("INSENTIF_TEST_SEEDS", SEEDS);
    (void)state;

    for (uint64_t seed = first; seed < first + count; seed++) {
        print_message("seed %d\n", (int)seed);
        chance(seed);
    }
}

/* ---------------------------------------------------------------- the book of record */
/* An entry that can't be read may be a payment: no money moves until somebody has looked. */
static void test_unreadable_ledger(void **state)
{
    struct payday p;
    bool alive = true;
    (void)state;

    payday_open(&p, "on");
    payday_entitle(&p, 1, "2023", "6281100000001");
    payday_clock(&p, payday_scheduled(&p, 1) - 1);
    payday_quiet(&p, 600);
    int64_t requests = sim_child_total(&p.sim, "partners.gopay.requests"); /* on day 0 */
    world_kill(&p.w, p.disbursement, false);
    (void)world_tell_bytes(&p.w, EVENT_DISBURSEMENT_LEDGER, world_bucket(&p.w, person(1)),
                           person(1), 5, "torn", 4);
    payday_clock(&p, p.business_ms + 1);
    struct process *d = world_start(&p.w, &disbursement_worker);
    for (int64_t until_ms = clock_boot_ms() + PATIENCE_MS; alive && clock_boot_ms() < until_ms;) {
        alive = shell_turn(d->shell);
        (void)poll(NULL, 0, d->shell->progress ? 0 : 2);
    }
    assert_false(alive);
    assert_int_equal(d->shell->fatal.kind, ERR_FATAL);
    assert_non_null(strstr(d->shell->fatal.text, "disbursement-ledger/"));
    assert_int_equal(sim_child_total(&p.sim, "partners.gopay.requests"), requests);
    payday_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_die_at_each_step),
        cmocka_unit_test(test_rolled_back),
        cmocka_unit_test(test_chance),
        cmocka_unit_test(test_unreadable_ledger),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
