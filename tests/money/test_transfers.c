/*
 * Thousands of transfers through all six partners while one call in five goes wrong, by a printed
 * seed: the partners' own statement against every record (I1, I5; R13-R17).
 *
 *     test_transfers [people [seed]]      5,000 people; a seed of the day
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "payday.h"
#include "worker/ids.h"

#define HOUR_MS INT64_C(3600000)
#define FINE_ROUNDS 40
#define ROUNDS_MAX 500 /* some months */
#define WAITS_MAX 240  /* 40 minutes: several answers in a row may be lost */
#define KINDS                                                                                      \
    "timeout_before,timeout_after,cut_before,cut_after,error_before,error_after,late,late_failed," \
    "limbo,slow,down,busy,token_lost,cut_off,fraud,closed,limit,monthly,returned"

static int people = 5000;
static const char *seed = "";

struct paid {
    char id[INSTALMENT_ID_MAX + 1];
    int booked, returned;
};

/* One row per instalment, sorted by id: what the partners say. */
struct statement {
    struct paid *rows;
    size_t count;
    int64_t balance_idr; /* booked less returned */
};

static const char *person_of(int number)
{
    static char id[24];

    (void)snprintf(id, sizeof id, "PST-%06d", number);
    return id;
}

/* Each partner has its sixth, each account its number. */
static void entitle(struct payday *p, int number)
{
    enum partner partner = (enum partner)(number % PARTNER_COUNT);
    bool bank = partner_row(partner)->kind == PARTNER_KIND_BANK;
    struct participant_enrolled enrolled = an_enrolment(1, "2023");
    struct training_completed completed = a_completion(1, "course-1");
    struct rating_submitted rated = a_rating(1, "course-1", 5, "baik");
    char account[24];

    (void)snprintf(account, sizeof account, bank ? "11%08d" : "62811%08d", number);
    str_copy(enrolled.participant_id, sizeof enrolled.participant_id, person_of(number));
    str_copy(completed.participant_id, sizeof completed.participant_id, person_of(number));
    str_copy(rated.participant_id, sizeof rated.participant_id, person_of(number));
    enrolled.wave = 30;
    (void)world_tell(&p->w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
    (void)world_tell(&p->w, EVENT_TRAINING_COMPLETED, &completed);
    (void)world_tell(&p->w, EVENT_RATING_SUBMITTED, &rated);
    char ref[24];
    (void)snprintf(ref, sizeof ref, "acc-%06d", number);
    payday_link(p, person_of(number), partner, ref, account, people_now_ms - 2 * HOUR_MS);
}

static struct instalment instalment_of(struct payday *p, int number, struct record *r)
{
    world_record(&p->w, person_of(number), r);
    const struct instalment *i = record_instalment(r, PAYMENT_INSTALMENT, 1);

    return i ? *i : (struct instalment){ .state = INST_NONE };
}

/* Waits for nothing but people, or a fix. */
static bool has_ended(struct payday *p, int number)
{
    struct record r;
    struct instalment i = instalment_of(p, number, &r);

    return i.state == INST_PAID || i.state == INST_CASE ||
           (i.state == INST_READY && i.mark.reason != REASON_NONE);
}

/* Those that haven't ended; *asking: of them, those whose partner is still asked what became of it.
 */
static int count_open(struct payday *p, int *asking)
{
    struct record r;
    int open = 0;

    *asking = 0;
    for (int n = 0; n < people; n++)
        if (!has_ended(p, n)) {
            open++;
            *asking += instalment_of(p, n, &r).state == INST_SENDING;
        }
    return open;
}

/* Real time, in which the partner is asked again, at most ten minutes apart. */
static void wait_for_answers(struct payday *p)
{
    for (int64_t until_ms = clock_boot_ms() + 10000; clock_boot_ms() < until_ms;)
        (void)payday_step(p);
}

static void tell_open(struct payday *p)
{
    for (int n = 0, told = 0; n < people && told < 10; n++) {
        struct record r;
        struct instalment i = instalment_of(p, n, &r);
        if (has_ended(p, n))
            continue;
        told++;
        print_message("%s: %s, attempt %d, %s %s, not before %" PRId64 "\n", r.id,
                      inst_state_name(i.state), (int)i.attempt, reason_row(i.why)->name,
                      i.raw_code, i.not_before_ms);
    }
}

/* Until nobody has moved for so long. */
static void settle_down(struct payday *p, int64_t ms)
{
    for (int64_t moved_ms = clock_boot_ms(); clock_boot_ms() < moved_ms + ms;)
        if (payday_step(p))
            moved_ms = clock_boot_ms();
}

/* ---------------------------------------------------------------- the partners' statement */
static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct paid *)a)->id, ((const struct paid *)b)->id);
}

static void take_row(struct statement *s, const char *line)
{
    char reference[32] = "", kind[16] = "";
    int64_t amount_idr = 0;
    const char *field = line;

    for (int column = 0; column < 6; column++) {
        size_t size = strcspn(field, ",\n\r");
        char text[64] = "";
        if (size < sizeof text)
            memcpy(text, field, size);
        if (column == 2)
            str_copy(reference, sizeof reference, text);
        if (column == 4)
            str_copy(kind, sizeof kind, text);
        if (column == 5)
            assert_true(str_to_int64(text, 1, INT64_MAX, &amount_idr));
        field += size + (field[size] == ',');
    }
    bool booked = strcmp(kind, "BOOKED") == 0;
    assert_true(booked || strcmp(kind, "RETURNED") == 0);
    struct paid *row = &s->rows[s->count++];
    memcpy(row->id, reference, INSTALMENT_ID_MAX);
    row->id[INSTALMENT_ID_MAX] = '\0';
    row->booked = booked;
    row->returned = !booked;
    s->balance_idr += booked ? amount_idr : -amount_idr;
}

static struct statement read_statement(struct payday *p)
{
    struct statement s = { .rows = calloc((size_t)people * 20, sizeof *s.rows) };
    struct buf csv = { 0 };
    size_t kept = 0;

    assert_int_equal(
        sim_child_http(&p->sim, "GET", "/_control/statement", "", "", &csv), 200);
    for (const char *line = strchr(csv.data, '\n'); line && line[1]; line = strchr(line + 1, '\n'))
        take_row(&s, line + 1);
    qsort(s.rows, s.count, sizeof *s.rows, by_id);
    for (size_t i = 0; i < s.count; i++) {
        if (kept > 0 && strcmp(s.rows[kept - 1].id, s.rows[i].id) == 0) {
            s.rows[kept - 1].booked += s.rows[i].booked;
            s.rows[kept - 1].returned += s.rows[i].returned;
        } else {
            s.rows[kept++] = s.rows[i];
        }
    }
    s.count = kept;
    buf_release(&csv);
    return s;
}

/* What the statement says came back and we don't know yet, as the daily import tells it. */
static int tell_returns(struct payday *p)
{
    struct statement s = read_statement(p);
    int told = 0;

    for (int n = 0; n < people; n++) {
        struct record r;
        struct instalment i = instalment_of(p, n, &r);
        struct transfer_succeeded paid = { .attempt = i.attempt, .partner = (int32_t)i.partner,
                                           .amount_idr = i.amount_idr };
        if (i.state != INST_PAID)
            continue;
        id_instalment(ENVIRONMENT, &r, &i, paid.instalment_id);
        struct paid wanted = { .id = "" };
        str_copy(wanted.id, sizeof wanted.id, paid.instalment_id);
        const struct paid *row = bsearch(&wanted, s.rows, s.count, sizeof wanted, by_id);
        if (!row || row->booked > row->returned)
            continue;
        str_copy(paid.participant_id, sizeof paid.participant_id, r.id);
        id_reference(ENVIRONMENT, paid.instalment_id, i.attempt, paid.reference);
        payday_return(p, &paid, REASON_ACCOUNT_CLOSED);
        told++;
    }
    free(s.rows);
    return told;
}

static void check_all(struct payday *p)
{
    struct statement s = read_statement(p);
    int64_t paid_idr = 0;
    int states[INST_STATE_COUNT] = { 0 };

    for (int n = 0; n < people; n++) {
        struct record r;
        struct instalment i = instalment_of(p, n, &r);
        struct paid wanted = { .id = "" };
        id_instalment(ENVIRONMENT, &r, &i, wanted.id);
        const struct paid *row = bsearch(&wanted, s.rows, s.count, sizeof wanted, by_id);
        int kept = row ? row->booked - row->returned : 0;
        if (kept != (i.state == INST_PAID))
            fail_msg("%s: %s, booked %d, returned %d", r.id, inst_state_name(i.state),
                     row ? row->booked : 0, row ? row->returned : 0);
        if (i.state != INST_PAID && i.why == REASON_NONE && i.mark.reason == REASON_NONE)
            fail_msg("%s: %s without a reason", r.id, inst_state_name(i.state));
        paid_idr += i.state == INST_PAID ? i.amount_idr : 0;
        states[i.state]++;
    }
    assert_int_equal(s.balance_idr, paid_idr); /* to the rupiah */
    print_message("paid %d, held %d, cases %d; booked %" PRId64 ", %" PRId64 " rupiah\n",
                  states[INST_PAID], states[INST_READY], states[INST_CASE],
                  sim_child_total(&p->sim, "booked"), paid_idr);
    assert_int_equal(states[INST_PAID] + states[INST_READY] + states[INST_CASE], people);
    assert_true(states[INST_PAID] > people / 2);
    if (people >= 2000) /* enough for every kind of fault */
        assert_true(states[INST_READY] > 0 && states[INST_CASE] > 0);
    free(s.rows);
}

static void test_transfers(void **state)
{
    const char *const options[] = { "--silence-ms", "300", "--no-suffixes", "--fault-permille",
                                    "200", "--fault-kinds", KINDS, "--seed", seed, NULL };
    struct payday p;
    int64_t due_ms = 0;
    int open = people, rounds = 0, asking = 0, waits = 0;
    (void)state;

    print_message("%d people, seed %s\n", people, seed);
    payday_open_with(&p, "on", options);
    for (int n = 0; n < people; n++) {
        entitle(&p, n);
        if (n % 20 == 0)
            (void)payday_step(&p);
    }
    struct record r;
    for (int n = 0; n < people; n++)
        PAYDAY_UNTIL(&p, (due_ms = instalment_of(&p, n, &r).due_at_ms) != 0);
    for (int64_t now_ms = due_ms; open > 0 && rounds < ROUNDS_MAX; rounds++) {
        payday_clock(&p, now_ms);
        settle_down(&p, 150);
        sim_child_post(&p.sim, "/_control/settle", "");
        (void)tell_returns(&p);
        open = count_open(&p, &asking);
        if (open > 0 && open == asking && waits++ < WAITS_MAX) {
            wait_for_answers(&p);
            rounds--;
        }
        now_ms += rounds < FINE_ROUNDS ? HOUR_MS / 2 : 12 * HOUR_MS; /* a month's limit, too */
    }
    print_message("%d rounds, %d waits for answers, %d still open\n", rounds, waits, open);
    tell_open(&p);
    assert_int_equal(open, 0);
    for (int told = 1; told > 0;) { /* what settles late, to its end */
        sim_child_post(&p.sim, "/_control/settle", "");
        settle_down(&p, 300);
        told = tell_returns(&p);
        settle_down(&p, 300);
    }
    check_all(&p);
    payday_close(&p);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_transfers) };
    static char today[24];
    int64_t count = people;

    (void)snprintf(today, sizeof today, "%" PRId64, clock_wire_ms() / 1000 % 1000000);
    seed = argc > 2 ? argv[2] : getenv("INSENTIF_TEST_SEED");
    if (!seed || !*seed)
        seed = today;
    if (argc > 1 && !str_to_int64(argv[1], 10, 1000000, &count)) {
        (void)fprintf(stderr, "usage: test_transfers [people [seed]]\n");
        return 2;
    }
    people = (int)count;
    return cmocka_run_group_tests(tests, NULL, world_done);
}
