/* Money as an extension of the shell: restore, due timers, operations. */
#include "money/money.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "money/op.h"

#define DUE_IDLE_MS 250
#define DUE_BUSY_MS 20
#define LOOK_MS 100
#define JUMP_MS 5000 /* wire against boot clock: more than drift and slewing make */

const struct fact_topic fact_topics[FACTS_MAX] = {
    { "enrolment-worker", "participant-enrolled" },
    { "completion-worker", "training-completed" },
    { "rating-worker", "rating-submitted" },
    { "eligibility-worker", "account-linked" },
    { "eligibility-worker", "eligibility-checked" },
};

/* ---------------------------------------------------------------- life */
static void money_close(void *self)
{
    struct money *m = self;

    ops_close(m);
    timers_close(m);
    partners_close(m);
    for (int32_t b = 0; b < m->shell->partitions; b++)
        free(m->shell->buckets[b].extra);
    free(m);
}

static void *money_open(struct shell *shell, const struct conf *conf, struct err *err)
{
    struct money *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    m->shell = shell;
    m->shadow = strcmp(conf_text(conf, "INSENTIF_PAY"), "shadow") == 0;
    m->paying = m->shadow || strcmp(conf_text(conf, "INSENTIF_PAY"), "on") == 0;
    m->lease_ms = conf_int(conf, "INSENTIF_LEASE");
    m->unknown_age_ms = conf_int(conf, "INSENTIF_UNKNOWN_AGE");
    ledger_lease_set(m->lease_ms);
    m->clock_base_ms = clock_wire_ms() - clock_boot_ms();
    m->sent = metric_counter("insentif_payments_sent_total", NULL, "Payments sent to partners");
    m->paid = metric_counter("insentif_payments_paid_total", NULL, "Payments that succeeded");
    m->failed = metric_counter("insentif_payments_failed_total", NULL, "Final failures");
    m->unknown = metric_counter("insentif_payments_unknown_total", NULL, "Answers not learned");
    m->given_up = metric_counter("insentif_payments_given_up_total", NULL,
                                 "Attempts cancelled before the send");
    m->doubts = metric_counter("insentif_inquiries_negative_total", NULL, "Negative inquiries");
    m->concerns = metric_counter("insentif_payments_concerns_total", NULL,
                                 "Cases opened beside payments that go on");
    m->shadowed = metric_counter("insentif_payments_shadowed_total", NULL,
                                 "Payments that would have been begun, INSENTIF_PAY=shadow");
    m->deferred = metric_counter("insentif_payments_deferred_total", NULL,
                                 "Times a payment was told to come again later");
    m->known = metric_gauge("insentif_control_known", NULL,
                            "1: every word of payment-control is read and understood; else "
                            "nothing is sent");
    m->under_way = metric_gauge("insentif_payments_under_way", NULL, "Payments being worked on");
    status_open(m);
    balance_open(m);
    budget_open(m);
    ops_open(m);
    timers_open(m);
    if (m->paying && partners_open(m, conf, err) < 0) {
        money_close(m);
        return NULL;
    }
    if (!m->paying)
        LOG(LOG_INFO, EV("pay-off"), F_STR("note", "INSENTIF_PAY=off: no money is sent"));
    return m;
}

static struct money_bucket *inside(struct bucket *bucket)
{
    if (!bucket->extra) {
        bucket->extra = calloc(1, sizeof(struct money_bucket));
        if (!bucket->extra)
            abort();
    }
    return bucket->extra;
}

static void money_gone(void *self, struct bucket *bucket)
{
    struct money *m = self;
    struct money_bucket *mb = inside(bucket);
    int32_t ledger = shell_topic(m->shell, "disbursement-ledger");

    ops_drop(m, bucket);
    if (mb->phase == RESTORE_READ) {
        bus_read_stop(m->shell->bus, ledger, bucket->number);
        for (size_t f = 0; f < FACTS_MAX; f++)
            bus_read_stop(m->shell->bus, shell_topic(m->shell, fact_topics[f].topic),
                          bucket->number);
    }
    mb->phase = RESTORE_START;
    if (mb->counts_state == COUNTS_READ)
        mb->counts_state = COUNTS_UNREAD;
}

/* ---------------------------------------------------------------- restore */
static bool start_reading(struct money *m, struct bucket *bucket, struct money_bucket *mb)
{
    int32_t ledger = shell_topic(m->shell, "disbursement-ledger");
    struct bus_position at = { ledger, bucket->number, bucket->lanes[ledger].position };
    struct err err;
    int rc = bus_read_from(m->shell->bus, &at, &err);

    for (size_t f = 0; f < FACTS_MAX && rc == 0; f++) {
        at = (struct bus_position){ shell_topic(m->shell, fact_topics[f].topic), bucket->number,
                                    BUS_END };
        mb->fact_ends[f] = -1;
        rc = bus_read_from(m->shell->bus, &at, &err);
    }
    if (rc < 0 && err.kind == ERR_FATAL)
        shell_fatal(m->shell, &err);
    mb->ledger_end = -1;
    mb->fact = 0;
    seal_nonce(mb->nonce, sizeof mb->nonce);
    return rc == 0;
}

/*
 * The ledger of this bucket to its end, and the ends of all fact topics as they are now: nothing is
 * paid before the facts are applied up to there (asked with every claim and confirm).
 */
static bool money_restore(void *self, struct bucket *bucket)
{
    struct money *m = self;
    struct money_bucket *mb = inside(bucket);

    if (mb->phase == RESTORE_START && start_reading(m, bucket, mb))
        mb->phase = RESTORE_READ;
    if (mb->phase != RESTORE_READ || mb->ledger_end < 0)
        return false;
    for (size_t f = 0; f < FACTS_MAX; f++)
        if (mb->fact_ends[f] < 0)
            return false;
    const struct lane *lane = &bucket->lanes[shell_topic(m->shell, "disbursement-ledger")];
    if (mb->ledger_end < lane->watermark + 1) { /* what was paid stands nowhere any more */
        struct err err;
        (void)err_set(&err, ERR_FATAL, "disbursement-ledger/%d ends at %lld, %lld were applied: "
                      "it was deleted or cut; restore it from its backup", (int)bucket->number,
                      (long long)mb->ledger_end, (long long)lane->watermark + 1);
        shell_fatal(m->shell, &err);
        return false;
    }
    if (lane->batch || lane->watermark + 1 < mb->ledger_end || !outbox_empty(bucket))
        return false;
    bus_read_stop(m->shell->bus, shell_topic(m->shell, "disbursement-ledger"), bucket->number);
    mb->phase = RESTORE_DONE;
    LOG(LOG_INFO, EV("restored"), F_INT("bucket", bucket->number),
        F_INT("ledger_end", mb->ledger_end));
    return true;
}

static void money_read_end(void *self, const struct bus_position *end)
{
    struct money *m = self;

    if (end->partition < 0 || end->partition >= m->shell->partitions)
        return;
    if (end->topic == shell_topic(m->shell, "payment-control")) {
        control_read_end(m, end->partition);
        return;
    }
    struct money_bucket *mb = inside(&m->shell->buckets[end->partition]);
    if (mb->phase == RESTORE_START)
        return;
    if (end->topic == shell_topic(m->shell, "disbursement-ledger")) {
        mb->ledger_end = end->offset;
        return;
    }
    for (size_t f = 0; f < FACTS_MAX; f++)
        if (end->topic == shell_topic(m->shell, fact_topics[f].topic) && mb->fact_ends[f] < 0) {
            mb->fact_ends[f] = end->offset;
            bus_read_stop(m->shell->bus, end->topic, end->partition);
        }
}

/*
 * Are the facts applied up to the ends that restore saw?  Each claim asks for it again, within its
 * write; without this look every due payment would ask its partner first, in vain, and again.
 */
static bool facts_reached(struct money *m, struct bucket *bucket, struct money_bucket *mb)
{
    if (mb->looking) {
        if (mb->look.status == STORE_WAITING)
            return false;
        bool reached = mb->look_life == bucket->life && mb->look.status == STORE_OK &&
                       mb->look.watermarks[0] + 1 >= mb->fact_ends[mb->fact];
        mb->looking = false;
        mb->fact += reached;
        if (!reached)
            mb->next_look_boot_ms = clock_boot_ms() + LOOK_MS;
        store_call_done(m->shell->store, &mb->look);
    }
    while (mb->fact < FACTS_MAX && mb->fact_ends[mb->fact] == 0)
        mb->fact++;
    if (mb->fact == FACTS_MAX)
        return true;
    if (clock_boot_ms() < mb->next_look_boot_ms)
        return false;
    mb->looking = true;
    mb->look_life = bucket->life;
    store_look(m->shell->store, &mb->look, bucket->number, fact_topics[mb->fact].worker,
               &fact_topics[mb->fact].topic, 1);
    return false;
}

/* ---------------------------------------------------------------- due timers */
static void take_due(struct money *m, struct bucket *bucket, struct money_bucket *mb)
{
    struct store_span span;
    size_t begun = 0;

    bool ok = mb->due.status == STORE_OK && mb->due_life == bucket->life;
    if (ok && (mb->due.number == 1 || !mb->budget_known))
        timers_lost(m, bucket);
    ok &= mb->budget_known; /* else they are taken once its sums are made again */
    for (size_t i = 0; ok && store_item(m->shell->store, &mb->due, i, &span); i++) {
        char member[MEMBER_MAX];
        if (span.size >= sizeof member)
            continue;
        memcpy(member, span.at, span.size);
        member[span.size] = '\0';
        if (op_has(m, bucket, member))
            continue;
        op_begin(m, bucket, member);
        begun++;
    }
    store_call_done(m->shell->store, &mb->due);
    mb->asking = false;
    mb->next_due_boot_ms = clock_boot_ms() + (begun > 0 ? DUE_BUSY_MS : DUE_IDLE_MS);
}

/* How many due timers to ask for: those that are under way stand among them. */
static size_t wanted(const struct money *m, const struct bucket *bucket)
{
    size_t here = 0;

    for (size_t i = 0; i < OPS_MAX; i++)
        here += m->ops[i].state != OP_FREE && m->ops[i].bucket == bucket;
    return here + OPS_MAX - m->active;
}

static void ask_due(struct money *m, struct bucket *bucket, struct money_bucket *mb)
{
    int64_t business_ms;

    if (!m->paying || m->clock_jumped || m->shell->stopping || m->active >= OPS_MAX ||
        !shell_business_ms(m->shell, &business_ms))
        return;
    bool stepped = m->shell->set.rehearsal && business_ms != mb->asked_business_ms;
    if (!stepped && clock_boot_ms() < mb->next_due_boot_ms)
        return;
    mb->asked_business_ms = business_ms;
    mb->asking = true;
    mb->due_life = bucket->life;
    store_due(m->shell->store, &mb->due, bucket->number, m->shell->spec->name, business_ms,
              clock_wire_ms(), wanted(m, bucket));
}

/* Deadlines compare clocks: after a jump of the wall clock nothing new is sent until a restart. */
static void watch_clock(struct money *m)
{
    int64_t off = clock_wire_ms() - clock_boot_ms() - m->clock_base_ms;

    if (m->clock_jumped || (off < JUMP_MS && off > -JUMP_MS))
        return;
    m->clock_jumped = true;
    LOG(LOG_ERROR, EV("clock-jumped"), F_INT("ms", off),
        F_STR("remedy", "set the clock right, restart this worker; no money is sent until then"));
}

static void step_calls(struct money *m)
{
    size_t active = 0;

    if (m->snap)
        snap_step(m->snap);
    for (size_t i = 0; i < OPS_MAX; i++) {
        if (m->shell->fatal.kind == ERR_NONE)
            op_step(m, &m->ops[i]);
        active += m->ops[i].state != OP_FREE;
    }
    if (m->snap)
        snap_step(m->snap); /* what was just begun */
    m->active = active;
    metric_set(m->under_way, (int64_t)active);
}

static void money_step(void *self, struct bucket *bucket)
{
    struct money *m = self;
    struct money_bucket *mb = inside(bucket);

    if (mb->asking && mb->due.status != STORE_WAITING)
        take_due(m, bucket, mb);
    else if (!mb->asking && counts_load(m, bucket) && facts_reached(m, bucket, mb))
        ask_due(m, bucket, mb);
}

/* Rates and calls at once are for all workers together: ours is the part that our buckets are. */
static void share_gate(struct money *m)
{
    int32_t owned = 0;

    for (int32_t b = 0; b < m->shell->partitions; b++)
        owned += m->shell->buckets[b].state == BUCKET_RUN;
    gate_share(&m->gate, owned, m->shell->partitions);
}

/* Once a turn, whatever the buckets do: operations of lost buckets must end too. */
static void money_turn(void *self)
{
    struct money *m = self;

    watch_clock(m);
    share_gate(m);
    if (m->paying) {
        control_step(m);
        status_step(m);
        balance_step(m);
    }
    timers_step(m);
    step_calls(m);
}

static bool money_idle(void *self)
{
    struct money *m = self;

    return m->active == 0 && timers_idle(m);
}

static size_t money_fds(void *self, void *fds, size_t max)
{
    struct money *m = self;

    return m->snap ? snap_fds(m->snap, fds, max) : 0;
}

static int64_t money_wait_ms(void *self)
{
    struct money *m = self;
    int64_t wait = ops_wait_ms(m), snap = m->snap ? snap_wait_ms(m->snap) : -1;

    return snap >= 0 && snap < wait ? snap : wait;
}

const struct worker_extra money_extra = {
    .rows = money_rows,
    .row_count = MONEY_ROWS,
    .open = money_open,
    .restore = money_restore,
    .step = money_step,
    .turn = money_turn,
    .gone = money_gone,
    .read_end = money_read_end,
    .idle = money_idle,
    .fds = money_fds,
    .wait_ms = money_wait_ms,
    .close = money_close,
};
