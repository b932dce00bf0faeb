/* insentif store install, keys, clock step | show: what a system needs before it starts. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli.h"
#include "policy/calendar.h"
#include "seal/seal.h"

#define PATH_MAX_ 4000

/* ---------------------------------------------------------------- store install */
static int run_install(struct cli *cli)
{
    struct err err;

    if (store_redis_install(&cli->edges.store, &err) < 0)
        return cli_fail(cli, err.kind == ERR_FATAL ? WRONG : AWAY,
                        "%s; look whether Redis 7 runs at INSENTIF_REDIS (%s)", err.text,
                        conf_text(cli->conf, "INSENTIF_REDIS"));
    (void)printf(option_flag(cli, "--json") ? "{\"store_library\":\"%s\"}\n"
                                             : "store library %s installed\n",
                 store_library_version());
    return DONE;
}

static const struct option_row install_options[] = {
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "the version as a JSON line" },
    { 0 },
};

const struct command store_install = {
    .name = "store install",
    .operands = "",
    .options = install_options,
    .summary = "Load the Function library of this build into Redis.",
    .run = run_install,
};

/* ---------------------------------------------------------------- keys */
static int write_file(const struct cli *cli, const char *dir, const char *name, const char *text,
                      mode_t mode)
{
    char path[PATH_MAX_];
    size_t size = strlen(text);

    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return cli_fail(cli, WRONG, "--dir: the path is too long");
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return cli_fail(cli, WRONG, "%s: %s; choose an existing folder without keys", path,
                        strerror(errno));
    ssize_t written = write(fd, text, size);
    bool bad = written != (ssize_t)size || write(fd, "\n", 1) != 1 || fsync(fd) < 0;
    bad |= close(fd) < 0;
    return bad ? cli_fail(cli, WRONG, "%s can't be written", path) : DONE;
}

static int run_keys(struct cli *cli)
{
    char public_key[SEAL_KEY_TEXT_MAX], secret_key[SEAL_KEY_TEXT_MAX];
    const char *dir = option_text(cli, "--dir");
    struct err err;
    int status = DONE;

    if (seal_make_keys(public_key, secret_key, &err) < 0)
        return cli_fail(cli, AWAY, "%s", err.text);
    if (!dir) {
        (void)printf(option_flag(cli, "--json")
                         ? "{\"INSENTIF_SEAL_PUBLIC_KEY\":\"%s\","
                           "\"INSENTIF_SEAL_SECRET_KEY\":\"%s\"}\n"
                         : "INSENTIF_SEAL_PUBLIC_KEY=%s\nINSENTIF_SEAL_SECRET_KEY=%s\n",
                     public_key, secret_key);
    } else {
        status = write_file(cli, dir, "seal.key", secret_key, 0600);
        if (status == DONE)
            status = write_file(cli, dir, "seal.pub", public_key, 0644);
    }
    seal_wipe_bytes(secret_key, sizeof secret_key);
    return status;
}

static const struct option_row keys_options[] = {
    { "--dir", OPTION_TEXT, 0, 0, 0, "DIR", "write seal.pub and seal.key (0600) there instead" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "as a JSON line" },
    { 0 },
};

const struct command keys_command = {
    .name = "keys",
    .operands = "[--dir DIR]",
    .summary = "Make a key pair that seals accounts.",
    .more = "The secret key belongs to disbursement-worker alone.",
    .options = keys_options,
    .bare = true,
    .run = run_keys,
};

/* ---------------------------------------------------------------- clock */
static int ask_clock(struct cli *cli, int64_t set_ms, int64_t *at_ms)
{
    struct store_call call = { .status = STORE_IDLE };

    store_clock(cli->store, &call, set_ms);
    int status = edge_wait(cli, &call, 1);
    *at_ms = call.number;
    if (status == DONE)
        store_call_done(cli->store, &call);
    return status;
}

static void print_clock(const struct cli *cli, int64_t at_ms)
{
    char text[STR_TIME_MAX] = "never set";

    if (at_ms > 0)
        str_time(at_ms, text);
    if (!option_flag(cli, "--json"))
        (void)printf("%s\n", text);
    else if (at_ms > 0)
        (void)printf("{\"business_ms\":%" PRId64 ",\"business\":\"%s\"}\n", at_ms, text);
    else
        (void)printf("{\"business_ms\":null,\"business\":null}\n");
}

static int run_step(struct cli *cli)
{
    int64_t to_ms, now_ms;
    const char *text = cli->operands[0];

    if (!cli_is(cli, "INSENTIF_CLOCK", "rehearsal"))
        return cli_fail(cli, WRONG, "the clock is real; only INSENTIF_CLOCK=rehearsal can be "
                        "stepped");
    if (!str_to_int64(text, 1, CALENDAR_AT_MAX_MS, &to_ms) &&
        (!str_to_time(text, &to_ms) || to_ms < 1 || to_ms > CALENDAR_AT_MAX_MS))
        return cli_fail(cli, WRONG, "%.40s is no time; give milliseconds since 1970 or, as in "
                        "2026-03-02T09:00:00+07:00, RFC 3339", text);
    int status = edge_store(cli);
    if (status == DONE)
        status = ask_clock(cli, 0, &now_ms);
    if (status != DONE)
        return status;
    if (to_ms < now_ms && !option_flag(cli, "--back")) {
        char now[STR_TIME_MAX];
        str_time(now_ms, now);
        return cli_fail(cli, WRONG, "it is %s already; going back needs --back", now);
    }
    status = ask_clock(cli, to_ms, &now_ms);
    if (status == DONE)
        print_clock(cli, now_ms);
    return status;
}

static int run_show(struct cli *cli)
{
    int64_t now_ms = clock_wire_ms();
    int status = DONE;

    if (cli_is(cli, "INSENTIF_CLOCK", "rehearsal")) {
        status = edge_store(cli);
        if (status == DONE)
            status = ask_clock(cli, 0, &now_ms);
    }
    if (status == DONE)
        print_clock(cli, now_ms);
    return status;
}

static const struct option_row step_options[] = {
    { "--back", OPTION_FLAG, 0, 0, 0, NULL, "allow a time before the present one" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "as JSON" },
    { 0 },
};

const struct command clock_step = {
    .name = "clock step",
    .operands = "TIME [--back]",
    .summary = "Set the rehearsal clock that all workers share.",
    .more = "TIME is RFC 3339 with offset or milliseconds since 1970 UTC.",
    .options = step_options,
    .least = 1,
    .most = 1,
    .run = run_step,
};

static const struct option_row show_options[] = {
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "as JSON" },
    { 0 },
};

const struct command clock_show = {
    .name = "clock show",
    .operands = "",
    .summary = "Show the business clock.",
    .options = show_options,
    .run = run_show,
};
