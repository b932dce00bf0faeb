#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * JSON lines on standard error: {"at":"…","level":"info","worker":"…","event":"…",…fields}.
 *
 *     LOG(LOG_INFO, EV("assigned"), F_INT("bucket", 3), F_STR("topic", topic));
 *
 * Only shells log; libraries return an err (style.md, habit 5).  A field is never personal data:
 * participant ids are tokens and may be logged, accounts, names, phones and NIK never (R20).
 * One thread at a time.
 */
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_field {
    const char *key;
    const char *text; /* NULL: the number counts */
    int64_t number;
};

#define EV(name) ((struct log_field){ .key = "event", .text = (name) })
#define F_STR(k, v) ((struct log_field){ .key = (k), .text = (v) })
#define F_INT(k, v) ((struct log_field){ .key = (k), .number = (int64_t)(v) })

/* The first field is the event's name. */
#define LOG(level, ...)                                                                            \
    log_write((level), (const struct log_field[]){ __VA_ARGS__ },                                  \
              sizeof((const struct log_field[]){ __VA_ARGS__ }) / sizeof(struct log_field))

/* The name in every line, and the lowest level written. `name` must stay valid. */
void log_open(const char *name, enum log_level least);

/* Use LOG(). */
void log_write(enum log_level level, const struct log_field *fields, size_t count);

#endif
