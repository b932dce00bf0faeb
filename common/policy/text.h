#ifndef POLICY_TEXT_H
#define POLICY_TEXT_H

/* The few things about text that a room without libc needs. Internal to policy. */
#include <stdbool.h>
#include <stddef.h>

static inline bool text_is(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Below, at or above 0: the order of a before, at or after b, by bytes. */
static inline int text_order(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

/* Copy at most cap - 1 bytes; to is always ended. */
static inline void text_copy(char *to, size_t cap, const char *from)
{
    size_t i = 0;
    for (; i + 1 < cap && from[i]; i++)
        to[i] = from[i];
    to[i] = '\0';
}

#endif
