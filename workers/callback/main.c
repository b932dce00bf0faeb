/*
 * partner-callback: where payment partners tell what became of a payment after their answer (R17).
 * POST /v1/partners/<partner>/notify; a return becomes a transfer-returned event, all else is only
 * acknowledged. Any number of replicas may run: none of them remembers anything.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "base/clock.h"
#include "base/log.h"

enum { EXIT_OK, EXIT_CONFIG, EXIT_FATAL };

static const struct conf_row own_rows[] = {
    { "INSENTIF_HTTP", CONF_TEXT, "127.0.0.1:8080", 0, 0, NULL,
      "where /livez, /readyz and /metrics are served, host:port, or off" },
    { "INSENTIF_CALLBACK_LISTEN", CONF_TEXT, "127.0.0.1:8090", 0, 0, NULL,
      "where partners' notifications come in, host:port; TLS ends before it" },
    { "INSENTIF_CALLBACK_KEYS", CONF_TEXT, NULL, 0, 0, NULL,
      "folder of the partners' public RSA keys, <partner>.pem; who has none there gets 401" },
    { "INSENTIF_DRAIN", CONF_INT, "10000", 0, 600000, NULL,
      "ms that SIGTERM may take to finish what is under way" },
};

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction term = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

    (void)sigaction(SIGTERM, &term, NULL);
    (void)sigaction(SIGINT, &term, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

static int usage(const struct app *app)
{
    (void)printf("Usage: " APP_NAME " [--help | --print-config]\n\n"
                 "Takes what payment partners tell of a payment after their answer:\n"
                 "POST /v1/partners/<partner>/notify, SNAP BI, signed with the partner's key.\n"
                 "A payment that came back becomes a transfer-returned event.\n\n"
                 "Settings come from the environment, [default] in brackets;\n"
                 "NAME_FILE may name a file that holds the value of NAME.\n\n");
    conf_help(app->rows, app->row_count, stdout);
    return EXIT_OK;
}

static int complain(const struct err *err)
{
    (void)fprintf(stderr, APP_NAME ": %s\n", err->text);
    return EXIT_CONFIG;
}

static enum log_level log_level(const struct conf *conf)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    const char *wanted = conf_text(conf, "INSENTIF_LOG");

    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], wanted) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static int run(struct app *app)
{
    struct err err = { 0 };
    int64_t until_ms = 0;

    LOG(LOG_INFO, EV("started"), F_INT("port", http_port(app->door)),
        F_INT("probes", app->probes ? http_port(app->probes) : 0),
        F_STR("environment", conf_text(app->conf, "INSENTIF_ENVIRONMENT")));
    while (!desk_failed(app->desk, &err)) {
        http_step(app->door);
        if (app->probes)
            http_step(app->probes);
        desk_step(app->desk);
        http_step(app->door); /* what the desk has just answered */
        if (stop_asked && until_ms == 0) {
            desk_stop(app->desk);
            until_ms = clock_boot_ms() + conf_int(app->conf, "INSENTIF_DRAIN");
            LOG(LOG_INFO, EV("stopping"));
        }
        if (until_ms != 0 && ((desk_idle(app->desk) && http_idle(app->door)) ||
                              clock_boot_ms() > until_ms))
            break;
        app_rest(app);
    }
    bool fatal = err.kind != ERR_NONE;
    if (fatal)
        LOG(LOG_ERROR, EV("fatal"), F_STR("error", err.text));
    LOG(LOG_INFO, EV("stopped"), F_INT("status", fatal ? EXIT_FATAL : EXIT_OK));
    return fatal ? EXIT_FATAL : EXIT_OK;
}

int main(int argc, char **argv)
{
    static struct app app;
    struct err err = { 0 };
    size_t own = sizeof own_rows / sizeof own_rows[0];

    memcpy(app.rows, settings_common, settings_common_count * sizeof app.rows[0]);
    memcpy(app.rows + settings_common_count, own_rows, sizeof own_rows);
    app.row_count = settings_add_others(app.rows, settings_common_count + own);
    bool print = argc == 2 && strcmp(argv[1], "--print-config") == 0;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return usage(&app);
    if (argc > 1 && !print) {
        (void)err_set(&err, ERR_FATAL, "unknown argument \"%.60s\": see --help", argv[1]);
        return complain(&err);
    }
    app.conf = conf_open(app.rows, app.row_count, &err);
    if (!app.conf || app_check(app.conf, &err) < 0) {
        conf_close(app.conf);
        return complain(&err);
    }
    if (print) {
        conf_print(app.conf, stdout);
        conf_close(app.conf);
        return EXIT_OK;
    }
    log_open(APP_NAME, log_level(app.conf));
    catch_signals();
    int status = app_open(&app, &err) < 0 ? complain(&err) : run(&app);
    app_close(&app);
    return status;
}
