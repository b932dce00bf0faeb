/* The edges never wait; a program that runs once does: here. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"

#define SLEEP_MS 50
#define ANSWER_MS 20000 /* Redis is given up after 15 s of silence by the store itself */

void edge_sleep(struct cli *cli, int wait_ms)
{
    struct pollfd fds[2];
    nfds_t count = 0;
    bool want_write = false;

    if (cli->bus)
        fds[count++] = (struct pollfd){ .fd = bus_fd(cli->bus), .events = POLLIN };
    int fd = cli->store ? store_fd(cli->store, &want_write) : -1;
    if (fd >= 0)
        fds[count++] = (struct pollfd){
            .fd = fd, .events = (short)(POLLIN | (want_write ? POLLOUT : 0)) };
    (void)poll(fds, count, wait_ms);
}

/* The store's own words say what to do when its library is missing. */
static bool wants_install(const struct err *err)
{
    return strstr(err->text, "insentif store install") != NULL;
}

static int store_away(struct cli *cli, const char *otherwise)
{
    struct err err = { .kind = ERR_NONE };

    if (!store_trouble(cli->store, &err) || !err.text[0])
        (void)err_set(&err, ERR_RETRY, "%s", otherwise);
    if (wants_install(&err))
        return cli_fail(cli, AWAY, "%s", err.text);
    return cli_fail(cli, AWAY, "%s; look whether Redis runs at INSENTIF_REDIS (%s)", err.text,
                    conf_text(cli->conf, "INSENTIF_REDIS"));
}

int edge_store(struct cli *cli)
{
    struct err err;
    int64_t until_ms = clock_boot_ms() + CONNECT_MS;

    if (cli->store)
        return DONE;
    cli->store = store_redis_open(&cli->edges.store, &err);
    if (!cli->store)
        return cli_fail(cli, WRONG, "INSENTIF_REDIS: %s", err.text);
    for (;;) {
        store_step(cli->store);
        if (!store_trouble(cli->store, &err))
            return DONE;
        int64_t left_ms = until_ms - clock_boot_ms();
        if (left_ms <= 0 || err.kind == ERR_FATAL || wants_install(&err))
            return store_away(cli, "no answer");
        edge_sleep(cli, left_ms < SLEEP_MS ? (int)left_ms : SLEEP_MS);
    }
}

bool edge_settle(struct cli *cli, const struct store_call *calls, size_t count)
{
    int64_t until_ms = clock_boot_ms() + ANSWER_MS;
    size_t done = 0;

    for (;;) {
        store_step(cli->store);
        while (done < count && calls[done].status != STORE_WAITING)
            done++;
        if (done == count)
            return true;
        if (clock_boot_ms() > until_ms)
            return false;
        edge_sleep(cli, SLEEP_MS);
    }
}

int edge_wait(struct cli *cli, const struct store_call *calls, size_t count)
{
    if (!edge_settle(cli, calls, count))
        return store_away(cli, "no answer in time");
    for (size_t i = 0; i < count; i++) {
        if (calls[i].status == STORE_LOST)
            return store_away(cli, "the connection was lost: try again");
        if (calls[i].status == STORE_REFUSED)
            return cli_fail(cli, AWAY, "%s", calls[i].err.text);
        if (calls[i].status == STORE_REBUILD)
            return cli_fail(cli, AWAY, "a bucket is being rebuilt: wait for the end of it");
    }
    return DONE;
}

int edge_bus(struct cli *cli)
{
    struct err err;

    if (cli->bus)
        return DONE;
    cli->bus = bus_kafka_open(&cli->edges.bus, &err);
    return cli->bus ? DONE : cli_fail(cli, WRONG, "%s", err.text);
}

int32_t edge_partitions(struct cli *cli, enum event_type topic, int *status)
{
    static struct bus_event event;
    int64_t until_ms = clock_boot_ms() + CONNECT_MS;
    int count;

    while ((count = bus_partitions(cli->bus, (int32_t)topic)) == 0) {
        while (bus_poll(cli->bus, &event)) {
            if (event.kind == BUS_FAILED && event.err.kind == ERR_FATAL) {
                *status = cli_fail(cli, AWAY, "%s", event.err.text);
                return -1;
            }
        }
        int64_t left_ms = until_ms - clock_boot_ms();
        if (left_ms <= 0) {
            *status = cli_fail(cli, AWAY, "Kafka doesn't answer; look whether it runs at "
                               "INSENTIF_BROKERS (%s)", conf_text(cli->conf, "INSENTIF_BROKERS"));
            return -1;
        }
        edge_sleep(cli, left_ms < SLEEP_MS ? (int)left_ms : SLEEP_MS);
    }
    if (count > 0)
        return count;
    *status = cli_fail(cli, AWAY, "there is no topic %s; run: insentif topics create",
                       cli->topics[topic]);
    return -1;
}

bool edge_business_ms(struct cli *cli, int64_t *at_ms, int *status)
{
    struct store_call call = { .status = STORE_IDLE };

    if (!cli_is(cli, "INSENTIF_CLOCK", "rehearsal")) {
        *at_ms = clock_wire_ms();
        return true;
    }
    *status = edge_store(cli);
    if (*status != DONE)
        return false;
    store_clock(cli->store, &call, 0);
    *status = edge_wait(cli, &call, 1);
    if (*status != DONE)
        return false;
    *at_ms = call.number;
    store_call_done(cli->store, &call);
    if (*at_ms > 0)
        return true;
    *status = cli_fail(cli, WRONG, "the rehearsal clock was never set; run: insentif clock step "
                       "TIME");
    return false;
}

/* An end, learned from the reader's answer, or from a record that came between the question and its
 * answer: a busy log gives no answer until its records are taken. */
static size_t take_end(const struct bus_event *event, int64_t (*ends)[BUS_PARTITIONS_MAX])
{
    const struct bus_position *at = &event->positions[0];

    if (event->kind != BUS_READ_END || ends[at->topic][at->partition] >= 0)
        return 0;
    ends[at->topic][at->partition] = at->offset;
    return 1;
}

static size_t take_records(struct cli *cli, uint32_t topics, int32_t partitions,
                           int64_t (*ends)[BUS_PARTITIONS_MAX])
{
    struct bus_message message;
    size_t found = 0;

    for (int32_t t = 0; t < EVENT_COUNT; t++) {
        for (int32_t p = 0; (topics >> t & 1) && p < partitions; p++) {
            if (ends[t][p] >= 0 || bus_read_take(cli->bus, t, p, &message, 1) == 0)
                continue;
            ends[t][p] = message.offset + 1;
            bus_release(cli->bus, &message, 1);
            found++;
        }
    }
    return found;
}

static int ask_ends(struct cli *cli, uint32_t topics, int32_t partitions,
                    int64_t (*ends)[BUS_PARTITIONS_MAX], size_t *asked)
{
    struct err err;

    for (int32_t t = 0; t < EVENT_COUNT; t++) {
        for (int32_t p = 0; (topics >> t & 1) && p < partitions; p++) {
            ends[t][p] = -1;
            if (bus_read_from(cli->bus, &(struct bus_position){ t, p, BUS_END }, &err) < 0)
                return cli_fail(cli, AWAY, "%s", err.text);
            ++*asked;
        }
    }
    return DONE;
}

int edge_ends(struct cli *cli, uint32_t topics, int32_t partitions, int64_t until_ms,
              int64_t (*ends)[BUS_PARTITIONS_MAX])
{
    static struct bus_event event;
    size_t waiting = 0;
    int status = ask_ends(cli, topics, partitions, ends, &waiting);

    while (status == DONE && waiting > 0) {
        bool some = bus_poll(cli->bus, &event);
        if (some)
            waiting -= take_end(&event, ends);
        if (some && event.kind == BUS_FAILED && event.err.kind == ERR_FATAL)
            return cli_fail(cli, AWAY, "%s", event.err.text);
        if (waiting > 0 && !some) {
            waiting -= take_records(cli, topics, partitions, ends);
            if (clock_boot_ms() > until_ms)
                return cli_fail(cli, AWAY, "Kafka doesn't tell where its topics end; look at its "
                                "log");
            edge_sleep(cli, SLEEP_MS);
        }
    }
    for (int32_t t = 0; t < EVENT_COUNT; t++)
        for (int32_t p = 0; (topics >> t & 1) && p < partitions; p++)
            bus_read_stop(cli->bus, t, p);
    return status;
}
