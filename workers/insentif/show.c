/* insentif show: participants as they stand, by the rules alone. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "people.h"
#include "policy/explain.h"
#include "policy/money.h"
#include "put.h"
#include "table.h"

struct showing {
    struct buf line;
    struct table table;
    size_t unknown;
};

/* An attempt's own: who was asked to pay, and under which reference. */
static bool is_under_way(const struct instalment *i)
{
    return i->state != INST_NONE && i->state != INST_READY && i->account_ref[0] &&
           strcmp(i->account_ref, "-") != 0;
}

static void put_next(struct buf *out, const struct advice *advice)
{
    put_key(out, "next");
    buf_text(out, "{");
    put_text(out, "actor", actor_name(advice->actor));
    put_text(out, "what", advice->what);
    put_text(out, "todo", advice->todo);
    put_text(out, "english", advice->english);
    buf_text(out, "}");
}

static void put_history(struct buf *out, struct buf *history)
{
    struct happening h;
    char *text = history->data;

    put_key(out, "history");
    buf_text(out, "[");
    while (history->size > 0 && happening_next(&text, &h)) {
        put_comma(out);
        buf_text(out, "{");
        put_time(out, "at_ms", h.at_ms);
        put_number(out, "attempt", h.attempt);
        put_text(out, "what", h.what);
        put_text(out, "partner", h.partner);
        put_text(out, "reason", h.reason);
        put_text(out, "code", h.code);
        buf_text(out, "}");
    }
    buf_text(out, "]");
}

static void put_instalment(struct cli *cli, struct person *p, uint8_t k, int64_t business_ms,
                           struct buf *out)
{
    const struct instalment *i = &p->record.instalments[k];
    const struct shown_row *shown = shown_row(instalment_shown(&p->record, i, business_ms));
    enum reason reason = instalment_reason(&p->record, i, business_ms);
    struct advice next = explain_instalment(&p->record, i, business_ms);
    bool late = promise_is_broken(&p->record, i, business_ms);
    char reference[REFERENCE_MAX + 1] = "";

    if (is_under_way(i))
        id_reference(cli->environment, p->instalment_ids[k], i->attempt, reference);
    put_comma(out);
    buf_text(out, "{");
    put_text(out, "kind", payment_kind_name(i->kind));
    put_number(out, "number", i->number);
    put_text(out, "instalment_id", p->instalment_ids[k]);
    put_number(out, "amount_idr", i->amount_idr);
    put_text(out, "state", shown->name);
    put_text(out, "dashboard", shown->dashboard);
    put_text(out, "reason", reason == REASON_NONE ? NULL : reason_row(reason)->name);
    put_number(out, "attempt", i->attempt);
    put_time(out, "due_at_ms", i->due_at_ms);
    put_time(out, "promised_at_ms", i->promised_at_ms);
    put_time(out, "scheduled_at_ms", p->record.scheduled_at_ms);
    put_bool(out, "provisional", i->provisional);
    put_time(out, "paid_at_ms", i->paid_at_ms);
    put_text(out, "partner", is_under_way(i) ? partner_row(i->partner)->name : NULL);
    put_text(out, "reference", reference);
    put_text(out, "case_id", p->case_ids[k]);
    put_bool(out, "late", late);
    put_time(out, "promised_next_ms", late ? promised_next_ms(&p->record, i, business_ms) : 0);
    put_time(out, "next_at_ms", instalment_next_ms(&p->record, i, business_ms));
    put_next(out, &next);
    put_history(out, &p->history[k]);
    buf_text(out, "}");
}

static void put_conditions(const struct record *r, int64_t business_ms, struct buf *out)
{
    put_key(out, "missing");
    buf_text(out, "[");
    for (int c = 0; c < CONDITION_COUNT; c++) {
        if (condition_met(r, (enum condition)c, NULL))
            continue;
        put_comma(out);
        buf_printf(out, "\"%s\"", condition_name((enum condition)c));
    }
    buf_text(out, "]");
    put_key(out, "conditions");
    buf_text(out, "[");
    for (int c = 0; c < CONDITION_COUNT; c++) {
        int64_t since_ms = 0;
        bool met = condition_met(r, (enum condition)c, &since_ms);
        put_comma(out);
        buf_text(out, "{");
        put_text(out, "name", condition_name((enum condition)c));
        put_bool(out, "met", met);
        put_time(out, "since_ms", since_ms);
        if (!met) {
            struct advice next = explain_condition(r, (enum condition)c, business_ms);
            put_next(out, &next);
        }
        buf_text(out, "}");
    }
    buf_text(out, "]");
}

static int show_json(struct cli *cli, struct person *p, int64_t business_ms, void *context)
{
    struct buf *out = &((struct showing *)context)->line;
    const struct record *r = &p->record;
    const struct account *current = record_current(r);
    const struct account *account = current ? current : record_candidate(r);

    ((struct showing *)context)->unknown += !p->known;
    buf_reset(out);
    buf_text(out, "{");
    put_text(out, "participant_id", p->id);
    put_bool(out, "known", p->known);
    put_text(out, "scheme", r->scheme);
    put_number(out, "wave", r->wave);
    put_conditions(r, business_ms, out);
    put_key(out, "account");
    buf_text(out, account ? "{" : "null");
    if (account) {
        put_text(out, "partner", partner_row(account->partner)->name);
        put_bool(out, "verified", account_is_verified(account));
        buf_text(out, "}");
    }
    put_key(out, "instalments");
    buf_text(out, "[");
    for (uint8_t k = 0; k < r->instalment_count; k++)
        if (r->instalments[k].state != INST_NONE)
            put_instalment(cli, p, k, business_ms, out);
    buf_text(out, "]}\n");
    (void)fwrite(out->data, 1, out->size, stdout);
    return DONE;
}

int show_as_json(struct cli *cli)
{
    struct showing showing = { .unknown = 0 };
    int status = people_each(cli, cli->operands, cli->operand_count, show_json, &showing);

    buf_release(&showing.line);
    return people_end(cli, status, showing.unknown);
}

static void missing_text(const struct record *r, char *out, size_t cap)
{
    size_t used = 0;

    out[0] = '\0';
    for (int c = 0; c < CONDITION_COUNT; c++)
        if (!condition_met(r, (enum condition)c, NULL) && used < cap)
            used += (size_t)snprintf(out + used, cap - used, "%s%s", used ? "," : "",
                                     condition_name((enum condition)c));
}

static int show_row(struct cli *cli, struct person *p, int64_t business_ms, void *context)
{
    struct showing *showing = context;
    struct table *t = &showing->table;
    const struct record *r = &p->record;
    char missing[100], due[WIB_SIZE], promised[WIB_SIZE], paid[WIB_SIZE];
    bool any = false;

    (void)cli;
    showing->unknown += !p->known;
    missing_text(r, missing, sizeof missing);
    for (uint8_t k = 0; k < r->instalment_count; k++) {
        const struct instalment *i = &r->instalments[k];
        if (i->state == INST_NONE)
            continue;
        enum reason reason = instalment_reason(r, i, business_ms);
        any = true;
        table_cell(t, "%s", p->id);
        table_cell(t, "%s", r->scheme);
        table_cell(t, "%s", missing);
        table_cell(t, "%s%" PRId32, i->kind == PAYMENT_SURVEY ? "survey " : "", i->number);
        table_cell(t, "%" PRId64, i->amount_idr);
        table_cell(t, "%s", shown_row(instalment_shown(r, i, business_ms))->name);
        table_cell(t, "%s", reason == REASON_NONE ? "" : reason_row(reason)->name);
        table_cell(t, "%s%s", wib_date(i->due_at_ms, due), i->provisional ? "?" : "");
        table_cell(t, "%s", wib_date(i->promised_at_ms, promised));
        table_cell(t, "%s", wib_date(i->paid_at_ms, paid));
    }
    if (any)
        return DONE;
    table_cell(t, "%s", p->id);
    table_cell(t, "%s", r->scheme);
    table_cell(t, "%s", p->known ? missing : "(nothing is known)");
    for (int i = 0; i < 7; i++)
        table_cell(t, "%s", "");
    return DONE;
}

static int run(struct cli *cli)
{
    static const char *const titles[] = { "participant", "scheme", "missing", "instalment",
                                          "amount_idr",  "state",  "reason",  "due",
                                          "promised",    "paid" };
    struct showing showing = { .unknown = 0 };

    if (option_flag(cli, "--all") == (cli->operand_count > 0))
        return cli_fail(cli, WRONG, "give participant ids, or --all");
    if (option_flag(cli, "--json"))
        return show_as_json(cli);
    table_open(&showing.table, titles, sizeof titles / sizeof titles[0]);
    int status = people_each(cli, cli->operands, cli->operand_count, show_row, &showing);
    if (status == DONE || showing.table.cells > showing.table.columns)
        table_print(&showing.table);
    buf_release(&showing.table.text);
    return people_end(cli, status, showing.unknown);
}

static const struct option_row options[] = {
    { "--all", OPTION_FLAG, 0, 0, 0, NULL, "everybody" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "one JSON line per participant, with histories" },
    { 0 },
};

const struct command show_command = {
    .name = "show",
    .operands = "<participant>… | --all",
    .summary = "Show participants and their instalments.",
    .more = "Dates are WIB; a due date with \"?\" is provisional (no decree for that year yet).\n"
            "Nothing known about one of them: said, and exit 1.",
    .options = options,
    .most = 100000,
    .run = run,
};
