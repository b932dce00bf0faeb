/* The small server: answers, refusals, and what comes in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <arpa/inet.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/clock.h"
#include "http/http.h"

static int answer(void *context, const char *path, struct buf *body, const char **type)
{
    (*(int *)context)++;
    if (strcmp(path, "/here") != 0)
        return 404;
    *type = "text/plain";
    buf_text(body, "body\n");
    return 200;
}

static int dial(const struct http *http, uint32_t from)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)http_port(http)) };
    struct sockaddr_in own = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    own.sin_addr.s_addr = htonl(from);
    assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* Send `request` in pieces of `step` bytes, give back all that is answered. */
static void talk(struct http *http, const char *request, size_t step, struct buf *out)
{
    int64_t until = clock_boot_ms() + 5000;
    size_t sent = 0, size = strlen(request);
    int fd = dial(http, INADDR_LOOPBACK);

    buf_reset(out);
    for (;;) {
        char text[512];
        if (sent < size) {
            size_t part = size - sent < step ? size - sent : step;
            assert_int_equal(send(fd, request + sent, part, MSG_NOSIGNAL), (ssize_t)part);
            sent += part;
        }
        http_step(http);
        struct pollfd p = { fd, POLLIN, 0 };
        if (poll(&p, 1, sent < size ? 0 : 10) > 0) {
            ssize_t got = recv(fd, text, sizeof text, 0);
            if (got <= 0)
                break;
            buf_add(out, text, (size_t)got);
        }
        assert_true(clock_boot_ms() < until);
    }
    (void)close(fd);
}

static void test_answers(void **state)
{
    static const struct {
        const char *request, *status, *body;
        int asked;
    } table[] = {
        { "GET /here HTTP/1.0\r\n\r\n", "200", "body\n", 1 },
        { "GET /there HTTP/1.0\r\n\r\n", "404", "", 1 },
        { "HEAD /here HTTP/1.0\r\n\r\n", "200", "", 1 },
        { "POST /here HTTP/1.0\r\nContent-Length: 4\r\n\r\nabcd", "405", "", 0 },
        { "DELETE /here HTTP/1.0\r\n\r\n", "405", "", 0 },
        { "GET /here?q=1 HTTP/1.0\r\n\r\n", "200", "body\n", 1 },
    };
    struct err err;
    struct buf out = { 0 };
    int asked = 0;
    struct http *http = http_open("127.0.0.1:0", answer, &asked, &err);
    (void)state;

    assert_non_null(http);
    assert_true(http_port(http) > 0 && http_fd(http) >= 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        for (size_t step = 1; step < 64; step += 31) {
            asked = 0;
            talk(http, table[i].request, step, &out);
            assert_non_null(strstr(out.data, table[i].status));
            const char *end = strstr(out.data, "\r\n\r\n");
            assert_non_null(end);
            assert_string_equal(end + 4, table[i].body);
            assert_int_equal(asked, table[i].asked);
        }
    buf_release(&out);
    http_close(http);
    http_close(NULL);
}

/* Callers that never finish their question: whoever asks properly is answered at once, and they are
 * sent away. */
#define SLOW 200

static bool is_gone(int fd)
{
    char text[16];
    struct pollfd p = { fd, POLLIN, 0 };

    return poll(&p, 1, 0) > 0 && recv(fd, text, sizeof text, MSG_DONTWAIT) <= 0;
}

static size_t count_gone(struct http *http, const int *fds, size_t count)
{
    size_t gone = 0;

    http_step(http);
    for (size_t i = 0; i < count; i++)
        gone += is_gone(fds[i]) ? 1 : 0;
    return gone;
}

static void slow_callers(uint32_t from)
{
    struct err err;
    struct buf out = { 0 };
    int asked = 0, fds[SLOW];
    struct http *http = http_open("127.0.0.1:0", answer, &asked, &err);

    assert_non_null(http);
    for (size_t i = 0; i < SLOW; i++) {
        fds[i] = dial(http, from);
        assert_int_equal(send(fds[i], "G", 1, MSG_NOSIGNAL), 1);
        if (i % 10 == 0)
            http_step(http);
    }
    int64_t began_ms = clock_boot_ms();
    talk(http, "GET /here HTTP/1.1\r\nHost: a\r\n\r\n", 64, &out); /* to the connection's end */
    assert_non_null(strstr(out.data, "200"));
    assert_true(clock_boot_ms() < began_ms + HTTP_CALL_MS / 2);
    int64_t until_ms = began_ms + 3 * HTTP_CALL_MS;
    size_t gone = 0;
    while ((gone = count_gone(http, fds, SLOW)) < SLOW && clock_boot_ms() < until_ms) {
        struct pollfd p = { http_fd(http), POLLIN, 0 };
        for (size_t i = 0; i < SLOW; i++) /* a byte now and then */
            (void)send(fds[i], "E", 1, MSG_NOSIGNAL);
        (void)poll(&p, 1, 50);
    }
    assert_int_equal(gone, SLOW);
    assert_int_equal(asked, 1);
    for (size_t i = 0; i < SLOW; i++)
        (void)close(fds[i]);
    buf_release(&out);
    http_close(http);
}

static void test_slow_callers(void **state)
{
    (void)state;
    slow_callers(INADDR_LOOPBACK);
    slow_callers(INADDR_LOOPBACK + 1); /* 127.0.0.2 */
}

static void test_bad_addresses(void **state)
{
    static const char *const bad[] = { "", "127.0.0.1", ":80", "localhost:80", "127.0.0.1:65536",
                                       "127.0.0.1:x", "300.1.1.1:80" };
    struct err err;
    (void)state;

    assert_int_equal(http_check("127.0.0.1:0", &err), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(http_check(bad[i], &err), -1);
        assert_null(http_open(bad[i], answer, NULL, &err));
        assert_int_equal(err.kind, ERR_FATAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers),
                                        cmocka_unit_test(test_slow_callers),
                                        cmocka_unit_test(test_bad_addresses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
