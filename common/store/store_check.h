#ifndef STORE_STORE_CHECK_H
#define STORE_STORE_CHECK_H

/*
 * What a call must be like before anything is sent: the same for Redis and for its RAM twin, which
 * both answer STORE_REFUSED otherwise.  Internal to the room.
 */
#include "store/store.h"

#define STORE_KIND_LETTERS "pyca"
#define STORE_KINDS (sizeof STORE_KIND_LETTERS - 1)

/* The kind's place in STORE_KIND_LETTERS, -1: there is no such kind. */
int store_kind_index(char kind);

/* "p:{", "pay:{" and so on: what a kind's keys begin with; NULL: there is no such kind. */
const char *store_kind_prefix(char kind);

/* Does its value begin with a version that every write compares? */
bool store_kind_is_record(char kind);

/* A write's version as its bytes have it; records only. */
int64_t store_span_version(const struct store_span *span);

MUST_CHECK int store_check_keys(int32_t bucket, const struct store_key *keys, size_t count,
                                struct err *err);
MUST_CHECK int store_check_topics(int32_t bucket, const char *worker, const char *const *topics,
                                  size_t count, struct err *err);
MUST_CHECK int store_check_stamp(const char *text, struct err *err);
int store_check_number(int64_t number, const char *what, struct err *err);
MUST_CHECK int store_check_apply(const struct store_apply *apply, struct err *err);

#endif
