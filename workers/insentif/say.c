#include "say.h"

#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "worker/trace.h"

#define SLEEP_MS 20

int saying_to_parcel(struct cli *cli, struct codec *codec, const struct saying *s,
                     struct buf *value, struct parcel *parcel)
{
    const char *topic = cli->topics[s->type];
    const char *wrong = event_impossible(s->type, s->event, clock_wire_ms());
    struct err err;

    if (wrong)
        return cli_fail(cli, WRONG, "%s: %s", event_key(s->type, s->event), wrong);
    buf_reset(value);
    if (codec_encode(codec, s->type, s->event, value, &err) < 0)
        return cli_fail(cli, AWAY, "%s", err.text);
    *parcel = (struct parcel){ .time_ms = s->time_ms, .value = value->data,
                               .value_size = value->size };
    str_copy(parcel->topic, sizeof parcel->topic, topic);
    str_copy(parcel->type, sizeof parcel->type, topic);
    str_copy(parcel->key, sizeof parcel->key, event_key(s->type, s->event));
    str_copy(parcel->id, sizeof parcel->id, s->id);
    str_copy(parcel->source, sizeof parcel->source, s->source);
    trace_start(topic, parcel->id, parcel->traceparent);
    return DONE;
}

static int send_and_wait(struct cli *cli, const struct parcel *parcel)
{
    static struct bus_event event;
    static struct bus_ticket ticket; /* outlives us when Kafka stays away */
    struct err err;
    int64_t until_ms = clock_boot_ms() + CONNECT_MS, lost = ticket.lost;

    if (parcel_produce(cli->bus, parcel, parcel->source, &ticket, &err) < 0)
        return cli_fail(cli, AWAY, "%s", err.text);
    while (ticket.pending > 0) {
        while (bus_poll(cli->bus, &event))
            ;
        if (clock_boot_ms() > until_ms)
            return cli_fail(cli, AWAY, "Kafka hasn't taken it; nothing is changed for sure, say it "
                            "again when Kafka is back");
        edge_sleep(cli, SLEEP_MS);
    }
    return ticket.lost == lost ? DONE
                               : cli_fail(cli, AWAY, "Kafka has refused it; say it again");
}

int say(struct cli *cli, const struct saying *s)
{
    struct buf value = { 0 };
    struct parcel parcel;
    struct err err;
    struct codec *codec = codec_open(&err);

    if (!codec)
        return cli_fail(cli, AWAY, "%s", err.text);
    int status = saying_to_parcel(cli, codec, s, &value, &parcel);
    if (status == DONE)
        status = edge_bus(cli);
    int32_t partitions = status == DONE ? edge_partitions(cli, s->type, &status) : 0;
    if (status == DONE) {
        parcel.partition = hash_partition(parcel.key, strlen(parcel.key), partitions);
        status = send_and_wait(cli, &parcel);
    }
    buf_release(&value);
    codec_close(codec);
    return status;
}
