#ifndef WORKER_IDS_H
#define WORKER_IDS_H

/*
 * Deterministic ids (architecture.md "Wire": hashes of what the event is about) and the events that
 * tell of a record's changes.  Everything is a pure function of environment and record, so that a
 * replay gives the same ids with the same content (I4).
 */
#include <stdbool.h>

#include "events/events.h"
#include "policy/record.h"
#include "policy/settle.h"

#define ENVIRONMENT_MAX 4
#define ID_SIZE 21 /* with the NUL */

/* id of an instalment: environment, participant, scheme, kind, number. */
void id_instalment(const char *environment, const struct record *record,
                   const struct instalment *instalment, char out[ID_SIZE]);

/* The partner's reference: instalment id, environment, attempt; [A-Z0-9], at most 30. */
void id_reference(const char *environment, const char *instalment_id, int32_t attempt,
                  char out[REFERENCE_MAX + 1]);

/* The way back: what id_reference() made in this environment; anything else is false. */
bool id_reference_parse(const char *environment, const char *reference,
                        char instalment_id[ID_SIZE], int32_t *attempt);

/* id of what somebody says of a payment's return (partner-callback, insentif reconcile): the same
 * words have the same id, and about one attempt the first count. */
void id_returned(const char *environment, const struct transfer_returned *event,
                 char out[ID_SIZE]);

/* id of a failure, the same for who announces it and who answers it. */
void id_failure(const char *environment, const struct transfer_failed *failed, char out[ID_SIZE]);

/* id of the verdict or case that answers a failure. */
void id_answer(const char *environment, const char *kind, const char *failure_id,
               char out[ID_SIZE]);

/* id of an operator's action: who said what, and when; not of what it then found. */
void id_action(const char *environment, const struct operator_audit *audit, char out[ID_SIZE]);

/* id of one payment's part in it: the failure it names, and the action. */
void id_reprocessed(const char *environment, const struct incentive_reprocessed *event,
                    char out[ID_SIZE]);

/* Any event struct, for emission_to_event(). */
union event_any {
    struct incentive_scheduled incentive_scheduled;
    struct incentive_released incentive_released;
    struct incentive_cancelled incentive_cancelled;
    struct transfer_succeeded transfer_succeeded;
    struct transfer_failed transfer_failed;
    struct account_used account_used;
};

/* The event that an emission of settle() announces, and its id. `record` is the record after. */
enum event_type emission_to_event(const char *environment, const struct record *record,
                                  const struct emission *emission, union event_any *event,
                                  char id[ID_SIZE]);

/* The transfer-failed event of an instalment in state FAILED (its own attempt). */
void failed_event(const char *environment, const struct record *record,
                  const struct instalment *instalment, struct transfer_failed *out);

#endif
