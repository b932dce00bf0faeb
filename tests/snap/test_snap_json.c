/* Hostile JSON: refused whole, without a crash, without quoting it in the error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "snap/json.h"

static struct snap_json *parse(const char *text)
{
    struct err err = { 0 };
    struct snap_json *json = snap_json_parse(text, strlen(text), &err);

    if (!json) {
        assert_int_equal(err.kind, ERR_REJECT);
        assert_null(strstr(err.text, "628110000001"));
    }
    return json;
}

static void test_refused(void **state)
{
    static const char *const bad[] = {
        "", " ", "null", "true", "1", "\"text\"", "[]", "[{}]", "{", "}", "{}}", "{} {}", "{}x",
        "{\"a\":1,\"a\":2}", "{\"a\":{\"b\":1,\"b\":1}}", "{\"a\":1,}", "{a:1}", "{'a':1}",
        "{\"a\":01}", "{\"a\":1e999}", "{\"a\":99999999999999999999}", "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\ud800\"}", "{\"a\":\"\n\"}", "{\"a\":NaN}", "\xef\xbb\xbf{}", "{\"a\":\"\\x\"}",
        "{\"628110000001\":628110000001x}", "{\"a\":\"628110000001",
        /* nine levels */
        "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}",
        "{\"a\":[[[[[[[[]]]]]]]]}",
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct snap_json *json = parse(bad[i]);
        if (json)
            print_message("accepted: %s\n", bad[i]);
        assert_null(json);
    }
}

static void test_nul_inside(void **state)
{
    struct err err;
    (void)state;
    assert_null(snap_json_parse("{\"a\":\"b\0c\"}", 11, &err));
    assert_null(snap_json_parse("{}\0", 3, &err));
}

static void test_limits(void **state)
{
    struct buf text = { 0 };
    struct err err;
    (void)state;

    /* eight levels, brackets inside strings don't count */
    struct snap_json *json =
        parse("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":\"[[[[{{{{\\\"[[\"}}}}}}}");
    assert_non_null(json);
    snap_json_free(json);

    buf_text(&text, "{\"a\":\"");
    while (text.size < SNAP_JSON_SIZE_MAX - 2)
        buf_text(&text, "x");
    buf_text(&text, "\"}");
    json = snap_json_parse(text.data, text.size, &err);
    assert_int_equal(text.size, SNAP_JSON_SIZE_MAX);
    assert_non_null(json);
    snap_json_free(json);
    buf_text(&text, " ");
    assert_null(snap_json_parse(text.data, text.size, &err));

    buf_reset(&text);
    for (int i = 0; i < 60000; i++)
        buf_text(&text, "[");
    assert_null(snap_json_parse(text.data, text.size, &err));
    buf_release(&text);
}

static void test_paths(void **state)
{
    int64_t number = 0;
    struct snap_json *json = parse("{\"a\":{\"b\":\"text\",\"n\":null,\"i\":900,\"s\":\"900\","
                                   "\"r\":1.5,\"e\":\"\"},\"b\":[1,{\"c\":\"in\"}]}");
    (void)state;

    assert_non_null(json);
    assert_string_equal(snap_json_text(json, "a.b"), "text");
    assert_string_equal(snap_json_text(json, "a.e"), "");
    assert_null(snap_json_text(json, "a"));
    assert_null(snap_json_text(json, "a.b.c"));
    assert_null(snap_json_text(json, "b.c"));
    assert_string_equal(snap_json_text(json, "b.1.c"), "in");
    assert_true(snap_json_int(json, "b.0", &number) && number == 1);
    assert_false(snap_json_has(json, "b.2"));
    assert_false(snap_json_has(json, "b.-1"));
    assert_false(snap_json_has(json, "a.0"));
    assert_null(snap_json_text(json, "a.i"));
    assert_null(snap_json_text(json, "z"));
    assert_true(snap_json_has(json, "a.i"));
    assert_false(snap_json_has(json, "a.n"));
    assert_true(snap_json_is_object(json, "a"));
    assert_false(snap_json_is_object(json, "b"));
    assert_true(snap_json_int(json, "a.i", &number) && number == 900);
    number = 0;
    assert_true(snap_json_int(json, "a.s", &number) && number == 900);
    assert_false(snap_json_int(json, "a.r", &number));
    assert_false(snap_json_int(json, "a.e", &number));
    assert_false(snap_json_int(json, "a.b", &number));
    snap_json_free(json);
    snap_json_free(NULL);
}

/* xorshift64: the same numbers for the same seed, everywhere. */
static size_t chance(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (size_t)(*seed >> 33);
}

/* Mutations of a good answer: any end but a crash; the seed is fixed and printed. */
static void test_mutations(void **state)
{
    static const char good[] =
        "{\"responseCode\":\"2003800\",\"responseMessage\":\"Successful\",\"referenceNo\":\"W1\","
        "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"},"
        "\"additionalInfo\":{\"a\":[1,2]}}";
    static const char spice[] = "{}[]\",:\\u0123456789eE+-.tfn \n\xff\xc3";
    uint64_t seed = 20260302;
    size_t accepted = 0;
    (void)state;

    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < 20000; i++) {
        char text[sizeof good];
        struct err err = { 0 };
        memcpy(text, good, sizeof good);
        for (size_t k = chance(&seed) % 4 + 1; k > 0; k--)
            text[chance(&seed) % (sizeof good - 1)] = spice[chance(&seed) % (sizeof spice - 1)];
        size_t size = chance(&seed) % 4 ? sizeof good - 1 : chance(&seed) % sizeof good;
        struct snap_json *json = snap_json_parse(text, size, &err);
        accepted += json != NULL;
        assert_true(json || err.kind == ERR_REJECT);
        snap_json_free(json);
    }
    assert_in_range(accepted, 100, 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_nul_inside),
        cmocka_unit_test(test_limits),  cmocka_unit_test(test_paths),
        cmocka_unit_test(test_mutations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
