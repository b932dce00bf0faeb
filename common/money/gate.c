#include "money/gate.h"

#include <stddef.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS (1440 * MINUTE_MS)
#define WIB_MS (7 * 60 * MINUTE_MS)
#define BAD_TO_OPEN 5 /* calls in a row without an answer, unless the terms say otherwise */
#define REFUSED_TO_OPEN 3 /* one of them may be about one transfer's bank */
#define PARKED_MS INT64_C(5000) /* what people have stopped looks again after this, */
#define PARKED_STEP_MS 5        /* one after the other */

/* How long a breaker stays open the first time, and at most. */
static const struct {
    int64_t first_ms, most_ms;
    int32_t bad; /* so many in a row open it */
    enum reason reason;
    const char *name;
} saids[] = {
    [GATE_SAID_WELL] = { 0, 0, 0, REASON_NONE, "well" },
    [GATE_SAID_NOTHING] = { 5000, 5 * MINUTE_MS, BAD_TO_OPEN, REASON_PARTNER_UNAVAILABLE,
                            "no-answer" },
    [GATE_SAID_NO] = { MINUTE_MS, 60 * MINUTE_MS, REFUSED_TO_OPEN,
                       REASON_PARTNER_UNAVAILABLE, "refused" },
    [GATE_SAID_FUNDS] = { 5000, 15 * MINUTE_MS, 1, REASON_PROGRAMME_FUNDS, "no-funds" },
    [GATE_SAID_CLOSED] = { 5000, 30 * MINUTE_MS, 1, REASON_CUT_OFF, "outside-hours" },
};

const char *gate_said_name(enum gate_said said)
{
    return saids[said].name;
}

const char *gate_state_name(enum breaker state)
{
    static const char *const names[] = { "CLOSED", "OPEN", "HALF_OPEN" };
    return names[state];
}

void gate_open(struct gate *g, const struct gate_terms terms[PARTNER_COUNT])
{
    *g = (struct gate){ .owned = 1, .total = 1, .kill_order = -1 };
    for (int p = 0; p < PARTNER_COUNT; p++)
        g->partners[p] = (struct gate_partner){
            .terms = terms[p], .allowance = -1, .order = -1,
            .paused = terms[p].canary || terms[p].rate == 0,
        };
}

void gate_share(struct gate *g, int32_t owned, int32_t total)
{
    g->owned = owned;
    g->total = total > 0 ? total : 1;
}

int64_t gate_part(int64_t number, int32_t bucket, int32_t total)
{
    return number / total + (bucket < number % total);
}

static double share_of(const struct gate *g, int32_t number)
{
    return (double)number * g->owned / g->total;
}

static int32_t room(const struct gate *g, const struct gate_partner *p)
{
    int32_t most = (int32_t)share_of(g, p->terms.concurrency);

    return (most > 0 ? most : 1) - p->inside;
}

/* A second's worth may come at once. */
static void fill(const struct gate *g, struct gate_partner *p, int64_t boot_ms)
{
    double rate = share_of(g, p->terms.rate), most = rate > 1 ? rate : 1;

    p->tokens += rate * (double)(boot_ms - p->filled_ms) / 1000;
    if (p->tokens > most || p->filled_ms == 0)
        p->tokens = most;
    p->filled_ms = boot_ms;
}

/* A turn of its own, at the end of those who wait. */
static enum gate_answer later(struct gate_partner *p, int64_t boot_ms, int64_t least_ms,
                              double step_ms, int64_t *wait_ms)
{
    double at = p->next_ms + step_ms, least = (double)(boot_ms + least_ms);

    p->next_ms = at < least ? least : at;
    *wait_ms = (int64_t)p->next_ms - boot_ms;
    return GATE_LATER;
}

static double pace_ms(const struct gate *g, const struct gate_partner *p)
{
    double rate = share_of(g, p->terms.rate);

    return rate > 0 ? 1000 / rate : 1000;
}

/* When the window opens next; business_ms when it is open. */
static int64_t window_opens_ms(const struct gate_terms *t, int64_t business_ms)
{
    int64_t day_ms = (business_ms + WIB_MS) % DAY_MS, start_ms = business_ms - day_ms;
    int64_t from = t->window_from * MINUTE_MS, to = t->window_to * MINUTE_MS;
    bool open = from == to || (from < to ? day_ms >= from && day_ms < to
                                         : day_ms >= from || day_ms < to);

    if (open)
        return business_ms;
    return day_ms < from ? start_ms + from : start_ms + DAY_MS + from;
}

bool gate_may_send(const struct gate *g, enum partner partner)
{
    const struct gate_partner *p = &g->partners[partner];

    return g->known && !g->killed && !p->paused;
}

enum gate_answer gate_park(struct gate *g, enum partner partner, int64_t boot_ms, int64_t *wait_ms)
{
    return later(&g->partners[partner], boot_ms, PARKED_MS, PARKED_STEP_MS, wait_ms);
}

enum gate_answer gate_enter(struct gate *g, enum partner partner, enum gate_work work,
                            int64_t boot_ms, int64_t business_ms, int64_t *wait_ms)
{
    struct gate_partner *p = &g->partners[partner];

    if (work == GATE_PAY) {
        int64_t opens_ms = window_opens_ms(&p->terms, business_ms);
        if (opens_ms > business_ms) {
            *wait_ms = opens_ms;
            return GATE_AT;
        }
        if (!gate_may_send(g, partner))
            return gate_park(g, partner, boot_ms, wait_ms);
    }
    if (p->state == BREAKER_OPEN && business_ms >= p->opens_ms)
        p->state = BREAKER_HALF_OPEN;
    if (p->state == BREAKER_OPEN && work == GATE_PAY)
        return GATE_SHUT;
    if (p->state == BREAKER_HALF_OPEN && p->probing && work == GATE_PAY)
        return later(p, boot_ms, 1000, pace_ms(g, p), wait_ms);
    fill(g, p, boot_ms);
    if (room(g, p) <= 0 || p->tokens < 1)
        return later(p, boot_ms, 50, pace_ms(g, p), wait_ms);
    p->tokens -= 1;
    p->inside++;
    p->probing |= p->state == BREAKER_HALF_OPEN && work == GATE_PAY;
    return GATE_IN;
}

bool gate_probes(const struct gate *g, enum partner partner)
{
    return g->partners[partner].state == BREAKER_HALF_OPEN && g->partners[partner].probing;
}

void gate_leave(struct gate *g, enum partner partner, bool probe)
{
    struct gate_partner *p = &g->partners[partner];

    p->inside--;
    if (probe || p->inside == 0)
        p->probing = false; /* perhaps it has called nobody */
}

static void shut(struct gate_partner *p, bool payment, enum gate_said said, int64_t business_ms)
{
    bool again = p->state != BREAKER_CLOSED && p->why == said;
    int64_t pause = again ? 2 * p->pause_ms : saids[said].first_ms;

    p->pause_ms = pause < saids[said].most_ms ? pause : saids[said].most_ms;
    p->opens_ms = business_ms + p->pause_ms;
    p->state = BREAKER_OPEN;
    p->why = said;
    p->by_payment = payment;
    p->probing = false;
}

enum reason gate_why(const struct gate *g, enum partner partner)
{
    return saids[g->partners[partner].why].reason;
}

bool gate_said(struct gate *g, enum partner partner, bool payment, enum gate_said said,
               int64_t business_ms)
{
    struct gate_partner *p = &g->partners[partner];
    enum breaker was = p->state;

    if (said == GATE_SAID_WELL) {
        p->bad[payment] = 0;
        if (p->by_payment && !payment)
            return false;
        p->state = BREAKER_CLOSED;
        p->by_payment = false;
        p->probing = false;
        return was != BREAKER_CLOSED;
    }
    p->bad[payment]++;
    int32_t most = said == GATE_SAID_NOTHING && p->terms.breaker > 0 ? p->terms.breaker
                                                                     : saids[said].bad;
    if (was == BREAKER_OPEN || (was == BREAKER_CLOSED && p->bad[payment] < most))
        return false;
    shut(p, payment, said, business_ms);
    return was == BREAKER_CLOSED;
}

void gate_word(struct gate *g, enum partner partner, bool paused, int32_t allowance, int64_t order)
{
    if (partner == PARTNER_COUNT) {
        if (order > g->kill_order)
            g->killed = paused;
        g->kill_order = order > g->kill_order ? order : g->kill_order;
        return;
    }
    struct gate_partner *p = &g->partners[partner];
    if (order <= p->order)
        return;
    p->order = order;
    p->paused = paused || p->terms.rate == 0; /* no section: nothing goes that way */
    p->allowance = allowance;
}
