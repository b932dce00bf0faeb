/*
 * Whom money goes through: one row of paths per partner, one set of credentials for all of them
 * until each has a section of its own in deploy/partners.ini.
 */
#include "money/inside.h"

const struct conf_row money_rows[MONEY_ROWS] = {
    { "INSENTIF_PAY", CONF_CHOICE, "off", 0, 0, "off|on",
      "on: money is sent; off: everything but the payments is done" },
    { "INSENTIF_SNAP_URL", CONF_TEXT, "http://127.0.0.1:8400", 0, 0, NULL,
      "base URL of the payment partners, no slash at the end" },
    { "INSENTIF_SNAP_CLIENT", CONF_TEXT, "insentif", 0, 0, NULL,
      "client key and partner id at the partners" },
    { "INSENTIF_SNAP_KEY", CONF_SECRET, "", 0, 0, NULL, "our RSA private key, PEM" },
    { "INSENTIF_SNAP_SECRET", CONF_SECRET, "", 0, 0, NULL, "client secret for HMAC signatures" },
    { "INSENTIF_SEAL_PUBLIC_KEY", CONF_TEXT, "", 0, 0, NULL,
      "accounts are sealed for this key, base64" },
    { "INSENTIF_SEAL_SECRET_KEY", CONF_SECRET, "", 0, 0, NULL, "opens sealed accounts, base64" },
    { "INSENTIF_LEASE", CONF_INT, "20000", 500, 600000, NULL,
      "ms between confirming a payment and its last possible send" },
    { "INSENTIF_UNKNOWN_AGE", CONF_INT, "86400000", 500, 604800000, NULL,
      "ms without an answer after which a person is told" },
    { "INSENTIF_IN_FLIGHT", CONF_INT, "600000", 500, 86400000, NULL,
      "ms after the last send during which a partner may still book it; under 600000 only in "
      "rehearsal" },
};

struct partner_path {
    const char *name;
    enum snap_signing signing;
    const char *token_path;
    const char *prefix[SNAP_GROUPS]; /* wallet, bank, interbank */
    const char *own_bank_code;
    const char *inquiry_info, *pay_info;
};

/* In the order of enum partner; snap-bi.md section 9. */
static const struct partner_path paths[] = {
    [PARTNER_BNI] = { "bni", SNAP_SYMMETRIC, "/bni/snap/v1/access-token/b2b",
                      { NULL, "/bni/snap-service/v1", "/bni/snap-service/v1" }, "009", NULL, NULL },
    [PARTNER_BCA] = { "bca", SNAP_SYMMETRIC, "/bca/openapi/v1.0/access-token/b2b",
                      { NULL, "/bca/openapi/v1.0", "/bca/openapi/v2.0" }, "014", NULL, NULL },
    [PARTNER_GOPAY] = { "gopay", SNAP_SYMMETRIC, "/gopay/v1.0/access-token/b2b",
                        { "/gopay/v1.0", NULL, NULL }, NULL, NULL, NULL },
    [PARTNER_OVO] = { "ovo", SNAP_SYMMETRIC, "/ovo/v1.0/access-token/b2b",
                      { "/ovo/v1.0", NULL, NULL }, NULL, NULL, NULL },
    [PARTNER_LINKAJA] = { "linkaja", SNAP_SYMMETRIC, "/linkaja/v1.0/access-token/b2b",
                          { "/linkaja/v1.0", NULL, NULL }, NULL, NULL, NULL },
    [PARTNER_DANA] = { "dana", SNAP_ASYMMETRIC, NULL, { "/dana/rest/v1.0", NULL, NULL }, NULL,
                       "{\"fundType\":\"AGENT_TOPUP_FOR_USER_SETTLE\"}",
                       "{\"fundType\":\"AGENT_TOPUP_FOR_USER_SETTLE\"}" },
};
_Static_assert(sizeof paths / sizeof paths[0] == PARTNER_COUNT, "one row of paths per partner");

static void fill(const struct conf *conf, bool rehearsal, int p, struct snap_partner_conf *c)
{
    const struct partner_path *path = &paths[p];
    bool bank = partner_row((enum partner)p)->kind == PARTNER_KIND_BANK;
    bool token = path->signing == SNAP_SYMMETRIC;

    *c = (struct snap_partner_conf){
        .name = path->name,
        .kind = bank ? SNAP_BANK : SNAP_WALLET,
        .signing = path->signing,
        .base_url = conf_text(conf, "INSENTIF_SNAP_URL"),
        .prefix = { path->prefix[0], path->prefix[1], path->prefix[2] },
        .token_path = path->token_path,
        .client_key = token ? conf_text(conf, "INSENTIF_SNAP_CLIENT") : NULL,
        .private_key_pem = conf_text(conf, "INSENTIF_SNAP_KEY"),
        .client_secret = token ? conf_text(conf, "INSENTIF_SNAP_SECRET") : NULL,
        .partner_id = conf_text(conf, "INSENTIF_SNAP_CLIENT"),
        .channel_id = "95221",
        .own_bank_code = path->own_bank_code,
        .source_account = bank ? "0115476117" : NULL,
        .inquiry_info = path->inquiry_info,
        .pay_info = path->pay_info,
        .in_flight_ms = conf_int(conf, "INSENTIF_IN_FLIGHT"),
        .rehearsal = rehearsal,
    };
}

int partners_open(struct money *money, const struct conf *conf, struct err *err)
{
    struct snap_partner_conf confs[PARTNER_COUNT];
    bool rehearsal = money->shell->set.rehearsal;

    if (!rehearsal && conf_int(conf, "INSENTIF_IN_FLIGHT") < SNAP_IN_FLIGHT_MIN_MS)
        return err_set(err, ERR_FATAL,
                       "INSENTIF_IN_FLIGHT under 600000 needs INSENTIF_CLOCK=rehearsal");
    for (int p = 0; p < PARTNER_COUNT; p++)
        fill(conf, rehearsal, p, &confs[p]);
    money->snap = snap_open(confs, PARTNER_COUNT, err);
    if (!money->snap)
        return -1;
    money->seal = seal_open(conf_text(conf, "INSENTIF_SEAL_PUBLIC_KEY"),
                            conf_text(conf, "INSENTIF_SEAL_SECRET_KEY"), err);
    return money->seal ? 0 : err_prefix(err, "INSENTIF_SEAL_PUBLIC_KEY, INSENTIF_SEAL_SECRET_KEY");
}

void partners_close(struct money *money)
{
    snap_close(money->snap);
    seal_close(money->seal);
}
