#include "policy/facts.h"

#include <assert.h>
#include <stddef.h>

#include "policy/schedule.h"
#include "policy/scheme.h"
#include "policy/text.h"

bool fact_review_counts(const char *review)
{
    const unsigned char *at = (const unsigned char *)review;

    for (; *at; at++) {
        if (*at == ' ' || (*at >= 0x09 && *at <= 0x0d))
            continue;
        if (at[0] == 0xc2 && (at[1] == 0x85 || at[1] == 0xa0)) { /* next line, no-break space */
            at += 1;
            continue;
        }
        /* U+2000-200A, 2028, 2029, 202F, 1680, 205F, 3000; cut short, it is no white space */
        if (at[0] == 0xe2 && at[1] == 0x80 &&
            ((at[2] >= 0x80 && at[2] <= 0x8a) || at[2] == 0xa8 || at[2] == 0xa9 || at[2] == 0xaf)) {
            at += 2;
            continue;
        }
        if ((at[0] == 0xe1 && at[1] == 0x9a && at[2] == 0x80) ||
            (at[0] == 0xe2 && at[1] == 0x81 && at[2] == 0x9f) ||
            (at[0] == 0xe3 && at[1] == 0x80 && at[2] == 0x80)) {
            at += 2;
            continue;
        }
        return true;
    }
    return false;
}

static const char *enrolled(struct record *r, const struct fact *f)
{
    if (!scheme_find(f->enrolled.scheme))
        return "scheme: no such scheme";
    if (r->enrolled_at_ms != 0)
        return NULL; /* the first record of the log counts; a new enrolment changes nothing */
    text_copy(r->scheme, sizeof r->scheme, f->enrolled.scheme);
    text_copy(r->family_token, sizeof r->family_token, f->enrolled.family_token);
    r->wave = f->enrolled.wave;
    r->selected_at_ms = f->enrolled.selected_at_ms;
    r->credited_at_ms = f->enrolled.credited_at_ms;
    r->enrolled_at_ms = f->enrolled.enrolled_at_ms;
    return NULL;
}

/* Once the course of D1 is known, ratings of others mean nothing any more. */
static void keep_rating_of_course(struct record *r)
{
    uint8_t kept = 0;

    for (uint8_t i = 0; i < r->rating_count; i++)
        if (text_is(r->ratings[i].course_id, r->course_id))
            r->ratings[kept++] = r->ratings[i];
    for (uint8_t i = kept; i < r->rating_count; i++)
        r->ratings[i] = (struct rating){ 0 };
    r->rating_count = kept;
}

static const char *completed(struct record *r, const struct fact *f)
{
    if (r->completed_at_ms != 0)
        return NULL;
    if (!f->completed.certified) {
        if (r->uncertified_at_ms == 0)
            r->uncertified_at_ms = f->completed.completed_at_ms;
        return NULL;
    }
    text_copy(r->course_id, sizeof r->course_id, f->completed.course_id);
    text_copy(r->platform, sizeof r->platform, f->completed.platform);
    text_copy(r->institution, sizeof r->institution, f->completed.institution);
    r->completed_at_ms = f->completed.completed_at_ms;
    r->uncertified_at_ms = 0;
    keep_rating_of_course(r);
    return NULL;
}

static const char *rated(struct record *r, const struct fact *f)
{
    struct rating *rating = NULL;

    if (r->completed_at_ms != 0 && !text_is(r->course_id, f->rated.course_id))
        return NULL;
    for (uint8_t i = 0; i < r->rating_count; i++)
        if (text_is(r->ratings[i].course_id, f->rated.course_id))
            rating = &r->ratings[i];
    if (!rating) {
        if (r->rating_count == RECORD_RATINGS_MAX)
            return "course_id: ratings of too many courses wait for a completion";
        rating = &r->ratings[r->rating_count++];
        text_copy(rating->course_id, sizeof rating->course_id, f->rated.course_id);
    }
    if (f->rated.stars > 0) {
        if (rating->rated_at_ms == 0)
            rating->rated_at_ms = f->rated.submitted_at_ms;
        if (f->rated.submitted_at_ms > rating->stars_version) {
            rating->stars = f->rated.stars;
            rating->stars_version = f->rated.submitted_at_ms;
        }
    }
    if (f->rated.reviewed && rating->reviewed_at_ms == 0)
        rating->reviewed_at_ms = f->rated.submitted_at_ms;
    return NULL;
}

/* Kept sorted by ref: which topic named an account first must not show in the record. */
static struct account *account_made(struct record *r, const char *ref)
{
    uint8_t at = 0;

    while (at < r->account_count && text_order(r->accounts[at].ref, ref) < 0)
        at++;
    if (at < r->account_count && text_is(r->accounts[at].ref, ref))
        return &r->accounts[at];
    if (r->account_count == RECORD_ACCOUNTS_MAX)
        return NULL;
    for (uint8_t i = r->account_count++; i > at; i--)
        r->accounts[i] = r->accounts[i - 1];
    r->accounts[at] = (struct account){ 0 };
    text_copy(r->accounts[at].ref, sizeof r->accounts[at].ref, ref);
    return &r->accounts[at];
}

static const char *linked(struct record *r, const struct fact *f)
{
    struct account *a = account_made(r, f->linked.account_ref);

    if (!a)
        return "account_ref: too many accounts of one participant";
    if (r->first_linked_at_ms == 0)
        r->first_linked_at_ms = f->linked.linked_at_ms;
    if (f->linked.source_version <= a->link_version)
        return NULL;
    a->link_version = f->linked.source_version;
    a->linked_at_ms = f->linked.linked_at_ms;
    a->partner = f->linked.partner;
    a->sealed = f->linked.sealed;
    return NULL;
}

/* The newest FAIL; a slot has one reason, so that a tie is the same FAIL twice. */
static void slot_fail(struct slot_facts *slot, enum reason reason, int64_t version_ms)
{
    if (version_ms <= slot->fail_version)
        return;
    slot->fail_version = version_ms;
    slot->fail_reason = reason;
}

static void slot_take(struct slot_facts *slot, const struct fact *f)
{
    if (f->checked.outcome == OUTCOME_FAIL)
        slot_fail(slot, f->checked.reason, f->checked.source_version);
    else if (f->checked.source_version > slot->pass_version)
        slot->pass_version = f->checked.source_version;
}

static const char *checked(struct record *r, const struct fact *f)
{
    if (f->checked.check == CHECK_DUPLICATE_AID) {
        int64_t *newest =
            f->checked.outcome == OUTCOME_FAIL ? &r->aid_fail_version : &r->aid_pass_version;
        if (f->checked.source_version > *newest)
            *newest = f->checked.source_version;
        return NULL;
    }
    struct account *a = account_made(r, f->checked.account_ref);
    if (!a)
        return "account_ref: too many accounts of one participant";
    slot_take(&a->slots[slot_of_check(f->checked.check)], f);
    if (f->checked.outcome == OUTCOME_PASS && r->first_pass_ms[f->checked.check] == 0)
        r->first_pass_ms[f->checked.check] = f->checked.checked_at_ms;
    return NULL;
}

const char *fact_apply(struct record *record, const struct fact *fact)
{
    static const char *(*const takers[])(struct record *, const struct fact *) = {
        [FACT_ENROLLED] = enrolled, [FACT_COMPLETED] = completed, [FACT_RATED] = rated,
        [FACT_LINKED] = linked,     [FACT_CHECKED] = checked,
    };
    assert((size_t)fact->kind < sizeof takers / sizeof takers[0]);

    const char *refused = takers[fact->kind](record, fact);
    if (!refused)
        schedule_if_entitled(record);
    return refused;
}

void fact_failure(struct record *record, const char *account_ref, enum reason reason,
                  int64_t version_ms)
{
    enum slot slot = reason_row(reason)->slot;

    if (slot == SLOT_NOTHING || account_ref[0] == '\0')
        return; /* no account: two bodies under one reference (money.c) */
    struct account *a = account_made(record, account_ref);
    if (a) /* else full: the account is not among the newest 8, money can't go there anyway */
        slot_fail(&a->slots[slot], reason, version_ms);
}

void fact_struck(struct record *record, const char *account_ref, enum reason reason,
                 int64_t version_ms)
{
    enum slot slot = reason_row(reason)->slot;
    struct account *a = slot == SLOT_NOTHING || account_ref[0] == '\0'
                            ? NULL
                            : account_made(record, account_ref);

    if (a && a->slots[slot].struck_version < version_ms)
        a->slots[slot].struck_version = version_ms;
}

void fact_paid(struct record *record, const char *account_ref, int64_t at_ms)
{
    struct account *a = account_ref[0] ? account_made(record, account_ref) : NULL;

    if (a && a->paid_at_ms < at_ms)
        a->paid_at_ms = at_ms;
}
