#include "worker/program.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "worker/probe.h"
#include "worker/settings.h"

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
    (void)number;
    stop_asked = 1;
}

static void catch_signals(void)
{
    struct sigaction term = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

    (void)sigaction(SIGTERM, &term, NULL);
    (void)sigaction(SIGINT, &term, NULL);
    (void)sigaction(SIGPIPE, &ignore, NULL);
}

bool program_stop_asked(void)
{
    return stop_asked;
}

int program_complain(const struct program *program, const struct err *err)
{
    (void)fprintf(stderr, "%s: %s\n", program->name, err->text);
    return EXIT_CONFIG;
}

static int help(const struct program *program, const struct conf_row *rows, size_t count)
{
    (void)printf("Usage: %s [--help | --print-config]\n\n%s\n\nSettings come from the environment, "
                 "[default] in brackets;\nNAME_FILE may name a file that holds the value of "
                 "NAME.\n\n",
                 program->name, program->summary);
    conf_help(rows, count, stdout);
    return EXIT_OK;
}

static enum log_level log_level(const struct conf *conf)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    const char *wanted = conf_text(conf, "INSENTIF_LOG");

    for (int i = 0; i < 4; i++)
        if (strcmp(names[i], wanted) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static size_t add_rows(struct conf_row *rows, size_t count, const struct conf_row *more,
                       size_t more_count)
{
    assert(count + more_count <= CONF_ROWS_MAX);
    if (more_count > 0)
        memcpy(rows + count, more, more_count * sizeof rows[0]);
    return count + more_count;
}

static bool is_good(const struct program *program, const struct conf *conf, struct err *err)
{
    return settings_check(conf, err) == 0 &&
           probe_check(conf_text(conf, "INSENTIF_HTTP"), err) == 0 &&
           (!program->check || program->check(conf, err) == 0);
}

struct conf *program_start(const struct program *program, int argc, char **argv, int *status)
{
    static struct conf_row rows[CONF_ROWS_MAX]; /* the settings point into it */
    size_t count = add_rows(rows, 0, settings_common, settings_common_count);
    bool print = argc == 2 && strcmp(argv[1], "--print-config") == 0;
    struct err err = { 0 };

    count = add_rows(rows, count, program->own, program->own_count);
    count = add_rows(rows, count, program->extra, program->extra_count);
    count = settings_add_others(rows, count);
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        *status = help(program, rows, count);
        return NULL;
    }
    if (argc > 1 && !print) {
        (void)err_set(&err, ERR_FATAL, "unknown argument \"%.60s\": see --help", argv[1]);
        *status = program_complain(program, &err);
        return NULL;
    }
    struct conf *conf = conf_open(rows, count, &err);
    if (!conf || !is_good(program, conf, &err)) {
        *status = program_complain(program, &err);
    } else if (print) {
        conf_print(conf, stdout);
        *status = EXIT_OK;
    } else {
        log_open(program->name, log_level(conf));
        catch_signals();
        return conf;
    }
    conf_close(conf);
    return NULL;
}
