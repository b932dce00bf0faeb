#ifndef WORKERS_CALLBACK_NOTICE_H
#define WORKERS_CALLBACK_NOTICE_H

/*
 * One notification, as bytes from outside: is it the partner's, what does it say, whom is it about.
 * Pure: no clock, no Kafka, no Redis.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "events/events.h"
#include "policy/domain.h"
#include "snap/sign.h"

#define NOTICE_SKEW_MS INT64_C(300000) /* X-TIMESTAMP may differ from our clock so much */

/* X(name, HTTP status, response code, message). 43 stands for this service. */
#define FOREACH_ANSWER(X)                                                                          \
    X(OK, 200, "2004300", "Successful")                                                            \
    X(BAD, 400, "4004300", "Bad Request")                                                          \
    X(FORMAT, 400, "4004301", "Invalid Field Format")                                              \
    X(MISSING, 400, "4004302", "Invalid Mandatory Field")                                          \
    X(UNAUTHORIZED, 401, "4014300", "Unauthorized")                                                \
    X(NOT_FOUND, 404, "4044301", "Transaction Not Found")                                          \
    X(NO_ROUTE, 404, "4044302", "Invalid Routing")                                                 \
    X(AWAY, 500, "5004300", "General Error")

#define ANSWER_ENUM_(name, http, code, text) ANSWER_##name,
enum answer { FOREACH_ANSWER(ANSWER_ENUM_) ANSWER_COUNT };

struct answer_row {
    int http;
    const char *code, *text;
};
const struct answer_row *answer_row(enum answer answer);

struct notice {
    enum partner partner;
    char status[3];                 /* latestTransactionStatus: two digits */
    struct transfer_returned event; /* all but the participant, who is found by the payment */
    const char *field;              /* the field that FORMAT and MISSING are about, or NULL */
};

/* The partner of "/v1/partners/<name>/notify", PARTNER_COUNT: nobody. False: another path. */
bool notice_route(const char *path, enum partner *partner);

/*
 * Signed by the holder of the key, and now?  key, timestamp, signature NULL: no.  *at_ms is the
 * time said. Which of the checks failed isn't told, to nobody.
 */
bool notice_verify(const struct snap_key *key, const char *path, const char *timestamp,
                   const char *signature, const struct buf *body, int64_t now_ms, int64_t *at_ms);

/*
 * Read a verified body. OK: what it says is in notice; BAD, FORMAT, MISSING: it isn't what a
 * partner may send; NOT_FOUND: its reference is none of this environment's.
 */
enum answer notice_read(const char *environment, enum partner partner, const struct buf *body,
                        int64_t at_ms, struct notice *notice);

/* Money that came back (R17). All else a partner tells is learned by asking for it. */
bool notice_is_return(const struct notice *notice);

/*
 * Take the participant from the payment's history (money/history.c). False: that attempt never went
 * to this partner, so that nobody can say of another's payment that it came back.
 */
bool notice_owner(const void *history, size_t size, struct notice *notice);

#endif
