#ifndef WORKERS_INSENTIF_WORDS_H
#define WORKERS_INSENTIF_WORDS_H

/* The words of `insentif explain`, in two languages. Static. */
#include <stdbool.h>
#include <stdint.h>

#include "policy/facts.h"

struct words {
    bool english;
    const char *participant, *scheme, *wave, *now, *nothing;
    const char *conditions, *since, *what, *todo, *actor, *contact, *case_number;
    const char *instalment, *survey, *reason, *due, *promised, *late, *in_time, *provisional, *paid;
    const char *anew, *again;
    const char *attempts;
};

const struct words *words_of(const char *language); /* NULL: not "id" or "en" */

/* A condition of R7, and what happened to a payment ("sent"; unknown words as they are). */
const char *words_condition(const struct words *words, enum condition condition);
const char *words_happening(const struct words *words, const char *what);

/* A reason in Indonesian, for a participant. */
const char *words_shown(enum reason reason);

/* The reason of that name, -1: none. */
int32_t words_reason(const char *name);

#endif
