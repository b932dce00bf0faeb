#include "worker/ids.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "policy/money.h"
#include "policy/scheme.h"
#include "seal/seal.h"

_Static_assert(SEAL_ID_SIZE + 1 == ID_SIZE && SEAL_ID_SIZE == INSTALMENT_ID_MAX, "one size of ids");
_Static_assert(ENVIRONMENT_MAX + SEAL_ID_SIZE + 6 <= REFERENCE_MAX, "a reference fits");

static const char *number_text(int64_t value, char out[24])
{
    (void)snprintf(out, 24, "%" PRId64, value);
    return out;
}

void id_instalment(const char *environment, const struct record *r, const struct instalment *i,
                   char out[ID_SIZE])
{
    char number[24];
    SEAL_ID(out, environment, "instalment", r->id, r->scheme, payment_kind_name(i->kind),
            number_text(i->number, number));
}

void id_reference(const char *environment, const char *instalment_id, int32_t attempt,
                  char out[REFERENCE_MAX + 1])
{
    assert(attempt > 0 && attempt < 1000000);
    (void)snprintf(out, REFERENCE_MAX + 1, "%.20s%.4s%02" PRId32, instalment_id, environment,
                   attempt);
}

bool id_reference_parse(const char *environment, const char *reference,
                        char instalment_id[ID_SIZE], int32_t *attempt)
{
    size_t fixed = SEAL_ID_SIZE + strlen(environment);
    char again[REFERENCE_MAX + 1];
    int64_t number;

    if (strlen(reference) <= fixed ||
        strspn(reference, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") < SEAL_ID_SIZE ||
        !str_to_int64(reference + fixed, 1, 999999, &number))
        return false;
    memcpy(instalment_id, reference, SEAL_ID_SIZE);
    instalment_id[SEAL_ID_SIZE] = '\0';
    *attempt = (int32_t)number;
    id_reference(environment, instalment_id, *attempt, again);
    return strcmp(again, reference) == 0; /* the environment, and zeros as we write them */
}

void id_returned(const char *environment, const struct transfer_returned *e, char out[ID_SIZE])
{
    char at[24];

    SEAL_ID(out, environment, "transfer-returned", e->reference, number_text(e->returned_at_ms, at),
            reason_row((enum reason)e->reason)->name, e->raw_code);
}

void id_failure(const char *environment, const struct transfer_failed *f, char out[ID_SIZE])
{
    char attempt[24], at[24];

    (void)number_text(f->attempt, attempt);
    if (f->stage == STAGE_TRANSFER)
        SEAL_ID(out, environment, "transfer-failed", f->instalment_id, attempt,
                reason_row((enum reason)f->reason)->name);
    else
        SEAL_ID(out, environment, "check-failed", f->instalment_id, attempt,
                reason_row((enum reason)f->reason)->name, f->account_ref,
                number_text(f->claimed_at_ms, at));
}

void id_answer(const char *environment, const char *kind, const char *failure_id, char out[ID_SIZE])
{
    SEAL_ID(out, environment, kind, failure_id);
}

void id_action(const char *environment, const struct operator_audit *a, char out[ID_SIZE])
{
    char at[24];

    SEAL_ID(out, environment, "operator-action", a->command, a->said_by, a->approved_by, a->filter,
            a->note, number_text(a->said_at_ms, at));
}

void id_reprocessed(const char *environment, const struct incentive_reprocessed *e,
                    char out[ID_SIZE])
{
    char attempt[24], at[24];

    SEAL_ID(out, environment, "incentive-reprocessed", e->instalment_id,
            number_text(e->attempt, attempt), reason_row((enum reason)e->reason)->name,
            e->account_ref, number_text(e->failed_at_ms, at), e->action_id);
}

void failed_event(const char *environment, const struct record *r, const struct instalment *i,
                  struct transfer_failed *e)
{
    *e = (struct transfer_failed){
        .attempt = i->attempt,
        .stage = i->bare ? STAGE_INQUIRY : STAGE_TRANSFER,
        .reason = (int32_t)i->why,
        .partner = (int32_t)i->partner,
        .amount_idr = i->amount_idr,
        .claimed_at_ms = mark_of_failure(i).at_ms,
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    id_reference(environment, e->instalment_id, i->attempt, e->reference);
    str_copy(e->raw_code, sizeof e->raw_code, i->raw_code);
    str_copy(e->account_ref, sizeof e->account_ref, i->account_ref);
}

static void check_failed(const char *environment, const struct record *r,
                         const struct instalment *i, const struct mark *mark,
                         struct transfer_failed *e)
{
    *e = (struct transfer_failed){
        .attempt = i->attempt,
        .stage = i->doubts >= DOUBTS_TO_HOLD ? STAGE_INQUIRY : STAGE_CHECK,
        .reason = (int32_t)mark->reason,
        .partner = PARTNER_COUNT,
        .amount_idr = i->amount_idr,
        .claimed_at_ms = mark->at_ms,
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    str_copy(e->account_ref, sizeof e->account_ref, mark->account_ref);
}

static void scheduled(const char *environment, const struct record *r, const struct instalment *i,
                      struct incentive_scheduled *e)
{
    *e = (struct incentive_scheduled){
        .kind = (int32_t)i->kind,
        .number = i->number,
        .amount_idr = i->amount_idr,
        .scheduled_at_ms = r->scheduled_at_ms,
        .due_at_ms = i->due_at_ms,
        .promised_at_ms = i->promised_at_ms,
        .provisional = i->provisional,
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    str_copy(e->scheme, sizeof e->scheme, r->scheme);
    str_copy(e->calendar_version, sizeof e->calendar_version, r->calendar_version);
    str_copy(e->policy_version, sizeof e->policy_version, r->policy_version);
}

static void cancelled(const char *environment, const struct record *r, const struct instalment *i,
                      enum cancel_stage stage, struct incentive_cancelled *e)
{
    *e = (struct incentive_cancelled){
        .stage = (int32_t)stage, .reason = REASON_DUPLICATE_AID, .amount_idr = i->amount_idr
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    str_copy(e->rule, sizeof e->rule, "R4");
}

static void succeeded(const char *environment, const struct record *r, const struct instalment *i,
                      struct transfer_succeeded *e)
{
    *e = (struct transfer_succeeded){
        .attempt = i->attempt,
        .partner = (int32_t)i->partner,
        .amount_idr = i->amount_idr,
        .claimed_at_ms = i->claimed_at_ms,
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    id_reference(environment, e->instalment_id, i->attempt, e->reference);
    str_copy(e->account_ref, sizeof e->account_ref, i->account_ref[0] ? i->account_ref : "-");
}

static void released(const char *environment, const struct record *r, const struct instalment *i,
                     const struct mark *mark, struct incentive_released *e, char id[ID_SIZE])
{
    char attempt[24], since[24];

    *e = (struct incentive_released){
        .attempt = i->attempt, .reason = (int32_t)mark->reason, .held_since_ms = mark->at_ms
    };
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    id_instalment(environment, r, i, e->instalment_id);
    str_copy(e->account_ref, sizeof e->account_ref, mark->account_ref);
    SEAL_ID(id, environment, "incentive-released", e->instalment_id,
            number_text(i->attempt, attempt), reason_row(mark->reason)->name, mark->account_ref,
            number_text(mark->at_ms, since));
}

static void account_used(const struct record *r, const struct account *account,
                         struct account_used *e)
{
    *e = (struct account_used){ 0 };
    str_copy(e->account_ref, sizeof e->account_ref, account->ref);
    str_copy(e->participant_id, sizeof e->participant_id, r->id);
    str_copy(e->scheme, sizeof e->scheme, r->scheme);
}

enum event_type emission_to_event(const char *environment, const struct record *r,
                                  const struct emission *m, union event_any *event,
                                  char id[ID_SIZE])
{
    const struct instalment *i = &r->instalments[m->index];
    char attempt[24];

    switch (m->kind) {
    case EMISSION_SCHEDULED:
        scheduled(environment, r, i, &event->incentive_scheduled);
        SEAL_ID(id, environment, "incentive-scheduled", event->incentive_scheduled.instalment_id);
        return EVENT_INCENTIVE_SCHEDULED;
    case EMISSION_RELEASED:
        released(environment, r, i, &m->mark, &event->incentive_released, id);
        return EVENT_INCENTIVE_RELEASED;
    case EMISSION_CANCEL_REQUESTED:
    case EMISSION_CANCELLED: {
        bool asked = m->kind == EMISSION_CANCEL_REQUESTED;
        cancelled(environment, r, i, asked ? CANCEL_REQUESTED : CANCEL_CONFIRMED,
                  &event->incentive_cancelled);
        SEAL_ID(id, environment, asked ? "cancel-requested" : "cancelled",
                event->incentive_cancelled.instalment_id);
        return EVENT_INCENTIVE_CANCELLED;
    }
    case EMISSION_SUCCEEDED:
        succeeded(environment, r, i, &event->transfer_succeeded);
        SEAL_ID(id, environment, "transfer-succeeded", event->transfer_succeeded.instalment_id,
                number_text(i->attempt, attempt));
        return EVENT_TRANSFER_SUCCEEDED;
    case EMISSION_FAILED:
        failed_event(environment, r, i, &event->transfer_failed);
        id_failure(environment, &event->transfer_failed, id);
        return EVENT_TRANSFER_FAILED;
    case EMISSION_CHECK_FAILED:
        check_failed(environment, r, i, &m->mark, &event->transfer_failed);
        id_failure(environment, &event->transfer_failed, id);
        return EVENT_TRANSFER_FAILED;
    case EMISSION_ACCOUNT_USED:
        account_used(r, &r->accounts[m->index], &event->account_used);
        SEAL_ID(id, environment, "account-used", r->id, event->account_used.account_ref);
        return EVENT_ACCOUNT_USED;
    case EMISSION_COUNT: break;
    }
    assert(!"an emission without an event");
    return EVENT_COUNT;
}
