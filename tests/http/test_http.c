/* The small server: answers, refusals, and what comes in pieces. */
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

/* Send `request` in pieces of `step` bytes, give back all that is answered. */
static void talk(struct http *http, const char *request, size_t step, struct buf *out)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)http_port(http)) };
    int64_t until = clock_boot_ms() + 5000;
    size_t sent = 0, size = strlen(request);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
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

static void test_bad_addresses(void **state)
{
    static const char *const bad[] = { "", "127.0.0.1", ":80", "localhost:80", "127.0.0.1:65536",
                                       "127.0.0.1:x", "300.1.1.1:80" };
    struct err err;
    (void)state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_null(http_open(bad[i], answer, NULL, &err));
        assert_int_equal(err.kind, ERR_FATAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_answers),
                                        cmocka_unit_test(test_bad_addresses) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
