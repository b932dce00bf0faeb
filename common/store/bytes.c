#include "store/bytes.h"

#include <assert.h>
#include <string.h>

#include "store/bytes_walk.h"

/*
 * Most of a record says the same twice: an instalment names an account that the record lists, one
 * event sets three times.  So: a text that stands elsewhere in the record is given by its place,
 * times by their distance from the one before, slots by a mask of those in use.
 */
#define FORMAT 3 /* from 2 on: a record of an earlier build is read as it was */
#define FORMAT_OLDEST 2
#define VERSION_SIZE 8

#define REF_NONE 0                       /* "" */
#define REF_TEXT (RECORD_ACCOUNTS_MAX + 1) /* it follows; anything between: accounts[code - 1] */

_Static_assert(SLOT_COUNT <= 8, "the masks of slots are a byte each");

/* ------------------------------------------------------------------ texts that stand elsewhere */

static uint8_t code_of_ref(const struct record *record, const char *ref)
{
    if (ref[0] == '\0')
        return REF_NONE;
    for (uint8_t i = 0; i < record->account_count; i++)
        if (strcmp(record->accounts[i].ref, ref) == 0)
            return (uint8_t)(i + 1);
    return REF_TEXT;
}

/* Accounts come first in the walk, so that their refs are known when reading. */
static void walk_ref(struct walk *walk, const struct record *record, char *ref)
{
    uint8_t code = walk->writing ? code_of_ref(record, ref) : REF_NONE;

    walk_byte(walk, &code, REF_TEXT);
    if (code == REF_TEXT) {
        walk_text(walk, ref, ACCOUNT_REF_MAX + 1);
        return;
    }
    if (walk->writing || walk->bad || code == REF_NONE)
        return;
    if (code > record->account_count) {
        walk->bad = true;
        return;
    }
    memcpy(ref, record->accounts[code - 1].ref, ACCOUNT_REF_MAX + 1);
}

static void walk_course(struct walk *walk, const struct record *record, char *course)
{
    bool same = strcmp(record->course_id, course) == 0;

    walk_flag(walk, &same);
    if (walk->bad)
        return;
    if (!same)
        walk_text(walk, course, COURSE_ID_MAX + 1);
    else if (!walk->writing)
        memcpy(course, record->course_id, COURSE_ID_MAX + 1);
}

/* ------------------------------------------------------------------ the structs */

static void walk_rating(struct walk *walk, const struct record *record, struct rating *r)
{
    walk_course(walk, record, r->course_id);
    walk_int32(walk, &r->stars);
    walk_time(walk, &r->stars_version);
    walk_time(walk, &r->rated_at_ms);
    walk_time(walk, &r->reviewed_at_ms);
}

static void walk_slots(struct walk *walk, struct slot_facts *slots)
{
    const uint8_t all = (1u << SLOT_COUNT) - 1;
    uint8_t passed = 0, failed = 0, struck = 0;

    for (int i = 0; i < SLOT_COUNT; i++) {
        if (slots[i].pass_version != 0)
            passed = (uint8_t)(passed | 1u << i);
        if (slots[i].fail_version != 0 || slots[i].fail_reason != REASON_NONE)
            failed = (uint8_t)(failed | 1u << i);
        if (slots[i].struck_version != 0)
            struck = (uint8_t)(struck | 1u << i);
    }
    walk_byte(walk, &passed, all);
    walk_byte(walk, &failed, all);
    if (walk->format >= 3)
        walk_byte(walk, &struck, all);
    for (int i = 0; i < SLOT_COUNT; i++) {
        if (passed & 1u << i)
            walk_time(walk, &slots[i].pass_version);
        if (struck & 1u << i)
            walk_time(walk, &slots[i].struck_version);
        if (!(failed & 1u << i))
            continue;
        walk_time(walk, &slots[i].fail_version);
        WALK_ENUM(walk, slots[i].fail_reason, REASON_COUNT);
    }
}

static void walk_account(struct walk *walk, struct account *a)
{
    walk_text(walk, a->ref, sizeof a->ref);
    WALK_ENUM(walk, a->partner, PARTNER_COUNT);
    walk_time(walk, &a->link_version);
    walk_time(walk, &a->linked_at_ms);
    walk_time(walk, &a->paid_at_ms);
    walk_bytes(walk, a->sealed.at, &a->sealed.size, SEALED_MAX);
    walk_slots(walk, a->slots);
}

static void walk_nonces(struct walk *walk, struct nonces *nonces)
{
    walk_byte(walk, &nonces->count, NONCES_MAX);
    for (uint8_t i = 0; i < nonces->count && !walk->bad; i++)
        walk_text(walk, nonces->at[i], sizeof nonces->at[i]);
}

static void walk_instalment(struct walk *walk, const struct record *record, struct instalment *i)
{
    WALK_ENUM(walk, i->kind, PAYMENT_KIND_COUNT);
    walk_int32(walk, &i->number);
    WALK_ENUM(walk, i->state, INST_STATE_COUNT);
    walk_int32(walk, &i->attempt);
    walk_int64(walk, &i->amount_idr);
    walk_time(walk, &i->due_at_ms);
    walk_time(walk, &i->promised_at_ms);
    walk_flag(walk, &i->provisional);
    walk_time(walk, &i->not_before_ms);
    WALK_ENUM(walk, i->mark.reason, REASON_COUNT);
    walk_ref(walk, record, i->mark.account_ref);
    walk_time(walk, &i->mark.at_ms);
    walk_ref(walk, record, i->account_ref);
    WALK_ENUM(walk, i->partner, PARTNER_COUNT);
    walk_time(walk, &i->claimed_at_ms);
    walk_time(walk, &i->deadline_ms);
    WALK_ENUM(walk, i->why, REASON_COUNT);
    walk_text(walk, i->raw_code, sizeof i->raw_code);
    walk_time(walk, &i->paid_at_ms);
    walk_int32(walk, &i->returned_attempt);
    walk_time(walk, &i->returned_at_ms);
    walk_flag(walk, &i->bare);
    walk_flag(walk, &i->told);
    walk_byte(walk, &i->doubts, UINT8_MAX);
    walk_time(walk, &i->doubt_since_ms);
    walk_nonces(walk, &i->open);
    walk_nonces(walk, &i->covered);
    walk_flag(walk, &i->covers);
    if (walk->format >= 3)
        walk_flag(walk, &i->funded);
}

static void walk_record(struct walk *walk, struct record *r)
{
    walk_time(walk, &r->enrolled_at_ms);
    walk_text(walk, r->scheme, sizeof r->scheme);
    walk_int32(walk, &r->wave);
    walk_time(walk, &r->selected_at_ms);
    walk_time(walk, &r->credited_at_ms);
    walk_text(walk, r->family_token, sizeof r->family_token);

    walk_text(walk, r->course_id, sizeof r->course_id);
    walk_text(walk, r->platform, sizeof r->platform);
    walk_text(walk, r->institution, sizeof r->institution);
    walk_time(walk, &r->completed_at_ms);
    walk_time(walk, &r->uncertified_at_ms);
    walk_byte(walk, &r->rating_count, RECORD_RATINGS_MAX);
    for (uint8_t i = 0; i < r->rating_count && !walk->bad; i++)
        walk_rating(walk, r, &r->ratings[i]);

    walk_time(walk, &r->first_linked_at_ms);
    /* Format 2 ended with the check before ACCOUNT_SHARED. */
    size_t checks = walk->format >= 3 ? CHECK_COUNT : CHECK_ACCOUNT_SHARED;
    for (size_t i = 0; i < checks; i++)
        walk_time(walk, &r->first_pass_ms[i]);
    walk_byte(walk, &r->account_count, RECORD_ACCOUNTS_MAX);
    for (uint8_t i = 0; i < r->account_count && !walk->bad; i++)
        walk_account(walk, &r->accounts[i]);
    walk_time(walk, &r->aid_fail_version);
    walk_time(walk, &r->aid_pass_version);

    walk_time(walk, &r->scheduled_at_ms);
    walk_text(walk, r->calendar_version, sizeof r->calendar_version);
    walk_text(walk, r->policy_version, sizeof r->policy_version);
    walk_byte(walk, &r->instalment_count, RECORD_INSTALMENTS_MAX);
    for (uint8_t i = 0; i < r->instalment_count && !walk->bad; i++)
        walk_instalment(walk, r, &r->instalments[i]);
}

static void walk_users(struct walk *walk, struct account_users *users)
{
    walk_byte(walk, &users->count, ACCOUNT_USERS_MAX);
    for (uint8_t i = 0; i < users->count && !walk->bad; i++) {
        walk_text(walk, users->at[i].participant, sizeof users->at[i].participant);
        walk_text(walk, users->at[i].scheme, sizeof users->at[i].scheme);
    }
    walk_time(walk, &users->said_ms);
}

/* ------------------------------------------------------------------ both directions */

static struct walk begin_writing(uint8_t *to, size_t room, int64_t version)
{
    struct walk walk = { .writing = true, .to = to, .end = to + room, .format = FORMAT };

    for (int shift = 56; shift >= 0; shift -= 8)
        *walk.to++ = (uint8_t)((uint64_t)version >> shift);
    *walk.to++ = FORMAT;
    return walk;
}

void record_to_bytes(struct record *record, struct buf *out)
{
    assert(record->version >= 0);
    buf_reserve(out, RECORD_BYTES_MAX);
    uint8_t *to = (uint8_t *)out->data + out->size;
    struct walk walk = begin_writing(to, RECORD_BYTES_MAX, record->version);
    walk_record(&walk, record);
    out->size += (size_t)(walk.to - to);
    out->data[out->size] = '\0';
}

int64_t record_bytes_version(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint64_t version = 0;

    if (!at || size < VERSION_SIZE)
        return 0;
    for (int i = 0; i < VERSION_SIZE; i++)
        version = version << 8 | at[i];
    return (int64_t)version;
}

int record_from_bytes(const void *bytes, size_t size, const char *id, struct record *record,
                      struct err *err)
{
    record_init(record, id);
    return record_from_bytes_again(bytes, size, id, record, err);
}

int record_from_bytes_again(const void *bytes, size_t size, const char *id, struct record *record,
                            struct err *err)
{
    record_clear(record, id);
    if (!bytes)
        return 0;
    if (size <= VERSION_SIZE || size > RECORD_BYTES_MAX)
        return err_set(err, ERR_FATAL, "record of %.40s: %zu bytes are no record", id, size);
    const uint8_t *at = bytes;
    if (at[VERSION_SIZE] < FORMAT_OLDEST || at[VERSION_SIZE] > FORMAT)
        return err_set(err, ERR_FATAL, "record of %.40s: format %u, this build reads %d to %d", id,
                       (unsigned)at[VERSION_SIZE], FORMAT_OLDEST, FORMAT);
    record->version = record_bytes_version(bytes, size);
    struct walk walk = { .at = at + VERSION_SIZE + 1, .end = at + size,
                         .format = at[VERSION_SIZE] };
    walk_record(&walk, record);
    if (!walk.bad && walk.at == walk.end && record->version >= 0)
        return 0;
    record_init(record, id);
    return err_set(err, ERR_FATAL, "record of %.40s: damaged after %zu of %zu bytes", id,
                   (size_t)(walk.at - at), size);
}

#define USERS_BYTES_MAX                                                                            \
    (VERSION_SIZE + 12 + ACCOUNT_USERS_MAX * (PARTICIPANT_ID_MAX + SCHEME_ID_MAX + 4))

void users_to_bytes(struct account_users *users, struct buf *out)
{
    buf_reserve(out, USERS_BYTES_MAX);
    uint8_t *to = (uint8_t *)out->data + out->size;
    struct walk walk = begin_writing(to, USERS_BYTES_MAX, users->version);
    walk_users(&walk, users);
    out->size += (size_t)(walk.to - to);
    out->data[out->size] = '\0';
}

int users_from_bytes(const void *bytes, size_t size, struct account_users *users, struct err *err)
{
    const uint8_t *at = bytes;

    *users = (struct account_users){ 0 };
    if (!bytes)
        return 0;
    if (size > VERSION_SIZE && at[VERSION_SIZE] == FORMAT) {
        struct walk walk = { .at = at + VERSION_SIZE + 1, .end = at + size, .format = FORMAT };
        walk_users(&walk, users);
        users->version = record_bytes_version(bytes, size);
        if (!walk.bad && walk.at == walk.end && users->version >= 0)
            return 0;
    }
    *users = (struct account_users){ 0 };
    return err_set(err, ERR_FATAL, "who uses an account: damaged, or of another build");
}
