/*
 * The room and the simulator over TLS 1.3, with a certificate authority made here: what completes,
 * whom we don't talk to, and what a cut means. (test_snap_live does the same over plain HTTP.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "live.h"

#define ARGUMENTS_MAX 32

/* openssl's command line with a self-signed CA, or a certificate for 127.0.0.1 signed by one. */
static void make_certificate(const struct sim_child *child, const char *name, const char *ca)
{
    char key[96], cert[96], ca_key[96], ca_cert[96], subject[64];
    const char *arguments[ARGUMENTS_MAX] = { "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                  "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                                  "-keyout", key, "-out", cert, "-subj", subject };
    size_t count = 16;
    struct buf out = { 0 };

    (void)snprintf(key, sizeof key, "%s/%s.key", child->folder, name);
    (void)snprintf(cert, sizeof cert, "%s/%s.pem", child->folder, name);
    (void)snprintf(subject, sizeof subject, "/CN=test %s", name);
    if (ca) {
        (void)snprintf(ca_key, sizeof ca_key, "%s/%s.key", child->folder, ca);
        (void)snprintf(ca_cert, sizeof ca_cert, "%s/%s.pem", child->folder, ca);
        const char *const more[] = { "-CA", ca_cert, "-CAkey", ca_key, "-addext",
                                     "subjectAltName=IP:127.0.0.1", "-addext",
                                     "basicConstraints=critical,CA:FALSE" };
        memcpy(arguments + count, more, sizeof more);
        count += sizeof more / sizeof more[0];
    }
    assert_int_equal(sim_child_run(arguments, &out), 0);
    buf_release(&out);
}

static int open_tls(void **state)
{
    static char cert[96], key[96];
    const char *const options[] = { "--tls-cert", cert, "--tls-key", key, "--silence-ms", "1000",
                                    NULL };
    struct err err;
    (void)state;

    sim_child_open(&live_child);
    make_certificate(&live_child, "ca", NULL);
    make_certificate(&live_child, "other-ca", NULL);
    make_certificate(&live_child, "server", "ca");
    (void)snprintf(cert, sizeof cert, "%s/server.pem", live_child.folder);
    (void)snprintf(key, sizeof key, "%s/server.key", live_child.folder);
    live_child.tls = true;
    sim_child_start(&live_child, 0, options);
    sim_child_confs(&live_child, &live_confs);
    for (int i = 0; i < SIM_CHILD_CONFS; i++) {
        live_confs.conf[i].rehearsal = false; /* as in production */
        live_confs.conf[i].in_flight_ms = SNAP_IN_FLIGHT_MIN_MS;
    }
    live_confs.conf[LINKAJA].read_ms = 500;
    live_snap = snap_open(live_confs.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(live_snap);
    return 0;
}

static const struct way {
    int partner;
    const char *bank_code;
} ways[] = { { BNI, "" }, { BNI, "014" }, { GOPAY, "" }, { DANA, "" }, { DANA, "014" } };

/* What the calls below go over: 1.3 is all that this server speaks. */
static void test_version(void **state)
{
    static const char *const versions[] = { "-tls1_2", "-tls1_3" };
    char address[32], ca[96];
    struct buf out = { 0 };
    (void)state;

    (void)snprintf(address, sizeof address, "127.0.0.1:%d", live_child.port);
    (void)snprintf(ca, sizeof ca, "%s/ca.pem", live_child.folder);
    for (int i = 0; i < 2; i++) {
        const char *const command[] = { "openssl", "s_client", "-connect", address, "-CAfile", ca,
                                        "-verify_return_error", versions[i], NULL };
        assert_int_equal(sim_child_run(command, &out), i == 0 ? 1 : 0);
        assert_int_equal(strstr(out.data, "New, TLSv1.3") != NULL, i == 1);
    }
    buf_release(&out);
}

/* Inquiry, payment, status and balance, both kinds of signature. */
static void test_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct snap_transfer t = live_fresh_at(ways[i].partner, ways[i].bank_code);
        struct snap_call call = live_inquire(&t);
        live_is(&call, SNAP_SUCCESS, "", "inquiry");
        call = live_pay(&t);
        assert_true(call.class == SNAP_SUCCESS || call.class == SNAP_IN_PROGRESS);
        do { /* each round is a call over the wire; 43 is booked a little later */
            call = live_status(&t);
        } while (call.outcome == SNAP_OUTCOME_PENDING);
        live_is(&call, SNAP_SUCCESS, "", "status");
        assert_int_equal(call.outcome, SNAP_OUTCOME_PAID);
        call = live_balance(ways[i].partner);
        live_is(&call, SNAP_SUCCESS, "", "balance");
        assert_true(call.balance_idr > 0);
    }
}

/* Somebody else's certificate, or another name: nothing is sent, not even a token request. */
static void test_stranger(void **state)
{
    static const int partners[] = { DANA, GOPAY };
    char other[96], name[64];
    (void)state;

    (void)snprintf(other, sizeof other, "%s/other-ca.pem", live_child.folder);
    (void)snprintf(name, sizeof name, "https://localhost:%d", live_child.port);
    for (size_t i = 0; i < 4; i++) {
        struct snap_transfer t = live_fresh(0);
        struct snap_partner_conf conf = live_confs.conf[partners[i % 2]];
        struct snap_call call;
        struct err err;
        if (i < 2)
            conf.ca_file = other;
        else
            conf.base_url = name; /* the certificate is for the address */
        (void)snprintf(t.account_number, sizeof t.account_number, "6281234567");
        struct snap *snap = snap_open(&conf, 1, &err);
        assert_non_null(snap);
        assert_int_equal(snap_pay(snap, &t, INT64_MAX, &call, &err), 0);
        snap_run(snap, &call);
        live_is(&call, SNAP_RETRYABLE, "PARTNER_UNAVAILABLE", "a stranger");
        assert_false(call.sent);
        assert_int_equal(call.http, 0);
        snap_close(snap);
    }
}

/* How often the reference was booked, read from the ledger on the disk. */
static int booked(const struct snap_transfer *t)
{
    char ledger[96], wanted[64];
    struct buf out = { 0 };
    int count = 0;

    (void)snprintf(ledger, sizeof ledger, "%s/ledger", live_child.folder);
    (void)snprintf(wanted, sizeof wanted, ",%s,", t->reference);
    const char *const command[] = { SIMULATOR_PATH, "statement", ledger, NULL };
    assert_int_equal(sim_child_run(command, &out), 0);
    for (const char *at = out.data; (at = strstr(at, wanted)); at++)
        count++;
    buf_release(&out);
    return count;
}

/* The connection is cut, or falls silent, when the payment is through it. */
static void test_cut(void **state)
{
    static const struct {
        int partner;
        const char *account; /* its end says what happens, once */
        enum snap_outcome outcome;
    } rows[] = {
        { GOPAY, "628111119923", SNAP_OUTCOME_NOT_FOUND }, /* cut, not booked */
        { GOPAY, "628111119924", SNAP_OUTCOME_PAID },      /* booked, cut */
        { DANA, "628111119924", SNAP_OUTCOME_PAID },
        { LINKAJA, "628111119922", SNAP_OUTCOME_PAID }, /* booked, silence */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_transfer t = live_fresh(rows[i].partner);
        bool paid = rows[i].outcome == SNAP_OUTCOME_PAID;
        (void)snprintf(t.account_number, sizeof t.account_number, "628110%zu%s", i,
                       rows[i].account + 8);
        (void)snprintf(t.account_name, sizeof t.account_name, "PESERTA UJI %s",
                       rows[i].account + 8);
        struct snap_call call = live_inquire(&t);
        live_is(&call, SNAP_SUCCESS, "", rows[i].account);
        call = live_pay(&t);
        live_is(&call, SNAP_UNKNOWN, "PARTNER_TIMEOUT", rows[i].account);
        assert_true(call.sent);
        assert_int_equal(call.http, 0);
        call = live_status(&t);
        assert_int_equal(call.outcome, rows[i].outcome);
        assert_int_equal(booked(&t), paid);
        call = live_pay(&t);
        assert_int_equal(call.class, paid && rows[i].partner != DANA ? SNAP_DUPLICATE
                                                                     : SNAP_SUCCESS);
        assert_int_equal(booked(&t), 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_stranger),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, open_tls, live_close);
}
