#ifndef WORKERS_CALLBACK_APP_H
#define WORKERS_CALLBACK_APP_H

/* Everything that partner-callback holds open. */
#include "base/conf.h"
#include "desk.h"
#include "worker/probe.h"
#include "worker/settings.h"

#define APP_NAME "partner-callback"

struct app {
    struct conf *conf;
    struct settings_edges edges;
    struct keys keys;
    struct bus *bus;
    struct store *store;
    struct codec *codec;
    struct desk *desk;
    struct probe probe;
    struct http *probes, *door;
};

/* What its own settings say, without connecting. ERR_FATAL names the one that is wrong. */
MUST_CHECK int app_check(const struct conf *conf, struct err *err);

/* Open what app->conf says. ERR_FATAL names the setting; app_close() in any case. */
MUST_CHECK int app_open(struct app *app, struct err *err);
void app_close(struct app *app);

/* Until something happens, or a signal. */
void app_rest(struct app *app);

#endif
