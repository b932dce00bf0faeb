/* Whose trace an event continues, and what an event that is only sent on keeps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "people.h"
#include "virtual_clock.h"
#include "worker/ids.h"

#define TRACE "0123456789abcdef0123456789abcdef"
#define SPAN "00f067aa0ba902b7"
#define SENT "00-" TRACE "-" SPAN "-01"
#define HEADERS_MAX 4

/* ---------------------------------------------------------------- the header itself */
static const struct {
    const char *text;
    const char *taken; /* NULL: malformed */
} forms[] = {
    { SENT, SENT },
    { "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
    { "00-" TRACE "-" SPAN "-ff", SENT }, /* flags that version 00 doesn't know */
    { "00-" TRACE "-" SPAN "-02", "00-" TRACE "-" SPAN "-00" },
    { "cc-" TRACE "-" SPAN "-01", SENT }, /* a later version: what 00 knows of it */
    { "cc-" TRACE "-" SPAN "-01-and-more", SENT },
    { "cc-" TRACE "-" SPAN "-01.and-more", NULL },
    { "00-" TRACE "-" SPAN "-01-", NULL },
    { "ff-" TRACE "-" SPAN "-01", NULL },
    { "0x-" TRACE "-" SPAN "-01", NULL },
    { "00-" TRACE "-" SPAN "-0", NULL },
    { "00-" TRACE "-" SPAN "-0G", NULL },
    { "00_" TRACE "-" SPAN "-01", NULL },
    { "00-" TRACE "_" SPAN "-01", NULL },
    { "00-" TRACE "-" SPAN "_01", NULL },
    { "00-0123456789ABCDEF0123456789abcdef-" SPAN "-01", NULL },
    { "00-00000000000000000000000000000000-" SPAN "-01", NULL },
    { "00-" TRACE "-0000000000000000-01", NULL },
    { "", NULL },
    { "nonsense", NULL },
};

static void test_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        char *bytes = malloc(strlen(forms[i].text) + 1), out[TRACE_SIZE] = "untouched";
        assert_non_null(bytes);
        memcpy(bytes, forms[i].text, strlen(forms[i].text)); /* no NUL: a header has none */
        bool taken = trace_take(bytes, strlen(forms[i].text), out);
        if (taken != (forms[i].taken != NULL))
            fail_msg("%s: taken is %d", forms[i].text, taken);
        assert_string_equal(out, taken ? forms[i].taken : "untouched");
        free(bytes);
    }
    char inside[] = SENT, out[TRACE_SIZE];
    inside[20] = '\0';
    assert_false(trace_take(inside, sizeof inside - 1, out));
}

/* These values are for ever: other programs may compute them from an id. */
static void test_derived(void **state)
{
    char trace[TRACE_SIZE], again[TRACE_SIZE], other[TRACE_SIZE];
    (void)state;

    trace_start("rating-submitted", "A1", trace);
    assert_string_equal(trace, "00-6cf45ab1bbd44b5431164957be425212-84e79c768dbcf473-00");
    trace_step(trace, "E1");
    assert_string_equal(trace, "00-6cf45ab1bbd44b5431164957be425212-08fafb07b595b0e3-00");
    assert_true(trace_take(trace, strlen(trace), again));
    assert_string_equal(again, trace);
    trace_start("rating-submittedA", "1", other);
    assert_memory_not_equal(other + 3, trace + 3, 32);
}

/* ---------------------------------------------------------------- in a world */
struct sent {
    const char *id, *source, *time, *traceparent; /* headers; NULL: none */
};

static size_t headers_of(const struct sent *sent, struct bus_header *out)
{
    const char *const named[HEADERS_MAX][2] = { { "ce_id", sent->id },
                                                { "ce_source", sent->source },
                                                { "ce_time", sent->time },
                                                { "traceparent", sent->traceparent } };
    size_t count = 0;

    for (size_t i = 0; i < HEADERS_MAX; i++)
        if (named[i][1])
            out[count++] = (struct bus_header){ named[i][0], named[i][1], strlen(named[i][1]) };
    return count;
}

/* shift 1: on a partition that isn't its key's. spoil: a byte too many. */
static void tell(struct world *w, enum event_type type, const void *event, const struct sent *sent,
                 int32_t shift, bool spoil)
{
    const char *key = event_key(type, event);
    struct bus_header headers[HEADERS_MAX];
    struct buf bytes = { 0 };
    struct err err;

    assert_int_equal(codec_encode(w->codec, type, event, &bytes, &err), 0);
    if (spoil)
        buf_text(&bytes, "x");
    struct bus_record record = { .topic = event_row(type)->topic,
                                 .partition = (world_bucket(w, key) + shift) % w->partitions,
                                 .key = key, .key_size = strlen(key), .value = bytes.data,
                                 .value_size = bytes.size, .headers = headers,
                                 .header_count = headers_of(sent, headers) };
    (void)bus_ram_append(w->broker, &record);
    buf_release(&bytes);
}

static void has(const struct bus_message *m, const char *name, const char *wanted)
{
    char value[PARCEL_TEXT_MAX];

    world_header(m, name, value, sizeof value);
    if (strcmp(value, wanted) != 0)
        fail_msg("%s is \"%s\", not \"%s\"", name, value, wanted);
}

/* The trace with the parent-id of the event seen. */
static void continues(const struct seen *seen, const char *from)
{
    char wanted[TRACE_SIZE];

    assert_int_equal(strlen(from), TRACE_SIZE - 1);
    memcpy(wanted, from, TRACE_SIZE);
    trace_step(wanted, seen->id);
    has(&seen->m, "traceparent", wanted);
}

static const struct {
    struct sent sent;
    const char *started_by; /* NULL: the trace came with the event */
} inputs[] = {
    { { "E1", NULL, NULL, SENT }, NULL },
    { { NULL, NULL, NULL, SENT }, NULL },
    { { "E1", NULL, NULL, NULL }, "E1" },
    { { "E1", NULL, NULL, "00-" TRACE "-" SPAN }, "E1" },
    { { NULL, NULL, NULL, NULL }, "participant-enrolled/0/0" },
    { { "an id that is longer than the forty bytes", NULL, NULL, "no" },
      "participant-enrolled/0/0" },
};

static void test_continued(void **state)
{
    struct participant_enrolled enrolled = an_enrolment(1, "2023");
    (void)state;

    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        struct world w;
        struct process *p[FACT_WORKERS];
        struct seen seen;
        char from[TRACE_SIZE] = SENT;
        world_open(&w, 1, 1);
        world_start_facts(&w, p);
        tell_all_but_enrolment(&w, 1);
        world_settle(&w);
        tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled, &inputs[i].sent, 0, false);
        world_settle(&w);
        assert_int_equal(world_seen(&w, EVENT_INCENTIVE_SCHEDULED, &seen, 1), 1);
        if (inputs[i].started_by)
            trace_start("participant-enrolled", inputs[i].started_by, from);
        continues(&seen, from);
        has(&seen.m, "ce_source", "/insentif/enrolment-worker");
        world_close(&w);
    }
}

/* Several of one participant in a batch: what the change tells continues the last one taken. */
static void test_last_taken(void **state)
{
    struct world w;
    struct process *p[FACT_WORKERS];
    struct seen seen;
    struct participant_enrolled enrolled = an_enrolment(1, "2023"), other = an_enrolment(2, "2023");
    static const struct sent first = { "E1", NULL, NULL, NULL }, last = { "E2", NULL, NULL, SENT },
                             bad = { "E3", NULL, NULL, NULL };
    (void)state;

    world_open(&w, 1, 1);
    world_start_facts(&w, p);
    tell_all_but_enrolment(&w, 1);
    world_settle(&w);
    tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled, &first, 0, false);
    tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled, &last, 0, false);
    tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled, &bad, 0, true);
    tell(&w, EVENT_PARTICIPANT_ENROLLED, &other, &bad, 0, false);
    world_settle(&w);
    assert_int_equal(world_seen(&w, EVENT_INCENTIVE_SCHEDULED, &seen, 1), 1);
    continues(&seen, SENT);
    world_close(&w);
}

/* What stands in the outbox is told by the next owner, with the trace it had. */
static void test_in_the_outbox(void **state)
{
    static const struct sent sent = { "E1", NULL, NULL, SENT };
    struct participant_enrolled enrolled = an_enrolment(1, "2023");
    struct world w;
    struct process *p[FACT_WORKERS];
    struct seen seen;
    (void)state;

    world_open(&w, 1, 1);
    world_start_facts(&w, p);
    tell_all_but_enrolment(&w, 1);
    world_settle(&w);
    p[ENROLMENT]->view.mute = true;
    tell(&w, EVENT_PARTICIPANT_ENROLLED, &enrolled, &sent, 0, false);
    for (int i = 0; i < 50 && world_in_outbox(&w, p[ENROLMENT]->spec, 0) == 0; i++)
        world_turn(&w, p[ENROLMENT]);
    assert_int_equal(world_in_outbox(&w, p[ENROLMENT]->spec, 0), 2);
    assert_int_equal(world_count(&w, EVENT_INCENTIVE_SCHEDULED), 0);
    assert_int_equal(world_count(&w, EVENT_ACCOUNT_USED), 0);
    world_kill(&w, p[ENROLMENT], false);
    (void)world_start(&w, &fact_workers[ENROLMENT]);
    world_settle(&w);
    assert_int_equal(world_seen(&w, EVENT_INCENTIVE_SCHEDULED, &seen, 1), 1);
    continues(&seen, SENT);
    assert_int_equal(world_seen(&w, EVENT_ACCOUNT_USED, &seen, 1), 1);
    continues(&seen, SENT);
    world_close(&w);
}

/* ---------------------------------------------------------------- what is sent on */
#define LONG_50 "/0123456789abcdefghij0123456789abcdefghij012345678"

static const struct kept {
    struct sent sent;
    const char *source, *time, *traceparent; /* NULL: the worker's, the record's, one started */
} kept[] = {
    { { "E1", "/platform/pintaria", "2026-02-27T08:15:30.250+07:00", SENT },
      "/platform/pintaria", "2026-02-27T01:15:30.250Z", SENT },
    { { "E1", "/platform/pintaria", NULL, NULL }, "/platform/pintaria", NULL, NULL },
    { { "E1", NULL, "2026-02-27T01:15:30Z", "00-x" }, NULL, "2026-02-27T01:15:30.000Z", NULL },
    { { "E1", "", "yesterday", "" }, NULL, NULL, NULL },
    { { "E1", "/4111111111111111", NULL, SENT }, NULL, NULL, SENT }, /* R20 */
    { { "E1", "/no\xff" "utf8", NULL, SENT }, NULL, NULL, SENT },
    { { "E1", LONG_50 LONG_50 LONG_50 LONG_50 LONG_50 LONG_50, NULL, SENT }, NULL, NULL, SENT },
};

static void check_kept(const struct kept *k, const struct bus_message *m)
{
    char at[STR_TIME_MAX], started[TRACE_SIZE];

    str_time(CLOCK_START_MS, at);
    trace_start("rating-submitted", "E1", started);
    has(m, "ce_source", k->source ? k->source : "/insentif/rating-worker");
    has(m, "ce_time", k->time ? k->time : at);
    has(m, "traceparent", k->traceparent ? k->traceparent : started);
}

static void test_rerouted(void **state)
{
    struct rating_submitted rated = a_rating(1, "course-1", 4, "");
    (void)state;

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct world w;
        struct seen seen[2];
        world_open(&w, 2, 1);
        (void)world_start(&w, &fact_workers[RATING]);
        tell(&w, EVENT_RATING_SUBMITTED, &rated, &kept[i].sent, 1, false);
        world_settle(&w);
        assert_int_equal(world_seen(&w, EVENT_RATING_SUBMITTED, seen, 2), 2);
        const struct seen *sent_on = &seen[world_bucket(&w, person(1))];
        assert_string_equal(sent_on->id, "E1");
        check_kept(&kept[i], &sent_on->m);
        world_close(&w);
    }
}

static void test_dead(void **state)
{
    struct rating_submitted rated = a_rating(1, "course-1", 4, "");
    (void)state;

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        struct world w;
        struct seen seen;
        world_open(&w, 2, 1);
        (void)world_start(&w, &fact_workers[RATING]);
        tell(&w, EVENT_RATING_SUBMITTED, &rated, &kept[i].sent, 0, true);
        world_settle(&w);
        assert_int_equal(world_seen(&w, EVENT_DEAD_LETTER, &seen, 1), 1);
        assert_string_not_equal(seen.id, "E1");
        has(&seen.m, "ce_type", "dead-letter");
        check_kept(&kept[i], &seen.m);
        world_close(&w);
    }
}

/* ---------------------------------------------------------------- parcels */
static void test_of_an_instalment(void **state)
{
    struct transfer_retry retry = { .participant_id = "p0001", .instalment_id = "I1",
                                    .failure_id = "F1", .reason = REASON_CUT_OFF };
    struct rating_submitted rated = a_rating(1, "course-1", 4, "");
    struct world w;
    struct parcel parcel;
    struct buf packed = { 0 };
    struct err err;
    char wanted[TRACE_SIZE];
    (void)state;

    world_open(&w, 1, 1);
    struct process *p = world_start(&w, &fact_workers[RATING]);
    shell_pack(p->shell, 0, EVENT_TRANSFER_RETRY, &retry, "p0001", "E1", 7, 8, &packed);
    assert_int_equal(parcel_unpack(packed.data, packed.size, &parcel, &err), 0);
    trace_start("instalment", "I1", wanted);
    trace_step(wanted, "E1");
    assert_string_equal(parcel.traceparent, wanted);
    assert_string_equal(parcel.source, "");
    buf_reset(&packed);
    shell_pack(p->shell, 0, EVENT_RATING_SUBMITTED, &rated, "p0001", "E2", 7, 8, &packed);
    assert_int_equal(parcel_unpack(packed.data, packed.size, &parcel, &err), 0);
    trace_start("rating-submitted", "E2", wanted);
    trace_step(wanted, "E2");
    assert_string_equal(parcel.traceparent, wanted);
    buf_release(&packed);
    world_close(&w);
}

static void test_parcels(void **state)
{
    struct parcel parcel = { .topic = "case-opened", .partition = 3, .key = "p", .id = "E",
                             .type = "t", .source = "/platform/pintaria", .traceparent = SENT,
                             .version = -5, .time_ms = INT64_MAX, .value = "value",
                             .value_size = 5 };
    struct parcel out;
    struct buf packed = { 0 };
    struct err err;
    (void)state;

    parcel_pack(&parcel, &packed);
    assert_int_equal(parcel_unpack(packed.data, packed.size, &out, &err), 0);
    assert_string_equal(out.source, parcel.source);
    assert_string_equal(out.traceparent, SENT);
    assert_int_equal(out.value_size, 5);
    for (size_t size = 0; size < packed.size; size++)
        assert_int_equal(parcel_unpack(packed.data, size, &out, &err), -1);
    /* As a worker of before left it: format 1, no source. */
    size_t source = packed.size - 6 - strlen(parcel.source) - 1;
    memmove(packed.data + source, packed.data + packed.size - 6, 6);
    packed.data[0] = 1;
    assert_int_equal(parcel_unpack(packed.data, source + 6, &out, &err), 0);
    assert_string_equal(out.source, "");
    assert_memory_equal(out.value, "value", 5);
    packed.data[0] = 3;
    assert_int_equal(parcel_unpack(packed.data, source + 6, &out, &err), -1);
    buf_release(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_derived),
        cmocka_unit_test(test_continued),
        cmocka_unit_test(test_last_taken),
        cmocka_unit_test(test_in_the_outbox),
        cmocka_unit_test(test_rerouted),
        cmocka_unit_test(test_dead),
        cmocka_unit_test(test_of_an_instalment),
        cmocka_unit_test(test_parcels),
    };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
