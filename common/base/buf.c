#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

void buf_release(struct buf *buf)
{
    free(buf->data);
    *buf = (struct buf){ 0 };
}

void buf_reset(struct buf *buf)
{
    buf->size = 0;
    if (buf->data)
        buf->data[0] = '\0';
}

void buf_reserve(struct buf *buf, size_t more)
{
    assert(more < SIZE_MAX / 4);

    size_t need = buf->size + more + 1;
    if (need <= buf->cap)
        return;
    size_t cap = buf->cap ? buf->cap : 64;
    while (cap < need)
        cap *= 2;
    char *data = realloc(buf->data, cap);
    if (!data)
        abort(); /* see buf.h */
    buf->data = data;
    buf->cap = cap;
    buf->data[buf->size] = '\0';
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
    buf_reserve(buf, size);
    if (size > 0)
        memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    buf->data[buf->size] = '\0';
}

void buf_text(struct buf *buf, const char *text)
{
    buf_add(buf, text, strlen(text));
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int need = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(need >= 0);
    buf_reserve(buf, (size_t)need);
    va_start(ap, fmt);
    (void)vsnprintf(buf->data + buf->size, (size_t)need + 1, fmt, ap);
    va_end(ap);
    buf->size += (size_t)need;
}

void buf_json(struct buf *buf, const char *text)
{
    bool clean = str_is_utf8(text, strlen(text));

    for (const unsigned char *at = (const unsigned char *)text; *at; at++) {
        switch (*at) {
        case '"': buf_text(buf, "\\\""); break;
        case '\\': buf_text(buf, "\\\\"); break;
        case '\n': buf_text(buf, "\\n"); break;
        case '\r': buf_text(buf, "\\r"); break;
        case '\t': buf_text(buf, "\\t"); break;
        default:
            if (*at < 0x20 || *at == 0x7f)
                buf_printf(buf, "\\u%04x", *at);
            else if (*at >= 0x80 && !clean)
                buf_text(buf, "\\ufffd");
            else
                buf_add(buf, at, 1);
        }
    }
}

void buf_cut(struct buf *buf, size_t size)
{
    assert(size <= buf->size);
    buf->size = size;
    if (buf->data)
        buf->data[size] = '\0';
}
