#ifndef TESTS_MONEY_PAYDAY_H
#define TESTS_MONEY_PAYDAY_H

/*
 * A world with money in it: the fact workers and disbursement-worker on RAM edges, the partner a
 * simulator in a process of its own. Clocks are real; the business clock is a rehearsal's.
 */
#include "base/clock.h"
#include "policy/instalment.h"
#include "snap/sim_child.h"
#include "worker/people.h"

#define LEASE_MS 500
#define IN_FLIGHT_MS 500
#define PATIENCE_MS 30000

struct payday {
    struct world w;
    struct sim_child sim;
    struct process *facts[FACT_WORKERS];
    struct process *disbursement;
    struct conf *conf;
    struct seal *seal;
    int64_t business_ms;
    bool silent; /* no verdicts */
    int words;
    size_t answered[PARTITIONS_MAX];
};

extern const struct worker_spec disbursement_worker;

void payday_open(struct payday *p, const char *pay);
/* The same with the simulator's own options, NULL at the end. */
void payday_open_with(struct payday *p, const char *pay, const char *const *options);
/* disbursement-worker dies and comes back with another setting. */
void payday_restart(struct payday *p, const char *name, const char *value);
void payday_close(struct payday *p);

/* Everything R7 asks for, in that scheme. The account's last four digits say how it behaves. */
void payday_entitle(struct payday *p, int number, const char *scheme, const char *account);
/* An account of anybody, linked and verified. */
void payday_link(struct payday *p, const char *participant, enum partner partner, const char *ref,
                 const char *account, int64_t version_ms);
/* The ref of somebody's account: "acc-2" of person 1, "acc-2.7" of person 7. */
const char *payday_ref(int number, int which);
/* One more account of the same participant, linked and verified later than the first. */
void payday_link_another(struct payday *p, int number, const char *account, int64_t at_ms);
/* Until the schedule is told: due_at_ms of the first instalment. */
int64_t payday_scheduled(struct payday *p, int number);
void payday_clock(struct payday *p, int64_t business_ms);

/* Everybody's turn, and retry-worker's verdicts; waits a little when nothing moves. */
bool payday_step(struct payday *p); /* false: nobody has moved */
/* Steps until it is so; fails the test after PATIENCE_MS. */
#define PAYDAY_UNTIL(p, what)                                                                      \
    do {                                                                                           \
        int64_t until_ms_ = clock_boot_ms() + PATIENCE_MS;                                         \
        while (!(what)) {                                                                          \
            if (clock_boot_ms() > until_ms_)                                                       \
                fail_msg("not in time: %s", #what);                                                \
            (void)payday_step(p);                                                                  \
        }                                                                                          \
    } while (0)
/* Steps until nobody has moved for so long. */
void payday_quiet(struct payday *p, int64_t ms);

/* ---------------------------------------------------------------- looking */
/* Instalment `which` of the record; fails the test if there is none. */
struct instalment payday_instalment(struct payday *p, int number, int32_t which);
enum inst_state payday_state(struct payday *p, int number);
enum shown payday_shown(struct payday *p, int number);
/* Bookings in the simulator's ledger for that instalment, whatever the reference. */
int payday_booked(struct payday *p, int number, int32_t which);

/* The bank says that this payment came back, for that reason. */
void payday_return(struct payday *p, const struct transfer_succeeded *paid, enum reason reason);
/* An operator's word (topic payment-control). */
void payday_word(struct payday *p, const char *target, bool paused, int32_t allowance);

/* Our own ledger against the partner's; every id with one content; everything at rest. */
void payday_check(struct payday *p);

#endif
