#include <inttypes.h>

#include "sim.h"
#include "snap/code.h"

static const char *code_text(int http, int kase)
{
    for (size_t i = 0; i < snap_code_count; i++)
        if (snap_code_rows[i].http == http && snap_code_rows[i].kase == kase)
            return snap_code_rows[i].text;
    return "Service Unavailable";
}

void sim_begin(struct sim_reply *reply, int http, int service, int kase, const char *field)
{
    reply->http = http;
    buf_reset(&reply->body);
    buf_printf(&reply->body, "{\"responseCode\":\"%03d%02d%02d\",\"responseMessage\":\"%s%s", http,
               service, kase, code_text(http, kase), *field ? " " : "");
    buf_json(&reply->body, field);
    buf_text(&reply->body, "\"");
}

void sim_end(struct sim_reply *reply)
{
    buf_text(&reply->body, "}");
}

void sim_refuse(struct sim_reply *reply, int http, int service, int kase, const char *field)
{
    sim_begin(reply, http, service, kase, field);
    sim_end(reply);
}

void sim_add_text(struct sim_reply *reply, const char *name, const char *text)
{
    buf_printf(&reply->body, ",\"%s\":\"", name);
    buf_json(&reply->body, text);
    buf_text(&reply->body, "\"");
}

void sim_add_amount(struct sim_reply *reply, const char *name, int64_t amount_idr)
{
    buf_printf(&reply->body, ",\"%s\":{\"value\":\"%" PRId64 ".00\",\"currency\":\"IDR\"}", name,
               amount_idr);
}

void sim_refuse_as(struct sim_reply *reply, const struct sim_service *service,
                   const struct sim_fault *fault)
{
    sim_begin(reply, fault->http, service->code, fault->kase, fault->field);
    if (*fault->word)
        buf_printf(&reply->body, ",\"additionalInfo\":{\"resultMsg\":\"%s\"}", fault->word);
    sim_end(reply);
}
