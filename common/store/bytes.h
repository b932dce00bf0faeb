#ifndef STORE_BYTES_H
#define STORE_BYTES_H

/*
 * A participant's record as bytes: 8 bytes version (big endian, what the Function compares), one
 * byte format, then the fields in a fixed order, numbers as zigzag varints, times as their distance
 * from the one before, texts with their length in front, only the used elements of arrays.  One
 * walk function describes both directions.
 *
 * To add a field: at the end of its struct's walk, read only from the next format on.
 */
#include "base/buf.h"
#include "base/err.h"
#include "policy/record.h"
#include "policy/users.h"

#define RECORD_BYTES_MAX 12288 /* a record with everything at its limit fits (tests/store) */

/* Append the record to out (version first). The record isn't changed. */
void record_to_bytes(struct record *record, struct buf *out);

/* The version alone, 0 for no bytes. */
int64_t record_bytes_version(const void *bytes, size_t size);

/* Fill *record; an absent value (bytes NULL) gives an empty record of that id. ERR_FATAL: bytes
 * that this build can't read: our own data is damaged or newer than we are; *record is empty. */
MUST_CHECK int record_from_bytes(const void *bytes, size_t size, const char *id,
                                 struct record *record, struct err *err);

/* The same into a record that holds something already, or nothing but zeros (record_clear()). */
MUST_CHECK int record_from_bytes_again(const void *bytes, size_t size, const char *id,
                                       struct record *record, struct err *err);

/* The same for who uses one account. */
void users_to_bytes(struct account_users *users, struct buf *out);
MUST_CHECK int users_from_bytes(const void *bytes, size_t size, struct account_users *users,
                                struct err *err);

#endif
