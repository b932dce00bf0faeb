/* The RAM twin's half of insentif.lua: the same checks in the same order, the same writes. */
#include "store/store_ram_calls.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "store/store_check.h"

#define IDS_PAGE 100

struct ram_group *ram_group_of(struct ram_data *data, const char *name, int32_t bucket,
                               const char *worker)
{
    char text[RAM_NAME_MAX];

    (void)snprintf(text, sizeof text, "%s:{%d}%s%s", name, (int)bucket, worker ? ":" : "",
                   worker ? worker : "");
    return ram_group(data, text);
}

struct ram_group *ram_group_of_kind(struct ram_data *data, char kind, int32_t bucket)
{
    char text[RAM_NAME_MAX];

    (void)snprintf(text, sizeof text, "%s%d}", store_kind_prefix(kind), (int)bucket);
    return ram_group(data, text);
}

const struct ram_value *ram_text(struct ram_data *data, const struct ram_group *group,
                                 const char *name)
{
    return ram_get(data, group, name, strlen(name));
}

/* A number kept as text; `none` when there is none. */
int64_t ram_number(struct ram_data *data, const struct ram_group *group, const char *name,
                   int64_t none)
{
    const struct ram_value *v = ram_text(data, group, name);
    char text[32];
    int64_t number;

    if (!v)
        return none;
    (void)snprintf(text, sizeof text, "%.*s", (int)v->size, (const char *)v->bytes);
    return str_to_int64(text, INT64_MIN, INT64_MAX, &number) ? number : none;
}

void ram_put_number(struct ram_data *data, struct ram_group *group, const char *name,
                    int64_t number)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRId64, number);

    ram_put(data, group, name, strlen(name), text, (size_t)size);
}

int64_t ram_watermark(struct ram_data *data, int32_t bucket, const char *worker, const char *topic)
{
    char name[RAM_NAME_MAX];

    (void)snprintf(name, sizeof name, "%s/%s", worker, topic);
    return ram_number(data, ram_group_of(data, "wm", bucket, NULL), name, -1);
}

int64_t ram_epoch(struct ram_data *data, int32_t bucket, const char *worker)
{
    return ram_number(data, ram_group_of(data, "wm", bucket, NULL), worker, 0);
}

static bool is_rebuilding(struct ram_data *data, int32_t bucket)
{
    return ram_text(data, ram_group_of(data, "rebuild", bucket, NULL), "") != NULL;
}

void ram_item_add(struct ram_call *call, const void *bytes, size_t size)
{
    struct ram_item item = {.is_null = !bytes, .at = call->bytes.size, .size = size};

    if (bytes)
        buf_add(&call->bytes, bytes, size);
    buf_add(&call->items, &item, sizeof item);
    call->result.count++;
}

void ram_value_add(struct ram_call *call, const struct ram_value *v)
{
    if (v)
        ram_item_add(call, v->bytes, v->size);
    else
        ram_item_add(call, NULL, 0);
}

/* ------------------------------------------------------------------ load, own, look */

static void do_load(struct ram_data *data, struct ram_call *c)
{
    c->result.number = ram_number(data, ram_group_of(data, "v", c->bucket, NULL), "", 0);
    for (size_t i = 0; i < c->count; i++)
        ram_value_add(
            c, ram_text(data, ram_group_of_kind(data, c->keys[i].kind, c->bucket), c->keys[i].id));
}

static bool read_watermarks(struct ram_data *data, struct ram_call *c)
{
    bool any = false;

    for (size_t i = 0; i < c->count; i++) {
        c->result.watermarks[i] = ram_watermark(data, c->bucket, c->worker, c->topics[i]);
        any = any || c->result.watermarks[i] != -1;
    }
    return any;
}

void ram_put_chain(struct ram_data *data, int32_t bucket, const char *worker, int64_t epoch,
                   int64_t sequence)
{
    char name[RAM_NAME_MAX], text[64];

    (void)snprintf(name, sizeof name, "%s#", worker);
    int size = snprintf(text, sizeof text, "%" PRId64 ":%" PRId64, epoch, sequence);
    ram_put(data, ram_group_of(data, "wm", bucket, NULL), name, strlen(name), text, (size_t)size);
}

static void do_own(struct ram_data *data, struct ram_call *c)
{
    struct buf sorted = {0};
    int64_t stored = ram_epoch(data, c->bucket, c->worker);
    int64_t epoch = stored + 1 > c->business_ms ? stored + 1 : c->business_ms;
    bool any = read_watermarks(data, c) || stored != 0;
    size_t entries = ram_sorted(ram_group_of(data, "ob", c->bucket, c->worker), &sorted);

    ram_begin(data);
    ram_put_number(data, ram_group_of(data, "wm", c->bucket, NULL), c->worker, epoch);
    ram_put_chain(data, c->bucket, c->worker, epoch, 0);
    for (size_t i = 0; i < entries; i++)
        ram_value_add(c, ((struct ram_value **)(void *)sorted.data)[i]);
    buf_release(&sorted);
    c->result.epoch = epoch;
    c->result.number = any || entries > 0;
}

/* The sentinel isn't a timer. */
static int64_t timers_in(struct ram_data *data, const struct ram_group *set)
{
    return (int64_t)set->count - (ram_text(data, set, "") ? 1 : 0);
}

static void do_look(struct ram_data *data, struct ram_call *c)
{
    (void)read_watermarks(data, c);
    c->result.epoch = ram_epoch(data, c->bucket, c->worker);
    c->result.count = ram_group_of(data, "ob", c->bucket, c->worker)->count;
    c->result.number = timers_in(data, ram_group_of(data, "tm", c->bucket, c->worker)) +
                       timers_in(data, ram_group_of(data, "tw", c->bucket, c->worker));
}

/* ------------------------------------------------------------------ due, ids, clock */

struct timer {
    int64_t at_ms;
    int clock;
    const struct ram_value *value;
};

static int by_time(const void *a, const void *b)
{
    const struct timer *x = a, *y = b;

    if (x->at_ms != y->at_ms)
        return x->at_ms < y->at_ms ? -1 : 1;
    if (x->clock != y->clock)
        return x->clock - y->clock;
    return strncmp(x->value->name, y->value->name, x->value->name_size + 1);
}

static void do_due(struct ram_data *data, struct ram_call *c)
{
    struct ram_group *sets[] = {ram_group_of(data, "tm", c->bucket, c->worker),
                                ram_group_of(data, "tw", c->bucket, c->worker)};
    const int64_t now[] = {c->business_ms, c->wire_ms};
    struct buf found = {0};

    c->result.number = !ram_text(data, sets[0], "") || !ram_text(data, sets[1], "");
    for (int i = 0; i < 2; i++)
        for (const struct ram_value *v = sets[i]->first; v; v = v->next) {
            struct timer timer = {.clock = i, .value = v};
            memcpy(&timer.at_ms, v->bytes, sizeof timer.at_ms);
            if (timer.at_ms <= now[i])
                buf_add(&found, &timer, sizeof timer);
        }
    size_t count = found.size / sizeof(struct timer);
    struct timer *timers = (struct timer *)(void *)found.data;
    if (count > 1)
        qsort(timers, count, sizeof *timers, by_time);
    for (size_t i = 0; i < count && i < c->count; i++)
        ram_item_add(c, timers[i].value->name, timers[i].value->name_size);
    buf_release(&found);
}

static void do_ids(struct ram_data *data, struct ram_call *c)
{
    struct buf sorted = {0};
    size_t count = ram_sorted(ram_group_of_kind(data, c->id_kind, c->bucket), &sorted);
    size_t at = c->cursor > 0 ? (size_t)c->cursor : 0, end = at + IDS_PAGE;

    for (; at < count && at < end; at++) {
        const struct ram_value *v = ((struct ram_value **)(void *)sorted.data)[at];
        ram_item_add(c, v->name, v->name_size);
    }
    c->result.number = at < count ? (int64_t)at : 0;
    buf_release(&sorted);
}

static void do_clock(struct ram_data *data, struct ram_call *c)
{
    struct ram_group *clock = ram_group(data, "clock:rehearsal");

    if (c->business_ms > 0) {
        ram_begin(data);
        ram_put_number(data, clock, "", c->business_ms);
    }
    c->result.number = ram_number(data, clock, "", 0);
}

static void do_stamp(struct ram_data *data, struct ram_call *c)
{
    struct ram_group *stamp = ram_group(data, "stamp:insentif");
    const struct ram_value *was = ram_text(data, stamp, "");

    ram_value_add(c, was);
    if (was)
        return;
    ram_begin(data);
    ram_put(data, stamp, "", 0, c->stamp, strlen(c->stamp));
}

void ram_execute(struct ram_data *data, struct ram_call *c)
{
    c->result.status = STORE_OK;
    if (c->kind != RAM_CLOCK && c->kind != RAM_STAMP && is_rebuilding(data, c->bucket)) {
        c->result.status = STORE_REBUILD;
        return;
    }
    switch (c->kind) {
    case RAM_LOAD: do_load(data, c); break;
    case RAM_OWN: do_own(data, c); break;
    case RAM_LOOK: do_look(data, c); break;
    case RAM_APPLY: c->result.status = ram_apply_do(data, c); break;
    case RAM_DUE: do_due(data, c); break;
    case RAM_IDS: do_ids(data, c); break;
    case RAM_CLOCK: do_clock(data, c); break;
    case RAM_STAMP: do_stamp(data, c); break;
    }
}
