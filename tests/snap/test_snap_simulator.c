/* The simulator as a fair partner: what it refuses, byte by byte, and what it never forgets. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim_child.h"
#include "snap/json.h"
#include "snap/sign.h"

#define INQUIRY "/dana/rest/v1.0/emoney/account-inquiry"
#define BODY                                                                                       \
    "{\"partnerReferenceNo\":\"R1\",\"customerNumber\":\"628110000001\",\"amount\":{\"value\":"    \
    "\"600000.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}"

static struct sim_child child;
static struct snap_key *key;
static char secret[160];
static int ids;

struct ask {
    const char *path, *body;
    const char *without;   /* a header that is left out */
    const char *timestamp; /* NULL: now */
    const char *partner_id, *external_id, *channel_id, *content_type;
    const char *token;       /* symmetric */
    const char *signed_body; /* NULL: body */
};

static void add(struct buf *out, const struct ask *ask, const char *name, const char *value)
{
    if (!ask->without || strcmp(ask->without, name) != 0)
        buf_printf(out, "%s: %s\r\n", name, value);
}

/* Sends it signed; returns the answer's code as a number, or the HTTP status when it has none. */
static int64_t ask_for(const struct ask *ask)
{
    struct buf text = { 0 }, signature = { 0 }, headers = { 0 }, out = { 0 };
    struct err err;
    char now[SNAP_TIMESTAMP_MAX], id[40];
    int64_t code = 0;

    snap_timestamp(clock_wire_ms(), now);
    (void)snprintf(id, sizeof id, "%d%d", (int)getpid(), ++ids);
    const char *timestamp = ask->timestamp ? ask->timestamp : now;
    const char *signed_body = ask->signed_body ? ask->signed_body : ask->body;
    snap_text_to_sign(&text, "POST", ask->path, ask->token, signed_body, strlen(signed_body),
                      timestamp);
    if (ask->token)
        snap_hmac_sign(secret, &text, &signature);
    else
        assert_int_equal(snap_rsa_sign(key, &text, &signature, &err), 0);
    add(&headers, ask, "Content-Type",
        ask->content_type ? ask->content_type : "application/json; charset=utf-8");
    add(&headers, ask, "X-TIMESTAMP", timestamp);
    add(&headers, ask, "X-SIGNATURE", signature.data);
    add(&headers, ask, "X-PARTNER-ID", ask->partner_id ? ask->partner_id : "insentif");
    add(&headers, ask, "X-EXTERNAL-ID", ask->external_id ? ask->external_id : id);
    add(&headers, ask, "CHANNEL-ID", ask->channel_id ? ask->channel_id : "95221");
    if (ask->token)
        buf_printf(&headers, "Authorization: Bearer %s\r\n", ask->token);

    int status = sim_child_http(&child, "POST", ask->path, headers.data, ask->body, &out);
    struct snap_json *json = snap_json_parse(out.data, out.size, &err);
    if (!json || !snap_json_int(json, "responseCode", &code))
        code = status;
    else
        assert_int_equal(code / 10000, status);
    snap_json_free(json);
    buf_release(&text);
    buf_release(&signature);
    buf_release(&headers);
    buf_release(&out);
    return code;
}

static void test_requests(void **state)
{
    static const struct {
        struct ask ask;
        int64_t code;
    } rows[] = {
        { { .path = INQUIRY, .body = BODY }, 2003700 },
        { { .path = INQUIRY ".htm", .body = BODY }, 2003700 },
        { { .path = INQUIRY, .body = " { \"customerNumber\" : \"628110000001\" ,\r\n\t\"amount\" : "
                                     "{ \"value\":\"1.00\", \"currency\" : \"IDR\" },"
                                     "\"additionalInfo\":{\"fundType\":\" a b \"} } " },
          2003700 },
        { { .path = INQUIRY, .body = BODY, .signed_body = BODY " " }, 2003700 },
        { { .path = INQUIRY, .body = BODY, .signed_body = "{}" }, 4013700 },
        { { .path = INQUIRY, .body = BODY, .timestamp = "2026-03-02T09:15:30+07:00" }, 4013700 },
        { { .path = INQUIRY, .body = BODY, .timestamp = "yesterday" }, 4003701 },
        { { .path = INQUIRY, .body = BODY, .partner_id = "somebody" }, 4013700 },
        { { .path = INQUIRY, .body = BODY, .channel_id = "123456" }, 4003701 },
        { { .path = INQUIRY,
            .body = BODY,
            .external_id = "1234567890123456789012345678901234567" },
          4003701 },
        { { .path = INQUIRY, .body = BODY, .content_type = "text/plain" }, 4003702 },
        { { .path = INQUIRY, .body = BODY, .without = "X-TIMESTAMP" }, 4003702 },
        { { .path = INQUIRY, .body = BODY, .without = "X-SIGNATURE" }, 4003702 },
        { { .path = INQUIRY, .body = BODY, .without = "X-PARTNER-ID" }, 4003702 },
        { { .path = INQUIRY, .body = BODY, .without = "X-EXTERNAL-ID" }, 4003702 },
        { { .path = INQUIRY, .body = BODY, .without = "CHANNEL-ID" }, 4003702 },
        { { .path = INQUIRY, .body = "" }, 4003700 },
        { { .path = INQUIRY, .body = "\xef\xbb\xbf" BODY }, 4003700 },
        { { .path = INQUIRY, .body = "[]" }, 4003700 },
        { { .path = INQUIRY, .body = "{\"a\":1,\"a\":2}" }, 4003700 },
        { { .path = INQUIRY, .body = "{\"customerNumber\":\"628110000001\"}" }, 4003702 },
        { { .path = INQUIRY, .body = "{\"customerNumber\":628110000001}" }, 4003702 },
        { { .path = INQUIRY,
            .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"1.00\","
                    "\"currency\":\"IDR\"}}" },
          4003702 }, /* this partner wants a fundType */
        { { .path = INQUIRY,
            .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"600000\","
                    "\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}" },
          4003701 },
        { { .path = INQUIRY,
            .body = "{\"customerNumber\":\"628110000001\",\"amount\":{\"value\":\"1.00\","
                    "\"currency\":\"USD\"},\"additionalInfo\":{\"fundType\":\"X\"}}" },
          4003701 },
        { { .path = "/dana/rest/v1.0/emoney/topup-status",
            .body = "{\"originalPartnerReferenceNo\":\"NOBODY\",\"serviceCode\":\"38\"}" },
          4043901 },
        { { .path = "/dana/rest/v1.0/emoney/nothing", .body = BODY }, 404 },
        { { .path = "/dana/v1.0/access-token/b2b", .body = BODY }, 404 },
        { { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY }, 4013703 },
        { { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY, .token = "none" },
          4013703 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t code = ask_for(&rows[i].ask);
        if (code != rows[i].code)
            print_message("row %zu: %.60s\n", i, rows[i].ask.body);
        assert_int_equal(code, rows[i].code);
    }
}

static void test_replay(void **state)
{
    struct ask ask = { .path = INQUIRY, .body = BODY, .external_id = "777" };
    (void)state;
    assert_int_equal(ask_for(&ask), 2003700);
    assert_int_equal(ask_for(&ask), 4093700);
}

static void test_too_big(void **state)
{
    struct buf body = { 0 };
    (void)state;
    while (body.size < 70000)
        buf_text(&body, "                    ");
    struct ask ask = { .path = INQUIRY, .body = body.data };
    assert_int_equal(ask_for(&ask), 413);
    buf_release(&body);
}

static int64_t ask_token(const char *client, const char *body, bool sign_right, char token[65])
{
    struct buf text = { 0 }, signature = { 0 }, headers = { 0 }, out = { 0 };
    struct err err;
    char now[SNAP_TIMESTAMP_MAX];
    int64_t code = 0;

    snap_timestamp(clock_wire_ms(), now);
    buf_printf(&text, "%s|%s", sign_right ? client : "other", now);
    assert_int_equal(snap_rsa_sign(key, &text, &signature, &err), 0);
    buf_printf(&headers,
               "Content-Type: application/json\r\nX-TIMESTAMP: %s\r\nX-CLIENT-KEY: %s\r\n"
               "X-SIGNATURE: %s\r\n",
               now, client, signature.data);
    (void)sim_child_http(&child, "POST", "/gopay/v1.0/access-token/b2b", headers.data, body, &out);
    struct snap_json *json = snap_json_parse(out.data, out.size, &err);
    assert_non_null(json);
    assert_true(snap_json_int(json, "responseCode", &code));
    (void)str_copy(token, 65, snap_json_text(json, "accessToken"));
    snap_json_free(json);
    buf_release(&text);
    buf_release(&signature);
    buf_release(&headers);
    buf_release(&out);
    return code;
}

static void test_tokens(void **state)
{
    static const char grant[] = "{\"grantType\": \"client_credentials\"}";
    char token[65];
    struct ask ask = { .path = "/gopay/v1.0/emoney/account-inquiry", .body = BODY, .token = token };
    (void)state;

    assert_int_equal(ask_token("insentif", grant, false, token), 4017300);
    assert_int_equal(ask_token("somebody", grant, true, token), 4017300);
    assert_int_equal(ask_token("insentif", "{}", true, token), 4007300);
    assert_int_equal(ask_token("insentif", grant, true, token), 2007300);
    assert_int_equal(ask_for(&ask), 2003700);
    ask.path = "/ovo/v1.0/emoney/account-inquiry"; /* another partner's token */
    assert_int_equal(ask_for(&ask), 4013703);
}

static void test_control(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        { "POST", "/_control/fixtures", "628110000001 ok\n# a note\n\n62811 late:5 SITI N\n", 200 },
        { "POST", "/_control/fixtures", "", 200 },
        { "POST", "/_control/fixtures", "628110000001 nonsense\n", 400 },
        { "POST", "/_control/fixtures", "628110000001\n", 400 },
        { "POST", "/_control/fixtures", "62811x ok\n", 400 },
        { "POST", "/_control/fixtures", "62811 late:x\n", 400 },
        { "POST", "/_control/down?partner=nobody&on=1", "", 400 },
        { "POST", "/_control/down", "", 400 },
        { "POST", "/_control/down?on=0&partner=ovo", "", 200 },
        { "GET", "/_control/ledger", "", 200 },
        { "GET", "/_control/nothing", "", 404 },
        { "GET", "/", "", 404 },
    };
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            sim_child_http(&child, rows[i].method, rows[i].path, "", rows[i].body, &out),
            rows[i].status);
    buf_release(&out);
}

static void append(const char *text)
{
    char path[96];

    (void)snprintf(path, sizeof path, "%s/ledger", child.folder);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A line torn by a crash was never answered and is cut off; a whole line that is wrong is not. */
static void test_torn_ledger(void **state)
{
    static const char *const none[] = { NULL };
    static const char body[] =
        "{\"partnerReferenceNo\":\"TORN\",\"customerNumber\":\"628110000001\",\"amount\":{"
        "\"value\":\"7.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}";
    struct ask ask = { .path = "/dana/rest/v1.0/emoney/topup", .body = body };
    char ledger[96];
    int status;
    (void)state;

    assert_int_equal(ask_for(&ask), 2003800);
    sim_child_kill(&child);
    append("{\"at\":\"2026-03-02T02:15:30.000Z\",\"partner\":\"dana\",\"refer");
    sim_child_start(&child, 0, none);
    assert_int_equal(sim_child_booked(&child, "TORN"), 1);
    assert_int_equal(ask_for(&ask), 2003800); /* the same answer again */
    assert_int_equal(sim_child_total(&child, "amount_idr"), 7);
    sim_child_stop(&child);

    append("not a line\n");
    (void)snprintf(ledger, sizeof ledger, "%s/ledger", child.folder);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(STDERR_FILENO); /* what it says isn't ours to show */
        (void)execl(SIMULATOR_PATH, SIMULATOR_PATH, "--keys", child.folder, "--ledger", ledger,
                    (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

static int open_all(void **state)
{
    static const char *const none[] = { NULL };
    struct buf text = { 0 };
    struct err err;
    (void)state;

    sim_child_open(&child);
    sim_child_start(&child, 0, none);
    sim_child_read(&child, "client.pem", &text);
    key = snap_key_private(text.data, &err);
    assert_non_null(key);
    sim_child_read(&child, "secret", &text);
    text.data[strcspn(text.data, "\n")] = '\0';
    assert_true(str_copy(secret, sizeof secret, text.data));
    buf_release(&text);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    snap_key_free(key);
    sim_child_close(&child);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_replay),
        cmocka_unit_test(test_too_big),  cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_control),  cmocka_unit_test(test_torn_ledger),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
