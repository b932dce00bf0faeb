/* Every vector of snap-bi.md section 9: minify, text to sign, both signatures, negative ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "snap/json.h"
#include "snap/sign.h"

static json_t *vectors;

static const char *text(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(vector, name));
}

static struct snap_key *key(const char *name, bool private)
{
    struct err err;
    const json_t *pair = json_object_get(json_object_get(vectors, "keys"), name);
    struct snap_key *found = private ? snap_key_private(text(pair, "private_pem"), &err)
                                     : snap_key_public(text(pair, "public_pem"), &err);
    assert_non_null(found);
    return found;
}

/* Minified body and its hash are as printed. */
static void check_body(const json_t *vector)
{
    const char *body = text(vector, "body");
    struct buf small = { 0 };
    char hash[SNAP_SHA256_MAX];

    snap_minify(body, strlen(body), &small);
    snap_sha256_hex(small.data, small.size, hash);
    assert_string_equal(small.data, text(vector, "minified_body"));
    assert_string_equal(hash, text(vector, "body_sha256_hex"));
    buf_release(&small);
}

static void check_rsa(const json_t *vector, const struct buf *signed_text, bool expected)
{
    const char *signature = text(vector, "signature_base64");
    struct snap_key *public = key(text(vector, "key"), false);

    assert_string_equal(signed_text->data, text(vector, "string_to_sign"));
    assert_true(snap_rsa_verify(public, signed_text, signature) == expected);
    snap_key_free(public);
    if (json_is_true(json_object_get(vector, "verify_only")))
        return;

    struct err err;
    struct buf made = { 0 };
    struct snap_key *private = key(text(vector, "key"), true);
    assert_int_equal(snap_rsa_sign(private, signed_text, &made, &err), 0);
    assert_string_equal(made.data, signature);
    snap_key_free(private);
    buf_release(&made);
}

static void test_tokens(void **state)
{
    size_t i;
    json_t *vector;
    (void)state;

    assert_int_equal(json_array_size(json_object_get(vectors, "asymmetric_token")), 3);
    json_array_foreach(json_object_get(vectors, "asymmetric_token"), i, vector)
    {
        struct buf signed_text = { 0 };
        buf_printf(&signed_text, "%s|%s", text(vector, "x_client_key"), text(vector, "timestamp"));
        check_rsa(vector, &signed_text, json_is_true(json_object_get(vector, "expect_valid")));
        buf_release(&signed_text);
    }
}

static void to_sign(const json_t *vector, const char *token, struct buf *out)
{
    const char *body = text(vector, "body");
    snap_text_to_sign(out, text(vector, "http_method"), text(vector, "endpoint_url"), token, body,
                      strlen(body), text(vector, "timestamp"));
}

static void test_asymmetric(void **state)
{
    size_t i;
    json_t *vector;
    (void)state;

    assert_int_equal(json_array_size(json_object_get(vectors, "asymmetric_request")), 3);
    json_array_foreach(json_object_get(vectors, "asymmetric_request"), i, vector)
    {
        struct buf signed_text = { 0 };
        check_body(vector);
        to_sign(vector, NULL, &signed_text);
        check_rsa(vector, &signed_text, true);
        buf_release(&signed_text);
    }
}

static void test_symmetric(void **state)
{
    size_t i;
    json_t *vector;
    (void)state;

    assert_int_equal(json_array_size(json_object_get(vectors, "symmetric_request")), 7);
    json_array_foreach(json_object_get(vectors, "symmetric_request"), i, vector)
    {
        struct buf signed_text = { 0 }, made = { 0 };
        check_body(vector);
        to_sign(vector, text(vector, "access_token"), &signed_text);
        assert_string_equal(signed_text.data, text(vector, "string_to_sign"));
        snap_hmac_sign(text(vector, "client_secret"), &signed_text, &made);
        assert_string_equal(made.data, text(vector, "signature_base64"));
        assert_true(snap_hmac_verify(text(vector, "client_secret"), &signed_text, made.data));
        assert_false(snap_hmac_verify("another secret", &signed_text, made.data));
        buf_release(&signed_text);
        buf_release(&made);
    }
}

static json_t *vector_named(const char *id)
{
    size_t i;
    json_t *vector;

    json_array_foreach(json_object_get(vectors, "symmetric_request"), i, vector)
    {
        if (strcmp(text(vector, "id"), id) == 0)
            return vector;
    }
    return NULL;
}

static void test_negative(void **state)
{
    size_t i;
    json_t *vector;
    (void)state;

    assert_int_equal(json_array_size(json_object_get(vectors, "symmetric_negative")), 5);
    json_array_foreach(json_object_get(vectors, "symmetric_negative"), i, vector)
    {
        struct buf right = { 0 }, signed_text = { 0 };
        json_t *base = vector_named(text(vector, "based_on"));
        json_t *changed = json_copy(base);
        const char *secret = text(base, "client_secret");
        const char *signature = text(vector, "signature_base64");
        assert_non_null(changed);
        assert_int_equal(json_object_update(changed, json_object_get(vector, "change")), 0);

        to_sign(base, text(base, "access_token"), &right);
        to_sign(changed, text(changed, "access_token"), &signed_text);
        assert_true(snap_hmac_verify(secret, &right, signature));
        assert_false(snap_hmac_verify(secret, &signed_text, signature));
        json_decref(changed);
        buf_release(&right);
        buf_release(&signed_text);
    }
}

static void test_minify(void **state)
{
    size_t i, refused = 0;
    json_t *vector;
    (void)state;

    assert_int_equal(json_array_size(json_object_get(vectors, "minify")), 8);
    json_array_foreach(json_object_get(vectors, "minify"), i, vector)
    {
        struct err err;
        const char *body = text(vector, "body");
        if (text(vector, "minified_body")) {
            check_body(vector);
            continue;
        }
        assert_null(snap_json_parse(body, strlen(body), &err));
        assert_int_equal(err.kind, ERR_REJECT);
        refused++;
    }
    assert_int_equal(refused, 1);
}

static void test_bad_keys_and_signatures(void **state)
{
    static const char *const signatures[] = { "", "=", "====", "AAAA", "A===", "no base64 at all!",
                                              "\xff\xff\xff\xff" };
    struct err err;
    struct buf signed_text = { 0 };
    struct snap_key *public = key("client", false);
    (void)state;

    buf_text(&signed_text, "text");
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        assert_false(snap_rsa_verify(public, &signed_text, signatures[i]));
    assert_null(snap_key_private("", &err));
    assert_int_equal(err.kind, ERR_FATAL);
    assert_null(snap_key_public("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
                                &err));
    snap_key_free(NULL);
    snap_key_free(public);
    buf_release(&signed_text);
}

static void test_timestamp(void **state)
{
    char at[SNAP_TIMESTAMP_MAX];
    (void)state;

    snap_timestamp(INT64_C(1772417730999), at); /* 2026-03-02 02:15:30.999 UTC */
    assert_string_equal(at, "2026-03-02T09:15:30+07:00");
    snap_timestamp(INT64_C(1798736400000), at); /* 2026-12-31 17:00 UTC: next year in WIB */
    assert_string_equal(at, "2027-01-01T00:00:00+07:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),    cmocka_unit_test(test_asymmetric),
        cmocka_unit_test(test_symmetric), cmocka_unit_test(test_negative),
        cmocka_unit_test(test_minify),    cmocka_unit_test(test_bad_keys_and_signatures),
        cmocka_unit_test(test_timestamp),
    };
    json_error_t why;

    vectors = json_load_file(VECTORS_PATH, JSON_REJECT_DUPLICATES, &why);
    if (!vectors) {
        (void)fprintf(stderr, "%s: %s\n", VECTORS_PATH, why.text);
        return 1;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    json_decref(vectors);
    return failed;
}
