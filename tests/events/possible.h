#ifndef TESTS_EVENTS_POSSIBLE_H
#define TESTS_EVENTS_POSSIBLE_H

/*
 * What a well-formed event may not say. For each event one that is possible, and a table of changes
 * to it: the member, its new value, and the field that is to be blamed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "events/events.h"

#define T0 INT64_C(1772417730000) /* the record's time: 2026-03-02T02:15:30Z */
#define DAY INT64_C(86400000)
#define FIRST INT64_C(1577836800000) /* 2020-01-01T00:00:00Z */
#define I20 "ABCDEFGHIJKLMNOPQR23"
#define DIGITS_16 "3201012345678901"

/* One change. Text in `text`, a number in `number`. says: NULL when it stays possible. */
struct change {
    enum event_type type;
    size_t offset, size;
    int64_t number;
    const char *text;
    const char *says;
};

#define NUMBER(E, T, f, value, says)                                                               \
    { EVENT_##E, offsetof(struct T, f), sizeof((struct T *)0)->f, value, NULL, says }
#define WORDS(E, T, f, value, says)                                                                \
    { EVENT_##E, offsetof(struct T, f), sizeof((struct T *)0)->f, 0, value, says }

/* What every id, token, account, time, amount and code is held to, in each event that has it. */
#define PARTICIPANT(E, T)                                                                          \
    WORDS(E, T, participant_id, "", "participant_id: "),                                           \
    WORDS(E, T, participant_id, "a b", "participant_id: "),                                        \
    WORDS(E, T, participant_id, "\xc3\xa9", "participant_id: "),                                   \
    WORDS(E, T, participant_id, "a/b", "participant_id: "),                                        \
    WORDS(E, T, participant_id, DIGITS_16, "participant_id: "),                                    \
    WORDS(E, T, participant_id, DIGITS_16 "7", NULL),                                              \
    WORDS(E, T, participant_id, "320101234567890", NULL),                                          \
    WORDS(E, T, participant_id, "aZ09._:-", NULL)
#define SPAN(E, T, f)                                                                              \
    NUMBER(E, T, f, FIRST - 1, #f ": "), NUMBER(E, T, f, FIRST, NULL),                             \
    NUMBER(E, T, f, T0 + DAY, NULL), NUMBER(E, T, f, T0 + DAY + 1, #f ": "),                       \
    NUMBER(E, T, f, INT64_MAX, #f ": "), NUMBER(E, T, f, INT64_MIN, #f ": ")
/* A business date of our own: up to five years ahead, as a rehearsal's clock may be. */
#define DATE(E, T, f)                                                                              \
    NUMBER(E, T, f, FIRST - 1, #f ": "), NUMBER(E, T, f, FIRST, NULL),                             \
    NUMBER(E, T, f, T0 + 1827 * DAY, NULL), NUMBER(E, T, f, T0 + 1828 * DAY, #f ": "),             \
    NUMBER(E, T, f, INT64_MAX, #f ": "), NUMBER(E, T, f, INT64_MIN, #f ": "),                      \
    NUMBER(E, T, f, 0, #f ": ")
#define TIME(E, T, f) SPAN(E, T, f), NUMBER(E, T, f, 0, #f ": ")
#define OPT_TIME(E, T, f) SPAN(E, T, f), NUMBER(E, T, f, 0, NULL)
#define ID(E, T, f)                                                                                \
    WORDS(E, T, f, "", #f ": "), WORDS(E, T, f, "a b", #f ": "), WORDS(E, T, f, "a~", #f ": "),    \
    WORDS(E, T, f, "z._:-Z9", NULL)
#define ACCOUNTS(E, T)                                                                             \
    WORDS(E, T, account_ref, "7", "account_ref: "),                                                \
    WORDS(E, T, account_ref, "081234567", "account_ref: "),                                        \
    WORDS(E, T, account_ref, "a-0812345678", "account_ref: "),                                     \
    WORDS(E, T, account_ref, "123-0812345678-x", "account_ref: "),                                 \
    WORDS(E, T, account_ref, "a b", "account_ref: "),                                              \
    WORDS(E, T, account_ref, "a123456789b123456789", NULL)
#define AMOUNT(E, T)                                                                               \
    NUMBER(E, T, amount_idr, 0, "amount_idr: "),                                                   \
    NUMBER(E, T, amount_idr, -600000, "amount_idr: "),                                             \
    NUMBER(E, T, amount_idr, 1000000001, "amount_idr: "),                                          \
    NUMBER(E, T, amount_idr, 1000000000, NULL),                                                    \
    NUMBER(E, T, amount_idr, INT64_MAX, "amount_idr: "), NUMBER(E, T, amount_idr, 1, NULL)
#define CODE(E, T, f)                                                                              \
    WORDS(E, T, f, "abcdefghijklmnopqr23", #f ": "), WORDS(E, T, f, "A-CDEFGHIJKLMNOPQR23", #f ": ")
#define INSTALMENT(E, T)                                                                           \
    CODE(E, T, instalment_id), WORDS(E, T, instalment_id, "", "instalment_id: "),                  \
    WORDS(E, T, instalment_id, "ABCDEFGHIJKLMNOPQR2", "instalment_id: ")
#define ATTEMPT(E, T)                                                                              \
    NUMBER(E, T, attempt, 0, NULL), NUMBER(E, T, attempt, -1, "attempt: "),                        \
    NUMBER(E, T, attempt, 1000001, "attempt: ")
#define PAYMENT(E, T) PARTICIPANT(E, T), INSTALMENT(E, T)
#define REASON(E, T) NUMBER(E, T, reason, REASON_NONE, "reason: ")
#define PRINTED(E, T, f)                                                                           \
    WORDS(E, T, f, "", NULL), WORDS(E, T, f, "40 1~", NULL), WORDS(E, T, f, "a\n", #f ": "),       \
    WORDS(E, T, f, "\x7f", #f ": "), WORDS(E, T, f, "\xc3\xa9", #f ": ")

/* Is `possible` possible, and does each change of its type have the outcome that its row says? */
void check_changes(enum event_type type, const void *possible, const struct change *changes,
                   size_t count);

#endif
