#include "policy/domain.h"

#include <assert.h>

static const struct partner_row partners[] = {
#define X(name, kind, shown, contact) { #name, PARTNER_KIND_##kind, shown, contact },
    FOREACH_PARTNER(X)
#undef X
};

static const struct check_row checks[] = {
#define X(name, use, meaning) { #name, CHECK_USE_##use, meaning },
    FOREACH_CHECK(X)
#undef X
};

static const struct reason_row reasons[] = {
#define X(name, iso, cls, slot, shown, released)                                                   \
    { #name, iso, CLASS_##cls, SLOT_##slot, shown, released },
    FOREACH_REASON(X)
#undef X
};

const struct partner_row *partner_row(enum partner partner)
{
    assert(partner < PARTNER_COUNT);
    return &partners[partner];
}

const struct check_row *check_row(enum check check)
{
    assert(check < CHECK_COUNT);
    return &checks[check];
}

const struct reason_row *reason_row(enum reason reason)
{
    assert(reason < REASON_COUNT);
    return &reasons[reason];
}

const char *reason_class_name(enum reason_class cls)
{
    static const char *const names[] = {
        [CLASS_RETRY] = "retry", [CLASS_HOLD] = "hold", [CLASS_TIMED] = "hold, timed",
        [CLASS_INQUIRE] = "inquiry", [CLASS_PAUSE] = "pause", [CLASS_CASE] = "case",
        [CLASS_STOP] = "stop",
    };
    return names[cls];
}

const char *payment_kind_name(enum payment_kind kind)
{
    static const char *const names[] = {
#define X(name) #name,
        FOREACH_PAYMENT_KIND(X)
#undef X
    };
    assert(kind < PAYMENT_KIND_COUNT);
    return names[kind];
}

enum slot slot_of_check(enum check check)
{
    static const enum slot slots[] = {
        [CHECK_ACCOUNT_KYC] = SLOT_KYC,       [CHECK_NIK_MATCH] = SLOT_NIK,
        [CHECK_SELFIE_MATCH] = SLOT_SELFIE,   [CHECK_ACCOUNT_ACTIVE] = SLOT_ACTIVE,
        [CHECK_PHONE_OWNER] = SLOT_PHONE,     [CHECK_DUPLICATE_AID] = SLOT_NOTHING,
        [CHECK_ACCOUNT_SHARED] = SLOT_SHARED,
    };
    _Static_assert(sizeof slots / sizeof slots[0] == CHECK_COUNT, "one slot per check");
    assert(check < CHECK_COUNT);
    return slots[check];
}

enum reason reason_of_slot(enum slot slot)
{
    static const enum reason names[] = {
        [SLOT_KYC] = REASON_ACCOUNT_NOT_KYC,     [SLOT_NIK] = REASON_NIK_MISMATCH,
        [SLOT_SELFIE] = REASON_SELFIE_MISMATCH,  [SLOT_ACTIVE] = REASON_ACCOUNT_INACTIVE,
        [SLOT_PHONE] = REASON_PHONE_CHANGED,     [SLOT_NOT_FOUND] = REASON_ACCOUNT_NOT_FOUND,
        [SLOT_CLOSED] = REASON_ACCOUNT_CLOSED,   [SLOT_SHARED] = REASON_ACCOUNT_SHARED,
    };
    _Static_assert(sizeof names / sizeof names[0] == SLOT_COUNT, "one reason per slot");
    assert(slot < SLOT_COUNT);
    return names[slot];
}
