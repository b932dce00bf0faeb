#ifndef TESTS_CODEC_SAMPLES_H
#define TESTS_CODEC_SAMPLES_H

/* Events and bytes for tests: the extremes, chance by seed, and a hand for hostile bytes. */
#include <stdint.h>

#include "base/buf.h"
#include "events/events.h"

/* Shortest texts, absent where possible, lowest numbers, empty bytes. */
void sample_least(enum event_type type, void *event);
/* Longest texts (with every length of UTF-8), highest numbers; bytes full up to bytes_max. */
void sample_most(enum event_type type, void *event, size_t bytes_max);
/* Anything legal, bytes up to bytes_max. */
void sample_any(enum event_type type, void *event, size_t bytes_max, uint64_t *seed);

/* The next number of a sequence that the seed decides. */
uint64_t chance(uint64_t *seed);
/* INSENTIF_TEST_SEED, or the time; printed, so that a failure can be had again. */
uint64_t chance_seed(void);

/* Memory for one event of the type, zeroed; free() it. */
void *sample_memory(enum event_type type);

/* Avro by hand. */
void put_long(struct buf *to, int64_t number);
void put_text(struct buf *to, const char *text);
void put_bytes(struct buf *to, const void *bytes, size_t size);
/* C3 01 and today's fingerprint. */
void put_header(struct buf *to, enum event_type type);
/* 00 and the id. */
void put_id(struct buf *to, int32_t id);

#endif
