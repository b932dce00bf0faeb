/* Whom money goes through: deploy/partners.ini, secrets, and what a rehearsal may replace. */
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/log.h"
#include "money/inside.h"
#include "money/partners_file.h"

#define SECRET_FILE_MAX 8192

const struct conf_row money_rows[MONEY_ROWS] = {
    { "INSENTIF_PAY", CONF_CHOICE, "off", 0, 0, "off|shadow|on",
      "on: money is sent; shadow: accounts are inquired, nothing is claimed or sent; off: not even "
      "that" },
    { "INSENTIF_PARTNERS", CONF_TEXT, "/etc/insentif/partners.ini", 0, 0, NULL,
      "the file with the payment partners; deploy/partners.ini says what is in it" },
    { "INSENTIF_SNAP_URL", CONF_TEXT, "", 0, 0, NULL,
      "base URL instead of every partner's own, no slash at the end; only in rehearsal" },
    { "INSENTIF_SNAP_KEY", CONF_SECRET, "", 0, 0, NULL,
      "our RSA private key, PEM, for partners without a private_key_file" },
    { "INSENTIF_SNAP_SECRET", CONF_SECRET, "", 0, 0, NULL,
      "client secret for HMAC signatures, for partners without a client_secret_file" },
    { "INSENTIF_SEAL_PUBLIC_KEY", CONF_TEXT, "", 0, 0, NULL,
      "accounts are sealed for this key, base64" },
    { "INSENTIF_SEAL_SECRET_KEY", CONF_SECRET, "", 0, 0, NULL, "opens sealed accounts, base64" },
    { "INSENTIF_LEASE", CONF_INT, "20000", 500, 600000, NULL,
      "ms between confirming a payment and its last possible send" },
    { "INSENTIF_UNKNOWN_AGE", CONF_INT, "86400000", 500, 604800000, NULL,
      "ms without an answer after which a person is told" },
    { "INSENTIF_IN_FLIGHT", CONF_INT, "0", 0, 86400000, NULL,
      "ms after the last send during which a partner may still book it, instead of every "
      "partner's own; 0: their own; only in rehearsal" },
};

/* The secret in a partner's own file, or the one that all others share. */
static int secret(const char *path, const char *shared, struct buf *out, struct err *err)
{
    if (path) {
        if (file_text(path, SECRET_FILE_MAX, out, err) < 0)
            return -1;
        while (out->size > 0 && out->data[out->size - 1] == '\n')
            out->data[--out->size] = '\0';
        return 0;
    }
    buf_reset(out);
    buf_text(out, shared);
    return 0;
}

struct secrets {
    struct buf key, secret;
};

static int fill(const struct conf *conf, struct partner_section *s, struct secrets *secrets,
                struct err *err)
{
    struct snap_partner_conf *c = &s->snap;
    const char *url = conf_text(conf, "INSENTIF_SNAP_URL");

    if (secret(s->private_key_file, conf_text(conf, "INSENTIF_SNAP_KEY"), &secrets->key, err) < 0)
        return -1;
    if (secret(s->client_secret_file, conf_text(conf, "INSENTIF_SNAP_SECRET"), &secrets->secret,
               err) < 0)
        return -1;
    c->private_key_pem = secrets->key.data;
    c->client_secret = c->signing == SNAP_SYMMETRIC ? secrets->secret.data : NULL;
    if (*url)
        c->base_url = url;
    if (conf_int(conf, "INSENTIF_IN_FLIGHT") > 0)
        c->in_flight_ms = conf_int(conf, "INSENTIF_IN_FLIGHT");
    return 0;
}

static int open_snap(struct money *m, const struct conf *conf, struct partner_section *sections,
                     struct err *err)
{
    struct snap_partner_conf confs[PARTNER_COUNT];
    struct secrets secrets[PARTNER_COUNT] = { 0 };
    size_t count = 0;
    int rc = 0;

    for (int p = 0; p < PARTNER_COUNT && rc == 0; p++) {
        m->partners[p] = (struct partner_terms){ .snap = -1 };
        if (!sections[p].here)
            continue;
        sections[p].snap.rehearsal = m->shell->set.rehearsal;
        rc = fill(conf, &sections[p], &secrets[p], err);
        m->partners[p] = (struct partner_terms){ (int)count, sections[p].limit_idr,
                                                 sections[p].reference_length };
        confs[count++] = sections[p].snap;
    }
    if (rc == 0)
        m->snap = snap_open(confs, count, err);
    for (int p = 0; p < PARTNER_COUNT; p++) {
        seal_wipe_bytes(secrets[p].key.data, secrets[p].key.size);
        seal_wipe_bytes(secrets[p].secret.data, secrets[p].secret.size);
        buf_release(&secrets[p].key);
        buf_release(&secrets[p].secret);
    }
    return m->snap ? 0 : -1;
}

int partners_open(struct money *m, const struct conf *conf, struct err *err)
{
    struct partner_section sections[PARTNER_COUNT];
    struct gate_terms terms[PARTNER_COUNT];
    const char *override = *conf_text(conf, "INSENTIF_SNAP_URL") ? "INSENTIF_SNAP_URL"
                           : conf_int(conf, "INSENTIF_IN_FLIGHT") > 0 ? "INSENTIF_IN_FLIGHT"
                                                                       : NULL;

    if (override && !m->shell->set.rehearsal)
        return err_set(err, ERR_FATAL, "%s needs INSENTIF_CLOCK=rehearsal", override);
    struct partners_file *file =
        partners_file_open(conf_text(conf, "INSENTIF_PARTNERS"), sections, err);
    if (!file)
        return err_prefix(err, "INSENTIF_PARTNERS");
    for (int p = 0; p < PARTNER_COUNT; p++)
        terms[p] = sections[p].terms;
    gate_open(&m->gate, terms);
    int rc = open_snap(m, conf, sections, err);
    partners_file_close(file);
    if (rc < 0)
        return -1;
    m->seal = seal_open(conf_text(conf, "INSENTIF_SEAL_PUBLIC_KEY"),
                        conf_text(conf, "INSENTIF_SEAL_SECRET_KEY"), err);
    return m->seal ? 0 : err_prefix(err, "INSENTIF_SEAL_PUBLIC_KEY, INSENTIF_SEAL_SECRET_KEY");
}

void partners_close(struct money *money)
{
    snap_close(money->snap);
    seal_close(money->seal);
}

void partner_changed(struct money *m, enum partner partner)
{
    const struct gate_partner *p = &m->gate.partners[partner];
    bool closed = p->state == BREAKER_CLOSED;

    enum log_level level = closed                       ? LOG_INFO
                           : p->why == GATE_SAID_FUNDS ? LOG_ERROR /* a person must top it up */
                                                       : LOG_WARN;
    LOG(level, EV("partner"), F_STR("partner", partner_row(partner)->name),
        F_STR("breaker", gate_state_name(p->state)),
        F_STR("why", closed ? "" : gate_said_name(p->why)), F_INT("pause_ms", p->pause_ms));
}

int64_t partner_in_flight_ms(const struct money *m, enum partner partner)
{
    return m->partners[partner].snap < 0 ? SNAP_IN_FLIGHT_MIN_MS
                                         : snap_in_flight_ms(m->snap, m->partners[partner].snap);
}
