#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "sim.h"

#define FIXTURES_MAX ((size_t)1 << 26)
#define PEM_MAX 65536

static int fail(const char *text)
{
    (void)fprintf(stderr, "snap-simulator: %s\n", text);
    return 2;
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

static int open_notify(struct sim *sim, const struct sim_options *options, struct err *err)
{
    struct buf pem = { 0 };

    if (!options->notify_url)
        return 0;
    if (sim_read_file(options->notify_key, PEM_MAX, &pem, err) == 0)
        sim->notify =
            sim_notify_open(sim, options->notify_url, pem.data, options->notify_ca, err);
    snap_cleanse_buf(&pem);
    buf_release(&pem);
    if (!sim->notify)
        return -1;
    sim->ledger.changed = sim_notify_about;
    sim->ledger.arg = sim->notify;
    return 0;
}

static int listen_and_run(struct sim *sim, const struct sim_options *options, int stop_fd,
                          struct err *err)
{
    struct buf cert = { 0 }, key = { 0 };
    struct sim_http *http = NULL;

    if (!options->tls_cert || (sim_read_file(options->tls_cert, PEM_MAX, &cert, err) == 0 &&
                               sim_read_file(options->tls_key, PEM_MAX, &key, err) == 0))
        http = sim_http_open(sim, options->address, (int)options->port, cert.data, key.data, err);
    if (http) {
        (void)printf("ready port=%d\n", sim_http_port(http));
        (void)fflush(stdout);
        sim_http_run(http, stop_fd);
        sim_http_close(http);
    }
    snap_cleanse_buf(&key);
    buf_release(&key);
    buf_release(&cert);
    return http ? 0 : -1;
}

static int serve(struct sim *sim, const struct sim_options *options, int stop_fd, struct err *err)
{
    if (sim_keys_read(sim, options->keys, err) < 0 ||
        sim_ledger_open(&sim->ledger, options->ledger, false, err) < 0 ||
        open_notify(sim, options, err) < 0)
        return -1;
    if (options->fixtures && load_fixtures(sim, options->fixtures, err) < 0)
        return -1;
    return listen_and_run(sim, options, stop_fd, err);
}

static int print_statement(struct sim *sim, const char *path, struct err *err)
{
    struct buf out = { 0 };

    if (sim_ledger_open(&sim->ledger, path, true, err) < 0)
        return -1;
    sim_statement(&sim->ledger, -1, &out);
    bool good = fwrite(out.data, 1, out.size, stdout) == out.size && fflush(stdout) == 0;
    buf_release(&out);
    return good ? 0 : err_set(err, ERR_FATAL, "the statement cannot be written");
}

static void release(struct sim *sim)
{
    sim_notify_close(sim->notify);
    if (sim->ledger.records.cap || sim->ledger.fd >= 0)
        sim_ledger_close(&sim->ledger);
    sim_map_release(&sim->accounts, free);
    sim_map_release(&sim->external_ids, NULL);
    sim_map_release(&sim->chance.calls, NULL);
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
                              .settle_ms = 200,
                              .chance.seed = 1 };
    struct sim_options options = { .address = "127.0.0.1" };
    struct err err;
    sigset_t stop;
    int rc = 0;

    for (int i = 0; i < SIM_PARTNERS; i++)
        sim.deposit_idr[i] = SIM_DEPOSIT_MAX_IDR;
    if (sim_options_read(argc, argv, &options, &sim, &err) < 0)
        return fail(err.text);
    if (options.help) {
        sim_options_help();
        return 0;
    }
    if (options.make_keys)
        return sim_keys_make(options.make_keys, &err) < 0 ? fail(err.text) : 0;
    if (options.statement) {
        rc = print_statement(&sim, options.statement, &err) < 0 ? fail(err.text) : 0;
        release(&sim);
        return rc;
    }
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, SIGTERM);
    (void)sigaddset(&stop, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &stop, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    int stop_fd = signalfd(-1, &stop, SFD_CLOEXEC);
    if (stop_fd < 0)
        return fail("no signalfd");
    rc = serve(&sim, &options, stop_fd, &err) < 0 ? fail(err.text) : 0;
    release(&sim);
    (void)close(stop_fd);
    return rc;
}
