/* insentif reprocess: what it found, for people and for programs. No personal data (R20). */
#include <inttypes.h>
#include <stdio.h>

#include "put.h"
#include "reprocess.h"
#include "table.h"

const char *put_back_state_name(enum put_back_state state)
{
    return state == STATE_FAILED ? "FAILED" : "HELD";
}

typedef void row_fn(const char *reason, const char *partner, const char *state,
                    const struct tally *tally, void *context);

static void tell_rows(const struct reprocessing *r, row_fn *row, void *context)
{
    for (int reason = 0; reason < REASON_COUNT; reason++)
        for (int p = 0; p < PARTNER_COUNT; p++)
            for (int s = 0; s < STATE_COUNT; s++)
                if (r->tallies[reason][p][s].payments > 0)
                    row(reason_row((enum reason)reason)->name,
                        partner_row((enum partner)p)->name,
                        put_back_state_name((enum put_back_state)s), &r->tallies[reason][p][s],
                        context);
}

static void table_row(const char *reason, const char *partner, const char *state,
                      const struct tally *tally, void *context)
{
    struct table *table = context;
    char idr[RUPIAH_SIZE];

    table_cell(table, "%s", reason);
    table_cell(table, "%s", partner);
    table_cell(table, "%s", state);
    table_cell(table, "%" PRId64, tally->people);
    table_cell(table, "%" PRId64, tally->payments);
    table_cell(table, "%s", rupiah(tally->idr, idr));
}

static void put_tally(struct buf *out, const struct tally *tally)
{
    put_number(out, "people", tally->people);
    put_number(out, "payments", tally->payments);
    put_number(out, "amount_idr", tally->idr);
}

static void json_row(const char *reason, const char *partner, const char *state,
                     const struct tally *tally, void *context)
{
    struct buf *out = context;

    buf_text(out, "{");
    put_text(out, "reason", reason);
    put_text(out, "partner", partner);
    put_text(out, "state", state);
    put_tally(out, tally);
    buf_text(out, "}\n");
}

static void tell_json(const struct reprocessing *r)
{
    struct buf out = { 0 };

    tell_rows(r, json_row, &out);
    buf_text(&out, "{");
    put_tally(&out, &r->total);
    put_bool(&out, "needs_approval", r->needs_second);
    put_text(&out, "action_id", r->work.sent > 0 ? r->audit.action_id : NULL);
    put_number(&out, "sent", r->work.sent);
    buf_text(&out, "}\n");
    (void)fputs(out.data, stdout);
    buf_release(&out);
}

static void tell_table(const struct cli *cli, const struct reprocessing *r)
{
    static const char *const titles[] = { "reason", "partner", "state", "people", "payments",
                                          "rupiah" };
    struct table table;
    char idr[RUPIAH_SIZE];

    if (r->total.payments == 0) {
        (void)printf("nothing is held or has failed like that\n");
        return;
    }
    table_open(&table, titles, sizeof titles / sizeof titles[0]);
    tell_rows(r, table_row, &table);
    table_row("all", "", "", &r->total, &table);
    table_print(&table);
    if (option_flag(cli, "--yes"))
        (void)printf("put back, and on its way to disbursement-worker: action %s\n",
                     r->audit.action_id);
    else if (r->needs_second)
        (void)printf("nothing is changed yet: it needs --yes --by NAME --approved-by NAME "
                     "--at-most %" PRId64 ", and\nanother person to agree: above Rp%s, or a person "
                     "had to decide\n", r->total.idr,
                     rupiah(conf_int(cli->conf, "INSENTIF_APPROVAL_IDR"), idr));
    else
        (void)printf("nothing is changed yet: it needs --yes --by NAME, and no second person\n");
}

void reprocess_tell(const struct cli *cli, const struct reprocessing *r)
{
    if (option_flag(cli, "--json"))
        tell_json(r);
    else
        tell_table(cli, r);
}
