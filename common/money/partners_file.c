#include "money/partners_file.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/str.h"

#define FILE_MAX 65536
#define TEXTS_MAX 256

struct partners_file {
    char *texts[TEXTS_MAX];
    size_t count;
};

enum kind { TEXT, INT, LONG, KIND, SIGNATURE, WINDOW, YES };

/* Every key of a section. */
static const struct key {
    const char *name;
    enum kind kind;
    size_t offset;
    int64_t min, max;
    bool needed;
} keys[] = {
#define SNAP(member) offsetof(struct partner_section, snap.member)
#define TERM(member) offsetof(struct partner_section, terms.member)
#define OWN(member) offsetof(struct partner_section, member)
    { "base_url", TEXT, SNAP(base_url), 0, 0, true },
    { "kind", KIND, SNAP(kind), 0, 0, true },
    { "signature", SIGNATURE, SNAP(signing), 0, 0, true },
    { "token_path", TEXT, SNAP(token_path), 0, 0, false },
    { "prefix_wallet", TEXT, SNAP(prefix[SNAP_GROUP_WALLET]), 0, 0, false },
    { "prefix_bank", TEXT, SNAP(prefix[SNAP_GROUP_BANK]), 0, 0, false },
    { "prefix_interbank", TEXT, SNAP(prefix[SNAP_GROUP_INTERBANK]), 0, 0, false },
    { "prefix_to_bank", TEXT, SNAP(prefix[SNAP_GROUP_TO_BANK]), 0, 0, false },
    { "prefix_balance", TEXT, SNAP(prefix[SNAP_GROUP_BALANCE]), 0, 0, false },
    { "suffix_wallet", TEXT, SNAP(suffix[SNAP_GROUP_WALLET]), 0, 0, false },
    { "suffix_bank", TEXT, SNAP(suffix[SNAP_GROUP_BANK]), 0, 0, false },
    { "suffix_interbank", TEXT, SNAP(suffix[SNAP_GROUP_INTERBANK]), 0, 0, false },
    { "suffix_to_bank", TEXT, SNAP(suffix[SNAP_GROUP_TO_BANK]), 0, 0, false },
    { "suffix_balance", TEXT, SNAP(suffix[SNAP_GROUP_BALANCE]), 0, 0, false },
    { "to_bank_customer", TEXT, SNAP(to_bank.customer_number), 0, 0, false },
    { "to_bank_inquiry_info", TEXT, SNAP(to_bank.inquiry_info), 0, 0, false },
    { "to_bank_pay_info", TEXT, SNAP(to_bank.pay_info), 0, 0, false },
    { "to_bank_status_path", TEXT, SNAP(to_bank.status_path), 0, 0, false },
    { "to_bank_status_code", INT, SNAP(to_bank.status_code), 0, 99, false },
    { "client_key", TEXT, SNAP(client_key), 0, 0, false },
    { "partner_id", TEXT, SNAP(partner_id), 0, 0, true },
    { "channel_id", TEXT, SNAP(channel_id), 0, 0, true },
    { "private_key_file", TEXT, OWN(private_key_file), 0, 0, false },
    { "client_secret_file", TEXT, OWN(client_secret_file), 0, 0, false },
    { "ca_file", TEXT, SNAP(ca_file), 0, 0, false },
    { "own_bank_code", TEXT, SNAP(own_bank_code), 0, 0, false },
    { "source_account", TEXT, SNAP(source_account), 0, 0, false },
    { "inquiry_info", TEXT, SNAP(inquiry_info), 0, 0, false },
    { "pay_info", TEXT, SNAP(pay_info), 0, 0, false },
    { "inquiry_amount_idr", LONG, SNAP(inquiry_amount_idr), 1, SNAP_AMOUNT_MAX_IDR, false },
    { "window", WINDOW, TERM(window_from), 0, 0, false },
    { "rate", INT, TERM(rate), 1, 100000, true },
    { "concurrency", INT, TERM(concurrency), 1, 10000, true },
    { "limit_idr", LONG, OWN(limit_idr), 1, SNAP_AMOUNT_MAX_IDR, true },
    { "breaker", INT, TERM(breaker), 1, 100000, false },
    { "day_transfers", INT, TERM(day_transfers), 1, INT32_MAX, false },
    { "day_idr", LONG, TERM(day_idr), 1, INT64_C(1000000000000000), false },
    { "reference_length", INT, OWN(reference_length), 1, 64, true },
    { "in_flight_s", LONG, SNAP(in_flight_ms), 1, 86400, true },
    { "connect_ms", LONG, SNAP(connect_ms), 1, 120000, false },
    { "read_ms", LONG, SNAP(read_ms), 1, 120000, false },
    { "canary", YES, TERM(canary), 0, 0, false },
};
#define KEYS (sizeof keys / sizeof keys[0])

struct reading {
    struct partners_file *file;
    struct partner_section *sections;
    bool given[PARTNER_COUNT][KEYS];
    const char *names[PARTNER_COUNT]; /* of the sections, lower case */
    struct err err; /* the first */
};

static int refuse(struct reading *r, const char *section, const char *key, const char *what)
{
    if (r->err.kind == ERR_NONE)
        (void)err_set(&r->err, ERR_FATAL, "[%.20s] %.40s: %s", section, key, what);
    return 0;
}

static const char *keep(struct partners_file *file, const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    file->texts[file->count++] = copy;
    return copy;
}

static bool is_partner(const char *section, int partner)
{
    const char *name = partner_row((enum partner)partner)->name;

    for (; *section && *name; section++, name++)
        if (*section != (*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name))
            return false;
    return *section == *name;
}

/* "HH:MM" */
static bool take_minute(const char *text, int32_t *minute)
{
    char hour[3] = { text[0], text[1], '\0' }, rest[3] = { text[3], text[4], '\0' };
    int64_t h, m;

    if (text[2] != ':' || !str_to_int64(hour, 0, 23, &h) || !str_to_int64(rest, 0, 59, &m))
        return false;
    *minute = (int32_t)(60 * h + m);
    return true;
}

static const char *take_window(const char *value, struct gate_terms *terms)
{
    if (strlen(value) != 11 || value[5] != '-' || !take_minute(value, &terms->window_from) ||
        !take_minute(value + 6, &terms->window_to))
        return "must be HH:MM-HH:MM";
    return terms->window_from == terms->window_to ? "opens and closes at the same minute" : NULL;
}

/* One of two words. */
static const char *take_word(const char *value, const char *zero, const char *one, bool *second)
{
    *second = strcmp(value, one) == 0;
    return *second || strcmp(value, zero) == 0 ? NULL : "must be one of its two words";
}

/* NULL, or what is wrong with the value. */
static const char *take(struct reading *r, const struct key *key, const char *value,
                        struct partner_section *s)
{
    void *at = (char *)s + key->offset;
    const char *wrong = NULL;
    bool second = false;
    int64_t number = 0;

    if (*value == '\0')
        return "is empty; leave the line out";
    switch (key->kind) {
    case TEXT:
        if (r->file->count == TEXTS_MAX)
            return "the file has too many lines";
        *(const char **)at = keep(r->file, value);
        break;
    case INT:
    case LONG:
        if (!str_to_int64(value, key->min, key->max, &number))
            return "must be a whole number within its limits";
        if (key->kind == INT)
            *(int32_t *)at = (int32_t)number;
        else
            *(int64_t *)at = number;
        break;
    case KIND:
        wrong = take_word(value, "wallet", "bank", &second);
        s->snap.kind = second ? SNAP_BANK : SNAP_WALLET;
        break;
    case SIGNATURE:
        wrong = take_word(value, "symmetric", "asymmetric", &second);
        s->snap.signing = second ? SNAP_ASYMMETRIC : SNAP_SYMMETRIC;
        break;
    case WINDOW: wrong = take_window(value, &s->terms); break;
    case YES:
        wrong = take_word(value, "no", "yes", &second);
        s->terms.canary = second;
        break;
    }
    return wrong;
}

static int line(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;
    int p = 0;
    size_t k = 0;

    while (p < PARTNER_COUNT && !is_partner(section, p))
        p++;
    if (p == PARTNER_COUNT)
        return refuse(r, section, name, "there is no partner of this name");
    if (!r->sections[p].here)
        r->names[p] = keep(r->file, section);
    r->sections[p].here = true;
    while (k < KEYS && strcmp(keys[k].name, name) != 0)
        k++;
    if (k == KEYS)
        return refuse(r, section, name, "there is no such key");
    if (r->given[p][k])
        return refuse(r, section, name, "is given twice");
    r->given[p][k] = true;
    const char *wrong = take(r, &keys[k], value, &r->sections[p]);
    return wrong ? refuse(r, section, name, wrong) : 1;
}

/* What only the whole section tells. */
static int check_section(struct reading *r, const char *path, int p, struct err *err)
{
    struct partner_section *s = &r->sections[p];

    for (size_t k = 0; k < KEYS; k++)
        if (keys[k].needed && !r->given[p][k])
            return err_set(err, ERR_FATAL, "%s: [%s] %s is missing", path, r->names[p],
                           keys[k].name);
    s->snap.name = r->names[p];
    s->snap.in_flight_ms *= 1000;
    return 0;
}

static int check(struct reading *r, const char *path, struct err *err)
{
    int here = 0;

    for (int p = 0; p < PARTNER_COUNT; p++) {
        if (r->sections[p].here && check_section(r, path, p, err) < 0)
            return -1;
        here += r->sections[p].here;
    }
    return here > 0 ? 0 : err_set(err, ERR_FATAL, "%s: no partner in it", path);
}

struct partners_file *partners_file_read(const char *name, const char *text,
                                         struct partner_section sections[PARTNER_COUNT],
                                         struct err *err)
{
    struct reading r = { .file = calloc(1, sizeof *r.file), .sections = sections };
    if (!r.file)
        abort();
    memset(sections, 0, PARTNER_COUNT * sizeof sections[0]);
    int bad = ini_parse_string(text, line, &r);
    if (bad != 0) {
        (void)err_set(err, ERR_FATAL, "%s:%d: %s", name, bad,
                      r.err.kind != ERR_NONE ? r.err.text
                                             : "neither [section] nor key = value nor ; comment");
        partners_file_close(r.file);
        return NULL;
    }
    if (check(&r, name, err) < 0) {
        partners_file_close(r.file);
        return NULL;
    }
    return r.file;
}

struct partners_file *partners_file_open(const char *path,
                                         struct partner_section sections[PARTNER_COUNT],
                                         struct err *err)
{
    struct buf text = { 0 };
    struct partners_file *file = NULL;

    if (file_text(path, FILE_MAX, &text, err) == 0)
        file = partners_file_read(path, text.data, sections, err);
    buf_release(&text);
    return file;
}

void partners_file_close(struct partners_file *file)
{
    for (size_t i = 0; file && i < file->count; i++)
        free(file->texts[i]);
    free(file);
}
