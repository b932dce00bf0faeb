/*
 * The connection: which Redis is refused and why, and what happens when it goes and comes. On
 * private servers (redis-server must be installed), since these tests kill and misconfigure them.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "contract.h"
#include "redis_tools.h"

#define PATIENCE_MS 20000

static struct store *open_as(const char *address, const char *user, const char *password)
{
    const struct store_redis_conf conf = { address, user, password };
    struct err err;
    struct store *store = store_redis_open(&conf, &err);

    assert_non_null(store);
    return store;
}

static void install(const struct server *server)
{
    const struct store_redis_conf conf = { server->address, "", "" };
    struct err err;

    if (store_redis_install(&conf, &err))
        fail_msg("%s", err.text);
}

/* One turn; waits a little for something to happen. */
static void turn(struct store *store)
{
    bool want_write = false;
    struct pollfd ready = { .fd = store_fd(store, &want_write), .events = POLLIN };

    if (want_write)
        ready.events |= POLLOUT;
    (void)poll(&ready, 1, 10);
    store_step(store);
}

/* Step until the store is in trouble for that reason. */
static void await_trouble(struct store *store, const char *reason)
{
    struct err err = { ERR_NONE, "" };
    int64_t since_ms = clock_boot_ms();

    while (!store_trouble(store, &err) || !strstr(err.text, reason)) {
        if (clock_boot_ms() - since_ms > PATIENCE_MS)
            fail_msg("\"%s\" instead of \"%s\"", err.text, reason);
        turn(store);
    }
    assert_int_equal(err.kind, ERR_RETRY);
}

static enum store_status own(struct store *store, struct err *err)
{
    struct store_call call = { .status = STORE_IDLE };

    store_own(store, &call, 1, "rating", NULL, 0, 1000);
    enum store_status status = finish(store, &call);
    *err = call.err;
    store_call_done(store, &call);
    return status;
}

static void test_evicting(void **state)
{
    (void)state;
    static const char *const arguments[] = { "--maxmemory-policy", "allkeys-lru", NULL };
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, arguments);
    install(&server);
    struct store *store = open_as(server.address, "", "");
    await_trouble(store, "maxmemory-policy is allkeys-lru");
    assert_int_equal(store_generation(store), 0);
    assert_int_equal(own(store, &err), STORE_LOST);
    raw_do(server.raw, "CONFIG SET maxmemory-policy noeviction");
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_OK);
    store_close(store);
    server_end(&server);
}

static void test_replica(void **state)
{
    (void)state;
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, NULL);
    install(&server);
    raw_do(server.raw, "REPLICAOF 127.0.0.1 1");
    struct store *store = open_as(server.address, "", "");
    await_trouble(store, "not the master");
    raw_do(server.raw, "REPLICAOF NO ONE");
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_OK);
    raw_do(server.raw, "REPLICAOF 127.0.0.1 1"); /* a failover while we are connected */
    assert_int_equal(own(store, &err), STORE_LOST);
    await_trouble(store, "not the master");
    store_close(store);
    server_end(&server);
}

static void test_library(void **state)
{
    (void)state;
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, NULL);
    struct store *store = open_as(server.address, "", "");
    await_trouble(store, "run: insentif store install");
    install(&server);
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_OK);

    redisReply *version = raw(server.raw, "FCALL_RO insentif_version 0");
    assert_string_equal(version->str, store_library_version());
    assert_int_equal(strlen(version->str), 12);
    freeReplyObject(version);

    /* Another build's library takes ours away: our calls can't be misunderstood by it. */
    raw_do(server.raw, "FUNCTION LOAD REPLACE %s",
           "#!lua name=insentif\n"
           "redis.register_function{function_name='insentif_version',"
           "callback=function() return 'of-another' end, flags={'no-writes'}}");
    assert_int_equal(own(store, &err), STORE_LOST);
    await_trouble(store, "of version of-another, ours is");
    assert_int_equal(store_generation(store), 1);
    install(&server);
    connect_store(store);
    assert_int_equal(store_generation(store), 2);
    assert_int_equal(own(store, &err), STORE_OK);
    store_close(store);
    server_end(&server);
}

static void test_appears(void **state)
{
    (void)state;
    const struct store_key key = { 'p', "r" };
    struct store_call call = { .status = STORE_IDLE };
    struct server server;
    struct err err;
    bool want_write;
    server_prepare(&server);
    struct store *store = open_as(server.address, "", "");
    await_trouble(store, "No such file");
    assert_int_equal(store_fd(store, &want_write), -1);
    assert_int_equal(own(store, &err), STORE_LOST);
    server_start(&server, NULL);
    install(&server);
    connect_store(store);
    assert_int_equal(store_generation(store), 1);
    assert_true(store_fd(store, &want_write) >= 0);
    assert_int_equal(own(store, &err), STORE_OK);

    store_load(store, &call, 1, &key, 1);
    server_kill(&server); /* the call was not even sent */
    assert_int_equal(finish(store, &call), STORE_LOST);
    store_call_done(store, &call);
    await_trouble(store, "Connection refused");
    server_start(&server, NULL); /* empty, as after a wipe: library and data are gone */
    await_trouble(store, "insentif store install");
    install(&server);
    connect_store(store);
    assert_int_equal(store_generation(store), 2);
    assert_int_equal(own(store, &err), STORE_OK);
    store_close(store);
    server_end(&server);
}

/* The rights that a worker needs, and no others. */
#define RIGHTS                                                                                     \
    "+info +fcall +fcall_ro +get +set +exists +mget +mset +hmget +hset +lrange +ltrim +rpush "     \
    "+llen +zadd +zrem +zscore +zcard +zrange +scan"

static void test_password(void **state)
{
    (void)state;
    static const char wrong[] = "sandi-keliru-4711", right[] = "sandi-benar-0815";
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, NULL);
    install(&server);
    raw_do(server.raw, "CONFIG SET requirepass %s", right);
    static const struct {
        const char *user, *password;
    } rows[] = { { "", wrong }, { "nobody", wrong }, { "default", wrong }, { "default", "" } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct store_redis_conf conf = { server.address, rows[i].user, rows[i].password };
        struct store *store = open_as(server.address, rows[i].user, rows[i].password);
        await_trouble(store, "WRONGPASS");
        assert_true(store_trouble(store, &err));
        assert_null(strstr(err.text, wrong));
        assert_int_equal(own(store, &err), STORE_LOST);
        store_close(store);
        assert_int_equal(store_redis_install(&conf, &err), -1);
        assert_non_null(strstr(err.text, "WRONGPASS"));
        assert_null(strstr(err.text, wrong));
    }
    struct store *store = open_as(server.address, "", "");
    await_trouble(store, "NOAUTH");
    store_close(store);
    store = open_as(server.address, "", right);
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_OK);
    store_close(store);
    server_end(&server);
}

static const char *rights_address;

static struct store *open_with_rights(void *self)
{
    (void)self;
    return open_as(rights_address, "worker", "sandi");
}

static void leave(void *self, int32_t bucket)
{
    (void)self;
    (void)bucket;
}

/* A worker's user with the rights listed can do all that store.h offers. */
static void test_rights(void **state)
{
    (void)state;
    const struct contract_env env = { .open = open_with_rights, .clean = leave };
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, NULL);
    install(&server);
    raw_do(server.raw, "ACL SETUSER worker on >sandi ~p:* ~pay:* ~case:* ~wm:* ~ob:* ~tm:* ~tw:* "
                       "~v:* ~rebuild:* ~clock:rehearsal " RIGHTS);
    rights_address = server.address;
    contract = &env;
    test_conflict(NULL);
    test_outbox(NULL);
    test_ids(NULL);
    test_clock(NULL);
    raw_do(server.raw, "ACL SETUSER worker -hset");
    struct store *store = open_with_rights(NULL);
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_REFUSED);
    assert_int_equal(err.kind, ERR_FATAL);
    store_close(store);
    server_end(&server);
}

/* Made since the statistics were reset. */
static long long connections(redisContext *link)
{
    redisReply *reply = raw(link, "INFO stats");
    const char *at = strstr(reply->str, "total_connections_received:");
    assert_non_null(at);
    long long count = strtoll(strchr(at, ':') + 1, NULL, 10);
    freeReplyObject(reply);
    return count;
}

static void test_full(void **state)
{
    (void)state;
    struct server server;
    struct err err;
    server_prepare(&server);
    server_start(&server, NULL);
    install(&server);
    struct store *store = open_as(server.address, "", "");
    connect_store(store);
    raw_do(server.raw, "CONFIG SET maxmemory 1");
    assert_int_equal(own(store, &err), STORE_LOST); /* an outage, nobody's fault */
    assert_true(store_trouble(store, &err));
    assert_non_null(strstr(err.text, "OOM"));
    /* Nobody comes back to be refused again: it is away until there is room. */
    int64_t generation = store_generation(store);
    await_trouble(store, "raise its maxmemory");
    raw_do(server.raw, "CONFIG RESETSTAT");
    while (connections(server.raw) < 3) {
        turn(store);
        assert_true(store_trouble(store, &err));
    }
    assert_int_equal(store_generation(store), generation);
    raw_do(server.raw, "CONFIG SET maxmemory 0");
    connect_store(store);
    assert_int_equal(own(store, &err), STORE_OK);
    raw_do(server.raw, "CONFIG SET maxmemory 1"); /* it can be read meanwhile */
    struct store *reader = open_as(server.address, "", "");
    connect_store(reader);
    store_close(reader);
    store_close(store);
    server_end(&server);
}

/* Something listens there, but it isn't Redis, or speaks when nobody asked. */
static void test_strangers(void **state)
{
    (void)state;
    static const struct {
        const char *says, *reason;
    } rows[] = {
        { "HTTP/1.1 400 Bad Request\r\n\r\n", "Protocol error" },
        { "$-7\r\n", "string length" },
        { "*1\r\n:1\r\n", "INFO answered no text" },
        { "-ERR unknown command 'INFO'\r\n", "INFO was refused" },
        { "-LOADING Redis is loading the dataset in memory\r\n", "INFO was refused: LOADING" },
        { "$21\r\n\r\nrole:master\r\nloading\r\n$1\r\nx\r\n", "it is loading" },
        { "", "Server closed the connection" },
    };
    struct server server;
    server_prepare(&server);
    struct sockaddr_un here = { .sun_family = AF_UNIX };
    (void)snprintf(here.sun_path, sizeof here.sun_path, "%s", server.address + 5);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (const struct sockaddr *)&here, sizeof here), 0);
    assert_int_equal(listen(listener, 8), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct store *store = open_as(server.address, "", "");
        store_step(store);
        int theirs = accept(listener, NULL, NULL);
        assert_true(theirs >= 0);
        assert_int_equal(write(theirs, rows[i].says, strlen(rows[i].says)),
                         (ssize_t)strlen(rows[i].says));
        if (!rows[i].says[0]) {
            char asked[512]; /* unread bytes would make it a reset */
            assert_true(read(theirs, asked, sizeof asked) > 0);
            (void)close(theirs);
        }
        await_trouble(store, rows[i].reason);
        store_close(store);
        if (rows[i].says[0])
            (void)close(theirs);
    }
    (void)close(listener);
    server_end(&server);
}

static void test_address(void **state)
{
    (void)state;
    static char long_path[200] = "unix:/";
    static const struct {
        const char *address;
        bool good;
    } rows[] = {
        { "127.0.0.1:6379", true }, { "localhost:1", true },     { "[::1]:65535", true },
        { "unix:/run/redis", true }, { "unix:relative", true },  { "", false },
        { "127.0.0.1", false },     { ":6379", false },          { "host:", false },
        { "host:0", false },        { "host:65536", false },     { "host:6379x", false },
        { "unix:", false },         { NULL, false },             { long_path, false },
    };
    memset(long_path + 6, 'x', sizeof long_path - 7);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct store_redis_conf conf = { rows[i].address, NULL, NULL };
        struct err err = { ERR_NONE, "" };
        struct store *store = store_redis_open(&conf, &err);
        if ((store != NULL) != rows[i].good)
            fail_msg("row %zu: %s", i, err.text);
        assert_int_equal(err.kind, rows[i].good ? ERR_NONE : ERR_FATAL);
        store_close(store);
    }
    const struct store_redis_conf nobody = { "unix:store-test-nobody", "", "" };
    struct err err;
    assert_int_equal(store_redis_install(&nobody, &err), -1);
    assert_int_equal(err.kind, ERR_RETRY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_address),  cmocka_unit_test(test_strangers),
        cmocka_unit_test(test_appears),  cmocka_unit_test(test_library),
        cmocka_unit_test(test_evicting), cmocka_unit_test(test_replica),
        cmocka_unit_test(test_password), cmocka_unit_test(test_rights),
        cmocka_unit_test(test_full),
    };
    return cmocka_run_group_tests_name("connection", tests, NULL, NULL);
}
