/* insentif pause, resume, budget, words: what people decide about paying (payment-control). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "options.h"
#include "policy/scheme.h"
#include "put.h"
#include "reading.h"
#include "say.h"
#include "table.h"

static int take_target(const struct cli *cli, struct payment_control *word)
{
    const char *target = cli->operand_count > 0 ? cli->operands[0] : "ALL";

    if (!option_upper(word->target, sizeof word->target, target))
        return cli_fail(cli, WRONG, "there is no partner of this name");
    return DONE;
}

/* Who says it, and out with it. */
static int say_word(struct cli *cli, struct payment_control *word)
{
    char id[PARCEL_ID_MAX + 1];
    int status = option_said_by(cli, word->said_by);

    if (status == DONE)
        status = option_note(cli, word->note);
    if (status != DONE)
        return status;
    word->said_at_ms = clock_wire_ms();
    (void)snprintf(id, sizeof id, "%s:%" PRId64, word->target, word->said_at_ms);
    return say(cli, &(struct saying){ .type = EVENT_PAYMENT_CONTROL, .event = word, .id = id,
                                      .source = "/insentif/words",
                                      .time_ms = word->said_at_ms });
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
    char idr[RUPIAH_SIZE];

    if (option_flag(cli, "--json")) {
        print_json(word);
    } else if (word->budget_idr > 0) {
        (void)printf("%s: Rp%s may be spent in all\n", word->target,
                     rupiah(word->budget_idr, idr));
    } else if (word->paused) {
        (void)printf("%s: paused; what is under way is finished\n", word->target);
    } else if (word->allowance > 0) {
        (void)printf("%s: resumed for %" PRId32 " payments\n", word->target, word->allowance);
    } else {
        (void)printf("%s: resumed\n", word->target);
    }
}

static int run_word(struct cli *cli, struct payment_control *word)
{
    int status = take_target(cli, word);

    if (status == DONE)
        status = say_word(cli, word);
    if (status == DONE)
        tell(cli, word);
    return status;
}

static int run_pause(struct cli *cli)
{
    return run_word(cli, &(struct payment_control){ .paused = true });
}

static int run_resume(struct cli *cli)
{
    return run_word(cli, &(struct payment_control){
        .allowance = (int32_t)option_int(cli, "--only") });
}

static int run_budget(struct cli *cli)
{
    struct payment_control word = { .budget_idr = option_int(cli, "--idr") };

    if (!scheme_find(cli->operands[0]))
        return cli_fail(cli, WRONG, "there is no scheme of this name");
    if (word.budget_idr == 0)
        return cli_fail(cli, WRONG, "how much? give --idr N");
    return run_word(cli, &word);
}

/* ---------------------------------------------------------------- words */
#define TARGETS_MAX 64 /* partners, schemes and ALL */

struct words_said {
    struct codec *codec;
    struct payment_control last[TARGETS_MAX];
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
    if (at == said->count && said->count < TARGETS_MAX)
        said->count++;
    if (at < said->count)
        said->last[at] = word; /* a target's words are in one partition, in their order */
    return DONE;
}

static void show_words(const struct words_said *said)
{
    static const char *const titles[] = { "target", "paused",   "only", "budget_idr",
                                          "by",     "at (WIB)", "note" };
    struct table table;

    table_open(&table, titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; i < said->count; i++) {
        const struct payment_control *word = &said->last[i];
        char at[WIB_SIZE], only[16], budget[24];
        table_cell(&table, "%s", word->target);
        table_cell(&table, "%s", word->paused ? "yes" : "no");
        (void)snprintf(only, sizeof only, "%" PRId32, word->allowance);
        table_cell(&table, "%s", word->allowance > 0 ? only : "");
        (void)snprintf(budget, sizeof budget, "%" PRId64, word->budget_idr);
        table_cell(&table, "%s", word->budget_idr > 0 ? budget : "");
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
static const struct option_row budget_options[] = {
    { "--idr", OPTION_INT, 1, INT64_C(1000000000000000), 0, "N", "so many rupiah; must be given" },
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

const struct command budget_command = {
    .name = "budget",
    .operands = "<scheme> --idr N",
    .summary = "Say what may be spent on a scheme's incentives in all.",
    .more = "What is over it waits, and is paid when a later word allows more. Holds until the "
            "next word about\nthe scheme; without any a scheme has no limit.",
    .options = budget_options,
    .least = 1,
    .most = 1,
    .run = run_budget,
};

const struct command words_command = {
    .name = "words",
    .operands = "",
    .summary = "Show what people have decided about paying.",
    .options = words_options,
    .run = run_words,
};
