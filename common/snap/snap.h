#ifndef SNAP_SNAP_H
#define SNAP_SNAP_H

/*
 * The edge to payment partners: SNAP BI's inquiry, payment, status and balance calls, never
 * blocking.
 *
 *     snap_inquire(snap, &transfer, &call, &err);   starts it; the caller keeps `call` in place
 *     for (;;) { poll(fds of snap_fds(), snap_wait_ms()); snap_step(snap); if (call.done) … }
 *
 * Promises (snap-bi.md section 8, consistency.md "Money side"):
 *  - one snap_pay() is at most one HTTP request with a payment in it. No library below sends it
 *    again: fresh connection, none kept, no redirect, no proxy, HTTP/1.1. Should one try all the
 *    same, the second request is held back just before its first byte; that payment, and one
 *    whose connection count isn't 1, is UNKNOWN and call.alarm.
 *  - the body is a pure function of the transfer and the partner's configuration, byte for byte:
 *    snap_pay_digest() is what to store with an intent and to compare before a re-send.
 *  - call.sent is false only if the connection, with its TLS handshake, was never ready to take
 *    the request. Then a failure is RETRYABLE; with sent true a missing answer is UNKNOWN.
 *  - a code that isn't in snap/code.h is never final.
 *  - questions (inquiry, status, balance) are asked once more by themselves when a token was
 *    refused (401xx01, 401xx03) or a signature was (401xx00); payments never: the refused token is
 *    dropped, the call reports RETRYABLE, and the next attempt, with an intent of its own, brings
 *    a new token.
 *
 * Tokens are cached per partner and renewed at 80 % of their life or when refused, one renewal in
 * flight per partner; calls wait for it. Single-threaded; all pointers in a conf are copied.
 * The process must ignore SIGPIPE: a TLS connection that is cut while we write would raise it.
 * This room never logs. message and reference_no are the partner's text: message may hold
 * personal data and must not be logged (R20).
 */
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "snap/code.h"

#define SNAP_PARTNERS_MAX 16
#define SNAP_CALLS_MAX 256 /* in flight at once, all partners */
#define SNAP_REFERENCE_MAX 31
#define SNAP_ACCOUNT_MAX 35
#define SNAP_NAME_MAX 101
#define SNAP_BANK_MAX 12
#define SNAP_AMOUNT_MAX_IDR INT64_C(9999999999999) /* 13 digits: the smallest limit of all */
#define SNAP_MESSAGE_MAX 151
#define SNAP_PARTNER_REFERENCE_MAX 65
#define SNAP_DIGEST_MAX 65
#define SNAP_IN_FLIGHT_MIN_MS INT64_C(600000)
#define SNAP_SERVICE_TRANSFER_STATUS 100 /* the standard gives 43's status no number */

enum snap_kind { SNAP_WALLET, SNAP_BANK };

enum snap_signing {
    SNAP_SYMMETRIC,  /* a token, and HMAC-SHA512 with the client secret */
    SNAP_ASYMMETRIC, /* no token: every request signed with our private key */
};

/* A partner's paths differ by group: prefix + the standard's tail + suffix. */
enum snap_group {
    SNAP_GROUP_WALLET,    /* 37 38 39: "/v1.0" */
    SNAP_GROUP_BANK,      /* 15 17 36: "/openapi/v1.0" */
    SNAP_GROUP_INTERBANK, /* 16 18: "/openapi/v2.0" */
    SNAP_GROUP_TO_BANK,   /* 42 43 and its status: "/v1.0" */
    SNAP_GROUP_BALANCE,   /* 11 */
    SNAP_GROUPS,
};

/*
 * What a wallet issuer wants besides when it pays to bank accounts (42, 43): with prefix
 * [SNAP_GROUP_TO_BANK] a WALLET partner takes transfers that have a bank_code.
 */
struct snap_to_bank_conf {
    const char *customer_number; /* the payer's own number at the issuer: digits, at most 32 */
    const char *inquiry_info;    /* additionalInfo of 42; beneficiaryBankCode is put in; or NULL */
    const char *pay_info;        /* additionalInfo of 43; or NULL */
    const char *status_path;     /* tail of 43's status: "/emoney/transfer-bank-status" */
    int status_code;             /* its service digits, and the serviceCode it asks: 0 is "00" */
};

struct snap_partner_conf {
    const char *name; /* "bni": for metrics and errors */
    enum snap_kind kind;
    enum snap_signing signing;
    const char *base_url;            /* "https://host:port", no path, no slash at the end */
    const char *prefix[SNAP_GROUPS]; /* "/v1.0"; NULL: the partner hasn't this group */
    const char *suffix[SNAP_GROUPS]; /* ".htm"; NULL: none */
    const char *token_path;          /* whole path; SYMMETRIC only */
    const char *client_key;          /* X-CLIENT-KEY; SYMMETRIC only */
    const char *private_key_pem;     /* RSA, signs the token request or every request */
    const char *client_secret;       /* SYMMETRIC only */
    const char *partner_id;          /* X-PARTNER-ID */
    const char *channel_id;          /* CHANNEL-ID, at most 5 */
    const char *own_bank_code;       /* BANK: accounts with this code, or none, are its own */
    const char *source_account;      /* BANK: the account that pays; WALLET: for 11, or NULL */
    const char *inquiry_info;        /* additionalInfo of inquiries, compact JSON; or NULL */
    const char *pay_info;            /* the same for payments */
    struct snap_to_bank_conf to_bank; /* WALLET with SNAP_GROUP_TO_BANK */
    int64_t inquiry_amount_idr;      /* 0: the transfer's; some partners want 1 */
    const char *ca_file;             /* PEM of trusted roots; NULL: the system's */
    int64_t in_flight_ms;            /* after the last send, how long "failed" may still turn */
    int64_t connect_ms;              /* 0: 5,000 */
    int64_t read_ms;                 /* 0: 15,000; from connected to the whole answer */
    bool rehearsal;                  /* allows http: and in_flight_ms under ten minutes */
};

/* Everything a body is made of. Bounded, holds no pointers; personal data: wipe after use. */
struct snap_transfer {
    int partner;                          /* index into the confs */
    char reference[SNAP_REFERENCE_MAX];   /* [A-Z0-9], stored before the first send */
    char account_number[SNAP_ACCOUNT_MAX]; /* digits; without bank_code at a wallet: 62… */
    char account_name[SNAP_NAME_MAX];     /* UTF-8, as the participant gave it */
    char bank_code[SNAP_BANK_MAX];        /* "" for phones and for the partner's own accounts */
    int64_t amount_idr;
    int64_t transaction_date_ms; /* fixed with the reference: part of the body */
};

enum snap_name { SNAP_NAME_ABSENT, SNAP_NAME_SAME, SNAP_NAME_DIFFERS };

struct snap_call {
    bool done; /* everything below counts from then on */

    enum snap_class class;
    const char *reason; /* policy.md; static; "" when nothing is wrong */
    enum snap_scope scope;
    enum snap_pace pace;
    enum snap_outcome outcome; /* of a status call: what became of the transfer */
    enum snap_name name;       /* of an inquiry: is the account the participant's */

    bool sent;     /* any byte of the request may have left us */
    bool mismatch; /* amount, account or reference in the answer isn't ours: alarm, a person */
    bool alarm;    /* the promise of one connection per payment was broken: alarm, a person */

    bool refunded; /* of a status call: paid, and the money came back (04); outcome is FAILED */

    int service;   /* 37, 38, …; SNAP_SERVICE_TRANSFER_STATUS for the status of a 43 */
    int http;      /* 0: no answer */
    char code[8];  /* responseCode as received; "" */
    char previous[8]; /* of a status call: previousResponseCode */
    char message[SNAP_MESSAGE_MAX];
    char reference_no[SNAP_PARTNER_REFERENCE_MAX]; /* the partner's */
    int64_t balance_idr; /* of a balance call with class SUCCESS; may be negative */
    int64_t latency_ms;

    struct snap_job *job; /* ours; NULL when nothing is under way */
};

struct snap;

/* NULL with ERR_FATAL naming the partner and the field that is wrong. */
struct snap *snap_open(const struct snap_partner_conf *confs, size_t count, struct err *err);

/* Abandons what is under way (see snap_abandon), cleanses secrets. NULL is allowed. */
void snap_close(struct snap *snap);

/* Moves everything that can move without waiting, and finishes calls. */
void snap_step(struct snap *snap);

/* What to poll for: fills out[0..max), returns how many (one: an epoll descriptor). */
size_t snap_fds(struct snap *snap, struct pollfd *out, size_t max);

/* How long the loop may sleep: ms until the next timer, 0: step now, -1: for ever. */
int64_t snap_wait_ms(struct snap *snap);

/* Calls that may still be started before ERR_RETRY. */
size_t snap_room_left(const struct snap *snap);

int64_t snap_in_flight_ms(const struct snap *snap, int partner);

/*
 * Start an operation. *call is cleared; it must stay where it is until done or abandoned.
 * ERR_REJECT: the transfer is outside the limits or this partner cannot pay it; nothing started.
 * ERR_RETRY: SNAP_CALLS_MAX are under way; step first.
 * An http failure is never an error here: it is the call's class.
 */
MUST_CHECK int snap_inquire(struct snap *snap, const struct snap_transfer *transfer,
                            struct snap_call *call, struct err *err);

/*
 * deadline_boot_ms (clock_boot_ms): past it the payment isn't sent; looked at once more when the
 * connection is ready, just before the first byte. Missed: RETRYABLE, sent false.
 */
MUST_CHECK int snap_pay(struct snap *snap, const struct snap_transfer *transfer,
                        int64_t deadline_boot_ms, struct snap_call *call, struct err *err);

/*
 * What became of the payment under transfer->reference: call->outcome. NONE with class UNKNOWN
 * when the answer says nothing about it. FAILED: class and reason say of what kind. PAID and
 * NOT_FOUND have class SUCCESS and RETRYABLE. The in-flight time is the caller's to keep.
 */
MUST_CHECK int snap_status(struct snap *snap, const struct snap_transfer *transfer,
                           struct snap_call *call, struct err *err);

/*
 * Service 11: what is available in the partner's source account or deposit, whole rupiah (cents
 * are cut off): call->balance_idr when the class is SUCCESS. Other classes as of an inquiry, but
 * PARTICIPANT reads STOP_CHANNEL: the account is ours. An account that isn't active is
 * STOP_CHANNEL. ERR_REJECT: the partner hasn't SNAP_GROUP_BALANCE.
 */
MUST_CHECK int snap_balance(struct snap *snap, int partner, struct snap_call *call,
                            struct err *err);

/* End a call now: done, RETRYABLE if nothing was sent, else UNKNOWN. Nothing if already done. */
void snap_abandon(struct snap_call *call);

/* SHA-256 (hex) of the body that snap_pay() would send. ERR_REJECT as snap_pay(). */
MUST_CHECK int snap_pay_digest(const struct snap *snap, const struct snap_transfer *transfer,
                               char out[SNAP_DIGEST_MAX], struct err *err);

#endif
