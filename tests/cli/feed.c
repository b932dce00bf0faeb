/*
 * For the live test of the command line:
 *
 *     cli_feed raw TOPIC KEY            standard input as one record
 *     cli_feed letter KEY REASON        a dead letter
 *     cli_feed paid|half|stuck|held|limited|case PARTICIPANT [AT_MS]
 *
 * into INSENTIF_BROKERS and INSENTIF_REDIS. Exit 0, or 1 with a line on standard error.
 */
#include "feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "bus/bus.h"
#include "codec/codec.h"

#define PARTITIONS 12
#define WAIT_MS 20000

static struct bus *open_bus(const char *topic, const char *const *topics, struct err *err)
{
    struct bus_event event;
    struct bus *bus = bus_kafka_open(&(struct bus_kafka_conf){
        .brokers = getenv("INSENTIF_BROKERS"), .client_id = "cli-feed", .topics = topics,
        .topic_count = 1 }, err);
    int64_t until_ms = clock_boot_ms() + WAIT_MS;

    if (!bus)
        return NULL;
    while (bus_partitions(bus, 0) <= 0 && clock_boot_ms() < until_ms)
        while (bus_poll(bus, &event))
            continue;
    if (bus_partitions(bus, 0) > 0)
        return bus;
    (void)err_set(err, ERR_RETRY, "%s: no such topic, or no Kafka", topic);
    bus_close(bus);
    return NULL;
}

static int send_record(const char *topic, const char *key, const void *value, size_t size,
                       struct err *err)
{
    const char *const topics[] = { topic };
    struct bus_ticket ticket = { .pending = 0 };
    const struct bus_header header = { "ce_id", "4111 1111 1111 1111", 19 };
    struct bus *bus = open_bus(topic, topics, err);

    if (!bus)
        return -1;
    int rc = bus_produce(bus, &(struct bus_record){
        .topic = topic,
        .partition = hash_partition(key, strlen(key), bus_partitions(bus, 0)),
        .key = key, .key_size = strlen(key), .value = value, .value_size = size,
        .headers = &header, .header_count = 1 }, &ticket, err);
    if (rc == 0 && (!bus_drain(bus, WAIT_MS) || ticket.lost > 0))
        rc = err_set(err, ERR_RETRY, "the record was not delivered");
    bus_close(bus);
    return rc;
}

static int send_raw(const char *topic, const char *key, struct err *err)
{
    static char value[BUS_VALUE_MAX];
    size_t size = fread(value, 1, sizeof value, stdin);

    return send_record(topic, key, value, size, err);
}

static int send_letter(const char *key, const char *reason, struct err *err)
{
    static struct dead_letter letter;
    struct buf value = { 0 };
    struct codec *codec = codec_open(err);

    if (!codec)
        return -1;
    (void)str_copy(letter.reason, sizeof letter.reason, reason);
    (void)str_copy(letter.worker, sizeof letter.worker, "rating-worker");
    (void)str_copy(letter.source_topic, sizeof letter.source_topic, "rating-submitted");
    letter.source_partition = 3;
    letter.source_offset = 4711;
    letter.source_timestamp_ms = clock_wire_ms();
    letter.masked = true;
    letter.original.size = 3;
    memcpy(letter.original.at, "abc", 3);
    int rc = codec_encode(codec, EVENT_DEAD_LETTER, &letter, &value, err);
    if (rc == 0)
        rc = send_record("dead-letter", key, value.data, value.size, err);
    buf_release(&value);
    codec_close(codec);
    return rc;
}

int main(int argc, char **argv)
{
    struct err err = { .text = "usage: see feed.c" };
    int64_t at_ms = 0;
    int rc = -1;

    if (argc == 4 && strcmp(argv[1], "raw") == 0)
        rc = send_raw(argv[2], argv[3], &err);
    else if (argc == 4 && strcmp(argv[1], "letter") == 0)
        rc = send_letter(argv[2], argv[3], &err);
    else if (argc == 3 || (argc == 4 && str_to_int64(argv[3], 1, INT64_MAX, &at_ms)))
        rc = feed_record(getenv("INSENTIF_REDIS"), argv[1], argv[2], PARTITIONS, at_ms, &err);
    if (rc < 0)
        (void)fprintf(stderr, "cli_feed: %s\n", err.text);
    return rc < 0 ? 1 : 0;
}
