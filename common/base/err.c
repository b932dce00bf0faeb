#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
    assert(err);
    assert(kind != ERR_NONE);

    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(err->text, sizeof err->text, fmt, ap);
    va_end(ap);
    err->kind = kind;
    return -1;
}

int err_prefix(struct err *err, const char *prefix)
{
    assert(err->kind != ERR_NONE);

    char text[ERR_TEXT_MAX];
    memcpy(text, err->text, sizeof text);
    (void)snprintf(err->text, sizeof err->text, "%s: %.200s", prefix, text);
    return -1;
}

const char *err_kind_name(enum err_kind kind)
{
    switch (kind) {
    case ERR_NONE: return "none";
    case ERR_REJECT: return "reject";
    case ERR_RETRY: return "retry";
    case ERR_UNCERTAIN: return "uncertain";
    case ERR_FATAL: return "fatal";
    }
    return "?";
}
