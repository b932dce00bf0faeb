/* Writers whose schema isn't ours: older, newer, and what is refused (codec.h). */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/codec.h"
#include "samples.h"

static struct codec *codec;
static struct buf message;
static struct err err;

static int open_codec(void **state)
{
    (void)state;
    codec = codec_open(&err);
    if (!codec)
        fail_msg("%s", err.text);
    return 0;
}

static int close_codec(void **state)
{
    (void)state;
    codec_close(codec);
    buf_release(&message);
    return 0;
}

static void bind(int32_t id, enum event_type type, const char *avsc)
{
    if (codec_bind_id(codec, id, type, avsc, &err) < 0)
        fail_msg("%s", err.text);
    buf_reset(&message);
    put_id(&message, id);
}

static void decode(enum event_type type, void *event)
{
    if (codec_decode(codec, type, message.data, message.size, event, &err) < 0)
        fail_msg("%s", err.text);
}

static void refused(enum event_type type, const char *says)
{
    void *event = sample_memory(type);

    err = (struct err){ 0 };
    assert_int_equal(codec_decode(codec, type, message.data, message.size, event, &err), -1);
    assert_int_equal(err.kind, ERR_REJECT);
    if (!strstr(err.text, says))
        fail_msg("'%s' should say '%s'", err.text, says);
    free(event);
}

#define RECORD(name, fields)                                                                       \
    "{\"type\":\"record\",\"name\":\"" name "\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"

/* Fewer fields, another order, an int for a long, a string for a nullable string. */
static void test_older_training(void **state)
{
    struct training_completed event;

    (void)state;
    bind(1, EVENT_TRAINING_COMPLETED,
         RECORD("TrainingCompleted",
                FIELD("reported_at_ms", "\"long\"") "," FIELD("completed_at_ms", "\"int\"") ","
                FIELD("certificate_id", "\"string\"") "," FIELD("platform", "\"string\"") ","
                FIELD("course_id", "\"string\"") "," FIELD("participant_id", "\"string\"")));
    put_long(&message, INT64_MIN);
    put_long(&message, -5);
    put_text(&message, "C-1");
    put_text(&message, "tokopedia");
    put_text(&message, "course");
    put_text(&message, "p-1");
    memset(&event, 0xaa, sizeof event);
    decode(EVENT_TRAINING_COMPLETED, &event);
    assert_string_equal(event.participant_id, "p-1");
    assert_string_equal(event.course_id, "course");
    assert_string_equal(event.platform, "tokopedia");
    assert_string_equal(event.certificate_id, "C-1");
    assert_string_equal(event.institution, "");
    assert_true(event.completed_at_ms == -5);
    assert_true(event.reported_at_ms == INT64_MIN);

    put_long(&message, 0);
    refused(EVENT_TRAINING_COMPLETED, "1 bytes after the end");
    message.size -= 2; /* the trailing byte and the last of p-1 */
    refused(EVENT_TRAINING_COMPLETED, "participant_id");
    refused(EVENT_RATING_SUBMITTED, "rating-submitted: written as training-completed");
}

static void test_int_for_long_is_still_an_int(void **state)
{
    (void)state;
    buf_reset(&message);
    put_id(&message, 1);
    put_long(&message, 1);
    put_long(&message, (int64_t)INT32_MAX + 1);
    put_text(&message, "C-1");
    put_text(&message, "tokopedia");
    put_text(&message, "course");
    put_text(&message, "p-1");
    refused(EVENT_TRAINING_COMPLETED, "completed_at_ms at byte 6 of 36: not an int of 32 bits");
}

#define OLD_CHECK                                                                                  \
    RECORD("EligibilityChecked",                                                                   \
           FIELD("participant_id", "\"string\"") ","                                               \
           FIELD("outcome", "{\"type\":\"enum\",\"name\":\"O\",\"symbols\":"                       \
                            "[\"FAIL\",\"MAYBE\",\"PASS\"]}") ","                                  \
           FIELD("check", "{\"type\":\"enum\",\"name\":\"C\",\"symbols\":"                         \
                          "[\"PHONE_OWNER\",\"ACCOUNT_KYC\"]}") ","                                \
           FIELD("reason", "[{\"type\":\"enum\",\"name\":\"R\",\"symbols\":"                       \
                           "[\"UNKNOWN_CODE\",\"NONE\"]},\"null\"]") ","                           \
           FIELD("source_version", "\"long\"") "," FIELD("checked_at_ms", "\"long\""))

/* Symbols are matched by name; a union may have null at any place. */
static void test_enums_by_name(void **state)
{
    static const struct {
        int64_t outcome, check, branch, reason; /* reason -1: not written */
        int32_t is_outcome, is_check, is_reason;
    } rows[] = {
        { 0, 0, 0, 0, OUTCOME_FAIL, CHECK_PHONE_OWNER, REASON_UNKNOWN_CODE },
        { 2, 1, 0, 1, OUTCOME_PASS, CHECK_ACCOUNT_KYC, REASON_NONE },
        { 2, 1, 1, -1, OUTCOME_PASS, CHECK_ACCOUNT_KYC, REASON_COUNT },
    };
    struct eligibility_checked event;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bind(2, EVENT_ELIGIBILITY_CHECKED, OLD_CHECK);
        put_text(&message, "p-1");
        put_long(&message, rows[i].outcome);
        put_long(&message, rows[i].check);
        put_long(&message, rows[i].branch);
        if (rows[i].reason >= 0)
            put_long(&message, rows[i].reason);
        put_long(&message, 8);
        put_long(&message, 9);
        decode(EVENT_ELIGIBILITY_CHECKED, &event);
        assert_int_equal(event.outcome, rows[i].is_outcome);
        assert_int_equal(event.check, rows[i].is_check);
        assert_int_equal(event.reason, rows[i].is_reason);
        assert_true(event.source_version == 8 && event.checked_at_ms == 9);
        assert_string_equal(event.account_ref, "");
    }
}

static void test_symbol_that_is_not_ours(void **state)
{
    (void)state;
    bind(2, EVENT_ELIGIBILITY_CHECKED, OLD_CHECK);
    put_text(&message, "p-1");
    put_long(&message, 1); /* MAYBE */
    refused(EVENT_ELIGIBILITY_CHECKED,
            "outcome at byte 9 of 10: a symbol that this version doesn't");
    buf_reset(&message);
    put_id(&message, 2);
    put_text(&message, "p-1");
    put_long(&message, 0);
    put_long(&message, 2); /* in our list, not in the writer's */
    refused(EVENT_ELIGIBILITY_CHECKED, "check at byte 10 of 11: no symbol of the writer's schema");
}

#define RETRY_FIELDS                                                                               \
    FIELD("instalment_id", "\"string\"") "," FIELD("attempt", "\"int\"") ","                       \
    FIELD("failure_id", "\"string\"") ","                                                          \
    FIELD("stage", "{\"type\":\"enum\",\"name\":\"S\",\"symbols\":[\"CHECK\",\"TRANSFER\"]}") ","  \
    FIELD("reason", "{\"type\":\"enum\",\"name\":\"R\",\"symbols\":[\"NONE\",\"CUT_OFF\"]}") ","   \
    FIELD("not_before_ms", "\"long\"")
#define NEW_FIELDS                                                                                 \
    FIELD("x_null", "\"null\"") "," FIELD("x_bool", "\"boolean\"") "," FIELD("x_int", "\"int\"")   \
    "," FIELD("x_long", "\"long\"") "," FIELD("x_float", "\"float\"") ","                          \
    FIELD("x_double", "\"double\"") "," FIELD("x_bytes", "\"bytes\"") ","                          \
    FIELD("x_string", "\"string\"") ","                                                            \
    FIELD("x_fixed", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":3}") ","                         \
    FIELD("x_enum", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}") ","            \
    FIELD("x_again", "\"E\"") ","                                                                  \
    FIELD("x_union", "[\"null\",\"int\",\"string\",\"double\",\"F\",\"E\"]")

/* Fields that we don't know, of every flat kind, before and between ours: stepped over. */
static void test_newer_retry(void **state)
{
    static const char *const branches[] = { "", "\x01", "\x02z", "12345678", "fix", "\x02" };
    static const size_t sizes[] = { 0, 1, 2, 8, 3, 1 };
    struct transfer_retry event;

    (void)state;
    for (size_t i = 0; i < sizeof branches / sizeof branches[0]; i++) {
        bind(3, EVENT_TRANSFER_RETRY,
             RECORD("TransferRetry",
                    NEW_FIELDS "," FIELD("participant_id", "\"string\"") "," RETRY_FIELDS));
        buf_add(&message, "\x01", 1); /* x_bool; x_null has no bytes */
        put_long(&message, INT32_MIN);
        put_long(&message, INT64_MIN);
        buf_add(&message, "1234", 4);     /* x_float */
        buf_add(&message, "12345678", 8); /* x_double */
        put_bytes(&message, "\0\xff", 2);
        put_bytes(&message, "\xff", 1); /* not UTF-8: nobody here reads it */
        buf_add(&message, "abc", 3);    /* x_fixed */
        put_long(&message, 1);          /* x_enum */
        put_long(&message, 0);          /* x_again */
        put_long(&message, (int64_t)i); /* x_union */
        buf_add(&message, branches[i], sizes[i]);
        put_text(&message, "p-1");
        put_text(&message, "i-1");
        put_long(&message, 3);
        put_text(&message, "f-1");
        put_long(&message, 1);
        put_long(&message, 1);
        put_long(&message, 77);
        decode(EVENT_TRANSFER_RETRY, &event);
        assert_string_equal(event.participant_id, "p-1");
        assert_string_equal(event.failure_id, "f-1");
        assert_int_equal(event.stage, STAGE_TRANSFER);
        assert_int_equal(event.reason, REASON_CUT_OFF);
        assert_true(event.attempt == 3 && event.not_before_ms == 77);
        while (message.size > 5) { /* each of the fields refuses to be cut short */
            message.size--;
            refused(EVENT_TRANSFER_RETRY, "transfer-retry: ");
        }
    }
}

static void test_hostile_bytes_in_unknown_fields(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *says;
    } rows[] = {
        { "\x02", 1, "x_bool at byte 5 of 6: neither true nor false" },
        { "\x01\x80\x80\x80\x80\x20", 6, "x_int at byte 6" },
        { "\x01\x00\x00" "1234" "12345678\x80\x80\x80\x80\x40", 20,
          "x_bytes at byte 20 of 25: too long" },
        { "\x01\x00\x00" "1234" "12345678\x00\x00" "abc\x04", 21,
          "x_enum at byte 25 of 26: no symbol" },
        { "\x01\x00\x00" "1234" "12345678\x00\x00" "abc\x00\x00\x0c", 23,
          "x_union at byte 27 of 28: no branch" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&message);
        put_id(&message, 3);
        buf_add(&message, rows[i].bytes, rows[i].size);
        refused(EVENT_TRANSFER_RETRY, rows[i].says);
    }
}

#define WITH(field)                                                                                \
    RECORD("TransferRetry", FIELD("participant_id", "\"string\"") "," RETRY_FIELDS "," field)

/* Schemas that can't be bound, and why. */
static const struct {
    const char *avsc;
    const char *says;
} unreadable[] = {
    { "", "no Avro schema" },
    { "nonsense", "no Avro schema" },
    { "{\"type\":\"record\"}", "no Avro schema" },
    { "\"string\"", "isn't a record" },
    { RECORD("SomethingElse", FIELD("a", "\"int\"")), "no event has a record SomethingElse" },
    { RECORD("trainingCompleted", FIELD("a", "\"int\"")), "no event has a record trainingC" },
    { RECORD("TransferRetr", FIELD("a", "\"int\"")), "no event has a record TransferRetr" },
    { RECORD("TransferRetry", RETRY_FIELDS),
      "field participant_id isn't written and has no default" },
    { WITH(FIELD("x", "{\"type\":\"array\",\"items\":\"int\"}")),
      "field x isn't flat: it holds a array" },
    { WITH(FIELD("x", "{\"type\":\"map\",\"values\":\"int\"}")),
      "field x isn't flat: it holds a map" },
    { WITH(FIELD("x", RECORD("Inner", FIELD("a", "\"int\"")))), "field x isn't flat" },
    { WITH(FIELD("x", "[\"null\",\"TransferRetry\"]")), "field x isn't flat" },
    { WITH(FIELD("x", "[\"null\",{\"type\":\"array\",\"items\":\"int\"}]")), "field x isn't flat" },
    { WITH(FIELD("x", "{\"type\":\"fixed\",\"name\":\"F\",\"size\":65537}")),
      "fixed to more than 65536" },
    { WITH(FIELD("x", "[\"null\",\"boolean\",\"int\",\"long\",\"float\",\"double\",\"string\","
                      "\"bytes\",{\"type\":\"fixed\",\"name\":\"F\",\"size\":1}]")),
      "field x is a union of 9" },
    { RECORD("TransferRetry", FIELD("participant_id", "[\"null\",\"string\"]") "," RETRY_FIELDS),
      "participant_id is written as a union, here it can't be null" },
    { RECORD("TransferRetry", FIELD("participant_id", "\"bytes\"") "," RETRY_FIELDS),
      "participant_id is written as bytes" },
    { RECORD("TransferRetry", FIELD("participant_id", "\"null\"") "," RETRY_FIELDS),
      "participant_id is written as null" },
    { RECORD("RatingSubmitted", FIELD("stars", "[\"null\",\"long\"]")),
      "stars is written as long" },
    { RECORD("RatingSubmitted", FIELD("channel", "\"string\"")), "channel is written as string" },
};

static void test_unreadable_schemas(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof unreadable / sizeof unreadable[0]; i++) {
        err = (struct err){ 0 };
        const char *avsc = unreadable[i].avsc;
        assert_int_equal(codec_bind_id(codec, 1000, EVENT_TRANSFER_RETRY, avsc, &err), -1);
        assert_int_equal(err.kind, ERR_REJECT);
        if (!strstr(err.text, unreadable[i].says) || !strstr(err.text, "schema id 1000: "))
            fail_msg("%zu: '%s' should say '%s'", i, err.text, unreadable[i].says);
    }
    const char *of_another = codec_schema(EVENT_CASE_OPENED);
    assert_int_equal(codec_bind_id(codec, 1000, EVENT_TRANSFER_RETRY, of_another, &err), -1);
    assert_string_equal(err.text, "schema id 1000: it is a schema of case-opened");
    buf_reset(&message);
    put_id(&message, 1000);
    refused(EVENT_TRANSFER_RETRY, "no schema has the id 1000");
}

static void test_too_much_schema(void **state)
{
    struct buf avsc = { 0 };

    (void)state;
    buf_text(&avsc, "{\"type\":\"record\",\"name\":\"TransferRetry\",\"fields\":[");
    for (int i = 0; i < 65; i++)
        buf_printf(&avsc, "%s{\"name\":\"x%d\",\"type\":\"int\"}", i ? "," : "", i);
    buf_text(&avsc, "]}");
    assert_int_equal(codec_bind_id(codec, 1000, EVENT_TRANSFER_RETRY, avsc.data, &err), -1);
    assert_non_null(strstr(err.text, "65 fields, at most 64"));
    while (avsc.size <= 65536)
        buf_text(&avsc, "                                                                ");
    assert_int_equal(codec_bind_id(codec, 1000, EVENT_TRANSFER_RETRY, avsc.data, &err), -1);
    assert_non_null(strstr(err.text, "longer than 65536 bytes"));
    buf_release(&avsc);
}

static void test_ids(void **state)
{
    const char *today = codec_schema(EVENT_TRANSFER_RETRY);
    struct transfer_retry event, again;

    (void)state;
    struct codec *other = codec_open(&err);
    assert_non_null(other);
    /* last to first: the order mustn't matter */
    for (int32_t id = CODEC_IDS_MAX - 1; id >= 0; id--)
        assert_int_equal(codec_bind_id(other, id * 3 - 100, EVENT_TRANSFER_RETRY, today, &err), 0);
    assert_int_equal(codec_bind_id(other, 1, EVENT_TRANSFER_RETRY, today, &err), -1);
    assert_non_null(strstr(err.text, "more than 256 schema ids"));
    assert_int_equal(codec_bind_id(other, -100, EVENT_TRANSFER_RETRY, today, &err),
                     0); /* the same again */
    const char *opened = codec_schema(EVENT_CASE_OPENED);
    assert_int_equal(codec_bind_id(other, -100, EVENT_CASE_OPENED, opened, &err), -1);
    assert_non_null(strstr(err.text, "schema id -100 is bound to another schema"));

    sample_most(EVENT_TRANSFER_RETRY, &event, SIZE_MAX);
    struct buf ours = { 0 };
    assert_int_equal(codec_encode(other, EVENT_TRANSFER_RETRY, &event, &ours, &err), 0);
    for (int32_t id = -101; id < (CODEC_IDS_MAX - 1) * 3 - 98; id++) {
        buf_reset(&message);
        put_id(&message, id);
        buf_add(&message, ours.data + CODEC_HEADER_SIZE, ours.size - CODEC_HEADER_SIZE);
        int rc = codec_decode(other, EVENT_TRANSFER_RETRY, message.data, message.size, &again,
                              &err);
        assert_int_equal(rc, (id + 100) % 3 == 0 && id >= -100 ? 0 : -1);
        if (rc == 0)
            assert_memory_equal(&event, &again, sizeof event);
    }
    buf_release(&ours);
    codec_close(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_older_training),
        cmocka_unit_test(test_int_for_long_is_still_an_int),
        cmocka_unit_test(test_enums_by_name),
        cmocka_unit_test(test_symbol_that_is_not_ours),
        cmocka_unit_test(test_newer_retry),
        cmocka_unit_test(test_hostile_bytes_in_unknown_fields),
        cmocka_unit_test(test_unreadable_schemas),
        cmocka_unit_test(test_too_much_schema),
        cmocka_unit_test(test_ids),
    };
    return cmocka_run_group_tests(tests, open_codec, close_codec);
}
