#ifndef EVENTS_RULE_H
#define EVENTS_RULE_H

/* One rule about one field of an event. Internal to events: possible.c holds the tables. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AMOUNT_MAX_IDR 1000000000

enum rule_kind {
    ID,       /* [A-Za-z0-9._:-]+ */
    TOKEN,    /* an id that isn't a NIK, KK or card number */
    ACCOUNT,  /* an id that holds no account or phone number */
    CODE,     /* [A-Z0-9]+ */
    CODE_20,  /* exactly 20 of them */
    RULE,     /* R and one to three digits */
    PRINTED,  /* printable ASCII, blanks too */
    UNBROKEN, /* printable ASCII without blanks */
    TIME,     /* has happened */
    DATE,     /* may lie ahead */
    WITHIN,   /* int32 from min to max */
    AMOUNT,   /* int64 from min to AMOUNT_MAX_IDR */
    NUMBER,   /* int64 from min */
    FILLED,   /* bytes, not empty */
    GIVEN,    /* an enum's symbol other than the first (NONE) */
};

struct rule {
    enum rule_kind kind;
    bool may_be_absent; /* null, which is "" or 0 */
    size_t offset;
    int32_t min, max;
    const char *sentence;
};

/* Does the rule hold for this event, in a record of this time? */
bool rule_holds(const struct rule *rule, const void *event, int64_t timestamp_ms);

#endif
