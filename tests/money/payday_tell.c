/* What banks and operators tell in a test. */
#include <stdio.h>

#include "base/str.h"
#include "payday.h"

const char *payday_ref(int number, int which)
{
    static char ref[24];

    if (number == 1)
        (void)snprintf(ref, sizeof ref, "acc-%d", which);
    else
        (void)snprintf(ref, sizeof ref, "acc-%d.%d", which, number);
    return ref;
}

void payday_return(struct payday *p, const struct transfer_succeeded *paid, enum reason reason)
{
    struct transfer_returned e = { .attempt = paid->attempt, .partner = paid->partner,
                                   .amount_idr = paid->amount_idr, .reason = (int32_t)reason,
                                   .returned_at_ms = people_now_ms };

    str_copy(e.participant_id, sizeof e.participant_id, paid->participant_id);
    str_copy(e.instalment_id, sizeof e.instalment_id, paid->instalment_id);
    str_copy(e.reference, sizeof e.reference, paid->reference);
    (void)world_tell(&p->w, EVENT_TRANSFER_RETURNED, &e);
}

void payday_word(struct payday *p, const char *target, bool paused, int32_t allowance)
{
    struct payment_control e = { .paused = paused, .allowance = allowance, .said_by = "operator" };

    e.said_at_ms = people_now_ms + ++p->words;
    str_copy(e.target, sizeof e.target, target);
    (void)world_tell(&p->w, EVENT_PAYMENT_CONTROL, &e);
}
