#ifndef TESTS_WORKER_WORLD_H
#define TESTS_WORKER_WORLD_H

/*
 * A whole system in one process: a RAM broker, a RAM store, and real shells on them that take turns
 * as the test says.  Everything is replayable from the seed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#include "base/buf.h"
#include "bus_view.h"
#include "store/store_ram.h"
#include "worker/shell.h"

#define PROCESSES_MAX 12
#define PARTITIONS_MAX 8
#define ENVIRONMENT "TEST"

struct process {
    const struct worker_spec *spec; /* NULL: free */
    struct bus_view view;
    struct store *store;
    struct shell *shell;
    const char *topics[EVENT_COUNT];
    bool frozen; /* gets no turn but from world_turn(): SIGSTOP */
};

struct world {
    struct bus_ram *broker; /* its topics are in the order of enum event_type */
    struct store_ram *redis;
    struct store *eye; /* the test's own connection */
    struct codec *codec;
    int32_t partitions;
    size_t batch;     /* messages per batch, of shells started from now on */
    int64_t wait_ms;  /* the same */
    bool rehearsal;   /* the same */
    const struct conf *conf; /* for extensions of the shell; the same */
    uint64_t random;
    struct process processes[PROCESSES_MAX];
};

/* The four fact workers, as workers/<name>/main.c has them. */
enum { ENROLMENT, COMPLETION, RATING, ELIGIBILITY, FACT_WORKERS };
extern const struct worker_spec fact_workers[FACT_WORKERS];

void world_open(struct world *w, int32_t partitions, uint64_t seed);
void world_close(struct world *w);
int world_done(void **state); /* group teardown of every program with worlds */
uint32_t world_roll(struct world *w, uint32_t below);

struct process *world_start(struct world *w, const struct worker_spec *spec);
void world_start_facts(struct world *w, struct process *out[FACT_WORKERS]);
/* As kill -9. The calls that have left it take place, or not. */
void world_kill(struct world *w, struct process *p, bool calls_take_place);

/* One turn of one process, 1 ms. Fails the test when a shell gives up. */
void world_turn(struct world *w, struct process *p);
void world_pass(struct world *w, int64_t ms); /* time, also the broker's */
/* So many turns, each of a process that chance names. */
void world_chance(struct world *w, int turns);
/* Everybody, until nothing moves any more for longer than any pause in the shell. */
void world_settle(struct world *w);
/* Everybody, for so long: where something is tried again and again. */
void world_for(struct world *w, int64_t ms);
/* One process alone, likewise. */
void world_settle_one(struct world *w, struct process *p);

/* Append an event to its topic, at the partition of its key; returns where. */
struct bus_position world_tell(struct world *w, enum event_type type, const void *event);
/* Bytes as they are; partition -1: the key's. value NULL: none. */
struct bus_position world_tell_bytes(struct world *w, enum event_type type, int32_t partition,
                                     const void *key, size_t key_size, const void *value,
                                     size_t size);

/* ---------------------------------------------------------------- looking */
void world_record(struct world *w, const char *participant, struct record *out);
void world_users(struct world *w, const char *account, struct account_users *out);
int64_t world_watermark(struct world *w, const struct worker_spec *spec, enum event_type type,
                        int32_t partition);
int64_t world_in_outbox(struct world *w, const struct worker_spec *spec, int32_t partition);
/* At any moment: Redis holds just the emissions that their owner knows of, not a one less or more.
 * world_chance() asks now and then. */
void world_check_outboxes(struct world *w);
void world_check_rest(struct world *w); /* every outbox empty, every watermark at its end */

/* All records of a topic, over its partitions; what[] counts as many as fit. */
struct seen {
    char id[48]; /* ce_id */
    struct bus_message m;
};
size_t world_seen(struct world *w, enum event_type type, struct seen *out, size_t max);
size_t world_count(struct world *w, enum event_type type);
/* The value of a header as text; "" when there is none. */
void world_header(const struct bus_message *m, const char *name, char *out, size_t cap);
/* Decode what was seen; fails the test if it can't be. */
void world_read(struct world *w, enum event_type type, const struct bus_message *m, void *event);
/* I4: the same id has the same bytes everywhere in the topic. Returns how many ids there are. */
size_t world_check_ids(struct world *w, enum event_type type);

int32_t world_bucket(const struct world *w, const char *key);
int64_t counter(const char *name, const char *labels); /* a metric's value now */

#endif
