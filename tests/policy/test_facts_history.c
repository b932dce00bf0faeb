/*
 * Long random histories: one log per topic, as Kafka keeps it, read in random interleavings, each
 * log's own order kept but read again now and then from an earlier place.  The record at the end is
 * the same to the last field, and what was told on the way is the same in sum (docs/decisions.md
 * D1-D9; consistency.md "Redis empty").
 *
 *   INSENTIF_TEST_SEED=n   replays one run
 */
#include "story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#define HISTORIES 20000
#define LOG_MAX 24

/* The ledger's failures and payments are facts too, from a log of their own. */
enum { LOG_ENROLLED, LOG_COMPLETED, LOG_RATED, LOG_LINKED, LOG_CHECKED, LOG_MONEY, LOG_COUNT };

struct entry {
    struct fact fact;    /* LOG_MONEY: not used */
    enum reason failure; /* LOG_MONEY; REASON_NONE: paid */
    bool struck;         /* LOG_MONEY: the failure never was, says a person */
    const char *account;
    int64_t at_ms;
};

struct history {
    int size[LOG_COUNT];
    struct entry log[LOG_COUNT][LOG_MAX];
};

static const char *const accounts[] = { "gopay", "bni", "ovo" };
static const char *const courses[] = { "course-1", "course-2", "course-3" };

/* Few moments, so that versions tie. */
static int64_t some_time(struct dice *d)
{
    return NOON_MS + (int64_t)dice_roll(d, 12) * HOUR_MS;
}

static struct fact some_check(struct dice *d)
{
    static const enum check often[] = { CHECK_ACCOUNT_KYC, CHECK_NIK_MATCH,    CHECK_ACCOUNT_ACTIVE,
                                        CHECK_ACCOUNT_KYC, CHECK_NIK_MATCH,    CHECK_ACCOUNT_ACTIVE,
                                        CHECK_PHONE_OWNER, CHECK_SELFIE_MATCH,
                                        CHECK_ACCOUNT_SHARED };
    enum check check = often[dice_roll(d, 9)];
    const char *account = accounts[dice_roll(d, 5) / 2];
    int64_t at_ms = some_time(d);

    if (dice_roll(d, 40) == 0)
        return aid_found(at_ms);
    if (dice_roll(d, 3) != 0) /* mostly what verifies */
        return a_pass(check, account, at_ms);
    return dice_roll(d, 2) ? a_fail(check, account, at_ms) : a_pass(check, account, at_ms);
}

static struct fact some_fact(struct dice *d, int log)
{
    int64_t at_ms = some_time(d);
    const char *course = courses[dice_roll(d, 5) / 2];

    switch (log) {
    case LOG_ENROLLED: return an_enrolment("2020", 17 + (int32_t)dice_roll(d, 4), at_ms);
    case LOG_COMPLETED:
        return dice_roll(d, 3) ? a_completion(course, at_ms)
                               : a_report_without_certificate(course, at_ms);
    case LOG_RATED: {
        int32_t stars = (int32_t)dice_roll(d, 6);
        return a_rating(course, stars, stars == 0 || dice_roll(d, 2), at_ms);
    }
    case LOG_LINKED: return a_link(accounts[dice_roll(d, 5) / 2], at_ms);
    default: return some_check(d);
    }
}

static void write_history(struct dice *d, struct history *h)
{
    static const uint32_t least[LOG_COUNT] = { 1, 1, 4, 1, 12, 0 };
    static const uint32_t most[LOG_COUNT] = { 2, 4, 10, 5, LOG_MAX, 4 };
    static const enum reason failures[] = {
        REASON_NONE,             REASON_ACCOUNT_NOT_KYC,    REASON_ACCOUNT_CLOSED,
        REASON_ACCOUNT_INACTIVE, REASON_PARTNER_UNAVAILABLE,
    };
    for (int log = 0; log < LOG_COUNT; log++) {
        h->size[log] = (int)(least[log] + dice_roll(d, most[log] - least[log] + 1));
        if (dice_roll(d, 12) == 0)
            h->size[log] = 0;
        for (int k = 0; k < h->size[log]; k++) {
            struct entry *e = &h->log[log][k];
            *e = (struct entry){ .account = accounts[dice_roll(d, 3)], .at_ms = some_time(d) };
            e->failure = failures[dice_roll(d, 5)];
            e->struck = dice_roll(d, 4) == 0;
            if (log != LOG_MONEY)
                e->fact = some_fact(d, log);
        }
    }
}

static void take_entry(struct record *r, int log, const struct entry *e)
{
    if (log != LOG_MONEY)
        take(r, e->fact);
    else if (e->failure == REASON_NONE)
        fact_paid(r, e->account, e->at_ms);
    else if (e->struck)
        fact_struck(r, e->account, e->failure, e->at_ms);
    else
        fact_failure(r, e->account, e->failure, e->at_ms);
}

/* Reads every log to its end. sums: how often each emission was made (NULL: not wanted). */
static void read_history(struct dice *d, const struct history *h, struct record *r, int *sums)
{
    int next[LOG_COUNT] = { 0 }, rewinds = 6;

    record_init(r, "participant-1");
    for (;;) {
        int open[LOG_COUNT], opens = 0;
        for (int log = 0; log < LOG_COUNT; log++)
            if (next[log] < h->size[log])
                open[opens++] = log;
        if (opens == 0)
            return;
        int log = open[dice_roll(d, (uint32_t)opens)];
        struct record before;
        if (sums)
            before = *r;
        take_entry(r, log, &h->log[log][next[log]++]);
        if (sums) {
            struct emissions out;
            settle(&before, r, &out);
            for (uint8_t k = 0; k < out.count; k++)
                sums[out.at[k].kind]++;
        }
        if (rewinds > 0 && dice_roll(d, 8) == 0) {
            next[log] -= (int)dice_roll(d, (uint32_t)next[log] + 1);
            rewinds--;
        }
    }
}

/* Told in sum: four schedules or, once aid is known, perhaps none; four requests to cancel then;
 * each account that somebody enrolled has linked. */
static void check_sums(const struct record *r, const int *sums, uint64_t seed)
{
    bool scheduled = r->scheduled_at_ms != 0, dead = record_is_deactivated(r);
    int announced = sums[EMISSION_SCHEDULED], asked = sums[EMISSION_CANCEL_REQUESTED];
    int used = 0;
    bool good = scheduled ? announced == 4 || (dead && announced == 0) : announced == 0;

    if (!good || asked != (scheduled && dead ? 4 : 0))
        fail_msg("seed %" PRIu64 ": %d schedules, %d requests to cancel", seed, announced, asked);
    for (uint8_t k = 0; r->enrolled_at_ms != 0 && k < r->account_count; k++)
        used += account_is_verified(&r->accounts[k]);
    assert_int_equal(sums[EMISSION_ACCOUNT_USED], used);
    for (int e = 0; e < EMISSION_COUNT; e++)
        if (e != EMISSION_SCHEDULED && e != EMISSION_CANCEL_REQUESTED && e != EMISSION_ACCOUNT_USED)
            assert_int_equal(sums[e], 0);
}

static void test_any_interleaving(void **state)
{
    (void)state;
    static struct history h;
    struct dice d;
    int scheduled = 0, held = 0, deactivated = 0;
    uint64_t first = dice_seed() * HISTORIES;

    for (uint64_t seed = first; seed < first + HISTORIES; seed++) {
        struct record a, b;
        int sums[EMISSION_COUNT] = { 0 };
        d.state = seed;
        write_history(&d, &h);
        read_history(&d, &h, &a, NULL);
        read_history(&d, &h, &b, sums);
        const char *difference = record_difference(&a, &b);
        if (difference)
            fail_msg("INSENTIF_TEST_SEED=%" PRIu64 ", history %" PRIu64 ": %s differs",
                     first / HISTORIES, seed - first, difference);
        check_sums(&b, sums, seed);
        scheduled += a.scheduled_at_ms != 0;
        held += a.scheduled_at_ms != 0 && record_hold(&a).reason != REASON_NONE;
        deactivated += a.scheduled_at_ms != 0 && record_is_deactivated(&a);
    }
    /* or the histories would prove nothing */
    assert_true(scheduled > HISTORIES / 5 && scheduled < HISTORIES);
    assert_true(held > HISTORIES / 20);
    assert_true(deactivated > HISTORIES / 100);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_interleaving),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
