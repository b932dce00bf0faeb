/* The edges of partner-callback. */
#include "app.h"

#include <poll.h>

#define SLEEP_MS 100
#define CLOSE_MS 1000 /* for what Kafka may still take at the end */

static bool is_ready(void *context)
{
    const struct app *app = context;

    return desk_ready(app->desk);
}

/* Partners may only POST. */
static int nothing(void *context, const char *path, struct buf *body, const char **type)
{
    (void)context;
    (void)path;
    (void)body;
    (void)type;
    return 404;
}

int app_check(const struct conf *conf, struct err *err)
{
    struct keys keys;

    if (http_check(conf_text(conf, "INSENTIF_CALLBACK_LISTEN"), err) < 0)
        return err_prefix(err, "INSENTIF_CALLBACK_LISTEN");
    if (keys_read(&keys, conf_text(conf, "INSENTIF_CALLBACK_KEYS"), err) < 0)
        return err_prefix(err, "INSENTIF_CALLBACK_KEYS");
    keys_free(&keys);
    return 0;
}

static int open_edges(struct app *app, struct err *err)
{
    const char *topic = event_row(EVENT_TRANSFER_RETURNED)->topic;

    if (keys_read(&app->keys, conf_text(app->conf, "INSENTIF_CALLBACK_KEYS"), err) < 0)
        return err_prefix(err, "INSENTIF_CALLBACK_KEYS");
    settings_edges(app->conf, &app->edges);
    app->edges.bus.client_id = APP_NAME;
    app->edges.bus.topics = &topic;
    app->edges.bus.topic_count = 1;
    app->codec = settings_codec(app->conf, err);
    if (!app->codec)
        return -1;
    app->store = store_redis_open(&app->edges.store, err);
    if (!app->store)
        return err_prefix(err, "INSENTIF_REDIS");
    app->bus = bus_kafka_open(&app->edges.bus, err);
    app->edges.bus.topics = NULL; /* it has its own copy */
    return app->bus ? 0 : -1;
}

int app_open(struct app *app, struct err *err)
{
    struct desk_conf desk = { .keys = &app->keys };

    if (settings_environment(app->conf, &desk.environment, err) < 0 || open_edges(app, err) < 0)
        return -1;
    desk.bus = app->bus;
    desk.store = app->store;
    desk.codec = app->codec;
    app->desk = desk_new(&desk);
    app->probe = (struct probe){ is_ready, app };
    if (probe_open(conf_text(app->conf, "INSENTIF_HTTP"), &app->probe, &app->probes, err) < 0)
        return -1;
    app->door = http_open(conf_text(app->conf, "INSENTIF_CALLBACK_LISTEN"), nothing, app, err);
    if (!app->door)
        return err_prefix(err, "INSENTIF_CALLBACK_LISTEN");
    http_take(app->door, desk_take, app->desk);
    return 0;
}

void app_close(struct app *app)
{
    http_close(app->door);
    http_close(app->probes);
    if (app->bus)
        (void)bus_drain(app->bus, CLOSE_MS);
    bus_close(app->bus); /* first: until then reports come for what the desk holds */
    store_close(app->store);
    desk_free(app->desk);
    codec_close(app->codec);
    keys_free(&app->keys);
    conf_close(app->conf);
}

void app_rest(struct app *app)
{
    struct pollfd fds[4];
    nfds_t count = 0;
    bool want_write = false;
    int fd = store_fd(app->store, &want_write);

    if (fd >= 0)
        fds[count++] = (struct pollfd){ fd, (short)(POLLIN | (want_write ? POLLOUT : 0)), 0 };
    fds[count++] = (struct pollfd){ bus_fd(app->bus), POLLIN, 0 };
    fds[count++] = (struct pollfd){ http_fd(app->door), POLLIN, 0 };
    if (app->probes)
        fds[count++] = (struct pollfd){ http_fd(app->probes), POLLIN, 0 };
    (void)poll(fds, count, SLEEP_MS);
}
