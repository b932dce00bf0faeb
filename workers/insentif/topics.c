/* insentif topics create | check: every topic as worker/topics.h wants it. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "table.h"
#include "worker/topics.h"

#define TOPICS_MS 20000

static const char *const state_names[] = {
    [BUS_TOPIC_OK] = "ok",
    [BUS_TOPIC_CREATED] = "created",
    [BUS_TOPIC_MISSING] = "missing",
    [BUS_TOPIC_WRONG] = "differs",
    [BUS_TOPIC_REFUSED] = "refused",
};

static void print_json(const struct bus_topic_spec *specs, const struct bus_topic_report *reports)
{
    struct buf line = { 0 };

    for (int t = 0; t < EVENT_COUNT; t++) {
        buf_printf(&line, "{\"topic\":\"%s\",\"state\":\"%s\",\"detail\":\"", specs[t].name,
                   state_names[reports[t].state]);
        buf_json(&line, reports[t].detail);
        buf_text(&line, "\"}\n");
    }
    (void)fputs(line.data, stdout);
    buf_release(&line);
}

static void print_table(const struct bus_topic_spec *specs,
                        const struct bus_topic_report *reports)
{
    struct table table;

    table_open(&table, (const char *const[]){ "topic", "state", "detail" }, 3);
    for (int t = 0; t < EVENT_COUNT; t++) {
        table_cell(&table, "%s", specs[t].name);
        table_cell(&table, "%s", state_names[reports[t].state]);
        table_cell(&table, "%s", reports[t].detail);
    }
    table_print(&table);
}

static int run(struct cli *cli, bool create)
{
    struct bus_topic_spec specs[EVENT_COUNT];
    struct bus_topic_report reports[EVENT_COUNT];
    struct err err;
    int64_t partitions = option_int(cli, "--partitions");
    int64_t replication = option_int(cli, "--replication");
    bool refused = false, differs = false;

    if (partitions == 0)
        partitions = conf_int(cli->conf, "INSENTIF_PARTITIONS");
    if (replication == 0)
        replication = conf_int(cli->conf, "INSENTIF_REPLICATION");
    if (replication == 0)
        replication = cli_is(cli, "INSENTIF_PROFILE", "demo") ? 1 : 3;
    topics_specs((int32_t)partitions, (int16_t)replication, specs);
    int failed = create ? bus_topics_create(&cli->edges.bus, specs, EVENT_COUNT, reports,
                                            TOPICS_MS, &err)
                        : bus_topics_check(&cli->edges.bus, specs, EVENT_COUNT, reports, TOPICS_MS,
                                           &err);
    if (failed)
        return cli_fail(cli, err.kind == ERR_FATAL ? WRONG : AWAY,
                        "%s; look whether Kafka runs at INSENTIF_BROKERS (%s)", err.text,
                        conf_text(cli->conf, "INSENTIF_BROKERS"));
    for (int t = 0; t < EVENT_COUNT; t++) {
        refused |= reports[t].state == BUS_TOPIC_REFUSED;
        differs |= reports[t].state == BUS_TOPIC_MISSING || reports[t].state == BUS_TOPIC_WRONG;
    }
    if (option_flag(cli, "--json"))
        print_json(specs, reports);
    else
        print_table(specs, reports);
    if (refused)
        return cli_fail(cli, AWAY, "the broker refused a topic; --replication 1 (or "
                        "INSENTIF_PROFILE=demo) is for a single broker");
    if (differs)
        return cli_fail(cli, WRONG, "topics differ; change their settings with Kafka's own tools: "
                        "no data is touched here");
    return DONE;
}

static int run_create(struct cli *cli)
{
    return run(cli, true);
}

static int run_check(struct cli *cli)
{
    return run(cli, false);
}

static const struct option_row options[] = {
    { "--partitions", OPTION_INT, 1, BUS_PARTITIONS_MAX, 0, "N",
      "of each topic [INSENTIF_PARTITIONS]" },
    { "--replication", OPTION_INT, 1, 15, 0, "N", "of each topic [INSENTIF_REPLICATION]" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "one JSON line per topic" },
    { 0 },
};

const struct command topics_create = {
    .name = "topics create",
    .operands = "",
    .summary = "Create the topics that are missing, and compare the others.",
    .more = "Existing topics are left alone. Exit 1 when one differs from what it must be.",
    .options = options,
    .run = run_create,
};

const struct command topics_check = {
    .name = "topics check",
    .operands = "",
    .summary = "Compare the topics with what they must be; exit 1 when any differs.",
    .options = options,
    .run = run_check,
};
