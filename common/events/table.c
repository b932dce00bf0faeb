/*
 * The field tables, expanded from the lists in events.h: what the codec walks by, message after
 * message, and what codec_open() compares with the schemas.
 */
#include "events/events.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* The symbols of an enum are the first column of its list in policy/domain.h. */
#define FIRST_AS_TEXT_(name, ...) #name,
#define AS_SYMBOL_(...) FIRST_AS_TEXT_(__VA_ARGS__, )

static const char *const symbols_PARTNER[] = { FOREACH_PARTNER(AS_SYMBOL_) };
static const char *const symbols_CHECK[] = { FOREACH_CHECK(AS_SYMBOL_) };
static const char *const symbols_OUTCOME[] = { FOREACH_OUTCOME(AS_SYMBOL_) };
static const char *const symbols_REASON[] = { FOREACH_REASON(AS_SYMBOL_) };
static const char *const symbols_CHANNEL[] = { FOREACH_CHANNEL(AS_SYMBOL_) };
static const char *const symbols_PAYMENT_KIND[] = { FOREACH_PAYMENT_KIND(AS_SYMBOL_) };
static const char *const symbols_STAGE[] = { FOREACH_STAGE(AS_SYMBOL_) };
static const char *const symbols_CANCEL_STAGE[] = { FOREACH_CANCEL_STAGE(AS_SYMBOL_) };
static const char *const symbols_LEDGER_ENTRY[] = { FOREACH_LEDGER_ENTRY(AS_SYMBOL_) };
static const char *const symbols_BREAKER[] = { FOREACH_BREAKER(AS_SYMBOL_) };

/*
 * One row per field. T is the struct of the event at hand. IS_(name, type) is 0, and a compile
 * error when the member is of another type than its row says.
 */
#define IS_(name, type) (0 * sizeof(_Generic(&((T *)0)->name, type * : 1)))
#define MAX_(name, max) ((max) + 0 * sizeof(_Generic(&((T *)0)->name, char(*)[(max) + 1] : 1)))
#define ROW_(name, kind, max, symbols, count)                                                      \
    { #name, kind, offsetof(T, name), max, symbols, count },

#define TEXT_(name, max) ROW_(name, FIELD_TEXT, MAX_(name, max), NULL, 0)
#define OPT_TEXT_(name, max) ROW_(name, FIELD_OPT_TEXT, MAX_(name, max), NULL, 0)
#define LONG_(name) ROW_(name, FIELD_LONG, IS_(name, int64_t), NULL, 0)
#define OPT_LONG_(name) ROW_(name, FIELD_OPT_LONG, IS_(name, int64_t), NULL, 0)
#define INT_(name) ROW_(name, FIELD_INT, IS_(name, int32_t), NULL, 0)
#define OPT_INT_(name) ROW_(name, FIELD_OPT_INT, IS_(name, int32_t), NULL, 0)
#define BOOL_(name) ROW_(name, FIELD_BOOL, IS_(name, bool), NULL, 0)
#define ENUM_(name, LIST)                                                                          \
    ROW_(name, FIELD_ENUM, IS_(name, int32_t), symbols_##LIST, LIST##_COUNT)
#define OPT_ENUM_(name, LIST)                                                                      \
    ROW_(name, FIELD_OPT_ENUM, IS_(name, int32_t), symbols_##LIST, LIST##_COUNT)
#define BYTES_(name, max)                                                                          \
    ROW_(name, FIELD_BYTES, (max) + IS_(name.size, uint32_t) + IS_(name.at[0], uint8_t), NULL, 0)

const struct event_type_row *event_row(enum event_type type)
{
    switch (type) {
#define X(NAME, topic, record)                                                                     \
    case EVENT_##NAME: {                                                                           \
        typedef struct record T;                                                                   \
        static const struct event_field fields[] = {                                               \
            NAME##_FIELDS(TEXT_, OPT_TEXT_, LONG_, OPT_LONG_, INT_, OPT_INT_, BOOL_, ENUM_,        \
                          OPT_ENUM_, BYTES_)                                                       \
        };                                                                                         \
        static const struct event_type_row row = {                                                 \
            EVENT_##NAME, topic, #record, sizeof(T), fields, sizeof fields / sizeof fields[0]      \
        };                                                                                         \
        return &row;                                                                               \
    }
        FOREACH_EVENT(X)
#undef X
    case EVENT_COUNT: break;
    }
    assert(!"an event type of the list");
    abort();
}

enum event_type event_of_topic(const char *topic)
{
    static const char *const topics[] = {
#define X(NAME, topic, record) topic,
        FOREACH_EVENT(X)
#undef X
    };

    for (int i = 0; i < EVENT_COUNT; i++)
        if (strcmp(topics[i], topic) == 0)
            return (enum event_type)i;
    return EVENT_COUNT;
}

const char *event_key(enum event_type type, const void *event)
{
    const struct event_field *first = &event_row(type)->fields[0];

    if (type == EVENT_DEAD_LETTER)
        return "";
    return (const char *)event + first->offset;
}
