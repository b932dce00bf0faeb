#ifndef MONEY_GATE_H
#define MONEY_GATE_H

/*
 * Whether a partner may be called now: its service window, rate, calls at once, circuit breaker,
 * source of funds, and what operators have decided (pause, kill switch, so many and no more).
 *
 * A payment that may not go in now is told when to come again, each a little later than the one
 * before it, at the partner's own rate: a hundred thousand that wait cost what the partner takes,
 * and one partner's trouble takes nothing from another's (R14, L8).
 *
 * Plain memory, one thread, no clock of its own: times come as arguments (boot_ms: clock_boot_ms(),
 * business_ms: the business clock, whose day and hours are WIB).
 */
#include <stdbool.h>
#include <stdint.h>

#include "policy/domain.h"

/* What is agreed with a partner (deploy/partners.ini). Numbers are for all workers together. */
struct gate_terms {
    int32_t window_from, window_to; /* minutes of the day, WIB; equal: always open */
    int32_t rate;                   /* payments begun per second; 0: no such partner */
    int32_t concurrency;            /* payments under way at once */
    int32_t day_transfers;          /* sent per day; 0: no cap */
    int64_t day_idr;                /* the same in rupiah */
    int32_t breaker;                /* so many calls in a row without an answer open it; 0: 5 */
    bool canary;                    /* new: waits for a person's first resume */
};

enum gate_work {
    GATE_PAY, /* an inquiry and perhaps a payment */
    GATE_ASK, /* what became of an earlier payment: only rate and calls at once keep it back */
};

enum gate_answer { GATE_IN, GATE_LATER, GATE_AT, GATE_SHUT };

/* What a call told about the partner, not about the payment. */
enum gate_said {
    GATE_SAID_WELL,    /* it answered */
    GATE_SAID_NOTHING, /* no answer, 5xx, 429 */
    GATE_SAID_NO,      /* it refuses us: signature, agreement, blocked */
    GATE_SAID_FUNDS,   /* our source account is short */
    GATE_SAID_CLOSED,  /* outside its service hours */
};

struct gate_partner {
    struct gate_terms terms;
    double tokens;
    int64_t filled_ms;
    double next_ms; /* the end of the queue of turns: many may fall into one ms */
    int32_t inside;
    enum breaker state;
    enum gate_said why; /* it isn't closed */
    int32_t bad[2];     /* in a row: questions, payments */
    bool by_payment;    /* a payment's answer opened it: only a payment's closes it */
    int64_t opens_ms, pause_ms; /* opens_ms: business clock */
    bool probing;
    bool paused;       /* by a person */
    int32_t allowance; /* payments a person allows, -1: any number */
    int64_t order;     /* version of the person's word */
};

struct gate {
    struct gate_partner partners[PARTNER_COUNT];
    bool killed;  /* everything is paused */
    int64_t kill_order;
    bool known;   /* the operators' words have been read; until then nothing is sent */
    int32_t owned, total; /* partitions: our share of rate and concurrency */
};

/* Everything closed and unpaused; nothing is known yet. */
void gate_open(struct gate *gate, const struct gate_terms terms[PARTNER_COUNT]);

/* Our share from now on. */
void gate_share(struct gate *gate, int32_t owned, int32_t total);

/*
 * IN: counted in, to be given back by gate_leave(), which is told what gate_probes() said then.
 * LATER: come again in *wait_ms (real time).
 * AT: come again at *wait_ms of the business clock (the window opens then). SHUT: the breaker is
 * open, gate_why() says why: as if the partner had been asked and were away.
 */
enum gate_answer gate_enter(struct gate *gate, enum partner partner, enum gate_work work,
                            int64_t boot_ms, int64_t business_ms, int64_t *wait_ms);
bool gate_probes(const struct gate *gate, enum partner partner); /* who came in last */
void gate_leave(struct gate *gate, enum partner partner, bool probe);

/* Its turn again, later: as for those that people have stopped. */
enum gate_answer gate_park(struct gate *gate, enum partner partner, int64_t boot_ms,
                           int64_t *wait_ms);

/* After each call of one that is inside. payment: money was in it. True when the breaker has opened
 * or closed. */
bool gate_said(struct gate *gate, enum partner partner, bool payment, enum gate_said said,
               int64_t business_ms);
enum reason gate_why(const struct gate *gate, enum partner partner);

/* The last look before money moves: may it go out, as far as people have decided? */
bool gate_may_send(const struct gate *gate, enum partner partner);

/*
 * A person's word about one partner, or about all (PARTNER_COUNT: the kill switch). order: its
 * place in the log; of two words the later counts. allowance: -1 any number, otherwise so many
 * payments (all workers together) and then paused again.
 */
void gate_word(struct gate *gate, enum partner partner, bool paused, int32_t allowance,
               int64_t order);

/* How many of `number` fall to the bucket: number/total, the first buckets take the rest. */
int64_t gate_part(int64_t number, int32_t bucket, int32_t total);

const char *gate_state_name(enum breaker state);
const char *gate_said_name(enum gate_said said);

#endif
