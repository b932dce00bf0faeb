#ifndef DEPLOY_SIMULATOR_LEDGER_H
#define DEPLOY_SIMULATOR_LEDGER_H

/*
 * References and bookings: at most one booking per reference, whatever happens.
 *
 * Append-only JSON lines, one per reference and one more for each change. "booked":true stands on
 * exactly one line of a booking; a return has a line of its own. Read again at start, so that a
 * restart can't pay twice. Lines queue up and are synced together: everything that came in one
 * turn of the loop shares an fsync. Accounts are kept only by their last four digits.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "map.h"
#include "route.h"

#define SIM_REFERENCE_MAX 65

enum sim_state {
    SIM_BOOKED,
    SIM_PENDING,  /* taken; becomes BOOKED when due, FAILED if it has a code */
    SIM_FAILED,   /* for good */
    SIM_HIDDEN,   /* taken, but nobody knows of it yet: BOOKED when due, or when sent again */
    SIM_RETURNED, /* was BOOKED; the money came back */
    SIM_STATES,
};

struct sim_record {
    int partner, service;
    enum sim_state state;
    char reference[SIM_REFERENCE_MAX];
    char reference_no[SIM_REFERENCE_MAX];
    char account[35]; /* after a restart "*1234" */
    char digest[17];  /* of account and amount: same content? */
    char code[8], word[32]; /* FAILED, or PENDING that will be */
    int64_t amount_idr;
    int64_t due_ms;    /* when its state changes by itself; 0: it stays. Wire clock, as all here */
    int64_t return_ms; /* so long after the booking the money comes back; 0: it stays */
    int64_t booked_ms, returned_ms; /* 0: not yet */
    bool armed;                     /* ours: is in `due` */
};

struct sim_ledger {
    int fd;                 /* -1: in memory only */
    struct sim_map records; /* "partner/reference" */
    struct buf unwritten;
    int64_t sequence;
    struct sim_record **due; /* those that change by themselves */
    size_t due_count, due_cap;
    int64_t next_due_ms; /* INT64_MAX: none */
    void (*changed)(void *arg, const struct sim_record *record); /* by itself; may be NULL */
    void *arg;
    struct {
        int64_t booked, amount_idr;     /* all that was ever booked */
        int64_t returned, returned_idr; /* of it */
        int64_t pending, pending_idr;   /* hidden ones too */
        int64_t failed;
    } totals[SIM_PARTNERS];
};

/* path NULL: in memory. read_only: a ledger that another process may be writing. */
MUST_CHECK int sim_ledger_open(struct sim_ledger *ledger, const char *path, bool read_only,
                               struct err *err);
void sim_ledger_close(struct sim_ledger *ledger);
struct sim_record *sim_ledger_find(const struct sim_ledger *ledger, int partner,
                                   const char *reference);

/* A new reference; asserts that it is one. Gives it its number; a line is queued. */
struct sim_record *sim_ledger_add(struct sim_ledger *ledger, const struct sim_record *record);
void sim_ledger_book(struct sim_ledger *ledger, struct sim_record *record); /* a hidden one, now */
/* What is due changes; with all, whatever awaits something. Returns how many. */
size_t sim_ledger_turn(struct sim_ledger *ledger, int64_t now_ms, bool all);
/* Everything queued onto the disk. Ends the process when it cannot: no answer without a ledger. */
void sim_ledger_sync(struct sim_ledger *ledger);

#endif
