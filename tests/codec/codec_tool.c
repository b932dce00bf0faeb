/*
 * The codec, for tests in other languages and for measuring:
 *   codec_tool fingerprints   topic, version (0: today's), fingerprint as it lies in a message
 *   codec_tool translate      lines "topic hex" -> "ok JSON hex-of-our-encoding" or "no reason"
 *   codec_tool bench          nanoseconds per decode and encode of every event
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "codec/codec.h"
#include "codec/embedded.h"
#include "samples.h"

#define LINE_MAX_ (4 * CODEC_DEAD_LETTER_MAX)
#define ROUNDS 20000
#define BATCHES 10

static void print_hex(const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        (void)printf("%02x", ((const uint8_t *)bytes)[i]);
}

static int fingerprints(void)
{
    for (size_t i = 0; i < embedded_schema_count; i++) {
        (void)printf("%s %d ", embedded_schemas[i].topic, embedded_schemas[i].version);
        uint64_t fp = embedded_schemas[i].fingerprint;
        for (unsigned k = 0; k < 8; k++)
            (void)printf("%02x", (unsigned)(fp >> (8 * k) & 0xff));
        (void)printf("\n");
    }
    return 0;
}

/* In place; -1 when it isn't hex. */
static long unhex(char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i < size / 2; i++) {
        char pair[3] = { text[2 * i], text[2 * i + 1], '\0' }, *end;
        long byte = strtol(pair, &end, 16);
        if (end != pair + 2)
            return -1;
        text[i] = (char)byte;
    }
    return (long)(size / 2);
}

static void translate_line(struct codec *codec, char *line)
{
    struct buf text = { 0 }, again = { 0 };
    struct err err = { 0 };
    char *space = strchr(line, ' ');

    line[strcspn(line, "\n")] = '\0';
    if (space)
        *space = '\0';
    enum event_type type = event_of_topic(line);
    long size = space ? unhex(space + 1) : -1;
    if (type == EVENT_COUNT || size < 0) {
        (void)printf("no such topic, or no hex\n");
        return;
    }
    void *event = sample_memory(type);
    if (codec_decode(codec, type, space + 1, (size_t)size, event, &err) < 0 ||
        codec_encode(codec, type, event, &again, &err) < 0) {
        (void)printf("no %s\n", err.text);
    } else {
        codec_to_json(type, event, &text);
        (void)printf("ok ");
        print_hex(again.data, again.size);
        (void)printf(" %s\n", text.data);
    }
    free(event);
    buf_release(&text);
    buf_release(&again);
}

static int translate(struct codec *codec)
{
    char *line = malloc(LINE_MAX_);

    if (!line)
        return 1;
    while (fgets(line, LINE_MAX_, stdin))
        translate_line(codec, line);
    free(line);
    return 0;
}

/* A message as they come: the least and the most that a field can hold say little. */
static void typical(enum event_type type, void *event)
{
    const struct event_type_row *row = event_row(type);

    sample_least(type, event);
    for (size_t i = 0; i < row->field_count; i++) {
        const struct event_field *field = &row->fields[i];
        char *to = (char *)event + field->offset;
        size_t size = field->max < 24 ? field->max : 24;
        int64_t now_ms = clock_wire_ms();
        if (field->kind == FIELD_TEXT || field->kind == FIELD_OPT_TEXT)
            memset(to, 'x', size);
        else if (field->kind == FIELD_LONG || field->kind == FIELD_OPT_LONG)
            memcpy(to, &now_ms, sizeof now_ms);
    }
}

/* Best of several batches, in ns: other work on the machine only ever makes it longer. */
static int best_of(struct codec *codec, enum event_type type, void *event, struct buf *message,
                   int64_t best_ns[2])
{
    struct err err = { 0 };

    best_ns[0] = best_ns[1] = INT64_MAX;
    for (int batch = 0; batch < BATCHES; batch++) {
        int64_t start_us = clock_boot_us();
        for (int n = 0; n < ROUNDS; n++) {
            buf_reset(message);
            if (codec_encode(codec, type, event, message, &err) < 0)
                return -1;
        }
        int64_t middle_us = clock_boot_us();
        for (int n = 0; n < ROUNDS; n++)
            if (codec_decode(codec, type, message->data, message->size, event, &err) < 0)
                return -1;
        int64_t spent_ns[2] = { (clock_boot_us() - middle_us) * 1000 / ROUNDS,
                                (middle_us - start_us) * 1000 / ROUNDS };
        for (int i = 0; i < 2; i++)
            if (spent_ns[i] < best_ns[i])
                best_ns[i] = spent_ns[i];
    }
    return 0;
}

static int bench(struct codec *codec)
{
    struct buf message = { 0 };
    int rc = 0;

    for (int i = 0; i < EVENT_COUNT && rc == 0; i++) {
        enum event_type type = (enum event_type)i;
        void *event = sample_memory(type);
        int64_t ns[2];
        typical(type, event);
        rc = best_of(codec, type, event, &message, ns);
        (void)printf("%-22s %4zu bytes  decode %5" PRId64 " ns  encode %5" PRId64 " ns\n",
                     event_row(type)->topic, message.size, ns[0], ns[1]);
        free(event);
    }
    buf_release(&message);
    return rc ? 1 : 0;
}

int main(int argc, char **argv)
{
    struct err err = { 0 };
    const char *mode = argc == 2 ? argv[1] : "";
    struct codec *codec = codec_open(&err);
    int rc = 2;

    if (!codec) {
        (void)fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (strcmp(mode, "fingerprints") == 0)
        rc = fingerprints();
    else if (strcmp(mode, "translate") == 0)
        rc = translate(codec);
    else if (strcmp(mode, "bench") == 0)
        rc = bench(codec);
    else
        (void)fprintf(stderr, "usage: codec_tool fingerprints | translate | bench\n");
    codec_close(codec);
    return rc;
}
