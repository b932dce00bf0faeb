#include "worker/probe.h"

#include <string.h>

#include "base/metrics.h"

static int answer(void *context, const char *path, struct buf *body, const char **type)
{
    const struct probe *probe = context;

    if (strcmp(path, "/livez") == 0) {
        buf_text(body, "ok\n");
        return 200;
    }
    if (strcmp(path, "/readyz") == 0) {
        bool ready = probe->ready(probe->context);
        buf_text(body, ready ? "ready\n" : "not ready\n");
        return ready ? 200 : 503;
    }
    if (strcmp(path, "/metrics") == 0) {
        *type = "text/plain; version=0.0.4; charset=utf-8";
        metrics_render(body);
        return 200;
    }
    buf_text(body, "not found\n");
    return 404;
}

int probe_check(const char *address, struct err *err)
{
    if (strcmp(address, "off") == 0 || http_check(address, err) == 0)
        return 0;
    return err_prefix(err, "INSENTIF_HTTP");
}

int probe_open(const char *address, struct probe *probe, struct http **http, struct err *err)
{
    *http = NULL;
    if (strcmp(address, "off") == 0)
        return 0;
    *http = http_open(address, answer, probe, err);
    return *http ? 0 : err_prefix(err, "INSENTIF_HTTP");
}
