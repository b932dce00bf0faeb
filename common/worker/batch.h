#ifndef WORKER_BATCH_H
#define WORKER_BATCH_H

/*
 * One batch through the shell: messages of one lane, the distinct records they touch, the one write
 * that applies them (architecture.md "One batch through the shell").  Internal to common/worker.
 *
 * Bytes that the write points to lie in one growing buffer; while it grows they are kept as offsets
 * (struct piece) and become pointers when the write is begun.
 */
#include "worker/shell.h"

struct piece {
    size_t at, size;
};

struct batch_emit {
    int32_t tied;
    struct piece bytes;
};

struct batch_timer {
    int32_t tied;
    size_t member; /* offset of a NUL-terminated text */
    enum store_clock clock;
    int64_t at_ms;
};

struct batch_write {
    char kind;
    int32_t key;  /* index into keys for records, -1 otherwise */
    size_t id;    /* offset of the id's text for 'c' */
    int64_t expected;
    int32_t tied;
    struct piece bytes;
};

enum batch_state { BATCH_FREE, BATCH_GATHER, BATCH_LOAD, BATCH_APPLY };

#define KEY_NONE (-1)
#define TABLE_SIZE 4096 /* of the keys' hash table; a power of two over 2 * BATCH_LIMIT */

struct batch {
    enum batch_state state;
    struct bucket *bucket;
    size_t route;
    uint64_t life; /* of the bucket when begun; differs: dropped */
    int64_t begun_us;
    uint32_t round;

    struct bus_message messages[BATCH_LIMIT];
    int32_t next[BATCH_LIMIT]; /* the next message of the same key */
    size_t count;
    size_t taken_bytes;

    /* Distinct keys, in order of first appearance. */
    char ids[BATCH_LIMIT][PARTICIPANT_ID_MAX + 1];
    struct store_key keys[BATCH_LIMIT];
    int32_t head[BATCH_LIMIT], tail[BATCH_LIMIT];
    size_t key_count;
    int16_t table[TABLE_SIZE];

    /* This round: keys to decide and their present values. */
    int32_t open[BATCH_LIMIT];
    size_t open_count;
    struct store_span values[BATCH_LIMIT];
    int64_t bucket_version;
    bool loaded; /* the first round's values are items of `call` */

    /* What was decided. */
    struct buf bytes;
    struct batch_write *writes;
    size_t write_count, write_cap;
    struct batch_emit *emits;
    size_t emit_count, emit_cap;
    struct batch_timer *timers;
    size_t timer_count, timer_cap;
    int32_t tied; /* record being decided: its index in writes, -1 while none */

    struct store_call call, applied;
    struct store_apply apply;
    struct store_write *apply_writes;
    struct store_emit *apply_emits;
    struct store_timer *apply_timers;
};

/* sort.c: the messages of a batch, by key; bad input becomes dead letters in batch->emits. */
void batch_sort(struct shell *shell, struct batch *batch);
/* decide.c: all open keys, from their values, into writes, emits, timers. */
void batch_decide(struct shell *shell, struct batch *batch);

/* dead.c */
void batch_dead(struct shell *shell, struct batch *batch, const struct bus_message *message,
                const char *reason, int32_t tied);
/* Its key belongs to another partition: sent on there, once. */
void batch_misplaced(struct shell *shell, struct batch *batch, const struct bus_message *message,
                     int32_t partition);

/* Append to the lists. A new element is valid until the next one of its list. */
void batch_add_emit(struct batch *batch, int32_t tied, size_t at);
struct batch_timer *batch_add_timer(struct batch *batch);
struct batch_write *batch_add_write(struct batch *batch);

#endif
