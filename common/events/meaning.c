#include "events/meaning.h"

#include <string.h>

#define COPY(to, from)                                                                             \
    (void)memcpy((to), (from), sizeof(to) < sizeof(from) ? sizeof(to) : sizeof(from))

static void enrolled(const struct participant_enrolled *e, struct fact *f)
{
    f->kind = FACT_ENROLLED;
    COPY(f->enrolled.scheme, e->scheme);
    COPY(f->enrolled.family_token, e->family_token);
    f->enrolled.wave = e->wave;
    f->enrolled.selected_at_ms = e->selected_at_ms;
    f->enrolled.credited_at_ms = e->credited_at_ms;
    f->enrolled.enrolled_at_ms = e->enrolled_at_ms;
}

static void completed(const struct training_completed *e, struct fact *f)
{
    f->kind = FACT_COMPLETED;
    COPY(f->completed.course_id, e->course_id);
    COPY(f->completed.platform, e->platform);
    COPY(f->completed.institution, e->institution);
    f->completed.certified = e->certificate_id[0] != '\0';
    f->completed.completed_at_ms = e->completed_at_ms;
}

static void rated(const struct rating_submitted *e, struct fact *f)
{
    f->kind = FACT_RATED;
    COPY(f->rated.course_id, e->course_id);
    f->rated.stars = e->stars;
    f->rated.reviewed = fact_review_counts(e->review);
    f->rated.submitted_at_ms = e->submitted_at_ms;
}

static void linked(const struct account_linked *e, struct fact *f)
{
    f->kind = FACT_LINKED;
    COPY(f->linked.account_ref, e->account_ref);
    f->linked.partner = (enum partner)e->partner;
    f->linked.sealed.size = e->sealed_account.size;
    COPY(f->linked.sealed.at, e->sealed_account.at);
    f->linked.linked_at_ms = e->linked_at_ms;
    f->linked.source_version = e->source_version;
}

static void checked(const struct eligibility_checked *e, struct fact *f)
{
    f->kind = FACT_CHECKED;
    f->checked.check = (enum check)e->check;
    COPY(f->checked.account_ref, e->account_ref);
    f->checked.outcome = (enum outcome)e->outcome;
    f->checked.reason = e->reason < REASON_COUNT ? (enum reason)e->reason : REASON_NONE;
    f->checked.checked_at_ms = e->checked_at_ms;
    f->checked.source_version = e->source_version;
}

bool event_to_fact(enum event_type type, const void *event, struct fact *fact)
{
    if (type == EVENT_PARTICIPANT_ENROLLED)
        enrolled(event, fact);
    else if (type == EVENT_TRAINING_COMPLETED)
        completed(event, fact);
    else if (type == EVENT_RATING_SUBMITTED)
        rated(event, fact);
    else if (type == EVENT_ACCOUNT_LINKED)
        linked(event, fact);
    else if (type == EVENT_ELIGIBILITY_CHECKED)
        checked(event, fact);
    else
        return false;
    return true;
}
