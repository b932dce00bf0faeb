/* insentif decode, dead-letters: what lies in a topic, as JSON lines or as a table. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec/base64.h"
#include "policy/mask.h"
#include "put.h"
#include "reading.h"
#include "table.h"
#include "worker/trace.h"

#define TEXT_SHOWN_MAX 1024
#define REASONS_MAX 32

struct decoding {
    enum event_type type;
    struct codec *codec;
    void *event;
    struct buf line, bytes;
    bool json;
    struct table table; /* dead-letters */
    struct {
        char reason[ENTRY_TEXT_MAX + 1];
        size_t count;
    } reasons[REASONS_MAX];
    size_t reason_count, letters;
};

static int decoding_open(struct cli *cli, struct decoding *d, enum event_type type)
{
    struct err err;

    *d = (struct decoding){ .type = type };
    d->codec = settings_codec(cli->conf, &err);
    if (!d->codec)
        return cli_fail(cli, WRONG, "%s", err.text);
    d->event = calloc(1, event_row(type)->struct_size);
    if (!d->event)
        abort();
    return DONE;
}

static void decoding_close(struct decoding *d)
{
    codec_close(d->codec);
    free(d->event);
    buf_release(&d->line);
    buf_release(&d->bytes);
}

/* Headers whose form is known: a long number is no personal data there. */
static bool is_ours(const char *key, const void *bytes, size_t size)
{
    char trace[TRACE_SIZE];

    return (strcmp(key, "insentif_version") == 0 && size <= 19) ||
           (strcmp(key, "traceparent") == 0 && trace_take(bytes, size, trace));
}

/* Bytes from outside as text, numbers in it masked (R20), cut. */
static void put_foreign(struct buf *out, const char *key, const void *bytes, size_t size)
{
    char text[TEXT_SHOWN_MAX + 1];
    size_t kept = size < TEXT_SHOWN_MAX ? size : TEXT_SHOWN_MAX;

    if (!bytes) {
        put_text(out, key, NULL);
        return;
    }
    memcpy(text, bytes, kept);
    if (!is_ours(key, bytes, size))
        (void)mask_text(text, kept);
    for (size_t i = 0; i < kept; i++)
        if (!text[i])
            text[i] = '?';
    text[kept] = '\0';
    put_comma(out);
    buf_text(out, "\"");
    buf_json(out, key);
    buf_text(out, "\":\"");
    buf_json(out, text);
    buf_text(out, "\"");
}

static void put_headers(struct buf *out, const struct bus_message *m)
{
    struct bus_headers headers;

    bus_headers(m, &headers);
    put_key(out, "headers");
    buf_text(out, "{");
    for (size_t i = 0; i < headers.count; i++)
        put_foreign(out, headers.at[i].name, headers.at[i].value, headers.at[i].size);
    buf_text(out, "}");
    if (headers.cut)
        put_bool(out, "headers_cut", true);
}

static void put_event(struct decoding *d, const struct bus_message *m)
{
    struct buf *out = &d->line;
    struct err err;

    if (codec_decode(d->codec, d->type, m->value, m->value_size, d->event, &err) == 0) {
        if (d->type == EVENT_RATING_SUBMITTED) {
            struct rating_submitted *rating = d->event;
            (void)mask_text(rating->review, strlen(rating->review));
        }
        put_key(out, "event");
        codec_to_json(d->type, d->event, out);
        return;
    }
    put_text(out, "error", err.text);
    buf_reset(&d->bytes);
    if (m->value)
        buf_add(&d->bytes, m->value, m->value_size);
    if (d->bytes.size > 0)
        (void)mask_refused(d->bytes.data, d->bytes.size);
    put_key(out, "bytes");
    buf_text(out, "\"");
    base64_write(out, (const uint8_t *)d->bytes.data, d->bytes.size);
    buf_text(out, "\"");
}

static int show_record(struct cli *cli, const struct bus_message *m, void *context)
{
    struct decoding *d = context;
    struct buf *out = &d->line;

    buf_reset(out);
    buf_text(out, "{");
    put_number(out, "partition", m->partition);
    put_number(out, "offset", m->offset);
    put_number(out, "timestamp_ms", m->timestamp_ms);
    put_foreign(out, "key", m->key, m->key_size);
    put_headers(out, m);
    put_event(d, m);
    buf_text(out, "}\n");
    if (fwrite(out->data, 1, out->size, stdout) != out->size)
        return cli_fail(cli, WRONG, "standard output can't be written");
    return DONE;
}

static int run_decode(struct cli *cli)
{
    struct decoding d;
    enum event_type type = event_of_topic(cli->operands[0]);

    if (type == EVENT_COUNT)
        return cli_fail(cli, WRONG, "there is no topic %.60s; see: insentif topics check",
                        cli->operands[0]);
    int status = decoding_open(cli, &d, type);
    if (status == DONE)
        status = reading_run(cli, &(struct reading){ .topic = type,
                                                     .partition = option_int(cli, "--partition"),
                                                     .follow = option_flag(cli, "--follow"),
                                                     .each = show_record,
                                                     .context = &d });
    decoding_close(&d);
    return status;
}

static const struct option_row decode_options[] = {
    { "--partition", OPTION_INT, 0, BUS_PARTITIONS_MAX - 1, -1, "P", "only this one" },
    { "--from-beginning", OPTION_FLAG, 0, 0, 0, NULL, "as always" },
    { "--follow", OPTION_FLAG, 0, 0, 0, NULL, "go on with what comes, until interrupted" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "as always" },
    { 0 },
};

const struct command decode_command = {
    .name = "decode",
    .operands = "<topic>",
    .summary = "Show a topic's events as JSON lines, up to where it ends now.",
    .more = "What can't be decoded is shown with the error and its bytes (base64, numbers\n"
            "masked). Partitions come in any order.",
    .options = decode_options,
    .least = 1,
    .most = 1,
    .run = run_decode,
};

/* ---------------------------------------------------------------- dead-letters */
static void count_reason(struct decoding *d, const char *reason)
{
    size_t i = 0;

    while (i < d->reason_count && strcmp(d->reasons[i].reason, reason) != 0)
        i++;
    if (i == d->reason_count && i < REASONS_MAX) {
        (void)snprintf(d->reasons[i].reason, sizeof d->reasons[i].reason, "%s", reason);
        d->reason_count++;
    }
    if (i < d->reason_count)
        d->reasons[i].count++;
    d->letters++;
}

static int show_letter(struct cli *cli, const struct bus_message *m, void *context)
{
    struct decoding *d = context;
    struct dead_letter *letter = d->event;
    char at[WIB_SIZE];
    struct err err;

    (void)cli;
    if (codec_decode(d->codec, d->type, m->value, m->value_size, letter, &err) < 0) {
        (void)snprintf(letter->reason, sizeof letter->reason, "(no dead letter: %.160s)", err.text);
        *letter->worker = *letter->source_topic = '\0';
    }
    count_reason(d, letter->reason);
    if (d->json) {
        buf_reset(&d->line);
        buf_text(&d->line, "{");
        put_number(&d->line, "timestamp_ms", m->timestamp_ms);
        put_text(&d->line, "source_topic", letter->source_topic);
        put_number(&d->line, "source_partition", letter->source_partition);
        put_number(&d->line, "source_offset", letter->source_offset);
        put_number(&d->line, "source_timestamp_ms", letter->source_timestamp_ms);
        put_text(&d->line, "reason", letter->reason);
        put_bool(&d->line, "masked", letter->masked);
        put_text(&d->line, "worker", letter->worker);
        put_number(&d->line, "bytes", letter->original.size);
        buf_text(&d->line, "}\n");
        (void)fwrite(d->line.data, 1, d->line.size, stdout);
        return DONE;
    }
    table_cell(&d->table, "%s", wib_time(m->timestamp_ms, at));
    table_cell(&d->table, "%s/%" PRId32 "/%" PRId64, letter->source_topic,
               letter->source_partition, letter->source_offset);
    table_cell(&d->table, "%s", letter->reason);
    table_cell(&d->table, "%s", letter->masked ? "yes" : "no");
    table_cell(&d->table, "%s", letter->worker);
    return DONE;
}

static int run_letters(struct cli *cli)
{
    static const char *const titles[] = { "time (WIB)", "source", "reason", "masked", "worker" };
    struct decoding d;
    int status = decoding_open(cli, &d, EVENT_DEAD_LETTER);

    d.json = option_flag(cli, "--json");
    if (!d.json)
        table_open(&d.table, titles, sizeof titles / sizeof titles[0]);
    if (status == DONE)
        status = reading_run(cli, &(struct reading){ .topic = EVENT_DEAD_LETTER,
                                                     .partition = -1,
                                                     .each = show_letter,
                                                     .context = &d });
    if (!d.json && d.letters > 0) {
        table_print(&d.table);
        (void)printf("\n");
        for (size_t i = 0; i < d.reason_count; i++)
            (void)printf("%7zu  %s\n", d.reasons[i].count, d.reasons[i].reason);
    }
    if (!d.json && status == DONE)
        (void)printf("%zu dead letters\n", d.letters);
    buf_release(&d.table.text);
    decoding_close(&d);
    return status;
}

static const struct option_row letters_options[] = {
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "one JSON line per dead letter" },
    { 0 },
};

const struct command dead_letters = {
    .name = "dead-letters",
    .operands = "",
    .summary = "List what no worker could take, and why.",
    .options = letters_options,
    .run = run_letters,
};
