#include "reading.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

#define TAKE_MAX 200
#define SLEEP_MS 100
#define SILENT_MS 30000 /* so long nothing comes although there is more: give up */

struct progress_of {
    const struct reading *reading;
    int32_t first, last; /* partitions */
    int64_t (*ends)[BUS_PARTITIONS_MAX];
    bool done[BUS_PARTITIONS_MAX];
    size_t open;
    int64_t heard_ms;
};

static void finish(struct cli *cli, struct progress_of *p, int32_t partition)
{
    if (p->done[partition] || p->reading->follow)
        return;
    p->done[partition] = true;
    p->open--;
    bus_read_stop(cli->bus, (int32_t)p->reading->topic, partition);
}

/* What has come of one partition. */
static int take(struct cli *cli, struct progress_of *p, int32_t partition)
{
    struct bus_message messages[TAKE_MAX];
    int32_t topic = (int32_t)p->reading->topic;
    int status = DONE;
    size_t count;

    while (!p->done[partition] && status == DONE &&
           (count = bus_read_take(cli->bus, topic, partition, messages, TAKE_MAX)) > 0) {
        bool last = false;
        p->heard_ms = clock_boot_ms();
        for (size_t i = 0; i < count && status == DONE; i++) {
            bool beyond = messages[i].offset >= p->ends[topic][partition];
            last |= messages[i].offset + 1 >= p->ends[topic][partition];
            if (p->reading->follow || !beyond)
                status = p->reading->each(cli, &messages[i], p->reading->context);
        }
        bus_release(cli->bus, messages, count);
        if (last)
            finish(cli, p, partition);
    }
    return status;
}

static int serve(struct cli *cli, struct progress_of *p, bool *some)
{
    static struct bus_event event;

    *some = bus_poll(cli->bus, &event);
    if (!*some)
        return DONE;
    /* The end of a partition whose last records are gone; what came is taken first. */
    if (event.kind == BUS_READ_END && event.positions[0].topic == (int32_t)p->reading->topic) {
        int status = take(cli, p, event.positions[0].partition);
        if (status == DONE)
            finish(cli, p, event.positions[0].partition);
        return status;
    }
    if (event.kind == BUS_AWAY)
        (void)fprintf(stderr, "Kafka is away: waiting\n");
    if (event.kind == BUS_FAILED && event.err.kind == ERR_FATAL)
        return cli_fail(cli, AWAY, "%s", event.err.text);
    return DONE;
}

static int begin(struct cli *cli, struct progress_of *p)
{
    int32_t topic = (int32_t)p->reading->topic;
    struct err err;

    for (int32_t b = p->first; b <= p->last; b++) {
        if (!p->reading->follow && p->ends[topic][b] == 0) {
            p->done[b] = true;
            continue;
        }
        if (bus_read_from(cli->bus, &(struct bus_position){ topic, b, BUS_BEGINNING }, &err) < 0)
            return cli_fail(cli, AWAY, "%s", err.text);
        p->open++;
    }
    return DONE;
}

int reading_run(struct cli *cli, const struct reading *reading)
{
    static int64_t ends[EVENT_COUNT][BUS_PARTITIONS_MAX];
    struct progress_of p = { .reading = reading, .ends = ends };
    int status = edge_bus(cli);
    int32_t partitions = status == DONE ? edge_partitions(cli, reading->topic, &status) : 0;

    if (status != DONE)
        return status;
    if (reading->partition >= partitions)
        return cli_fail(cli, WRONG, "%s has partitions 0 to %" PRId32, cli->topics[reading->topic],
                        partitions - 1);
    p.first = reading->partition < 0 ? 0 : (int32_t)reading->partition;
    p.last = reading->partition < 0 ? partitions - 1 : p.first;
    status = edge_ends(cli, UINT32_C(1) << reading->topic, partitions,
                       clock_boot_ms() + CONNECT_MS, ends);
    if (status == DONE)
        status = begin(cli, &p);
    p.heard_ms = clock_boot_ms();
    while (status == DONE && p.open > 0) {
        bool some = false;
        status = serve(cli, &p, &some);
        for (int32_t b = p.first; b <= p.last && status == DONE && !some; b++)
            status = take(cli, &p, b);
        if (status != DONE || some || p.open == 0)
            continue;
        if (reading->follow && fflush(stdout) != 0)
            break;
        if (!reading->follow && clock_boot_ms() > p.heard_ms + SILENT_MS)
            return cli_fail(cli, AWAY, "nothing has come for %d s although there is more; look "
                            "whether Kafka runs", SILENT_MS / 1000);
        edge_sleep(cli, SLEEP_MS);
    }
    return status;
}
