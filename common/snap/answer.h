#ifndef SNAP_ANSWER_H
#define SNAP_ANSWER_H

/*
 * From what came back to the fields of a call. Pure but for the JSON parser's memory.
 * Refusals first; a success must prove itself: 200, the right service, the partner's reference,
 * and every amount, account and reference that it repeats equal to ours.
 */
#include "snap/service.h"

/* An HTTP answer, whole. Sets class … reference_no of *call; leaves sent, alarm, latency. */
void snap_answer_read(const struct snap_service *service, const struct snap_partner_conf *conf,
                      const struct snap_transfer *transfer, int http, const char *body, size_t size,
                      struct snap_call *call);

/* No whole answer, and why in a few words without personal data. Reads call->sent. */
void snap_answer_missing(const struct snap_service *service, const char *why,
                         struct snap_call *call);

/* No token, so nothing was sent. verdict: what the partner said to the token request. */
void snap_answer_no_token(const struct snap_service *service, const struct snap_verdict *verdict,
                          const char *code, const char *why, struct snap_call *call);

/* Cut at a whole UTF-8 character, control characters as blanks. NULL text is "". */
void snap_copy_message(char out[SNAP_MESSAGE_MAX], const char *text);

#endif
