/* store/bytes.h: records that an earlier build has written, and who uses an account. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/bytes.h"

#define AT 1601500000000
#define VERSION_SIZE 8
#define CHECKS_OF_2 6 /* format 2 knew as many, the first of today's */

/* ------------------------------------------------------------------ a record of format 2 */

/* make_earlier()'s, written by a build of format 2. */
static const char earlier[] =
    "\x00\x00\x01\x74\xe0\xd6\xaf\x07\x02\x82\xbc\xb5\x8d\x9c\x5d\x04\x32\x30\x32\x33\x78\x15"
    "\x00\x00\x08\x63\x6f\x75\x72\x73\x65\x2d\x31\x09\x74\x6f\x6b\x6f\x70\x65\x64\x69\x61\x00"
    "\xde\x01\x00\x01\x01\x0a\xca\x01\x02\x16\xb6\x01\xca\x01\x04\x04\x04\x04\x04\x02\x05\x61"
    "\x63\x63\x2d\x31\x02\xd3\x01\x02\xb2\x09\x03\x62\x6f\x78\x1f\x40\xe9\x07\x04\x04\x04\x04"
    "\x9a\x06\x04\x05\x61\x63\x63\x2d\x32\x02\xe9\x07\x02\xb2\x09\x03\x62\x6f\x78\x1f\x40\xe9"
    "\x07\x04\x04\x04\x04\x9a\x06\x04\x00\x91\x03\x2a\x06\x32\x30\x32\x36\x2e\x31\x01\x31\x02"
    "\x00\x02\x05\x02\x80\x9f\x49\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xb2\x04"
    "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x01\x06\x80\x9f\x49\x8a\x40\xd2\x0f\x00\x00"
    "\x04\x02\xa1\x51\x02\x02\x02\x16\x04\x07\x34\x30\x33\x31\x38\x31\x38\x00\x02\xdd\x01\x00"
    "\x01\x00\x00\x01\x02\x6e\x31\x00\x01";

static void put(char *to, size_t cap, const char *text)
{
    assert_true((size_t)snprintf(to, cap, "%s", text) < cap);
}

static void put_account(struct account *a, const char *ref)
{
    put(a->ref, sizeof a->ref, ref);
    a->partner = PARTNER_GOPAY;
    a->link_version = a->linked_at_ms = AT + 300;
    a->paid_at_ms = AT + 900;
    a->sealed.size = 3;
    memcpy(a->sealed.at, "box", 3);
    for (int s = SLOT_KYC; s <= SLOT_PHONE; s++)
        a->slots[s].pass_version = AT + 400 + s;
    a->slots[SLOT_CLOSED].fail_version = AT + 800;
    a->slots[SLOT_CLOSED].fail_reason = REASON_ACCOUNT_CLOSED;
}

static void put_instalment(struct instalment *i)
{
    i->number = 2;
    i->state = INST_READY;
    i->attempt = 3;
    i->amount_idr = 600000;
    i->due_at_ms = AT + 5000;
    i->promised_at_ms = AT + 6000;
    i->mark = (struct mark){ .reason = REASON_ACCOUNT_CLOSED, .at_ms = AT + 800 };
    put(i->mark.account_ref, sizeof i->mark.account_ref, "acc-2");
    put(i->account_ref, sizeof i->account_ref, "acc-2");
    i->partner = PARTNER_GOPAY;
    i->claimed_at_ms = AT + 800;
    i->deadline_ms = AT + 810;
    i->why = REASON_ACCOUNT_CLOSED;
    put(i->raw_code, sizeof i->raw_code, "4031818");
    i->returned_attempt = 1;
    i->returned_at_ms = AT + 700;
    i->told = true;
    i->open.count = 1;
    put(i->open.at[0], sizeof i->open.at[0], "n1");
    i->covers = true;
}

/* Everything that a record of format 2 could hold, each time another. */
static void make_earlier(struct record *r)
{
    record_init(r, "PST-1");
    r->version = AT + 7;
    r->enrolled_at_ms = AT;
    put(r->scheme, sizeof r->scheme, "2023");
    r->wave = 60;
    r->selected_at_ms = AT - 10;
    put(r->course_id, sizeof r->course_id, "course-1");
    put(r->platform, sizeof r->platform, "tokopedia");
    r->completed_at_ms = AT + 100;
    r->rating_count = 1;
    put(r->ratings[0].course_id, sizeof r->ratings[0].course_id, "course-1");
    r->ratings[0].stars = 5;
    r->ratings[0].stars_version = r->ratings[0].rated_at_ms = AT + 200;
    r->ratings[0].reviewed_at_ms = AT + 210;
    r->first_linked_at_ms = AT + 300;
    for (int c = 0; c < CHECKS_OF_2; c++)
        r->first_pass_ms[c] = AT + 400 + c;
    r->account_count = 2;
    put_account(&r->accounts[0], "acc-1");
    put_account(&r->accounts[1], "acc-2");
    r->aid_pass_version = AT + 600;
    r->scheduled_at_ms = AT + 620;
    put(r->calendar_version, sizeof r->calendar_version, "2026.1");
    put(r->policy_version, sizeof r->policy_version, "1");
    r->instalment_count = 2;
    r->instalments[0] = (struct instalment){ .number = 1, .state = INST_PAID, .attempt = 1,
                                             .amount_idr = 600000, .paid_at_ms = AT + 900 };
    put_instalment(&r->instalments[1]);
}

static void test_format_2(void **state)
{
    (void)state;
    static struct record wanted, read, again;
    struct buf bytes = { 0 };
    struct err err;

    make_earlier(&wanted);
    memset(&read, 0xaa, sizeof read);
    if (record_from_bytes(earlier, sizeof earlier - 1, "PST-1", &read, &err))
        fail_msg("%s", err.text);
    assert_memory_equal(&read, &wanted, sizeof read);

    record_to_bytes(&read, &bytes); /* as this build writes it from now on */
    assert_int_equal(bytes.data[VERSION_SIZE], 3);
    assert_int_equal(record_from_bytes(bytes.data, bytes.size, "PST-1", &again, &err), 0);
    assert_memory_equal(&again, &wanted, sizeof again);
    buf_release(&bytes);
}

/* What was cut off, or goes on, or was damaged, is refused as ever; a copy of its own size, so that
 * a step too far is noticed. */
static void test_format_2_refused(void **state)
{
    (void)state;
    static struct record read;
    struct err err;

    for (size_t size = 0; size <= sizeof earlier; size++) {
        char *copy = malloc(size + 1);
        assert_non_null(copy);
        copy = realloc(copy, size ? size : 1);
        assert_non_null(copy);
        memcpy(copy, earlier, size);
        bool whole = size == sizeof earlier - 1;
        assert_int_equal(record_from_bytes(copy, size, "PST-1", &read, &err), whole ? 0 : -1);
        free(copy);
    }
    char as_3[sizeof earlier];
    memcpy(as_3, earlier, sizeof earlier);
    as_3[VERSION_SIZE] = 3; /* its fields aren't those of format 3 */
    assert_int_equal(record_from_bytes(as_3, sizeof as_3 - 1, "PST-1", &read, &err), -1);
}

/* ------------------------------------------------------------------ who uses an account */

static struct account_users some_users(int count, size_t length)
{
    struct account_users users = { .version = AT };
    char name[PARTICIPANT_ID_MAX + 1], scheme[SCHEME_ID_MAX + 1];

    for (int i = 0; i < count; i++) {
        memset(name, 'a' + i, sizeof name);
        memset(scheme, 'A' + i, sizeof scheme);
        name[length] = '\0';
        scheme[length < SCHEME_ID_MAX ? length : SCHEME_ID_MAX] = '\0';
        assert_int_equal(users_add(&users, name, scheme, 1000), USERS_ADDED);
    }
    return users;
}

static void test_users(void **state)
{
    (void)state;
    static const size_t lengths[] = { 1, 7, PARTICIPANT_ID_MAX };
    struct buf bytes = { 0 };
    struct err err;

    for (int count = 0; count <= ACCOUNT_USERS_MAX; count++)
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            struct account_users users = some_users(count, lengths[i]), before = users, read;
            buf_reset(&bytes);
            users_to_bytes(&users, &bytes);
            assert_memory_equal(&users, &before, sizeof users);
            assert_int_equal(record_bytes_version(bytes.data, bytes.size), AT);
            memset(&read, 0xaa, sizeof read);
            assert_int_equal(users_from_bytes(bytes.data, bytes.size, &read, &err), 0);
            assert_memory_equal(&read, &users, sizeof read);
        }
    struct account_users none = { 0 }, read;
    memset(&read, 0xaa, sizeof read);
    assert_int_equal(users_from_bytes(NULL, 0, &read, &err), 0);
    assert_memory_equal(&read, &none, sizeof read);
    buf_release(&bytes);
}

static void refuse(const void *bytes, size_t size)
{
    struct account_users read, none = { 0 };
    struct err err = { ERR_NONE, "" };
    void *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    assert_int_equal(users_from_bytes(copy, size, &read, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    assert_memory_equal(&read, &none, sizeof read);
    free(copy);
}

static void test_users_refused(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        size_t at;
        uint8_t byte;
    } rows[] = {
        { "negative version", 0, 0x80 },
        { "an earlier format", VERSION_SIZE, 2 },
        { "a later format", VERSION_SIZE, 4 },
        { "fewer than follow", VERSION_SIZE + 1, 1 },
        { "more than follow", VERSION_SIZE + 1, 3 },
        { "more than fit", VERSION_SIZE + 1, ACCOUNT_USERS_MAX + 1 },
        { "participant too long", VERSION_SIZE + 2, PARTICIPANT_ID_MAX + 1 },
        { "a participant with a NUL", VERSION_SIZE + 4, 0 },
        { "scheme too long", VERSION_SIZE + 6, SCHEME_ID_MAX + 1 },
    };
    struct account_users users = some_users(2, 3);
    struct buf bytes = { 0 };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_reset(&bytes);
        users_to_bytes(&users, &bytes);
        assert_int_equal(bytes.size, VERSION_SIZE + 2 + 2 * 8 + 2); /* when it was said: two */
        bytes.data[rows[i].at] = (char)rows[i].byte;
        print_message("%s\n", rows[i].what);
        refuse(bytes.data, bytes.size);
    }
    buf_reset(&bytes);
    users_to_bytes(&users, &bytes);
    for (size_t size = 0; size < bytes.size; size++)
        refuse(bytes.data, size);
    buf_add(&bytes, "", 1); /* one more than there should be */
    refuse(bytes.data, bytes.size);
    buf_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_2),
        cmocka_unit_test(test_format_2_refused),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_users_refused),
    };
    return cmocka_run_group_tests_name("bytes_formats", tests, NULL, NULL);
}
