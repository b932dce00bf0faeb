/*
 * retry-worker: one verdict per failure, by the table of reasons alone (R13-R16; docs/decisions.md
 * D13).  Keeps no state: the same failure always gets the same verdict under the same id.
 */
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "policy/money.h"
#include "worker/ids.h"
#include "worker/worker.h"

static void retry(struct decision *d, const struct transfer_failed *f, const char *failure_id,
                  int64_t not_before_ms)
{
    struct transfer_retry e = { .attempt = f->attempt, .stage = f->stage, .reason = f->reason,
                                .not_before_ms = not_before_ms };
    char id[ID_SIZE];

    str_copy(e.participant_id, sizeof e.participant_id, f->participant_id);
    str_copy(e.instalment_id, sizeof e.instalment_id, f->instalment_id);
    str_copy(e.failure_id, sizeof e.failure_id, failure_id);
    id_answer(decision_environment(d), "transfer-retry", failure_id, id);
    decision_emit(d, EVENT_TRANSFER_RETRY, &e, id);
}

static void hold(struct decision *d, const struct transfer_failed *f, const char *failure_id,
                 int64_t not_before_ms)
{
    struct incentive_held e = { .attempt = f->attempt, .stage = f->stage, .reason = f->reason,
                                .not_before_ms = not_before_ms };
    char id[ID_SIZE];

    str_copy(e.participant_id, sizeof e.participant_id, f->participant_id);
    str_copy(e.instalment_id, sizeof e.instalment_id, f->instalment_id);
    str_copy(e.failure_id, sizeof e.failure_id, failure_id);
    str_copy(e.account_ref, sizeof e.account_ref, f->account_ref);
    id_answer(decision_environment(d), "incentive-held", failure_id, id);
    decision_emit(d, EVENT_INCENTIVE_HELD, &e, id);
}

static void open_case(struct decision *d, const struct transfer_failed *f, const char *failure_id)
{
    struct case_opened e = { .attempt = f->attempt, .stage = f->stage, .reason = f->reason,
                             .amount_idr = f->amount_idr, .opened_at_ms = f->claimed_at_ms };
    char id[ID_SIZE];

    str_copy(e.participant_id, sizeof e.participant_id, f->participant_id);
    str_copy(e.instalment_id, sizeof e.instalment_id, f->instalment_id);
    /* One case per instalment (R19): whatever opens it again joins it. */
    id_answer(decision_environment(d), "case", f->instalment_id, e.case_id);
    str_copy(e.failure_id, sizeof e.failure_id, failure_id);
    str_copy(e.raw_code, sizeof e.raw_code, f->raw_code);
    id_answer(decision_environment(d), "case-opened", failure_id, id);
    decision_emit(d, EVENT_CASE_OPENED, &e, id);
}

static const char *decide_failed(struct decision *d, const void *event)
{
    const struct transfer_failed *f = event;
    struct verdict v = verdict_for((enum stage)f->stage, (enum reason)f->reason, f->attempt,
                                   f->claimed_at_ms,
                                   hash_fnv1a(f->instalment_id, strlen(f->instalment_id)));
    char failure_id[ID_SIZE];

    id_failure(decision_environment(d), f, failure_id);
    if (v.kind == VERDICT_RETRY)
        retry(d, f, failure_id, v.not_before_ms);
    if (v.kind == VERDICT_HOLD)
        hold(d, f, failure_id, v.not_before_ms);
    if (v.kind == VERDICT_CASE || v.case_beside)
        open_case(d, f, failure_id);
    return NULL;
}

static const struct route routes[] = {
    { EVENT_TRANSFER_FAILED, ROUTE_STATELESS, decide_failed },
};

int main(int argc, char **argv)
{
    return worker_main(argc, argv, &(struct worker_spec){
        .name = "retry-worker",
        .summary = "Gives every failed transfer its verdict: retry, hold or case.",
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    });
}
