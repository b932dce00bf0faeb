#ifndef SNAP_CLIENT_H
#define SNAP_CLIENT_H

/* What the files of this room share behind snap.h: partners with their tokens, jobs, the loop. */
#include <curl/curl.h>

#include "base/buf.h"
#include "snap/service.h"
#include "snap/sign.h"

#define SNAP_TEXTS_MAX 32 /* texts of one conf */

/* A bearer token. Times are of the boot clock. */
struct snap_token {
    struct buf text;     /* empty: none */
    int64_t renew_at_ms; /* 80 % of its life */
    int64_t ends_at_ms;
    unsigned generation; /* counts tokens: a refusal drops the token it was about, once */
    bool fetching;
};

struct snap_partner {
    struct snap_partner_conf conf; /* texts are ours */
    char *texts[SNAP_TEXTS_MAX];
    size_t text_count;
    struct snap_key *key; /* NULL: none needed */
    struct snap_token token;
};

enum snap_job_state { SNAP_JOB_FREE, SNAP_JOB_WAITS, SNAP_JOB_ON_WIRE };

/* One operation, or the renewal of a token (call and service NULL). */
struct snap_job {
    struct snap *snap;
    struct snap_partner *partner;
    struct snap_call *call;
    const struct snap_service *service;
    struct snap_transfer transfer;
    enum snap_job_state state;
    CURL *easy; /* kept for the next job */
    struct curl_slist *headers;
    struct buf url, body, answer;
    size_t head_size;
    bool sent;        /* the connection was ready: bytes may have left */
    bool held_back;   /* libcurl would have sent a payment twice */
    bool asked_again; /* a question is repeated once */
    unsigned token_generation;
    int64_t started_ms;  /* of this request */
    int64_t deadline_ms; /* of a payment; INT64_MAX: none */
};

struct snap {
    struct snap_partner partners[SNAP_PARTNERS_MAX];
    size_t partner_count;
    struct snap_job *jobs; /* SNAP_CALLS_MAX, and one more per partner for its token */
    size_t busy;           /* calls, not tokens */
    CURLM *multi;
    int epoll;
    int64_t timer_ms; /* boot clock; -1: none */
    uint32_t counter; /* in X-EXTERNAL-ID */
};

/* conf.c */
MUST_CHECK int snap_partner_open(struct snap_partner *partner,
                                 const struct snap_partner_conf *conf, struct err *err);
void snap_partner_close(struct snap_partner *partner);

/*
 * exchange.c: put a job's request on the wire. -1: it could not be built (err says why), nothing
 * left. token: a renewal.
 */
MUST_CHECK int snap_exchange_start(struct snap_job *job, struct err *err);
void snap_exchange_end(struct snap_job *job); /* off the wire; wipes headers */

/* token.c */
bool snap_token_ready(const struct snap_partner *partner);
void snap_token_fetch(struct snap_job *job); /* for a waiting job: starts a renewal if none is */
void snap_token_fetched(struct snap_job *job, CURLcode result, int http);
void snap_token_drop(struct snap_partner *partner, unsigned generation);

/* snap.c */
void snap_job_go(struct snap_job *job);   /* on the wire, or waiting for the token */
void snap_job_done(struct snap_job *job); /* the call's fields are set */
void snap_job_free(struct snap_job *job);

#endif
