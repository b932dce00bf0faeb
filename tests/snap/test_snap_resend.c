/*
 * A payment leaves once even when libcurl would send it again. What keeps it from doing so is taken
 * away (the options are swallowed on their way), so that the last guard and the alarm are seen.
 */
#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire_server.h"

static bool swallow;

CURLcode __real_curl_easy_setopt(CURL *easy, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...);

CURLcode __wrap_curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    bool is_long = option < CURLOPTTYPE_OBJECTPOINT;
    va_list arguments;
    long number = 0;
    void *pointer = NULL;

    va_start(arguments, option);
    if (is_long)
        number = va_arg(arguments, long);
    else
        pointer = va_arg(arguments, void *);
    va_end(arguments);
    if (swallow && (option == CURLOPT_FRESH_CONNECT || option == CURLOPT_FORBID_REUSE))
        return CURLE_OK;
    return is_long ? __real_curl_easy_setopt(easy, option, number)
                   : __real_curl_easy_setopt(easy, option, pointer);
}

static const struct snap_transfer transfer = { .reference = "INS1",
                                               .account_number = "628110000001",
                                               .account_name = "PESERTA UJI SATU",
                                               .amount_idr = 600000,
                                               .transaction_date_ms = 1772417730000 };

static struct snap *open_room(void)
{
    struct err err;
    struct snap_partner_conf conf = { .name = "wire",
                                      .signing = SNAP_ASYMMETRIC,
                                      .base_url = url,
                                      .prefix = { "/v1.0" },
                                      .private_key_pem = pem.data,
                                      .partner_id = "partner",
                                      .channel_id = "1",
                                      .read_ms = 3000,
                                      .rehearsal = true };
    struct snap *snap = snap_open(&conf, 1, &err);
    assert_non_null(snap);
    return snap;
}

#define KNOWN "{\"responseCode\":\"2003700\",\"customerName\":\"PESERTA UJI SATU\"}"
#define PAID "{\"responseCode\":\"2003800\",\"referenceNo\":\"W1\"}"

/* An inquiry leaves a connection open; then a payment while the server behaves so. */
static struct snap_call pay_after_inquiry(struct snap *snap, enum manner manner)
{
    static struct snap_call call;
    struct err err;

    serve_with(KEEP, "200 OK", KNOWN);
    assert_int_equal(snap_inquire(snap, &transfer, &call, &err), 0);
    run(snap, &call);
    assert_int_equal(call.class, SNAP_SUCCESS);
    serve_with(manner, "200 OK", PAID);
    assert_int_equal(snap_pay(snap, &transfer, INT64_MAX, &call, &err), 0);
    run(snap, &call);
    return call;
}

static void test_as_it_is(void **state)
{
    struct snap *snap = open_room();
    (void)state;

    swallow = false;
    struct snap_call call = pay_after_inquiry(snap, KEEP);
    assert_int_equal(call.class, SNAP_SUCCESS);
    assert_false(call.alarm);
    assert_int_equal(server.connections, 1); /* its own */
    snap_close(snap);
}

/* Over a connection that was used before: paid, but not as promised. */
static void test_reused(void **state)
{
    struct snap *snap = open_room();
    (void)state;

    swallow = true;
    struct snap_call call = pay_after_inquiry(snap, KEEP);
    assert_true(call.alarm);
    assert_true(call.sent);
    assert_int_equal(call.class, SNAP_UNKNOWN);
    assert_string_equal(call.reason, "PARTNER_TIMEOUT");
    assert_int_equal(server.connections, 0);
    assert_int_equal(server.requests, 1);
    snap_close(snap);
}

/* That connection is cut with the request in it: libcurl tries a new one, and is held back. */
static void test_sent_again(void **state)
{
    struct snap *snap = open_room();
    (void)state;

    swallow = true;
    struct snap_call call = pay_after_inquiry(snap, CUT);
    assert_true(call.alarm);
    assert_true(call.sent);
    assert_int_equal(call.class, SNAP_UNKNOWN);
    assert_int_equal(call.http, 0);
    assert_int_equal(server.connections, 1); /* the second one: libcurl did try */
    assert_int_equal(server.requests, 1);
    snap_close(snap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_is),
        cmocka_unit_test(test_reused),
        cmocka_unit_test(test_sent_again),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
