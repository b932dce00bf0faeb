#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

/*
 * Why a payment is where it is, in words a participant understands (R6, R9, R18, L1, L4).
 *
 * Static Indonesian and English sentences; nothing personal in them.
 */
#include "policy/facts.h"
#include "policy/instalment.h"

enum actor {
    ACTOR_NOBODY,
    ACTOR_PARTICIPANT,
    ACTOR_INSTITUTION,
    ACTOR_PLATFORM,
    ACTOR_PROGRAMME,
    ACTOR_PARTNER,
    ACTOR_COUNT,
};

struct advice {
    enum actor actor;     /* who must act */
    const char *what;     /* what is so, Indonesian */
    const char *todo;     /* what to do, Indonesian */
    const char *english;  /* both, in one English sentence */
};

const char *actor_name(enum actor actor);       /* "participant" … */
const char *actor_indonesian(enum actor actor); /* "peserta" … */

#define REPORT_LATE_MS (INT64_C(24) * 3600 * 1000)

/* A condition that doesn't hold: who must act (R6, R9). business_ms decides who is late (L4). */
struct advice explain_condition(const struct record *record, enum condition condition,
                                int64_t business_ms);

/* What comes next for one instalment. */
struct advice explain_instalment(const struct record *record, const struct instalment *instalment,
                                 int64_t business_ms);

/* The reason behind the arrow (S1): why it is held, cancelled or retried; else REASON_NONE. */
enum reason instalment_reason(const struct record *record, const struct instalment *instalment,
                              int64_t business_ms);

/* Whom to contact (policy.md): a platform by its token, the programme for anything unknown. */
const char *contact_of_platform(const char *platform);
const char *contact_of_programme(void);

/* When the machine looks at it again by itself, for who waits for a retry, a doubt or a limit; 0:
 * nothing of the kind, or at once. */
int64_t instalment_next_ms(const struct record *record, const struct instalment *instalment,
                           int64_t business_ms);

#endif
