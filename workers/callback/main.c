/*
 * partner-callback: where payment partners tell what became of a payment after their answer (R17).
 * POST /v1/partners/<partner>/notify; a return becomes a transfer-returned event, all else is only
 * acknowledged. Any number of replicas may run: none of them remembers anything.
 */
#include "app.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/program.h"

static const struct conf_row own_rows[] = {
    PROGRAM_ROW_HTTP,
    { "INSENTIF_CALLBACK_LISTEN", CONF_TEXT, "127.0.0.1:8090", 0, 0, NULL,
      "where partners' notifications come in, host:port; TLS ends before it" },
    { "INSENTIF_CALLBACK_KEYS", CONF_TEXT, NULL, 0, 0, NULL,
      "folder of the partners' public RSA keys, <partner>.pem; who has none there gets 401" },
    PROGRAM_ROW_DRAIN,
};

static const struct program program = {
    .name = APP_NAME,
    .summary = "Takes what payment partners tell of a payment after their answer:\n"
               "POST /v1/partners/<partner>/notify, SNAP BI, signed with the partner's key.\n"
               "A payment that came back becomes a transfer-returned event.",
    .own = own_rows,
    .own_count = sizeof own_rows / sizeof own_rows[0],
    .check = app_check,
};

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
        if (program_stop_asked() && until_ms == 0) {
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
    int status;

    app.conf = program_start(&program, argc, argv, &status);
    if (!app.conf)
        return status;
    status = app_open(&app, &err) < 0 ? program_complain(&program, &err) : run(&app);
    app_close(&app);
    return status;
}
