#ifndef POLICY_DOMAIN_H
#define POLICY_DOMAIN_H

/*
 * The words of the programme: every list of domain facts, once, as data (style.md, habit 3).
 * Enums, texts, schema symbols, documents and tests expand from these rows.
 *
 * The ORDER of a list is part of the wire format and of stored records: append only.
 */
#include <stddef.h>
#include <stdint.h>

/* Longest values, in bytes without the NUL; members are char[X_MAX + 1]. */
#define PARTICIPANT_ID_MAX 36
#define COURSE_ID_MAX 36
#define ACCOUNT_REF_MAX 36
#define FAMILY_TOKEN_MAX 36
#define PLATFORM_MAX 24
#define INSTITUTION_MAX 40
#define CERTIFICATE_ID_MAX 40
#define SCHEME_ID_MAX 8
#define INSTALMENT_ID_MAX 20 /* exactly 20: base32 of 100 bits */
#define REFERENCE_MAX 30     /* snap-bi.md §5: [A-Z0-9], 30 at most */
#define RAW_CODE_MAX 32
#define REVIEW_MAX 2000
#define EVENT_ID_MAX 40
#define NONCE_MAX 16
#define NONCES_MAX 8
#define SEALED_MAX 256
#define VERSION_TEXT_MAX 24
#define RULE_MAX 8

/* Payment partners (policy.md "Who takes part").  name, kind, as people write it, whom to ask */
#define FOREACH_PARTNER(X)                                                                         \
    X(BNI,     BANK,   "BNI",     "BNI 1500046")                                                   \
    X(BCA,     BANK,   "BCA",     "BCA 1500888")                                                   \
    X(GOPAY,   WALLET, "GoPay",   "aplikasi Gojek, menu Bantuan")                                  \
    X(OVO,     WALLET, "OVO",     "aplikasi OVO, menu Bantuan")                                    \
    X(LINKAJA, WALLET, "LinkAja", "aplikasi LinkAja, menu Bantuan")                                \
    X(DANA,    WALLET, "DANA",    "aplikasi DANA, menu Bantuan")

/*
 * Checks (R4, R8).  Of these, the ones marked REQUIRED must have passed once for an account to
 * count as verified; a newer FAIL of any of them holds the money of that account.
 * name, use, meaning
 */
#define FOREACH_CHECK(X)                                                                           \
    X(ACCOUNT_KYC,    REQUIRED,                                                                    \
      "the e-wallet is upgraded (KTP and selfie), the bank knows its customer")                    \
    X(NIK_MATCH,      REQUIRED, "the owner's NIK is the participant's")                            \
    X(SELFIE_MATCH,   HOLDS,    "KTP and selfie show the same person")                             \
    X(ACCOUNT_ACTIVE, REQUIRED, "the account is active")                                           \
    X(PHONE_OWNER,    HOLDS,    "the wallet's phone number has not changed hands")                 \
    X(DUPLICATE_AID,  FAMILY,   "the family draws no aid that excludes (PASS: none is known)")     \
    X(ACCOUNT_SHARED, HOLDS,                                                                       \
      "no more participants use the account than the scheme allows, or a person has agreed")

#define FOREACH_OUTCOME(X) X(PASS) X(FAIL)

/*
 * Why a transfer fails (policy.md, the table of reasons).
 * name, ISO 20022, class, what puts the FAIL into the account's facts, shown as, what releases it
 * Class: RETRY ours or the partner's fault · HOLD the participant can fix it · TIMED held until a
 * date · INQUIRE ask the partner · PAUSE the source of money waits · CASE a person · STOP never.
 */
#define FOREACH_REASON(X)                                                                          \
    X(NONE,                "-",    RETRY,   NOTHING,   "-", "-")                                   \
    X(ACCOUNT_NOT_KYC,     "NOCM", HOLD,    KYC,       "E-wallet belum KYC/upgrade",               \
      "KYC check passes, or another verified account")                                            \
    X(NIK_MISMATCH,        "BE01", HOLD,    NIK,       "NIK e-wallet berbeda dengan NIK Prakerja", \
      "NIK check passes, or another account")                                                     \
    X(SELFIE_MISMATCH,     "BE01", HOLD,    SELFIE,    "KTP/swafoto tidak sesuai",                 \
      "check passes, or another account")                                                         \
    X(ACCOUNT_CLOSED,      "AC07", HOLD,    CLOSED,                                                \
      "Rekening/E-Wallet telah ditutup di Bank/E-Wallet", "another account")                      \
    X(ACCOUNT_INACTIVE,    "AC06", HOLD,    ACTIVE,    "Rekening/E-Wallet tidak aktif",            \
      "active check passes, or another account")                                                  \
    X(ACCOUNT_NOT_FOUND,   "AC01", HOLD,    NOT_FOUND, "Nomor rekening/HP tidak terdaftar",        \
      "another account or corrected number")                                                      \
    X(PHONE_CHANGED,       "BE23", HOLD,    PHONE,     "Nomor HP e-wallet telah berganti",         \
      "linked again")                                                                             \
    X(BALANCE_LIMIT,       "AM21", TIMED,   NOTHING,   "Saldo e-wallet penuh", "daily re-check")   \
    X(MONTHLY_LIMIT,       "AM21", TIMED,   NOTHING,   "Batas transaksi bulanan tercapai",         \
      "first day of the next month, WIB")                                                         \
    X(PARTNER_UNAVAILABLE, "AB08", RETRY,   NOTHING,   "Gangguan di mitra pembayaran",             \
      "partner recovers")                                                                         \
    X(PARTNER_TIMEOUT,     "AB05", INQUIRE, NOTHING,   "Sedang diproses", "outcome learned")       \
    X(CUT_OFF,             "DT06", RETRY,   NOTHING,   "Di luar jam layanan mitra",                \
      "next service window")                                                                      \
    X(PROGRAMME_FUNDS,     "AM04", PAUSE,   NOTHING,   "Sedang diproses", "funds topped up")       \
    X(DUPLICATE_REFERENCE, "AM05", INQUIRE, NOTHING,   "-",                                        \
      "outcome learned; never a new reference")                                                    \
    X(SUSPECTED_FRAUD,     "FR01", CASE,    NOTHING,   "Dalam pemeriksaan", "a person")            \
    X(DECEASED,            "MD07", STOP,    NOTHING,   "-", "-")                                   \
    X(DUPLICATE_AID,       "UPAY", STOP,    NOTHING,                                               \
      "Keluarga (KK) tercatat menerima bantuan lain", "-")                                        \
    X(UNKNOWN_CODE,        "NARR", CASE,    NOTHING,   "Sedang diproses", "a person")              \
    X(ACCOUNT_SHARED,      "FR01", CASE,    SHARED,    "Dalam pemeriksaan",                        \
      "a person, or another account")

#define FOREACH_CHANNEL(X) X(PLATFORM) X(DASHBOARD)
#define FOREACH_PAYMENT_KIND(X) X(INSTALMENT) X(SURVEY)
#define FOREACH_STAGE(X) X(CHECK) X(INQUIRY) X(TRANSFER)
#define FOREACH_CANCEL_STAGE(X) X(REQUESTED) X(CONFIRMED)
#define FOREACH_LEDGER_ENTRY(X) X(INTENT) X(SUCCEEDED) X(FAILED) X(CANCELLED) X(RETURNED)
#define FOREACH_BREAKER(X) X(CLOSED) X(OPEN) X(HALF_OPEN) /* a circuit breaker */

#define PARTNER_ENUM(name, ...) PARTNER_##name,
#define CHECK_ENUM(name, ...) CHECK_##name,
#define OUTCOME_ENUM(name) OUTCOME_##name,
#define REASON_ENUM(name, ...) REASON_##name,
#define CHANNEL_ENUM(name) CHANNEL_##name,
#define PAYMENT_ENUM(name) PAYMENT_##name,
#define STAGE_ENUM(name) STAGE_##name,
#define CANCEL_ENUM(name) CANCEL_##name,
#define LEDGER_ENUM(name) LEDGER_##name,
#define BREAKER_ENUM(name) BREAKER_##name,

enum partner { FOREACH_PARTNER(PARTNER_ENUM) PARTNER_COUNT };
enum check { FOREACH_CHECK(CHECK_ENUM) CHECK_COUNT };
enum outcome { FOREACH_OUTCOME(OUTCOME_ENUM) OUTCOME_COUNT };
enum reason { FOREACH_REASON(REASON_ENUM) REASON_COUNT };
enum channel { FOREACH_CHANNEL(CHANNEL_ENUM) CHANNEL_COUNT };
enum payment_kind { FOREACH_PAYMENT_KIND(PAYMENT_ENUM) PAYMENT_KIND_COUNT };
enum stage { FOREACH_STAGE(STAGE_ENUM) STAGE_COUNT };
enum cancel_stage { FOREACH_CANCEL_STAGE(CANCEL_ENUM) CANCEL_STAGE_COUNT };
enum ledger_entry { FOREACH_LEDGER_ENTRY(LEDGER_ENUM) LEDGER_ENTRY_COUNT };
enum breaker { FOREACH_BREAKER(BREAKER_ENUM) BREAKER_COUNT };

enum partner_kind { PARTNER_KIND_BANK, PARTNER_KIND_WALLET };
enum check_use { CHECK_USE_REQUIRED, CHECK_USE_HOLDS, CHECK_USE_FAMILY };
enum reason_class {
    CLASS_RETRY,
    CLASS_HOLD,
    CLASS_TIMED,
    CLASS_INQUIRE,
    CLASS_PAUSE,
    CLASS_CASE,
    CLASS_STOP,
};

/*
 * What can be wrong with one account. The first five and the last are fed by the check of the same
 * name, all but the last by failures of money; a slot is clear when its newest PASS is newer than
 * its newest FAIL.
 */
enum slot {
    SLOT_KYC,
    SLOT_NIK,
    SLOT_SELFIE,
    SLOT_ACTIVE,
    SLOT_PHONE,     /* also cleared by linking the account again */
    SLOT_NOT_FOUND, /* cleared by linking the account again (a corrected number) */
    SLOT_CLOSED,    /* no check clears it: another account, or put back (R14) */
    SLOT_SHARED,    /* by its own check, which a person passes */
    SLOT_COUNT,
    SLOT_NOTHING = SLOT_COUNT,
};

struct partner_row {
    const char *name; /* the schema's symbol */
    enum partner_kind kind;
    const char *shown;
    const char *contact;
};
struct check_row {
    const char *name;
    enum check_use use;
    const char *meaning;
};
struct reason_row {
    const char *name;
    const char *iso;
    enum reason_class cls;
    enum slot slot;
    const char *shown;
    const char *released_by;
};

const struct partner_row *partner_row(enum partner partner);
const struct check_row *check_row(enum check check);
const struct reason_row *reason_row(enum reason reason);
const char *reason_class_name(enum reason_class cls);
const char *payment_kind_name(enum payment_kind kind);

/* The slot that a check feeds; SLOT_NOTHING for DUPLICATE_AID. */
enum slot slot_of_check(enum check check);
/* The reason that an open slot means when no better one is known. */
enum reason reason_of_slot(enum slot slot);

#endif
