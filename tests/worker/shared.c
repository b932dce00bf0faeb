#include "shared.h"

#include <string.h>

#include "base/str.h"

#define SEEN_MAX 600

static struct seen seen[SEEN_MAX];

/* One FAIL of ACCOUNT_SHARED. */
struct shared {
    char participant[PARTICIPANT_ID_MAX + 1], account[ACCOUNT_REF_MAX + 1];
    int64_t at_ms;
    char id[48]; /* under which it was told; "": not yet */
};

static struct {
    struct shared at[SEEN_MAX];
    size_t count;
} wanted;

static struct shared *find(const char *participant, const char *account, int64_t at_ms)
{
    for (size_t i = 0; i < wanted.count; i++) {
        struct shared *s = &wanted.at[i];
        if (s->at_ms == at_ms && strcmp(s->participant, participant) == 0 &&
            strcmp(s->account, account) == 0)
            return s;
    }
    return NULL;
}

static void want(const char *participant, const char *account, int64_t at_ms)
{
    if (find(participant, account, at_ms))
        return; /* told again of the full set: the same */
    assert_true(wanted.count < SEEN_MAX);
    struct shared *s = &wanted.at[wanted.count++];
    *s = (struct shared){ .at_ms = at_ms };
    str_copy(s->participant, sizeof s->participant, participant);
    str_copy(s->account, sizeof s->account, account);
}

/* The first eight who use an account, and what each new one makes known. */
struct users {
    char names[ACCOUNT_USERS_MAX][PARTICIPANT_ID_MAX + 1];
    int count;
    int64_t said_ms; /* version of the set: it only grows, two users in one ms or not */
};

static void one_more(struct users *users, const struct account_used *e, int64_t at_ms)
{
    for (int i = 0; i < users->count; i++)
        if (strcmp(users->names[i], e->participant_id) == 0)
            return;
    if (users->count == ACCOUNT_USERS_MAX) {
        want(e->participant_id, e->account_ref, users->said_ms);
        return;
    }
    users->said_ms = users->said_ms < at_ms ? at_ms : users->said_ms + 1;
    str_copy(users->names[users->count++], sizeof users->names[0], e->participant_id);
    for (int i = 0; users->count > 1 && i < users->count; i++)
        want(users->names[i], e->account_ref, users->said_ms);
}

/* From the log of account-used alone, in its order. */
static void want_all(struct world *w)
{
    static struct users users[SHARED_ACCOUNTS];

    memset(users, 0, sizeof users);
    wanted.count = 0;
    for (int32_t b = 0; b < w->partitions; b++)
        for (size_t o = 0; o < bus_ram_count(w->broker, EVENT_ACCOUNT_USED, b); o++) {
            struct bus_message m;
            struct account_used e;
            int64_t which;
            bus_ram_at(w->broker, EVENT_ACCOUNT_USED, b, o, &m);
            world_read(w, EVENT_ACCOUNT_USED, &m, &e);
            assert_int_equal(world_bucket(w, e.account_ref), b);
            assert_true(str_to_int64(e.account_ref + strlen("acc-"), 1, SHARED_ACCOUNTS, &which));
            one_more(&users[which - 1], &e, m.timestamp_ms);
        }
}

/* The same FAIL has the same id, and no other has it. */
static void check_id(struct shared *s, const char *id)
{
    for (size_t i = 0; i < wanted.count && !s->id[0]; i++)
        assert_string_not_equal(wanted.at[i].id, id);
    if (!s->id[0])
        str_copy(s->id, sizeof s->id, id);
    assert_string_equal(s->id, id);
}

size_t shared_check(struct world *w, size_t *fails)
{
    size_t all = world_seen(w, EVENT_ELIGIBILITY_CHECKED, seen, SEEN_MAX), told = 0;

    want_all(w);
    assert_true(all <= SEEN_MAX);
    for (size_t i = 0; i < all; i++) {
        struct eligibility_checked e;
        world_read(w, EVENT_ELIGIBILITY_CHECKED, &seen[i].m, &e);
        if (e.check != CHECK_ACCOUNT_SHARED || !seen[i].id[0])
            continue; /* not the worker's: the test's own have no id */
        struct shared *s = find(e.participant_id, e.account_ref, e.source_version);
        if (!s)
            fail_msg("%s, %s: told although it isn't shared", e.participant_id, e.account_ref);
        check_id(s, seen[i].id);
        told++;
        assert_int_equal(e.outcome, OUTCOME_FAIL);
        assert_int_equal(e.reason, REASON_ACCOUNT_SHARED);
        assert_int_equal(e.checked_at_ms, e.source_version);
        assert_string_equal(e.raw_code, "");
        assert_int_equal(seen[i].m.partition, world_bucket(w, e.participant_id));
        assert_int_equal(seen[i].m.key_size, strlen(e.participant_id));
        assert_memory_equal(seen[i].m.key, e.participant_id, seen[i].m.key_size);
    }
    for (size_t i = 0; i < wanted.count; i++)
        if (!wanted.at[i].id[0])
            fail_msg("%s, %s: nobody has said that it is shared", wanted.at[i].participant,
                     wanted.at[i].account);
    *fails = wanted.count;
    return told;
}
