#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/err.h"

static void test_set_and_prefix(void **state)
{
    struct err err = { 0 };

    (void)state;
    assert_int_equal(err_set(&err, ERR_RETRY, "redis is away for %d s", 3), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    assert_string_equal(err.text, "redis is away for 3 s");
    assert_int_equal(err_prefix(&err, "bucket 7"), -1);
    assert_int_equal(err.kind, ERR_RETRY);
    assert_string_equal(err.text, "bucket 7: redis is away for 3 s");
}

/* However long: cut, ended, never beyond the struct. */
static void test_long_text(void **state)
{
    struct err err = { 0 };
    char text[1000];

    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)err_set(&err, ERR_FATAL, "%s", text);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    for (int i = 0; i < 5; i++)
        (void)err_prefix(&err, text);
    assert_int_equal(strlen(err.text), ERR_TEXT_MAX - 1);
    (void)err_set(&err, ERR_FATAL, "short");
    (void)err_prefix(&err, "why");
    assert_string_equal(err.text, "why: short");
}

static void test_names(void **state)
{
    static const char *const names[] = { "none", "reject", "retry", "uncertain", "fatal" };

    (void)state;
    for (int i = ERR_NONE; i <= ERR_FATAL; i++)
        assert_string_equal(err_kind_name((enum err_kind)i), names[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_prefix),
        cmocka_unit_test(test_long_text),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
