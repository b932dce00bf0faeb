#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/str.h"
#include "sim.h"

#define FIXTURES_MAX ((size_t)1 << 26)

static const char usage[] =
    "snap-simulator: a payment partner for rehearsals (SNAP BI services 73, 37-39, 15-18, 36)\n"
    "\n"
    "  --keys DIR         client.pub.pem, secret (or secret.PARTNER); mandatory\n"
    "  --port N           0: any (default 0); prints \"ready port=N\"\n"
    "  --listen ADDRESS   IPv4 (default 127.0.0.1)\n"
    "  --ledger FILE      append-only JSON lines, read again at start; default: in memory\n"
    "  --fixtures FILE    how accounts behave\n"
    "  --no-suffixes      accounts behave by --fixtures only, not by their last four digits\n"
    "  --faults PERMILLE  of payments that meet a fault by chance (default 0)\n"
    "  --seed N           of that chance (default 1)\n"
    "  --silence-ms N     how long \"no answer\" keeps a connection (default 30000)\n"
    "  --token-seconds N  life of a token (default 900)\n"
    "  --client-key TEXT  expected X-CLIENT-KEY (default insentif)\n"
    "  --partner-id TEXT  expected X-PARTNER-ID (default insentif)\n"
    "  --make-demo-keys DIR  make client.pem, client.pub.pem and secret unless there, and end\n"
    "  --help\n"
    "\n"
    "Partners and their paths: /bni /bca (banks) /dana (asymmetric) /gopay /ovo /linkaja.\n"
    "From this machine only: POST /_control/fixtures, POST /_control/down?partner=P&on=0|1|cut,\n"
    "GET /_control/ledger[?reference=R].\n";

struct options {
    const char *keys, *ledger, *fixtures, *make_keys, *address;
    int64_t port;
};

enum option_id {
    OPT_KEYS = 1,
    OPT_PORT,
    OPT_LISTEN,
    OPT_LEDGER,
    OPT_FIXTURES,
    OPT_NO_SUFFIXES,
    OPT_FAULTS,
    OPT_SEED,
    OPT_SILENCE,
    OPT_TOKEN,
    OPT_CLIENT,
    OPT_PARTNER,
    OPT_MAKE,
    OPT_HELP,
};

static const struct option option_rows[] = {
    { "keys", required_argument, NULL, OPT_KEYS },
    { "port", required_argument, NULL, OPT_PORT },
    { "listen", required_argument, NULL, OPT_LISTEN },
    { "ledger", required_argument, NULL, OPT_LEDGER },
    { "fixtures", required_argument, NULL, OPT_FIXTURES },
    { "no-suffixes", no_argument, NULL, OPT_NO_SUFFIXES },
    { "faults", required_argument, NULL, OPT_FAULTS },
    { "seed", required_argument, NULL, OPT_SEED },
    { "silence-ms", required_argument, NULL, OPT_SILENCE },
    { "token-seconds", required_argument, NULL, OPT_TOKEN },
    { "client-key", required_argument, NULL, OPT_CLIENT },
    { "partner-id", required_argument, NULL, OPT_PARTNER },
    { "make-demo-keys", required_argument, NULL, OPT_MAKE },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static int fail(const char *text)
{
    (void)fprintf(stderr, "snap-simulator: %s\n", text);
    return 2;
}

/* One option. False: its value is wrong. */
static bool take(int id, const char *value, struct options *options, struct sim *sim)
{
    int64_t number;

    switch (id) {
    case OPT_KEYS: options->keys = value; return true;
    case OPT_LISTEN: options->address = value; return true;
    case OPT_LEDGER: options->ledger = value; return true;
    case OPT_FIXTURES: options->fixtures = value; return true;
    case OPT_NO_SUFFIXES: sim->no_suffixes = true; return true;
    case OPT_MAKE: options->make_keys = value; return true;
    case OPT_CLIENT: sim->client_id = value; return true;
    case OPT_PARTNER: sim->partner_id = value; return true;
    case OPT_PORT: return str_to_int64(value, 0, 65535, &options->port);
    case OPT_FAULTS: return str_to_int64(value, 0, 1000, &sim->faults_permille);
    case OPT_SILENCE: return str_to_int64(value, 1, 600000, &sim->silence_ms);
    case OPT_TOKEN: return str_to_int64(value, 1, 86400, &sim->token_s);
    case OPT_SEED:
        if (!str_to_int64(value, 1, INT64_MAX, &number))
            return false;
        sim->random = (uint64_t)number;
        return true;
    default: return false;
    }
}

static int load_fixtures(struct sim *sim, const char *path, struct err *err)
{
    struct buf text = { 0 };
    size_t count;
    int rc = sim_read_file(path, FIXTURES_MAX, &text, err);

    if (rc == 0)
        rc = sim_accounts_set(sim, text.data, text.size, &count, err);
    buf_release(&text);
    return rc;
}

static int serve(struct sim *sim, const struct options *options, int stop_fd, struct err *err)
{
    if (sim_keys_read(sim, options->keys, err) < 0 ||
        sim_ledger_open(&sim->ledger, options->ledger, err) < 0)
        return -1;
    if (options->fixtures && load_fixtures(sim, options->fixtures, err) < 0)
        return -1;
    struct sim_http *http = sim_http_open(sim, options->address, (int)options->port, err);
    if (!http)
        return -1;
    (void)printf("ready port=%d\n", sim_http_port(http));
    (void)fflush(stdout);
    sim_http_run(http, stop_fd);
    sim_http_close(http);
    return 0;
}

static void release(struct sim *sim)
{
    if (sim->ledger.records.cap || sim->ledger.fd >= 0)
        sim_ledger_close(&sim->ledger);
    sim_map_release(&sim->accounts, free);
    sim_map_release(&sim->external_ids, NULL);
    snap_key_free(sim->client_key);
    snap_cleanse(sim->secrets, sizeof sim->secrets);
    snap_cleanse(sim->tokens, sizeof sim->tokens);
}

int main(int argc, char **argv)
{
    static struct sim sim = { .ledger.fd = -1,
                              .client_id = "insentif",
                              .partner_id = "insentif",
                              .token_s = 900,
                              .silence_ms = 30000,
                              .random = 1 };
    struct options options = { .address = "127.0.0.1" };
    struct err err;
    sigset_t stop;
    int id;

    while ((id = getopt_long(argc, argv, "", option_rows, NULL)) != -1) {
        if (id == OPT_HELP) {
            (void)fputs(usage, stdout);
            sim_accounts_help();
            return 0;
        }
        if (!take(id, optarg, &options, &sim))
            return fail("an option is wrong; see --help");
    }
    if (optind < argc || (!options.keys && !options.make_keys))
        return fail("--keys DIR is needed; see --help");
    if (options.make_keys)
        return sim_keys_make(options.make_keys, &err) < 0 ? fail(err.text) : 0;

    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &stop, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
    if (stop_fd < 0)
        return fail("no signalfd");
    int rc = serve(&sim, &options, stop_fd, &err) < 0 ? fail(err.text) : 0;
    release(&sim);
    (void)close(stop_fd);
    return rc;
}
