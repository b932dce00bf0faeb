#include "story.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <stddef.h>
#include <cmocka.h>

#include "policy/domain.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void name(char *to, size_t size, const char *from)
{
    assert_true(snprintf(to, size, "%s", from) < (int)size);
}

#define NAME(member, from) name(member, sizeof(member), from)

struct fact an_enrolment(const char *scheme, int32_t wave, int64_t at_ms)
{
    struct fact f = { .kind = FACT_ENROLLED };

    NAME(f.enrolled.scheme, scheme);
    NAME(f.enrolled.family_token, "family-1");
    f.enrolled.wave = wave;
    f.enrolled.selected_at_ms = at_ms - 10 * DAY_MS;
    f.enrolled.credited_at_ms = at_ms - 9 * DAY_MS;
    f.enrolled.enrolled_at_ms = at_ms;
    return f;
}

struct fact a_completion(const char *course, int64_t at_ms)
{
    struct fact f = { .kind = FACT_COMPLETED };

    NAME(f.completed.course_id, course);
    NAME(f.completed.platform, "tokopedia");
    NAME(f.completed.institution, "lembaga-1");
    f.completed.certified = true;
    f.completed.completed_at_ms = at_ms;
    return f;
}

struct fact a_report_without_certificate(const char *course, int64_t at_ms)
{
    struct fact f = a_completion(course, at_ms);

    f.completed.certified = false;
    return f;
}

struct fact a_rating(const char *course, int32_t stars, bool reviewed, int64_t at_ms)
{
    struct fact f = { .kind = FACT_RATED };

    NAME(f.rated.course_id, course);
    f.rated.stars = stars;
    f.rated.reviewed = reviewed;
    f.rated.submitted_at_ms = at_ms;
    return f;
}

struct fact a_link(const char *account, int64_t at_ms)
{
    struct fact f = { .kind = FACT_LINKED };

    NAME(f.linked.account_ref, account);
    f.linked.partner = account[0] == 'b' ? PARTNER_BNI : PARTNER_GOPAY;
    f.linked.sealed.size = 2;
    f.linked.sealed.at[0] = (uint8_t)account[0];
    f.linked.linked_at_ms = at_ms;
    f.linked.source_version = at_ms;
    return f;
}

struct fact a_pass(enum check check, const char *account, int64_t at_ms)
{
    struct fact f = { .kind = FACT_CHECKED };

    NAME(f.checked.account_ref, account);
    f.checked.check = check;
    f.checked.outcome = OUTCOME_PASS;
    f.checked.checked_at_ms = at_ms;
    f.checked.source_version = at_ms;
    return f;
}

struct fact a_fail(enum check check, const char *account, int64_t at_ms)
{
    struct fact f = a_pass(check, account, at_ms);

    f.checked.outcome = OUTCOME_FAIL;
    f.checked.reason = check == CHECK_DUPLICATE_AID ? REASON_DUPLICATE_AID
                                                    : reason_of_slot(slot_of_check(check));
    return f;
}

struct fact aid_found(int64_t at_ms)
{
    return a_fail(CHECK_DUPLICATE_AID, "", at_ms);
}

void take(struct record *record, struct fact fact)
{
    assert_null(fact_apply(record, &fact));
}

void take_account(struct record *r, const char *account, int64_t at_ms)
{
    take(r, a_link(account, at_ms));
    for (int c = 0; c < CHECK_COUNT; c++)
        if (check_row((enum check)c)->use == CHECK_USE_REQUIRED)
            take(r, a_pass((enum check)c, account, at_ms));
}

void take_everything(struct record *r, int64_t at_ms)
{
    take(r, an_enrolment("2020", 21, at_ms));
    take(r, a_completion("course-1", at_ms));
    take(r, a_rating("course-1", 5, true, at_ms));
    take_account(r, "gopay", at_ms);
}

/* ---- the story ---- */

static int emission_text(const struct record *r, const struct emission *e, char *to, size_t size)
{
    if (e->kind == EMISSION_ACCOUNT_USED)
        return snprintf(to, size, "ACCOUNT_USED %s", r->accounts[e->index].ref);
    const struct instalment *i = &r->instalments[e->index];
    bool marked = e->mark.reason != REASON_NONE;
    return snprintf(to, size, "%s %d%s%s%s%s", emission_name(e->kind), i->number,
                    marked ? " " : "", marked ? reason_row(e->mark.reason)->name : "",
                    marked ? " " : "", marked ? e->mark.account_ref : "");
}

static void tell(struct story *s, const struct record *before)
{
    struct emissions out;
    size_t used = 0;

    settle(before, &s->r, &out);
    s->told[0] = '\0';
    for (uint8_t k = 0; k < out.count; k++) {
        if (k > 0)
            used += (size_t)snprintf(s->told + used, sizeof s->told - used, ", ");
        int n = emission_text(&s->r, &out.at[k], s->told + used, sizeof s->told - used);
        assert_true(n > 0 && (size_t)n + 2 < sizeof s->told - used);
        used += (size_t)n;
    }
    struct record again = s->r; /* told once, a change is never told again */
    settle(&s->r, &again, &out);
    assert_int_equal(out.count, 0);
    assert_null(record_difference(&s->r, &again));
}

void story_open(struct story *s)
{
    *s = (struct story){ .now_ms = NOON_MS };
    record_init(&s->r, "participant-1");
    struct record before = s->r;
    take_everything(&s->r, NOON_MS);
    tell(s, &before);
    assert_string_equal(s->told, "ACCOUNT_USED gopay, "
                                 "SCHEDULED 1, SCHEDULED 2, SCHEDULED 3, SCHEDULED 4");
}

struct instalment *story_at(struct story *s, int32_t number)
{
    struct instalment *i = record_instalment(&s->r, PAYMENT_INSTALMENT, number);

    assert_non_null(i);
    return i;
}

void story_wait_until_due(struct story *s, int32_t number)
{
    const struct instalment *i = story_at(s, number);

    s->now_ms = i->due_at_ms > i->not_before_ms ? i->due_at_ms : i->not_before_ms;
}

void story_fact(struct story *s, struct fact fact)
{
    struct record before = s->r;

    take(&s->r, fact);
    tell(s, &before);
}

enum claim_answer story_claim(struct story *s, int32_t number, const char *nonce)
{
    struct record before = s->r;
    int64_t until_ms = 0;
    enum claim_answer answer = claim_take(&s->r, story_at(s, number), s->now_ms, nonce, &until_ms);

    tell(s, &before);
    return answer;
}

bool story_inquiry(struct story *s, int32_t number, enum inquiry answer, enum reason reason)
{
    struct record before = s->r;
    bool a_case = inquiry_take(&s->r, story_at(s, number), answer, reason, "4031605", s->now_ms);

    tell(s, &before);
    return a_case;
}

enum confirm_answer story_confirm(struct story *s, int32_t number, bool fresh)
{
    struct record before = s->r;
    struct instalment *i = story_at(s, number);

    s->covers.count = 0;
    enum confirm_answer answer = confirm_take(&s->r, i, i->state, i->attempt, i->deadline_ms,
                                              s->now_ms, fresh, s->now_ms + LEASE_MS, &s->covers);
    tell(s, &before);
    return answer;
}

bool story_finish(struct story *s, int32_t number, int32_t attempt, enum reason reason)
{
    struct record before = s->r;
    struct booking booking;
    bool booked = finish_take(&s->r, story_at(s, number), attempt, reason == REASON_NONE, reason,
                              "4031618", &booking, &s->alarm);

    tell(s, &before);
    return booked;
}

bool story_verdict(struct story *s, int32_t number, int32_t attempt, enum verdict_kind kind,
                   int64_t not_before_ms)
{
    struct record before = s->r;
    bool taken = verdict_take(&s->r, story_at(s, number), attempt, kind, not_before_ms);

    tell(s, &before);
    return taken;
}

bool story_put_back(struct story *s, int32_t number, const struct failing *failing)
{
    struct record before = s->r;

    fact_struck(&s->r, failing->account_ref, failing->reason, failing->at_ms);
    bool taken = put_back_take(story_at(s, number), failing);
    tell(s, &before);
    return taken;
}

void story_book(struct story *s, const struct booking *booking)
{
    struct record before = s->r;

    assert_true(ledger_book(&s->r, booking, s->now_ms + LEASE_MS));
    tell(s, &before);
}

void story_send(struct story *s, int32_t number, enum reason reason)
{
    assert_int_equal(story_claim(s, number, "n"), CLAIM_TAKEN);
    assert_int_equal(story_confirm(s, number, true), CONFIRM_SEND);
    assert_true(story_finish(s, number, story_at(s, number)->attempt, reason));
}

struct verdict story_answer(struct story *s, int32_t number)
{
    const struct instalment *i = story_at(s, number);
    struct verdict v = verdict_for(STAGE_TRANSFER, i->why, i->attempt, i->claimed_at_ms, 7);

    assert_true(story_verdict(s, number, i->attempt, v.kind, v.not_before_ms));
    return v;
}

struct booking an_entry(enum ledger_entry entry, int32_t attempt)
{
    struct booking b = {
        .entry = entry,
        .kind = PAYMENT_INSTALMENT,
        .number = 1,
        .attempt = attempt,
        .amount_idr = 600000,
        .partner = PARTNER_GOPAY,
        .claimed_at_ms = NOON_MS,
    };

    NAME(b.account_ref, "gopay");
    if (entry != LEDGER_CANCELLED) /* a result without one is an inquiry's */
        NAME(b.nonce, "a");
    if (entry == LEDGER_FAILED || entry == LEDGER_RETURNED)
        b.reason = REASON_PARTNER_UNAVAILABLE;
    return b;
}

struct nonces some_nonces(const char *names)
{
    struct nonces set = { .count = 0 };

    for (; *names; names++) {
        char one[2] = { *names, '\0' };
        nonces_add(&set, one);
    }
    return set;
}

/* ---- chance ---- */

uint32_t dice_roll(struct dice *dice, uint32_t sides)
{
    uint64_t x = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((x ^ (x >> 31)) >> 33) % sides;
}

void dice_shuffle(struct dice *dice, int *what, int count)
{
    for (int i = count - 1; i > 0; i--) {
        int j = (int)dice_roll(dice, (uint32_t)i + 1), kept = what[i];
        what[i] = what[j];
        what[j] = kept;
    }
}

uint64_t dice_seed(void)
{
    const char *text = getenv("INSENTIF_TEST_SEED");

    return text ? strtoull(text, NULL, 10) : 1;
}
