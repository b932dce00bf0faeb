#include "records.h"

#include <stdio.h>

static uint64_t random_state = 20260302;

uint32_t roll(uint32_t sides)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % sides;
}

/* ------------------------------------------------------------------ records of all sizes */

static void put(char *to, size_t cap, const char *text)
{
    (void)snprintf(to, cap, "%s", text);
}

static void put_instalment(struct record *r, int number)
{
    struct instalment *i = &r->instalments[r->instalment_count++];

    i->number = number;
    i->state = INST_PAID;
    i->attempt = 1;
    i->amount_idr = 600000;
    i->due_at_ms = AT + 900000000 + number * 2592000000;
    i->promised_at_ms = i->due_at_ms + 259199999;
    put(i->account_ref, sizeof i->account_ref, r->accounts[0].ref);
    i->partner = PARTNER_GOPAY;
    i->claimed_at_ms = i->due_at_ms + 1234;
    i->deadline_ms = i->claimed_at_ms + 30000;
    i->paid_at_ms = i->claimed_at_ms + 2718;
    put(i->raw_code, sizeof i->raw_code, "2001800");
}

/* A participant as most are: one course, rated and reviewed, one wallet, paid. */
void make_typical(struct record *r, int instalments)
{
    record_init(r, "PST-000123");
    r->version = AT + 987654321;
    r->enrolled_at_ms = AT;
    put(r->scheme, sizeof r->scheme, "2020");
    r->wave = 11;
    r->selected_at_ms = AT - 172800000;
    put(r->family_token, sizeof r->family_token, "kk-000123");
    put(r->course_id, sizeof r->course_id, "KRS-PIJAR-00042");
    put(r->platform, sizeof r->platform, "pijar-mahir");
    put(r->institution, sizeof r->institution, "lembaga-uji-7");
    r->completed_at_ms = AT + 86412345;
    r->rating_count = 1;
    put(r->ratings[0].course_id, sizeof r->course_id, r->course_id);
    r->ratings[0].stars = 5;
    r->ratings[0].stars_version = AT + 90012345;
    r->ratings[0].rated_at_ms = AT + 90012345;
    r->ratings[0].reviewed_at_ms = AT + 90012345;
    r->first_linked_at_ms = AT + 95000000;
    r->account_count = 1;
    struct account *a = &r->accounts[0];
    put(a->ref, sizeof a->ref, "acc-000123-1");
    a->partner = PARTNER_GOPAY;
    a->link_version = AT + 95000000;
    a->linked_at_ms = AT + 95000000;
    a->paid_at_ms = AT + 1000001234;
    a->sealed.size = 150;
    for (uint32_t i = 0; i < a->sealed.size; i++)
        a->sealed.at[i] = (uint8_t)roll(256);
    static const enum slot passed[] = { SLOT_KYC, SLOT_NIK, SLOT_ACTIVE };
    static const enum check checks[] = { CHECK_ACCOUNT_KYC, CHECK_NIK_MATCH,
                                         CHECK_ACCOUNT_ACTIVE };
    for (int i = 0; i < 3; i++) {
        a->slots[passed[i]].pass_version = AT + 96000000 + i * 1000;
        r->first_pass_ms[checks[i]] = AT + 96000000 + i * 1000;
    }
    r->scheduled_at_ms = AT + 96002000;
    put(r->calendar_version, sizeof r->calendar_version, "2026.1");
    put(r->policy_version, sizeof r->policy_version, POLICY_VERSION);
    for (int i = 1; i <= instalments; i++)
        put_instalment(r, i);
}

static int64_t any_int64(bool most)
{
    static const int64_t some[] = { 0, 1, -1, AT, AT + 1, INT64_MAX, INT64_MIN };

    static bool flip;

    flip = !flip;
    if (most) /* as far as can be from the one before: the longest there is */
        return flip ? INT64_MAX / 2 + 1 : INT64_MIN / 2;
    return roll(3) ? some[roll(7)] : (int64_t)((uint64_t)roll(UINT32_MAX) << 31 | roll(1u << 31));
}

static void any_text(char *to, size_t cap, bool most)
{
    size_t size = most ? cap - 1 : roll((uint32_t)cap);

    for (size_t i = 0; i < size; i++)
        to[i] = (char)(1 + roll(255));
}

static void any_nonces(struct nonces *n, bool most)
{
    n->count = (uint8_t)(most ? NONCES_MAX : roll(NONCES_MAX + 1));
    for (int i = 0; i < n->count; i++)
        any_text(n->at[i], sizeof n->at[i], most);
}

static void any_account(struct account *a, bool most)
{
    any_text(a->ref, sizeof a->ref, most);
    a->partner = (enum partner)roll(PARTNER_COUNT);
    a->link_version = any_int64(most);
    a->linked_at_ms = any_int64(most);
    a->paid_at_ms = any_int64(most);
    a->sealed.size = most ? SEALED_MAX : roll(SEALED_MAX + 1);
    for (uint32_t i = 0; i < a->sealed.size; i++)
        a->sealed.at[i] = (uint8_t)roll(256);
    for (int i = 0; i < SLOT_COUNT; i++) {
        a->slots[i].pass_version = any_int64(most);
        a->slots[i].fail_version = any_int64(most);
        a->slots[i].struck_version = any_int64(most);
        a->slots[i].fail_reason = (enum reason)roll(REASON_COUNT);
    }
}

/* Sometimes the ref of an account of the record, as it nearly always is. */
static void any_ref(const struct record *r, char *to, bool most)
{
    if (!most && r->account_count > 0 && roll(2))
        put(to, ACCOUNT_REF_MAX + 1, r->accounts[roll(r->account_count)].ref);
    else
        any_text(to, ACCOUNT_REF_MAX + 1, most);
}

static void any_instalment(const struct record *r, struct instalment *i, bool most)
{
    i->kind = (enum payment_kind)roll(PAYMENT_KIND_COUNT);
    i->number = most ? INT32_MIN : (int32_t)any_int64(false);
    i->state = (enum inst_state)roll(INST_STATE_COUNT);
    i->attempt = most ? INT32_MAX : (int32_t)any_int64(false);
    i->amount_idr = any_int64(most);
    i->due_at_ms = any_int64(most);
    i->promised_at_ms = any_int64(most);
    i->provisional = roll(2);
    i->not_before_ms = any_int64(most);
    i->mark.reason = (enum reason)roll(REASON_COUNT);
    any_ref(r, i->mark.account_ref, most);
    i->mark.at_ms = any_int64(most);
    any_ref(r, i->account_ref, most);
    i->partner = (enum partner)roll(PARTNER_COUNT);
    i->claimed_at_ms = any_int64(most);
    i->deadline_ms = any_int64(most);
    i->why = (enum reason)roll(REASON_COUNT);
    any_text(i->raw_code, sizeof i->raw_code, most);
    i->paid_at_ms = any_int64(most);
    i->returned_attempt = (int32_t)roll(3);
    i->returned_at_ms = any_int64(most);
    i->bare = roll(2);
    i->told = roll(2);
    i->doubts = (uint8_t)(most ? 255 : roll(256));
    i->doubt_since_ms = any_int64(most);
    any_nonces(&i->open, most);
    any_nonces(&i->covered, most);
    i->covers = roll(2);
    i->funded = roll(2);
}

void make_any(struct record *r, bool most)
{
    record_init(r, "PST-000123");
    r->version = any_int64(most) & INT64_MAX;
    r->enrolled_at_ms = any_int64(most);
    any_text(r->scheme, sizeof r->scheme, most);
    r->wave = most ? INT32_MIN : (int32_t)any_int64(false);
    r->selected_at_ms = any_int64(most);
    r->credited_at_ms = any_int64(most);
    any_text(r->family_token, sizeof r->family_token, most);
    any_text(r->course_id, sizeof r->course_id, most);
    any_text(r->platform, sizeof r->platform, most);
    any_text(r->institution, sizeof r->institution, most);
    r->completed_at_ms = any_int64(most);
    r->uncertified_at_ms = any_int64(most);
    r->rating_count = (uint8_t)(most ? RECORD_RATINGS_MAX : roll(RECORD_RATINGS_MAX + 1));
    for (int i = 0; i < r->rating_count; i++) {
        any_text(r->ratings[i].course_id, sizeof r->course_id, most);
        r->ratings[i].stars = (int32_t)any_int64(most);
        r->ratings[i].stars_version = any_int64(most);
        r->ratings[i].rated_at_ms = any_int64(most);
        r->ratings[i].reviewed_at_ms = any_int64(most);
    }
    r->first_linked_at_ms = any_int64(most);
    for (int i = 0; i < CHECK_COUNT; i++)
        r->first_pass_ms[i] = any_int64(most);
    r->account_count = (uint8_t)(most ? RECORD_ACCOUNTS_MAX : roll(RECORD_ACCOUNTS_MAX + 1));
    for (int i = 0; i < r->account_count; i++)
        any_account(&r->accounts[i], most);
    r->aid_fail_version = any_int64(most);
    r->aid_pass_version = any_int64(most);
    r->scheduled_at_ms = any_int64(most);
    any_text(r->calendar_version, sizeof r->calendar_version, most);
    any_text(r->policy_version, sizeof r->policy_version, most);
    r->instalment_count = (uint8_t)(most ? RECORD_INSTALMENTS_MAX
                                         : roll(RECORD_INSTALMENTS_MAX + 1));
    for (int i = 0; i < r->instalment_count; i++)
        any_instalment(r, &r->instalments[i], most);
}
