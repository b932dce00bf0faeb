#ifndef WORKER_PROGRAM_H
#define WORKER_PROGRAM_H

/*
 * What every program has in common that runs until it is told to stop: its arguments (--help,
 * --print-config), settings, log lines and signals.  One a process; called from its one thread.
 */
#include <stdbool.h>

#include "base/conf.h"

/* Exit statuses: an orderly stop, wrong arguments or settings, ERR_FATAL. */
enum { EXIT_OK, EXIT_CONFIG, EXIT_FATAL };

/* Settings that every such program has, at the place in its table where --help shows them. */
#define PROGRAM_ROW_HTTP                                                                           \
    { "INSENTIF_HTTP", CONF_TEXT, "127.0.0.1:8080", 0, 0, NULL,                                    \
      "where /livez, /readyz and /metrics are served, host:port, or off" }
#define PROGRAM_ROW_DRAIN                                                                          \
    { "INSENTIF_DRAIN", CONF_INT, "10000", 0, 600000, NULL,                                        \
      "ms that SIGTERM may take to finish what is under way" }

struct program {
    const char *name;           /* in complaints, --help and log lines */
    const char *summary;        /* for --help, without the last newline */
    const struct conf_row *own; /* its settings besides settings_common, both rows above in them */
    size_t own_count;
    const struct conf_row *extra; /* and behind those; NULL: none */
    size_t extra_count;
    /* What its own settings say, without connecting: ERR_FATAL names the wrong one. NULL: nothing
     * but the rows. */
    int (*check)(const struct conf *conf, struct err *err);
};

/*
 * Read arguments and settings, check them, begin to log and to catch signals.  Returns the
 * settings, the caller's to conf_close(); or NULL when all is said: end with *status.
 */
MUST_CHECK struct conf *program_start(const struct program *program, int argc, char **argv,
                                      int *status);

/* SIGTERM or SIGINT has come. */
bool program_stop_asked(void);

/* Why it can't start, on standard error. Returns EXIT_CONFIG. */
int program_complain(const struct program *program, const struct err *err);

#endif
