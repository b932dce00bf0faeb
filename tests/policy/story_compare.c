/* Every field of a record, so that "the same end" means all of it (but the version: D14). */
#include "story.h"

#include <string.h>

#define SAME(member)                                                                               \
    do {                                                                                           \
        if (a->member != b->member)                                                                \
            return #member;                                                                        \
    } while (0)
#define SAME_TEXT(member)                                                                          \
    do {                                                                                           \
        if (strcmp(a->member, b->member) != 0)                                                     \
            return #member;                                                                        \
    } while (0)
#define SAME_PART(difference)                                                                      \
    do {                                                                                           \
        const char *found = difference;                                                            \
        if (found)                                                                                 \
            return found;                                                                          \
    } while (0)

static const char *account_difference(const struct account *a, const struct account *b)
{
    SAME_TEXT(ref);
    SAME(partner);
    SAME(link_version);
    SAME(linked_at_ms);
    SAME(paid_at_ms);
    SAME(sealed.size);
    if (memcmp(a->sealed.at, b->sealed.at, sizeof a->sealed.at) != 0)
        return "sealed.at";
    for (int s = 0; s < SLOT_COUNT; s++) {
        SAME(slots[s].pass_version);
        SAME(slots[s].fail_version);
        SAME(slots[s].struck_version);
        SAME(slots[s].fail_reason);
    }
    return NULL;
}

static const char *rating_difference(const struct rating *a, const struct rating *b)
{
    SAME_TEXT(course_id);
    SAME(stars);
    SAME(stars_version);
    SAME(rated_at_ms);
    SAME(reviewed_at_ms);
    return NULL;
}

static const char *nonces_difference(const struct nonces *a, const struct nonces *b)
{
    SAME(count);
    for (uint8_t i = 0; i < a->count; i++)
        if (!nonces_has(b, a->at[i]))
            return "nonces";
    return NULL;
}

static const char *instalment_difference(const struct instalment *a, const struct instalment *b)
{
    SAME(kind);
    SAME(number);
    SAME(state);
    SAME(attempt);
    SAME(amount_idr);
    SAME(due_at_ms);
    SAME(promised_at_ms);
    SAME(provisional);
    SAME(not_before_ms);
    SAME(mark.reason);
    SAME(mark.at_ms);
    SAME_TEXT(mark.account_ref);
    SAME_TEXT(account_ref);
    SAME(partner);
    SAME(claimed_at_ms);
    SAME(deadline_ms);
    SAME(why);
    SAME_TEXT(raw_code);
    SAME(paid_at_ms);
    SAME(returned_attempt);
    SAME(returned_at_ms);
    SAME(bare);
    SAME(told);
    SAME(doubts);
    SAME(doubt_since_ms);
    SAME_PART(nonces_difference(&a->open, &b->open));
    SAME_PART(nonces_difference(&a->covered, &b->covered));
    SAME(covers);
    SAME(funded);
    return NULL;
}

static const char *enrolment_difference(const struct record *a, const struct record *b)
{
    SAME_TEXT(id);
    SAME(enrolled_at_ms);
    SAME_TEXT(scheme);
    SAME(wave);
    SAME(selected_at_ms);
    SAME(credited_at_ms);
    SAME_TEXT(family_token);
    SAME_TEXT(course_id);
    SAME_TEXT(platform);
    SAME_TEXT(institution);
    SAME(completed_at_ms);
    SAME(uncertified_at_ms);
    SAME(first_linked_at_ms);
    for (int c = 0; c < CHECK_COUNT; c++)
        SAME(first_pass_ms[c]);
    SAME(aid_fail_version);
    SAME(aid_pass_version);
    SAME(scheduled_at_ms);
    SAME_TEXT(calendar_version);
    SAME_TEXT(policy_version);
    return NULL;
}

const char *record_difference(const struct record *a, const struct record *b)
{
    SAME_PART(enrolment_difference(a, b));
    SAME(rating_count);
    SAME(account_count);
    SAME(instalment_count);
    for (int i = 0; i < RECORD_RATINGS_MAX; i++)
        SAME_PART(rating_difference(&a->ratings[i], &b->ratings[i]));
    for (int i = 0; i < RECORD_ACCOUNTS_MAX; i++)
        SAME_PART(account_difference(&a->accounts[i], &b->accounts[i]));
    for (int i = 0; i < RECORD_INSTALMENTS_MAX; i++)
        SAME_PART(instalment_difference(&a->instalments[i], &b->instalments[i]));
    return NULL;
}
