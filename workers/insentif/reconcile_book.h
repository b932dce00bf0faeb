#ifndef WORKERS_INSENTIF_RECONCILE_BOOK_H
#define WORKERS_INSENTIF_RECONCILE_BOOK_H

/*
 * What three parties say about the same payments, by reference and by instalment: the partner's
 * statement, our ledger, the participants' records; and where they differ.
 *
 * Filled in any order, then compared once. No I/O; running out of memory ends the process. A
 * payment takes about 200 bytes with its texts. Strings and pointers live as long as the book.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "events/events.h"
#include "policy/record.h"

#define NOWHERE UINT32_MAX
#define EDGE_MS (INT64_C(24) * 3600 * 1000) /* one side may say it so much later than the other */

/* name, what it means */
#define FOREACH_DIFFERENCE(X)                                                                      \
    X(PAID_NOT_BOOKED, "our ledger says SUCCEEDED, the statement has no booking")                  \
    X(BOOKED_NOT_PAID, "the statement has a booking, our ledger an attempt without success")       \
    X(UNKNOWN_REFERENCE, "in the statement, not in our ledger")                                    \
    X(BOOKED_TWICE, "booked again without a return before")                                        \
    X(AMOUNT, "not the same rupiah")                                                               \
    X(PARTNER, "not the same partner")                                                             \
    X(RETURN_NOT_KNOWN, "the statement has a return, our ledger doesn't")                          \
    X(RETURN_NOT_IN_STATEMENT, "our ledger has a return, the statement doesn't")                   \
    X(RECORD, "the participant's record and the ledger's last word differ on whether it is paid")

enum difference_kind {
#define X(name, meaning) DIFFERENCE_##name,
    FOREACH_DIFFERENCE(X)
#undef X
    DIFFERENCE_COUNT,
    /* Steps from one sum to the other that are no differences. */
    STEP_EDGE = DIFFERENCE_COUNT, /* at the edge of the days: the other side may have it outside */
    STEP_OTHER_DAYS,              /* booked on these days, in the ledger before or after them */
    STEP_COUNT,
};

const char *difference_name(enum difference_kind kind);
const char *difference_meaning(enum difference_kind kind);

/* Three pairs of sums, each with the steps that lead from ours to theirs. */
enum side { SIDE_BOOKED, SIDE_RETURNED, SIDE_STATEMENT_COUNT, SIDE_RECORDS = SIDE_STATEMENT_COUNT,
            SIDE_COUNT };

struct sum {
    int64_t count, idr;
};

struct tally {
    struct sum ours;   /* the ledger: SUCCEEDED, RETURNED, paid now */
    struct sum theirs; /* the statement: BOOKED, RETURNED; the records: paid */
    struct sum steps[STEP_COUNT];
};

/* What is compared. Wire clock, both ends included. */
struct scope {
    const char *environment;
    int32_t partner; /* -1: all */
    int64_t from_ms, to_ms; /* INT64_MIN, INT64_MAX: no edge there */
};

struct statement_line {
    int64_t at_ms;
    enum partner partner;
    bool returned;
    int64_t amount_idr;
    const char *reference;
};

struct seen { /* in the statement: the first such line */
    int64_t at_ms, amount_idr;
    uint32_t lines;
    uint32_t partner;
};

struct payment { /* one reference */
    const char *reference;
    struct seen seen[SIDE_STATEMENT_COUNT];
    int64_t ledger_ms[SIDE_STATEMENT_COUNT]; /* SUCCEEDED, else the newest entry; RETURNED */
    int64_t amount_idr; /* of the ledger, as the partner below */
    uint32_t instalment, next; /* of that instalment; NOWHERE */
    int32_t attempt;           /* 0: no reference of ours */
    uint8_t partner, entries;  /* bits of enum ledger_entry; 0: not in the ledger */
    uint16_t told;             /* bits of the differences listed already */
};

struct paid_for { /* one instalment */
    const char *id;          /* not ended: INSTALMENT_ID_MAX bytes */
    const char *participant; /* NULL: nobody of ours has it */
    int64_t record_idr, record_ms;
    uint32_t first;         /* payment; NOWHERE */
    int32_t record_attempt; /* 0: the record doesn't say paid */
    uint32_t record_partner;
};

struct difference {
    const char *reference;
    uint32_t payment, instalment; /* or NOWHERE */
    enum difference_kind kind;
    bool edge; /* no difference yet: the other side may lie outside the days */
};

struct keyed { /* elements that begin with the pointer to their key */
    char *at;
    size_t size, key_size; /* 0: ended by a NUL */
    uint32_t count, cap;
    uint32_t *slots; /* index + 1 */
    size_t slot_count;
};

struct book {
    struct scope scope;
    struct keyed payments, instalments;
    struct chunk *texts;
    struct tally tallies[PARTNER_COUNT][SIDE_COUNT];
    struct difference *differences; /* after book_compare(): by kind, then by reference */
    size_t count, cap;
    int64_t found[DIFFERENCE_COUNT], edges[DIFFERENCE_COUNT];
};

void book_open(struct book *book, const struct scope *scope);
void book_close(struct book *book);

/* Lines outside the scope's days are passed over. */
void book_statement(struct book *book, const struct statement_line *line);

/* One entry, any number of times; at_ms: when it was written, wire clock. ERR_REJECT names the
 * field that makes it impossible. */
MUST_CHECK int book_ledger(struct book *book, const struct disbursement_ledger *entry,
                           int64_t at_ms, struct err *err);

/* What a participant's record says of one instalment. */
void book_record(struct book *book, const char *participant, const char *id,
                 const struct instalment *instalment);

void book_compare(struct book *book);

/* Every tally's steps lead from ours to theirs. Anything else is a mistake of this program. */
bool tally_adds_up(const struct tally *tally);

struct payment *book_payment(const struct book *book, uint32_t index);
struct paid_for *book_instalment(const struct book *book, uint32_t index);

/* The newest attempt in the ledger, NULL: none. */
struct payment *book_last(const struct book *book, const struct paid_for *instalment);

/* A text that lives as long as the book. */
const char *book_text(struct book *book, const char *text, size_t size);

static inline bool ledger_has(const struct payment *p, enum ledger_entry entry)
{
    return p->entries >> entry & 1;
}

/* It was paid once; what was returned had been. */
static inline bool ledger_paid(const struct payment *p)
{
    return ledger_has(p, LEDGER_SUCCEEDED) || ledger_has(p, LEDGER_RETURNED);
}

#endif
