#ifndef SNAP_SERVICE_H
#define SNAP_SERVICE_H

/*
 * The services we call, as data: path, fields of the body in their order, fields of the answer.
 * To add a service: one row and its list of fields in service.c, and what is its own in code.h.
 */
#include "base/buf.h"
#include "snap/snap.h"

enum snap_role { SNAP_INQUIRY, SNAP_PAYMENT, SNAP_STATUS, SNAP_BALANCE };

enum snap_field {
    SNAP_FIELD_REFERENCE,
    SNAP_FIELD_ACCOUNT,
    SNAP_FIELD_NAME,
    SNAP_FIELD_BANK_CODE,
    SNAP_FIELD_AMOUNT,
    SNAP_FIELD_ASKED_AMOUNT, /* of an inquiry: some partners want a fixed one */
    SNAP_FIELD_NO_FEE,
    SNAP_FIELD_DATE,
    SNAP_FIELD_SOURCE, /* left out when the partner has none */
    SNAP_FIELD_PAYER,
    SNAP_FIELD_PAYING_SERVICE,
    SNAP_FIELD_TEXT,
};

struct snap_body_field {
    const char *name;
    enum snap_field kind;
    const char *text; /* SNAP_FIELD_TEXT */
};

struct snap_service {
    int code;
    enum snap_role role;
    enum snap_group group;
    int paying;       /* the paying service this one belongs to; 0: none */
    const char *path; /* after the partner's prefix; NULL: the conf's */
    const struct snap_body_field *fields;
    size_t field_count;
    const char *account_field; /* in the answer */
    const char *name_field;    /* in an inquiry's answer */
    const struct snap_body_field *info; /* put into additionalInfo; or NULL */
};

/* The service that does this for this transfer (SNAP_BALANCE: any). NULL: the partner hasn't it. */
const struct snap_service *snap_service_for(const struct snap_partner_conf *conf,
                                            const struct snap_transfer *transfer,
                                            enum snap_role role);

/* Append the path that is called, from the first slash on. */
void snap_service_path(const struct snap_service *service, const struct snap_partner_conf *conf,
                       struct buf *out);

/* The service digits of its answers: its code, but for 43's status the partner's own. */
int snap_service_digits(const struct snap_service *service, const struct snap_partner_conf *conf);

/* Of a status: the serviceCode it asks about. */
int snap_service_asked(const struct snap_service *service, const struct snap_partner_conf *conf);

/* No money can move by it, and it isn't about money that may have moved. */
static inline bool snap_service_is_question(const struct snap_service *service)
{
    return service->role == SNAP_INQUIRY || service->role == SNAP_BALANCE;
}

/* Is the transfer within the limits and this partner's to pay? ERR_REJECT names the field. */
MUST_CHECK int snap_transfer_check(const struct snap_partner_conf *conf,
                                   const struct snap_transfer *transfer, struct err *err);

/*
 * Append the body: compact UTF-8, amounts as text, the same bytes for the same transfer. The
 * transfer must have passed snap_transfer_check().
 */
void snap_body(const struct snap_service *service, const struct snap_partner_conf *conf,
               const struct snap_transfer *transfer, struct buf *out);

#endif
