#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * Why an operation failed, and what the caller may do about it.
 *
 * Every function that can fail returns 0, or -1 with *err filled in.  The kind is for the program
 * (the worker loop switches on it, and on nothing else); the text is for the person reading the
 * log.  The function that meets the failure writes the text; callers add context with
 * err_prefix(); only the worker loop logs it, once.
 */
enum err_kind {
    ERR_NONE,
    ERR_REJECT,    /* the input is wrong: dead-letter it, go on */
    ERR_RETRY,     /* a dependency is away: wait, same message again */
    ERR_UNCERTAIN, /* a write was sent, its answer was lost: read before writing again */
    ERR_FATAL,     /* our promises can no longer be kept: stop the process */
};

#define ERR_TEXT_MAX 240

struct err {
    enum err_kind kind;
    char text[ERR_TEXT_MAX];
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* Fill in *err. Always returns -1, so that callers can `return err_set(...)`. */
__attribute__((format(printf, 3, 4)))
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...);

/* Put "prefix: " in front of the text. Returns -1. */
int err_prefix(struct err *err, const char *prefix);

/* "reject", "retry", "uncertain", "fatal": for logs and metrics. */
const char *err_kind_name(enum err_kind kind);

#endif
