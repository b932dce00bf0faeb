#ifndef DEPLOY_SIMULATOR_SIM_H
#define DEPLOY_SIMULATOR_SIM_H

/*
 * snap-simulator: a fair payment partner for rehearsals and tests (snap-bi.md "Simulator").
 *
 * It verifies what a real one would (signature over the minified bytes, token, clock, external
 * ids, fields), books at most once per reference in a ledger that is on the disk before the
 * answer leaves, and misbehaves only where an account's fixture, a switch or a seed says so.
 * One thread; an answer that has to wait suspends its connection and nothing else.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "snap/sign.h"

#define SIM_PARTNERS 6
#define SIM_GROUPS 3
#define SIM_TOKENS_MAX 256
#define SIM_REFERENCE_MAX 65
#define SIM_ACCOUNT_MAX 35
#define SIM_NAME_MAX 101
#define SIM_MAP_MAX (1 << 22)

/* ---- map.c: text to pointer; keys are copied, values are the owner's ---- */
struct sim_map {
    struct sim_map_slot {
        char *key;
        void *value;
    } *slots;
    size_t count, cap;
};

void **sim_map_at(struct sim_map *map, const char *key); /* adds the key with value NULL */
void *sim_map_find(const struct sim_map *map, const char *key);
void sim_map_release(struct sim_map *map, void (*free_value)(void *)); /* free_value may be NULL */

/* ---- account.c: how accounts behave ---- */
enum sim_effect {
    SIM_GOOD,
    SIM_REFUSE,      /* the participant's fault: recorded as failed for good */
    SIM_TURN_AWAY,   /* an error before anything was recorded */
    SIM_SILENT_FIRST,
    SIM_SILENT_LAST, /* booked, then no answer */
    SIM_CUT_FIRST,
    SIM_CUT_LAST,
    SIM_ERROR_LAST,  /* booked, then an error */
    SIM_LATE,        /* 202, booked param ms later */
    SIM_OTHER_NAME,
    SIM_LIE,         /* inquiries answer wrongly, payments are good */
};

struct sim_behaviour {
    const char *name;
    enum sim_effect effect;
    int wallet_http, wallet_case, bank_http, bank_case;
    const char *word;   /* additionalInfo.resultMsg; "" */
    bool at_inquiry;    /* inquiries meet it too */
    int64_t param;      /* standard: how many calls meet it (0: all), or ms */
    const char *help;
};

extern const struct sim_behaviour sim_behaviours[];
extern const size_t sim_behaviour_count;

struct sim_account {
    const struct sim_behaviour *behaviour;
    int64_t param;
    bool pay_only; /* "pay:not_kyc": inquiries are good */
    int64_t inquiries, payments; /* that met it */
    char name[SIM_NAME_MAX];     /* "": PESERTA UJI and the last four digits */
};

struct sim;

/* "account behaviour [name]" lines; # starts a comment. *count says how many were set. */
MUST_CHECK int sim_accounts_set(struct sim *sim, const char *text, size_t size, size_t *count,
                                struct err *err);
/* NULL: a good account without a fixture. */
struct sim_account *sim_account_of(struct sim *sim, const char *number);
void sim_account_name(const struct sim_account *account, const char *number,
                      char out[SIM_NAME_MAX]);
/* Does this call meet the fixture? Counts it. */
bool sim_account_meets(struct sim_account *account, bool is_payment);
void sim_accounts_help(void);

/* ---- ledger.c: references and bookings ---- */
enum sim_state { SIM_BOOKED, SIM_PENDING, SIM_FAILED };

struct sim_record {
    int partner, service;
    enum sim_state state;
    char reference[SIM_REFERENCE_MAX];
    char reference_no[SIM_REFERENCE_MAX];
    char account[SIM_ACCOUNT_MAX]; /* after a restart "*1234" */
    char digest[17];               /* of account and amount: same content? */
    char code[8], word[32];        /* FAILED */
    int64_t amount_idr, due_ms;    /* PENDING: booked from then on, wire clock */
};

struct sim_ledger {
    int fd; /* -1: in memory only */
    struct sim_map records; /* "partner/reference" */
    struct buf unwritten;
    int64_t sequence;
    int64_t next_due_ms; /* of all pending ones; INT64_MAX: none */
    struct {
        int64_t booked, amount_idr, failed, pending;
    } totals[SIM_PARTNERS];
};

MUST_CHECK int sim_ledger_open(struct sim_ledger *ledger, const char *path, struct err *err);
void sim_ledger_close(struct sim_ledger *ledger);
struct sim_record *sim_ledger_find(struct sim_ledger *ledger, int partner, const char *reference);

/* A new reference; asserts that it is one. Gives it its number; a line is queued. */
struct sim_record *sim_ledger_add(struct sim_ledger *ledger, const struct sim_record *record);
void sim_ledger_book_due(struct sim_ledger *ledger, int64_t now_ms); /* what is late, now */
/* Everything queued onto the disk. Ends the process when it cannot: no answer without a ledger. */
void sim_ledger_sync(struct sim_ledger *ledger);

/* ---- partner.c: who speaks to whom, and is it really them ---- */
struct sim_partner {
    const char *name;
    bool is_bank, asymmetric;
    const char *own_bank_code;
    const char *token_path; /* NULL: no tokens */
    const char *prefix[SIM_GROUPS];
    const char *extra; /* a field that this partner wants in 37 and 38; NULL: none */
};

enum sim_role { SIM_TOKEN, SIM_INQUIRY, SIM_PAYMENT, SIM_STATUS };

struct sim_service {
    int code, group;
    enum sim_role role;
    const char *path;
    const char *account_field;
    const char *required[8]; /* paths of texts, NULL ends */
};

extern const struct sim_partner sim_partners[SIM_PARTNERS];

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
    struct buf body;
    int64_t at_ms; /* boot clock: not before; 0: at once */
    bool cut;      /* close the connection instead of answering */
    bool synced;   /* not before the ledger is on the disk */
};

/* The partner and service of a path. False: not found. A ".htm" at the end is an alias. */
bool sim_route(const char *path, int *partner, const struct sim_service **service);
int sim_partner_named(const char *name); /* -1: none */

/* Every check before the body is read. False: *reply holds the refusal. */
bool sim_admit(struct sim *sim, int partner, const struct sim_service *service,
               const struct sim_request *request, struct sim_reply *reply);
void sim_give_token(struct sim *sim, int partner, const struct sim_request *request,
                    struct sim_reply *reply);

/* ---- answer.c: bodies of answers ---- */
/* {"responseCode":…,"responseMessage":"… field" without the end. field may be "". */
void sim_begin(struct sim_reply *reply, int http, int service, int kase, const char *field);
void sim_add_text(struct sim_reply *reply, const char *name, const char *text);
void sim_add_amount(struct sim_reply *reply, const char *name, int64_t amount_idr);
/* Whole refusals; word is additionalInfo.resultMsg, or "". */
void sim_refuse(struct sim_reply *reply, int http, int service, int kase, const char *field);
void sim_refuse_with_word(struct sim_reply *reply, int http, int service, int kase,
                          const char *word);

/* ---- service.c: what is answered ---- */
void sim_handle(struct sim *sim, const struct sim_request *request, struct sim_reply *reply);

/* ---- control.c: the rehearsal driver's side ---- */
void sim_control(struct sim *sim, const struct sim_request *request, struct sim_reply *reply);

/* ---- keys.c ---- */
MUST_CHECK int sim_keys_read(struct sim *sim, const char *folder, struct err *err);
MUST_CHECK int sim_keys_make(const char *folder, struct err *err);
MUST_CHECK int sim_read_file(const char *path, size_t max, struct buf *out, struct err *err);

/* ---- http.c ---- */
struct sim_http;
struct sim_http *sim_http_open(struct sim *sim, const char *address, int port, struct err *err);
int sim_http_port(const struct sim_http *http);
void sim_http_run(struct sim_http *http, int stop_fd); /* returns when stop_fd is readable */
void sim_http_close(struct sim_http *http);

enum sim_down { SIM_UP, SIM_DOWN, SIM_DOWN_CUT };

struct sim {
    struct sim_ledger ledger;
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
        int64_t requests, inquiries, payments, statuses, duplicates;
    } seen[SIM_PARTNERS];
    struct snap_key *client_key;
    char secrets[SIM_PARTNERS][129];
    const char *client_id, *partner_id;
    int64_t token_s, silence_ms, faults_permille;
    uint64_t random;
    bool no_suffixes;
};

uint64_t sim_random(struct sim *sim); /* from --seed */

#endif
