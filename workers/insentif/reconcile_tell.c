/* insentif reconcile: what was found, for people and for programs. No personal data (R20). */
#include <inttypes.h>
#include <string.h>

#include "policy/calendar.h"
#include "put.h"
#include "reconcile.h"

static const struct {
    const char *name, *ours, *theirs; /* as the report has it */
    const char *json_ours, *json_theirs;
} sides[SIDE_COUNT] = {
    [SIDE_BOOKED] = { "booked", "our ledger: succeeded", "the statement: booked",
                      "ledger_succeeded", "statement_booked" },
    [SIDE_RETURNED] = { "returned", "our ledger: returned", "the statement: returned",
                        "ledger_returned", "statement_returned" },
    [SIDE_RECORDS] = { "paid now", "our ledger: its last word", "the participants' records",
                       "ledger_paid", "records_paid" },
};

static bool is_shown(const struct book *book, int partner)
{
    if (book->scope.partner >= 0)
        return book->scope.partner == partner;
    for (int side = 0; side < SIDE_COUNT; side++) {
        const struct tally *tally = &book->tallies[partner][side];
        if (tally->ours.count > 0 || tally->theirs.count > 0)
            return true;
    }
    return false;
}

bool tell_adds_up(const struct book *book)
{
    bool adds_up = true;

    for (int p = 0; p < PARTNER_COUNT; p++)
        for (int side = 0; side < SIDE_COUNT; side++)
            adds_up &= tally_adds_up(&book->tallies[p][side]);
    return adds_up;
}

/* ---------------------------------------------------------------- the report */
static void tell_sum(const char *what, const struct sum *sum, const char *more, FILE *to)
{
    char idr[RUPIAH_SIZE];

    (void)fprintf(to, "    %-30s %12" PRId64 " %24s%s\n", what, sum->count,
                  rupiah(sum->idr, idr), more);
}

static void tell_tally(const struct tally *tally, int side, FILE *to)
{
    (void)fprintf(to, "  %-32s %12s %24s\n", sides[side].name, "payments", "rupiah");
    tell_sum(sides[side].ours, &tally->ours, "", to);
    for (int s = 0; s < STEP_COUNT; s++)
        if (tally->steps[s].count != 0 || tally->steps[s].idr != 0)
            tell_sum(difference_name((enum difference_kind)s), &tally->steps[s], "", to);
    tell_sum(sides[side].theirs, &tally->theirs,
             tally_adds_up(tally) ? "  adds up" : "  DOES NOT ADD UP", to);
}

/* "BNI 600.000 2026-03-02 10:00:00" */
static void tell_word(const char *who, uint32_t partner, int64_t idr, int64_t at_ms, FILE *to)
{
    char amount[RUPIAH_SIZE], at[WIB_SIZE];

    (void)fprintf(to, "  %s %s %s %s", who, partner_row((enum partner)partner)->name,
                  rupiah(idr, amount), wib_time(at_ms, at));
}

static void tell_difference(const struct book *book, const struct difference *d, FILE *to)
{
    const struct payment *p = d->payment == NOWHERE ? NULL : book_payment(book, d->payment);
    const struct paid_for *i = d->instalment == NOWHERE ? NULL
                                                        : book_instalment(book, d->instalment);

    (void)fprintf(to, "  %s %s", d->reference, i && i->participant ? i->participant : "-");
    for (int side = 0; p && side < SIDE_STATEMENT_COUNT; side++)
        if (p->seen[side].lines > 0)
            tell_word(side == SIDE_BOOKED ? "| booked" : "| returned", p->seen[side].partner,
                      p->seen[side].amount_idr, p->seen[side].at_ms, to);
    for (int e = 0; p && e < LEDGER_ENTRY_COUNT; e++) {
        static const char *const names[] = {
#define X(name) #name,
            FOREACH_LEDGER_ENTRY(X)
#undef X
        };
        if (ledger_has(p, (enum ledger_entry)e))
            (void)fprintf(to, "  %s%s", p->entries & ((1 << e) - 1) ? "" : "| ledger ", names[e]);
    }
    if (p && p->entries)
        tell_word("as", p->partner, p->amount_idr, p->ledger_ms[SIDE_BOOKED], to);
    if (i && i->record_attempt > 0)
        (void)fprintf(to, "  | record paid, attempt %" PRId32, i->record_attempt);
    (void)fputc('\n', to);
}

static void tell_kind(const struct book *book, size_t *at, bool edge, int64_t most, FILE *to)
{
    enum difference_kind kind = book->differences[*at].kind;
    int64_t count = edge ? book->edges[kind] : book->found[kind], told = 0;

    if (count > 0)
        (void)fprintf(to, "\n%s%s, %" PRId64 ": %s\n", difference_name(kind),
                      edge ? " (at the edge of the days: no difference yet)" : "", count,
                      difference_meaning(kind));
    for (; *at < book->count && book->differences[*at].kind == kind; ++*at)
        if (book->differences[*at].edge == edge && told++ < most)
            tell_difference(book, &book->differences[*at], to);
    if (told > most)
        (void)fprintf(to, "  and %" PRId64 " more: see --report or --json\n", told - most);
}

static void tell_returns(const struct returns *r, FILE *to)
{
    char idr[RUPIAH_SIZE];

    (void)fprintf(to, "\nreturns: %" PRId64 " people, %" PRId64 " payments, Rp%s %s\n", r->people,
                  r->payments, rupiah(r->idr, idr),
                  r->produced ? "told to disbursement-worker"
                              : "would be told to disbursement-worker; give --yes to do it");
    if (r->left > 0)
        (void)fprintf(to, "%" PRId64 " more returns are not as we paid: a person must look\n",
                      r->left);
}

static void tell_days(const struct scope *scope, FILE *to)
{
    char from[WIB_SIZE] = "the beginning", until[WIB_SIZE] = "the end";

    if (scope->from_ms != INT64_MIN)
        (void)wib_date(scope->from_ms, from);
    if (scope->to_ms != INT64_MAX)
        (void)wib_date(scope->to_ms, until);
    (void)fprintf(to, "Days (WIB): from %s to %s\nPartners: %s\n", from, until,
                  scope->partner < 0 ? "all"
                                     : partner_row((enum partner)scope->partner)->name);
}

void tell_report(const struct told *told, int64_t most, FILE *to)
{
    const struct book *book = told->book;
    int64_t found = 0, edges = 0;

    (void)fprintf(to, "Statement: %s, %" PRId64 " lines\n", told->statement, told->lines);
    tell_days(&book->scope, to);
    for (int p = 0; p < PARTNER_COUNT; p++) {
        if (!is_shown(book, p))
            continue;
        (void)fprintf(to, "\n%s\n", partner_row((enum partner)p)->name);
        for (int side = 0; side < SIDE_COUNT; side++)
            tell_tally(&book->tallies[p][side], side, to);
    }
    for (size_t at = 0; at < book->count;) {
        size_t again = at;
        tell_kind(book, &at, false, most, to);
        tell_kind(book, &again, true, most, to);
    }
    for (int k = 0; k < DIFFERENCE_COUNT; k++) {
        found += book->found[k];
        edges += book->edges[k];
    }
    if (told->returns)
        tell_returns(told->returns, to);
    (void)fprintf(to, "\n%" PRId64 " differences, %" PRId64 " at the edge of the days\n", found,
                  edges);
}

/* ---------------------------------------------------------------- JSON */
static void put_partner(struct buf *out, const char *key, bool known, uint32_t partner)
{
    put_text(out, key, known ? partner_row((enum partner)partner)->name : NULL);
}

static void put_amount(struct buf *out, const char *key, int64_t idr)
{
    put_time(out, key, idr); /* 0: null */
}

static void json_difference(const struct book *book, const struct difference *d, struct buf *out)
{
    static const struct payment none = { .instalment = NOWHERE };
    static const struct paid_for nobody = { .id = NULL };
    const struct payment *p = d->payment == NOWHERE ? &none : book_payment(book, d->payment);
    const struct paid_for *i = d->instalment == NOWHERE ? &nobody
                                                        : book_instalment(book, d->instalment);
    const struct seen *booked = &p->seen[SIDE_BOOKED], *back = &p->seen[SIDE_RETURNED];

    put_text(out, "difference", difference_name(d->kind));
    put_bool(out, "edge", d->edge);
    put_text(out, "reference", d->reference);
    put_text(out, "participant_id", i->participant);
    put_partner(out, "booked_by", booked->lines > 0, booked->partner);
    put_amount(out, "booked_idr", booked->amount_idr);
    put_time(out, "booked_at_ms", booked->at_ms);
    put_number(out, "booked_lines", booked->lines);
    put_partner(out, "returned_by", back->lines > 0, back->partner);
    put_amount(out, "returned_idr", back->amount_idr);
    put_time(out, "returned_at_ms", back->at_ms);
    put_partner(out, "ledger_partner", p->entries != 0, p->partner);
    put_amount(out, "ledger_idr", p->amount_idr);
    put_bool(out, "ledger_succeeded", p->entries && ledger_paid(p));
    put_bool(out, "ledger_returned", ledger_has(p, LEDGER_RETURNED));
    put_time(out, "ledger_at_ms", p->ledger_ms[SIDE_BOOKED]);
    put_bool(out, "record_paid", i->record_attempt > 0);
    put_amount(out, "record_idr", i->record_idr);
}

static void put_sum(struct buf *out, const char *key, const struct sum *sum)
{
    put_key(out, key);
    buf_text(out, "{");
    put_number(out, "count", sum->count);
    put_number(out, "idr", sum->idr);
    buf_text(out, "}");
}

static void json_partner(const struct book *book, int partner, struct buf *out)
{
    bool adds_up = true;

    put_comma(out);
    buf_text(out, "{");
    put_text(out, "partner", partner_row((enum partner)partner)->name);
    for (int side = 0; side < SIDE_COUNT; side++) {
        const struct tally *tally = &book->tallies[partner][side];
        put_sum(out, sides[side].json_ours, &tally->ours);
        put_sum(out, sides[side].json_theirs, &tally->theirs);
        adds_up &= tally_adds_up(tally);
    }
    put_bool(out, "adds_up", adds_up);
    buf_text(out, "}");
}

static void json_summary(const struct told *told, struct buf *out)
{
    const struct book *book = told->book;
    int64_t found = 0, edges = 0;

    for (int k = 0; k < DIFFERENCE_COUNT; k++) {
        found += book->found[k];
        edges += book->edges[k];
    }
    put_number(out, "differences", found);
    put_number(out, "edges", edges);
    put_number(out, "lines", told->lines);
    put_key(out, "kinds");
    buf_text(out, "{");
    for (int k = 0; k < DIFFERENCE_COUNT; k++)
        put_number(out, difference_name((enum difference_kind)k), book->found[k]);
    buf_text(out, "}");
    put_key(out, "partners");
    buf_text(out, "[");
    for (int p = 0; p < PARTNER_COUNT; p++)
        if (is_shown(book, p))
            json_partner(book, p, out);
    buf_text(out, "]");
    if (!told->returns)
        return;
    put_key(out, "returns");
    buf_text(out, "{");
    put_number(out, "people", told->returns->people);
    put_number(out, "payments", told->returns->payments);
    put_number(out, "idr", told->returns->idr);
    put_number(out, "left", told->returns->left);
    put_bool(out, "produced", told->returns->produced);
    buf_text(out, "}");
}

void tell_json(const struct told *told, FILE *to)
{
    struct buf line = { 0 };

    for (size_t i = 0; i <= told->book->count; i++) {
        buf_reset(&line);
        buf_text(&line, "{");
        if (i < told->book->count)
            json_difference(told->book, &told->book->differences[i], &line);
        else
            json_summary(told, &line);
        buf_text(&line, "}\n");
        (void)fwrite(line.data, 1, line.size, to);
    }
    buf_release(&line);
}
