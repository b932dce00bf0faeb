/* `insentif store install`: the only part that waits, since a person or a script waits for it. */
#include "store/store_redis.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_library.h"

#define INSTALL_SECONDS 10

static int refused(const char *what, const char *why, struct err *err)
{
    return err_set(err, ERR_RETRY, "Redis: %s: %.160s", what, why);
}

/* The first word alone: some error texts repeat the arguments. */
static int log_in(redisContext *link, const struct store_redis_conf *conf, struct err *err)
{
    const char *parts[3] = { "AUTH", conf->user, conf->password };
    bool has_user = conf->user && conf->user[0], has_password = conf->password && conf->password[0];

    if (!has_user && !has_password)
        return 0;
    if (!has_password)
        parts[2] = "";
    if (!has_user)
        parts[1] = parts[2];
    redisReply *reply = redisCommandArgv(link, has_user ? 3 : 2, parts, NULL);
    if (!reply)
        return refused("log in", link->errstr, err);
    int result = 0;
    if (reply->type == REDIS_REPLY_ERROR) {
        reply->str[strcspn(reply->str, " ")] = '\0';
        result = refused("user or password refused", reply->str, err);
    }
    freeReplyObject(reply);
    return result;
}

static int load(redisContext *link, struct err *err)
{
    const char *parts[] = { "FUNCTION", "LOAD", "REPLACE", (const char *)store_library_text };
    const size_t sizes[] = { 8, 4, 7, store_library_size };
    redisReply *reply = redisCommandArgv(link, 4, parts, sizes);

    if (!reply)
        return refused("loading the Function library", link->errstr, err);
    int result = 0;
    if (reply->type == REDIS_REPLY_ERROR)
        result = refused("it didn't take the Function library", reply->str, err);
    freeReplyObject(reply);
    return result;
}

static int install(const struct store_redis_conf *conf, const struct redis_address *address,
                   struct err *err)
{
    const struct timeval limit = { .tv_sec = INSTALL_SECONDS };
    redisContext *link = address->path[0]
                             ? redisConnectUnixWithTimeout(address->path, limit)
                             : redisConnectWithTimeout(address->host, address->port, limit);
    if (!link)
        abort();
    int result = -1;
    if (link->err)
        result = refused("connecting", link->errstr, err);
    else if (redisSetTimeout(link, limit) != REDIS_OK)
        result = refused("connecting", "the socket takes no time limit", err);
    else if (!log_in(link, conf, err))
        result = load(link, err);
    redisFree(link);
    return result;
}

int store_redis_install(const struct store_redis_conf *conf, struct err *err)
{
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct redis_address address;
    struct sigaction before;

    if (redis_parse_address(conf->address, &address, err))
        return -1;
    /* hiredis writes without MSG_NOSIGNAL: a Redis that goes away must not end us. */
    bool ignored = sigaction(SIGPIPE, &ignore, &before) == 0;
    int result = install(conf, &address, err);
    if (ignored)
        (void)sigaction(SIGPIPE, &before, NULL);
    return result;
}
