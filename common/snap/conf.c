#include <stdlib.h>
#include <string.h>

#include "snap/client.h"
#include "snap/json.h"

#define CONNECT_STANDARD_MS 5000
#define READ_STANDARD_MS 15000
#define TIMEOUT_MAX_MS 120000
#define URL_MAX 200
#define PATH_MAX_SIZE 100
#define SECRET_MAX 512
#define INFO_MAX 1024
#define SUFFIX_MAX 8
#define PAYER_MAX 32

/* Ours to keep and to cleanse. NULL stays NULL. */
static const char *own(struct snap_partner *partner, const char *text)
{
    if (!text)
        return NULL;
    char *copy = strdup(text);
    if (!copy || partner->text_count == SNAP_TEXTS_MAX)
        abort(); /* as base/buf.h; the count is ours */
    partner->texts[partner->text_count++] = copy;
    return copy;
}

static void own_all(struct snap_partner *partner, const struct snap_partner_conf *from)
{
    struct snap_partner_conf *conf = &partner->conf;

    *conf = *from;
    conf->name = own(partner, from->name);
    conf->base_url = own(partner, from->base_url);
    for (size_t i = 0; i < SNAP_GROUPS; i++) {
        conf->prefix[i] = own(partner, from->prefix[i]);
        conf->suffix[i] = own(partner, from->suffix[i]);
    }
    conf->token_path = own(partner, from->token_path);
    conf->client_key = own(partner, from->client_key);
    conf->private_key_pem = NULL; /* becomes partner->key */
    conf->client_secret = own(partner, from->client_secret);
    conf->partner_id = own(partner, from->partner_id);
    conf->channel_id = own(partner, from->channel_id);
    conf->own_bank_code = own(partner, from->own_bank_code);
    conf->source_account = own(partner, from->source_account);
    conf->inquiry_info = own(partner, from->inquiry_info);
    conf->pay_info = own(partner, from->pay_info);
    conf->ca_file = own(partner, from->ca_file);
    conf->to_bank.customer_number = own(partner, from->to_bank.customer_number);
    conf->to_bank.inquiry_info = own(partner, from->to_bank.inquiry_info);
    conf->to_bank.pay_info = own(partner, from->to_bank.pay_info);
    conf->to_bank.status_path = own(partner, from->to_bank.status_path);
    if (conf->connect_ms == 0)
        conf->connect_ms = CONNECT_STANDARD_MS;
    if (conf->read_ms == 0)
        conf->read_ms = READ_STANDARD_MS;
}

/* Visible ASCII of 1 to max characters: safe in a header and in a path. */
static bool is_word(const char *text, size_t max)
{
    size_t size = text ? strlen(text) : 0;

    if (size == 0 || size > max)
        return false;
    for (size_t i = 0; i < size; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7f)
            return false;
    return true;
}

static bool is_path(const char *text)
{
    return is_word(text, PATH_MAX_SIZE) && text[0] == '/' && text[strlen(text) - 1] != '/' &&
           !strpbrk(text, "?#%:");
}

static bool is_url(const char *text, bool rehearsal)
{
    if (!is_word(text, URL_MAX))
        return false;
    const char *host = strncmp(text, "https://", 8) == 0                ? text + 8
                       : rehearsal && strncmp(text, "http://", 7) == 0 ? text + 7
                                                                        : "";
    return *host && !strpbrk(host, "/?#@");
}

static bool is_suffix(const char *text)
{
    return !text || (is_word(text, SUFFIX_MAX) && text[0] == '.' && !strpbrk(text, "/?#%:"));
}

static bool is_number(const char *text, size_t max)
{
    return is_word(text, max) && strspn(text, "0123456789") == strlen(text);
}

/* A compact JSON object that goes into bodies as it stands, without the key that is put in. */
static bool is_info(const char *text, const char *without)
{
    struct buf small = { 0 };
    struct err err;

    if (!text)
        return true;
    size_t size = strlen(text);
    snap_minify(text, size, &small);
    bool compact = size <= INFO_MAX && small.size == size;
    buf_release(&small);
    struct snap_json *json = compact ? snap_json_parse(text, size, &err) : NULL;
    bool right = json && !(without && snap_json_has(json, without));
    snap_json_free(json);
    return right;
}

static const char *wrong_bank(const struct snap_partner_conf *conf)
{
    if (conf->own_bank_code && !is_word(conf->own_bank_code, SNAP_BANK_MAX - 1))
        return "own_bank_code";
    if ((conf->kind == SNAP_BANK || conf->source_account) && !is_number(conf->source_account, 19))
        return "source_account (digits, at most 19)";
    return NULL;
}

/* Digits that another service's answers have could be taken for its own. */
static bool is_status_code(int code)
{
    static const int others[] = { 11, 15, 16, 17, 18, 37, 38, 42, 43, 73 };

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (code == others[i])
            return false;
    return code >= 0 && code <= 99;
}

static const char *wrong_to_bank(const struct snap_partner_conf *conf)
{
    const struct snap_to_bank_conf *to_bank = &conf->to_bank;

    if (!conf->prefix[SNAP_GROUP_TO_BANK])
        return NULL;
    if (conf->kind != SNAP_WALLET)
        return "prefix (42 and 43 are a wallet issuer's)";
    if (!is_number(to_bank->customer_number, PAYER_MAX))
        return "to_bank.customer_number (digits, at most 32)";
    if (!is_info(to_bank->inquiry_info, "beneficiaryBankCode") ||
        !is_info(to_bank->pay_info, NULL))
        return "to_bank additional info (a compact JSON object)";
    if (!is_path(to_bank->status_path))
        return "to_bank.status_path";
    return is_status_code(to_bank->status_code) ? NULL : "to_bank.status_code";
}

static const char *wrong_time(const struct snap_partner_conf *conf)
{
    if (conf->in_flight_ms < (conf->rehearsal ? 0 : SNAP_IN_FLIGHT_MIN_MS))
        return "in_flight_ms (ten minutes or more)";
    if (conf->connect_ms < 1 || conf->connect_ms > TIMEOUT_MAX_MS)
        return "connect_ms";
    if (conf->read_ms < 1 || conf->read_ms > TIMEOUT_MAX_MS)
        return "read_ms";
    return NULL;
}

/* The first field that is wrong, NULL when all are right. */
static const char *wrong_field(const struct snap_partner_conf *conf)
{
    size_t prefixes = 0;

    if (!is_word(conf->name, 32))
        return "name";
    if (!is_url(conf->base_url, conf->rehearsal))
        return "base_url (https://host[:port])";
    for (size_t i = 0; i < SNAP_GROUPS; i++) {
        if (!is_suffix(conf->suffix[i]))
            return "suffix";
        if (!conf->prefix[i])
            continue;
        if (!is_path(conf->prefix[i]))
            return "prefix";
        prefixes++;
    }
    if (prefixes == 0)
        return "prefix (one at least)";
    if (conf->signing == SNAP_SYMMETRIC) {
        if (!is_path(conf->token_path))
            return "token_path";
        if (!is_word(conf->client_key, 100))
            return "client_key";
        if (!is_word(conf->client_secret, SECRET_MAX))
            return "client_secret";
    }
    if (!is_word(conf->partner_id, 36))
        return "partner_id";
    if (!is_word(conf->channel_id, 5))
        return "channel_id";
    if (!is_info(conf->inquiry_info, NULL) || !is_info(conf->pay_info, NULL))
        return "additional info (a compact JSON object)";
    if (conf->inquiry_amount_idr < 0 || conf->inquiry_amount_idr > SNAP_AMOUNT_MAX_IDR)
        return "inquiry_amount_idr";
    const char *wrong = wrong_bank(conf);
    if (!wrong)
        wrong = wrong_to_bank(conf);
    return wrong ? wrong : wrong_time(conf);
}

int snap_partner_open(struct snap_partner *partner, const struct snap_partner_conf *conf,
                      struct err *err)
{
    own_all(partner, conf);

    const char *wrong = wrong_field(&partner->conf);
    const char *name = is_word(conf->name, 32) ? conf->name : "payment partner";
    if (wrong)
        return err_set(err, ERR_FATAL, "%s: %s is missing or wrong", name, wrong);
    if (!conf->private_key_pem)
        return err_set(err, ERR_FATAL, "%s: private_key_pem is missing or wrong", name);
    partner->key = snap_key_private(conf->private_key_pem, err);
    if (!partner->key)
        return err_prefix(err, name);
    return 0;
}

void snap_partner_close(struct snap_partner *partner)
{
    for (size_t i = 0; i < partner->text_count; i++) {
        snap_cleanse(partner->texts[i], strlen(partner->texts[i]));
        free(partner->texts[i]);
    }
    snap_key_free(partner->key);
    snap_cleanse_buf(&partner->token.text);
    buf_release(&partner->token.text);
    memset(partner, 0, sizeof *partner);
}
