#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "sim.h"

#define HOUR_MIN 60

static const char usage[] =
    "snap-simulator: a payment partner for rehearsals (SNAP BI services 73, 37-39, 15-18, 36,\n"
    "42, 43 and its status, 11)\n"
    "\n"
    "  snap-simulator --keys DIR [options]    serves; prints \"ready port=N\"\n"
    "  snap-simulator statement LEDGER        what was booked and returned, CSV, and ends\n"
    "  snap-simulator --make-demo-keys DIR    makes client.pem, client.pub.pem, partner.pem,\n"
    "                                         partner.pub.pem, secret unless there, and ends\n"
    "\n"
    "  --keys DIR         client.pub.pem, secret (or secret.PARTNER); mandatory\n"
    "  --port N           0: any (default 0)\n"
    "  --listen ADDRESS   IPv4 (default 127.0.0.1)\n"
    "  --tls-cert FILE --tls-key FILE  PEM: https, TLS 1.3 only\n"
    "  --ledger FILE      append-only JSON lines, read again at start; default: in memory\n"
    "  --fixtures FILE    how accounts behave\n"
    "  --no-suffixes      accounts behave by --fixtures only, not by their last four digits\n"
    "  --fault-permille N of calls that meet a fault by chance (default 0)\n"
    "  --fault-kinds LIST of behaviours with commas instead of the standard mix\n"
    "  --seed N           of that chance (default 1): the same calls meet the same faults,\n"
    "                     whatever their order\n"
    "  --window [PARTNER=]HH:MM-HH:MM  service hours, WIB: payments outside are 403xx06\n"
    "  --balance [PARTNER=]RUPIAH      our deposit there; a payment over what is left is 403xx14\n"
    "  --delay-ms N       before each answer (default 0)\n"
    "  --settle-ms N      from a 202 to the booking (default 200); 43 always answers 202\n"
    "  --silence-ms N     how long \"no answer\" keeps a connection (default 30000)\n"
    "  --token-seconds N  life of a token (default 900)\n"
    "  --client-key TEXT  expected X-CLIENT-KEY (default insentif)\n"
    "  --partner-id TEXT  expected X-PARTNER-ID (default insentif)\n"
    "  --strict           X-EXTERNAL-ID must be numeric, as the standard says\n"
    "  --notify URL --notify-key FILE [--notify-ca FILE]  tell what happened after the answer\n"
    "  --help\n"
    "\n"
    "Partners and their paths: /bni /bca (banks), /dana (wallet and 42, 43; with or without a\n"
    "token), /gopay (wallet and bank, as Midtrans), /ovo /linkaja (wallets). A path without the\n"
    "partner's name goes to the first partner that has it, so that its own SDK can be used.\n"
    "From this machine only, under /_control/:\n"
    "  POST fixtures                       lines as in --fixtures\n"
    "  POST down?partner=P&on=0|1|cut      503, or every connection cut\n"
    "  POST window?partner=P&open=HH:MM-HH:MM|always\n"
    "  POST balance?partner=P&idr=N        available from now on\n"
    "  POST settle                         late bookings, limbo, returns: one step of each, now\n"
    "  GET ledger[?reference=R]            totals\n"
    "  GET statement[?partner=P]           CSV: date_time,partner,partner_reference,reference_no,\n"
    "                                      kind (BOOKED or RETURNED),amount_idr\n"
    "\n"
    "Notifications: POST to URL, in which {partner} becomes the partner's name, for each late\n"
    "result (00, 06) and each return (04). Headers: Content-Type, X-TIMESTAMP, X-PARTNER-ID,\n"
    "X-EXTERNAL-ID, CHANNEL-ID, X-SIGNATURE = base64(SHA256withRSA(partner's key,\n"
    "\"POST:\" path \":\" hex(SHA-256(minified body)) \":\" X-TIMESTAMP)). Body:\n"
    "  {\"originalPartnerReferenceNo\":\"…\",\"originalReferenceNo\":\"…\",\n"
    "  \"amount\":{\"value\":\"…\",\"currency\":\"IDR\"},\n"
    "  \"latestTransactionStatus\":\"04\",\"transactionStatusDesc\":\"…\",\n"
    "  \"additionalInfo\":{\"partner\":\"dana\",\"serviceCode\":\"43\"}}\n"
    "Anything but a 2xx within 8 s is tried again, with the same body and new headers, after\n"
    "1, 2, 4 and 8 s; then it is given up.\n";

enum option_id {
    OPT_KEYS = 1,
    OPT_PORT,
    OPT_LISTEN,
    OPT_TLS_CERT,
    OPT_TLS_KEY,
    OPT_LEDGER,
    OPT_FIXTURES,
    OPT_NO_SUFFIXES,
    OPT_FAULTS,
    OPT_KINDS,
    OPT_SEED,
    OPT_WINDOW,
    OPT_BALANCE,
    OPT_DELAY,
    OPT_SETTLE,
    OPT_SILENCE,
    OPT_TOKEN,
    OPT_CLIENT,
    OPT_PARTNER,
    OPT_STRICT,
    OPT_NOTIFY,
    OPT_NOTIFY_KEY,
    OPT_NOTIFY_CA,
    OPT_MAKE,
    OPT_HELP,
};

static const struct option option_rows[] = {
    { "keys", required_argument, NULL, OPT_KEYS },
    { "port", required_argument, NULL, OPT_PORT },
    { "listen", required_argument, NULL, OPT_LISTEN },
    { "tls-cert", required_argument, NULL, OPT_TLS_CERT },
    { "tls-key", required_argument, NULL, OPT_TLS_KEY },
    { "ledger", required_argument, NULL, OPT_LEDGER },
    { "fixtures", required_argument, NULL, OPT_FIXTURES },
    { "no-suffixes", no_argument, NULL, OPT_NO_SUFFIXES },
    { "fault-permille", required_argument, NULL, OPT_FAULTS },
    { "fault-kinds", required_argument, NULL, OPT_KINDS },
    { "seed", required_argument, NULL, OPT_SEED },
    { "window", required_argument, NULL, OPT_WINDOW },
    { "balance", required_argument, NULL, OPT_BALANCE },
    { "delay-ms", required_argument, NULL, OPT_DELAY },
    { "settle-ms", required_argument, NULL, OPT_SETTLE },
    { "silence-ms", required_argument, NULL, OPT_SILENCE },
    { "token-seconds", required_argument, NULL, OPT_TOKEN },
    { "client-key", required_argument, NULL, OPT_CLIENT },
    { "partner-id", required_argument, NULL, OPT_PARTNER },
    { "strict", no_argument, NULL, OPT_STRICT },
    { "notify", required_argument, NULL, OPT_NOTIFY },
    { "notify-key", required_argument, NULL, OPT_NOTIFY_KEY },
    { "notify-ca", required_argument, NULL, OPT_NOTIFY_CA },
    { "make-demo-keys", required_argument, NULL, OPT_MAKE },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

void sim_options_help(void)
{
    (void)fputs(usage, stdout);
    sim_accounts_help();
}

/* "HH:MM" to minutes, -1: it is none. */
static int minutes(const char *text)
{
    char hour[3] = { text[0], text[0] ? text[1] : '\0', '\0' };
    int64_t h, m;

    if (strlen(text) != 5 || text[2] != ':' || !str_to_int64(hour, 0, 24, &h) ||
        !str_to_int64(text + 3, 0, 59, &m))
        return -1;
    return (int)(h * HOUR_MIN + m);
}

bool sim_read_window(const char *text, struct sim *sim, int partner)
{
    char copy[12];
    bool always = strcmp(text, "always") == 0;

    if (!always && (!str_copy(copy, sizeof copy, text) || strlen(copy) != 11 || copy[5] != '-'))
        return false;
    if (!always)
        copy[5] = '\0';
    int from = always ? 0 : minutes(copy), to = always ? 0 : minutes(copy + 6);
    if (from < 0 || to < 0)
        return false;
    sim->window[partner].set = !always;
    sim->window[partner].from = from;
    sim->window[partner].to = to;
    return true;
}

/* "[PARTNER=]VALUE", for one partner or all. False: name or value is wrong. */
static bool for_partners(const char *text, struct sim *sim,
                         bool (*set)(const char *value, struct sim *sim, int partner))
{
    char name[16];
    const char *value = strchr(text, '=');
    int only = -1;

    if (value) {
        size_t size = (size_t)(value - text);
        if (size >= sizeof name)
            return false;
        memcpy(name, text, size);
        name[size] = '\0';
        only = sim_partner_named(name);
        if (only < 0)
            return false;
        return set(value + 1, sim, only);
    }
    for (int i = 0; i < SIM_PARTNERS; i++)
        if (!set(text, sim, i))
            return false;
    return true;
}

static bool set_balance(const char *value, struct sim *sim, int partner)
{
    return str_to_int64(value, 0, SIM_DEPOSIT_MAX_IDR, &sim->deposit_idr[partner]);
}

/* Options that are a text and nothing else. NULL: another kind. */
static const char **text_option(int id, struct sim_options *options, struct sim *sim)
{
    switch (id) {
    case OPT_KEYS: return &options->keys;
    case OPT_LISTEN: return &options->address;
    case OPT_TLS_CERT: return &options->tls_cert;
    case OPT_TLS_KEY: return &options->tls_key;
    case OPT_LEDGER: return &options->ledger;
    case OPT_FIXTURES: return &options->fixtures;
    case OPT_NOTIFY: return &options->notify_url;
    case OPT_NOTIFY_KEY: return &options->notify_key;
    case OPT_NOTIFY_CA: return &options->notify_ca;
    case OPT_MAKE: return &options->make_keys;
    case OPT_CLIENT: return &sim->client_id;
    case OPT_PARTNER: return &sim->partner_id;
    default: return NULL;
    }
}

/* One option. False: its value is wrong. */
static bool take(int id, const char *value, struct sim_options *options, struct sim *sim)
{
    int64_t number;
    const char **text = text_option(id, options, sim);

    if (text) {
        *text = value;
        return true;
    }
    switch (id) {
    case OPT_HELP: options->help = true; return true;
    case OPT_NO_SUFFIXES: sim->no_suffixes = true; return true;
    case OPT_STRICT: sim->strict = true; return true;
    case OPT_PORT: return str_to_int64(value, 0, 65535, &options->port);
    case OPT_FAULTS: return str_to_int64(value, 0, 1000, &sim->chance.permille);
    case OPT_KINDS: return sim_chance_kinds(&sim->chance, value);
    case OPT_DELAY: return str_to_int64(value, 0, 600000, &sim->delay_ms);
    case OPT_SETTLE: return str_to_int64(value, 1, 86400000, &sim->settle_ms);
    case OPT_SILENCE: return str_to_int64(value, 1, 600000, &sim->silence_ms);
    case OPT_TOKEN: return str_to_int64(value, 1, 86400, &sim->token_s);
    case OPT_WINDOW: return for_partners(value, sim, sim_read_window);
    case OPT_BALANCE: return for_partners(value, sim, set_balance);
    case OPT_SEED:
        if (!str_to_int64(value, 1, INT64_MAX, &number))
            return false;
        sim->chance.seed = (uint64_t)number;
        return true;
    default: return false;
    }
}

int sim_options_read(int argc, char **argv, struct sim_options *options, struct sim *sim,
                     struct err *err)
{
    int id, row = 0;

    while ((id = getopt_long(argc, argv, "", option_rows, &row)) != -1) {
        if (id == '?')
            return err_set(err, ERR_REJECT, "an option is unknown; see --help");
        if (!take(id, optarg, options, sim))
            return err_set(err, ERR_REJECT, "--%s %s is wrong; see --help", option_rows[row].name,
                           optarg ? optarg : "");
    }
    if (optind + 2 == argc && strcmp(argv[optind], "statement") == 0)
        options->statement = argv[optind + 1];
    else if (optind < argc)
        return err_set(err, ERR_REJECT, "\"%s\" is no option; see --help", argv[optind]);
    if (!options->help && !options->keys && !options->make_keys && !options->statement)
        return err_set(err, ERR_REJECT, "--keys DIR is needed; see --help");
    if (!options->tls_cert != !options->tls_key)
        return err_set(err, ERR_REJECT, "--tls-cert and --tls-key go together");
    if (!options->notify_url != !options->notify_key)
        return err_set(err, ERR_REJECT, "--notify and --notify-key go together");
    return 0;
}
