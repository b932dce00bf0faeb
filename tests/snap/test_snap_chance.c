/* Faults by seed: the same seed does the same harm in any order, another seed another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "live.h"

#define TRANSFERS 40
#define ALL_KINDS                                                                                  \
    "cut_before,cut_after,error_before,error_after,timeout_before,timeout_after,late,late_failed," \
    "limbo,returned,slow,down,busy,token_lost,not_kyc"

static struct sim_child child;

/* How each payment ended, one letter each: the class, or x for a cut. */
static void harm(const char *seed, const char *kinds, bool backwards, char out[TRANSFERS + 1])
{
    const char *options[] = { "--fault-permille", "600", "--seed", seed, "--silence-ms", "20",
                              "--no-suffixes", kinds ? "--fault-kinds" : NULL, kinds, NULL };
    char ledger[96];
    struct sim_child_confs confs;
    struct err err;
    const struct snap_transfer like = { .partner = DANA,
                                        .account_name = "PESERTA UJI",
                                        .amount_idr = 600000,
                                        .transaction_date_ms = 1772417730000 };

    sim_child_start(&child, 0, options);
    sim_child_confs(&child, &confs);
    struct snap *snap = snap_open(confs.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(snap);
    for (int n = 0; n < TRANSFERS; n++) {
        int i = backwards ? TRANSFERS - 1 - n : n;
        struct snap_transfer t = like;
        struct snap_call call;
        (void)snprintf(t.reference, sizeof t.reference, "CHANCE%d", i);
        (void)snprintf(t.account_number, sizeof t.account_number, "62811%07d", i);
        assert_int_equal(snap_pay(snap, &t, INT64_MAX, &call, &err), 0);
        snap_run(snap, &call);
        out[i] = call.http ? "SPDRUFTC"[call.class] : 'x';
    }
    out[TRANSFERS] = '\0';
    snap_close(snap);
    buf_release(&confs.pem);
    sim_child_stop(&child);
    (void)snprintf(ledger, sizeof ledger, "%s/ledger", child.folder);
    assert_int_equal(unlink(ledger), 0); /* the next one starts from nothing */
}

static void test_seed(void **state)
{
    char first[TRANSFERS + 1], again[TRANSFERS + 1], other[TRANSFERS + 1], named[TRANSFERS + 1];
    (void)state;

    harm("7", NULL, false, first);
    harm("7", NULL, true, again);
    assert_string_equal(first, again);
    harm("8", NULL, false, other);
    assert_string_not_equal(first, other);
    /* the mix has of everything that leaves the outcome open, and nothing final */
    assert_non_null(strchr(first, 'S'));
    assert_non_null(strchr(first, 'P'));
    assert_non_null(strchr(first, 'U'));
    assert_non_null(strchr(first, 'R'));
    assert_non_null(strchr(first, 'x'));
    assert_null(strpbrk(first, "DFTC"));

    harm("7", ALL_KINDS, false, named);
    assert_non_null(strchr(named, 'F'));
    harm("7", "late", false, named);
    assert_int_equal(strspn(named, "SP"), TRANSFERS);
    assert_non_null(strchr(named, 'P'));
}

static int open_child(void **state)
{
    (void)state;
    sim_child_open(&child);
    return 0;
}

static int close_child(void **state)
{
    (void)state;
    sim_child_close(&child);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_seed) };
    return cmocka_run_group_tests(tests, open_child, close_child);
}
