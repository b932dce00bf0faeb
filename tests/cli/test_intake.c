/* From a line to an event: what is sealed, masked, refused, and which ids come of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <insentif/intake.h>

#include "codec/codec.h"
#include "seal/seal.h"

#define NOW_MS INT64_C(1770000000000)
#define LINK(account)                                                                              \
    "{\"participant_id\":\"PST-1\",\"account_ref\":\"acc-1\",\"partner\":\"GOPAY\","               \
    "\"sealed_account\":" account ",\"linked_at_ms\":1601870400000,"                               \
    "\"source_version\":1601870400000}"
#define GOOD_ACCOUNT "{\"number\":\"628110009018\",\"name\":\"PESERTA UJI\",\"bank_code\":\"\"}"
#define RATE(review)                                                                               \
    "{\"participant_id\":\"PST-1\",\"course_id\":\"CRS-1\",\"stars\":5,\"review\":" review ","     \
    "\"channel\":\"PLATFORM\",\"submitted_at_ms\":1601870400000}"

static char public_key[SEAL_KEY_TEXT_MAX], secret_key[SEAL_KEY_TEXT_MAX];

static struct intake *open_for(enum event_type type)
{
    struct err err;
    struct intake *intake = intake_open(type, public_key, NOW_MS, &err);

    assert_non_null(intake);
    return intake;
}

static int take(struct intake *intake, const char *line, struct parcel *parcel, struct err *err)
{
    *err = (struct err){ .kind = ERR_NONE };
    return intake_line(intake, line, strlen(line), parcel, err);
}

static void decoded(enum event_type type, const struct parcel *parcel, void *event)
{
    struct err err;
    struct codec *codec = codec_open(&err);

    assert_non_null(codec);
    assert_int_equal(codec_decode(codec, type, parcel->value, parcel->value_size, event, &err), 0);
    codec_close(codec);
}

static bool holds(const struct parcel *parcel, const char *text)
{
    const char *value = parcel->value;
    size_t size = strlen(text);

    for (size_t i = 0; i + size <= parcel->value_size; i++)
        if (memcmp(value + i, text, size) == 0)
            return true;
    return false;
}

/* ---------------------------------------------------------------- sealing */
static void an_account_in_clear_is_sealed(void **state)
{
    struct intake *intake = open_for(EVENT_ACCOUNT_LINKED);
    struct parcel parcel;
    struct account_linked event;
    struct seal_account account;
    struct err err;

    (void)state;
    assert_int_equal(take(intake, LINK(GOOD_ACCOUNT), &parcel, &err), 0);
    assert_string_equal(parcel.key, "PST-1");
    assert_string_equal(parcel.topic, "account-linked");
    assert_false(holds(&parcel, "628110009018"));
    decoded(EVENT_ACCOUNT_LINKED, &parcel, &event);
    struct seal *seal = seal_open(public_key, secret_key, &err);
    assert_int_equal(seal_get(seal, event.sealed_account.at, event.sealed_account.size, &account,
                              &err), 0);
    assert_string_equal(account.number, "628110009018");
    assert_string_equal(account.name, "PESERTA UJI");
    assert_string_equal(account.bank_code, "");
    seal_close(seal);
    intake_close(intake);
}

static void ids_stay_the_same(void **state)
{
    struct intake *intake = open_for(EVENT_ACCOUNT_LINKED);
    struct parcel first, again, other;
    char trace[TRACE_SIZE];
    struct err err;
    char box[SEAL_BOX_MAX * 2] = "";
    size_t size;

    (void)state;
    assert_int_equal(take(intake, LINK(GOOD_ACCOUNT), &first, &err), 0);
    size = first.value_size < sizeof box ? first.value_size : sizeof box;
    memcpy(box, first.value, size);
    assert_int_equal(take(intake, LINK(GOOD_ACCOUNT), &again, &err), 0);
    assert_string_equal(first.id, again.id);
    trace_start("account-linked", first.id, trace); /* what workers would start */
    assert_string_equal(first.traceparent, trace);
    assert_string_equal(again.traceparent, trace);
    assert_true(size != again.value_size || memcmp(box, again.value, size) != 0);
    assert_int_equal(take(intake,
                          "{\"participant_id\":\"PST-1\",\"account_ref\":\"acc-1\","
                          "\"partner\":\"GOPAY\",\"sealed_account\":\"AAAA\","
                          "\"linked_at_ms\":1601870400000,"
                          "\"source_version\":1601870400001}",
                          &other, &err), 0);
    assert_string_not_equal(first.id, other.id);
    intake_close(intake);
}

static void accounts_without_a_key_are_refused(void **state)
{
    struct parcel parcel;
    struct err err;
    struct intake *intake = intake_open(EVENT_ACCOUNT_LINKED, "", NOW_MS, &err);

    (void)state;
    assert_non_null(intake);
    assert_int_equal(take(intake, LINK(GOOD_ACCOUNT), &parcel, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_non_null(strstr(err.text, "INSENTIF_SEAL_PUBLIC_KEY"));
    assert_int_equal(take(intake, LINK("\"AAAA\""), &parcel, &err), 0);
    intake_close(intake);
    assert_null(intake_open(EVENT_ACCOUNT_LINKED, "no key", NOW_MS, &err));
}

/* ---------------------------------------------------------------- refusals */
struct refusal {
    enum event_type type;
    const char *line;
    const char *says; /* the field, or what is wrong */
};

#define LONG_40 "1234567890123456789012345678901234567890"
static const struct refusal refusals[] = {
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"628\"}"), "sealed_account.name" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":628,\"name\":\"SITI\"}"), "sealed_account.number" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"" LONG_40 "\",\"name\":\"SITI\"}"),
      "sealed_account.number" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"628\",\"name\":\"SITI\",\"nik\":\"3171\"}"),
      "sealed_account" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"\",\"name\":\"SITI\"}"), "sealed_account" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"628\\u0000\",\"name\":\"SITI\"}"), "no JSON" },
    { EVENT_ACCOUNT_LINKED, LINK("{\"number\":\"628\",\"number\":\"629\",\"name\":\"SITI\"}"),
      "given twice" },
    { EVENT_ACCOUNT_LINKED, LINK("[]"), "sealed_account" },
    { EVENT_ACCOUNT_LINKED, "[" LINK(GOOD_ACCOUNT) "]", "no JSON object" },
    { EVENT_ACCOUNT_LINKED, "", "no JSON" },
    { EVENT_RATING_SUBMITTED, "{\"participant_id\":\"PST-1\"}", "course_id: missing" },
    { EVENT_RATING_SUBMITTED, "{\"stars\":4}{}", "no JSON" },
    { EVENT_RATING_SUBMITTED, RATE("7"), "review" },
    { EVENT_RATING_SUBMITTED, "\xff", "no JSON" },
};

static void bad_lines_name_the_field_and_no_value(void **state)
{
    static const char *const secrets[] = { "628", "629", "SITI", "3171", "12345" };

    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct intake *intake = open_for(refusals[i].type);
        struct parcel parcel;
        struct err err;
        assert_int_equal(take(intake, refusals[i].line, &parcel, &err), -1);
        if (err.kind != ERR_REJECT || !strstr(err.text, refusals[i].says))
            fail_msg("line %zu: %s", i, err.text);
        for (size_t s = 0; s < sizeof secrets / sizeof secrets[0]; s++)
            assert_null(strstr(err.text, secrets[s]));
        intake_close(intake);
    }
}

static void impossible_events_are_refused(void **state)
{
    struct intake *intake = open_for(EVENT_RATING_SUBMITTED);
    struct parcel parcel;
    struct err err;

    (void)state;
    assert_int_equal(take(intake,
                          "{\"participant_id\":\"PST-1\",\"course_id\":\"C\",\"stars\":9,"
                          "\"channel\":\"PLATFORM\",\"submitted_at_ms\":1601870400000}",
                          &parcel, &err), -1);
    assert_non_null(strstr(err.text, "stars"));
    assert_int_equal(take(intake,
                          "{\"participant_id\":\"PST-1\",\"course_id\":\"C\",\"stars\":4,"
                          "\"channel\":\"PLATFORM\",\"submitted_at_ms\":1770086400001}",
                          &parcel, &err), -1);
    assert_non_null(strstr(err.text, "submitted_at"));
    intake_close(intake);
}

/* ---------------------------------------------------------------- masks */
static void numbers_in_reviews_are_masked(void **state)
{
    static const struct {
        const char *review, *kept;
        int64_t masked;
    } rows[] = {
        { "\"bagus sekali\"", "bagus sekali", 0 },
        { "\"kartu 4111 1111 1111 1111 ya\"", "kartu **** **** **** **** ya", 1 },
        { "\"NIK 3171234567890001\"", "NIK ****************", 1 },
        { "\"OTP 123456\"", "OTP ******", 1 },
        { "\"12 bulan\"", "12 bulan", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char line[400];
        struct intake *intake = open_for(EVENT_RATING_SUBMITTED);
        struct parcel parcel;
        struct rating_submitted event;
        struct err err;
        (void)snprintf(line, sizeof line,
                       "{\"participant_id\":\"PST-1\",\"course_id\":\"CRS-1\",\"stars\":5,"
                       "\"review\":%s,\"channel\":\"PLATFORM\",\"submitted_at_ms\":1601870400000}",
                       rows[i].review);
        assert_int_equal(take(intake, line, &parcel, &err), 0);
        decoded(EVENT_RATING_SUBMITTED, &parcel, &event);
        assert_string_equal(event.review, rows[i].kept);
        assert_int_equal(intake_masked(intake), rows[i].masked);
        intake_close(intake);
    }
}

/* ---------------------------------------------------------------- lines */
static void expect_line(struct lines *lines, enum lines_answer answer, const char *text)
{
    const char *line = NULL;
    size_t size = 0;

    assert_int_equal(lines_next(lines, &line, &size), answer);
    if (!text)
        return;
    assert_int_equal(size, strlen(text));
    assert_memory_equal(line, text, size);
}

static struct lines *lines_from(FILE *file)
{
    assert_int_equal(fflush(file), 0);
    assert_int_equal(fseek(file, 0, SEEK_SET), 0);
    return lines_open(fileno(file));
}

static void lines_of_every_shape(void **state)
{
    FILE *file = tmpfile();

    (void)state;
    assert_non_null(file);
    (void)fprintf(file, "one\n\ntwo\r\n%*s\n", LINE_MAX_BYTES, "at the limit");
    (void)fprintf(file, "%*s\n", LINE_MAX_BYTES + 1, "over it");
    (void)fprintf(file, "%*s\nlast", 3 * 1024 * 1024, "far over it");
    struct lines *lines = lines_from(file);
    expect_line(lines, LINES_ONE, "one");
    expect_line(lines, LINES_ONE, "");
    expect_line(lines, LINES_ONE, "two\r");
    expect_line(lines, LINES_ONE, NULL);
    expect_line(lines, LINES_LONG, NULL);
    expect_line(lines, LINES_LONG, NULL);
    expect_line(lines, LINES_ONE, "last");
    expect_line(lines, LINES_END, NULL);
    expect_line(lines, LINES_END, NULL);
    lines_close(lines);
    (void)fclose(file);
}

static void many_lines_across_chunks(void **state)
{
    FILE *file = tmpfile();
    char text[40];

    (void)state;
    assert_non_null(file);
    for (int i = 0; i < 200000; i++)
        (void)fprintf(file, "line number %d\n", i);
    struct lines *lines = lines_from(file);
    for (int i = 0; i < 200000; i++) {
        (void)snprintf(text, sizeof text, "line number %d", i);
        expect_line(lines, LINES_ONE, text);
    }
    expect_line(lines, LINES_END, NULL);
    lines_close(lines);
    (void)fclose(file);
}

static void a_folder_is_no_file(void **state)
{
    struct lines *lines = lines_open(-1);

    (void)state;
    expect_line(lines, LINES_BROKEN, NULL);
    lines_close(lines);
}

int main(void)
{
    struct err err;

    if (seal_make_keys(public_key, secret_key, &err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_account_in_clear_is_sealed),
        cmocka_unit_test(ids_stay_the_same),
        cmocka_unit_test(accounts_without_a_key_are_refused),
        cmocka_unit_test(bad_lines_name_the_field_and_no_value),
        cmocka_unit_test(impossible_events_are_refused),
        cmocka_unit_test(numbers_in_reviews_are_masked),
        cmocka_unit_test(lines_of_every_shape),
        cmocka_unit_test(many_lines_across_chunks),
        cmocka_unit_test(a_folder_is_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
