#ifndef TESTS_STORE_REDIS_TOOLS_H
#define TESTS_STORE_REDIS_TOOLS_H

/* Plain Redis, past the store: commands, and private servers on a Unix socket. */
#include <hiredis/hiredis.h>

/* Blocking. "host:port" or "unix:path"; NULL when there is none. */
redisContext *raw_connect(const char *address);

/* One command; the reply must not be an error. Freed by the caller. */
__attribute__((format(printf, 2, 3))) redisReply *raw(redisContext *link, const char *fmt, ...);
/* The same, nothing is asked of the reply but that it is no error. */
__attribute__((format(printf, 2, 3))) void raw_do(redisContext *link, const char *fmt, ...);

struct server {
    int pid;
    char folder[32];
    char address[64]; /* for store_redis_open() */
    redisContext *raw;
};

/* A redis-server of our own, with further arguments up to NULL; ends with this process at last. */
void server_prepare(struct server *server); /* folder and address only: nobody listens yet */
void server_start(struct server *server, const char *const *arguments);
void server_kill(struct server *server); /* as a crash; it may be started again */
void server_end(struct server *server);

#endif
