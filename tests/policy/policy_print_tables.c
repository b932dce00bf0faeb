/* The documents that print a table of the policy as it is. */
#include "policy_print.h"

#include <inttypes.h>

#include "policy/calendar.h"
#include "policy/money.h"
#include "policy/scheme.h"
#include "story.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* For ASCII, where a byte is a character. */
static void column(FILE *out, int width, const char *text)
{
    fprintf(out, "%-*s", width, text);
}

void policy_print_instalment(FILE *out)
{
    fputs("The life of one instalment: what each trigger does in each state\n"
          "\n"
          "-> STATE    the move is made\n"
          "stale       can happen, because messages come twice or late; nothing changes\n"
          "IMPOSSIBLE  contradicts what the ledger says: nothing changes, an alarm and a person\n"
          "\n"
          "The triggers:\n",
          out);
    for (int t = 0; t < TRIGGER_COUNT; t++)
        fprintf(out, "  %-15s %s\n", trigger_name((enum trigger)t), trigger_text((enum trigger)t));
    for (int s = 0; s < INST_STATE_COUNT; s++) {
        fprintf(out, "\n%s\n", inst_state_name((enum inst_state)s));
        for (int t = 0; t < TRIGGER_COUNT; t++) {
            struct step step = instalment_step((enum inst_state)s, (enum trigger)t);
            fprintf(out, "  %-15s ", trigger_name((enum trigger)t));
            if (step.move == MOVE_GO)
                fprintf(out, "-> %s\n", inst_state_name(step.next));
            else
                fprintf(out, "%s\n", step.move == MOVE_STALE ? "stale" : "IMPOSSIBLE");
        }
    }
}

static const char *slot_name(enum slot slot)
{
    static const char *const names[] = {
        [SLOT_KYC] = "KYC",       [SLOT_NIK] = "NIK",     [SLOT_SELFIE] = "SELFIE",
        [SLOT_ACTIVE] = "ACTIVE", [SLOT_PHONE] = "PHONE", [SLOT_NOT_FOUND] = "NOT_FOUND",
        [SLOT_CLOSED] = "CLOSED", [SLOT_SHARED] = "SHARED", [SLOT_NOTHING] = "-",
    };
    _Static_assert(COUNT(names) == SLOT_COUNT + 1, "one name per slot, and of none");

    return names[slot];
}

/* "retry +0:17:23", "hold + case", "hold +15d 12:00:00", "case" */
static void print_verdict(FILE *out, int width, enum stage stage, enum reason reason,
                          int32_t attempt)
{
    struct verdict v = verdict_for(stage, reason, attempt, NOON_MS, 7);
    static const char *const kinds[] = {
        [VERDICT_RETRY] = "retry", [VERDICT_HOLD] = "hold", [VERDICT_CASE] = "case"
    };
    char text[64];
    int n = snprintf(text, sizeof text, "%s%s", kinds[v.kind], v.case_beside ? " + case" : "");

    if (v.not_before_ms != 0) {
        int64_t wait = (v.not_before_ms - NOON_MS) / 1000;
        char days[24] = "";
        if (wait >= 86400)
            (void)snprintf(days, sizeof days, "%" PRId64 "d ", wait / 86400);
        (void)snprintf(text + n, sizeof text - (size_t)n,
                       " +%s%" PRId64 ":%02" PRId64 ":%02" PRId64, days,
                       wait % 86400 / 3600, wait % 3600 / 60, wait % 60);
    }
    fprintf(out, "%-*s", width, text);
}

void policy_print_reasons(FILE *out)
{
    static const char *const stages[] = {
#define X(name) #name,
        FOREACH_STAGE(X)
#undef X
    };
    static const int32_t attempts[] = { 1, 2, 3, 10 };

    fputs("Why a transfer fails, and what the retry-worker says to it (R13-R16, D13)\n"
          "\n"
          "Verdicts on attempts 1, 2, 3 and 10, claimed on 2021-09-15 at 12:00 WIB, with one\n"
          "instalment's jitter. After +: not before that long after the claim.\n",
          out);
    for (int r = 0; r < REASON_COUNT; r++) {
        const struct reason_row *row = reason_row((enum reason)r);
        fprintf(out, "\n%s\n", row->name);
        fprintf(out, "  ISO 20022     %s\n", row->iso);
        fprintf(out, "  class         %s\n", reason_class_name(row->cls));
        fprintf(out, "  slot          %s\n", slot_name(row->slot));
        fprintf(out, "  shown as      %s\n", row->shown);
        fprintf(out, "  released by   %s\n", row->released_by);
        if (r == REASON_NONE)
            continue; /* no failure */
        for (int s = 0; s < STAGE_COUNT; s++) {
            fprintf(out, "  %-13s ", stages[s]);
            for (size_t a = 0; a < COUNT(attempts); a++)
                print_verdict(out, a + 1 < COUNT(attempts) ? 19 : 0, (enum stage)s, (enum reason)r,
                              attempts[a]);
            fputs("\n", out);
        }
    }
}

/* Rupiah with dots, as people write it. */
static void print_idr(FILE *out, int64_t amount_idr)
{
    if (amount_idr >= 1000) {
        print_idr(out, amount_idr / 1000);
        fprintf(out, ".%03" PRId64, amount_idr % 1000);
    } else {
        fprintf(out, "%" PRId64, amount_idr);
    }
}

void policy_print_schemes(FILE *out)
{
    fputs("The schemes (policy.md \"Schemes\"; R1, R4, R5, R10; D22)\n", out);
    for (int i = 0; scheme_at(i); i++) {
        const struct scheme *s = scheme_at(i);
        fprintf(out, "\n%s\n  training balance  Rp ", s->id);
        print_idr(out, s->training_balance_idr);
        fprintf(out, "\n  instalments       %d of Rp ", s->instalments);
        print_idr(out, s->instalment_idr);
        fprintf(out, "%s\n  surveys           %d of Rp ",
                s->instalments > 1 ? ", a month apart" : "", s->surveys);
        print_idr(out, s->survey_idr);
        fprintf(out, "\n  to buy            within %d days\n  to return         within %d days\n",
                s->purchase_days, s->return_days);
        if (s->aid_excludes_from_wave > 0)
            fprintf(out, "  other aid         excludes, from wave %d on (wave %d: %s)\n",
                    s->aid_excludes_from_wave, s->aid_excludes_from_wave - 1,
                    scheme_excludes_aid(s, s->aid_excludes_from_wave - 1) ? "too" : "not");
        else
            fputs("  other aid         does not exclude\n", out);
        fprintf(out, "  to one account    %d participant%s\n", s->account_participants,
                s->account_participants == 1 ? "" : "s");
        fprintf(out, "  legal basis       %s\n", s->legal_basis);
        int year = 0, month = 0, day = 0;
        if (s->ends_at_ms > 0)
            calendar_civil(calendar_day(s->ends_at_ms), &year, &month, &day);
        if (year > 0)
            fprintf(out, "  ends              %04d-%02d-%02d\n", year, month, day);
        else
            fputs("  ends              not decreed\n", out);
    }
}

void policy_print_checks(FILE *out)
{
    static const char *const uses[] = {
        [CHECK_USE_REQUIRED] = "must have passed once, a newer FAIL holds",
        [CHECK_USE_HOLDS] = "a FAIL holds",
        [CHECK_USE_FAMILY] = "a FAIL ends membership where the scheme says so (R4)",
    };

    fputs("The checks (R4, R8, D3): what each means, and what its FAIL does\n", out);
    for (int c = 0; c < CHECK_COUNT; c++) {
        const struct check_row *row = check_row((enum check)c);
        enum slot slot = slot_of_check((enum check)c);
        fprintf(out, "\n%s\n  passes if   %s\n  use         %s\n  slot        %s\n", row->name,
                row->meaning, uses[row->use], slot_name(slot));
        if (slot != SLOT_NOTHING)
            fprintf(out, "  reason      %s\n", reason_row(reason_of_slot(slot))->name);
    }
    fputs("\nPayment partners\n\n", out);
    for (int p = 0; p < PARTNER_COUNT; p++) {
        const struct partner_row *row = partner_row((enum partner)p);
        fputs("  ", out);
        column(out, 10, row->name);
        column(out, 10, row->shown);
        column(out, 10, row->kind == PARTNER_KIND_BANK ? "bank" : "e-wallet");
        fprintf(out, "%s\n", row->contact);
    }
}
