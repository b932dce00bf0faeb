#include "ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "snap/json.h"
#include "snap/sign.h"

struct sim_child ask_child;
static struct snap_key *key;
static char secret[160];
static int ids;

static void add(struct buf *out, const struct ask *ask, const char *name, const char *value)
{
    if (!ask->without || strcmp(ask->without, name) != 0)
        buf_printf(out, "%s: %s\r\n", name, value);
}

int64_t ask_for(const struct ask *ask)
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

    int status = sim_child_http(&ask_child, "POST", ask->path, headers.data, ask->body, &out);
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

int64_t ask_token(const char *path, const char *client, const char *body, bool sign_right,
                  char token[65])
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
    (void)sim_child_http(&ask_child, "POST", path, headers.data, body, &out);
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

int ask_open(void **state)
{
    static const char *const none[] = { NULL };
    struct buf text = { 0 };
    struct err err;
    (void)state;

    sim_child_open(&ask_child);
    sim_child_start(&ask_child, 0, none);
    sim_child_read(&ask_child, "client.pem", &text);
    key = snap_key_private(text.data, &err);
    assert_non_null(key);
    sim_child_read(&ask_child, "secret", &text);
    text.data[strcspn(text.data, "\n")] = '\0';
    assert_true(str_copy(secret, sizeof secret, text.data));
    buf_release(&text);
    return 0;
}

int ask_close(void **state)
{
    (void)state;
    snap_key_free(key);
    sim_child_close(&ask_child);
    return 0;
}
