#ifndef WORKERS_INSENTIF_CLI_H
#define WORKERS_INSENTIF_CLI_H

/*
 * The command line `insentif`: what its commands share.
 *
 * A command is a row of data (name, options, help) and a function that runs once and returns the
 * exit status.  Each family has a file of its own that defines its rows; main.c lists them.
 * Results go to standard output, everything else to standard error.  Nothing shown is personal data
 * (R20).
 *
 * To add a command: its row and function in a file of its family, extern here, its line in main.c.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "bus/bus.h"
#include "codec/codec.h"
#include "events/events.h"
#include "store/store.h"
#include "worker/settings.h"

/* Exit statuses. */
enum {
    DONE,  /* all is well */
    WRONG, /* wrong usage, configuration or input; differences were found */
    AWAY,  /* a dependency is away or refused */
};

#define OPTIONS_MAX 12
#define CONNECT_MS 10000 /* so long Kafka and Redis may take to be reached */

enum option_kind { OPTION_FLAG, OPTION_INT, OPTION_TEXT };

struct option_row {
    const char *name; /* "--rate"; NULL ends the table */
    enum option_kind kind;
    int64_t min, max, standard; /* OPTION_INT */
    const char *value;          /* as help shows it: "N" */
    const char *help;
};

struct cli;

struct command {
    const char *name;     /* "topics create" */
    const char *operands; /* "<topic> [file.jsonl]" */
    const char *summary;
    const char *more;     /* further lines of --help */
    const struct option_row *options;
    size_t least, most;   /* operands */
    bool bare;            /* reads no settings */
    int (*run)(struct cli *cli);
};

extern const struct command topics_create, topics_check, store_install, keys_command, clock_step,
    clock_show, produce_command, decode_command, dead_letters, show_command, explain_command,
    idle_command, cases_command, pause_command, resume_command, words_command, reconcile_command,
    budget_command, reprocess_command;

struct cli {
    const struct command *command;
    const char *const *operands; /* of argv */
    size_t operand_count;
    const char *given[OPTIONS_MAX]; /* per option: its text, NULL: not given */
    struct conf *conf;
    struct settings_edges edges;
    const char *environment;
    const char *topics[EVENT_COUNT]; /* bus index == enum event_type */
    struct bus *bus;
    struct store *store;
};

/* ---------------------------------------------------------------- cli.c */
bool option_flag(const struct cli *cli, const char *name);
int64_t option_int(const struct cli *cli, const char *name);
const char *option_text(const struct cli *cli, const char *name); /* NULL: not given */

/* Cause and remedy on standard error; returns `status`. */
__attribute__((format(printf, 3, 4))) int cli_fail(const struct cli *cli, int status,
                                                   const char *fmt, ...);

/* Has this setting that value? */
bool cli_is(const struct cli *cli, const char *setting, const char *value);

/* Run one command with its arguments (argv behind its name). */
int cli_run(const struct command *command, int argc, char **argv);
void cli_help(const struct command *command);

/* The settings: those that all programs share, our own, and those of others, passed over. */
size_t cli_rows(struct conf_row rows[CONF_ROWS_MAX]);
void cli_help_settings(void);

/* ---------------------------------------------------------------- edge.c: the edges, waited for */

/* Connect; 0, or the exit status after having complained. Closed by cli_run(). */
int edge_store(struct cli *cli);
int edge_bus(struct cli *cli);

/* Wait until the calls are finished: 0, or the exit status after having complained (the connection
 * was lost, the call was refused). */
int edge_wait(struct cli *cli, const struct store_call *calls, size_t count);

/* The same without complaints: false when Redis is silent. */
bool edge_settle(struct cli *cli, const struct store_call *calls, size_t count);

/* Sleep until the bus or the store may have something, at most so long. */
void edge_sleep(struct cli *cli, int wait_ms);

/* Partitions of a topic, waited for; -1 after having complained. */
int32_t edge_partitions(struct cli *cli, enum event_type topic, int *status);

/* The business clock: false after having complained. */
bool edge_business_ms(struct cli *cli, int64_t *at_ms, int *status);

/* Where each partition of the topics whose bit is set in `topics` ends: ends[topic][partition].
 * until_ms: boot clock. 0, or the exit status. */
int edge_ends(struct cli *cli, uint32_t topics, int32_t partitions, int64_t until_ms,
              int64_t (*ends)[BUS_PARTITIONS_MAX]);

#endif
