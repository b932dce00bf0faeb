#ifndef WORKERS_INSENTIF_REPROCESS_H
#define WORKERS_INSENTIF_REPROCESS_H

/* What one run of `insentif reprocess` finds and does. */
#include "produce.h"

enum put_back_state { STATE_HELD, STATE_FAILED, STATE_COUNT };
const char *put_back_state_name(enum put_back_state state);

/* What is asked for; -1: any. */
struct filter {
    int32_t reason, partner, state;
    int64_t since_ms, until_ms; /* INT64_MIN and INT64_MAX: any */
    size_t named;               /* participants, each once; 0: any */
};

/* A participant who was named. */
struct named_one {
    const char *id; /* of argv */
    bool seen;
};

struct tally {
    int64_t people, payments, idr;
    int64_t last; /* person counted, by number from 1: a hold is of all a person's payments */
};

struct reprocessing {
    struct filter filter;
    struct named_one *named; /* filter.named of them, by id */
    size_t unknown;          /* of them */
    struct tally tallies[REASON_COUNT][PARTNER_COUNT][STATE_COUNT];
    struct tally total;
    int64_t person;
    bool needs_second; /* person */
    struct operator_audit audit;
    struct codec *codec; /* of --yes */
    struct work work;
};

/* reprocess_tell.c: a table, or JSON lines, by reason, partner and state, and of the whole. */
void reprocess_tell(const struct cli *cli, const struct reprocessing *reprocessing);

#endif
