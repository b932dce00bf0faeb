/* The room against a server that misbehaves below HTTP: what was sent, and how often. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "snap/sign.h"
#include "wire_server.h"

static struct snap_partner_conf conf_of(enum snap_signing signing, const char *base_url)
{
    return (struct snap_partner_conf){ .name = "wire",
                                       .signing = signing,
                                       .base_url = base_url,
                                       .prefix = { "/v1.0", NULL, NULL },
                                       .token_path = "/v1.0/access-token/b2b",
                                       .client_key = "client",
                                       .client_secret = "secret",
                                       .private_key_pem = pem.data,
                                       .partner_id = "partner",
                                       .channel_id = "1",
                                       .in_flight_ms = 1,
                                       .connect_ms = 1000,
                                       .read_ms = 3000,
                                       .rehearsal = true };
}

static struct snap *open_room(enum snap_signing signing, const char *base_url)
{
    struct err err;
    struct snap_partner_conf conf = conf_of(signing, base_url);
    struct snap *snap = snap_open(&conf, 1, &err);
    if (!snap)
        print_message("%s\n", err.text);
    assert_non_null(snap);
    return snap;
}

static const struct snap_transfer transfer = { .reference = "INS1",
                                               .account_number = "628110000001",
                                               .account_name = "PESERTA UJI SATU",
                                               .amount_idr = 600000,
                                               .transaction_date_ms = 1772417730000 };

static struct snap_call pay_by(struct snap *snap, int64_t deadline_ms)
{
    static struct snap_call call;
    struct err err;
    assert_int_equal(snap_pay(snap, &transfer, deadline_ms, &call, &err), 0);
    run(snap, &call);
    return call;
}

static struct snap_call pay(struct snap *snap)
{
    return pay_by(snap, INT64_MAX);
}

#define PAID                                                                                       \
    "{\"responseCode\":\"2003800\",\"responseMessage\":\"Successful\",\"referenceNo\":\"W1\"}"

static void test_success_twice(void **state)
{
    struct snap *snap = open_room(SNAP_ASYMMETRIC, url);
    (void)state;

    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0); /* must not matter */
    serve_with(KEEP, "200 OK", PAID); /* a connection is left to use again: nobody does */
    for (size_t i = 1; i <= 2; i++) {
        struct snap_call call = pay(snap);
        assert_int_equal(call.class, SNAP_SUCCESS);
        assert_true(call.sent);
        assert_false(call.alarm);
        assert_string_equal(call.reference_no, "W1");
        assert_int_equal(server.connections, i);
        assert_int_equal(server.requests, i);
    }
    assert_int_equal(unsetenv("http_proxy"), 0);

    /* the same body, other ids */
    const char *body = strstr(server.last.data, "\r\n\r\n");
    const char *body_before = strstr(server.before.data, "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body, body_before);
    const char *id = strstr(server.last.data, "X-EXTERNAL-ID: ");
    const char *id_before = strstr(server.before.data, "X-EXTERNAL-ID: ");
    assert_non_null(id);
    assert_memory_not_equal(id, id_before, 15 + 31);
    assert_int_equal(strspn(id + 15, "0123456789"), 31);
    assert_null(strstr(server.last.data, "Expect:"));
    assert_null(strstr(server.last.data, "Authorization:"));
    assert_memory_equal(server.last.data, "POST /v1.0/emoney/topup HTTP/1.1\r\n", 34);

    /* the digest is of these bytes */
    char digest[SNAP_DIGEST_MAX], seen[SNAP_DIGEST_MAX];
    struct err err;
    assert_int_equal(snap_pay_digest(snap, &transfer, digest, &err), 0);
    snap_sha256_hex(body + 4, strlen(body + 4), seen);
    assert_string_equal(digest, seen);
    snap_close(snap);
}

/* After the request left: always unknown, never sent twice. */
static void test_after_sending(void **state)
{
    struct buf big = { 0 }, flood = { 0 };
    (void)state;

    buf_text(&big, "HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" PAID);
    while (big.size < 71000)
        buf_text(&big, "          ");
    buf_printf(&flood, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n", strlen(PAID));
    while (flood.size < 100000)
        buf_text(&flood, "X-Flood: yes yes yes yes yes\r\n");
    buf_text(&flood, "\r\n" PAID);
    const char *const answers[] = {
        "",
        "H",
        "not HTTP at all\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"responseCode\":",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 307 Temporary Redirect\r\nLocation: /v1.0/emoney/topup\r\n"
        "Content-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n",
        big.data,
        flood.data,
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct snap *snap = open_room(SNAP_ASYMMETRIC, url);
        serve_with(ANSWER, "", "");
        buf_reset(&server.answer);
        buf_text(&server.answer, answers[i]);
        struct snap_call call = pay(snap);
        if (call.class != SNAP_UNKNOWN)
            print_message("%.40s: %s\n", answers[i], snap_class_name(call.class));
        assert_int_equal(call.class, SNAP_UNKNOWN);
        assert_true(call.sent);
        assert_false(call.alarm);
        assert_true(call.http == 0 || (answers[i] != big.data && answers[i] != flood.data));
        assert_int_equal(server.requests, 1);
        assert_int_equal(server.connections, 1);
        snap_close(snap);
    }
    buf_release(&big);
    buf_release(&flood);
}

static void test_cut_at_accept(void **state)
{
    struct snap *snap = open_room(SNAP_ASYMMETRIC, url);
    (void)state;
    serve_with(CLOSE_AT_ONCE, "200 OK", PAID);
    struct snap_call call = pay(snap);
    assert_int_equal(call.class, call.sent ? SNAP_UNKNOWN : SNAP_RETRYABLE);
    assert_int_equal(server.requests, 0);
    snap_close(snap);
}

static void test_no_patience(void **state)
{
    struct snap_partner_conf conf = conf_of(SNAP_ASYMMETRIC, url);
    struct snap_call call;
    struct err err;
    (void)state;

    conf.read_ms = 200;
    struct snap *snap = snap_open(&conf, 1, &err);
    serve_with(HOLD, "200 OK", PAID);
    assert_int_equal(snap_pay(snap, &transfer, INT64_MAX, &call, &err), 0);
    run(snap, &call); /* until the server has it */
    server.manner = ANSWER;
    run(snap, &call); /* and until the client's time is over */
    assert_int_equal(call.class, SNAP_UNKNOWN);
    assert_string_equal(call.reason, "PARTNER_TIMEOUT");
    assert_true(call.sent);
    assert_int_equal(server.requests, 1);
    snap_close(snap);
}

/* Before the request left: nothing was sent, the same may be tried again. */
static void test_before_sending(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    char closed_url[64], tls_url[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); /* bound, not listening: refused */
    (void)state;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(closed_url, sizeof closed_url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    (void)snprintf(tls_url, sizeof tls_url, "https://127.0.0.1:%d", server.port);

    const struct {
        const char *base_url;
        enum manner manner;
    } rows[] = {
        { closed_url, ANSWER },
        { "http://no-such-host.invalid", ANSWER },
        { tls_url, CLOSE_AT_ONCE },
        { tls_url, HOLD }, /* accepts, says nothing of TLS */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap *snap = open_room(SNAP_ASYMMETRIC, rows[i].base_url);
        struct snap_call status;
        struct err err;
        serve_with(rows[i].manner, "200 OK", PAID);
        struct snap_call call = pay(snap);
        if (call.sent)
            print_message("%s: %s\n", rows[i].base_url, call.message);
        assert_int_equal(call.class, SNAP_RETRYABLE);
        assert_string_equal(call.reason, "PARTNER_UNAVAILABLE");
        assert_false(call.sent);
        assert_int_equal(call.http, 0);
        assert_int_equal(server.requests, 0);
        assert_int_equal(snap_status(snap, &transfer, &status, &err), 0);
        run(snap, &status);
        assert_int_equal(status.class, SNAP_UNKNOWN);
        assert_int_equal(status.outcome, SNAP_OUTCOME_NONE);
        snap_close(snap);
    }
    (void)close(fd);
}

static void test_deadline(void **state)
{
    char tls_url[64];
    struct snap_partner_conf conf;
    struct snap *snap = open_room(SNAP_ASYMMETRIC, url);
    struct err err;
    (void)state;

    serve_with(ANSWER, "200 OK", PAID);
    struct snap_call call = pay_by(snap, clock_boot_ms() - 1);
    assert_int_equal(call.class, SNAP_RETRYABLE);
    assert_false(call.sent);
    assert_int_equal(server.connections, 0);
    snap_close(snap);

    /* the handshake takes longer than the payment may wait */
    (void)snprintf(tls_url, sizeof tls_url, "https://127.0.0.1:%d", server.port);
    conf = conf_of(SNAP_ASYMMETRIC, tls_url);
    conf.connect_ms = 15000;
    snap = snap_open(&conf, 1, &err);
    serve_with(HOLD, "", "");
    int64_t from_ms = clock_boot_ms();
    call = pay_by(snap, from_ms + 150);
    assert_int_equal(call.class, SNAP_RETRYABLE);
    assert_false(call.sent);
    assert_in_range(clock_boot_ms() - from_ms, 100, 10000);
    snap_close(snap);
}

static void test_abandon(void **state)
{
    struct snap *snap = open_room(SNAP_ASYMMETRIC, url);
    struct snap_call call, kept;
    struct err err;
    (void)state;

    serve_with(HOLD, "", "");
    assert_int_equal(snap_pay(snap, &transfer, INT64_MAX, &call, &err), 0);
    snap_abandon(&call); /* nothing moved yet */
    assert_true(call.done);
    assert_false(call.sent);
    assert_int_equal(call.class, SNAP_RETRYABLE);
    snap_abandon(&call); /* again: nothing */

    assert_int_equal(snap_pay(snap, &transfer, INT64_MAX, &call, &err), 0);
    run(snap, &call);
    assert_false(call.done);
    snap_abandon(&call);
    assert_true(call.done);
    assert_true(call.sent);
    assert_int_equal(call.class, SNAP_UNKNOWN);
    assert_int_equal(snap_room_left(snap), SNAP_CALLS_MAX);

    assert_int_equal(snap_pay(snap, &transfer, INT64_MAX, &kept, &err), 0);
    snap_close(snap); /* abandons too */
    assert_true(kept.done);
}

static void test_tokens(void **state)
{
    static const struct {
        const char *status, *body;
        enum snap_class class; /* of the payment that waited */
        size_t requests;
    } rows[] = {
        { "200 OK", "{\"responseCode\":\"2007300\",\"accessToken\":\"abc\",\"expiresIn\":\"900\"}",
          SNAP_SUCCESS, 1 },
        { "200 OK", "{\"accessToken\":\"abc\",\"tokenType\":\"bearer\",\"expiresIn\":900}",
          SNAP_SUCCESS, 1 },
        { "200 OK", "{\"accessToken\":\"abc\"}", SNAP_SUCCESS, 1 },
        { "200 OK", "{\"accessToken\":\"abc\",\"expiresIn\":\"soon\"}", SNAP_RETRYABLE, 0 },
        { "200 OK", "{\"accessToken\":\"abc\",\"expiresIn\":-1}", SNAP_RETRYABLE, 0 },
        { "200 OK", "{\"accessToken\":\"a\\r\\nX-Evil: 1\",\"expiresIn\":900}", SNAP_RETRYABLE, 0 },
        { "200 OK", "{\"accessToken\":\"\"}", SNAP_RETRYABLE, 0 },
        { "200 OK", "{}", SNAP_RETRYABLE, 0 },
        { "200 OK", "<html>", SNAP_RETRYABLE, 0 },
        { "200 OK", "", SNAP_RETRYABLE, 0 },
        { "200 OK", "{\"responseCode\":\"4017300\",\"accessToken\":\"abc\"}", SNAP_RETRYABLE, 0 },
        { "401 Unauthorized", "{\"responseCode\":\"4017300\"}", SNAP_STOP_CHANNEL, 0 },
        { "400 Bad", "{\"responseCode\":\"4007302\"}", SNAP_STOP_CHANNEL, 0 },
        { "504 Timeout", "{\"responseCode\":\"5047300\"}", SNAP_RETRYABLE, 0 },
        { "429 Many", "{\"responseCode\":\"4297300\"}", SNAP_RETRYABLE, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap *snap = open_room(SNAP_SYMMETRIC, url);
        serve_with(ANSWER, "200 OK", PAID);
        add_answer(&server.token_answer, rows[i].status, rows[i].body);
        struct snap_call call = pay(snap);
        if (call.class != rows[i].class)
            print_message("%s: %s\n", rows[i].body, snap_class_name(call.class));
        assert_int_equal(call.class, rows[i].class);
        assert_int_equal(call.sent, rows[i].requests > 0);
        assert_int_equal(server.requests, rows[i].requests);
        assert_int_equal(server.token_requests, 1);
        if (rows[i].requests)
            assert_non_null(strstr(server.last.data, "Authorization: Bearer abc\r\n"));
        snap_close(snap);
    }
}

/* A refused token is renewed once; questions are asked again once, payments never. */
static void test_refused_token(void **state)
{
    static const char *const refused[] = { "4013801", "4013701", "4013900" };
    (void)state;

    for (size_t i = 0; i < 3; i++) {
        struct snap *snap = open_room(SNAP_SYMMETRIC, url);
        struct snap_call call;
        struct err err;
        char body[64];
        (void)snprintf(body, sizeof body, "{\"responseCode\":\"%s\"}", refused[i]);
        serve_with(ANSWER, "401 Unauthorized", body);
        add_answer(&server.token_answer, "200 OK", "{\"accessToken\":\"abc\"}");
        int rc = i == 0   ? snap_pay(snap, &transfer, INT64_MAX, &call, &err)
                 : i == 1 ? snap_inquire(snap, &transfer, &call, &err)
                          : snap_status(snap, &transfer, &call, &err);
        assert_int_equal(rc, 0);
        run(snap, &call);
        assert_int_equal(call.class, i == 2 ? SNAP_UNKNOWN : SNAP_RETRYABLE);
        assert_string_equal(call.code, refused[i]);
        assert_int_equal(server.requests, i == 0 ? 1 : 2);
        assert_int_equal(server.token_requests, i == 1 ? 2 : 1);
        if (i == 0) { /* the next payment brings a new token */
            call = pay(snap);
            assert_int_equal(server.token_requests, 2);
        }
        snap_close(snap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_success_twice),  cmocka_unit_test(test_after_sending),
        cmocka_unit_test(test_cut_at_accept),  cmocka_unit_test(test_no_patience),
        cmocka_unit_test(test_before_sending), cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_abandon),        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_refused_token),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
