/* The RAM twin's half of insentif.lua's apply: the same checks in the same order, the same writes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/store_check.h"
#include "store/store_ram_calls.h"

static enum store_status refusal(struct ram_data *data, struct ram_call *c)
{
    const struct store_apply *a = &c->apply;
    char chain[64], name[RAM_NAME_MAX];
    int64_t at = a->topic ? ram_watermark(data, a->bucket, a->worker, a->topic) : -1;

    if (a->chain.epoch < ram_epoch(data, a->bucket, a->worker))
        return STORE_FENCED;
    if (a->topic && a->last <= at)
        return STORE_DUP;
    (void)snprintf(name, sizeof name, "%s#", a->worker);
    int size =
        snprintf(chain, sizeof chain, "%" PRId64 ":%" PRId64, a->chain.epoch, a->chain.sequence);
    const struct ram_value *v = ram_text(data, ram_group_of(data, "wm", a->bucket, NULL), name);
    if (!v || v->size != (size_t)size || memcmp(v->bytes, chain, v->size) != 0 ||
        (a->topic && a->prev != at)) {
        c->result.watermarks[0] = at;
        return STORE_GAP;
    }
    for (size_t i = 0; i < a->require_count; i++)
        if (ram_watermark(data, a->bucket, a->requires[i].worker, a->requires[i].topic) <
            a->requires[i].watermark)
            return STORE_STALE;
    return STORE_OK;
}

static bool is_conflict(struct ram_data *data, const struct store_apply *a, size_t i)
{
    static const uint8_t never[8];
    const struct store_write *w = &a->writes[i];

    if (!store_kind_is_record(w->key.kind))
        return false;
    const struct ram_value *v =
        ram_text(data, ram_group_of_kind(data, w->key.kind, a->bucket), w->key.id);
    if (v && v->size < sizeof never)
        return true;
    struct store_span span = {.at = v ? v->bytes : never, .size = sizeof never};
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
        const struct store_key *key = &a->writes[i].key;
        ram_value_add(c, ram_text(data, ram_group_of_kind(data, key->kind, a->bucket), key->id));
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
    struct ram_group *outbox = ram_group_of(data, "ob", a->bucket, a->worker);
    struct buf sorted = {0};
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
    static const char *const names[] = {[STORE_CLOCK_BUSINESS] = "tm", [STORE_CLOCK_WIRE] = "tw"};
    static const int64_t never = INT64_MAX;
    bool whole = timer->member[0] == '\0';

    for (int clock = STORE_CLOCK_BUSINESS; clock <= STORE_CLOCK_WIRE; clock++) {
        struct ram_group *set = ram_group_of(data, names[clock], a->bucket, a->worker);
        if (whole)
            ram_put(data, set, "", 0, &never, sizeof never);
        else if ((int)timer->clock == clock)
            ram_put(data, set, timer->member, strlen(timer->member), &timer->at_ms,
                    sizeof timer->at_ms);
        else
            ram_drop(data, set, timer->member, strlen(timer->member));
    }
}

static void write_all(struct ram_data *data, const struct store_apply *a, const bool *lost)
{
    struct ram_group *outbox = ram_group_of(data, "ob", a->bucket, a->worker);

    for (size_t i = 0; i < a->write_count; i++) {
        const struct store_write *w = &a->writes[i];
        if (!lost[i] && (store_kind_is_record(w->key.kind) || stays(lost, w->tied)))
            ram_put(data, ram_group_of_kind(data, w->key.kind, a->bucket), w->key.id,
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
        if (!store_kind_is_record(a->writes[i].key.kind))
            continue;
        records++;
        int64_t its = store_span_version(&a->writes[i].bytes);
        newest = its > newest ? its : newest;
    }
    if (records == conflicts)
        return version;
    return version + 1 > newest ? version + 1 : newest;
}

enum store_status ram_apply_do(struct ram_data *data, struct ram_call *c)
{
    const struct store_apply *a = &c->apply;
    enum store_status no = refusal(data, c);
    size_t conflicts = 0;

    if (no != STORE_OK)
        return no;
    bool *lost = calloc(a->write_count + 1, sizeof *lost);
    if (!lost)
        abort();
    struct ram_group *v = ram_group_of(data, "v", a->bucket, NULL);
    int64_t version = ram_number(data, v, "", 0);
    if (version != a->bucket_version)
        conflicts = compare(data, c, lost);

    ram_begin(data);
    trim_outbox(data, a);
    write_all(data, a, lost);
    c->result.number = next_version(a, version, conflicts);
    if (c->result.number != version)
        ram_put_number(data, v, "", c->result.number);
    ram_put_chain(data, a->bucket, a->worker, a->chain.epoch, a->chain.sequence + 1);
    if (a->topic && conflicts == 0) {
        char name[RAM_NAME_MAX];
        (void)snprintf(name, sizeof name, "%s/%s", a->worker, a->topic);
        ram_put_number(data, ram_group_of(data, "wm", a->bucket, NULL), name, a->last);
    }
    free(lost);
    return conflicts > 0 ? STORE_CONFLICT : STORE_OK;
}
