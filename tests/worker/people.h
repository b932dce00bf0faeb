#ifndef TESTS_WORKER_PEOPLE_H
#define TESTS_WORKER_PEOPLE_H

/* Facts about made-up participants, as the topics carry them. */
#include "world.h"

/* The facts' times are some hours before this moment: CLOCK_START_MS unless a test says another. */
extern int64_t people_now_ms;

/* "p0001"; keep at most four of the results at a time. */
const char *person(int number);

struct participant_enrolled an_enrolment(int number, const char *scheme);
struct training_completed a_completion(int number, const char *course);
struct rating_submitted a_rating(int number, const char *course, int32_t stars,
                                 const char *review);
struct account_linked a_link(int number, const char *account);
struct eligibility_checked a_check(int number, enum check check, const char *account,
                                   enum reason reason); /* REASON_NONE: a PASS */

/* Everything R7 asks for but the enrolment; then the enrolment: entitled in scheme 2023. */
/* An account linked, and every check it needs passed. */
void tell_verified(struct world *w, int number, const char *account);
void tell_all_but_enrolment(struct world *w, int number);
void tell_all(struct world *w, int number);

#endif
