#ifndef CODEC_CODEC_H
#define CODEC_CODEC_H

/*
 * Avro on the wire, plain structs in the program. The only room that includes <avro.h>.
 *
 *  - Framing: Avro single-object encoding, C3 01 + CRC-64-AVRO fingerprint (little endian) + datum.
 *    With codec_bind_id(), Confluent framing (00 + 4-byte id, big endian) is read too.
 *  - A writer's schema is known by its fingerprint: today's schemas and those in schemas/history/,
 *    all embedded by the build. Decoding uses the WRITER's schema; fields and enum symbols are
 *    mapped to ours by name, once per fingerprint; a field the writer lacks gets our default (null,
 *    0, "" or the .avsc's default); a field we don't know is skipped.
 *  - Avro-C is not trusted with hostile bytes (consistency.md "Hostile input"): a table-driven walk
 *    over the bytes comes first (lengths within limits, enum and union in range, boolean 0/1, UTF-8
 *    without NUL, every byte used); only then Avro-C reads them.
 *  - codec_open() refuses to start when schema and field table differ by so much as one field.
 *  - Nothing is allocated per message by us. One thread.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "events/events.h"

#define CODEC_MESSAGE_MAX (64 * 1024)
#define CODEC_DEAD_LETTER_MAX (CODEC_MESSAGE_MAX + 1024) /* it carries another message whole */
#define CODEC_IDS_MAX 256
#define CODEC_HEADER_SIZE 10

struct codec;

/* Parse all schemas, compare with the tables, set aside all working memory. NULL with *err. */
struct codec *codec_open(struct err *err);
void codec_close(struct codec *codec); /* NULL is allowed */

/*
 * Would codec_open() take this text for the schema of that event?  ERR_FATAL names the first field
 * in which schema and table differ. For tests and for `insentif`'s own checks.
 */
MUST_CHECK int codec_agrees(enum event_type type, const char *avsc, struct err *err);

/*
 * From now on, Confluent-framed messages with this id were written with this schema of that event.
 * ERR_REJECT when the schema can't be read as that event, isn't flat, or another one has the id.
 */
MUST_CHECK int codec_bind_id(struct codec *codec, int32_t id, enum event_type type,
                             const char *avsc, struct err *err);

/*
 * Fill *event (the struct of `type`, zeroed first) from one framed message.  ERR_REJECT only: not
 * our framing, unknown fingerprint, another event type's schema, or bytes that can't be.  The text
 * names event, field and byte position, never a value.
 */
MUST_CHECK int codec_decode(struct codec *codec, enum event_type type, const void *payload,
                            size_t size, void *event, struct err *err);

/* Append the framed message to out. Our own event: only ERR_FATAL, a bug, is possible. */
MUST_CHECK int codec_encode(struct codec *codec, enum event_type type, const void *event,
                            struct buf *out, struct err *err);

/* The fingerprint of today's schema, and its text. */
uint64_t codec_fingerprint(enum event_type type);
const char *codec_schema(enum event_type type);

/*
 * One event as a JSON object on one line, fields in schema order, null for absent ones, enums by
 * name, bytes as base64 (standard alphabet, padded). Times stay int64 ms.
 */
void codec_to_json(enum event_type type, const void *event, struct buf *out);

/*
 * The way back, for `insentif produce`: every field checked against the schema. Missing nullable
 * fields are null; a missing other field, an unknown field, a duplicate one, a wrong type, a text
 * too long or an unknown symbol is ERR_REJECT naming the field. Times may be int64 ms or RFC 3339
 * text ("2026-03-02T09:15:30+07:00") where the field's name ends in _at_ms.
 */
MUST_CHECK int codec_from_json(enum event_type type, const char *text, size_t size, void *event,
                               struct err *err);

#endif
