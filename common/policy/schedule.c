#include "policy/schedule.h"

#include <stddef.h>

#include "policy/calendar.h"
#include "policy/facts.h"
#include "policy/scheme.h"
#include "policy/text.h"

_Static_assert(sizeof CALENDAR_VERSION - 1 <= VERSION_TEXT_MAX, "the calendar's version fits");
_Static_assert(sizeof POLICY_VERSION - 1 <= VERSION_TEXT_MAX, "the rules' version fits");

static const char *const names[] = {
#define X(name) #name,
    FOREACH_CONDITION(X)
#undef X
};

const char *condition_name(enum condition condition)
{
    return names[condition];
}

const struct rating *record_rating(const struct record *record)
{
    if (record->completed_at_ms == 0)
        return NULL;
    for (uint8_t i = 0; i < record->rating_count; i++)
        if (text_is(record->ratings[i].course_id, record->course_id))
            return &record->ratings[i];
    return NULL;
}

/* Ratings that came before the completion count as given, whichever course they are of. */
static int64_t rated_since(const struct record *r, bool review)
{
    const struct rating *own = record_rating(r);
    int64_t first = 0;

    if (r->completed_at_ms != 0)
        return own ? (review ? own->reviewed_at_ms : own->rated_at_ms) : 0;
    for (uint8_t i = 0; i < r->rating_count; i++) {
        int64_t at = review ? r->ratings[i].reviewed_at_ms : r->ratings[i].rated_at_ms;
        if (at != 0 && (first == 0 || at < first))
            first = at;
    }
    return first;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t first_passes(const struct record *r)
{
    int64_t latest = 0;

    for (int c = 0; c < CHECK_COUNT; c++)
        if (check_row((enum check)c)->use == CHECK_USE_REQUIRED)
            latest = later(latest, r->first_pass_ms[c]);
    return latest;
}

bool condition_met(const struct record *r, enum condition condition, int64_t *since_ms)
{
    int64_t since = 0;

    switch (condition) {
    case CONDITION_enrolled: since = r->enrolled_at_ms; break;
    case CONDITION_completed: since = r->completed_at_ms; break;
    case CONDITION_rated: since = rated_since(r, false); break;
    case CONDITION_reviewed: since = rated_since(r, true); break;
    case CONDITION_linked: since = r->first_linked_at_ms; break;
    case CONDITION_verified:
        since = record_current(r) ? later(first_passes(r), r->first_linked_at_ms) : 0;
        break;
    case CONDITION_active: /* R1-R4; since enrolment */
        since = record_is_deactivated(r) ? 0 : r->enrolled_at_ms;
        break;
    case CONDITION_COUNT: break;
    }
    if (since_ms)
        *since_ms = since;
    /* Before the enrolment it alone is missing (D9). */
    bool not_yet = condition == CONDITION_active && r->enrolled_at_ms == 0;
    return since != 0 || not_yet;
}

/* Every condition but "active": a deactivated participant's instalments are born CANCELLED (R7). */
static bool entitled(const struct record *r, int64_t *scheduled_at_ms)
{
    *scheduled_at_ms = 0;
    for (int c = 0; c < CONDITION_COUNT; c++) {
        int64_t since;
        if (c == CONDITION_active)
            continue;
        if (!condition_met(r, (enum condition)c, &since))
            return false;
        *scheduled_at_ms = later(*scheduled_at_ms, since);
    }
    return true;
}

void schedule_if_entitled(struct record *r)
{
    int64_t scheduled_at_ms;

    if (r->scheduled_at_ms != 0 || !entitled(r, &scheduled_at_ms))
        return;
    const struct scheme *scheme = scheme_find(r->scheme);
    r->scheduled_at_ms = scheduled_at_ms;
    text_copy(r->calendar_version, sizeof r->calendar_version, calendar_version());
    text_copy(r->policy_version, sizeof r->policy_version, POLICY_VERSION);
    for (int32_t n = 1; n <= scheme->instalments; n++) {
        struct instalment *i = record_instalment_made(r, PAYMENT_INSTALMENT, n);
        struct promise promise;
        if (!i || i->due_at_ms != 0)
            continue;
        calendar_promise(scheduled_at_ms, n, &promise);
        i->amount_idr = scheme->instalment_idr;
        i->due_at_ms = promise.due_at_ms;
        i->promised_at_ms = promise.promised_at_ms;
        i->provisional = promise.provisional;
        if (i->state == INST_NONE)
            i->state = INST_READY;
        if (i->state == INST_READY)
            i->mark = (struct mark){ .reason = REASON_NONE }; /* announced again after it */
    }
}
