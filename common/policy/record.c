#include "policy/record.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "policy/scheme.h"
#include "policy/text.h"

void record_init(struct record *record, const char *participant_id)
{
    *record = (struct record){ 0 };
    text_copy(record->id, sizeof record->id, participant_id);
}

#define SCALARS offsetof(struct record, ratings)

static void empty(struct record *r)
{
    memset(r->ratings, 0, r->rating_count * sizeof r->ratings[0]);
    memset(r->accounts, 0, r->account_count * sizeof r->accounts[0]);
    memset(r->instalments, 0, r->instalment_count * sizeof r->instalments[0]);
    memset(r, 0, SCALARS);
}

void record_clear(struct record *record, const char *participant_id)
{
    empty(record);
    text_copy(record->id, sizeof record->id, participant_id);
}

void record_copy(struct record *to, const struct record *from)
{
    empty(to);
    memcpy(to, from, SCALARS);
    memcpy(to->ratings, from->ratings, from->rating_count * sizeof from->ratings[0]);
    memcpy(to->accounts, from->accounts, from->account_count * sizeof from->accounts[0]);
    memcpy(to->instalments, from->instalments,
           from->instalment_count * sizeof from->instalments[0]);
}

const struct account *record_account(const struct record *record, const char *ref)
{
    for (uint8_t i = 0; i < record->account_count; i++)
        if (text_is(record->accounts[i].ref, ref))
            return &record->accounts[i];
    return NULL;
}

bool account_is_verified(const struct account *account)
{
    if (account->link_version == 0)
        return false;
    for (int c = 0; c < CHECK_COUNT; c++)
        if (check_row((enum check)c)->use == CHECK_USE_REQUIRED &&
            account->slots[slot_of_check((enum check)c)].pass_version == 0)
            return false;
    return true;
}

/* Later link first; the ref decides a tie, so that the order of arrival never does. */
static bool is_newer_link(const struct account *a, const struct account *b)
{
    if (a->link_version != b->link_version)
        return a->link_version > b->link_version;
    return text_order(a->ref, b->ref) > 0;
}

const struct account *record_current(const struct record *record)
{
    const struct account *best = NULL;

    for (uint8_t i = 0; i < record->account_count; i++) {
        const struct account *a = &record->accounts[i];
        if (account_is_verified(a) && (!best || is_newer_link(a, best)))
            best = a;
    }
    return best;
}

const struct account *record_candidate(const struct record *record)
{
    const struct account *current = record_current(record), *best = NULL;

    for (uint8_t i = 0; i < record->account_count; i++) {
        const struct account *a = &record->accounts[i];
        if (a->link_version > 0 && (!best || is_newer_link(a, best)))
            best = a;
    }
    return best == current ? NULL : best;
}

static bool slot_is_open(const struct account *account, enum slot slot)
{
    const struct slot_facts *f = &account->slots[slot];
    int64_t cleared = f->pass_version;

    if (f->fail_version <= f->struck_version)
        return false;
    switch (slot) {
    case SLOT_PHONE:
    case SLOT_NOT_FOUND:
        if (account->link_version > cleared)
            cleared = account->link_version;
        break;
    case SLOT_KYC:
    case SLOT_NIK:
    case SLOT_SELFIE:
    case SLOT_ACTIVE:
    case SLOT_CLOSED:
    case SLOT_SHARED:
    case SLOT_COUNT: break;
    }
    return f->fail_version >= cleared; /* on a tie FAIL wins (D6) */
}

enum slot account_open_slot(const struct account *account)
{
    if (slot_is_open(account, SLOT_CLOSED)) /* the fix of any other would not release it (R15) */
        return SLOT_CLOSED;
    for (int s = 0; s < SLOT_COUNT; s++)
        if (slot_is_open(account, (enum slot)s))
            return (enum slot)s;
    return SLOT_NOTHING;
}

bool record_is_deactivated(const struct record *record)
{
    const struct scheme *scheme = scheme_find(record->scheme);

    return scheme && record->aid_fail_version > 0 && scheme_excludes_aid(scheme, record->wave);
}

struct mark record_hold(const struct record *record)
{
    struct mark mark = { .reason = REASON_NONE };
    const struct account *account = record_current(record);

    if (!account) {
        mark.reason = REASON_ACCOUNT_NOT_FOUND; /* restored from the ledger before its facts */
        return mark;
    }
    enum slot slot = account_open_slot(account);
    if (slot == SLOT_NOTHING)
        return mark;
    const struct slot_facts *f = &account->slots[slot];
    mark.reason = f->fail_reason;
    mark.at_ms = f->fail_version;
    text_copy(mark.account_ref, sizeof mark.account_ref, account->ref);
    return mark;
}

bool mark_equals(const struct mark *a, const struct mark *b)
{
    return a->reason == b->reason && a->at_ms == b->at_ms &&
           text_is(a->account_ref, b->account_ref);
}

struct instalment *record_instalment(struct record *record, enum payment_kind kind, int32_t number)
{
    for (uint8_t i = 0; i < record->instalment_count; i++)
        if (record->instalments[i].kind == kind && record->instalments[i].number == number)
            return &record->instalments[i];
    return NULL;
}

bool instalment_is_returned(const struct instalment *i)
{
    return i->state == INST_FAILED && i->returned_attempt == i->attempt;
}

struct mark mark_of_failure(const struct instalment *i)
{
    bool returned = i->returned_attempt == i->attempt; /* FAILED, or a CASE by now */
    int64_t at_ms = returned ? i->returned_at_ms : i->claimed_at_ms;
    struct mark mark = { .reason = i->why, .at_ms = at_ms };

    text_copy(mark.account_ref, sizeof mark.account_ref, i->account_ref);
    return mark;
}

static bool is_after(const struct instalment *i, enum payment_kind kind, int32_t number)
{
    return i->kind > kind || (i->kind == kind && i->number > number);
}

struct instalment *record_instalment_made(struct record *record, enum payment_kind kind,
                                          int32_t number)
{
    struct instalment *found = record_instalment(record, kind, number);

    if (found)
        return found;
    if (record->instalment_count == RECORD_INSTALMENTS_MAX)
        return NULL;
    /* Kept sorted: in a restore the ledger names instalments in an order of its own. */
    uint8_t at = record->instalment_count++;
    for (; at > 0 && is_after(&record->instalments[at - 1], kind, number); at--)
        record->instalments[at] = record->instalments[at - 1];
    record->instalments[at] = (struct instalment){ .kind = kind, .number = number, .attempt = 1 };
    return &record->instalments[at];
}
