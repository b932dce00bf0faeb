#ifndef SNAP_CODE_H
#define SNAP_CODE_H

/*
 * What a payment partner's answer means for us: the response codes of SNAP as data.
 *
 * A response code is HTTP status (3) + service (2) + case (2). SNAP_CODES has one row per HTTP
 * status and case; SNAP_EXCEPTIONS has what differs for one service; SNAP_WORDS refines the reason
 * of a refusal that the participant can fix. A code in none of them is SNAP_UNKNOWN.
 * Classes are written for the paying services; on questions (11 15 16 37 42), where no money can
 * have moved, UNKNOWN and DUPLICATE read as RETRYABLE (snap-bi.md section 7).
 *
 * To add a code: one row here, nothing else; test_snap_codes walks the rows.
 * Reasons are those of policy.md "Why a transfer fails".
 */
#include <stdbool.h>
#include <stddef.h>

enum snap_class {
    SNAP_SUCCESS,
    SNAP_IN_PROGRESS,   /* taken, not finished: ask for its status */
    SNAP_DUPLICATE,     /* the reference is known there: ask; only status 00 is a success */
    SNAP_RETRYABLE,     /* nothing was accepted: the same reference may be sent again */
    SNAP_UNKNOWN,       /* may have been paid: ask for its status, never send first */
    SNAP_PARTICIPANT,   /* this transfer has ended; the participant can act */
    SNAP_STOP_TRANSFER, /* no automatic re-send of this transfer: a person */
    SNAP_STOP_CHANNEL,  /* nothing more to this partner until a person has looked */
};

/* When a refused thing is worth another try; read with the class. */
enum snap_pace {
    SNAP_NOW,
    SNAP_BACK_OFF,    /* too fast: slow the whole channel down */
    SNAP_NEXT_WINDOW, /* outside the partner's service hours */
    SNAP_NEXT_DAY,
    SNAP_WHEN_FUNDED, /* our source account is empty: pause the channel, alarm */
};

enum snap_scope { SNAP_TRANSFER, SNAP_CHANNEL }; /* what the answer is about */

/* X(http, case, class, scope, pace, reason, text, note) */
#define SNAP_CODES(X)                                                                              \
    X(200, 0, SUCCESS, TRANSFER, NOW, "", "Successful", "")                                        \
    X(202, 0, IN_PROGRESS, TRANSFER, NOW, "", "Request In Progress", "")                           \
    X(400, 0, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Bad Request", "")                     \
    X(400, 1, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Invalid Field Format",                \
      "participant's when the field is account, phone or name")                                    \
    X(400, 2, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Invalid Mandatory Field", "")         \
    X(401, 0, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Unauthorized",                   \
      "signature, client or address; questions are signed once more first")                        \
    X(401, 1, RETRYABLE, TRANSFER, NOW, "PARTNER_UNAVAILABLE", "Invalid Token (B2B)",              \
      "the token is renewed")                                                                      \
    X(401, 2, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Invalid Customer Token",         \
      "not expected")                                                                              \
    X(401, 3, RETRYABLE, TRANSFER, NOW, "PARTNER_UNAVAILABLE", "Token Not Found (B2B)",            \
      "the token is renewed")                                                                      \
    X(401, 4, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Customer Token Not Found",       \
      "not expected")                                                                              \
    X(403, 0, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Transaction Expired", "")                \
    X(403, 1, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Feature Not Allowed",            \
      "feature not in our agreement")                                                              \
    X(403, 2, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE",                                   \
      "Exceeds Transaction Amount Limit", "banks: our company's limit; wallets: see exceptions")   \
    X(403, 3, STOP_TRANSFER, TRANSFER, NOW, "SUSPECTED_FRAUD", "Suspected Fraud", "")              \
    X(403, 4, RETRYABLE, CHANNEL, NEXT_DAY, "PARTNER_UNAVAILABLE",                                 \
      "Activity Count Limit Exceeded", "our company's count")                                      \
    X(403, 5, PARTICIPANT, TRANSFER, NOW, "ACCOUNT_INACTIVE", "Do Not Honor",                      \
      "refined by the answer's words")                                                             \
    X(403, 6, RETRYABLE, CHANNEL, NEXT_WINDOW, "CUT_OFF", "Feature Not Allowed At This Time", "")  \
    X(403, 7, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Card Blocked", "not expected")        \
    X(403, 8, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Card Expired", "not expected")        \
    X(403, 9, PARTICIPANT, TRANSFER, NOW, "ACCOUNT_INACTIVE", "Dormant Account", "")               \
    X(403, 10, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Need To Set Token Limit",            \
      "not expected")                                                                              \
    X(403, 11, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "OTP Blocked", "not expected")        \
    X(403, 12, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "OTP Lifetime Expired",               \
      "not expected")                                                                              \
    X(403, 13, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "OTP Sent To Cardholder",             \
      "not expected")                                                                              \
    X(403, 14, RETRYABLE, CHANNEL, WHEN_FUNDED, "PROGRAMME_FUNDS", "Insufficient Funds", "")       \
    X(403, 15, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Transaction Not Permitted",          \
      "18: the fast route to that bank is down")                                                   \
    X(403, 16, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Suspend Transaction", "")       \
    X(403, 17, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Token Limit Exceeded",               \
      "not expected")                                                                              \
    X(403, 18, PARTICIPANT, TRANSFER, NOW, "ACCOUNT_INACTIVE",                                     \
      "Inactive Card/Account/Customer", "")                                                        \
    X(403, 19, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Merchant Blacklisted", "")      \
    X(403, 20, RETRYABLE, CHANNEL, NEXT_DAY, "PARTNER_UNAVAILABLE", "Merchant Limit Exceed", "")   \
    X(403, 21, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Set Limit Not Allowed",              \
      "not expected")                                                                              \
    X(403, 22, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Token Limit Invalid",                \
      "not expected")                                                                              \
    X(403, 23, PARTICIPANT, TRANSFER, NEXT_DAY, "MONTHLY_LIMIT", "Account Limit Exceed",           \
      "a hold with a timed release (policy.md): the next try is a new transfer")                   \
    X(404, 0, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Invalid Transaction Status", "")         \
    X(404, 1, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Transaction Not Found",               \
      "status calls: never received (answer.c)")                                              \
    X(404, 2, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Invalid Routing", "")            \
    X(404, 3, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Bank Not Supported By Switch",   \
      "")                                                                                          \
    X(404, 4, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Transaction Cancelled",               \
      "failed for good")                                                                           \
    X(404, 5, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE",                                   \
      "Merchant not registered for card services", "not expected")                                 \
    X(404, 6, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Need To Request OTP",                 \
      "not expected")                                                                              \
    X(404, 7, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Journey Not Found", "not expected")   \
    X(404, 8, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Invalid Merchant", "")           \
    X(404, 9, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "No Issuer", "not expected")           \
    X(404, 10, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Invalid API Transition", "")            \
    X(404, 11, PARTICIPANT, TRANSFER, NOW, "ACCOUNT_NOT_FOUND",                                    \
      "Invalid Card/Account/Customer/Virtual Account", "missing, closed or unusable")              \
    X(404, 12, PARTICIPANT, TRANSFER, NOW, "ACCOUNT_NOT_FOUND", "Invalid Bill/Virtual Account",    \
      "only when the target is a virtual account")                                                 \
    X(404, 13, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Invalid Amount", "")                 \
    X(404, 14, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Paid Bill", "not expected")          \
    X(404, 15, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Invalid OTP", "not expected")        \
    X(404, 16, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Partner Not Found", "")         \
    X(404, 17, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE", "Invalid Terminal",              \
      "not expected")                                                                              \
    X(404, 18, UNKNOWN, TRANSFER, NOW, "DUPLICATE_REFERENCE", "Inconsistent Request",              \
      "never means: paid what you just asked")                                                     \
    X(404, 19, STOP_TRANSFER, TRANSFER, NOW, "UNKNOWN_CODE", "Invalid Bill/Virtual Account",       \
      "expired; not expected")                                                                     \
    X(405, 0, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE",                                   \
      "Requested Function Is Not Supported", "")                                                   \
    X(405, 1, STOP_CHANNEL, CHANNEL, NOW, "PARTNER_UNAVAILABLE",                                   \
      "Requested Operation Is Not Allowed", "")                                                    \
    X(409, 0, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Conflict",                               \
      "the external id was seen today: a first copy may live")                                     \
    X(409, 1, DUPLICATE, TRANSFER, NOW, "DUPLICATE_REFERENCE", "Duplicate partnerReferenceNo", "") \
    X(429, 0, RETRYABLE, CHANNEL, BACK_OFF, "PARTNER_UNAVAILABLE", "Too Many Requests", "")        \
    X(500, 0, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "General Error",                          \
      "38: some repeat it for a reference that failed for good")                                   \
    X(500, 1, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Internal Server Error", "")              \
    X(500, 2, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "External Server Error", "")              \
    X(504, 0, UNKNOWN, TRANSFER, NOW, "PARTNER_TIMEOUT", "Timeout", "")

/* X(http, case, service, class, scope, reason): the row that counts for this service. */
#define SNAP_EXCEPTIONS(X)                                                                         \
    X(403, 2, 37, PARTICIPANT, TRANSFER, "BALANCE_LIMIT")                                          \
    X(403, 2, 38, PARTICIPANT, TRANSFER, "BALANCE_LIMIT")                                          \
    X(404, 2, 18, UNKNOWN, TRANSFER, "PARTNER_TIMEOUT")                                            \
    X(404, 18, 17, DUPLICATE, TRANSFER, "DUPLICATE_REFERENCE")                                     \
    X(404, 18, 18, DUPLICATE, TRANSFER, "DUPLICATE_REFERENCE")

/*
 * X(word, reason): a word in additionalInfo.resultMsg, transactionStatusDesc or responseMessage
 * that says which of the participant's problems it is. Counts on PARTICIPANT rows only.
 */
#define SNAP_WORDS(X)                                                                              \
    X("PAYEE_USER_NOT_KYC", "ACCOUNT_NOT_KYC")                                                     \
    X("PAYEE_USER_NOT_EXIST", "ACCOUNT_NOT_FOUND")                                                 \
    X("PAYEE_USER_STATUS_DISABLE", "ACCOUNT_INACTIVE")                                             \
    X("PAYEE_ACCOUNT_CLOSED", "ACCOUNT_CLOSED")                                                    \
    X("PAYEE_PHONE_CHANGED", "PHONE_CHANGED")                                                      \
    X("PAYEE_NIK_MISMATCH", "NIK_MISMATCH")                                                        \
    X("PAYEE_SELFIE_MISMATCH", "SELFIE_MISMATCH")

/* X(field): 400xx01 naming one of these is about what the participant gave us. */
#define SNAP_PARTICIPANT_FIELDS(X)                                                                 \
    X("customerNumber")                                                                            \
    X("customerName")                                                                              \
    X("beneficiaryAccountN") /* …o, …umber, …ame */

/* X(latestTransactionStatus, outcome, text): what a status answer says of the original. */
#define SNAP_STATUSES(X)                                                                           \
    X("00", PAID, "success")                                                                       \
    X("01", PENDING, "initiated")                                                                  \
    X("02", PENDING, "paying")                                                                     \
    X("03", PENDING, "pending")                                                                    \
    X("04", FAILED, "refunded: the money came back")                                               \
    X("05", FAILED, "cancelled")                                                                   \
    X("06", FAILED, "failed")                                                                      \
    X("07", NOT_FOUND, "not found")

enum snap_outcome {
    SNAP_OUTCOME_NONE,      /* the answer says nothing about the transfer */
    SNAP_OUTCOME_PAID,      /* counts at any time */
    SNAP_OUTCOME_PENDING,   /* also any status code not in the table */
    SNAP_OUTCOME_FAILED,    /* for good, once the in-flight time is over; class says of what kind */
    SNAP_OUTCOME_NOT_FOUND, /* not received, when said twice after the in-flight time */
};

struct snap_verdict {
    enum snap_class class;
    enum snap_scope scope;
    enum snap_pace pace;
    const char *reason; /* static; "" for success, in progress, not found */
    bool listed;        /* the code has a row */
};

struct snap_code_row {
    int http, kase;
    struct snap_verdict verdict;
    const char *text, *note;
};

extern const struct snap_code_row snap_code_rows[];
extern const size_t snap_code_count;

/*
 * The verdict on an answer of `service` (37, 38, …). code is responseCode as received; NULL or
 * one that is not seven digits, or whose digits fit neither the HTTP status nor the service, is
 * UNKNOWN. text and word (responseMessage, resultMsg) may be NULL.
 */
struct snap_verdict snap_code_read(int service, int http, const char *code, const char *text,
                                   const char *word);

/*
 * What kind of failure a status answer 04-06 tells of. service is the original's; previous is
 * previousResponseCode, desc is transactionStatusDesc, word resultMsg; all may be NULL.
 * The class is RETRYABLE (with a new reference), PARTICIPANT, STOP_TRANSFER or STOP_CHANNEL.
 */
struct snap_verdict snap_code_read_failure(int service, const char *previous, const char *desc,
                                           const char *word);

/* latestTransactionStatus to outcome; an unknown code counts as pending, NULL as NONE. */
enum snap_outcome snap_status_read(const char *status);

const char *snap_class_name(enum snap_class class);       /* "SUCCESS" … */
const char *snap_outcome_name(enum snap_outcome outcome); /* "PAID" … */

#endif
