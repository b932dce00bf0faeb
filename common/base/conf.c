#include "base/conf.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define PREFIX "INSENTIF_"
#define HARNESS "INSENTIF_TEST_" /* belongs to tests/run, means nothing to a program */
#ifdef INSENTIF_CRASH_POINTS
#define IS_CRASH(entry) (strncmp((entry), "INSENTIF_CRASH=", 15) == 0)
#else
#define IS_CRASH(entry) false
#endif
#define PREFIXED_MAX 64
#define NAME_MAX_ 128

extern char **environ;

struct prefixed {
    const struct conf_row *row;
    char key[NAME_MAX_];
    char *value;
};

struct conf {
    const struct conf_row *rows;
    size_t count;
    char *values[CONF_ROWS_MAX];
    struct prefixed prefixed[PREFIXED_MAX];
    size_t prefixed_count;
};

static char *copy(const char *text)
{
    char *made = strdup(text);
    if (!made)
        abort();
    return made;
}

static size_t find(const struct conf *conf, const char *name, size_t size)
{
    for (size_t i = 0; i < conf->count; i++)
        if (conf->rows[i].kind != CONF_PREFIX && strlen(conf->rows[i].name) == size &&
            memcmp(conf->rows[i].name, name, size) == 0)
            return i;
    return conf->count;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t size = strlen(value);

    for (const char *at = choices; *at; at += strcspn(at, "|"), at += *at == '|')
        if (strcspn(at, "|") == size && memcmp(at, value, size) == 0)
            return true;
    return false;
}

/* The value itself is never printed: it may be a secret put into the wrong variable. */
static int check(const struct conf_row *row, const char *value, struct err *err)
{
    int64_t number;

    switch (row->kind) {
    case CONF_INT:
        if (!str_to_int64(value, row->min, row->max, &number))
            return err_set(err, ERR_FATAL, "%s must be a whole number from %" PRId64 " to %" PRId64,
                           row->name, row->min, row->max);
        break;
    case CONF_CHOICE:
        if (!is_choice(row->choices, value))
            return err_set(err, ERR_FATAL, "%s must be one of %s", row->name, row->choices);
        break;
    case CONF_TEXT:
    case CONF_SECRET:
    case CONF_PREFIX:
    case CONF_OTHER: break;
    }
    if (!str_is_utf8(value, strlen(value)))
        return err_set(err, ERR_FATAL, "%s isn't UTF-8 text", row->name);
    return 0;
}

static int read_file(const char *name, const char *path, char **value, struct err *err)
{
    char text[CONF_VALUE_MAX + 1];
    FILE *file = fopen(path, "r");
    if (!file)
        return err_set(err, ERR_FATAL, "%s_FILE: cannot open the file it names", name);
    size_t size = fread(text, 1, sizeof text, file);
    bool bad = ferror(file) != 0;
    (void)fclose(file);
    if (bad || size > CONF_VALUE_MAX)
        return err_set(err, ERR_FATAL, "%s_FILE: the file can't be read or is over %d bytes", name,
                       CONF_VALUE_MAX);
    text[size] = '\0';
    if (strlen(text) != size)
        return err_set(err, ERR_FATAL, "%s_FILE: the file holds a NUL byte", name);
    if (size > 0 && text[size - 1] == '\n')
        text[size - 1] = '\0';
    *value = copy(text);
    return 0;
}

static int take_prefixed(struct conf *conf, const char *name, size_t size, const char *value,
                         struct err *err)
{
    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_row *row = &conf->rows[i];
        size_t stem = strlen(row->name) - 1; /* without the "*" */
        if (row->kind != CONF_PREFIX || size <= stem || memcmp(row->name, name, stem) != 0)
            continue;
        if (conf->prefixed_count == PREFIXED_MAX || size - stem >= NAME_MAX_)
            return err_set(err, ERR_FATAL, "too many or too long %s variables", row->name);
        struct prefixed *p = &conf->prefixed[conf->prefixed_count++];
        p->row = row;
        for (size_t k = stem; k < size; k++)
            p->key[k - stem] = name[k] == '_' ? '.' : (char)tolower((unsigned char)name[k]);
        p->key[size - stem] = '\0';
        p->value = copy(value);
        return 0;
    }
    return err_set(err, ERR_FATAL, "unknown variable %.*s: see --help for those there are",
                   (int)(size < 100 ? size : 100), name);
}

static int take(struct conf *conf, const char *entry, struct err *err)
{
    static const char tail[] = "_FILE";
    const char *equals = strchr(entry, '=');
    if (!equals || strncmp(entry, PREFIX, sizeof PREFIX - 1) != 0 ||
        strncmp(entry, HARNESS, sizeof HARNESS - 1) == 0 || IS_CRASH(entry))
        return 0;
    size_t size = (size_t)(equals - entry);
    size_t stem = size > sizeof tail ? size - (sizeof tail - 1) : 0;
    bool from_file = stem && memcmp(entry + stem, tail, sizeof tail - 1) == 0;

    size_t i = find(conf, entry, size);
    char *value = NULL;
    bool direct = i < conf->count;
    if (!direct && from_file)
        i = find(conf, entry, stem);
    if (i < conf->count && conf->rows[i].kind == CONF_OTHER)
        return 0;
    if (direct) {
        value = copy(equals + 1);
    } else if (i < conf->count) {
        if (read_file(conf->rows[i].name, equals + 1, &value, err) < 0)
            return -1;
    } else {
        return take_prefixed(conf, entry, size, equals + 1, err);
    }
    if (conf->values[i]) {
        free(value);
        return err_set(err, ERR_FATAL, "%s is given twice: directly and as _FILE",
                       conf->rows[i].name);
    }
    conf->values[i] = value;
    return check(&conf->rows[i], value, err);
}

static int complete(struct conf *conf, struct err *err)
{
    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_row *row = &conf->rows[i];
        if (conf->values[i] || row->kind == CONF_PREFIX || row->kind == CONF_OTHER)
            continue;
        if (!row->standard)
            return err_set(err, ERR_FATAL, "%s must be set: %s", row->name, row->help);
        conf->values[i] = copy(row->standard);
    }
    return 0;
}

struct conf *conf_open(const struct conf_row *rows, size_t count, struct err *err)
{
    assert(count <= CONF_ROWS_MAX);

    struct conf *conf = calloc(1, sizeof *conf);
    if (!conf)
        abort();
    conf->rows = rows;
    conf->count = count;
    for (char **entry = environ; *entry; entry++)
        if (take(conf, *entry, err) < 0) {
            conf_close(conf);
            return NULL;
        }
    if (complete(conf, err) < 0) {
        conf_close(conf);
        return NULL;
    }
    return conf;
}

void conf_close(struct conf *conf)
{
    if (!conf)
        return;
    for (size_t i = 0; i < conf->count; i++)
        free(conf->values[i]);
    for (size_t i = 0; i < conf->prefixed_count; i++)
        free(conf->prefixed[i].value);
    free(conf);
}

static size_t must_find(const struct conf *conf, const char *name)
{
    size_t i = find(conf, name, strlen(name));
    assert(i < conf->count);
    return i;
}

const char *conf_text(const struct conf *conf, const char *name)
{
    size_t i = must_find(conf, name);
    assert(conf->rows[i].kind != CONF_INT);
    return conf->values[i];
}

int64_t conf_int(const struct conf *conf, const char *name)
{
    size_t i = must_find(conf, name);
    int64_t value = 0;
    bool ok = str_to_int64(conf->values[i], INT64_MIN, INT64_MAX, &value);
    assert(conf->rows[i].kind == CONF_INT && ok);
    (void)ok;
    return value;
}

bool conf_prefixed(const struct conf *conf, const char *name, size_t i, const char **key,
                   const char **value)
{
    for (size_t k = 0; k < conf->prefixed_count; k++) {
        if (strcmp(conf->prefixed[k].row->name, name) != 0 || i-- > 0)
            continue;
        *key = conf->prefixed[k].key;
        *value = conf->prefixed[k].value;
        return true;
    }
    return false;
}

void conf_print(const struct conf *conf, FILE *to)
{
    for (size_t i = 0; i < conf->count; i++) {
        const struct conf_row *row = &conf->rows[i];
        if (row->kind == CONF_PREFIX || row->kind == CONF_OTHER)
            continue;
        const char *shown = conf->values[i];
        if (row->kind == CONF_SECRET)
            shown = *shown ? "(set)" : "(not set)";
        (void)fprintf(to, "%s=%s\n", row->name, shown);
    }
    for (size_t i = 0; i < conf->prefixed_count; i++)
        (void)fprintf(to, "%s: %s=(set)\n", conf->prefixed[i].row->name, conf->prefixed[i].key);
}

void conf_help(const struct conf_row *rows, size_t count, FILE *to)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == CONF_OTHER)
            continue;
        (void)fprintf(to, "  %s", rows[i].name);
        if (rows[i].kind == CONF_CHOICE)
            (void)fprintf(to, " (%s)", rows[i].choices);
        if (rows[i].kind == CONF_INT)
            (void)fprintf(to, " (%" PRId64 " to %" PRId64 ")", rows[i].min, rows[i].max);
        if (rows[i].kind == CONF_SECRET)
            (void)fprintf(to, " (secret: prefer %s_FILE)", rows[i].name);
        if (rows[i].kind != CONF_PREFIX)
            (void)fprintf(to, " [%s]", rows[i].standard ? rows[i].standard : "must be set");
        (void)fprintf(to, "\n      %s\n", rows[i].help);
    }
}
