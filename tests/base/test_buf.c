#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

static void test_grow(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    for (size_t i = 0; i < 5000; i++) {
        char byte = (char)('a' + i % 26);
        buf_add(&buf, &byte, 1);
        assert_int_equal(buf.size, i + 1);
        assert_true(buf.cap > buf.size);
        assert_int_equal(buf.data[buf.size], '\0');
    }
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(buf.data[i], 'a' + (int)(i % 26));
    buf_release(&buf);
    assert_null(buf.data);
    assert_int_equal(buf.size, 0);
    buf_text(&buf, "used again");
    assert_string_equal(buf.data, "used again");
    buf_release(&buf);
    buf_release(&buf);
}

static void test_reset_keeps_the_memory(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    buf_reset(&buf); /* nothing there yet */
    buf_printf(&buf, "%0500d", 7);
    size_t cap = buf.cap;
    const char *data = buf.data;
    buf_reset(&buf);
    assert_int_equal(buf.size, 0);
    assert_string_equal(buf.data, "");
    buf_printf(&buf, "%0500d", 8);
    assert_ptr_equal(buf.data, data);
    assert_int_equal(buf.cap, cap);
    buf_release(&buf);
}

static void test_reserve(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    buf_text(&buf, "abc");
    buf_reserve(&buf, 100000);
    const char *data = buf.data;
    memset(buf.data + buf.size, 'x', 100000); /* ours to write, as said */
    for (int i = 0; i < 100000; i++)
        buf_add(&buf, "y", 1);
    assert_ptr_equal(buf.data, data);
    assert_memory_equal(buf.data, "abcyyy", 6);
    buf_release(&buf);
}

static void test_add_nothing(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    buf_add(&buf, NULL, 0);
    assert_string_equal(buf.data, "");
    buf_add(&buf, "a\0b", 3);
    assert_int_equal(buf.size, 3);
    assert_memory_equal(buf.data, "a\0b", 4);
    buf_release(&buf);
}

static void test_printf(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    buf_printf(&buf, "%s-%d", "a", -5);
    buf_printf(&buf, "%s", "");
    buf_printf(&buf, "%*s", 200, "z");
    assert_int_equal(buf.size, 204);
    assert_memory_equal(buf.data, "a--5 ", 5);
    assert_int_equal(buf.data[203], 'z');
    buf_release(&buf);
}

static const struct {
    const char *text;
    const char *json;
} strings[] = {
    { "", "" },
    { "plain", "plain" },
    { "\"\\/", "\\\"\\\\/" },
    { "\n\r\t", "\\n\\r\\t" },
    { "\x01\x1f\x7f", "\\u0001\\u001f\\u007f" },
    { "\b\f", "\\u0008\\u000c" },
    { "\xc3\xa9\xf0\x9f\x98\x80", "\xc3\xa9\xf0\x9f\x98\x80" },
    { "a\xff" "b", "a\\ufffdb" },
    { "\xe2\x82", "\\ufffd\\ufffd" },
    { "</script>", "</script>" },
};

static void test_json(void **state)
{
    struct buf buf = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++) {
        buf_reset(&buf);
        buf_text(&buf, "<");
        buf_json(&buf, strings[i].text);
        assert_string_equal(buf.data + 1, strings[i].json);
    }
    buf_release(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow),        cmocka_unit_test(test_reset_keeps_the_memory),
        cmocka_unit_test(test_reserve),     cmocka_unit_test(test_add_nothing),
        cmocka_unit_test(test_printf),      cmocka_unit_test(test_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
