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

static struct ram_group *group_of(struct ram_data *data, const char *name, int32_t bucket,
                                  const char *worker)
{
    char text[RAM_NAME_MAX];

    (void)snprintf(text, sizeof text, "%s:{%d}%s%s", name, (int)bucket, worker ? ":" : "",
                   worker ? worker : "");
    return ram_group(data, text);
}

static struct ram_group *group_of_kind(struct ram_data *data, char kind, int32_t bucket)
{
    return group_of(data, kind == 'p' ? "p" : kind == 'y' ? "pay" : "case", bucket, NULL);
}

static const struct ram_value *get_text(struct ram_data *data, const struct ram_group *group,
                                        const char *name)
{
    return ram_get(data, group, name, strlen(name));
}

/* A number kept as text; `none` when there is none. */
static int64_t get_number(struct ram_data *data, const struct ram_group *group, const char *name,
                          int64_t none)
{
    const struct ram_value *v = get_text(data, group, name);
    char text[32];
    int64_t number;

    if (!v)
        return none;
    (void)snprintf(text, sizeof text, "%.*s", (int)v->size, (const char *)v->bytes);
    return str_to_int64(text, INT64_MIN, INT64_MAX, &number) ? number : none;
}

static void put_number(struct ram_data *data, struct ram_group *group, const char *name,
                       int64_t number)
{
    char text[32];
    int size = snprintf(text, sizeof text, "%" PRId64, number);

    ram_put(data, group, name, strlen(name), text, (size_t)size);
}

static int64_t watermark(struct ram_data *data, int32_t bucket, const char *worker,
                         const char *topic)
{
    char name[RAM_NAME_MAX];

    (void)snprintf(name, sizeof name, "%s/%s", worker, topic);
    return get_number(data, group_of(data, "wm", bucket, NULL), name, -1);
}

static int64_t epoch_of(struct ram_data *data, int32_t bucket, const char *worker)
{
    return get_number(data, group_of(data, "wm", bucket, NULL), worker, 0);
}

static bool is_rebuilding(struct ram_data *data, int32_t bucket)
{
    return get_text(data, group_of(data, "rebuild", bucket, NULL), "") != NULL;
}

void ram_item_add(struct ram_call *call, const void *bytes, size_t size)
{
    struct ram_item item = { .is_null = !bytes, .at = call->bytes.size, .size = size };

    if (bytes)
        buf_add(&call->bytes, bytes, size);
    buf_add(&call->items, &item, sizeof item);
    call->result.count++;
}

static void add_value(struct ram_call *call, const struct ram_value *v)
{
    if (v)
        ram_item_add(call, v->bytes, v->size);
    else
        ram_item_add(call, NULL, 0);
}

/* ------------------------------------------------------------------ load, own, look */

static void do_load(struct ram_data *data, struct ram_call *c)
{
    c->result.number = get_number(data, group_of(data, "v", c->bucket, NULL), "", 0);
    for (size_t i = 0; i < c->count; i++)
        add_value(c, get_text(data, group_of_kind(data, c->keys[i].kind, c->bucket),
                              c->keys[i].id));
}

static bool read_watermarks(struct ram_data *data, struct ram_call *c)
{
    bool any = false;

    for (size_t i = 0; i < c->count; i++) {
        c->result.watermarks[i] = watermark(data, c->bucket, c->worker, c->topics[i]);
        any = any || c->result.watermarks[i] != -1;
    }
    return any;
}

static void put_chain(struct ram_data *data, int32_t bucket, const char *worker, int64_t epoch,
                      int64_t sequence)
{
    char name[RAM_NAME_MAX], text[64];

    (void)snprintf(name, sizeof name, "%s#", worker);
    int size = snprintf(text, sizeof text, "%" PRId64 ":%" PRId64, epoch, sequence);
    ram_put(data, group_of(data, "wm", bucket, NULL), name, strlen(name), text, (size_t)size);
}

static void do_own(struct ram_data *data, struct ram_call *c)
{
    struct buf sorted = { 0 };
    int64_t stored = epoch_of(data, c->bucket, c->worker);
    int64_t epoch = stored + 1 > c->business_ms ? stored + 1 : c->business_ms;
    bool any = read_watermarks(data, c) || stored != 0;
    size_t entries = ram_sorted(group_of(data, "ob", c->bucket, c->worker), &sorted);

    ram_begin(data);
    put_number(data, group_of(data, "wm", c->bucket, NULL), c->worker, epoch);
    put_chain(data, c->bucket, c->worker, epoch, 0);
    for (size_t i = 0; i < entries; i++)
        add_value(c, ((struct ram_value **)(void *)sorted.data)[i]);
    buf_release(&sorted);
    c->result.epoch = epoch;
    c->result.number = any || entries > 0;
}

/* The sentinel isn't a timer. */
static int64_t timers_in(struct ram_data *data, const struct ram_group *set)
{
    return (int64_t)set->count - (get_text(data, set, "") ? 1 : 0);
}

static void do_look(struct ram_data *data, struct ram_call *c)
{
    (void)read_watermarks(data, c);
    c->result.epoch = epoch_of(data, c->bucket, c->worker);
    c->result.count = group_of(data, "ob", c->bucket, c->worker)->count;
    c->result.number = timers_in(data, group_of(data, "tm", c->bucket, c->worker)) +
                       timers_in(data, group_of(data, "tw", c->bucket, c->worker));
}

/* ------------------------------------------------------------------ apply */

static enum store_status refusal(struct ram_data *data, struct ram_call *c)
{
    const struct store_apply *a = &c->apply;
    char chain[64], name[RAM_NAME_MAX];
    int64_t at = a->topic ? watermark(data, a->bucket, a->worker, a->topic) : -1;

    if (a->chain.epoch < epoch_of(data, a->bucket, a->worker))
        return STORE_FENCED;
    if (a->topic && a->last <= at)
        return STORE_DUP;
    (void)snprintf(name, sizeof name, "%s#", a->worker);
    int size = snprintf(chain, sizeof chain, "%" PRId64 ":%" PRId64, a->chain.epoch,
                        a->chain.sequence);
    const struct ram_value *v = get_text(data, group_of(data, "wm", a->bucket, NULL), name);
    if (!v || v->size != (size_t)size || memcmp(v->bytes, chain, v->size) != 0 ||
        (a->topic && a->prev != at)) {
        c->result.watermarks[0] = at;
        return STORE_GAP;
    }
    for (size_t i = 0; i < a->require_count; i++)
        if (watermark(data, a->bucket, a->requires[i].worker, a->requires[i].topic) <
            a->requires[i].watermark)
            return STORE_STALE;
    return STORE_OK;
}

static bool is_conflict(struct ram_data *data, const struct store_apply *a, size_t i)
{
    static const uint8_t never[8];
    const struct store_write *w = &a->writes[i];

    if (w->key.kind != 'p')
        return false;
    const struct ram_value *v = get_text(data, group_of_kind(data, 'p', a->bucket), w->key.id);
    if (v && v->size < sizeof never)
        return true;
    struct store_span span = { .at = v ? v->bytes : never, .size = sizeof never };
    return store_span_version(&span) != w->expected;
}

/* The conflicts: lost[i] for each write, and the items that tell of them. Returns how many. */
static size_t compare(struct ram_data *data, struct ram_call *c, bool *lost)
{
    const struct store_apply *a = &c->apply;
    size_t found = 0;

    for (size_t i = 0; i < a->write_count; i++) {
        char text[32];
        lost[i] = is_conflict(data, a, i);
        if (!lost[i])
            continue;
        int size = snprintf(text, sizeof text, "%zu", i);
        ram_item_add(c, text, (size_t)size);
        add_value(c, get_text(data, group_of_kind(data, 'p', a->bucket), a->writes[i].key.id));
        found++;
    }
    return found;
}

static bool stays(const bool *lost, int32_t tied)
{
    return tied < 0 || !lost[tied];
}

static void trim_outbox(struct ram_data *data, const struct store_apply *a)
{
    struct ram_group *outbox = group_of(data, "ob", a->bucket, a->worker);
    struct buf sorted = { 0 };
    size_t entries = ram_sorted(outbox, &sorted);

    for (size_t i = 0; i < entries && (int64_t)i < a->trim; i++) {
        const struct ram_value *v = ((struct ram_value **)(void *)sorted.data)[i];
        ram_drop(data, outbox, v->name, v->name_size);
    }
    buf_release(&sorted);
}

static void set_timer(struct ram_data *data, const struct store_apply *a,
                      const struct store_timer *timer)
{
    static const char *const names[] = { [STORE_CLOCK_BUSINESS] = "tm", [STORE_CLOCK_WIRE] = "tw" };

    for (int clock = STORE_CLOCK_BUSINESS; clock <= STORE_CLOCK_WIRE; clock++) {
        struct ram_group *set = group_of(data, names[clock], a->bucket, a->worker);
        if ((int)timer->clock == clock)
            ram_put(data, set, timer->member, strlen(timer->member), &timer->at_ms,
                    sizeof timer->at_ms);
        else
            ram_drop(data, set, timer->member, strlen(timer->member));
    }
}

static void write_all(struct ram_data *data, const struct store_apply *a, const bool *lost)
{
    struct ram_group *outbox = group_of(data, "ob", a->bucket, a->worker);

    for (size_t i = 0; i < a->write_count; i++) {
        const struct store_write *w = &a->writes[i];
        if (!lost[i] && (w->key.kind == 'p' || stays(lost, w->tied)))
            ram_put(data, group_of_kind(data, w->key.kind, a->bucket), w->key.id,
                    strlen(w->key.id), w->bytes.at, w->bytes.size);
    }
    for (size_t i = 0; i < a->emit_count; i++)
        if (stays(lost, a->emits[i].tied))
            ram_append(data, outbox, a->emits[i].bytes.at, a->emits[i].bytes.size);
    for (size_t i = 0; i < a->timer_count; i++)
        if (stays(lost, a->timers[i].tied))
            set_timer(data, a, &a->timers[i]);
}

/* The bucket version after the records that aren't lost are written. */
static int64_t next_version(const struct store_apply *a, int64_t version, size_t conflicts)
{
    int64_t newest = 0;
    size_t records = 0;

    for (size_t i = 0; i < a->write_count; i++) {
        if (a->writes[i].key.kind != 'p')
            continue;
        records++;
        int64_t its = store_span_version(&a->writes[i].bytes);
        newest = its > newest ? its : newest;
    }
    if (records == conflicts)
        return version;
    return version + 1 > newest ? version + 1 : newest;
}

static enum store_status do_apply(struct ram_data *data, struct ram_call *c)
{
    const struct store_apply *a = &c->apply;
    enum store_status no = refusal(data, c);
    size_t conflicts = 0;

    if (no != STORE_OK)
        return no;
    bool *lost = calloc(a->write_count + 1, sizeof *lost);
    if (!lost)
        abort();
    struct ram_group *v = group_of(data, "v", a->bucket, NULL);
    int64_t version = get_number(data, v, "", 0);
    if (version != a->bucket_version)
        conflicts = compare(data, c, lost);

    ram_begin(data);
    trim_outbox(data, a);
    write_all(data, a, lost);
    c->result.number = next_version(a, version, conflicts);
    if (c->result.number != version)
        put_number(data, v, "", c->result.number);
    put_chain(data, a->bucket, a->worker, a->chain.epoch, a->chain.sequence + 1);
    if (a->topic && conflicts == 0) {
        char name[RAM_NAME_MAX];
        (void)snprintf(name, sizeof name, "%s/%s", a->worker, a->topic);
        put_number(data, group_of(data, "wm", a->bucket, NULL), name, a->last);
    }
    free(lost);
    return conflicts > 0 ? STORE_CONFLICT : STORE_OK;
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
    struct ram_group *sets[] = { group_of(data, "tm", c->bucket, c->worker),
                                 group_of(data, "tw", c->bucket, c->worker) };
    const int64_t now[] = { c->business_ms, c->wire_ms };
    struct buf found = { 0 };

    if (!get_text(data, sets[0], "") || !get_text(data, sets[1], "")) {
        int64_t never = INT64_MAX;
        c->result.number = 1;
        ram_begin(data);
        for (int i = 0; i < 2; i++)
            ram_put(data, sets[i], "", 0, &never, sizeof never);
    }
    for (int i = 0; i < 2; i++)
        for (const struct ram_value *v = sets[i]->first; v; v = v->next) {
            struct timer timer = { .clock = i, .value = v };
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
    struct buf sorted = { 0 };
    size_t count = ram_sorted(group_of_kind(data, c->id_kind, c->bucket), &sorted);
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
        put_number(data, clock, "", c->business_ms);
    }
    c->result.number = get_number(data, clock, "", 0);
}

void ram_execute(struct ram_data *data, struct ram_call *c)
{
    c->result.status = STORE_OK;
    if (c->kind != RAM_CLOCK && is_rebuilding(data, c->bucket)) {
        c->result.status = STORE_REBUILD;
        return;
    }
    switch (c->kind) {
    case RAM_LOAD: do_load(data, c); break;
    case RAM_OWN: do_own(data, c); break;
    case RAM_LOOK: do_look(data, c); break;
    case RAM_APPLY: c->result.status = do_apply(data, c); break;
    case RAM_DUE: do_due(data, c); break;
    case RAM_IDS: do_ids(data, c); break;
    case RAM_CLOCK: do_clock(data, c); break;
    }
}
