/* Options, settings and the life of one command. */
#include "cli.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"

static const struct conf_row own_rows[] = {
    { "INSENTIF_SEAL_PUBLIC_KEY", CONF_TEXT, "", 0, 0, NULL,
      "`produce` seals accounts for this key, base64" },
    { "INSENTIF_PARTITIONS", CONF_INT, "12", 1, BUS_PARTITIONS_MAX, NULL,
      "partitions of each topic, and so the number of buckets" },
    { "INSENTIF_REPLICATION", CONF_INT, "0", 0, 15, NULL,
      "replicas of each topic; 0: 3, or 1 in the demo profile" },
    { "INSENTIF_APPROVAL_IDR", CONF_INT, "10000000", 0, INT64_C(1000000000000000), NULL,
      "rupiah; above it `reprocess` needs a second person" },
};

size_t cli_rows(struct conf_row rows[CONF_ROWS_MAX])
{
    size_t own = sizeof own_rows / sizeof own_rows[0];

    assert(settings_common_count + own <= CONF_ROWS_MAX);
    memcpy(rows, settings_common, settings_common_count * sizeof rows[0]);
    memcpy(rows + settings_common_count, own_rows, sizeof own_rows);
    return settings_add_others(rows, settings_common_count + own);
}

void cli_help_settings(void)
{
    struct conf_row rows[CONF_ROWS_MAX];
    size_t count = cli_rows(rows);

    conf_help(rows, count, stdout);
    (void)printf("  Those of the workers are accepted and mean nothing here.\n");
}

/* ---------------------------------------------------------------- options */
static const struct option_row *option_find(const struct command *command, const char *name,
                                            size_t size, size_t *index)
{
    const struct option_row *row = command->options;

    for (size_t i = 0; row && row->name; row++, i++) {
        assert(i < OPTIONS_MAX);
        if (strlen(row->name) == size && strncmp(row->name, name, size) == 0) {
            *index = i;
            return row;
        }
    }
    return NULL;
}

static const char *option_given(const struct cli *cli, const char *name, enum option_kind kind,
                                const struct option_row **found)
{
    size_t i = 0;
    const struct option_row *row = option_find(cli->command, name, strlen(name), &i);

    assert(row && row->kind == kind);
    (void)kind;
    if (found)
        *found = row;
    return cli->given[i];
}

bool option_flag(const struct cli *cli, const char *name)
{
    return option_given(cli, name, OPTION_FLAG, NULL) != NULL;
}

int64_t option_int(const struct cli *cli, const char *name)
{
    const struct option_row *row;
    const char *text = option_given(cli, name, OPTION_INT, &row);
    int64_t value = row->standard;

    if (text)
        (void)str_to_int64(text, row->min, row->max, &value); /* checked when taken */
    return value;
}

const char *option_text(const struct cli *cli, const char *name)
{
    return option_given(cli, name, OPTION_TEXT, NULL);
}

int cli_fail(const struct cli *cli, int status, const char *fmt, ...)
{
    va_list ap;

    (void)fprintf(stderr, "insentif %s: ", cli->command->name);
    va_start(ap, fmt);
    (void)vfprintf(stderr, fmt, ap);
    va_end(ap);
    (void)fputc('\n', stderr);
    return status;
}

bool cli_is(const struct cli *cli, const char *setting, const char *value)
{
    return strcmp(conf_text(cli->conf, setting), value) == 0;
}

/* One option at argv[i], with its value in the same word or the next. Returns the words used, 0
 * after having complained. */
static int option_take(struct cli *cli, int argc, char **argv, int i)
{
    const char *word = argv[i];
    size_t size = strcspn(word, "="), index = 0;
    const struct option_row *row = option_find(cli->command, word, size, &index);
    int64_t number;

    if (!row) {
        (void)cli_fail(cli, WRONG, "unknown option %.60s; see: insentif %s --help", word,
                       cli->command->name);
        return 0;
    }
    if (row->kind == OPTION_FLAG) {
        if (word[size]) {
            (void)cli_fail(cli, WRONG, "%s takes no value", row->name);
            return 0;
        }
        cli->given[index] = "yes";
        return 1;
    }
    const char *value = word[size] ? word + size + 1 : i + 1 < argc ? argv[i + 1] : NULL;
    if (!value) {
        (void)cli_fail(cli, WRONG, "%s needs a value: %s", row->name, row->help);
        return 0;
    }
    if (row->kind == OPTION_INT && !str_to_int64(value, row->min, row->max, &number)) {
        (void)cli_fail(cli, WRONG, "%s must be a whole number from %" PRId64 " to %" PRId64,
                       row->name, row->min, row->max);
        return 0;
    }
    cli->given[index] = value;
    return word[size] ? 1 : 2;
}

/* Operands are moved to the front of argv. */
static bool take_words(struct cli *cli, int argc, char **argv)
{
    bool options = true;
    int i = 0;

    while (i < argc) {
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            i++;
        } else if (options && argv[i][0] == '-' && argv[i][1]) {
            int used = option_take(cli, argc, argv, i);
            if (used == 0)
                return false;
            i += used;
        } else {
            argv[cli->operand_count++] = argv[i++];
        }
    }
    cli->operands = (const char *const *)argv;
    if (cli->operand_count >= cli->command->least && cli->operand_count <= cli->command->most)
        return true;
    (void)cli_fail(cli, WRONG, "%s; usage: insentif %s %s",
                   cli->operand_count < cli->command->least ? "something is missing"
                                                            : "too many words",
                   cli->command->name, cli->command->operands);
    return false;
}

void cli_help(const struct command *command)
{
    const struct option_row *row = command->options;

    (void)printf("Usage: insentif %s%s%s\n\n%s\n", command->name, command->operands[0] ? " " : "",
                 command->operands, command->summary);
    if (command->more)
        (void)printf("%s\n", command->more);
    if (row && row->name)
        (void)printf("\n");
    for (; row && row->name; row++) {
        char left[40];
        (void)snprintf(left, sizeof left, "%s %s", row->name, row->value ? row->value : "");
        (void)printf("  %-20s %s\n", left, row->help);
    }
    (void)printf("\nExit: 0 done, 1 wrong usage, settings or input, or differences found, "
                 "2 a dependency is away.\n");
}

/* ---------------------------------------------------------------- life of a command */
static bool open_settings(struct cli *cli)
{
    static struct conf_row rows[CONF_ROWS_MAX];
    struct err err;
    size_t count = cli_rows(rows);

    cli->conf = conf_open(rows, count, &err);
    if (!cli->conf || settings_environment(cli->conf, &cli->environment, &err) < 0) {
        (void)cli_fail(cli, WRONG, "%s; see: insentif --help", err.text);
        return false;
    }
    settings_edges(cli->conf, &cli->edges);
    for (int t = 0; t < EVENT_COUNT; t++)
        cli->topics[t] = event_row((enum event_type)t)->topic;
    cli->edges.bus.client_id = "insentif";
    cli->edges.bus.topics = cli->topics;
    cli->edges.bus.topic_count = EVENT_COUNT;
    return true;
}

int cli_run(const struct command *command, int argc, char **argv)
{
    struct cli *cli = calloc(1, sizeof *cli);
    int status = WRONG;

    if (!cli)
        abort();
    cli->command = command;
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            cli_help(command);
            free(cli);
            return DONE;
        }
    }
    log_open("insentif", LOG_WARN);
    if (take_words(cli, argc, argv) && (command->bare || open_settings(cli)))
        status = command->run(cli);
    bus_close(cli->bus);
    store_close(cli->store);
    conf_close(cli->conf);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        (void)cli_fail(cli, WRONG, "standard output can't be written");
        status = status == DONE ? WRONG : status;
    }
    free(cli);
    return status;
}
