/* What a simulator tells by itself: signed with the partner's key, until somebody listens. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "live.h"
#include "snap/json.h"
#include "snap/sign.h"

#define WAIT_MS 20000

static int listen_fd;
static char url[96], partner_key[96];
static struct snap_key *key;

/* One request, answered with this status. The whole request is in *out. */
static void receive(const char *status, struct buf *out)
{
    struct pollfd fds = { .fd = listen_fd, .events = POLLIN };
    char piece[4096], answer[128];
    const char *end = NULL, *length = NULL;

    assert_int_equal(poll(&fds, 1, WAIT_MS), 1);
    int fd = accept(listen_fd, NULL, NULL);
    assert_true(fd >= 0);
    buf_reset(out);
    while (!end || !length ||
           out->size < (size_t)(end + 4 - out->data) + strtoul(length + 16, NULL, 10)) {
        ssize_t got = recv(fd, piece, sizeof piece, 0);
        assert_true(got > 0);
        buf_add(out, piece, (size_t)got);
        end = strstr(out->data, "\r\n\r\n");
        length = strstr(out->data, "Content-Length: ");
    }
    (void)snprintf(answer, sizeof answer,
                   "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
    assert_int_equal(send(fd, answer, strlen(answer), MSG_NOSIGNAL), strlen(answer));
    (void)close(fd);
}

static void take_header(const struct buf *request, const char *name, char *out, size_t cap)
{
    char wanted[64];

    (void)snprintf(wanted, sizeof wanted, "\r\n%s: ", name);
    const char *at = strstr(request->data, wanted);
    assert_non_null(at);
    at += strlen(wanted);
    size_t size = strcspn(at, "\r");
    assert_in_range(size, 1, cap - 1);
    memcpy(out, at, size);
    out[size] = '\0';
}

/* Signed by the partner, about this transfer; returns the body and the external id. */
static const char *check(const struct buf *request, const char *partner,
                         const struct snap_transfer *t, const char *status, char id[40])
{
    char timestamp[32], signature[512], path[64], start[80];
    struct buf text = { 0 };
    struct err err;
    const char *body = strstr(request->data, "\r\n\r\n") + 4;

    (void)snprintf(path, sizeof path, "/partners/%s/notify", partner);
    (void)snprintf(start, sizeof start, "POST %s HTTP/1.1\r\n", path);
    assert_memory_equal(request->data, start, strlen(start));
    take_header(request, "X-TIMESTAMP", timestamp, sizeof timestamp);
    take_header(request, "X-SIGNATURE", signature, sizeof signature);
    take_header(request, "X-EXTERNAL-ID", id, 40);
    snap_text_to_sign(&text, "POST", path, NULL, body, strlen(body), timestamp);
    assert_true(snap_rsa_verify(key, &text, signature));
    buf_release(&text);

    struct snap_json *json = snap_json_parse(body, strlen(body), &err);
    assert_non_null(json);
    assert_string_equal(snap_json_text(json, "originalPartnerReferenceNo"), t->reference);
    assert_string_equal(snap_json_text(json, "amount.value"), "600000.00");
    assert_string_equal(snap_json_text(json, "latestTransactionStatus"), status);
    assert_string_equal(snap_json_text(json, "additionalInfo.partner"), partner);
    assert_non_null(snap_json_text(json, "transactionStatusDesc"));
    assert_non_null(snap_json_text(json, "originalReferenceNo"));
    assert_null(strstr(body, t->account_number));
    snap_json_free(json);
    return body;
}

static void test_told(void **state)
{
    static const struct {
        int partner;
        const char *name, *bank_code, *behaviour, *status;
        int steps;
    } rows[] = {
        { GOPAY, "gopay", "", "late:86400000", "00", 1 },
        { GOPAY, "gopay", "", "late_failed:86400000", "06", 1 },
        { BNI, "bni", "", "returned:86400000", "04", 1 },
        { BNI, "bni", "", "limbo:86400000", "00", 1 },
        { DANA, "dana", "014", "ok", "00", 1 },
        { DANA, "dana", "014", "returned:86400000", "04", 2 }, /* booked, then returned */
    };
    struct buf request = { 0 };
    char id[40];
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct snap_transfer t = live_fresh_at(rows[i].partner, rows[i].bank_code);
        sim_child_fixture(&live_child, t.account_number, rows[i].behaviour);
        (void)live_pay(&t);
        for (int step = 1; step <= rows[i].steps; step++) {
            live_settle();
            receive("200 OK", &request);
            (void)check(&request, rows[i].name, &t,
                        step < rows[i].steps ? "00" : rows[i].status, id);
        }
        /* what was told is so */
        struct snap_call call = live_status(&t);
        assert_int_equal(call.outcome, strcmp(rows[i].status, "00") == 0 ? SNAP_OUTCOME_PAID
                                                                         : SNAP_OUTCOME_FAILED);
        assert_int_equal(call.refunded, strcmp(rows[i].status, "04") == 0);
    }
    buf_release(&request);
}

/* Refused: the same body again, under a new id and signature. */
static void test_again(void **state)
{
    struct snap_transfer t = live_fresh(OVO);
    struct buf first = { 0 }, second = { 0 };
    char id[40], id_again[40];
    (void)state;

    int64_t told = sim_child_total(&live_child, "notified");
    sim_child_fixture(&live_child, t.account_number, "late:86400000");
    (void)live_pay(&t);
    live_settle();
    receive("503 Busy", &first);
    receive("202 Taken", &second);
    const char *body = check(&first, "ovo", &t, "00", id);
    assert_string_equal(body, check(&second, "ovo", &t, "00", id_again));
    assert_string_not_equal(id, id_again);
    while (sim_child_total(&live_child, "notified") == told) /* each round is a call */
        assert_int_equal(sim_child_total(&live_child, "notify_given_up"), 0);
    buf_release(&first);
    buf_release(&second);
}

static int open_all(void **state)
{
    const char *const options[] = { "--notify", url, "--notify-key", partner_key, "--settle-ms",
                                    "86400000", NULL };
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    struct buf pem = { 0 };
    struct err err;
    (void)state;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listen_fd, 16), 0);
    assert_int_equal(getsockname(listen_fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d/partners/{partner}/notify",
                   ntohs(address.sin_port));

    sim_child_open(&live_child);
    (void)snprintf(partner_key, sizeof partner_key, "%s/partner.pem", live_child.folder);
    sim_child_read(&live_child, "partner.pub.pem", &pem);
    key = snap_key_public(pem.data, &err);
    assert_non_null(key);
    buf_release(&pem);
    sim_child_start(&live_child, 0, options);
    sim_child_confs(&live_child, &live_confs);
    live_snap = snap_open(live_confs.conf, SIM_CHILD_CONFS, &err);
    assert_non_null(live_snap);
    return 0;
}

static int close_all(void **state)
{
    snap_key_free(key);
    (void)close(listen_fd);
    return live_close(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_again),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
