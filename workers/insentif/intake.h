#ifndef WORKERS_INSENTIF_INTAKE_H
#define WORKERS_INSENTIF_INTAKE_H

/*
 * From a line of JSON to an event ready to be sent, for `insentif produce`: accounts sealed, free
 * text masked (R20), everything held against schema and possibility.  Nothing in clear leaves here:
 * what is spooled to disk is what will be on the wire.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "events/events.h"
#include "worker/parcel.h"

#define LINE_MAX_BYTES (64 * 1024)

struct intake;

/* public_key: INSENTIF_SEAL_PUBLIC_KEY, may be "". now_ms: the wire clock. NULL + *err. */
struct intake *intake_open(enum event_type type, const char *public_key, int64_t now_ms,
                           struct err *err);
void intake_close(struct intake *intake); /* NULL is allowed */

/*
 * One line. Fills *parcel but for its partition; it points into the intake until the next call.
 * ERR_REJECT: a bad line, the text names the field and no value. ERR_FATAL: can't go on.
 */
MUST_CHECK int intake_line(struct intake *intake, const char *line, size_t size,
                           struct parcel *parcel, struct err *err);

/* Texts in which something was masked so far. */
int64_t intake_masked(const struct intake *intake);

/* Reads lines of any file, each at most LINE_MAX_BYTES. */
struct lines;
struct lines *lines_open(int fd);
void lines_close(struct lines *lines); /* NULL is allowed; wipes; leaves fd open */

enum lines_answer { LINES_ONE, LINES_LONG, LINES_END, LINES_BROKEN };

/* The next line without its end; LINES_LONG: it is over the limit and stepped over. */
enum lines_answer lines_next(struct lines *lines, const char **line, size_t *size);
int64_t lines_bytes(const struct lines *lines); /* read so far, for progress */

#endif
