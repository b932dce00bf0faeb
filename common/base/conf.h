#ifndef BASE_CONF_H
#define BASE_CONF_H

/*
 * Configuration from the environment: one table with name, kind, default and help.
 *
 * INSENTIF_FOO, or INSENTIF_FOO_FILE naming a file that holds the value (for secrets; a trailing
 * newline is dropped).  An INSENTIF_ variable that no row of the table names, and a value that does
 * not fit its row, are errors that name the variable and what would be right; nothing is guessed.
 * A row ending in "*" (INSENTIF_KAFKA_*) takes every variable with that prefix. A row of kind
 * CONF_OTHER names a setting of another program, so that one environment may serve all: it is no
 * error, and neither read, nor shown, nor explained.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

enum conf_kind { CONF_TEXT, CONF_INT, CONF_CHOICE, CONF_SECRET, CONF_PREFIX, CONF_OTHER };

struct conf_row {
    const char *name;     /* "INSENTIF_REDIS" */
    enum conf_kind kind;
    const char *standard; /* default as text; NULL: must be given */
    int64_t min, max;     /* CONF_INT */
    const char *choices;  /* CONF_CHOICE: "off|shadow|on" */
    const char *help;     /* one line, says the unit */
};

#define CONF_ROWS_MAX 64
#define CONF_VALUE_MAX 4096

struct conf;

/* Read the environment against rows[0..count). NULL with *err naming the first bad variable. */
struct conf *conf_open(const struct conf_row *rows, size_t count, struct err *err);
void conf_close(struct conf *conf);

/* The value of a row. Asserts that the row exists and has that kind. Valid until conf_close(). */
const char *conf_text(const struct conf *conf, const char *name); /* TEXT, CHOICE, SECRET */
int64_t conf_int(const struct conf *conf, const char *name);

/* The i-th variable under a CONF_PREFIX row: its name after the prefix, lower case, '_' as '.'. */
bool conf_prefixed(const struct conf *conf, const char *name, size_t i, const char **key,
                   const char **value);

/* name=value lines with secrets shown as "(set)" or "(not set)", and the table of help. */
void conf_print(const struct conf *conf, FILE *to);
void conf_help(const struct conf_row *rows, size_t count, FILE *to);

#endif
