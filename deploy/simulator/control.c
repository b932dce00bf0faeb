#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
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

/* The partner that is named in the query. -1: *reply says so. */
static int partner_of(const struct sim_request *request, struct sim_reply *reply)
{
    char name[16];
    int partner = parameter(request->uri, "partner", name, sizeof name) ? sim_partner_named(name)
                                                                        : -1;

    if (partner < 0)
        say(reply, 400, "error", "it needs partner=NAME");
    return partner;
}

static void set_down(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    char on[8];
    int partner = partner_of(request, reply);

    if (partner < 0)
        return;
    if (!parameter(request->uri, "on", on, sizeof on)) {
        say(reply, 400, "error", "down needs on=0, 1 or cut");
        return;
    }
    sim->down[partner] = strcmp(on, "cut") == 0 ? SIM_DOWN_CUT
                         : strcmp(on, "1") == 0 ? SIM_DOWN
                                                : SIM_UP;
    say(reply, 200, "down", on);
}

static void set_window(struct sim *sim, const struct sim_request *request,
                       struct sim_reply *reply)
{
    char open[16];
    int partner = partner_of(request, reply);

    if (partner < 0)
        return;
    if (!parameter(request->uri, "open", open, sizeof open) ||
        !sim_read_window(open, sim, partner))
        say(reply, 400, "error", "window needs open=HH:MM-HH:MM or always");
    else
        say(reply, 200, "open", open);
}

/* So much is available from now on, whatever was booked before. */
static void set_balance(struct sim *sim, const struct sim_request *request,
                        struct sim_reply *reply)
{
    char text[24];
    int64_t idr;
    int partner = partner_of(request, reply);

    if (partner < 0)
        return;
    if (!parameter(request->uri, "idr", text, sizeof text) ||
        !str_to_int64(text, 0, SIM_DEPOSIT_MAX_IDR, &idr)) {
        say(reply, 400, "error", "balance needs idr=RUPIAH");
        return;
    }
    sim->deposit_idr[partner] += idr - sim_available_idr(sim, partner);
    say(reply, 200, "available", text);
}

/* What would happen later happens now: one step of each late booking, limbo and return. */
static void settle(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    (void)request;
    reply->http = 200;
    buf_printf(&reply->body, "{\"changed\":%zu}\n",
               sim_ledger_turn(&sim->ledger, clock_wire_ms(), true));
    reply->synced = true;
}

static void show_statement(struct sim *sim, const struct sim_request *request,
                           struct sim_reply *reply)
{
    char name[16];
    bool one = parameter(request->uri, "partner", name, sizeof name);
    int partner = one ? partner_of(request, reply) : -1;

    if (one && partner < 0)
        return;
    reply->http = 200;
    reply->type = "text/csv";
    sim_statement(&sim->ledger, partner, &reply->body);
    reply->synced = true;
}

static void show_reference(struct sim *sim, const char *reference, struct sim_reply *reply)
{
    int64_t booked = 0, amount_idr = 0, returned = 0;

    for (int i = 0; i < SIM_PARTNERS; i++) {
        const struct sim_record *record = sim_ledger_find(&sim->ledger, i, reference);
        if (!record || !record->booked_ms)
            continue;
        booked++;
        returned += record->returned_ms != 0;
        amount_idr += record->amount_idr;
    }
    reply->http = 200;
    buf_printf(&reply->body,
               "{\"booked\":%" PRId64 ",\"amount_idr\":%" PRId64 ",\"returned\":%" PRId64 "}\n",
               booked, amount_idr, returned);
}

static void show_partner(const struct sim *sim, int i, struct sim_reply *reply)
{
    const struct {
        const char *name;
        int64_t value;
    } rows[] = {
        { "booked", sim->ledger.totals[i].booked },
        { "amount_idr", sim->ledger.totals[i].amount_idr },
        { "returned", sim->ledger.totals[i].returned },
        { "returned_idr", sim->ledger.totals[i].returned_idr },
        { "pending", sim->ledger.totals[i].pending },
        { "failed", sim->ledger.totals[i].failed },
        { "available_idr", sim_available_idr(sim, i) },
        { "requests", sim->seen[i].requests },
        { "inquiries", sim->seen[i].inquiries },
        { "payments", sim->seen[i].payments },
        { "statuses", sim->seen[i].statuses },
        { "duplicates", sim->seen[i].duplicates },
    };

    buf_printf(&reply->body, "%s\"%s\":{", i > 0 ? "," : "", sim_partners[i].name);
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        buf_printf(&reply->body, "%s\"%s\":%" PRId64, k > 0 ? "," : "", rows[k].name,
                   rows[k].value);
    buf_text(&reply->body, "}");
}

static void show_totals(const struct sim *sim, struct sim_reply *reply)
{
    int64_t booked = 0, amount_idr = 0, returned_idr = 0;

    for (int i = 0; i < SIM_PARTNERS; i++) {
        booked += sim->ledger.totals[i].booked;
        amount_idr += sim->ledger.totals[i].amount_idr;
        returned_idr += sim->ledger.totals[i].returned_idr;
    }
    reply->http = 200;
    buf_printf(&reply->body,
               "{\"booked\":%" PRId64 ",\"amount_idr\":%" PRId64 ",\"returned_idr\":%" PRId64
               ",\"references\":%zu,\"notified\":%" PRId64 ",\"notify_given_up\":%" PRId64
               ",\"partners\":{",
               booked, amount_idr, returned_idr, sim->ledger.records.count,
               sim_notify_count(sim->notify, true), sim_notify_count(sim->notify, false));
    for (int i = 0; i < SIM_PARTNERS; i++)
        show_partner(sim, i, reply);
    buf_text(&reply->body, "}}\n");
}

static void show_ledger(struct sim *sim, const struct sim_request *request,
                        struct sim_reply *reply)
{
    char reference[SIM_REFERENCE_MAX];

    if (parameter(request->uri, "reference", reference, sizeof reference))
        show_reference(sim, reference, reply);
    else
        show_totals(sim, reply);
}

static const struct {
    const char *method, *name;
    void (*act)(struct sim *sim, const struct sim_request *request, struct sim_reply *reply);
} calls[] = {
    { "POST", "fixtures", set_fixtures }, { "POST", "down", set_down },
    { "POST", "window", set_window },     { "POST", "balance", set_balance },
    { "POST", "settle", settle },         { "GET", "ledger", show_ledger },
    { "GET", "statement", show_statement },
};

void sim_control(struct sim *sim, const struct sim_request *request, struct sim_reply *reply)
{
    const char *path = request->uri + strlen("/_control/");
    size_t size = strcspn(path, "?");

    if (!request->from_loopback) {
        say(reply, 403, "error", "from this machine only");
        return;
    }
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(request->method, calls[i].method) != 0 || strlen(calls[i].name) != size ||
            strncmp(path, calls[i].name, size) != 0)
            continue;
        calls[i].act(sim, request, reply);
        return;
    }
    say(reply, 404, "error",
        "POST fixtures, down, window, balance, settle and GET ledger, statement are here");
}
