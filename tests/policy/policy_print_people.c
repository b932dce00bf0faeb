/* The documents about what a participant sees: states, words, conditions, who must act. */
#include "policy_print.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "policy/explain.h"
#include "policy/money.h"
#include "story.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A fact that must be kept; outside of a test there is nobody to tell. */
static void keep(struct record *r, struct fact fact)
{
    if (fact_apply(r, &fact))
        abort();
}

static void keep_account(struct record *r, const char *account, int64_t at_ms)
{
    keep(r, a_link(account, at_ms));
    keep(r, a_pass(CHECK_ACCOUNT_KYC, account, at_ms));
    keep(r, a_pass(CHECK_NIK_MATCH, account, at_ms));
    keep(r, a_pass(CHECK_ACCOUNT_ACTIVE, account, at_ms));
}

/* Entitled and scheduled; the first instalment in that state. */
static struct instalment *open_at(struct record *r, enum inst_state at)
{
    record_init(r, "participant-1");
    keep(r, an_enrolment("2020", 21, NOON_MS));
    keep(r, a_completion("course-1", NOON_MS));
    keep(r, a_rating("course-1", 5, true, NOON_MS));
    keep_account(r, "gopay", NOON_MS);
    struct instalment *i = record_instalment(r, PAYMENT_INSTALMENT, 1);
    i->state = at;
    return i;
}

/* ---- shown.txt ---- */

enum circumstance {
    NOTHING, DOUBT, RETRY, LIMIT, LIMIT_OVER, LOST_ANSWER, OPEN_SLOT, DEACTIVATED, RETURNED,
    CIRCUMSTANCES
};

static void befall(struct record *r, struct instalment *i, enum circumstance what)
{
    switch (what) {
    case NOTHING:
    case CIRCUMSTANCES: break;
    case DOUBT:
        i->doubts = 1;
        i->why = REASON_ACCOUNT_NOT_KYC;
        break;
    case RETRY:
        i->why = REASON_PARTNER_UNAVAILABLE;
        i->not_before_ms = NOON_MS + HOUR_MS;
        break;
    case LIMIT:
        i->why = REASON_BALANCE_LIMIT;
        i->not_before_ms = NOON_MS + HOUR_MS;
        break;
    case LIMIT_OVER:
        i->why = REASON_BALANCE_LIMIT;
        i->not_before_ms = NOON_MS;
        break;
    case LOST_ANSWER: unknown_take(i, i->attempt); break;
    case OPEN_SLOT: keep(r, a_fail(CHECK_ACCOUNT_KYC, "gopay", NOON_MS + 1)); break;
    case DEACTIVATED: keep(r, aid_found(NOON_MS)); break;
    case RETURNED:
        i->returned_attempt = i->attempt;
        i->why = REASON_ACCOUNT_CLOSED;
        break;
    }
}

void policy_print_shown(FILE *out)
{
    static const char *const names[] = {
        [NOTHING] = "nothing",          [DOUBT] = "a doubt is open",
        [RETRY] = "waits for a retry",  [LIMIT] = "waits for a limit's date",
        [LIMIT_OVER] = "limit is over", [LOST_ANSWER] = "an answer was lost",
        [OPEN_SLOT] = "an open slot",   [DEACTIVATED] = "deactivated",
        [RETURNED] = "returned",
    };

    fputs("What a participant sees: stored state, what else is so, shown state, dashboard\n"
          "(policy.md \"What the participant sees\"; docs/decisions.md \"Shown\")\n",
          out);
    for (int s = 0; s < INST_STATE_COUNT; s++) {
        fprintf(out, "\n%s\n", inst_state_name((enum inst_state)s));
        for (int c = 0; c < CIRCUMSTANCES; c++) {
            struct record r;
            struct instalment *i = open_at(&r, (enum inst_state)s);
            befall(&r, i, (enum circumstance)c);
            const struct shown_row *row = shown_row(instalment_shown(&r, i, NOON_MS));
            fprintf(out, "  %-25s %-12s %-19s %s\n", names[c], row->name, row->dashboard,
                    row->english);
        }
    }
}

/* ---- advice.txt ---- */

static void print_advice(FILE *out, struct advice a)
{
    fprintf(out, "    acts     %s (%s)\n    what     %s\n    to do    %s\n    English  %s\n",
            actor_name(a.actor), actor_indonesian(a.actor), a.what, a.todo, a.english);
}

static void print_instalment_advice(FILE *out, const char *title, const struct record *r,
                                    const struct instalment *i, int64_t now_ms)
{
    const struct shown_row *row = shown_row(instalment_shown(r, i, now_ms));
    enum reason reason = instalment_reason(r, i, now_ms);

    fprintf(out, "\n  %s: %s, %s\n", title, row->name, row->dashboard);
    fprintf(out, "    reason   %s\n", reason == REASON_NONE ? "-" : reason_row(reason)->name);
    print_advice(out, explain_instalment(r, i, now_ms));
}

void policy_print_advice(FILE *out)
{
    static const struct {
        const char *title;
        enum inst_state at;
        enum circumstance what;
    } rows[] = {
        { "not scheduled", INST_NONE, NOTHING },
        { "scheduled", INST_READY, NOTHING },
        { "waits for a retry", INST_READY, RETRY },
        { "a doubt is open", INST_READY, DOUBT },
        { "being sent", INST_SENDING, NOTHING },
        { "answer lost", INST_SENDING, LOST_ANSWER },
        { "failed, verdict on its way", INST_FAILED, RETRY },
        { "returned by the bank", INST_FAILED, RETURNED },
        { "a person decides", INST_CASE, RETRY },
        { "paid", INST_PAID, NOTHING },
        { "deactivated, not yet paid", INST_READY, DEACTIVATED },
        { "deactivated, paid", INST_PAID, DEACTIVATED },
    };
    struct record r;

    fputs("What the page says about one instalment (R9, R11, R12, R15, R18; L1-L3)\n"
          "\n"
          "Whatever is held, by its reason, comes last.\n",
          out);
    for (size_t k = 0; k < COUNT(rows); k++) {
        struct instalment *i = open_at(&r, rows[k].at);
        befall(&r, i, rows[k].what);
        print_instalment_advice(out, rows[k].title, &r, i, NOON_MS);
    }
    struct instalment *late = open_at(&r, INST_READY);
    print_instalment_advice(out, "at the promised moment", &r, late, late->promised_at_ms);
    print_instalment_advice(out, "after the promised moment", &r, late, late->promised_at_ms + 1);
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        enum reason_class cls = reason_row((enum reason)reason)->cls;
        struct instalment *i = open_at(&r, INST_READY);
        if (cls == CLASS_TIMED) {
            i->why = (enum reason)reason;
            i->not_before_ms = NOON_MS + 1;
        }
        fact_failure(&r, "gopay", (enum reason)reason, NOON_MS + 1);
        if (cls == CLASS_HOLD || cls == CLASS_TIMED)
            print_instalment_advice(out, reason_row((enum reason)reason)->shown, &r, i, NOON_MS);
    }
    fputs("\nWhom to contact\n\n", out);
    static const char *const platforms[] = { "bukalapak", "maubelajarapa", "pijarmahir", "pintaria",
                                             "sekolahmu", "sisnaker", "tokopedia", "karier.mu" };
    for (size_t k = 0; k < COUNT(platforms); k++)
        fprintf(out, "  %-14s %s\n", platforms[k], contact_of_platform(platforms[k]));
    fprintf(out, "  %-14s %s\n", "programme", contact_of_programme());
}

/* ---- conditions.txt ---- */

static void print_missing(FILE *out, const char *title, const struct record *r, enum condition c,
                          int64_t now_ms)
{
    if (condition_met(r, c, NULL))
        abort();
    fprintf(out, "\n  %s%s%s\n", condition_name(c), title[0] ? ", " : "", title);
    print_advice(out, explain_condition(r, c, now_ms));
}

static void print_missing_completion(FILE *out, struct record r)
{
    print_missing(out, "not yet rated", &r, CONDITION_completed, NOON_MS);
    keep(&r, a_rating("course-1", 5, true, NOON_MS));
    print_missing(out, "24 hours after the rating", &r, CONDITION_completed, NOON_MS + DAY_MS);
    print_missing(out, "later than that (L4)", &r, CONDITION_completed, NOON_MS + DAY_MS + 1);
    keep(&r, a_report_without_certificate("course-1", NOON_MS));
    print_missing(out, "reported without certificate", &r, CONDITION_completed, NOON_MS);
}

static void print_missing_verification(FILE *out, struct record r)
{
    print_missing(out, "nothing linked", &r, CONDITION_verified, NOON_MS);
    keep(&r, a_link("gopay", NOON_MS));
    print_missing(out, "linked, checks under way", &r, CONDITION_verified, NOON_MS);
    for (int c = 0; c < CHECK_COUNT; c++) {
        if (c == CHECK_DUPLICATE_AID)
            continue;
        struct record failed = r;
        char title[64];
        keep(&failed, a_fail((enum check)c, "gopay", NOON_MS));
        (void)snprintf(title, sizeof title, "%s failed", check_row((enum check)c)->name);
        print_missing(out, title, &failed, CONDITION_verified, NOON_MS);
    }
}

void policy_print_conditions(FILE *out)
{
    struct record nobody, out_of_it;

    record_init(&nobody, "participant-1");
    (void)open_at(&out_of_it, INST_READY);
    keep(&out_of_it, aid_found(NOON_MS));
    fputs("What is said of each condition that is missing, in the order it is told (R6-R9; L4)\n",
          out);
    for (int c = 0; c < CONDITION_COUNT; c++) {
        if (c == CONDITION_completed)
            print_missing_completion(out, nobody);
        else if (c == CONDITION_verified)
            print_missing_verification(out, nobody);
        else
            print_missing(out, "", c == CONDITION_active ? &out_of_it : &nobody, (enum condition)c,
                          NOON_MS);
    }
}

/* ---- eligibility.txt ---- */

static void meet(struct record *r, enum condition c)
{
    switch (c) {
    case CONDITION_reviewed: keep(r, a_rating("course-1", 0, true, NOON_MS)); break;
    case CONDITION_rated: keep(r, a_rating("course-1", 5, false, NOON_MS)); break;
    case CONDITION_enrolled: keep(r, an_enrolment("2020", 21, NOON_MS)); break;
    case CONDITION_completed: keep(r, a_completion("course-1", NOON_MS)); break;
    case CONDITION_linked: keep(r, a_link("gopay", NOON_MS)); break;
    case CONDITION_verified:
        keep(r, a_pass(CHECK_ACCOUNT_KYC, "gopay", NOON_MS));
        keep(r, a_pass(CHECK_NIK_MATCH, "gopay", NOON_MS));
        keep(r, a_pass(CHECK_ACCOUNT_ACTIVE, "gopay", NOON_MS));
        break;
    case CONDITION_active: /* so unless aid is found */
    case CONDITION_COUNT: break;
    }
}

void policy_print_eligibility(FILE *out)
{
    fputs("Every combination of the seven conditions of R7, each made of real facts\n"
          "\n"
          "verified: the three checks passed. active: no excluding aid is found. An account that\n"
          "isn't linked isn't verified whatever its checks say, and nobody is inactive who isn't\n"
          "enrolled (D9).\n"
          "\n"
          "reviewed rated enrolled completed linked verified active\n",
          out);
    for (unsigned bits = 0; bits < 1u << CONDITION_COUNT; bits++) {
        struct record r;
        const char *comma = "missing: ";
        record_init(&r, "participant-1");
        for (int c = 0; c < CONDITION_COUNT; c++) {
            bool so = (bits & 64u >> c) != 0;
            int width = (int)strlen(condition_name((enum condition)c)) + 1;
            fprintf(out, "%-*s", width, so ? "+" : ".");
            if (so)
                meet(&r, (enum condition)c);
        }
        if (!(bits & 64u >> CONDITION_active))
            keep(&r, aid_found(NOON_MS));
        fputs(" ", out);
        if (r.scheduled_at_ms != 0) {
            const struct instalment *i = record_instalment(&r, PAYMENT_INSTALMENT, 1);
            fprintf(out, "scheduled, %s; ", shown_row(instalment_shown(&r, i, NOON_MS))->name);
            comma = "missing: ";
        }
        for (int c = 0; c < CONDITION_COUNT; c++)
            if (!condition_met(&r, (enum condition)c, NULL)) {
                fprintf(out, "%s%s", comma, condition_name((enum condition)c));
                comma = ", ";
            }
        fputs(comma[0] == 'm' ? "nothing is missing\n" : "\n", out);
    }
}
