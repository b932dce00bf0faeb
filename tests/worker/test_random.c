/*
 * Random facts in random order, twice and late, and everything that can happen to who takes them:
 * in the end each record is what its facts make, and each schedule has been told, each id always
 * with the same bytes.
 *
 * INSENTIF_TEST_SEED=n begins at seed n, INSENTIF_TEST_SEEDS=n runs so many.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "model.h"
#include "virtual_clock.h"

#define SEEDS 200
#define PEOPLE 200 /* every tenth seed; the others have fewer, for more of what can happen */
#define FEW 40
#define FACTS_MAX (PEOPLE * 40)
#define HOUR_MS INT64_C(3600000)

struct fact_told {
    enum event_type type;
    union {
        struct participant_enrolled enrolled;
        struct training_completed completed;
        struct rating_submitted rated;
        struct account_linked linked;
        struct eligibility_checked checked;
    };
};

static struct fact_told *facts;
static size_t fact_count;
static int people;

static struct fact_told *new_fact(enum event_type type)
{
    assert_in_range(fact_count, 0, FACTS_MAX - 1);
    struct fact_told *f = &facts[fact_count++];
    f->type = type;
    return f;
}

static int64_t some_time(struct world *w)
{
    return CLOCK_START_MS - HOUR_MS * (int64_t)world_roll(w, 2000);
}

static const char *some_course(struct world *w)
{
    static const char *const courses[] = { "course-a", "course-b", "course-c" };
    return courses[world_roll(w, 3)];
}

static const char *some_account(struct world *w)
{
    static const char *const accounts[] = { "acc-x", "acc-y", "acc-z" };
    return accounts[world_roll(w, 3)];
}

static void some_check(struct world *w, int n, enum check check, bool pass)
{
    static const enum reason reasons[] = {
        REASON_ACCOUNT_NOT_KYC, REASON_NIK_MISMATCH, REASON_SELFIE_MISMATCH,
        REASON_ACCOUNT_INACTIVE, REASON_PHONE_CHANGED, REASON_DUPLICATE_AID,
    };
    struct fact_told *f = new_fact(EVENT_ELIGIBILITY_CHECKED);
    const char *account = check == CHECK_DUPLICATE_AID ? "" : some_account(w);

    f->checked = a_check(n, check, account, pass ? REASON_NONE : reasons[check]);
    f->checked.checked_at_ms = some_time(w);
    f->checked.source_version = some_time(w);
}

/* Most have all that R7 asks for, some more than once, some not. */
static void make_person(struct world *w, int n)
{
    for (uint32_t k = world_roll(w, 10) ? 1 + world_roll(w, 2) : 0; k > 0; k--) {
        struct fact_told *f = new_fact(EVENT_PARTICIPANT_ENROLLED);
        f->enrolled = an_enrolment(n, world_roll(w, 2) ? "2020" : "2023");
        f->enrolled.wave = world_roll(w, 2) ? 10 : 30;
        f->enrolled.enrolled_at_ms = some_time(w);
    }
    for (uint32_t k = world_roll(w, 10) ? 1 + world_roll(w, 3) : 0; k > 0; k--) {
        struct fact_told *f = new_fact(EVENT_TRAINING_COMPLETED);
        f->completed = a_completion(n, some_course(w));
        f->completed.completed_at_ms = some_time(w);
        if (!world_roll(w, 4))
            f->completed.certificate_id[0] = '\0';
    }
    for (uint32_t k = world_roll(w, 8); k > 0; k--) {
        struct fact_told *f = new_fact(EVENT_RATING_SUBMITTED);
        bool reviewed = world_roll(w, 2);
        f->rated = a_rating(n, some_course(w), (int32_t)world_roll(w, 6), reviewed ? "ya" : "");
        if (!reviewed && f->rated.stars == 0)
            f->rated.stars = 1;
        f->rated.submitted_at_ms = some_time(w);
    }
    for (uint32_t k = world_roll(w, 4); k > 0; k--) {
        struct fact_told *f = new_fact(EVENT_ACCOUNT_LINKED);
        f->linked = a_link(n, some_account(w));
        f->linked.linked_at_ms = some_time(w);
        f->linked.source_version = some_time(w);
    }
    for (uint32_t k = 3 + world_roll(w, 9); k > 0; k--)
        some_check(w, n, (enum check)world_roll(w, CHECK_COUNT - 1), world_roll(w, 5) > 0);
    if (!world_roll(w, 6))
        some_check(w, n, CHECK_DUPLICATE_AID, world_roll(w, 2));
}

static void make_facts(struct world *w)
{
    fact_count = 0;
    for (int n = 0; n < people; n++)
        make_person(w, n);
    for (size_t i = fact_count; i > 1; i--) {
        size_t k = world_roll(w, (uint32_t)i);
        struct fact_told kept = facts[i - 1];
        facts[i - 1] = facts[k];
        facts[k] = kept;
    }
}

/* ---------------------------------------------------------------- what happens */
static struct process *somebody(struct world *w)
{
    for (;;) {
        struct process *p = &w->processes[world_roll(w, PROCESSES_MAX)];
        if (p->spec)
            return p;
    }
}

static int members(const struct world *w, const struct worker_spec *spec)
{
    int count = 0;

    for (int i = 0; i < PROCESSES_MAX; i++)
        count += w->processes[i].spec == spec;
    return count;
}

static void restart_somebody(struct world *w)
{
    struct process *p = somebody(w);
    const struct worker_spec *spec = p->spec;

    if (members(w, spec) < 3 && world_roll(w, 2))
        (void)world_start(w, spec);
    world_kill(w, p, world_roll(w, 2));
    if (members(w, spec) == 0)
        (void)world_start(w, spec);
}

/* It hears nothing of its group, or gets no turn at all, for a while. */
static void make_zombie(struct world *w)
{
    struct process *p = somebody(w);

    bus_ram_expel(p->view.inner);
    p->view.deaf = world_roll(w, 2);
    p->frozen = !p->view.deaf;
    if (members(w, p->spec) < 3)
        (void)world_start(w, p->spec);
}

static void wake_everybody(struct world *w)
{
    for (int i = 0; i < PROCESSES_MAX; i++) {
        w->processes[i].view.deaf = w->processes[i].view.mute = false;
        w->processes[i].frozen = false;
    }
}

static void something_happens(struct world *w)
{
    static const struct bus_ram_faults faults = { 100, 100, 300 }, none = { 0 };

    switch (world_roll(w, 9)) {
    case 0:
    case 1: restart_somebody(w); break;
    case 2: (void)store_ram_rollback(w->redis, 1 + world_roll(w, 30)); break;
    case 3: store_ram_restart(w->redis); break;
    case 4: bus_ram_faults(w->broker, world_roll(w, 2) ? &faults : &none); break;
    case 5: store_ram_lose_permille(w->redis, world_roll(w, 3) ? 0 : 20); break;
    case 6: make_zombie(w); break;
    case 7: wake_everybody(w); break;
    case 8: somebody(w)->view.mute = true; break;
    }
}

static void run(struct world *w)
{
    size_t told = 0, chunk = 1 + world_roll(w, (uint32_t)people / 2);

    while (told < fact_count) {
        for (size_t i = 0; i < chunk && told < fact_count; i++, told++) {
            const struct fact_told *again = &facts[world_roll(w, (uint32_t)told + 1)];
            (void)world_tell(w, facts[told].type, &facts[told].enrolled);
            if (!world_roll(w, 6))
                (void)world_tell(w, again->type, &again->enrolled);
        }
        world_chance(w, (int)world_roll(w, 400));
        if (!world_roll(w, 2))
            something_happens(w);
    }
}

/* No power cut takes back the first of a topic: Redis would know nothing of it while the group has
 * committed it, which is what a wiped Redis looks like. */
static void begin(struct world *w)
{
    struct store_call call = { .status = STORE_IDLE };

    for (int n = 0; n < 20; n++)
        tell_all(w, n);
    world_settle(w);
    for (int i = 0; i < STORE_RAM_LOG_MAX; i++) {
        store_clock(w->eye, &call, CLOCK_START_MS);
        store_step(w->eye);
        store_step(w->eye);
        store_call_done(w->eye, &call);
    }
}

static void one(uint64_t seed)
{
    struct world w;

    people = seed % 10 == 0 ? PEOPLE : FEW;
    world_open(&w, 1 + (int32_t)(seed % 4), seed);
    w.batch = 1 + world_roll(&w, world_roll(&w, 2) ? 10 : 200);
    for (int k = 0; k < FACT_WORKERS; k++)
        (void)world_start(&w, &fact_workers[k]);
    begin(&w);
    make_facts(&w);
    run(&w);
    wake_everybody(&w);
    bus_ram_faults(w.broker, &(struct bus_ram_faults){ 0 });
    store_ram_lose_permille(w.redis, 0);
    world_settle(&w);
    world_check_rest(&w);
    model_check(&w, people);
    assert_int_equal(world_count(&w, EVENT_DEAD_LETTER), 0);
    world_close(&w);
}

static uint64_t number(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    int64_t value = otherwise;

    if (text)
        assert_true(str_to_int64(text, 1, INT64_MAX, &value));
    return (uint64_t)value;
}

static void test_random(void **state)
{
    uint64_t first = number("INSENTIF_TEST_SEED", 1), count = number("INSENTIF_TEST_SEEDS", SEEDS);
    clock_t begun = clock();
    size_t all = 0;
    (void)state;

    facts = calloc(FACTS_MAX, sizeof *facts);
    assert_non_null(facts);
    for (uint64_t seed = first; seed < first + count; seed++) {
        print_message("seed %llu\r", (unsigned long long)seed);
        one(seed);
        all += fact_count;
    }
    free(facts);
    double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
    print_message("seeds %llu to %llu: %zu facts, %.1f seeds/s, %lld conflicts, %lld fenced, "
                  "%lld gaps\n",
                  (unsigned long long)first, (unsigned long long)(first + count - 1), all,
                  (double)count / seconds, (long long)counter("insentif_conflicts_total", NULL),
                  (long long)counter("insentif_fenced_total", NULL),
                  (long long)counter("insentif_gaps_total", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_random) };
    return cmocka_run_group_tests(tests, NULL, world_done);
}
