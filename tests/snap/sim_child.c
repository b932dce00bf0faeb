#include "sim_child.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "snap/json.h"

#define ARGUMENTS_MAX 32

static pid_t spawn(const char *const *arguments, int out, bool errors_too)
{
    char *copy[ARGUMENTS_MAX] = { 0 };

    for (size_t i = 0; arguments[i]; i++) {
        assert_in_range(i, 0, ARGUMENTS_MAX - 2);
        copy[i] = strdup(arguments[i]);
    }
    pid_t pid = fork();
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGTERM); /* a failed test leaves none behind */
        (void)dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        (void)dup2(out, STDOUT_FILENO);
        if (errors_too)
            (void)dup2(out, STDERR_FILENO);
        (void)execvp(copy[0], copy);
        _exit(127);
    }
    for (size_t i = 0; copy[i]; i++)
        free(copy[i]);
    assert_true(pid > 0);
    return pid;
}

int sim_child_run(const char *const *arguments, struct buf *out)
{
    char piece[4096];
    ssize_t got;
    int ends[2], status = -1;

    assert_int_equal(pipe(ends), 0);
    pid_t pid = spawn(arguments, ends[1], true);
    (void)close(ends[1]);
    buf_reset(out);
    buf_text(out, "");
    while ((got = read(ends[0], piece, sizeof piece)) > 0)
        buf_add(out, piece, (size_t)got);
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void sim_child_open(struct sim_child *child)
{
    struct buf out = { 0 };

    memset(child, 0, sizeof *child);
    (void)str_copy(child->folder, sizeof child->folder, "/tmp/test-snap-XXXXXX");
    assert_non_null(mkdtemp(child->folder));
    const char *const make[] = { SIMULATOR_PATH, "--make-demo-keys", child->folder, NULL };
    assert_int_equal(sim_child_run(make, &out), 0);
    buf_release(&out);
}

void sim_child_start(struct sim_child *child, int port, const char *const *options)
{
    const char *arguments[ARGUMENTS_MAX] = { SIMULATOR_PATH, "--keys", child->folder, "--port" };
    char number[16], ledger[96], line[64];
    size_t count = 4;
    int ends[2];

    (void)snprintf(number, sizeof number, "%d", port);
    (void)snprintf(ledger, sizeof ledger, "%s/ledger", child->folder);
    arguments[count++] = number;
    arguments[count++] = "--ledger";
    arguments[count++] = ledger;
    for (; *options; options++)
        arguments[count++] = *options;
    assert_int_equal(pipe(ends), 0);
    child->pid = spawn(arguments, ends[1], false);
    (void)close(ends[1]);
    FILE *out = fdopen(ends[0], "r");
    assert_non_null(out);
    assert_non_null(fgets(line, sizeof line, out));
    assert_memory_equal(line, "ready port=", strlen("ready port="));
    child->port = (int)strtol(line + strlen("ready port="), NULL, 10);
    assert_true(child->port > 0);
    (void)fclose(out);
}

static int end(struct sim_child *child, int how)
{
    int status = -1;

    assert_int_equal(kill(child->pid, how), 0);
    assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
    child->pid = 0;
    return status;
}

void sim_child_stop(struct sim_child *child)
{
    assert_int_equal(end(child, SIGTERM), 0);
}

void sim_child_kill(struct sim_child *child)
{
    assert_int_equal(end(child, SIGKILL), SIGKILL);
}

void sim_child_close(struct sim_child *child)
{
    static const char *const files[] = { "client.pem",      "client.pub.pem", "partner.pem",
                                         "partner.pub.pem", "secret",         "ledger",
                                         "ca.pem",          "ca.key",         "server.pem",
                                         "server.key",      "other-ca.pem",   "other-ca.key" };
    char path[96];

    if (child->pid)
        sim_child_stop(child);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", child->folder, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(child->folder), 0);
}

void sim_child_read(const struct sim_child *child, const char *name, struct buf *out)
{
    char path[96], piece[4096];
    size_t got;

    (void)snprintf(path, sizeof path, "%s/%s", child->folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buf_reset(out);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        buf_add(out, piece, got);
    (void)fclose(file);
}

static int connect_to(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct timeval limit = { .tv_sec = 20 };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(fd >= 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

int sim_child_http(const struct sim_child *child, const char *method, const char *path,
                   const char *headers, const char *body, struct buf *out)
{
    struct buf text = { 0 };
    char piece[4096];
    ssize_t got;
    int status = 0, fd = connect_to(child->port);

    buf_printf(&text, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
                      "Content-Length: %zu\r\n\r\n%s",
               method, path, headers, strlen(body), body);
    assert_int_equal(send(fd, text.data, text.size, MSG_NOSIGNAL), text.size);
    buf_reset(&text);
    while ((got = recv(fd, piece, sizeof piece, 0)) > 0)
        buf_add(&text, piece, (size_t)got);
    (void)close(fd);
    buf_reset(out);
    buf_text(out, "");
    const char *end_of_head = text.size > 0 ? strstr(text.data, "\r\n\r\n") : NULL;
    if (end_of_head) {
        assert_memory_equal(text.data, "HTTP/1.1 ", strlen("HTTP/1.1 "));
        status = (int)strtol(text.data + strlen("HTTP/1.1 "), NULL, 10);
        buf_text(out, end_of_head + 4);
    }
    buf_release(&text);
    return status;
}

void sim_child_post(const struct sim_child *child, const char *path, const char *body)
{
    struct buf out = { 0 };

    assert_int_equal(sim_child_http(child, "POST", path, "", body, &out), 200);
    buf_release(&out);
}

void sim_child_fixture(const struct sim_child *child, const char *account, const char *behaviour)
{
    char line[128];

    (void)snprintf(line, sizeof line, "%s %s\n", account, behaviour);
    sim_child_post(child, "/_control/fixtures", line);
}

void sim_child_down(const struct sim_child *child, const char *partner, const char *on)
{
    char path[96];

    (void)snprintf(path, sizeof path, "/_control/down?partner=%s&on=%s", partner, on);
    sim_child_post(child, path, "");
}

static int64_t number(const struct sim_child *child, const char *url, const char *path)
{
    struct buf out = { 0 };
    struct err err;
    int64_t value = -1;

    assert_int_equal(sim_child_http(child, "GET", url, "", "", &out), 200);
    struct snap_json *json = snap_json_parse(out.data, out.size, &err);
    assert_non_null(json);
    assert_true(snap_json_int(json, path, &value));
    snap_json_free(json);
    buf_release(&out);
    return value;
}

int64_t sim_child_total(const struct sim_child *child, const char *path)
{
    return number(child, "/_control/ledger", path);
}

int64_t sim_child_booked(const struct sim_child *child, const char *reference)
{
    char url[128];

    (void)snprintf(url, sizeof url, "/_control/ledger?reference=%s", reference);
    return number(child, url, "booked");
}

int64_t sim_child_returned(const struct sim_child *child, const char *reference)
{
    char url[128];

    (void)snprintf(url, sizeof url, "/_control/ledger?reference=%s", reference);
    return number(child, url, "returned");
}

#define FUND(type) "{\"fundType\":\"" type "\"}"

static const struct snap_partner_conf rows[SIM_CHILD_CONFS] = {
    { .name = "bni",
      .kind = SNAP_BANK,
      .token_path = "/bni/snap/v1/access-token/b2b",
      .prefix = { NULL, "/bni/snap-service/v1", "/bni/snap-service/v1", NULL,
                  "/bni/snap-service/v1" },
      .own_bank_code = "009" },
    { .name = "bca",
      .kind = SNAP_BANK,
      .token_path = "/bca/openapi/v1.0/access-token/b2b",
      .prefix = { NULL, "/bca/openapi/v1.0", "/bca/openapi/v2.0", NULL, "/bca/openapi/v1.0" },
      .own_bank_code = "014" },
    { .name = "dana",
      .signing = SNAP_ASYMMETRIC,
      .prefix = { "/dana/rest/v1.0", NULL, NULL, "/dana/v1.0", "/dana/v1.0" },
      .suffix = { NULL, NULL, NULL, ".htm", ".htm" },
      .inquiry_info = FUND("AGENT_TOPUP_FOR_USER_SETTLE"),
      .pay_info = FUND("AGENT_TOPUP_FOR_USER_SETTLE"),
      .to_bank = { .customer_number = "628110000009",
                   .inquiry_info = FUND("MERCHANT_WITHDRAW_FOR_CORPORATE"),
                   .pay_info = FUND("MERCHANT_WITHDRAW_FOR_CORPORATE"),
                   .status_path = "/emoney/transfer-bank-status" } },
    { .name = "gopay",
      .token_path = "/gopay/v1.0/access-token/b2b",
      .prefix = { "/gopay/v1.0", NULL, NULL, NULL, "/gopay/v1.0" } },
    { .name = "ovo",
      .token_path = "/ovo/v1.0/access-token/b2b",
      .prefix = { "/ovo/v1.0", NULL, NULL, NULL, "/ovo/v1.0" } },
    { .name = "linkaja",
      .token_path = "/linkaja/v1.0/access-token/b2b",
      .prefix = { "/linkaja/v1.0", NULL, NULL, NULL, "/linkaja/v1.0" } },
};

void sim_child_confs(const struct sim_child *child, struct sim_child_confs *out)
{
    struct buf secret = { 0 };

    memset(out, 0, sizeof *out);
    sim_child_read(child, "client.pem", &out->pem);
    sim_child_read(child, "secret", &secret);
    secret.data[strcspn(secret.data, "\n")] = '\0';
    assert_true(str_copy(out->secret, sizeof out->secret, secret.data));
    buf_release(&secret);
    (void)snprintf(out->url, sizeof out->url, "%s://127.0.0.1:%d", child->tls ? "https" : "http",
                   child->port);
    (void)snprintf(out->ca_file, sizeof out->ca_file, "%s/ca.pem", child->folder);
    for (size_t i = 0; i < SIM_CHILD_CONFS; i++) {
        struct snap_partner_conf *conf = &out->conf[i];
        *conf = rows[i];
        conf->base_url = out->url;
        conf->client_key = "insentif";
        conf->partner_id = "insentif";
        conf->channel_id = "95221";
        conf->client_secret = out->secret;
        conf->private_key_pem = out->pem.data;
        conf->source_account = "0115476117";
        conf->in_flight_ms = 1000;
        conf->ca_file = child->tls ? out->ca_file : NULL;
        conf->rehearsal = true;
    }
}

void snap_run(struct snap *snap, const struct snap_call *call)
{
    int64_t end_ms = clock_boot_ms() + 20000;

    snap_step(snap);
    while (!call->done) {
        struct pollfd fds[1];
        int64_t wait_ms = snap_wait_ms(snap);
        nfds_t count = (nfds_t)snap_fds(snap, fds, 1);
        assert_true(clock_boot_ms() < end_ms);
        (void)poll(fds, count, wait_ms < 0 || wait_ms > 1000 ? 1000 : (int)wait_ms);
        snap_step(snap);
    }
}
