/*
 * The only file that knows libmicrohttpd. Its epoll descriptor sits in our loop:
 *
 *     poll → what is due changes → libmicrohttpd runs handlers → one fsync → answers and
 *     notifications leave
 *
 * An answer that waits (for the ledger, for a delay) suspends its connection; the handler is
 * called again when it is resumed, and then queues what was decided.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sim.h"

#define BODY_MAX 65536
#define CONTROL_BODY_MAX ((size_t)1 << 26)
#define CONNECTIONS_MAX 4096
#define IDLE_SECONDS 120
#define TLS_1_3_ONLY "NORMAL:-VERS-ALL:+VERS-TLS1.3"

struct sim_http {
    struct sim *sim;
    struct MHD_Daemon *daemon;
    int epoll, port;
    struct exchange *waiting;
};

struct exchange {
    struct sim_http *http;
    struct MHD_Connection *connection;
    char *uri;
    struct buf body;
    bool began, too_big, decided, suspended;
    struct sim_reply reply;
    struct exchange *next;
};

/* libmicrohttpd's options are void pointers that it only reads. */
static void *discard_const(const char *text)
{
    union {
        const char *given;
        void *taken;
    } same = { .given = text };
    return same.taken;
}

/* Called first of all, with path and query as they came: the signature is about these bytes. */
static void *on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    char *copy = strdup(uri);

    if (!exchange || !copy)
        abort(); /* as base/buf.h */
    exchange->http = arg;
    exchange->connection = connection;
    exchange->uri = copy;
    return exchange;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode why)
{
    struct exchange *exchange = *context;

    (void)arg, (void)connection, (void)why;
    if (!exchange)
        return;
    assert(!exchange->suspended);
    free(exchange->uri);
    buf_release(&exchange->body);
    buf_release(&exchange->reply.body);
    free(exchange);
    *context = NULL;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
    return value ? value : "";
}

static bool is_loopback(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct sockaddr_in address;

    if (!info || !info->client_addr || info->client_addr->sa_family != AF_INET)
        return false;
    memcpy(&address, info->client_addr, sizeof address);
    return (ntohl(address.sin_addr.s_addr) >> 24) == 127;
}

static void decide(struct exchange *exchange, const char *method)
{
    struct MHD_Connection *connection = exchange->connection;
    struct sim_request request = {
        .method = method,
        .uri = exchange->uri,
        .content_type = header(connection, "Content-Type"),
        .authorization = header(connection, "Authorization"),
        .timestamp = header(connection, "X-TIMESTAMP"),
        .signature = header(connection, "X-SIGNATURE"),
        .partner_id = header(connection, "X-PARTNER-ID"),
        .external_id = header(connection, "X-EXTERNAL-ID"),
        .channel_id = header(connection, "CHANNEL-ID"),
        .client_key = header(connection, "X-CLIENT-KEY"),
        .body = exchange->body.data ? exchange->body.data : "",
        .size = exchange->body.size,
        .from_loopback = is_loopback(connection),
    };

    exchange->decided = true;
    if (exchange->too_big)
        exchange->reply.http = 413;
    else
        sim_handle(exchange->http->sim, &request, &exchange->reply);
}

static enum MHD_Result answer(struct exchange *exchange)
{
    struct sim_reply *reply = &exchange->reply;
    char at[SNAP_TIMESTAMP_MAX];

    if (reply->cut)
        return MHD_NO; /* the connection is closed without a word */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        reply->body.size, reply->body.data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    snap_timestamp(clock_wire_ms(), at);
    (void)MHD_add_response_header(response, "Content-Type",
                                  reply->type ? reply->type : "application/json");
    (void)MHD_add_response_header(response, "X-TIMESTAMP", at);
    enum MHD_Result queued =
        MHD_queue_response(exchange->connection, (unsigned)reply->http, response);
    MHD_destroy_response(response);
    return queued;
}

static bool must_wait(const struct exchange *exchange)
{
    const struct sim_reply *reply = &exchange->reply;

    return (reply->synced && exchange->http->sim->ledger.unwritten.size > 0) ||
           reply->at_ms > clock_boot_ms();
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **context)
{
    struct exchange *exchange = *context;
    size_t max = strncmp(exchange->uri, "/_control/", 10) == 0 ? CONTROL_BODY_MAX : BODY_MAX;

    (void)arg, (void)url, (void)version;
    if (!exchange->began) {
        exchange->began = true;
        return MHD_YES;
    }
    if (*size > 0) {
        exchange->too_big = exchange->too_big || *size > max - exchange->body.size;
        if (!exchange->too_big)
            buf_add(&exchange->body, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (!exchange->decided)
        decide(exchange, method);
    if (!must_wait(exchange))
        return answer(exchange);
    MHD_suspend_connection(connection);
    exchange->suspended = true;
    exchange->next = exchange->http->waiting;
    exchange->http->waiting = exchange;
    return MHD_YES;
}

/* Those whose time has come go on; all of them at the end. Returns ms until the next, -1: none. */
static int64_t resume(struct sim_http *http, bool all)
{
    int64_t next_ms = -1;

    for (struct exchange **at = &http->waiting; *at;) {
        struct exchange *exchange = *at;
        int64_t left_ms = exchange->reply.at_ms - clock_boot_ms();
        if (!all && left_ms > 0) {
            if (next_ms < 0 || left_ms < next_ms)
                next_ms = left_ms;
            at = &exchange->next;
            continue;
        }
        *at = exchange->next;
        exchange->suspended = false;
        if (all) {
            exchange->reply.cut = exchange->reply.cut || left_ms > 0;
            exchange->reply.at_ms = 0;
        }
        MHD_resume_connection(exchange->connection);
        next_ms = 0;
    }
    return next_ms;
}

struct sim_http *sim_http_open(struct sim *sim, const char *address, int port,
                               const char *tls_cert, const char *tls_key, struct err *err)
{
    struct sockaddr_in bind_to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct MHD_OptionItem tls[] = {
        { MHD_OPTION_HTTPS_MEM_CERT, 0, discard_const(tls_cert) },
        { MHD_OPTION_HTTPS_MEM_KEY, 0, discard_const(tls_key) },
        { MHD_OPTION_HTTPS_PRIORITIES, 0, discard_const(TLS_1_3_ONLY) },
        { MHD_OPTION_END, 0, NULL },
    };
    struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | (tls_cert ? MHD_USE_TLS : 0);
    struct sim_http *http = calloc(1, sizeof *http);

    if (!http)
        abort(); /* as base/buf.h */
    http->sim = sim;
    if (inet_pton(AF_INET, address, &bind_to.sin_addr) == 1)
        http->daemon = MHD_start_daemon(
            flags, (uint16_t)port, NULL, NULL, on_request, http, MHD_OPTION_SOCK_ADDR, &bind_to,
            MHD_OPTION_URI_LOG_CALLBACK, on_uri, http, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
            http, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_ARRAY,
            tls_cert ? tls : none, MHD_OPTION_END);
    if (!http->daemon) {
        err_set(err, ERR_FATAL, "cannot listen on %s:%d%s", address, port,
                tls_cert ? ", or the certificate is wrong" : "");
        free(http);
        return NULL;
    }
    http->epoll = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    http->port = MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    return http;
}

int sim_http_port(const struct sim_http *http)
{
    return http->port;
}

/* ms until something is due: libmicrohttpd's time-outs, held answers, late bookings. */
static int wait_ms(struct sim_http *http, int64_t held_ms)
{
    int64_t wait = 1000, due = http->sim->ledger.next_due_ms;
    MHD_UNSIGNED_LONG_LONG theirs;

    if (MHD_get_timeout(http->daemon, &theirs) == MHD_YES && theirs < (unsigned)wait)
        wait = (int64_t)theirs;
    if (held_ms >= 0 && held_ms < wait)
        wait = held_ms;
    if (due != INT64_MAX && due - clock_wire_ms() < wait)
        wait = due - clock_wire_ms();
    return wait > 0 ? (int)wait : 0;
}

void sim_http_run(struct sim_http *http, int stop_fd)
{
    struct pollfd fds[2] = { { .fd = http->epoll, .events = POLLIN },
                             { .fd = stop_fd, .events = POLLIN } };
    int64_t held_ms = -1;

    while (!(fds[1].revents & POLLIN)) {
        sim_notify_poll(http->sim->notify, fds, 2, wait_ms(http, held_ms));
        (void)sim_ledger_turn(&http->sim->ledger, clock_wire_ms(), false);
        (void)MHD_run(http->daemon);
        sim_ledger_sync(&http->sim->ledger);
        sim_notify_run(http->sim->notify);
        held_ms = resume(http, false);
    }
}

void sim_http_close(struct sim_http *http)
{
    if (!http)
        return;
    sim_ledger_sync(&http->sim->ledger);
    (void)resume(http, true);
    (void)MHD_run(http->daemon);
    MHD_stop_daemon(http->daemon);
    free(http);
}
