/*
 * insentif reprocess: what the programme or a partner has wrongly held or failed, put back, of some
 * or in bulk (R14). Each payment's event names the failure it is about, and disbursement-worker
 * passes over what has gone on since: so the same may be said again, and a part of it harms nobody.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/str.h"
#include "options.h"
#include "people.h"
#include "policy/money.h"
#include "put.h"
#include "reprocess.h"

#define SOURCE "/insentif/reprocess"

/* ---------------------------------------------------------------- what is asked for */
static int take_state(const struct cli *cli, int32_t *state)
{
    const char *text = option_text(cli, "--state");
    char upper[16];

    *state = -1;
    if (!text)
        return DONE;
    bool whole = option_upper(upper, sizeof upper, text);
    for (int32_t s = 0; whole && s < STATE_COUNT; s++)
        if (strcmp(upper, put_back_state_name((enum put_back_state)s)) == 0)
            *state = s;
    return *state >= 0 ? DONE : cli_fail(cli, WRONG, "--state must be held or failed");
}

static void add_option(struct buf *out, const char *name, const char *value)
{
    buf_printf(out, "%s%s %s", out->size > 0 ? " " : "", name, value);
}

static void add_time(struct buf *out, const char *name, int64_t at_ms)
{
    char text[STR_TIME_MAX];

    str_time(at_ms, text);
    add_option(out, name, text);
}

/* For the audit: how many were named, and the options. Who they are stands in the payments'
 * events. */
static void write_filter(const struct filter *f, char out[ENTRY_TEXT_MAX + 1])
{
    struct buf text = { 0 };

    if (f->named > 0)
        buf_printf(&text, "%zu participant%s", f->named, f->named > 1 ? "s" : "");
    if (f->reason >= 0)
        add_option(&text, "--reason", reason_row((enum reason)f->reason)->name);
    if (f->partner >= 0)
        add_option(&text, "--partner", partner_row((enum partner)f->partner)->name);
    if (f->since_ms != INT64_MIN)
        add_time(&text, "--since", f->since_ms);
    if (f->until_ms != INT64_MAX)
        add_time(&text, "--until", f->until_ms);
    if (f->state >= 0)
        add_option(&text, "--state", put_back_state_name((enum put_back_state)f->state));
    bool whole = str_copy(out, ENTRY_TEXT_MAX + 1, text.data);
    assert(whole);
    (void)whole;
    buf_release(&text);
}

static int take_filter(const struct cli *cli, struct filter *f)
{
    int status = option_reason(cli, "--reason", &f->reason);

    if (status == DONE)
        status = option_partner(cli, "--partner", &f->partner);
    if (status == DONE)
        status = take_state(cli, &f->state);
    if (status == DONE)
        status = option_time(cli, "--since", false, INT64_MIN, &f->since_ms);
    if (status == DONE)
        status = option_time(cli, "--until", true, INT64_MAX, &f->until_ms);
    if (status == DONE && f->since_ms > f->until_ms)
        status = cli_fail(cli, WRONG, "--since is after --until");
    if (status == DONE && cli->operand_count == 0 && f->reason < 0 && f->partner < 0 &&
        f->state < 0 && f->since_ms == INT64_MIN && f->until_ms == INT64_MAX)
        status = cli_fail(cli, WRONG, "which ones? give participants, or at least one of "
                          "--reason, --partner, --since, --until, --state");
    return status;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct named_one *)a)->id, ((const struct named_one *)b)->id);
}

/* Who is named twice counts once. */
static void take_named(const struct cli *cli, struct reprocessing *r)
{
    size_t *kept = &r->filter.named;

    *kept = 0;
    r->named = calloc(cli->operand_count + 1, sizeof *r->named);
    if (!r->named)
        abort();
    for (size_t i = 0; i < cli->operand_count; i++)
        r->named[i].id = cli->operands[i];
    qsort(r->named, cli->operand_count, sizeof *r->named, by_id);
    for (size_t i = 0; i < cli->operand_count; i++)
        if (*kept == 0 || by_id(&r->named[*kept - 1], &r->named[i]) != 0)
            r->named[(*kept)++] = r->named[i];
}

/* Who puts back, and who agrees. Nothing has been looked at yet. */
static int take_people(const struct cli *cli, struct operator_audit *audit)
{
    const char *approver = option_text(cli, "--approved-by");
    int status = option_said_by(cli, audit->said_by);

    if (status == DONE)
        status = option_note(cli, audit->note);
    if (status != DONE || !approver)
        return status;
    if (!*approver || !str_copy(audit->approved_by, sizeof audit->approved_by, approver))
        return cli_fail(cli, WRONG, "--approved-by: 1 to %d bytes", SAID_BY_MAX);
    if (strcasecmp(audit->approved_by, audit->said_by) == 0)
        return cli_fail(cli, WRONG, "--approved-by must be another person than --by");
    if (option_int(cli, "--at-most") == 0)
        return cli_fail(cli, WRONG, "--approved-by also needs --at-most RUPIAH, the sum agreed "
                        "to");
    return DONE;
}

static int begin(struct cli *cli, struct reprocessing *r)
{
    struct operator_audit *audit = &r->audit;
    int status = take_filter(cli, &r->filter);
    struct err err;

    take_named(cli, r);
    if (status != DONE || !option_flag(cli, "--yes"))
        return status;
    status = take_people(cli, audit);
    if (status != DONE)
        return status;
    str_copy(audit->command, sizeof audit->command, cli->command->name);
    write_filter(&r->filter, audit->filter);
    audit->said_at_ms = clock_wire_ms();
    id_action(cli->environment, audit, audit->action_id);
    const char *wrong = event_impossible(EVENT_OPERATOR_AUDIT, audit, audit->said_at_ms);
    if (wrong)
        return cli_fail(cli, WRONG, "%s", wrong);
    r->codec = codec_open(&err);
    if (!r->codec)
        return cli_fail(cli, AWAY, "%s", err.text);
    r->work.spool = spool_open(cli);
    return r->work.spool ? DONE : AWAY;
}

/* ---------------------------------------------------------------- what is found */
/* Of the attempt, if it was the attempt that failed; else of the account that is held. */
static enum partner partner_of(const struct record *record, const struct instalment *i,
                               const struct failing *f)
{
    struct mark mark = { .reason = f->reason, .at_ms = f->at_ms }, own = mark_of_failure(i);
    const struct account *account = record_account(record, f->account_ref);

    str_copy(mark.account_ref, sizeof mark.account_ref, f->account_ref);
    return mark_equals(&mark, &own) || !account ? i->partner : account->partner;
}

static bool is_asked_for(const struct filter *filter, const struct failing *f,
                         enum partner partner, enum put_back_state state)
{
    return (filter->reason < 0 || filter->reason == (int32_t)f->reason) &&
           (filter->partner < 0 || filter->partner == (int32_t)partner) &&
           (filter->state < 0 || filter->state == (int32_t)state) &&
           f->at_ms >= filter->since_ms && f->at_ms <= filter->until_ms;
}

static void count(struct tally *tally, int64_t person, int64_t idr)
{
    tally->people += tally->last != person;
    tally->last = person;
    tally->payments++;
    tally->idr += idr;
}

static int spool_payment(struct cli *cli, struct reprocessing *r, const struct person *p,
                         uint8_t k, const struct failing *f)
{
    struct incentive_reprocessed event = {
        .attempt = f->attempt, .reason = (int32_t)f->reason, .failed_at_ms = f->at_ms,
        .said_at_ms = r->audit.said_at_ms,
    };
    char id[ID_SIZE];

    str_copy(event.participant_id, sizeof event.participant_id, p->id);
    str_copy(event.instalment_id, sizeof event.instalment_id, p->instalment_ids[k]);
    str_copy(event.account_ref, sizeof event.account_ref, f->account_ref);
    str_copy(event.action_id, sizeof event.action_id, r->audit.action_id);
    id_reprocessed(cli->environment, &event, id);
    return spool_event(&r->work, r->codec, &(struct saying){
        .type = EVENT_INCENTIVE_REPROCESSED, .event = &event, .id = id, .source = SOURCE,
        .time_ms = event.said_at_ms });
}

/* Of those who were named: is it known, and the first time that it comes? Unknown ones are said. */
static bool is_to_be_looked_at(const struct cli *cli, struct reprocessing *r,
                               const struct person *p)
{
    const struct named_one key = { .id = p->id };
    struct named_one *one = bsearch(&key, r->named, r->filter.named, sizeof key, by_id);

    if (!one || one->seen)
        return false;
    one->seen = true;
    if (p->known)
        return true;
    r->unknown++;
    progress_clear(&r->work.progress);
    (void)cli_fail(cli, WRONG, "%s: nothing is known", p->id);
    return false;
}

static int look(struct cli *cli, struct person *p, int64_t business_ms, void *context)
{
    struct reprocessing *r = context;
    int status = DONE;

    progress_at(&r->work.progress, ++r->person);
    if (r->filter.named > 0 && !is_to_be_looked_at(cli, r, p))
        return DONE;
    for (uint8_t k = 0; k < p->record.instalment_count && status == DONE; k++) {
        const struct instalment *i = &p->record.instalments[k];
        struct failing f;
        if (!put_back_look(&p->record, i, business_ms, &f))
            continue;
        enum partner partner = partner_of(&p->record, i, &f);
        enum put_back_state state = i->state == INST_CASE ? STATE_FAILED : STATE_HELD;
        if (!is_asked_for(&r->filter, &f, partner, state))
            continue;
        count(&r->tallies[f.reason][partner][state], r->person, i->amount_idr);
        count(&r->total, r->person, i->amount_idr);
        r->needs_second |= reason_row(f.reason)->cls == CLASS_CASE;
        if (r->codec)
            status = spool_payment(cli, r, p, k, &f);
    }
    return status;
}

static int find(struct cli *cli, struct reprocessing *r)
{
    progress_begin(&r->work.progress, "records", 0);
    int status = r->filter.named == 0
                     ? people_records(cli, look, r)
                     : people_each(cli, cli->operands, cli->operand_count, look, r);
    progress_clear(&r->work.progress);
    if (status == DONE && r->unknown > 0)
        status = cli_fail(cli, WRONG, "nothing is known about %zu of them: nothing is changed",
                          r->unknown);
    r->needs_second |= r->total.idr > conf_int(cli->conf, "INSENTIF_APPROVAL_IDR");
    return status;
}

/* ---------------------------------------------------------------- putting back */
static int check_approval(const struct cli *cli, const struct reprocessing *r)
{
    int64_t at_most = option_int(cli, "--at-most");
    char idr[RUPIAH_SIZE], other[RUPIAH_SIZE];

    if (at_most > 0 && r->total.idr > at_most)
        return cli_fail(cli, WRONG, "it is Rp%s now, and --at-most was Rp%s: nothing is changed; "
                        "look again without --yes", rupiah(r->total.idr, idr),
                        rupiah(at_most, other));
    if (!r->needs_second || r->audit.approved_by[0])
        return DONE;
    return cli_fail(cli, WRONG, "Rp%s needs another person to agree (above Rp%s, or a person had "
                    "to decide): nothing is changed; give --approved-by NAME --at-most RUPIAH",
                    rupiah(r->total.idr, idr),
                    rupiah(conf_int(cli->conf, "INSENTIF_APPROVAL_IDR"), other));
}

/* The action first, so that nothing is ever done of which it isn't known who did it. */
static int put_back(struct cli *cli, struct reprocessing *r)
{
    struct operator_audit *audit = &r->audit;
    int status = check_approval(cli, r);

    if (status == DONE)
        status = edge_bus(cli);
    if (status == DONE)
        (void)edge_partitions(cli, EVENT_INCENTIVE_REPROCESSED, &status);
    if (status != DONE)
        return status;
    audit->people = (int32_t)r->total.people;
    audit->payments = (int32_t)r->total.payments;
    audit->amount_idr = r->total.idr;
    send_catch_signals();
    status = say(cli, &(struct saying){ .type = EVENT_OPERATOR_AUDIT, .event = audit,
                                        .id = audit->action_id, .source = SOURCE,
                                        .time_ms = audit->said_at_ms });
    return status == DONE ? send_spool(&r->work) : status;
}

static int run(struct cli *cli)
{
    static struct reprocessing r;

    r.work = (struct work){
        .cli = cli, .type = EVENT_INCENTIVE_REPROCESSED,
        .again = "say the same again: what has been put back isn't found any more, and what is on "
                 "its way counts once",
    };
    int status = begin(cli, &r);
    if (status == DONE)
        status = find(cli, &r);
    if (status == DONE && r.codec && r.total.payments > 0)
        status = put_back(cli, &r);
    if (status == DONE)
        reprocess_tell(cli, &r);
    spool_close(&r.work);
    codec_close(r.codec);
    free(r.named);
    return status;
}

static const struct option_row options[] = {
    { "--reason", OPTION_TEXT, 0, 0, 0, "REASON", "held or failed for this, as ACCOUNT_CLOSED" },
    { "--partner", OPTION_TEXT, 0, 0, 0, "NAME", "of this partner" },
    { "--since", OPTION_TEXT, 0, 0, 0, "TIME", "failed then or later: a day (WIB) or RFC 3339" },
    { "--until", OPTION_TEXT, 0, 0, 0, "TIME", "failed then or before; a day: to its end" },
    { "--state", OPTION_TEXT, 0, 0, 0, "STATE", "held or failed" },
    { "--yes", OPTION_FLAG, 0, 0, 0, NULL, "put them back" },
    { "--by", OPTION_TEXT, 0, 0, 0, "NAME", "who does it [$USER]" },
    { "--note", OPTION_TEXT, 0, 0, 0, "TEXT", "why; no personal data" },
    { "--approved-by", OPTION_TEXT, 0, 0, 0, "NAME", "who agrees, another person" },
    { "--at-most", OPTION_INT, 1, INT64_C(1000000000000000), 0, "RUPIAH",
      "nothing when it is more by now" },
    { "--rate", OPTION_INT, 1, 10000000, 0, "N", "at most N payments a second" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "a JSON line per row, then one of the whole" },
    { 0 },
};
_Static_assert(sizeof options / sizeof options[0] - 1 <= OPTIONS_MAX, "all have their place");

const struct command reprocess_command = {
    .name = "reprocess",
    .operands = "[participant]…",
    .summary = "Put back what was wrongly held or failed: of those named, or in bulk.",
    .more = "Without --yes it only counts. Participants, or at least one of --reason, --partner, "
            "--since,\n--until and --state, must say which; all that is given must hold. Above "
            "INSENTIF_APPROVAL_IDR, and\nwhere a person had to decide, a second person must agree "
            "to a sum. Who did it is in operator-audit\nbefore anything is done. What is "
            "cancelled, ended for good or of an unknown outcome is never put\nback. Nothing known "
            "about one of those named: said, nothing is changed, and exit 1.",
    .options = options,
    .most = 100000,
    .run = run,
};
