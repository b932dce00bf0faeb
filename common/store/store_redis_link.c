/*
 * The connection: come about, be checked, send, receive, be thrown away.
 *
 * hiredis 0.14 to 1.2 behave differently in details that matter here:
 *  - a connect without waiting says nothing about success: the socket becomes writable, then
 *    SO_ERROR tells;
 *  - 0.14 sets TCP_NODELAY by itself, 1.x doesn't when not waiting;
 *  - the reader gives its buffer back after each reply larger than 16 kB unless maxbuf is 0;
 *  - both read at most 16 kB at a time, so we read until nothing comes;
 *  - after any error a context is good for nothing: a late answer would be read as the next one's.
 */
#include "store/store_redis.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/str.h"

int redis_parse_address(const char *text, struct redis_address *address, struct err *err)
{
    static const char unix_mark[] = "unix:";
    struct redis_address found = { .port = 0 };

    if (text && strncmp(text, unix_mark, sizeof unix_mark - 1) == 0) {
        const char *path = text + sizeof unix_mark - 1;
        if (path[0] == '\0' || !str_copy(found.path, sizeof found.path, path))
            return err_set(err, ERR_FATAL, "Redis address: a path of 1 to %d bytes after unix:",
                           REDIS_PATH_MAX);
        *address = found;
        return 0;
    }
    const char *colon = text ? strrchr(text, ':') : NULL;
    int64_t port;
    size_t host = colon ? (size_t)(colon - text) : 0;
    if (host > 2 && text[0] == '[' && text[host - 1] == ']') {
        text++;
        host -= 2;
    }
    if (!colon || host == 0 || host > REDIS_HOST_MAX ||
        !str_to_int64(colon + 1, 1, 65535, &port))
        return err_set(err, ERR_FATAL,
                       "Redis address \"%.100s\": must be host:port or unix:/path",
                       text ? text : "");
    memcpy(found.host, text, host);
    found.port = (int)port;
    *address = found;
    return 0;
}

/* ------------------------------------------------------------------ coming about and going */

void redis_link_lost(struct redis_store *s, const char *fmt, ...)
{
    char why[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    (void)err_set(&s->trouble, ERR_RETRY, "Redis %.80s: %.140s", s->shown, why);
    if (s->link)
        redisFree(s->link);
    s->link = NULL;
    buf_reset(&s->out.bytes);
    s->out.sent = 0;
    if (s->heard_since_ready)
        s->pause_ms = REDIS_PAUSE_LEAST_MS;
    s->heard_since_ready = false;
    s->again_ms = clock_boot_ms() + s->pause_ms;
    s->pause_ms = s->pause_ms * 2 > REDIS_PAUSE_MOST_MS ? REDIS_PAUSE_MOST_MS : s->pause_ms * 2;
    s->state = REDIS_AWAY;
    while (s->first)
        redis_finish(s->first,
                     s->first->err.kind == ERR_NONE ? STORE_LOST : STORE_REFUSED);
}

static void lost_by_link(struct redis_store *s)
{
    char why[sizeof s->link->errstr];

    memcpy(why, s->link->errstr, sizeof why);
    redis_link_lost(s, "%s", why[0] ? why : "connection lost");
}

static void lost_by_errno(struct redis_store *s, int number)
{
    char why[80];

    if (strerror_r(number, why, sizeof why))
        (void)snprintf(why, sizeof why, "error %d", number);
    redis_link_lost(s, "%s", why);
}

static void begin_connecting(struct redis_store *s, int64_t now_ms)
{
    const struct redis_address *a = &s->address;

    assert(!s->link);
    s->link = a->path[0] ? redisConnectUnixNonBlock(a->path)
                         : redisConnectNonBlock(a->host, a->port);
    if (!s->link) {
        redis_link_lost(s, "no memory for a connection");
        return;
    }
    if (s->link->err) {
        lost_by_link(s);
        return;
    }
    s->link->reader->maxbuf = 0;
    s->state = REDIS_CONNECTING;
    s->began_ms = now_ms;
}

/* What must be true of a Redis before anything is entrusted to it; see redis_checked(). */
static void send_checks(struct redis_store *s)
{
    static const char *const info[] = { "INFO", "replication", "memory", "persistence" };

    s->checks_left = 2;
    if (s->user[0] || s->password[0]) {
        redis_out_begin(&s->out, s->user[0] ? 3 : 2);
        redis_out_text(&s->out, "AUTH");
        if (s->user[0])
            redis_out_text(&s->out, s->user);
        redis_out_text(&s->out, s->password);
        s->checks_left++;
    }
    redis_out_begin(&s->out, sizeof info / sizeof info[0]);
    for (size_t i = 0; i < sizeof info / sizeof info[0]; i++)
        redis_out_text(&s->out, info[i]);
    redis_out_begin(&s->out, 3);
    redis_out_text(&s->out, "FCALL_RO");
    redis_out_text(&s->out, "insentif_version");
    redis_out_text(&s->out, "0");
}

static void finish_connecting(struct redis_store *s)
{
    struct pollfd ready = { .fd = s->link->fd, .events = POLLOUT };
    int failed = 0, on = 1;
    socklen_t size = sizeof failed;

    if (poll(&ready, 1, 0) <= 0)
        return;
    if (getsockopt(s->link->fd, SOL_SOCKET, SO_ERROR, &failed, &size))
        failed = errno;
    if (failed) {
        lost_by_errno(s, failed);
        return;
    }
    if (s->address.port > 0) {
        (void)setsockopt(s->link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(s->link->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    s->state = REDIS_CHECKING;
    send_checks(s);
}

/* ------------------------------------------------------------------ sending and receiving */

void redis_link_asked(struct redis_store *s)
{
    if (s->first == s->last)
        s->heard_ms = clock_boot_ms(); /* the silence we measure begins with the question */
}

/* Calls that were never sent are finished in their turn. */
static void finish_unsent(struct redis_store *s)
{
    while (s->first && !s->first->sent)
        redis_finish(s->first,
                     s->first->err.kind == ERR_NONE ? STORE_LOST : STORE_REFUSED);
}

static void take_replies(struct redis_store *s)
{
    while (s->link) {
        void *reply = NULL;
        if (redisGetReplyFromReader(s->link, &reply) != REDIS_OK) {
            lost_by_link(s);
            return;
        }
        if (!reply)
            return;
        finish_unsent(s);
        if (s->state == REDIS_CHECKING) {
            redis_checked(s, reply);
        } else if (s->first) {
            redis_answer(s, reply);
        } else {
            freeReplyObject(reply);
            redis_link_lost(s, "an answer that nobody asked for");
        }
    }
}

static void receive(struct redis_store *s, int64_t now_ms)
{
    while (s->link) {
        size_t before = s->link->reader->len;
        if (redisBufferRead(s->link) != REDIS_OK) {
            lost_by_link(s);
            return;
        }
        if (s->link->reader->len == before)
            return;
        s->heard_ms = now_ms;
        take_replies(s);
    }
}

static void transmit(struct redis_store *s)
{
    struct redis_out *out = &s->out;

    while (out->sent < out->bytes.size) {
        ssize_t sent = send(s->link->fd, out->bytes.data + out->sent,
                            out->bytes.size - out->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return;
        if (sent < 0) {
            lost_by_errno(s, errno);
            return;
        }
        out->sent += (size_t)sent;
    }
    buf_reset(&out->bytes);
    out->sent = 0;
}

static void check_deadlines(struct redis_store *s, int64_t now_ms)
{
    if ((s->state == REDIS_CONNECTING || s->state == REDIS_CHECKING) &&
        now_ms - s->began_ms > REDIS_CONNECT_MS)
        redis_link_lost(s, "no answer to the connect within %d ms", REDIS_CONNECT_MS);
    else if (s->state == REDIS_READY && s->first && now_ms - s->heard_ms > REDIS_SILENCE_MS)
        redis_link_lost(s, "no answer within %d ms", REDIS_SILENCE_MS);
}

void redis_link_step(struct redis_store *s)
{
    int64_t now_ms = clock_boot_ms();

    if (s->state == REDIS_AWAY && now_ms >= s->again_ms)
        begin_connecting(s, now_ms);
    if (s->state == REDIS_CONNECTING)
        finish_connecting(s);
    if (s->state == REDIS_CHECKING || s->state == REDIS_READY)
        transmit(s);
    if (s->state == REDIS_CHECKING || s->state == REDIS_READY)
        receive(s, now_ms);
    check_deadlines(s, now_ms);
    finish_unsent(s);
}
