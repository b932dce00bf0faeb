/* The desk between a partner's connection and RAM twins of Kafka and Redis. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "counter.h"
#include "letter.h"
#include "worker/ids.h"

#define OK "200 OK"
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

#define SNAP(code, message) "{\"responseCode\":\"" code "\",\"responseMessage\":\"" message "\"}"
#define GOOD SNAP("2004300", "Successful")
#define NOBODY SNAP("4014300", "Unauthorized")
#define LATER SNAP("5004300", "General Error")
#define UNKNOWN SNAP("4044301", "Transaction Not Found")

static void read_produced(struct world *w, size_t which, struct transfer_returned *out)
{
    struct bus_message message;
    struct err err;

    bus_ram_at(w->kafka, 0, home(), which, &message);
    assert_int_equal(codec_decode(w->codec, EVENT_TRANSFER_RETURNED, message.value,
                                  message.value_size, out, &err), 0);
}

static void test_returned(void **state)
{
    struct world *w = *state;
    struct transfer_returned e;
    struct bus_message message;
    int64_t now_ms = clock_wire_ms() / 1000 * 1000;

    notify(w, DANA_PATH, REFERENCE, "04", now_ms);
    assert_reply(w, OK, GOOD);
    assert_int_equal(produced(w), 1);
    assert_int_equal(bus_ram_count(w->kafka, 0, home()), 1);
    bus_ram_at(w->kafka, 0, home(), 0, &message);
    assert_int_equal(message.key_size, 5);
    assert_memory_equal(message.key, "PST-1", 5);
    read_produced(w, 0, &e);
    assert_null(event_impossible(EVENT_TRANSFER_RETURNED, &e, clock_wire_ms()));
    assert_string_equal(e.participant_id, "PST-1");
    assert_string_equal(e.instalment_id, INSTALMENT);
    assert_string_equal(e.reference, REFERENCE);
    assert_string_equal(e.raw_code, "04/PAYEE_ACCOUNT_CLOSED");
    assert_int_equal(e.attempt, 2);
    assert_int_equal(e.partner, PARTNER_DANA);
    assert_int_equal(e.amount_idr, 600000);
    assert_int_equal(e.reason, REASON_ACCOUNT_CLOSED);
    assert_int_equal(e.returned_at_ms, now_ms);
}

static void header(const struct world *w, size_t offset, const char *name, struct buf *out)
{
    struct bus_message message;
    struct bus_headers headers;

    bus_ram_at(w->kafka, 0, home(), offset, &message);
    bus_headers(&message, &headers);
    buf_reset(out);
    for (size_t i = 0; i < headers.count; i++)
        if (strcmp(headers.at[i].name, name) == 0)
            buf_add(out, headers.at[i].value, headers.at[i].size);
    assert_true(out->size > 0);
}

/* Told again, with the same words: the same event by its id, in the payment's own trace. */
static void test_twice(void **state)
{
    static const char *const names[] = { "ce_id", "ce_type", "ce_source", "traceparent" };
    struct world *w = *state;
    struct buf first = { 0 }, second = { 0 };

    int64_t at_ms = clock_wire_ms() - 60000;

    notify(w, DANA_PATH, REFERENCE, "04", at_ms);
    notify(w, DANA_PATH, REFERENCE, "04", at_ms);
    assert_reply(w, OK, GOOD);
    assert_int_equal(produced(w), 2);
    for (size_t i = 0; i < COUNT(names); i++) {
        header(w, 0, names[i], &first);
        header(w, 1, names[i], &second);
        assert_string_equal(first.data, second.data);
    }
    struct transfer_returned e;
    char id[ID_SIZE];
    read_produced(w, 0, &e);
    id_returned("DEV", &e, id); /* as insentif reconcile names it */
    header(w, 0, "ce_id", &first);
    assert_string_equal(first.data, id);
    buf_release(&first);
    buf_release(&second);
}

static void test_nothing_comes_of_it(void **state)
{
    static const struct {
        const char *path, *reference, *status, *http, *body;
        int64_t late_ms;
    } table[] = {
        { DANA_PATH, REFERENCE, "00", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "01", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "03", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "05", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "06", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "99", OK, GOOD, 0 },
        { DANA_PATH, REFERENCE, "4", "400", SNAP("4004301", "Invalid Field Format "
                                                 "latestTransactionStatus"), 0 },
        { DANA_PATH, REFERENCE, "04", "401", NOBODY, 310000 },
        { DANA_PATH, REFERENCE, "04", "401", NOBODY, -310000 },
        { "/v1/partners/ovo/notify", REFERENCE, "04", "401", NOBODY, 0 },
        { "/v1/partners/nobody/notify", REFERENCE, "04", "401", NOBODY, 0 },
        { "/v1/partners", REFERENCE, "04", "404", SNAP("4044302", "Invalid Routing"), 0 },
        { DANA_PATH "?x=1", REFERENCE, "04", "404", "", 0 },
        { DANA_PATH, "0123456789ABCDEFGHJZDEV02", "04", "404", UNKNOWN, 0 },
        { DANA_PATH, INSTALMENT "DEV01", "04", "404", UNKNOWN, 0 }, /* went to BNI */
        { DANA_PATH, INSTALMENT "DEV03", "04", "404", UNKNOWN, 0 },
        { DANA_PATH, INSTALMENT "UAT02", "04", "404", UNKNOWN, 0 },
    };
    struct world *w = *state;

    for (size_t i = 0; i < COUNT(table); i++) {
        notify(w, table[i].path, table[i].reference, table[i].status,
               clock_wire_ms() - table[i].late_ms);
        assert_reply(w, table[i].http, table[i].body);
        assert_int_equal(produced(w), 0);
    }
    struct snap_key *secret = w->secret, *public;
    letter_keys(&w->secret, &public);
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "401", NOBODY);
    assert_int_equal(produced(w), 0);
    snap_key_free(w->secret);
    snap_key_free(public);
    w->secret = secret;
}

static void test_limits(void **state)
{
    static char large[HTTP_BODY_MAX + 8];
    static const char *const plain[][2] = {
        { "GET " DANA_PATH " HTTP/1.1\r\nHost: a\r\n\r\n", "404" },
        { "PUT " DANA_PATH " HTTP/1.1\r\nHost: a\r\n\r\n", "405" },
        { "POST " DANA_PATH " HTTP/1.1\r\nHost: a\r\n\r\n", "401" },
        { "POST " DANA_PATH " HTTP/1.1\r\nHost: a\r\nContent-Length: 16385\r\n\r\n", "413" },
        { "POST " DANA_PATH " HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", "4" },
        { "POST /%ff HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "404" },
    };
    struct world *w = *state;
    struct buf request = { 0 };

    for (size_t i = 0; i < COUNT(plain); i++) {
        talk(w, plain[i][0], strlen(plain[i][0]));
        assert_int_equal(strncmp(w->reply.data + 9, plain[i][1], strlen(plain[i][1])), 0);
    }
    memset(large, ' ', sizeof large);
    for (size_t extra = 0; extra < 2; extra++) { /* nobody says how long it will be */
        buf_reset(&request);
        buf_printf(&request, "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "%zx\r\n", DANA_PATH, HTTP_BODY_MAX + extra);
        buf_add(&request, large, HTTP_BODY_MAX + extra);
        buf_text(&request, "\r\n0\r\n\r\n");
        talk(w, request.data, request.size);
        assert_int_equal(strncmp(w->reply.data + 9, extra ? "413" : "401", 3), 0);
    }
    buf_reset(&request);
    buf_printf(&request, "POST %s HTTP/1.1\r\nHost: a\r\nX-SIGNATURE: ", DANA_PATH);
    for (int i = 0; i < 5; i++)
        buf_add(&request, large, sizeof large);
    buf_text(&request, "\r\nContent-Length: 0\r\n\r\n");
    talk(w, request.data, request.size);
    assert_true(w->reply.size == 0 || w->reply.data[9] == '4');
    buf_release(&request);
    assert_int_equal(produced(w), 0);
}

static void test_away(void **state)
{
    struct world *w = *state;

    bus_ram_away(w->kafka, true);
    desk_step(w->desk);
    assert_false(desk_ready(w->desk));
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "500", LATER);
    notify(w, DANA_PATH, REFERENCE, "06", clock_wire_ms());
    assert_reply(w, OK, GOOD);
    bus_ram_away(w->kafka, false);

    store_ram_away(w->redis, true);
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "500", LATER);
    store_ram_away(w->redis, false);
    while (!desk_ready(w->desk))
        desk_step(w->desk);

    store_ram_rebuild(w->redis, (home() + 1) % BUCKETS, true); /* another bucket: ours answers */
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, OK, GOOD);
    notify(w, DANA_PATH, "0123456789ABCDEFGHJZDEV02", "04", clock_wire_ms());
    assert_reply(w, "500", LATER); /* it might be in that one */
    assert_int_equal(produced(w), 1);
}

/* Kafka's word on a record is that its fate is unknown: the partner has to come again. */
static void test_lost(void **state)
{
    struct world *w = *state;

    bus_ram_faults(w->kafka, &(struct bus_ram_faults){ .produce_lost_permille = 1000 });
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "500", LATER);
    bus_ram_faults(w->kafka, &(struct bus_ram_faults){ 0 });
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, OK, GOOD);
}

static struct bus_ticket *kept;

static int keep(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                struct err *err)
{
    (void)self, (void)record, (void)err;
    ticket->pending++;
    kept = ticket;
    return 0;
}

/* Kafka takes it and says nothing: 500 in time, and what is under way is still waited for. A
 * program that ends meanwhile answers nobody twice. */
static void test_silence(void **state)
{
    struct world *w = *state;
    const struct bus_ops *right = w->bus->ops;
    struct bus_ops silent = *right;
    int64_t began_ms = clock_boot_ms();

    silent.produce = keep;
    w->bus->ops = &silent;
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "500", LATER);
    assert_true(clock_boot_ms() - began_ms >= DESK_WAIT_MS);
    assert_true(clock_boot_ms() - began_ms < HTTP_CALL_MS);
    assert_true(desk_idle(w->desk));
    assert_true(http_idle(w->http));
    kept->pending--; /* its place is free again: seen by the sanitizer */
    turn(w);
    desk_stop(w->desk);
    notify(w, DANA_PATH, REFERENCE, "04", clock_wire_ms());
    assert_reply(w, "500", LATER);
    w->bus->ops = right;
}

/* The partner is gone before its answer, or the program ends before it. */
static void test_gone(void **state)
{
    struct world *w = *state;
    const struct bus_ops *right = w->bus->ops;
    struct bus_ops silent = *right;
    struct buf signature = { 0 }, request = { 0 };
    char timestamp[SNAP_TIMESTAMP_MAX];

    silent.produce = keep;
    w->bus->ops = &silent;
    snap_timestamp(clock_wire_ms(), timestamp);
    letter_body(&w->body, REFERENCE, "04", "");
    letter_sign(w->secret, DANA_PATH, w->body.data, timestamp, &signature);
    buf_printf(&request, "POST %s HTTP/1.1\r\nHost: a\r\nX-TIMESTAMP: %s\r\nX-SIGNATURE: %s\r\n"
               "Content-Length: %zu\r\n\r\n%s", DANA_PATH, timestamp, signature.data,
               w->body.size, w->body.data);
    for (int i = 0; i < 3; i++) {
        int fd = dial(w->http);
        assert_int_equal(send(fd, request.data, request.size, MSG_NOSIGNAL),
                         (ssize_t)request.size);
        kept = NULL;
        while (!kept)
            turn(w);
        assert_false(desk_idle(w->desk));
        (void)close(fd);
        if (i < 2) { /* the third is left to the end of the world */
            kept->pending--;
            while (!desk_idle(w->desk) || !http_idle(w->http))
                turn(w);
        }
    }
    w->bus->ops = right;
    buf_release(&signature);
    buf_release(&request);
}

int main(void)
{
#define IN_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(test_returned), IN_WORLD(test_twice), IN_WORLD(test_nothing_comes_of_it),
        IN_WORLD(test_limits),   IN_WORLD(test_away),  IN_WORLD(test_lost),
        IN_WORLD(test_silence),  IN_WORLD(test_gone),
    };
    log_open("test", LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
