#include "policy/instalment.h"

#include <assert.h>

#define GO(state) { MOVE_GO, INST_##state }
#define STALE     { MOVE_STALE, INST_NONE }
#define NEVER     { MOVE_IMPOSSIBLE, INST_NONE }

static const struct step table[INST_STATE_COUNT][TRIGGER_COUNT] = {
    [INST_NONE] = {
        [TRIGGER_SCHEDULE] = GO(READY),
        [TRIGGER_CLAIM] = NEVER,   [TRIGGER_CONFIRM] = NEVER, [TRIGGER_GIVE_UP] = NEVER,
        [TRIGGER_SUCCEED] = NEVER, [TRIGGER_FAIL] = NEVER,
        [TRIGGER_RETRY] = STALE,   [TRIGGER_HOLD] = STALE,    [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = NEVER,
        [TRIGGER_PUT_BACK] = STALE,
        /* Redis was lost: the ledger comes before the facts. */
        [TRIGGER_BOOKED_INTENT] = GO(SENDING), [TRIGGER_BOOKED_SUCCESS] = GO(PAID),
        [TRIGGER_BOOKED_FAILURE] = GO(FAILED), [TRIGGER_BOOKED_CANCEL] = GO(READY),
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_READY] = {
        [TRIGGER_SCHEDULE] = STALE,
        [TRIGGER_CLAIM] = GO(CLAIMED),
        [TRIGGER_CONFIRM] = STALE, [TRIGGER_GIVE_UP] = STALE, /* given up by a successor */
        [TRIGGER_SUCCEED] = NEVER, [TRIGGER_FAIL] = NEVER,
        [TRIGGER_RETRY] = STALE,   [TRIGGER_HOLD] = STALE,    [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = NEVER,
        [TRIGGER_PUT_BACK] = STALE,
        [TRIGGER_BOOKED_INTENT] = GO(SENDING), [TRIGGER_BOOKED_SUCCESS] = GO(PAID),
        [TRIGGER_BOOKED_FAILURE] = GO(FAILED), [TRIGGER_BOOKED_CANCEL] = GO(READY),
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_CLAIMED] = {
        [TRIGGER_SCHEDULE] = STALE,
        [TRIGGER_CLAIM] = GO(CLAIMED), /* taken over from a dead owner */
        [TRIGGER_CONFIRM] = GO(SENDING), [TRIGGER_GIVE_UP] = GO(READY),
        [TRIGGER_SUCCEED] = NEVER, [TRIGGER_FAIL] = NEVER,
        [TRIGGER_RETRY] = STALE,   [TRIGGER_HOLD] = STALE,    [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = NEVER,
        [TRIGGER_PUT_BACK] = STALE,
        [TRIGGER_BOOKED_INTENT] = GO(SENDING), [TRIGGER_BOOKED_SUCCESS] = GO(PAID),
        [TRIGGER_BOOKED_FAILURE] = GO(FAILED), [TRIGGER_BOOKED_CANCEL] = GO(READY),
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_SENDING] = {
        [TRIGGER_SCHEDULE] = STALE,
        [TRIGGER_CLAIM] = STALE,         /* asked about, not claimed again (R13) */
        [TRIGGER_CONFIRM] = GO(SENDING), /* the same reference once more, after not found twice */
        [TRIGGER_GIVE_UP] = GO(READY),
        [TRIGGER_SUCCEED] = GO(PAID),  [TRIGGER_FAIL] = GO(FAILED),
        [TRIGGER_RETRY] = STALE,       [TRIGGER_HOLD] = STALE, /* too late: the partner has it */
        [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = GO(FAILED), /* the return overtook our own learning of the success */
        [TRIGGER_PUT_BACK] = STALE,
        [TRIGGER_BOOKED_INTENT] = GO(SENDING), [TRIGGER_BOOKED_SUCCESS] = GO(PAID),
        [TRIGGER_BOOKED_FAILURE] = GO(FAILED), [TRIGGER_BOOKED_CANCEL] = GO(READY),
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_FAILED] = {
        [TRIGGER_SCHEDULE] = STALE, [TRIGGER_CLAIM] = STALE, [TRIGGER_CONFIRM] = STALE,
        [TRIGGER_GIVE_UP] = STALE,
        [TRIGGER_SUCCEED] = NEVER, /* a late success after FAILED: never overwritten */
        [TRIGGER_FAIL] = STALE,
        [TRIGGER_RETRY] = GO(READY), [TRIGGER_HOLD] = GO(READY), [TRIGGER_CASE] = GO(CASE),
        [TRIGGER_RETURN] = STALE,
        [TRIGGER_PUT_BACK] = GO(READY), /* and its verdict, on its way, is late */
        [TRIGGER_BOOKED_INTENT] = STALE, [TRIGGER_BOOKED_SUCCESS] = GO(PAID),
        [TRIGGER_BOOKED_FAILURE] = STALE, [TRIGGER_BOOKED_CANCEL] = STALE,
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_PAID] = {
        [TRIGGER_SCHEDULE] = STALE, [TRIGGER_CLAIM] = STALE, [TRIGGER_CONFIRM] = STALE,
        [TRIGGER_GIVE_UP] = STALE,  [TRIGGER_SUCCEED] = STALE,
        [TRIGGER_FAIL] = NEVER, /* paid and failed: a person must look */
        [TRIGGER_RETRY] = STALE, [TRIGGER_HOLD] = STALE, [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = GO(FAILED), /* R17 */
        [TRIGGER_PUT_BACK] = STALE,
        [TRIGGER_BOOKED_INTENT] = STALE,  [TRIGGER_BOOKED_SUCCESS] = STALE,
        [TRIGGER_BOOKED_FAILURE] = STALE, [TRIGGER_BOOKED_CANCEL] = STALE,
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
    [INST_CASE] = {
        [TRIGGER_SCHEDULE] = STALE, [TRIGGER_CLAIM] = STALE, [TRIGGER_CONFIRM] = STALE,
        [TRIGGER_GIVE_UP] = STALE,
        [TRIGGER_SUCCEED] = NEVER, /* a late success: an alarm and the case's person */
        [TRIGGER_FAIL] = STALE,
        [TRIGGER_RETRY] = STALE, [TRIGGER_HOLD] = STALE, [TRIGGER_CASE] = STALE,
        [TRIGGER_RETURN] = STALE,
        [TRIGGER_PUT_BACK] = GO(READY),
        [TRIGGER_BOOKED_INTENT] = STALE,  [TRIGGER_BOOKED_SUCCESS] = STALE,
        [TRIGGER_BOOKED_FAILURE] = STALE, [TRIGGER_BOOKED_CANCEL] = STALE,
        [TRIGGER_BOOKED_RETURN] = GO(FAILED),
    },
};

struct step instalment_step(enum inst_state state, enum trigger trigger)
{
    assert(state < INST_STATE_COUNT);
    assert(trigger < TRIGGER_COUNT);

    struct step step = table[state][trigger];
    assert(step.move != MOVE_UNSET);
    if (step.move != MOVE_GO)
        step.next = state;
    return step;
}

const char *inst_state_name(enum inst_state state)
{
    static const char *const names[] = {
        [INST_NONE] = "NONE",       [INST_READY] = "READY",   [INST_CLAIMED] = "CLAIMED",
        [INST_SENDING] = "SENDING", [INST_FAILED] = "FAILED", [INST_PAID] = "PAID",
        [INST_CASE] = "CASE",
    };
    _Static_assert(sizeof names / sizeof names[0] == INST_STATE_COUNT, "one name per state");
    assert(state < INST_STATE_COUNT);
    return names[state];
}

static const struct {
    const char *name, *text;
} triggers[] = {
#define X(name, text) { #name, text },
    FOREACH_TRIGGER(X)
#undef X
};

const char *trigger_name(enum trigger trigger)
{
    return triggers[trigger].name;
}

const char *trigger_text(enum trigger trigger)
{
    return triggers[trigger].text;
}

const struct shown_row *shown_row(enum shown shown)
{
    static const struct shown_row rows[] = {
#define X(name, id, en) { #name, id, en },
        FOREACH_SHOWN(X)
#undef X
    };
    assert(shown < SHOWN_COUNT);
    return &rows[shown];
}

static enum shown shown_ready(const struct record *r, const struct instalment *i, int64_t now_ms)
{
    if (record_hold(r).reason != REASON_NONE)
        return SHOWN_HELD;
    if (now_ms < i->not_before_ms && reason_row(i->why)->cls == CLASS_TIMED)
        return SHOWN_HELD;
    if (i->doubts > 0)
        return SHOWN_DOUBTFUL;
    return i->why != REASON_NONE ? SHOWN_RETRYING : SHOWN_SCHEDULED;
}

enum shown instalment_shown(const struct record *r, const struct instalment *i, int64_t now_ms)
{
    bool dead = record_is_deactivated(r);

    switch (i->state) {
    case INST_PAID: return dead ? SHOWN_CLAWBACK : SHOWN_PAID;
    case INST_SENDING: return i->why == REASON_PARTNER_TIMEOUT ? SHOWN_UNKNOWN : SHOWN_SENDING;
    case INST_CLAIMED: return dead ? SHOWN_CANCELLED : SHOWN_SENDING;
    case INST_READY: return dead ? SHOWN_CANCELLED : shown_ready(r, i, now_ms);
    case INST_FAILED:
        if (dead)
            return SHOWN_CANCELLED;
        return instalment_is_returned(i) ? SHOWN_RETURNED : SHOWN_RETRYING;
    case INST_CASE: return dead ? SHOWN_CANCELLED : SHOWN_FAILED;
    case INST_NONE:
    case INST_STATE_COUNT: break;
    }
    return SHOWN_UNSCHEDULED;
}
