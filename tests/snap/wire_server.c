#include "wire_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "snap/json.h"

struct wire_server server;
struct buf pem;
char url[64];

void add_answer(struct buf *out, const char *status, const char *body)
{
    buf_reset(out);
    buf_printf(out,
               "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
               status, strlen(body), body);
}

void serve_with(enum manner manner, const char *status, const char *body)
{
    server.manner = manner;
    add_answer(&server.answer, status, body);
    server.connections = server.requests = server.token_requests = 0;
}

static bool is_whole(const struct buf *in)
{
    const char *end = in->size ? strstr(in->data, "\r\n\r\n") : NULL;
    const char *length = in->size ? strstr(in->data, "Content-Length: ") : NULL;

    if (!end || !length)
        return false;
    return in->size >= (size_t)(end + 4 - in->data) + strtoul(length + 16, NULL, 10);
}

static void drop(size_t i)
{
    (void)close(server.fds[i]);
    server.fds[i] = -1;
    buf_reset(&server.in[i]);
}

static void serve_request(size_t i)
{
    bool is_token = strstr(server.in[i].data, "access-token") != NULL;
    const struct buf *answer = is_token ? &server.token_answer : &server.answer;

    if (is_token) {
        server.token_requests++;
    } else {
        server.requests++;
        buf_reset(&server.before);
        buf_add(&server.before, server.last.data ? server.last.data : "", server.last.size);
        buf_reset(&server.last);
        buf_add(&server.last, server.in[i].data, server.in[i].size);
    }
    buf_reset(&server.in[i]);
    if (server.manner == HOLD && !is_token)
        return;
    if (server.manner != CUT || is_token)
        (void)send(server.fds[i], answer->data, answer->size, MSG_NOSIGNAL);
    if (!is_token && server.manner != KEEP)
        drop(i);
}

static void serve(void)
{
    char piece[8192];
    int fd = accept(server.listen_fd, NULL, NULL);

    if (fd >= 0) {
        size_t i = 0;
        while (server.fds[i] >= 0)
            i++;
        assert_in_range(i, 0, CONNECTIONS - 1);
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        server.fds[i] = fd;
        server.connections++;
        if (server.manner == CLOSE_AT_ONCE)
            drop(i);
    }
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server.fds[i] < 0)
            continue;
        ssize_t got = recv(server.fds[i], piece, sizeof piece, 0);
        if (got > 0)
            buf_add(&server.in[i], piece, (size_t)got);
        if (got == 0)
            drop(i);
        else if (is_whole(&server.in[i]))
            serve_request(i);
    }
}

void run(struct snap *snap, const struct snap_call *call)
{
    int64_t end_ms = clock_boot_ms() + 20000;

    while (!call->done && !(server.manner == HOLD && server.requests > 0)) {
        struct pollfd fds[2 + CONNECTIONS];
        nfds_t count = (nfds_t)snap_fds(snap, fds, 1);
        int64_t wait_ms = snap_wait_ms(snap);
        fds[count++] = (struct pollfd){ .fd = server.listen_fd, .events = POLLIN };
        for (size_t i = 0; i < CONNECTIONS; i++)
            fds[count++] = (struct pollfd){ .fd = server.fds[i], .events = POLLIN };
        (void)poll(fds, count, wait_ms < 0 || wait_ms > 1000 ? 1000 : (int)wait_ms);
        serve();
        snap_step(snap);
        assert_true(clock_boot_ms() < end_ms);
    }
}

int open_server(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof address;
    char piece[4096];
    size_t got;
    struct buf text = { 0 };
    struct err err;
    (void)state;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server.listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server.listen_fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server.listen_fd, 16), 0);
    assert_int_equal(getsockname(server.listen_fd, (struct sockaddr *)&address, &size), 0);
    server.port = ntohs(address.sin_port);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", server.port);
    for (size_t i = 0; i < CONNECTIONS; i++)
        server.fds[i] = -1;

    FILE *file = fopen(VECTORS_PATH, "r");
    assert_non_null(file);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(&text, piece, got);
    (void)fclose(file);
    struct snap_json *json = snap_json_parse(text.data, text.size, &err);
    assert_non_null(json);
    buf_text(&pem, snap_json_text(json, "keys.client.private_pem"));
    snap_json_free(json);
    buf_release(&text);
    return 0;
}

int close_server(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (server.fds[i] >= 0)
            drop(i);
        buf_release(&server.in[i]);
    }
    (void)close(server.listen_fd);
    buf_release(&server.token_answer);
    buf_release(&server.answer);
    buf_release(&server.last);
    buf_release(&server.before);
    buf_release(&pem);
    return 0;
}
