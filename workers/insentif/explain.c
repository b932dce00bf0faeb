/* insentif explain: why a participant's money is where it is, in words (R6, R9, R18). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "people.h"
#include "policy/explain.h"
#include "policy/money.h"
#include "put.h"
#include "words.h"

/* Who can be asked about it. */
static const char *contact_for(const struct record *r, enum actor actor)
{
    const struct account *current = record_current(r);
    const struct account *account = current ? current : record_candidate(r);

    switch (actor) {
    case ACTOR_PARTICIPANT:
    case ACTOR_PARTNER:
        return account ? partner_row(account->partner)->contact : contact_of_programme();
    case ACTOR_INSTITUTION:
        return r->institution[0] ? r->institution : contact_of_platform(r->platform);
    case ACTOR_PLATFORM: return contact_of_platform(r->platform);
    case ACTOR_PROGRAMME: return contact_of_programme();
    case ACTOR_NOBODY:
    case ACTOR_COUNT: break;
    }
    return "";
}

static void tell_advice(const struct words *w, const struct record *r, const struct advice *advice)
{
    const char *contact = contact_for(r, advice->actor);

    if (w->english) {
        (void)printf("    %s: %s\n", w->what, advice->english);
    } else {
        (void)printf("    %s: %s\n", w->what, advice->what);
        (void)printf("    %s: %s\n", w->todo, advice->todo);
    }
    (void)printf("    %s: %s\n", w->actor,
                 w->english ? actor_name(advice->actor) : actor_indonesian(advice->actor));
    if (*contact)
        (void)printf("    %s: %s\n", w->contact, contact);
}

static void tell_conditions(const struct words *w, const struct record *r, int64_t business_ms)
{
    (void)printf("\n%s\n", w->conditions);
    for (int c = 0; c < CONDITION_COUNT; c++) {
        int64_t since_ms = 0;
        char at[WIB_SIZE];
        enum condition condition = (enum condition)c;
        bool met = condition_met(r, condition, &since_ms);
        const char *name = words_condition(w, condition);

        if (met && since_ms > 0)
            (void)printf("  [x] %s, %s %s WIB\n", name, w->since, wib_time(since_ms, at));
        else
            (void)printf("  [%s] %s\n", met ? "x" : " ", name);
        if (!met) {
            struct advice advice = explain_condition(r, condition, business_ms);
            tell_advice(w, r, &advice);
        }
    }
}

/* A negative answer is a doubt only: what it would mean is not told to anybody yet (R12). */
static void tell_history(const struct words *w, struct buf *history)
{
    struct happening h;
    char *text = history->data, at[WIB_SIZE];

    if (history->size == 0)
        return;
    (void)printf("    %s:\n", w->attempts);
    while (happening_next(&text, &h)) {
        bool doubt = strcmp(h.what, "inquiry-negative") == 0;
        int32_t reason = words_reason(h.reason);
        (void)printf("      %s #%" PRId64 " %s%s%s", wib_time(h.at_ms, at), h.attempt,
                     words_happening(w, h.what), *h.partner ? ", " : "", h.partner);
        if (*h.reason && !doubt && reason >= 0 && !w->english)
            (void)printf(": %s", words_shown((enum reason)reason));
        if (*h.reason)
            (void)printf(" (%s)", h.reason);
        (void)printf("\n");
    }
}

/* R11: the promise; when it is broken a new date; and when the machine goes on by itself. */
static void tell_dates(const struct words *w, const struct record *r, const struct instalment *i,
                       int64_t business_ms)
{
    char due[WIB_SIZE], at[WIB_SIZE];
    int64_t until_ms = i->paid_at_ms ? i->paid_at_ms : business_ms;

    if (i->due_at_ms > 0)
        (void)printf("    %s %s, %s %s WIB: %s%s\n", w->due, wib_date(i->due_at_ms, due),
                     w->promised, wib_time(promised_until_ms(r, i), at),
                     until_ms > promised_until_ms(r, i) ? w->late : w->in_time,
                     i->provisional ? w->provisional : "");
    if (promise_is_broken(r, i, business_ms))
        (void)printf("    %s %s WIB\n", w->anew,
                     wib_time(promised_next_ms(r, i, business_ms), at));
    if (instalment_next_ms(r, i, business_ms) > 0)
        (void)printf("    %s %s WIB\n", w->again,
                     wib_time(instalment_next_ms(r, i, business_ms), at));
    if (i->paid_at_ms > 0)
        (void)printf("    %s %s WIB\n", w->paid, wib_time(i->paid_at_ms, at));
}

static void tell_instalment(const struct words *w, struct person *p, uint8_t k,
                            int64_t business_ms)
{
    char idr[RUPIAH_SIZE];
    const struct record *r = &p->record;
    const struct instalment *i = &r->instalments[k];
    const struct shown_row *shown = shown_row(instalment_shown(r, i, business_ms));
    enum reason reason = instalment_reason(r, i, business_ms);
    struct advice advice = explain_instalment(r, i, business_ms);

    (void)printf("\n%s %" PRId32 " (%s), Rp%s: %s\n",
                 i->kind == PAYMENT_SURVEY ? w->survey : w->instalment, i->number,
                 p->instalment_ids[k], rupiah(i->amount_idr, idr),
                 w->english ? shown->english : shown->dashboard);
    if (reason != REASON_NONE && w->english)
        (void)printf("    %s: %s, ISO 20022 %s; %s\n", w->reason, reason_row(reason)->name,
                     reason_row(reason)->iso, reason_row(reason)->released_by);
    else if (reason != REASON_NONE)
        (void)printf("    %s: %s (%s, ISO 20022 %s)\n", w->reason, words_shown(reason),
                     reason_row(reason)->name, reason_row(reason)->iso);
    tell_advice(w, r, &advice);
    if (*p->case_ids[k])
        (void)printf("    %s: %s\n", w->case_number, p->case_ids[k]);
    tell_dates(w, r, i, business_ms);
    tell_history(w, &p->history[k]);
}

struct telling {
    const struct words *words;
    size_t unknown;
};

static int tell(struct cli *cli, struct person *p, int64_t business_ms, void *context)
{
    struct telling *telling = context;
    const struct words *w = telling->words;
    char now[WIB_SIZE];

    (void)cli;
    telling->unknown += !p->known;
    (void)printf("%s %s", w->participant, p->id);
    if (p->record.scheme[0])
        (void)printf(", %s %s, %s %" PRId32, w->scheme, p->record.scheme, w->wave,
                     p->record.wave);
    (void)printf(" (%s %s WIB)\n", w->now, wib_time(business_ms, now));
    if (!p->known)
        (void)printf("%s\n", w->nothing);
    tell_conditions(w, &p->record, business_ms);
    for (uint8_t k = 0; k < p->record.instalment_count; k++)
        if (p->record.instalments[k].state != INST_NONE)
            tell_instalment(w, p, k, business_ms);
    return DONE;
}

static int run(struct cli *cli)
{
    const char *lang = option_text(cli, "--lang");
    struct telling telling = { .words = words_of(lang ? lang : "id") };

    if (!telling.words)
        return cli_fail(cli, WRONG, "--lang must be id or en");
    if (option_flag(cli, "--json"))
        return show_as_json(cli);
    int status = people_each(cli, cli->operands, 1, tell, &telling);
    return people_end(cli, status, telling.unknown);
}

static const struct option_row options[] = {
    { "--lang", OPTION_TEXT, 0, 0, 0, "id|en", "Indonesian [id] or English" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "as `insentif show --json`" },
    { 0 },
};

const struct command explain_command = {
    .name = "explain",
    .operands = "<participant>",
    .summary = "Tell why each instalment is where it is, and who must do what.",
    .more = "Times are WIB. Nothing known about the participant: said, and exit 1.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
