#ifndef DEPLOY_SIMULATOR_SIM_H
#define DEPLOY_SIMULATOR_SIM_H

/*
 * snap-simulator: a fair payment partner for rehearsals and tests (snap-bi.md "Simulator").
 *
 * It verifies what a real one would (signature over the minified bytes, token, clock, external
 * ids, fields, funds, service hours), books at most once per reference in a ledger that is on the
 * disk before the answer leaves, and misbehaves only where an account's fixture, a switch or a
 * seed says so. One thread; an answer that has to wait suspends its connection and nothing else.
 *
 * The way of a request: http.c → service.c (whose, what) → admit.c (is it really them) →
 * service.c (fields) → inquiry.c or payment.c, met by a fault of account.c or chance.c → answer.c.
 */
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ledger.h"
#include "map.h"
#include "route.h"
#include "snap/sign.h"

#define SIM_TOKENS_MAX 256
#define SIM_ACCOUNT_MAX 35
#define SIM_NAME_MAX 101
#define SIM_FIELD_MAX 32
#define SIM_DEPOSIT_MAX_IDR INT64_C(9000000000000)

struct sim;

/* ---- account.c: how accounts behave ---- */
enum sim_effect {
    SIM_GOOD,
    SIM_REFUSE,       /* refused for good: recorded as failed */
    SIM_TURN_AWAY,    /* an error before anything was recorded */
    SIM_FORGET,       /* the same, and the partner's tokens are gone */
    SIM_SILENT_FIRST, /* no answer, nothing recorded */
    SIM_SILENT_LAST,  /* booked, then no answer */
    SIM_CUT_FIRST,
    SIM_CUT_LAST,
    SIM_ERROR_LAST, /* booked, then an error */
    SIM_LATE,       /* 202, booked param ms later */
    SIM_LATE_FAIL,  /* 202, failed param ms later */
    SIM_LIMBO,      /* cut; not found for param ms, then booked */
    SIM_RETURN,     /* booked, returned param ms later */
    SIM_SLOW,       /* a good answer, param ms later */
    SIM_OTHER_NAME,
    SIM_CODE, /* of a fixture only: whatever its code means */
};

enum sim_when { SIM_AT_INQUIRY = 1, SIM_AT_PAYMENT = 2, SIM_AT_STATUS = 4, SIM_AT_ALL = 7 };

struct sim_behaviour {
    const char *name;
    enum sim_effect effect;
    int wallet_http, wallet_case, bank_http, bank_case;
    const char *word; /* additionalInfo.resultMsg; "" */
    unsigned when;    /* calls that meet it as a fixture */
    unsigned chance;  /* calls that meet it by chance; 0: only when asked for by name */
    int64_t param;    /* standard: how many calls meet it (0: all), or ms */
    const char *help;
};

extern const struct sim_behaviour sim_behaviours[];
extern const size_t sim_behaviour_count; /* at most 64: a set of them is a mask */

/* What one call meets. */
struct sim_fault {
    enum sim_effect effect;
    int http, kase;
    const char *word, *field; /* "" */
    int64_t param;
};

/* "account behaviour [name]" lines; # starts a comment. *count says how many were set. */
MUST_CHECK int sim_accounts_set(struct sim *sim, const char *text, size_t size, size_t *count,
                                struct err *err);
/* What the call meets: the account's fixture, or nothing. Counts it. */
struct sim_fault sim_account_fault(struct sim *sim, const char *number,
                                   const struct sim_service *service);
void sim_account_name(struct sim *sim, const char *number, bool other, char out[SIM_NAME_MAX]);
const struct sim_behaviour *sim_behaviour_named(const char *name, size_t size);
void sim_behaviour_fault(const struct sim_behaviour *behaviour, const struct sim_service *service,
                         struct sim_fault *fault);
bool sim_is_timed(enum sim_effect effect); /* param is ms, not a number of calls */
unsigned sim_when(const struct sim_service *service);
void sim_accounts_help(void);

/* ---- chance.c: faults by seed ---- */
struct sim_chance {
    int64_t permille;
    uint64_t seed, kinds;  /* kinds: mask of behaviours; 0: the standard mix */
    struct sim_map calls;  /* how often each was asked */
};

/*
 * The fault of this call by chance, or nothing. A function of the seed, the partner, what is asked
 * about, and how often it was asked before: the order in which calls arrive doesn't matter.
 */
struct sim_fault sim_chance_fault(struct sim_chance *chance, int partner,
                                  const struct sim_service *service, const char *about);
bool sim_chance_kinds(struct sim_chance *chance, const char *list); /* "cut_after,limbo" */

/* ---- requests and replies ---- */
struct sim_request {
    const char *method, *uri; /* uri: path and query, as on the request line */
    const char *content_type, *authorization, *timestamp, *signature;
    const char *partner_id, *external_id, *channel_id, *client_key; /* "" when absent */
    const char *body;
    size_t size;
    bool from_loopback;
};

struct sim_reply {
    int http;
    const char *type; /* NULL: JSON */
    struct buf body;
    int64_t at_ms; /* boot clock: not before; 0: at once */
    bool cut;      /* close the connection instead of answering */
    bool synced;   /* not before the ledger is on the disk */
};

/* What one request asks for, read from its body. */
struct sim_question {
    int partner;
    const struct sim_service *service;
    const struct snap_json *json;
    const char *reference, *account; /* NULL when absent */
    int64_t amount_idr;
};

/* ---- admit.c: is it really them ---- */
/* Every check before the body is read. False: *reply holds the refusal. */
bool sim_admit(struct sim *sim, int partner, const struct sim_service *service,
               const struct sim_request *request, struct sim_reply *reply);
void sim_give_token(struct sim *sim, int partner, const struct sim_request *request,
                    struct sim_reply *reply);
void sim_forget_tokens(struct sim *sim, int partner);

/* ---- answer.c: bodies of answers ---- */
/* {"responseCode":…,"responseMessage":"… field" without the end. field may be "". */
void sim_begin(struct sim_reply *reply, int http, int service, int kase, const char *field);
void sim_add_text(struct sim_reply *reply, const char *name, const char *text);
void sim_add_amount(struct sim_reply *reply, const char *name, int64_t amount_idr);
void sim_end(struct sim_reply *reply);
/* Whole refusals; word is additionalInfo.resultMsg, or "". */
void sim_refuse(struct sim_reply *reply, int http, int service, int kase, const char *field);
void sim_refuse_as(struct sim_reply *reply, const struct sim_service *service,
                   const struct sim_fault *fault);

/* ---- service.c, inquiry.c, payment.c: what is answered ---- */
void sim_handle(struct sim *sim, const struct sim_request *request, struct sim_reply *reply);
/* What keeps a call from being looked at: nothing is recorded. False: it goes on. */
bool sim_turn_away(struct sim *sim, const struct sim_question *q, const struct sim_fault *fault,
                   struct sim_reply *reply);
void sim_say_nothing(const struct sim *sim, struct sim_reply *reply);
void sim_answer_inquiry(struct sim *sim, const struct sim_question *q,
                        const struct sim_fault *fault, struct sim_reply *reply);
void sim_answer_balance(struct sim *sim, const struct sim_question *q, struct sim_reply *reply);
void sim_answer_status(struct sim *sim, const struct sim_question *q, struct sim_reply *reply);
void sim_answer_payment(struct sim *sim, const struct sim_question *q,
                        const struct sim_fault *fault, struct sim_reply *reply);
int64_t sim_available_idr(const struct sim *sim, int partner);

/* ---- control.c: the rehearsal driver's side ---- */
void sim_control(struct sim *sim, const struct sim_request *request, struct sim_reply *reply);

/* ---- statement.c: what a partner would send at the end of the day ---- */
/* CSV with a head line, by time; partner -1: all. */
void sim_statement(const struct sim_ledger *ledger, int partner, struct buf *out);

/* ---- options.c ---- */
struct sim_options {
    const char *keys, *ledger, *fixtures, *make_keys, *address, *statement;
    const char *tls_cert, *tls_key, *notify_url, *notify_key, *notify_ca;
    int64_t port;
    bool help;
};
MUST_CHECK int sim_options_read(int argc, char **argv, struct sim_options *options,
                                struct sim *sim, struct err *err);
/* "HH:MM-HH:MM", or "always". False: it is neither. */
bool sim_read_window(const char *text, struct sim *sim, int partner);
void sim_options_help(void);

/* ---- keys.c ---- */
MUST_CHECK int sim_keys_read(struct sim *sim, const char *folder, struct err *err);
MUST_CHECK int sim_keys_make(const char *folder, struct err *err);
MUST_CHECK int sim_read_file(const char *path, size_t max, struct buf *out, struct err *err);

/* ---- notify.c: what happened later, told to the client ---- */
struct sim_notify;
/* NULL with *err: no such key. url may hold "{partner}". */
struct sim_notify *sim_notify_open(const struct sim *sim, const char *url, const char *key_pem,
                                   const char *ca_file, struct err *err);
void sim_notify_close(struct sim_notify *notify);
/* Queued until sim_notify_run(); arg is the struct sim_notify. */
void sim_notify_about(void *arg, const struct sim_record *record);
void sim_notify_run(struct sim_notify *notify); /* sends what is due; the ledger is on the disk */
/* As poll(); also wakes for its own connections. notify may be NULL. */
void sim_notify_poll(struct sim_notify *notify, struct pollfd *fds, unsigned count, int wait_ms);
int64_t sim_notify_count(const struct sim_notify *notify, bool delivered); /* else: given up */

/* ---- http.c ---- */
struct sim_http;
/* tls_cert and tls_key: PEM, or both NULL for plain HTTP. They must stay until closed. */
struct sim_http *sim_http_open(struct sim *sim, const char *address, int port,
                               const char *tls_cert, const char *tls_key, struct err *err);
int sim_http_port(const struct sim_http *http);
void sim_http_run(struct sim_http *http, int stop_fd); /* returns when stop_fd is readable */
void sim_http_close(struct sim_http *http);

enum sim_down { SIM_UP, SIM_DOWN, SIM_DOWN_CUT };

struct sim {
    struct sim_ledger ledger;
    struct sim_notify *notify; /* NULL: nobody is told */
    struct sim_chance chance;
    struct sim_map accounts;
    struct sim_map external_ids; /* "partner/id" of this WIB day */
    int64_t external_day;
    struct sim_token {
        int partner;
        char text[65];
        int64_t ends_ms; /* boot clock */
    } tokens[SIM_TOKENS_MAX];
    size_t next_token;
    enum sim_down down[SIM_PARTNERS];
    struct {
        bool set;
        int from, to; /* minutes of the WIB day; payments outside are 403xx06 */
    } window[SIM_PARTNERS];
    int64_t deposit_idr[SIM_PARTNERS]; /* ours there, before any booking */
    struct {
        int64_t requests, inquiries, payments, statuses, duplicates;
    } seen[SIM_PARTNERS];
    struct snap_key *client_key;
    char secrets[SIM_PARTNERS][129];
    const char *client_id, *partner_id;
    int64_t token_s, silence_ms, delay_ms, settle_ms;
    bool no_suffixes, strict;
};

#endif
