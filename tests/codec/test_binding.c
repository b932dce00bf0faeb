/* A field that the writer lacks gets our .avsc's default, where it has one; no schema has yet. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "codec/binding.h"

static const char without_attempt[] =
    "{\"type\":\"record\",\"name\":\"IncentiveReleased\",\"fields\":["
    "{\"name\":\"participant_id\",\"type\":\"string\"},"
    "{\"name\":\"instalment_id\",\"type\":\"string\"},"
    "{\"name\":\"reason\",\"type\":{\"type\":\"enum\",\"name\":\"R\",\"symbols\":[\"CUT_OFF\"]}},"
    "{\"name\":\"held_since_ms\",\"type\":\"long\"}]}";

static void test_default(void **state)
{
    struct incentive_released event = { .attempt = 7, .reason = REASON_COUNT };
    struct blank blanks[EVENT_COUNT] = { 0 };
    struct err err = { 0 };

    (void)state;
    blanks[EVENT_INCENTIVE_RELEASED] = (struct blank){ .event = &event };
    assert_null(binding_open(without_attempt, blanks, &err));
    assert_string_equal(err.text, "field attempt isn't written and has no default");

    const struct event_type_row *row = event_row(EVENT_INCENTIVE_RELEASED);
    for (size_t i = 0; i < row->field_count; i++)
        blanks[EVENT_INCENTIVE_RELEASED].given[i] = strcmp(row->fields[i].name, "attempt") == 0 ||
                                                    row->fields[i].kind == FIELD_OPT_TEXT;
    struct binding *binding = binding_open(without_attempt, blanks, &err);
    assert_non_null(binding);
    assert_int_equal(binding_is_exact(binding, &err), -1);

    static const char datum[] = "\x02p\x02i\x00\x02";
    assert_int_equal(layout_walk(&binding->layout, (const uint8_t *)datum, 0, 6, &err), 0);
    avro_reader_t reader = avro_reader_memory(datum, 6);
    assert_int_equal(avro_value_read(reader, &binding->value), 0);
    assert_int_equal(binding_take(binding, &event, &err), 0);
    assert_int_equal(event.attempt, 7);
    assert_int_equal(event.reason, REASON_CUT_OFF);
    assert_true(event.held_since_ms == 1);
    avro_reader_free(reader);
    binding_close(binding);
    binding_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_default) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
