/*
 * The ledger into a record: against an independent model (ledger_model.h) by chance, then any order
 * of one attempt's entries (consistency.md "Money side" 3, 4; R13, R17).  Restores: test_restore.c.
 *
 *   INSENTIF_TEST_SEED=n   replays one run
 */
#include "story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "ledger_model.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define RUNS 20000
#define STEPS 14

static const char *const refs[] = { "", "gopay", "bni" };

static unsigned bits_of(const struct nonces *set)
{
    unsigned bits = 0;

    for (uint8_t i = 0; i < set->count; i++)
        bits |= 1u << (set->at[i][0] - 'a');
    return bits;
}

static struct nonces nonces_of(unsigned bits)
{
    char names[NONCES_MAX + 1] = "";
    size_t n = 0;

    for (unsigned k = 0; k < 4; k++)
        if (bits & 1u << k)
            names[n++] = (char)('a' + k);
    return some_nonces(names);
}

/* Accounts: gopay's link is newest while it is open; closed, money goes to bni (R15). */
static void follow_current(struct record *r, const struct model *m)
{
    for (uint8_t a = 0; a < r->account_count; a++) {
        bool chosen = strcmp(r->accounts[a].ref, refs[model_current(m)]) == 0;
        r->accounts[a].link_version = NOON_MS + (chosen ? 2 : 1);
    }
}

static const char *differs(const struct record *r, const struct model *m)
{
    const struct instalment *i = &r->instalments[0];

    if (r->instalment_count == 0)
        return m->att == 0 ? NULL : "no instalment";
    if (i->state != m->st)
        return "state";
    if (i->attempt != m->att)
        return "attempt";
    if (i->state == INST_SENDING && bits_of(&i->open) != m->open)
        return "open";
    if (i->state >= INST_CLAIMED && strcmp(i->account_ref, refs[m->acc]) != 0)
        return "account";
    if (i->covers != m->cov_given || (i->covers && bits_of(&i->covered) != m->cov))
        return "covered";
    return i->returned_attempt != m->ret ? "returned" : NULL;
}

/* One random entry of the ledger into both. */
static void random_entry(struct dice *d, struct record *r, struct model *m)
{
    int entry = (int)dice_roll(d, LEDGER_ENTRY_COUNT), acc = 1 + (int)dice_roll(d, MODEL_ACCOUNTS);
    int att = 1 + (int)dice_roll(d, 3);
    unsigned why = entry == LEDGER_INTENT ? 1u << dice_roll(d, 4) : 1 + dice_roll(d, 15);
    bool closes = dice_roll(d, 8) == 0;
    struct booking b = an_entry((enum ledger_entry)entry, att);

    (void)snprintf(b.account_ref, sizeof b.account_ref, "%s", refs[acc]);
    (void)snprintf(b.nonce, sizeof b.nonce, "%s", nonces_of(why).at[0]);
    b.covers = nonces_of(why);
    if (entry == LEDGER_FAILED || entry == LEDGER_RETURNED)
        b.reason = closes ? REASON_ACCOUNT_CLOSED : REASON_CUT_OFF;
    assert_true(ledger_book(r, &b, NOON_MS));
    model_book(m, entry, att, acc, why, closes);
}

/* One random step of a worker into both. */
static void random_step(struct dice *d, struct record *r, struct model *m)
{
    struct instalment *i = record_instalment(r, PAYMENT_INSTALMENT, 1);
    unsigned nonce = 1u << dice_roll(d, 4);
    char name[2] = { nonces_of(nonce).at[0][0], '\0' };
    bool chance = dice_roll(d, 3) != 0, closes = dice_roll(d, 8) == 0, alarm;
    enum inst_state from = dice_roll(d, 2) ? INST_CLAIMED : INST_SENDING;
    int att = 1 + (int)dice_roll(d, 3);
    struct nonces covers = { .count = 0 };
    struct booking b;
    int64_t until_ms;

    switch (dice_roll(d, 5)) {
    case 0:
        assert_int_equal(claim_take(r, i, NOON_MS, name, &until_ms) == CLAIM_TAKEN,
                         model_claim(m, nonce));
        break;
    case 1: /* two bodies under one reference: the model would go on to give up, we ask a person */
        if (i->state != INST_SENDING || i->account_ref[0])
            assert_int_equal(resend_take(i, i->attempt, i->deadline_ms, name),
                             model_resend(m, nonce));
        break;
    case 2:
        (void)confirm_take(r, i, from, i->attempt, i->deadline_ms, NOON_MS, chance, NOON_MS,
                           &covers);
        assert_int_equal(bits_of(&covers), model_confirm(m, from, chance));
        break;
    case 3:
        (void)finish_take(r, i, i->attempt, chance, closes ? REASON_ACCOUNT_CLOSED : REASON_CUT_OFF,
                          "", &b, &alarm);
        model_finish(m, chance, closes);
        break;
    default:
        (void)verdict_take(r, i, att, chance ? VERDICT_RETRY : VERDICT_CASE, 0);
        model_verdict(m, att, !chance);
    }
}

static void test_against_the_model(void **state)
{
    (void)state;
    uint64_t first = dice_seed() * RUNS;
    int states[INST_STATE_COUNT] = { 0 };

    for (uint64_t seed = first; seed < first + RUNS; seed++) {
        struct dice d = { seed };
        struct record r;
        struct model m = { .st = INST_NONE };
        record_init(&r, "participant-1");
        take_account(&r, "bni", NOON_MS);
        if (dice_roll(&d, 4) != 0) { /* else restored before it was scheduled */
            take_everything(&r, NOON_MS);
            record_instalment(&r, PAYMENT_INSTALMENT, 1)->due_at_ms = NOON_MS;
            m = (struct model){ .st = INST_READY, .att = 1 };
        } else {
            take_account(&r, "gopay", NOON_MS);
        }
        bool scheduled = m.att != 0;
        for (int step = 0; step < STEPS; step++) {
            follow_current(&r, &m);
            if (scheduled && dice_roll(&d, 2))
                random_step(&d, &r, &m);
            else
                random_entry(&d, &r, &m);
            const char *difference = differs(&r, &m);
            if (difference)
                fail_msg("INSENTIF_TEST_SEED=%" PRIu64 ", run %" PRIu64 ", step %d: %s differs",
                         first / RUNS, seed - first, step, difference);
            states[m.st]++;
        }
    }
    for (int at = INST_READY; at < INST_STATE_COUNT; at++)
        assert_true(states[at] > RUNS / 20); /* or the runs would prove nothing */
}

/* A plausible ledger of one attempt: who wrote what, in any order and again, ends the same. */
static void test_any_order_of_one_attempt(void **state)
{
    (void)state;
    static const struct {
        const char *intents; /* one nonce each */
        const char *covers;  /* of a CANCELLED; NULL: none */
        bool succeeded, failed, returned;
        enum inst_state end;
        int attempt;
    } table[] = {
        { "", NULL, false, false, false, INST_READY, 1 },
        { "a", NULL, false, false, false, INST_SENDING, 1 },
        { "abc", NULL, false, false, false, INST_SENDING, 1 },
        { "ab", NULL, true, false, false, INST_PAID, 1 },
        { "ab", NULL, false, true, false, INST_FAILED, 1 },
        { "a", NULL, true, false, true, INST_FAILED, 1 },
        { "ab", NULL, false, false, true, INST_FAILED, 1 }, /* the return came first (R17) */
        { "a", NULL, true, true, false, INST_PAID, 1 },
        { "a", "a", false, false, false, INST_READY, 2 },
        { "abc", "abc", false, false, false, INST_READY, 2 },
        { "ab", "a", false, false, false, INST_SENDING, 1 }, /* b may have been sent */
    };
    struct dice d = { dice_seed() };

    for (size_t k = 0; k < COUNT(table); k++)
        for (int shuffle = 0; shuffle < 500; shuffle++) {
            struct booking entries[16];
            int order[16], count = 0;
            struct story s;
            for (const char *nonce = table[k].intents; *nonce; nonce++) {
                entries[count] = an_entry(LEDGER_INTENT, 1);
                entries[count++].nonce[0] = *nonce;
            }
            if (table[k].covers) {
                entries[count] = an_entry(LEDGER_CANCELLED, 1);
                entries[count++].covers = some_nonces(table[k].covers);
            }
            if (table[k].succeeded)
                entries[count++] = an_entry(LEDGER_SUCCEEDED, 1);
            if (table[k].failed)
                entries[count++] = an_entry(LEDGER_FAILED, 1);
            if (table[k].returned)
                entries[count++] = an_entry(LEDGER_RETURNED, 1);
            for (int j = 0, once = count; j < once; j++) { /* some of them twice */
                order[j] = j;
                if (dice_roll(&d, 2)) {
                    entries[count] = entries[j];
                    order[count] = count;
                    count++;
                }
            }
            dice_shuffle(&d, order, count);
            story_open(&s);
            for (int j = 0; j < count; j++)
                story_book(&s, &entries[order[j]]);
            const struct instalment *i = story_at(&s, 1);
            if (i->state != table[k].end || i->attempt != table[k].attempt)
                fail_msg("row %zu: %s %d", k, inst_state_name(i->state), i->attempt);
            assert_int_equal(instalment_is_returned(i), table[k].returned);
            assert_true(i->state != INST_SENDING || i->open.count > 0);
        }
}

/* A failure by an inquiry, without an INTENT: of a dead owner, late. What was sent weighs more, in
 * whatever order it is read. */
static void test_inquiry_failure(void **state)
{
    (void)state;
    struct story s;
    struct booking intent = an_entry(LEDGER_INTENT, 1), bare = an_entry(LEDGER_FAILED, 1);
    struct booking paid = an_entry(LEDGER_SUCCEEDED, 1);

    bare.nonce[0] = '\0';
    for (int first = 0; first < 2; first++) {
        story_open(&s);
        story_book(&s, first ? &bare : &intent);
        assert_int_equal(story_at(&s, 1)->state, first ? INST_FAILED : INST_SENDING);
        story_book(&s, first ? &intent : &bare);
        assert_int_equal(story_at(&s, 1)->state, INST_SENDING);
        story_book(&s, &paid);
        story_book(&s, &bare);
        assert_int_equal(story_at(&s, 1)->state, INST_PAID);
    }
}

/* A zombie's late CANCELLED names its own nonce only: what its successor sent stays sent. */
static void test_zombie_cancels_late(void **state)
{
    (void)state;
    struct story s;
    struct booking a = an_entry(LEDGER_INTENT, 1), b = a, late = an_entry(LEDGER_CANCELLED, 1);

    b.nonce[0] = 'b';
    late.covers = some_nonces("a");
    story_open(&s);
    story_book(&s, &a);
    story_book(&s, &b);
    story_book(&s, &late);
    assert_int_equal(story_at(&s, 1)->state, INST_SENDING);
    assert_int_equal(story_at(&s, 1)->open.count, 1);
    assert_true(nonces_has(&story_at(&s, 1)->open, "b"));

    story_open(&s); /* and when it is read before the successor's INTENT */
    story_book(&s, &a);
    story_book(&s, &late);
    assert_int_equal(story_at(&s, 1)->attempt, 2);
    story_book(&s, &b);
    assert_int_equal(story_at(&s, 1)->state, INST_SENDING);
    assert_int_equal(story_at(&s, 1)->attempt, 1);
    story_book(&s, &late);
    assert_int_equal(story_at(&s, 1)->state, INST_SENDING);
    late.covers = some_nonces("ab");
    story_book(&s, &late);
    assert_int_equal(story_at(&s, 1)->state, INST_READY);
    assert_int_equal(story_at(&s, 1)->attempt, 2);
}

/* Two bodies under one reference: asked about, never sent again; its failure blames nobody. */
static void test_two_bodies(void **state)
{
    (void)state;
    struct story s;
    struct booking a = an_entry(LEDGER_INTENT, 1), b = a;

    b.nonce[0] = 'b';
    (void)snprintf(b.account_ref, sizeof b.account_ref, "bni");
    story_open(&s);
    story_book(&s, &a);
    story_book(&s, &b);
    struct instalment *i = story_at(&s, 1);
    assert_string_equal(i->account_ref, "");
    assert_false(resend_take(i, 1, i->deadline_ms, "c"));
    assert_true(story_finish(&s, 1, 1, REASON_ACCOUNT_CLOSED));
    assert_int_equal(s.r.account_count, 1);
    assert_int_equal(record_hold(&s.r).reason, REASON_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_any_order_of_one_attempt),
        cmocka_unit_test(test_inquiry_failure),
        cmocka_unit_test(test_zombie_cancels_late),
        cmocka_unit_test(test_two_bodies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
