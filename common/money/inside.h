#ifndef MONEY_INSIDE_H
#define MONEY_INSIDE_H

/* Shared by the files of common/money; not for other rooms. */
#include "money/gate.h"
#include "policy/money.h"
#include "seal/seal.h"
#include "snap/snap.h"
#include "worker/ids.h"
#include "worker/shell.h"

#define OPS_MAX 128        /* payments under way at once; each may hold one partner call */
#define FACTS_MAX 5        /* topics that money waits for */
#define MEMBER_MAX 80      /* a timer's text: participant/kind/number */
#define FRESH_MS (INT64_C(15) * 60 * 1000)
#define POLL_LEAST_MS INT64_C(2000)
#define POLL_MOST_MS (INT64_C(10) * 60 * 1000)

/* Who applies the facts that a payment rests on. */
struct fact_topic {
    const char *worker, *topic;
};
extern const struct fact_topic fact_topics[FACTS_MAX];

#define COUNTS_KEY_MAX 24
#define SCHEMES_MAX 8
#define BUDGET_TEXT_MAX (SCHEMES_MAX * 21)
#define BUDGET_KEY "budget"

/* What went out of one bucket through one partner (counts.c). */
struct counts {
    int32_t day; /* WIB, of the business clock */
    int64_t transfers, idr;
    int64_t word;    /* the person's word that `allowed` counts under */
    int64_t allowed;
};

struct money_bucket { /* bucket->extra */
    enum { RESTORE_START, RESTORE_READ, RESTORE_DONE } phase;
    int64_t ledger_end;          /* -1: not known yet */
    int64_t fact_ends[FACTS_MAX];
    struct store_call due;
    uint64_t due_life;
    bool asking;
    int64_t next_due_boot_ms;
    int64_t asked_business_ms;
    char nonce[NONCE_MAX + 1];   /* of this ownership: in every INTENT it writes */
    size_t fact;                 /* fact_topics[0..fact) are applied as far as they must be */
    struct store_call look;
    uint64_t look_life;
    bool looking;
    int64_t next_look_boot_ms;
    enum { COUNTS_UNREAD, COUNTS_READING, COUNTS_READ } counts_state;
    struct counts counts[PARTNER_COUNT];
    char counts_ids[PARTNER_COUNT][COUNTS_KEY_MAX];
    struct store_key counts_keys[PARTNER_COUNT + 1]; /* and the budget's */
    struct store_call counts_call;
    uint64_t counts_life;
    bool budget_known; /* else nothing is begun: its sum is being made again */
    int64_t reserved_idr[SCHEMES_MAX];
};

struct op;
struct timer_walk;

struct partner_terms {
    int snap; /* its number in the snap room; -1: no money goes through it */
    int64_t limit_idr;
    int32_t reference_length;
};

#define UNREADABLE_MAX (PARTNER_COUNT + SCHEMES_MAX + 1) /* every target */

struct control {
    int32_t started, end_count; /* partitions being read; whose first end was reached */
    bool ended[BUS_PARTITIONS_MAX];
    /* Targets whose last word can't be read. */
    char unreadable[UNREADABLE_MAX][TARGET_MAX + 1];
    size_t unreadable_count;
};

struct budget {
    int64_t limit_idr; /* 0: none was set */
    int64_t order;     /* of the word that set it */
    bool said;         /* that it is exhausted */
    struct metric *limit, *reserved;
};

struct balance {
    struct snap_call call;
    bool asking;
    int64_t next_boot_ms;
    struct metric *available;
};

struct status {
    char worker[WORKER_NAME_MAX + 1];
    enum breaker told[PARTNER_COUNT];
    int64_t told_boot_ms[PARTNER_COUNT]; /* 0: never */
    int64_t measured_boot_ms;
    struct bus_ticket ticket;
    struct metric *breaker[PARTNER_COUNT];
};

struct money {
    struct shell *shell;
    struct snap *snap;
    struct seal *seal;
    struct partner_terms partners[PARTNER_COUNT];
    struct gate gate;
    struct control control;
    struct budget budgets[SCHEMES_MAX];
    struct status status;
    struct balance balances[PARTNER_COUNT];
    bool paying, shadow;
    int64_t lease_ms;
    int64_t unknown_age_ms;
    char *private_key; /* PEM, wiped on close */
    struct op *ops;    /* [OPS_MAX] */
    size_t active;
    struct timer_walk *walk;
    int64_t clock_base_ms; /* wire - boot at start: a jump stops the money */
    bool clock_jumped;
    struct metric *sent, *paid, *failed, *unknown, *given_up;
    struct metric *doubts, *concerns, *deferred, *shadowed, *under_way, *unfunded, *known;
};

/* op.c */
void op_begin(struct money *money, struct bucket *bucket, const char *member);
bool op_has(const struct money *money, const struct bucket *bucket, const char *member);
void op_step(struct money *money, struct op *op);
void ops_open(struct money *money);
void ops_close(struct money *money);
void ops_drop(struct money *money, struct bucket *bucket);
int64_t ops_wait_ms(const struct money *money);

/* timers.c: a bucket's timers made again from its records; one bucket at a time. */
void timers_open(struct money *money);
void timers_close(struct money *money);
void timers_lost(struct money *money, struct bucket *bucket); /* begins unless one is under way */
void timers_step(struct money *money);
bool timers_idle(const struct money *money);

/* control.c: the operators' words, read by every worker. */
void control_step(struct money *money);
void control_read_end(struct money *money, int32_t partition);

/* status.c: the topic partner-status, the gauges of breakers and budgets. */
void status_open(struct money *money);
void status_step(struct money *money);

/* balance.c: the gauges of our accounts at the partners. */
void balance_open(struct money *money);
void balance_step(struct money *money);

/* budget.c: what schemes may cost. */
void budget_open(struct money *money);
int budget_scheme(const char *id); /* its place; -1: there is no such scheme */
void budget_word(struct money *money, int scheme, int64_t limit_idr, int64_t order);
void budget_measure(struct money *money);
/* The bucket's sums as stored; absent: they must be made again from its records. */
void budget_read(struct money_bucket *mb, const struct store_span *value);
void budget_text(const int64_t reserved_idr[SCHEMES_MAX], char text[BUDGET_TEXT_MAX]);
void budget_sum(const struct record *record, int64_t reserved_idr[SCHEMES_MAX]);
/* Is this payment funded, or could it be? Says so when not. */
bool budget_room(struct money *money, const struct bucket *bucket, const struct record *record,
                 const struct instalment *instalment);

/* counts.c: the bucket's counts are here; false: not yet. */
bool counts_load(struct money *money, struct bucket *bucket);
/* May one more go out of this bucket? IN, AT (*wait_ms: the next day) or LATER (people say when);
 * nothing is counted by asking. */
enum gate_answer counts_room(const struct money *money, const struct bucket *bucket,
                             enum partner partner, int64_t amount_idr, int64_t business_ms,
                             int64_t *wait_ms);

/* partners.c: the settings of all partners. */
#define MONEY_ROWS 10
extern const struct conf_row money_rows[MONEY_ROWS];
MUST_CHECK int partners_open(struct money *money, const struct conf *conf, struct err *err);
void partners_close(struct money *money);
/* Its breaker has opened or closed: a log line. */
void partner_changed(struct money *money, enum partner partner);
int64_t partner_in_flight_ms(const struct money *money, enum partner partner);

/* ledger.c */
void ledger_event(struct shell *shell, const struct record *record, const struct booking *booking,
                  const char *partner_reference, struct disbursement_ledger *out,
                  char id[ID_SIZE]);
bool ledger_booking(const struct disbursement_ledger *event, struct booking *out);
int64_t ledger_lease_until_ms(void);
void ledger_lease_set(int64_t lease_ms);

/* decide.c */
void member_text(const char *participant, enum payment_kind kind, int32_t number,
                 char out[MEMBER_MAX]);
bool member_parse(const char *member, char participant[PARTICIPANT_ID_MAX + 1],
                  enum payment_kind *kind, int32_t *number);

/* history.c: the attempts of one payment, as `pay:` holds them and R18 shows them. */
#define HISTORY_LINES_MAX 40 /* kept when it is read */
void history_trim(struct buf *history);
void history_add(struct buf *history, const char *participant, int64_t at_ms, int32_t attempt,
                 const char *what, const char *partner, const char *reason, const char *raw_code);
/* The first line, up to its '\n', of that happening to that attempt. NULL: as below. */
const char *history_line(const struct buf *history, int32_t attempt, const char *what);
/* When that happened first to that attempt; 0: never, or too long ago to be kept. */
int64_t history_first(const struct buf *history, int32_t attempt, const char *what);

#endif
