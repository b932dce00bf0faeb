/* insentif, the command line: setting up, feeding and looking into the system. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

#ifndef INSENTIF_VERSION
#define INSENTIF_VERSION "unknown"
#endif

static const struct command *const commands[] = {
    &topics_create, &topics_check,   &store_install,  &keys_command, &clock_step,   &clock_show,
    &produce_command, &decode_command, &dead_letters, &show_command, &explain_command,
    &cases_command, &pause_command, &resume_command, &words_command, &idle_command,
    &budget_command, &reprocess_command, &reconcile_command,
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static int help(void)
{
    (void)printf("Usage: insentif COMMAND [OPTION...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        (void)printf("  %-16s %s\n", commands[i]->name, commands[i]->summary);
    (void)printf("\ninsentif COMMAND --help tells more; insentif --version.\n\n"
                 "Settings come from the environment, [default] in brackets; NAME_FILE may name a "
                 "file that\nholds the value of NAME:\n\n");
    cli_help_settings();
    return DONE;
}

/* How many words of argv name this command: 0, 1 ("produce") or 2 ("topics create"). */
static int named(const struct command *command, int argc, char **argv)
{
    const char *blank = strchr(command->name, ' ');

    if (!blank)
        return strcmp(command->name, argv[1]) == 0 ? 1 : 0;
    size_t size = (size_t)(blank - command->name);
    bool family = strlen(argv[1]) == size && strncmp(command->name, argv[1], size) == 0;
    return family && argc > 2 && strcmp(blank + 1, argv[2]) == 0 ? 2 : 0;
}

/* "topics" alone, or with a word it doesn't know: show what there is. */
static int family(const char *name, bool asked)
{
    FILE *to = asked ? stdout : stderr;
    size_t size = strlen(name), found = 0;

    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *c = commands[i];
        if (strncmp(c->name, name, size) != 0 || c->name[size] != ' ')
            continue;
        (void)fprintf(to, "%s insentif %s %s\n", found++ ? "      " : "Usage:", c->name,
                      c->operands);
    }
    if (found == 0)
        (void)fprintf(stderr, "insentif: unknown command %.40s; see: insentif --help\n", name);
    return asked && found > 0 ? DONE : WRONG;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "insentif: which command? see: insentif --help\n");
        return WRONG;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return help();
    if (strcmp(argv[1], "--version") == 0) {
        (void)printf("insentif %s, store library %s\n", INSENTIF_VERSION, store_library_version());
        return DONE;
    }
    for (size_t i = 0; i < COMMANDS; i++) {
        int words = named(commands[i], argc, argv);
        if (words > 0)
            return cli_run(commands[i], argc - 1 - words, argv + 1 + words);
    }
    return family(argv[1], argc > 2 && strcmp(argv[2], "--help") == 0);
}
