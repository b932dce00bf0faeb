#include "policy/users.h"

#include <stddef.h>

#include "policy/scheme.h"
#include "policy/text.h"

enum users_answer users_add(struct account_users *users, const char *participant,
                            const char *scheme, int64_t at_ms)
{
    for (uint8_t i = 0; i < users->count; i++)
        if (text_is(users->at[i].participant, participant))
            return USERS_KNOWN;
    if (users->count == ACCOUNT_USERS_MAX)
        return USERS_FULL;
    struct account_user *user = &users->at[users->count++];
    text_copy(user->participant, sizeof user->participant, participant);
    text_copy(user->scheme, sizeof user->scheme, scheme);
    users->said_ms = users->said_ms + 1 > at_ms ? users->said_ms + 1 : at_ms;
    return USERS_ADDED;
}

bool users_allow(const struct account_users *users, const char *participant, const char *scheme,
                 const struct slot_facts *shared)
{
    bool known = users->count == ACCOUNT_USERS_MAX; /* whoever came later is told, too */

    for (uint8_t i = 0; i < users->count; i++)
        known |= text_is(users->at[i].participant, participant);
    return known && (!users_exceed(users->count, scheme) || shared->fail_version >= users->said_ms);
}

bool users_exceed(int32_t count, const char *scheme)
{
    const struct scheme *row = scheme_find(scheme);

    return count > (row ? row->account_participants : 1);
}
