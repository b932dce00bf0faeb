#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim.h"

/* The value of a parameter in the query of uri; false when it isn't there. */
static bool parameter(const char *uri, const char *name, char *out, size_t cap)
{
    size_t name_size = strlen(name);
    const char *at = strchr(uri, '?');

    while (at) {
        at++;
        size_t size = strcspn(at, "&");
        if (strncmp(at, name, name_size) == 0 && at[name_size] == '=') {
            size_t value_size = size - name_size - 1;
            if (value_size >= cap)
                return false;
            memcpy(out, at + name_size + 1, value_size);
            out[value_size] = '\0';
            return true;
        }
        at = strchr(at, '&');
    }
    return false;
}

static void say(struct sim_reply *reply, int http, const char *name, const char *text)
{
    reply->http = http;
    buf_printf(&reply->body, "{\"%s\":\"", name);
    buf_json(&reply->body, text);
    buf_text(&reply->body, "\"}\n");
}

static void set_fixtures(struct sim *sim, const struct sim_request *request,
                         struct sim_reply *reply)
{
    size_t count;
    struct err err;

    if (sim_accounts_set(sim, request->body, request->size, &count, &err) < 0) {
        say(reply, 400, "error", err.text);
        return;
    }
    reply->http = 200;
    buf_printf(&reply->body, "{\"lines\":%zu}\n", count);
}

static void set_down(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    char name[16], on[8];
    int partner;

    if (!parameter(request->uri, "partner", name, sizeof name) ||
        !parameter(request->uri, "on", on, sizeof on) ||
        (partner = sim_partner_named(name)) < 0) {
        say(reply, 400, "error", "down needs partner=NAME and on=0, 1 or cut");
        return;
    }
    sim->down[partner] = strcmp(on, "cut") == 0 ? SIM_DOWN_CUT
                         : strcmp(on, "1") == 0 ? SIM_DOWN
                                                : SIM_UP;
    say(reply, 200, "down", on);
}

static void show_reference(struct sim *sim, const char *reference, struct sim_reply *reply)
{
    int64_t booked = 0, amount_idr = 0;

    for (int i = 0; i < SIM_PARTNERS; i++) {
        const struct sim_record *record = sim_ledger_find(&sim->ledger, i, reference);
        if (!record || record->state != SIM_BOOKED)
            continue;
        booked++;
        amount_idr += record->amount_idr;
    }
    reply->http = 200;
    buf_printf(&reply->body, "{\"booked\":%" PRId64 ",\"amount_idr\":%" PRId64 "}\n", booked,
               amount_idr);
}

static void show_totals(const struct sim *sim, struct sim_reply *reply)
{
    int64_t booked = 0, amount_idr = 0;

    for (int i = 0; i < SIM_PARTNERS; i++) {
        booked += sim->ledger.totals[i].booked;
        amount_idr += sim->ledger.totals[i].amount_idr;
    }
    reply->http = 200;
    buf_printf(&reply->body,
               "{\"booked\":%" PRId64 ",\"amount_idr\":%" PRId64
               ",\"references\":%zu,\"partners\":{",
               booked, amount_idr, sim->ledger.records.count);
    for (int i = 0; i < SIM_PARTNERS; i++)
        buf_printf(&reply->body,
                   "%s\"%s\":{\"booked\":%" PRId64 ",\"amount_idr\":%" PRId64
                   ",\"pending\":%" PRId64 ",\"failed\":%" PRId64 ",\"requests\":%" PRId64
                   ",\"inquiries\":%" PRId64 ",\"payments\":%" PRId64 ",\"statuses\":%" PRId64
                   ",\"duplicates\":%" PRId64 "}",
                   i > 0 ? "," : "", sim_partners[i].name, sim->ledger.totals[i].booked,
                   sim->ledger.totals[i].amount_idr, sim->ledger.totals[i].pending,
                   sim->ledger.totals[i].failed, sim->seen[i].requests, sim->seen[i].inquiries,
                   sim->seen[i].payments, sim->seen[i].statuses, sim->seen[i].duplicates);
    buf_text(&reply->body, "}}\n");
}

void sim_control(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    const char *path = request->uri + strlen("/_control/");
    size_t size = strcspn(path, "?");
    bool is_post = strcmp(request->method, "POST") == 0;
    char reference[SIM_REFERENCE_MAX];

    if (!request->from_loopback)
        say(reply, 403, "error", "from this machine only");
    else if (is_post && size == 8 && strncmp(path, "fixtures", size) == 0)
        set_fixtures(sim, request, reply);
    else if (is_post && size == 4 && strncmp(path, "down", size) == 0)
        set_down(sim, request, reply);
    else if (!is_post && size == 6 && strncmp(path, "ledger", size) == 0 &&
             parameter(request->uri, "reference", reference, sizeof reference))
        show_reference(sim, reference, reply);
    else if (!is_post && size == 6 && strncmp(path, "ledger", size) == 0)
        show_totals(sim, reply);
    else
        say(reply, 404, "error", "fixtures, down and ledger are here");
}
