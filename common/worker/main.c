/* A worker's life: configuration, edges, the loop, an orderly end. */
#include <malloc.h>
#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "http/http.h"
#include "worker/probe.h"
#include "worker/program.h"
#include "worker/settings.h"
#include "worker/shell.h"
#include "worker/topics.h"

#define FDS_MAX 128
#define SLEEP_MS 100
#define TOPICS_TIMEOUT_MS 3000

static const struct conf_row own_rows[] = {
    PROGRAM_ROW_HTTP,
    { "INSENTIF_BATCH", CONF_INT, "500", 1, BATCH_LIMIT, NULL, "messages per batch" },
    { "INSENTIF_BATCH_WAIT", CONF_INT, "2", 0, 1000, NULL, "ms a batch waits for more messages" },
    PROGRAM_ROW_DRAIN,
};

struct app {
    const struct worker_spec *spec;
    struct conf *conf;
    struct settings_edges edges;
    const char *topics[EVENT_COUNT];
    int32_t subscribed[ROUTES_MAX];
    size_t subscribed_count;
    struct bus *bus;
    struct store *store;
    struct codec *codec;
    struct probe probe;
    struct http *http;
    struct shell *shell;
    void *extra;
};

/* Refuse to work on topics that could lose money's history, unless this is a demo. Kafka may be
 * away: that is waited for. */
static int check_topics(struct app *app, struct err *err)
{
    struct bus_topic_spec specs[EVENT_COUNT];
    struct bus_topic_report reports[EVENT_COUNT];
    bool said = false;

    if (strcmp(conf_text(app->conf, "INSENTIF_PROFILE"), "demo") == 0)
        return 0;
    topics_specs(0, 3, specs); /* any partition count: all the same is checked later */
    while (!program_stop_asked()) {
        if (bus_topics_check(&app->edges.bus, specs, EVENT_COUNT, reports, TOPICS_TIMEOUT_MS,
                             err) == 0)
            break;
        if (err->kind == ERR_FATAL)
            return -1;
        if (!said)
            LOG(LOG_WARN, EV("kafka-away"), F_STR("error", err->text));
        said = true;
        if (app->http)
            http_step(app->http);
    }
    for (size_t t = 0; t < EVENT_COUNT && !program_stop_asked(); t++)
        if (reports[t].state != BUS_TOPIC_OK)
            return err_set(err, ERR_FATAL, "topic %s: %.120s; run: insentif topics check",
                           specs[t].name,
                           reports[t].state == BUS_TOPIC_MISSING ? "missing" : reports[t].detail);
    return 0;
}

static bool is_ready(void *context)
{
    const struct app *app = context;

    return app->shell && shell_ready(app->shell);
}

static int open_edges(struct app *app, struct err *err)
{
    const struct worker_spec *spec = app->spec;
    const char *first[ROUTES_MAX];

    for (size_t r = 0; r < spec->route_count; r++) {
        first[r] = event_row(spec->routes[r].event)->topic;
        if (spec->routes[r].kind != ROUTE_LEDGER)
            app->subscribed[app->subscribed_count++] = (int32_t)r;
    }
    topics_names(first, spec->route_count, app->topics);
    app->probe = (struct probe){ is_ready, app };
    settings_edges(app->conf, &app->edges);
    app->edges.bus.group = spec->name;
    app->edges.bus.client_id = spec->name;
    app->edges.bus.topics = app->topics;
    app->edges.bus.topic_count = EVENT_COUNT;
    app->edges.bus.subscribed = app->subscribed;
    app->edges.bus.subscribed_count = app->subscribed_count;
    app->edges.bus.lean = spec->extra != NULL; /* money waits for partners */
    if (probe_open(conf_text(app->conf, "INSENTIF_HTTP"), &app->probe, &app->http, err) < 0 ||
        check_topics(app, err) < 0)
        return -1;
    app->codec = settings_codec(app->conf, err);
    if (!app->codec)
        return -1;
    app->store = store_redis_open(&app->edges.store, err);
    if (!app->store)
        return err_prefix(err, "INSENTIF_REDIS");
    app->bus = bus_kafka_open(&app->edges.bus, err);
    return app->bus ? 0 : -1;
}

static int open_all(struct app *app, struct err *err)
{
    struct shell_settings set = {
        .rehearsal = strcmp(conf_text(app->conf, "INSENTIF_CLOCK"), "rehearsal") == 0,
        .batch = (size_t)conf_int(app->conf, "INSENTIF_BATCH"),
        .wait_ms = conf_int(app->conf, "INSENTIF_BATCH_WAIT"),
        .drain_ms = conf_int(app->conf, "INSENTIF_DRAIN"),
        .topics = app->topics,
        .topic_count = EVENT_COUNT,
    };
    if (settings_environment(app->conf, &set.environment, err) < 0 || open_edges(app, err) < 0)
        return -1;
    app->shell = shell_new(app->spec, &set, app->bus, app->store, app->codec);
    if (app->spec->extra) {
        app->extra = app->spec->extra->open(app->shell, app->conf, err);
        if (!app->extra)
            return -1;
        app->shell->extra = app->extra;
    }
    return 0;
}

static void close_all(struct app *app)
{
    if (app->shell)
        shell_let_go(app->shell);
    if (app->bus && app->shell)
        (void)bus_drain(app->bus, app->shell->fatal.kind == ERR_NONE ? 1000 : 0);
    bus_close(app->bus); /* first: until then reports may come for what lies in the others */
    if (app->extra)
        app->spec->extra->close(app->extra);
    shell_free(app->shell);
    store_close(app->store);
    codec_close(app->codec);
    http_close(app->http);
    conf_close(app->conf);
}

/* Until something happens. A signal ends the wait. */
static void rest(struct app *app)
{
    struct pollfd fds[FDS_MAX];
    const struct worker_extra *extra = app->spec->extra;
    nfds_t count = 0;
    int64_t wait = batch_any(app->shell) ? 1 : SLEEP_MS;
    bool want_write = false;
    int fd = store_fd(app->store, &want_write);

    if (fd >= 0)
        fds[count++] = (struct pollfd){ fd, (short)(POLLIN | (want_write ? POLLOUT : 0)), 0 };
    fds[count++] = (struct pollfd){ bus_fd(app->bus), POLLIN, 0 };
    if (app->http)
        fds[count++] = (struct pollfd){ http_fd(app->http), POLLIN, 0 };
    if (extra) {
        count += extra->fds(app->extra, fds + count, FDS_MAX - count);
        int64_t most = extra->wait_ms(app->extra);
        if (most < wait)
            wait = most;
    }
    (void)poll(fds, count, (int)wait);
}

static int run(struct app *app)
{
    int64_t until_ms = 0;

    LOG(LOG_INFO, EV("started"), F_STR("environment", app->shell->set.environment));
    while (shell_turn(app->shell) && !shell_stopped(app->shell)) {
        if (app->http)
            http_step(app->http);
        if (program_stop_asked() && until_ms == 0) {
            shell_stop(app->shell);
            until_ms = clock_boot_ms() + app->shell->set.drain_ms;
            LOG(LOG_INFO, EV("stopping"));
        }
        if (until_ms != 0 && clock_boot_ms() > until_ms)
            break; /* the outbox keeps what isn't delivered */
        if (!app->shell->progress)
            rest(app);
    }
    bool fatal = app->shell->fatal.kind != ERR_NONE;
    LOG(LOG_INFO, EV("stopped"), F_INT("status", fatal ? EXIT_FATAL : EXIT_OK));
    return fatal ? EXIT_FATAL : EXIT_OK;
}

/* Batches come and go: what is freed is wanted again at once. Unless told, glibc gives large blocks
 * back to the kernel, and a third of a batch's time goes into pages being made and zeroed. */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 64 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 20);
    (void)mallopt(M_TOP_PAD, 1 << 20);
}

int worker_main(int argc, char **argv, const struct worker_spec *spec)
{
    static struct app app;
    struct err err = { 0 };
    int status;
    const struct program program = {
        .name = spec->name,
        .summary = spec->summary,
        .own = own_rows,
        .own_count = sizeof own_rows / sizeof own_rows[0],
        .extra = spec->extra ? spec->extra->rows : NULL,
        .extra_count = spec->extra ? spec->extra->row_count : 0,
    };

    app.spec = spec;
    app.conf = program_start(&program, argc, argv, &status);
    if (!app.conf)
        return status;
    keep_memory();
    status = open_all(&app, &err) < 0 ? program_complain(&program, &err) : run(&app);
    close_all(&app);
    return status;
}
