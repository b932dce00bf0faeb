#include "counter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/hash.h"
#include "letter.h"

static const char *const topics[] = { "transfer-returned" };

static int nothing(void *context, const char *path, struct buf *body, const char **type)
{
    (void)context, (void)path, (void)body, (void)type;
    return 404;
}

int32_t home(void)
{
    return hash_partition("PST-1", 5, BUCKETS);
}

static void settle(struct store *store, struct store_call *call)
{
    for (int i = 0; i < 10 && call->status == STORE_WAITING; i++)
        store_step(store);
    assert_int_equal(call->status, STORE_OK);
}

/* As disbursement-worker writes it. */
static void pay(struct world *w)
{
    struct store_call call = { .status = STORE_IDLE };
    struct store_write write = { .key = { 'y', INSTALMENT }, .tied = -1,
                                 .bytes = { HISTORY, strlen(HISTORY) } };

    store_step(w->other);
    store_own(w->other, &call, home(), "test", NULL, 0, clock_wire_ms());
    settle(w->other, &call);
    int64_t epoch = call.epoch;
    store_call_done(w->other, &call);
    store_apply(w->other, &call, &(struct store_apply){ .bucket = home(), .worker = "test",
                .chain = { epoch, 0 }, .prev = -1, .last = -1, .bucket_version = -1,
                .writes = &write, .write_count = 1 });
    settle(w->other, &call);
    store_call_done(w->other, &call);
}

int open_world(void **state)
{
    static struct world world;
    struct world *w = &world;
    struct err err;

    *w = (struct world){ .kafka = bus_ram_new(topics, 1, BUCKETS, 1),
                         .redis = store_ram_new(1), .codec = codec_open(&err) };
    w->bus = bus_ram_open(w->kafka, NULL, NULL, 0);
    w->store = store_ram_open(w->redis);
    w->other = store_ram_open(w->redis);
    bus_ram_now(w->kafka, clock_wire_ms());
    letter_keys(&w->secret, &w->keys.of[PARTNER_DANA]);
    w->desk = desk_new(&(struct desk_conf){ .environment = "DEV", .keys = &w->keys, .bus = w->bus,
                                            .store = w->store, .codec = w->codec });
    w->http = http_open("127.0.0.1:0", nothing, NULL, &err);
    assert_non_null(w->http);
    http_take(w->http, desk_take, w->desk);
    for (int i = 0; i < 10; i++)
        desk_step(w->desk);
    assert_true(desk_ready(w->desk));
    pay(w);
    *state = w;
    return 0;
}

int close_world(void **state)
{
    struct world *w = *state;

    http_close(w->http);
    bus_close(w->bus);
    store_close(w->store);
    store_close(w->other);
    desk_free(w->desk);
    codec_close(w->codec);
    bus_ram_free(w->kafka);
    store_ram_free(w->redis);
    keys_free(&w->keys);
    snap_key_free(w->secret);
    buf_release(&w->body);
    buf_release(&w->reply);
    return 0;
}

int dial(const struct http *http)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)http_port(http)) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

void turn(struct world *w)
{
    http_step(w->http);
    desk_step(w->desk);
    http_step(w->http);
}

void talk(struct world *w, const char *request, size_t size)
{
    int64_t until_ms = clock_boot_ms() + 10000;
    int fd = dial(w->http);
    size_t sent = 0;

    buf_reset(&w->reply);
    buf_reserve(&w->reply, 1);
    for (;;) {
        char text[512];
        ssize_t part = sent < size ? send(fd, request + sent, size - sent,
                                          MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
        sent += part > 0 ? (size_t)part : 0;
        turn(w);
        struct pollfd p = { fd, POLLIN, 0 };
        if (poll(&p, 1, 1) > 0) {
            ssize_t got = recv(fd, text, sizeof text, 0);
            if (got <= 0)
                break;
            buf_add(&w->reply, text, (size_t)got);
        }
        assert_true(clock_boot_ms() < until_ms);
    }
    (void)close(fd);
}

void notify(struct world *w, const char *path, const char *reference, const char *status,
                   int64_t at_ms)
{
    struct buf request = { 0 }, signature = { 0 };
    char timestamp[SNAP_TIMESTAMP_MAX];

    snap_timestamp(at_ms, timestamp);
    letter_body(&w->body, reference, status, "PAYEE_ACCOUNT_CLOSED");
    letter_sign(w->secret, path, w->body.data, timestamp, &signature);
    buf_printf(&request,
               "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
               "X-TIMESTAMP: %s\r\nX-SIGNATURE: %s\r\nX-PARTNER-ID: insentif\r\n"
               "X-EXTERNAL-ID: 1\r\nCHANNEL-ID: 95221\r\nContent-Length: %zu\r\n\r\n%s",
               path, timestamp, signature.data, w->body.size, w->body.data);
    talk(w, request.data, request.size);
    buf_release(&request);
    buf_release(&signature);
}

void assert_reply(const struct world *w, const char *status, const char *body)
{
    const char *end = strstr(w->reply.data, "\r\n\r\n");

    assert_non_null(end);
    assert_int_equal(strncmp(w->reply.data, "HTTP/1.1 ", 9), 0);
    assert_int_equal(strncmp(w->reply.data + 9, status, strlen(status)), 0);
    assert_string_equal(end + 4, body);
}

size_t produced(const struct world *w)
{
    size_t count = 0;

    for (int32_t p = 0; p < BUCKETS; p++)
        count += bus_ram_count(w->kafka, 0, p);
    return count;
}
