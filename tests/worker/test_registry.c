/* Confluent-framed events: the file that says what the ids are, and what becomes of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "people.h"
#include "policy/facts.h"
#include "worker/registry.h"

static char folder[] = "/tmp/insentif-registry-XXXXXX", ids[sizeof folder + 8];

static void path_of(const char *name, char *out, size_t cap)
{
    (void)snprintf(out, cap, "%s/%s", folder, name);
}

static void put(const char *name, const void *text, size_t size)
{
    char path[128];

    path_of(name, path, sizeof path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static int open_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    path_of("ids", ids, sizeof ids);
    return 0;
}

static int close_folder(void **state)
{
    static const char *const names[] = { "ids", "rating.avsc", "case.avsc", "long.avsc" };
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        path_of(names[i], path, sizeof path);
        (void)unlink(path);
    }
    return rmdir(folder) == 0 ? world_done(state) : -1;
}

/* ---------------------------------------------------------------- the file */
#define AN_OLDER_RATING                                                                            \
    "{\"type\":\"record\",\"name\":\"RatingSubmitted\",\"fields\":["                               \
    "{\"name\":\"course_id\",\"type\":\"string\"},"                                                \
    "{\"name\":\"participant_id\",\"type\":\"string\"},"                                           \
    "{\"name\":\"stars\",\"type\":\"int\"},"                                                       \
    "{\"name\":\"channel\",\"type\":"                                                              \
    "{\"type\":\"enum\",\"name\":\"C\",\"symbols\":[\"DASHBOARD\"]}},"                             \
    "{\"name\":\"submitted_at_ms\",\"type\":\"long\"}]}"

static const struct {
    const char *text;
    const char *says; /* "": good */
} files[] = {
    { "", "" },
    { "\n\n# nothing\n  # nothing\r\n", "" },
    { "17 training-completed\n18\trating-submitted\r\n0 case-opened", "" },
    { "2147483647 rating-submitted rating.avsc", "" },
    { "17 case-opened\n17 case-opened", "" },
    { "17", "line 1: must be an id, an event" },
    { "# a\n\n17 case-opened case.avsc x\n", "line 3: must be an id, an event" },
    { "x17 case-opened", "line 1: the id must be a whole number from 0 to 2147483647" },
    { "-1 case-opened", "line 1: the id must be a whole number" },
    { "2147483648 case-opened", "line 1: the id must be a whole number" },
    { "17 case-opened\n18 case-closed\n", "line 2: there is no event case-closed" },
    { "17 case-opened\n17 rating-submitted", "line 2: schema id 17 is bound to another schema" },
    { "17 case-opened rating.avsc",
      "line 1: schema id 17: it is a schema of rating-submitted" },
    { "17 case-opened case.avsc", "line 1: schema id 17: no Avro schema" },
    { "17 case-opened none.avsc", "line 1: none.avsc: it can't be opened: No such file" },
    { "17 case-opened /", "line 1: /: it can't be read" },
    { "17 case-opened long.avsc", "line 1: long.avsc: it is longer than 65536 bytes" },
    { "17 case-opened \xff", "it isn't UTF-8 text" },
};

static void test_file(void **state)
{
    char *long_text = calloc(1, REGISTRY_FILE_MAX + 1);
    struct err err;
    (void)state;

    assert_non_null(long_text);
    memset(long_text, '#', REGISTRY_FILE_MAX + 1);
    put("long.avsc", long_text, REGISTRY_FILE_MAX + 1);
    put("rating.avsc", AN_OLDER_RATING, strlen(AN_OLDER_RATING));
    put("case.avsc", "{}", 2);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct codec *codec = codec_open(&err);
        assert_non_null(codec);
        put("ids", files[i].text, strlen(files[i].text));
        err = (struct err){ 0 };
        int rc = registry_bind(codec, ids, &err);
        if (rc != (files[i].says[0] ? -1 : 0) || !strstr(err.text, files[i].says))
            fail_msg("\"%s\": %s", files[i].text, err.text);
        if (rc < 0) {
            assert_int_equal(err.kind, ERR_FATAL);
            assert_int_equal(strncmp(err.text, ids, strlen(ids)), 0);
        }
        codec_close(codec);
    }
    free(long_text);
}

static void test_too_much(void **state)
{
    struct buf text = { 0 };
    struct err err;
    (void)state;

    struct codec *codec = codec_open(&err);
    assert_non_null(codec);
    for (int i = 0; i <= CODEC_IDS_MAX; i++)
        buf_printf(&text, "%d rating-submitted\n", i);
    put("ids", text.data, text.size);
    assert_int_equal(registry_bind(codec, ids, &err), -1);
    assert_non_null(strstr(err.text, "line 257: more than 256 schema ids"));
    while (text.size <= REGISTRY_FILE_MAX)
        buf_text(&text, "1 rating-submitted\n");
    put("ids", text.data, text.size);
    assert_int_equal(registry_bind(codec, ids, &err), -1);
    assert_non_null(strstr(err.text, "ids: it is longer than 65536 bytes"));
    assert_int_equal(registry_bind(codec, "/nowhere/ids", &err), -1);
    assert_string_equal(err.text, "/nowhere/ids: it can't be opened: No such file or directory");
    buf_release(&text);
    codec_close(codec);
}

/* ---------------------------------------------------------------- the events */

/* Framed with the id instead of the fingerprint. */
static void tell_framed(struct world *w, const struct rating_submitted *rated, uint8_t id)
{
    const uint8_t frame[] = { 0, 0, 0, 1, id };
    struct buf ours = { 0 }, framed = { 0 };
    struct err err;

    assert_int_equal(codec_encode(w->codec, EVENT_RATING_SUBMITTED, rated, &ours, &err), 0);
    buf_add(&framed, frame, sizeof frame);
    buf_add(&framed, ours.data + CODEC_HEADER_SIZE, ours.size - CODEC_HEADER_SIZE);
    (void)world_tell_bytes(w, EVENT_RATING_SUBMITTED, -1, rated->participant_id,
                           strlen(rated->participant_id), framed.data, framed.size);
    buf_release(&ours);
    buf_release(&framed);
}

/* As the writer of AN_OLDER_RATING has it: course, participant, 3 stars, DASHBOARD, a time. */
static void tell_older(struct world *w, int number)
{
    struct buf bytes = { 0 };

    buf_add(&bytes, "\0\0\0\1\x09\x10" "course-1" "\x0a", 15);
    buf_text(&bytes, person(number));
    buf_add(&bytes, "\x06\0", 2);
    for (uint64_t bits = (uint64_t)people_now_ms << 1; bits > 0; bits >>= 7) {
        uint8_t byte = (uint8_t)(bits & 0x7f) | (bits > 0x7f ? 0x80 : 0);
        buf_add(&bytes, &byte, 1);
    }
    (void)world_tell_bytes(w, EVENT_RATING_SUBMITTED, -1, person(number), strlen(person(number)),
                           bytes.data, bytes.size);
    buf_release(&bytes);
}

static void test_events(void **state)
{
    static const char lines[] = "263 rating-submitted\n264 case-opened\n"
                                "265 rating-submitted rating.avsc\n";
    static const char *const reasons[] = { "no schema has the id 262", "written as case-opened" };
    static struct dead_letter letter;
    struct rating_submitted rated[3];
    struct seen seen[2];
    struct record r;
    struct world w;
    struct err err;
    (void)state;

    world_open(&w, 1, 1);
    put("ids", lines, sizeof lines - 1);
    put("rating.avsc", AN_OLDER_RATING, strlen(AN_OLDER_RATING));
    assert_int_equal(registry_bind(w.codec, ids, &err), 0);
    struct process *p = world_start(&w, &fact_workers[RATING]);
    for (int n = 0; n < 3; n++)
        rated[n] = a_rating(n, "course-1", 5, "bagus");
    tell_framed(&w, &rated[0], 6); /* nobody knows it */
    tell_framed(&w, &rated[1], 8); /* another event's */
    tell_framed(&w, &rated[2], 7);
    tell_older(&w, 3);
    world_settle(&w);
    world_check_rest(&w);
    for (int n = 0; n < 4; n++) {
        world_record(&w, person(n), &r);
        assert_int_equal(r.rating_count, n < 2 ? 0 : 1);
        assert_int_equal(n < 2 ? 0 : r.ratings[0].stars, n < 2 ? 0 : n == 2 ? 5 : 3);
    }
    assert_int_equal(world_seen(&w, EVENT_DEAD_LETTER, seen, 2), 2);
    for (int n = 0; n < 2; n++) {
        world_read(&w, EVENT_DEAD_LETTER, &seen[n].m, &letter);
        if (!strstr(letter.reason, reasons[n]))
            fail_msg("the reason is \"%s\"", letter.reason);
        assert_int_equal(letter.source_offset, n);
        assert_int_equal(letter.original.at[4], n == 0 ? 6 : 8);
    }
    assert_true(shell_ready(p->shell));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, open_folder, close_folder);
}
