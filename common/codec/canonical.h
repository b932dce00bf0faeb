#ifndef CODEC_CANONICAL_H
#define CODEC_CANONICAL_H

/*
 * Avro 1.11 specification, "Parsing Canonical Form for Schemas" and "Schema Fingerprints".
 * Used by the build (embed.c), not by the workers.
 */
#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

/* Append the canonical form. -1 with a sentence in *why for what isn't a schema. */
int canonical_form(const json_t *schema, struct buf *out, const char **why);

/* CRC-64-AVRO. */
uint64_t canonical_fingerprint(const void *bytes, size_t size);

#endif
