#ifndef CODEC_BASE64_H
#define CODEC_BASE64_H

/* RFC 4648 section 4: standard alphabet, padded, no line breaks. For codec and the command line. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

void base64_write(struct buf *out, const uint8_t *bytes, size_t size);

/* Exactly one spelling per value: anything else, or more than cap bytes, is false. */
bool base64_read(const char *text, size_t text_size, uint8_t *bytes, size_t cap, size_t *size);

#endif
