#include "people.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "virtual_clock.h"

#define HOUR_MS INT64_C(3600000)

int64_t people_now_ms = CLOCK_START_MS;

const char *person(int number)
{
    static char names[4][12];
    static int next;
    char *name = names[next++ % 4];

    (void)snprintf(name, sizeof names[0], "p%04d", number);
    return name;
}

struct participant_enrolled an_enrolment(int number, const char *scheme)
{
    struct participant_enrolled e = { .wave = 60,
                                      .selected_at_ms = people_now_ms - 9 * HOUR_MS,
                                      .enrolled_at_ms = people_now_ms - 8 * HOUR_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.scheme, sizeof e.scheme, scheme);
    return e;
}

struct training_completed a_completion(int number, const char *course)
{
    struct training_completed e = { .completed_at_ms = people_now_ms - 7 * HOUR_MS,
                                    .reported_at_ms = people_now_ms - 6 * HOUR_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.course_id, sizeof e.course_id, course);
    str_copy(e.platform, sizeof e.platform, "pintaria");
    str_copy(e.certificate_id, sizeof e.certificate_id, "c-1");
    return e;
}

struct rating_submitted a_rating(int number, const char *course, int32_t stars, const char *review)
{
    struct rating_submitted e = { .stars = stars, .channel = CHANNEL_PLATFORM,
                                  .submitted_at_ms = people_now_ms - 5 * HOUR_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.course_id, sizeof e.course_id, course);
    str_copy(e.review, sizeof e.review, review);
    return e;
}

struct account_linked a_link(int number, const char *account)
{
    struct account_linked e = { .partner = PARTNER_GOPAY,
                                .linked_at_ms = people_now_ms - 4 * HOUR_MS,
                                .source_version = people_now_ms - 4 * HOUR_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.account_ref, sizeof e.account_ref, account);
    e.sealed_account.size = 48;
    memset(e.sealed_account.at, 's', 48);
    return e;
}

struct eligibility_checked a_check(int number, enum check check, const char *account,
                                   enum reason reason)
{
    struct eligibility_checked e = { .check = (int32_t)check, .outcome = OUTCOME_PASS,
                                     .reason = REASON_COUNT,
                                     .checked_at_ms = people_now_ms - 3 * HOUR_MS,
                                     .source_version = people_now_ms - 3 * HOUR_MS };

    str_copy(e.participant_id, sizeof e.participant_id, person(number));
    str_copy(e.account_ref, sizeof e.account_ref, account);
    if (reason != REASON_NONE) {
        e.outcome = OUTCOME_FAIL;
        e.reason = (int32_t)reason;
    }
    return e;
}

void tell_verified(struct world *w, int number, const char *account)
{
    static const enum check checks[] = { CHECK_ACCOUNT_KYC, CHECK_NIK_MATCH,
                                         CHECK_ACCOUNT_ACTIVE };
    struct account_linked linked = a_link(number, account);

    (void)world_tell(w, EVENT_ACCOUNT_LINKED, &linked);
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct eligibility_checked checked = a_check(number, checks[i], account, REASON_NONE);
        (void)world_tell(w, EVENT_ELIGIBILITY_CHECKED, &checked);
    }
}

void tell_all_but_enrolment(struct world *w, int number)
{
    struct training_completed completed = a_completion(number, "course-1");
    struct rating_submitted rated = a_rating(number, "course-1", 5, "bagus");

    (void)world_tell(w, EVENT_TRAINING_COMPLETED, &completed);
    (void)world_tell(w, EVENT_RATING_SUBMITTED, &rated);
    tell_verified(w, number, "acc-1");
}

void tell_all(struct world *w, int number)
{
    struct participant_enrolled enrolled = an_enrolment(number, "2023");

    tell_all_but_enrolment(w, number);
    (void)world_tell(w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
}
