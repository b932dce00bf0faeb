#ifndef BASE_BUF_H
#define BASE_BUF_H

/*
 * A growing byte buffer: the one place where text and bytes are put together.
 *
 *  - data is always followed by a NUL that size doesn't count, so text can be read as a C string.
 *  - buf_reset() keeps the memory: a buffer used per message allocates once.
 *  - running out of memory ends the process: no worker can keep its promises without memory.
 */
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *data;
    size_t size;
    size_t cap;
};

/* Keep only the first `size` bytes, which are there. */
void buf_cut(struct buf *buf, size_t size);

void buf_release(struct buf *buf); /* free the memory; the struct may be used again */
void buf_reset(struct buf *buf);   /* empty, memory kept */
void buf_reserve(struct buf *buf, size_t more); /* so many bytes can follow without moving */
void buf_add(struct buf *buf, const void *data, size_t size);
void buf_text(struct buf *buf, const char *text);
__attribute__((format(printf, 2, 3))) void buf_printf(struct buf *buf, const char *fmt, ...);

/* Append text as the inside of a JSON string (RFC 8259); bytes that are no UTF-8 become U+FFFD. */
void buf_json(struct buf *buf, const char *text);

#endif
