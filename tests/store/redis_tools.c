#include "redis_tools.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define ARGUMENTS_MAX 32
#define START_TRIES 1000 /* of 10 ms */

redisContext *raw_connect(const char *address)
{
    redisContext *link;
    char host[128];

    if (strncmp(address, "unix:", 5) == 0) {
        link = redisConnectUnix(address + 5);
    } else {
        const char *colon = strrchr(address, ':');
        assert_non_null(colon);
        (void)snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
        link = redisConnect(host, (int)strtol(colon + 1, NULL, 10));
    }
    if (link && link->err) {
        redisFree(link);
        link = NULL;
    }
    return link;
}

static redisReply *raw_args(redisContext *link, const char *fmt, va_list ap)
{
    redisReply *reply = redisvCommand(link, fmt, ap);

    if (!reply)
        fail_msg("%s: %s", fmt, link->errstr);
    if (reply->type == REDIS_REPLY_ERROR)
        fail_msg("%s: %s", fmt, reply->str);
    return reply;
}

redisReply *raw(redisContext *link, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    redisReply *reply = raw_args(link, fmt, ap);
    va_end(ap);
    return reply;
}

void raw_do(redisContext *link, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    freeReplyObject(raw_args(link, fmt, ap));
    va_end(ap);
}

/* ------------------------------------------------------------------ private servers */

void server_prepare(struct server *server)
{
    *server = (struct server){ .folder = "store-test-XXXXXX" };
    assert_non_null(mkdtemp(server->folder));
    (void)snprintf(server->address, sizeof server->address, "unix:%s/redis.sock", server->folder);
}

static void run_server(const struct server *server, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX];
    static const char *const always[] = { "redis-server", "--port",       "0",  "--save",
                                          "",             "--appendonly", "no", "--unixsocket",
                                          "redis.sock",   "--daemonize",  "no" };
    size_t count = 0;

    for (; count < sizeof always / sizeof always[0]; count++)
        argv[count] = strdup(always[count]);
    for (; arguments && *arguments && count < ARGUMENTS_MAX - 1; arguments++)
        argv[count++] = strdup(*arguments);
    argv[count] = NULL;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int null = open("/dev/null", O_WRONLY);
    if (null < 0 || dup2(null, 1) < 0 || chdir(server->folder))
        _exit(126);
    (void)execvp(argv[0], argv);
    _exit(127);
}

void server_start(struct server *server, const char *const *arguments)
{
    server->pid = fork();
    assert_true(server->pid >= 0);
    if (server->pid == 0)
        run_server(server, arguments);
    for (int i = 0; i < START_TRIES && !server->raw; i++) {
        assert_int_equal(waitpid(server->pid, NULL, WNOHANG), 0); /* is redis-server installed? */
        server->raw = raw_connect(server->address);
        if (!server->raw)
            (void)poll(NULL, 0, 10);
    }
    assert_non_null(server->raw);
}

void server_kill(struct server *server)
{
    assert_int_equal(kill(server->pid, SIGKILL), 0);
    assert_int_equal(waitpid(server->pid, NULL, 0), server->pid);
    server->pid = 0;
    redisFree(server->raw);
    server->raw = NULL;
}

void server_end(struct server *server)
{
    char path[128];

    if (server->pid > 0)
        server_kill(server);
    (void)snprintf(path, sizeof path, "%s/redis.sock", server->folder);
    (void)unlink(path);
    assert_int_equal(rmdir(server->folder), 0);
}
