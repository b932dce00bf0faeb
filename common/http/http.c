#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/str.h"

#define IDLE_SECONDS 10u

struct http {
    struct MHD_Daemon *daemon;
    http_answer_fn *answer;
    void *context;
    struct buf body;
};

static enum MHD_Result reply(struct MHD_Connection *connection, unsigned int status,
                             const char *type, const struct buf *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    (void)MHD_add_response_header(response, "Content-Type", type);
    (void)MHD_add_response_header(response, "Cache-Control", "no-store");
    (void)MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
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
    (void)upload;
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
    return reply(connection, (unsigned int)status, type, &http->body);
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
    http->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, http,
                                    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&to,
                                    MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
                                    MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, MHD_OPTION_END);
    if (!http->daemon) {
        (void)err_set(err, ERR_FATAL, "cannot listen on %.80s: %s", address, strerror(errno));
        http_close(http);
        return NULL;
    }
    return http;
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
    (void)MHD_run(http->daemon);
}

void http_close(struct http *http)
{
    if (!http)
        return;
    if (http->daemon)
        MHD_stop_daemon(http->daemon);
    buf_release(&http->body);
    free(http);
}
