/* insentif cases: what a person must decide, as escalation-worker keeps it. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "people.h"
#include "put.h"
#include "table.h"

#define AT_ONCE 200

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void show_case(struct table *table, const char *id, const struct store_span *value)
{
    json_t *object = json_loadb(value->at, value->size, 0, NULL);
    char at[WIB_SIZE];

    table_cell(table, "%s", id);
    table_cell(table, "%s", text_of(object, "participant_id"));
    table_cell(table, "%s", text_of(object, "instalment_id"));
    table_cell(table, "%" PRId64, (int64_t)json_integer_value(json_object_get(object, "attempt")));
    table_cell(table, "%s", text_of(object, "reason"));
    table_cell(table, "%s", text_of(object, "raw_code"));
    table_cell(table, "%" PRId64,
               (int64_t)json_integer_value(json_object_get(object, "amount_idr")));
    table_cell(table, "%s",
               wib_time(json_integer_value(json_object_get(object, "opened_at_ms")), at));
    table_cell(table, "%s", object ? text_of(object, "state") : "(unreadable)");
    json_decref(object);
}

static int show_some(struct cli *cli, const struct named *ids, size_t count, struct table *table)
{
    static struct store_call calls[AT_ONCE];
    static struct store_key keys[AT_ONCE];
    struct store_span value;

    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct store_key){ 'c', ids[i].id };
        store_load(cli->store, &calls[i], ids[i].bucket, &keys[i], 1);
    }
    int status = edge_wait(cli, calls, count);
    for (size_t i = 0; i < count && status == DONE; i++) {
        if (store_item(cli->store, &calls[i], 0, &value) && value.at) {
            if (table)
                show_case(table, ids[i].id, &value);
            else
                (void)printf("%.*s\n", (int)value.size, (const char *)value.at);
        }
        store_call_done(cli->store, &calls[i]);
    }
    return status;
}

static int run(struct cli *cli)
{
    static const char *const titles[] = { "case",     "participant", "instalment",
                                          "attempt",  "reason",      "code",
                                          "amount_idr", "opened (WIB)", "state" };
    struct id_list list = { 0 };
    struct table table;
    bool json = option_flag(cli, "--json");
    int status = edge_store(cli);

    if (!json)
        table_open(&table, titles, sizeof titles / sizeof titles[0]);
    if (status == DONE)
        status = ids_all(cli, 'c', &list);
    for (size_t from = 0; from < list.count && status == DONE; from += AT_ONCE)
        status = show_some(cli, list.at + from,
                           list.count - from < AT_ONCE ? list.count - from : AT_ONCE,
                           json ? NULL : &table);
    if (!json && status == DONE && list.count > 0)
        table_print(&table);
    else if (!json)
        buf_release(&table.text);
    if (!json && status == DONE)
        (void)printf("%zu cases\n", list.count);
    ids_release(&list);
    return status;
}

static const struct option_row options[] = {
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "one JSON line per case" },
    { 0 },
};

const struct command cases_command = {
    .name = "cases",
    .operands = "",
    .summary = "List the cases that a person must decide.",
    .options = options,
    .run = run,
};
