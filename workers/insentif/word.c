/* insentif pause, resume, words: what people decide about paying (topic payment-control). */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "cli.h"
#include "put.h"
#include "reading.h"
#include "table.h"
#include "worker/parcel.h"

#define SLEEP_MS 20

static int take_target(const struct cli *cli, struct payment_control *word)
{
    str_copy(word->target, sizeof word->target, "ALL");
    if (cli->operand_count == 0)
        return DONE;
    if (!str_copy(word->target, sizeof word->target, cli->operands[0]))
        return cli_fail(cli, WRONG, "there is no partner of this name");
    for (char *c = word->target; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return DONE;
}

static int take_options(const struct cli *cli, struct payment_control *word)
{
    const char *by = option_text(cli, "--by"), *note = option_text(cli, "--note");

    if (!by)
        by = getenv("USER");
    if (!by || !*by)
        return cli_fail(cli, WRONG, "who says so? give --by NAME");
    if (!str_copy(word->said_by, sizeof word->said_by, by))
        return cli_fail(cli, WRONG, "--by: at most %d bytes", SAID_BY_MAX);
    if (note && !str_copy(word->note, sizeof word->note, note))
        return cli_fail(cli, WRONG, "--note: at most %d bytes", ENTRY_TEXT_MAX);
    word->said_at_ms = clock_wire_ms();
    return DONE;
}

/* Into Kafka, and acknowledged: before that nobody has said anything. */
static int say(struct cli *cli, const struct payment_control *word)
{
    static struct bus_event event;
    struct buf value = { 0 };
    struct bus_ticket ticket = { 0 };
    struct err err;
    int status = edge_bus(cli);
    int32_t partitions = status == DONE ? edge_partitions(cli, EVENT_PAYMENT_CONTROL, &status) : 0;
    struct codec *codec = status == DONE ? codec_open(&err) : NULL;

    if (status != DONE)
        return status;
    if (!codec || codec_encode(codec, EVENT_PAYMENT_CONTROL, word, &value, &err) < 0)
        return cli_fail(cli, AWAY, "%s", err.text);
    struct parcel parcel = { .time_ms = word->said_at_ms, .value = value.data,
                             .value_size = value.size };
    str_copy(parcel.topic, sizeof parcel.topic, cli->topics[EVENT_PAYMENT_CONTROL]);
    str_copy(parcel.type, sizeof parcel.type, cli->topics[EVENT_PAYMENT_CONTROL]);
    str_copy(parcel.key, sizeof parcel.key, word->target);
    (void)snprintf(parcel.id, sizeof parcel.id, "%s:%" PRId64, word->target, word->said_at_ms);
    parcel.partition = hash_partition(parcel.key, strlen(parcel.key), partitions);
    if (parcel_produce(cli->bus, &parcel, "/insentif/words", &ticket, &err) < 0)
        status = cli_fail(cli, AWAY, "%s", err.text);
    for (int64_t until = clock_boot_ms() + CONNECT_MS; status == DONE && ticket.pending > 0;) {
        while (bus_poll(cli->bus, &event))
            ;
        if (clock_boot_ms() > until)
            status = cli_fail(cli, AWAY, "Kafka hasn't taken it; nothing is changed for sure, say "
                              "it again when Kafka is back");
        edge_sleep(cli, SLEEP_MS);
    }
    if (status == DONE && ticket.lost > 0)
        status = cli_fail(cli, AWAY, "Kafka has refused it; say it again");
    buf_release(&value);
    codec_close(codec);
    return status;
}

static void print_json(const struct payment_control *word)
{
    struct buf line = { 0 };

    codec_to_json(EVENT_PAYMENT_CONTROL, word, &line);
    (void)printf("%s\n", line.data);
    buf_release(&line);
}

static void tell(const struct cli *cli, const struct payment_control *word)
{
    if (option_flag(cli, "--json")) {
        print_json(word);
    } else if (word->paused) {
        (void)printf("%s: paused; what is under way is finished\n", word->target);
    } else if (word->allowance > 0) {
        (void)printf("%s: resumed for %" PRId32 " payments\n", word->target, word->allowance);
    } else {
        (void)printf("%s: resumed\n", word->target);
    }
}

static int run_word(struct cli *cli, bool paused)
{
    struct payment_control word = { .paused = paused };
    int status = take_target(cli, &word);

    if (status == DONE)
        status = take_options(cli, &word);
    if (!paused)
        word.allowance = (int32_t)option_int(cli, "--only");
    const char *wrong = event_impossible(EVENT_PAYMENT_CONTROL, &word, word.said_at_ms);
    if (status == DONE && wrong)
        status = cli_fail(cli, WRONG, "%s", wrong);
    if (status == DONE)
        status = say(cli, &word);
    if (status == DONE)
        tell(cli, &word);
    return status;
}

static int run_pause(struct cli *cli)
{
    return run_word(cli, true);
}

static int run_resume(struct cli *cli)
{
    return run_word(cli, false);
}

/* ---------------------------------------------------------------- words */
struct words_said {
    struct codec *codec;
    struct payment_control last[PARTNER_COUNT + 1]; /* and ALL */
    size_t count;
};

static int each(struct cli *cli, const struct bus_message *message, void *context)
{
    struct words_said *said = context;
    struct payment_control word;
    struct err err;
    size_t at = 0;

    if (!message->value)
        return DONE;
    if (codec_decode(said->codec, EVENT_PAYMENT_CONTROL, message->value, message->value_size,
                     &word, &err) < 0)
        return cli_fail(cli, WRONG, "payment-control holds what can't be read: %s", err.text);
    while (at < said->count && strcmp(said->last[at].target, word.target) != 0)
        at++;
    if (at == said->count && said->count < PARTNER_COUNT + 1)
        said->count++;
    if (at < said->count)
        said->last[at] = word; /* a target's words are in one partition, in their order */
    return DONE;
}

static void show_words(const struct words_said *said)
{
    static const char *const titles[] = { "target", "paused", "only", "by", "at (WIB)", "note" };
    struct table table;

    table_open(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < said->count; i++) {
        const struct payment_control *word = &said->last[i];
        char at[WIB_SIZE], only[16];
        table_cell(&table, "%s", word->target);
        table_cell(&table, "%s", word->paused ? "yes" : "no");
        (void)snprintf(only, sizeof only, "%" PRId32, word->allowance);
        table_cell(&table, "%s", word->allowance > 0 ? only : "");
        table_cell(&table, "%s", word->said_by);
        table_cell(&table, "%s", wib_time(word->said_at_ms, at));
        table_cell(&table, "%s", word->note);
    }
    if (said->count > 0)
        table_print(&table);
    else
        (void)printf("nobody has said anything\n");
}

static int run_words(struct cli *cli)
{
    struct words_said said = { .count = 0 };
    const struct reading reading = { .topic = EVENT_PAYMENT_CONTROL, .partition = -1,
                                     .each = each, .context = &said };
    struct err err;

    said.codec = codec_open(&err);
    if (!said.codec)
        return cli_fail(cli, AWAY, "%s", err.text);
    int status = reading_run(cli, &reading);
    for (size_t i = 0; status == DONE && i < said.count && option_flag(cli, "--json"); i++)
        print_json(&said.last[i]);
    if (status == DONE && !option_flag(cli, "--json"))
        show_words(&said);
    codec_close(said.codec);
    return status;
}

#define SAYING                                                                                     \
    { "--by", OPTION_TEXT, 0, 0, 0, "NAME", "who says so [$USER]" },                               \
    { "--note", OPTION_TEXT, 0, 0, 0, "TEXT", "why; no personal data" },                           \
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "what was said, as a JSON line" }

static const struct option_row pause_options[] = { SAYING, { 0 } };
static const struct option_row resume_options[] = {
    { "--only", OPTION_INT, 1, 1000000, 0, "N", "so many payments and then paused again" },
    SAYING, { 0 }
};
static const struct option_row words_options[] = {
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "one JSON line per word" },
    { 0 },
};

const struct command pause_command = {
    .name = "pause",
    .operands = "[partner]",
    .summary = "Send no money through this partner, or through none (the kill switch).",
    .more = "Holds until `insentif resume`, also when Redis is lost. What a partner already has is "
            "finished\nand asked about.",
    .options = pause_options,
    .most = 1,
    .run = run_pause,
};

const struct command resume_command = {
    .name = "resume",
    .operands = "[partner]",
    .summary = "Send money again; a new partner's first payments wait for this.",
    .more = "A partner that was paused by name stays so until it is resumed by name.",
    .options = resume_options,
    .most = 1,
    .run = run_resume,
};

const struct command words_command = {
    .name = "words",
    .operands = "",
    .summary = "Show what people have decided about paying.",
    .options = words_options,
    .run = run_words,
};
