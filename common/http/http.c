#include "http/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/str.h"

#define CROWD (HTTP_CONNECTIONS_MAX * 3 / 4) /* from here on a newcomer costs another its place */

struct caller {
    bool here;
    bool ended; /* told to go; MHD will notice */
    int fd;
    in_addr_t address;
    int64_t since_ms; /* boot clock */
};

struct http {
    struct MHD_Daemon *daemon;
    http_answer_fn *answer;
    void *context;
    struct buf body;
    struct post post;
    struct caller callers[HTTP_CONNECTIONS_MAX];
};

/* ---------------------------------------------------------------- who is connected */
static void caller_end(struct caller *caller)
{
    (void)shutdown(caller->fd, SHUT_RDWR);
    caller->ended = true;
}

static size_t calls_from(const struct http *http, in_addr_t address)
{
    size_t count = 0;

    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        count += http->callers[i].here && !http->callers[i].ended &&
                 http->callers[i].address == address;
    return count;
}

/* The oldest call of the address that has the most: one that calls slowly and often only hinders
 * itself. */
static struct caller *least_missed(struct http *http)
{
    struct caller *found = NULL;
    size_t most = 0;

    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct caller *c = &http->callers[i];
        if (!c->here || c->ended)
            continue;
        size_t calls = calls_from(http, c->address);
        if (calls < most || (calls == most && c->since_ms >= found->since_ms))
            continue;
        found = c;
        most = calls;
    }
    return found;
}

static void caller_new(struct http *http, struct MHD_Connection *connection, struct caller *c)
{
    /* Each answer lies where the one before lay (libmicrohttpd 1.0): taken before the next. */
    int fd =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    const union MHD_ConnectionInfo *from =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in address;
    size_t here = 0;

    memcpy(&address, from->client_addr, sizeof address); /* we listen on IPv4 only */
    *c = (struct caller){ .here = true,
                          .fd = fd,
                          .address = address.sin_addr.s_addr,
                          .since_ms = clock_boot_ms() };
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        here += http->callers[i].here && !http->callers[i].ended;
    if (here > CROWD)
        caller_end(least_missed(http));
}

static void notice(void *self, struct MHD_Connection *connection, void **context,
                   enum MHD_ConnectionNotificationCode what)
{
    struct http *http = self;

    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (*context)
            *(struct caller *)*context = (struct caller){ .here = false };
        return;
    }
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX && !*context; i++)
        if (!http->callers[i].here)
            *context = &http->callers[i];
    if (*context)
        caller_new(http, connection, *context);
}

/* libmicrohttpd only knows how long nothing may come: who sends a byte now and then would stay. */
static void end_the_slow(struct http *http)
{
    int64_t now_ms = clock_boot_ms();

    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++) {
        struct caller *c = &http->callers[i];
        if (c->here && !c->ended && now_ms > c->since_ms + HTTP_CALL_MS)
            caller_end(c);
    }
}

/* ---------------------------------------------------------------- questions and answers */

enum MHD_Result http_reply(struct MHD_Connection *connection, unsigned int status,
                           const char *type, const struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    (void)MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result rc = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return rc;
}

static enum MHD_Result handle(void *self, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct http *http = self;
    const char *type = "text/plain; charset=utf-8";

    (void)version;
    if (http->post.take && strcmp(method, "POST") == 0)
        return post_step(&http->post, connection, url, upload, upload_size,
                         (struct http_call **)state);
    if (!*state) { /* the first call of a request: the headers only */
        *state = http;
        return MHD_YES;
    }
    if (*upload_size > 0) {
        *upload_size = 0;
        return MHD_YES;
    }
    buf_reset(&http->body);
    buf_reserve(&http->body, 1);
    int status = 404;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        status = 405;
    else if (strlen(url) < HTTP_PATH_MAX && str_is_utf8(url, strlen(url)))
        status = http->answer(http->context, url, &http->body, &type);
    return http_reply(connection, (unsigned int)status, type, &http->body);
}

static void completed(void *self, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode why)
{
    (void)connection;
    (void)why;
    if (*state && *state != self)
        post_end(*state);
}

static int parse(const char *address, struct sockaddr_in *to, struct err *err)
{
    char host[64];
    const char *colon = strrchr(address, ':');
    int64_t port;

    if (!colon || (size_t)(colon - address) >= sizeof host ||
        !str_to_int64(colon + 1, 0, 65535, &port))
        return err_set(err, ERR_FATAL, "\"%.80s\" isn't host:port", address);
    memcpy(host, address, (size_t)(colon - address));
    host[colon - address] = '\0';
    *to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    if (inet_pton(AF_INET, host, &to->sin_addr) != 1)
        return err_set(err, ERR_FATAL, "\"%.80s\": the host must be an IPv4 address", address);
    return 0;
}

int http_check(const char *address, struct err *err)
{
    struct sockaddr_in to;

    return parse(address, &to, err);
}

struct http *http_open(const char *address, http_answer_fn *answer, void *context, struct err *err)
{
    struct sockaddr_in to;
    if (parse(address, &to, err) < 0)
        return NULL;
    struct http *http = calloc(1, sizeof *http);
    if (!http)
        abort();
    http->answer = answer;
    http->context = context;
    http->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                                    handle, http,
                                    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&to,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                                    MHD_OPTION_NOTIFY_CONNECTION, notice, http,
                                    MHD_OPTION_NOTIFY_COMPLETED, completed, http, MHD_OPTION_END);
    if (!http->daemon) {
        (void)err_set(err, ERR_FATAL, "cannot listen on %.80s: %s", address, strerror(errno));
        http_close(http);
        return NULL;
    }
    return http;
}

void http_take(struct http *http, http_take_fn *take, void *context)
{
    http->post.take = take;
    http->post.context = context;
}

bool http_idle(const struct http *http)
{
    for (size_t i = 0; i < HTTP_CONNECTIONS_MAX; i++)
        if (http->post.calls[i])
            return false;
    return true;
}

int http_port(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info ? info->port : -1;
}

int http_fd(const struct http *http)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info ? info->epoll_fd : -1;
}

void http_step(struct http *http)
{
    end_the_slow(http);
    (void)MHD_run(http->daemon);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    post_close(&http->post);
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    buf_release(&http->body);
    free(http);
}
