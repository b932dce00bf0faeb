/*
 * Schemas of schemas/history/ are read by their fingerprint. This test is linked with a made-up
 * history (history/), as long as the real one is none of its business.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "codec/codec.h"
#include "codec/embedded.h"
#include "samples.h"

static void put_fingerprint(struct buf *to, uint64_t fingerprint)
{
    uint8_t header[CODEC_HEADER_SIZE] = { 0xc3, 0x01 };

    for (unsigned i = 0; i < 8; i++)
        header[2 + i] = (uint8_t)(fingerprint >> (8 * i));
    buf_add(to, header, sizeof header);
}

static void put_old_training(struct buf *to)
{
    put_text(to, "c-1");
    put_text(to, "p-1");
    put_long(to, 1);
    put_text(to, "A+");
    put_text(to, "bukalapak");
    put_long(to, 0);
    put_long(to, 11);
    put_long(to, 12);
}

static void test_old_message(void **state)
{
    struct err err = { 0 };
    struct codec *codec = codec_open(&err);
    struct training_completed event;
    struct rating_submitted other;
    struct buf message = { 0 };
    size_t found = 0;

    (void)state;
    if (!codec)
        fail_msg("%s", err.text);
    for (size_t i = 0; i < embedded_schema_count; i++) {
        if (embedded_schemas[i].version != 1)
            continue;
        found++;
        assert_string_equal(embedded_schemas[i].topic, "training-completed");
        buf_reset(&message);
        put_fingerprint(&message, embedded_schemas[i].fingerprint);
        put_old_training(&message);
        if (codec_decode(codec, EVENT_TRAINING_COMPLETED, message.data, message.size, &event, &err))
            fail_msg("%s", err.text);
        assert_string_equal(event.participant_id, "p-1");
        assert_string_equal(event.course_id, "c-1");
        assert_string_equal(event.platform, "bukalapak");
        assert_string_equal(event.institution, "");
        assert_string_equal(event.certificate_id, "");
        assert_true(event.completed_at_ms == 11 && event.reported_at_ms == 12);
        assert_int_equal(codec_decode(codec, EVENT_RATING_SUBMITTED, message.data, message.size,
                                      &other, &err), -1);
        assert_non_null(strstr(err.text, "written as training-completed"));
    }
    assert_int_equal(found, 1);
    buf_release(&message);
    codec_close(codec);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_old_message) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
