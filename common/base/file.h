#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* A whole file of at most `most` bytes as text: UTF-8 without NUL. *out is emptied first and ends
 * in a NUL. ERR_FATAL names the path. Blocking: for start-up and one-shot programs. */
MUST_CHECK int file_text(const char *path, size_t most, struct buf *out, struct err *err);

#endif
