#ifndef DEPLOY_SIMULATOR_ROUTE_H
#define DEPLOY_SIMULATOR_ROUTE_H

/* Partners, services and their paths, as data (snap-bi.md section 9). */
#include <stdbool.h>
#include <stddef.h>

enum sim_partner_id {
    SIM_BNI,
    SIM_BCA,
    SIM_DANA,
    SIM_GOPAY, /* speaks as Midtrans does */
    SIM_OVO,
    SIM_LINKAJA,
    SIM_PARTNERS,
};

enum sim_group {
    SIM_WALLET,    /* 37 38 39 */
    SIM_BANK,      /* 15 17 36 */
    SIM_INTERBANK, /* 16 18 */
    SIM_TO_BANK,   /* 42 43 and its status */
    SIM_BALANCE,   /* 11 */
};

struct sim_partner {
    const char *name;
    bool asymmetric; /* takes requests without a token, signed with the client's key */
    bool repeats;    /* answers a known reference as the first time; others: 409xx01 */
    const char *token_path;
    const char *extra; /* a field wanted in inquiries and payments of wallets and 42, 43; or NULL */
};

enum sim_role { SIM_TOKEN, SIM_INQUIRY, SIM_PAYMENT, SIM_STATUS, SIM_DEPOSIT };

#define SIM_REQUIRED_MAX 9

struct sim_service {
    int code; /* digits of its answers */
    enum sim_group group;
    enum sim_role role;
    const char *path;
    const char *account_field;
    int about[2]; /* of a status: the payments it knows, 0: none */
    bool later;   /* a payment whose normal answer is 202 */
    const char *required[SIM_REQUIRED_MAX]; /* paths of texts, NULL ends */
};

extern const struct sim_partner sim_partners[SIM_PARTNERS];

/*
 * The partner and service of a path. False: not found. A path begins with the partner's name
 * ("/dana/rest/v1.0/…"), or is the partner's own ("/rest/v1.0/…"): so can its SDK be pointed here.
 * Of partners with the same paths the first has the latter.
 */
bool sim_route(const char *path, int *partner, const struct sim_service **service);
int sim_partner_named(const char *name); /* -1: none */

#endif
