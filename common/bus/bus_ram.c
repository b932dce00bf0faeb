/*
 * The broker of the RAM twin: logs, groups and what goes wrong, all from one seed.
 */
#include "bus/ram.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

size_t ram_slot(const struct bus_ram *ram, int32_t topic, int32_t partition)
{
    assert(topic >= 0 && (size_t)topic < ram->topic_count);
    assert(partition >= 0 && partition < ram->partitions);
    return (size_t)topic * (size_t)ram->partitions + (size_t)partition;
}

static size_t slots(const struct bus_ram *ram)
{
    return ram->topic_count * (size_t)ram->partitions;
}

int32_t ram_topic(const struct bus_ram *ram, const char *name)
{
    for (int32_t t = 0; t < (int32_t)ram->topic_count; t++)
        if (strcmp(ram->topics[t], name) == 0)
            return t;
    return -1;
}

/* splitmix64 */
static uint64_t next_random(struct bus_ram *ram)
{
    uint64_t z = ram->seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint32_t ram_random(struct bus_ram *ram, uint32_t below)
{
    return (uint32_t)(next_random(ram) % below);
}

bool ram_chance(struct bus_ram *ram, uint32_t permille)
{
    return permille > 0 && ram_random(ram, 1000) < permille;
}

struct bus_ram *bus_ram_new(const char *const *topics, size_t topic_count, int32_t partitions,
                            uint64_t seed)
{
    assert(topic_count <= BUS_TOPICS_MAX);
    assert(partitions > 0 && partitions <= BUS_PARTITIONS_MAX);
    struct bus_ram *ram = calloc(1, sizeof *ram);
    assert(ram);
    for (size_t t = 0; t < topic_count; t++) {
        ram->topics[t] = strdup(topics[t]);
        assert(ram->topics[t]);
    }
    ram->topic_count = topic_count;
    ram->partitions = partitions;
    ram->seed = seed;
    ram->logs = calloc(slots(ram) + 1, sizeof *ram->logs);
    assert(ram->logs);
    return ram;
}

void bus_ram_free(struct bus_ram *ram)
{
    if (!ram)
        return;
    assert(!ram->members); /* close them first */
    while (ram->groups) {
        struct ram_group *group = ram->groups;
        ram->groups = group->next;
        free(group->committed);
        free(group->name);
        free(group);
    }
    for (size_t i = 0; i < slots(ram); i++) {
        for (size_t r = 0; r < ram->logs[i].count; r++)
            free(ram->logs[i].records[r]);
        free(ram->logs[i].records);
    }
    free(ram->logs);
    for (size_t t = 0; t < ram->topic_count; t++)
        free(ram->topics[t]);
    free(ram);
}

void bus_ram_faults(struct bus_ram *ram, const struct bus_ram_faults *faults)
{
    ram->faults = *faults;
}

void bus_ram_now(struct bus_ram *ram, int64_t now_ms)
{
    ram->now_ms = now_ms;
}

void bus_ram_away(struct bus_ram *ram, bool away)
{
    ram->away = away;
    for (struct ram_member *m = ram->members; m; m = m->next)
        ram_wake(m);
}

/* ------------------------------------------------------------------ logs */
static char *put(char **at, const void *data, size_t size)
{
    char *to = *at;
    if (size > 0)
        memcpy(to, data, size);
    *at += size;
    return to;
}

struct ram_record *ram_copy(const struct bus_record *record)
{
    size_t size = record->key_size + record->value_size + 1;
    for (size_t i = 0; i < record->header_count; i++)
        size += strlen(record->headers[i].name) + 1 + record->headers[i].size;
    struct ram_record *copy =
        malloc(sizeof *copy + record->header_count * sizeof *copy->headers + size);
    assert(copy);
    char *at = (char *)(copy->headers + record->header_count);
    copy->as = *record;
    copy->as.topic = NULL;
    copy->as.headers = copy->headers;
    copy->as.key = record->key ? put(&at, record->key, record->key_size) : NULL;
    copy->as.value = record->value ? put(&at, record->value, record->value_size) : NULL;
    for (size_t i = 0; i < record->header_count; i++) {
        const struct bus_header *h = &record->headers[i];
        copy->headers[i].name = put(&at, h->name, strlen(h->name) + 1);
        copy->headers[i].value = h->value ? put(&at, h->value, h->size) : NULL;
        copy->headers[i].size = h->value ? h->size : 0;
    }
    return copy;
}

int64_t ram_store(struct bus_ram *ram, int32_t topic, struct ram_record *record)
{
    size_t slot = ram_slot(ram, topic, record->as.partition);
    struct ram_log *log = &ram->logs[slot];
    if (log->count == log->cap) {
        log->cap = log->cap ? log->cap * 2 : 16;
        log->records = realloc(log->records, log->cap * sizeof *log->records);
        assert(log->records);
    }
    record->timestamp_ms = ram->now_ms;
    log->records[log->count] = record;
    for (struct ram_member *m = ram->members; m; m = m->next)
        if (m->parts[slot].wanted || m->reads[slot].wanted)
            ram_wake(m);
    return (int64_t)log->count++;
}

int64_t bus_ram_append(struct bus_ram *ram, const struct bus_record *record)
{
    int32_t topic = ram_topic(ram, record->topic);
    assert(topic >= 0);
    return ram_store(ram, topic, ram_copy(record));
}

size_t bus_ram_count(const struct bus_ram *ram, int32_t topic, int32_t partition)
{
    return ram->logs[ram_slot(ram, topic, partition)].count;
}

static void show_headers(const struct bus_message *message, struct bus_headers *out)
{
    const struct ram_record *record = message->handle;
    out->cut = record->as.header_count > BUS_HEADERS_MAX;
    out->count = out->cut ? BUS_HEADERS_MAX : record->as.header_count;
    if (out->count > 0)
        memcpy(out->at, record->headers, out->count * sizeof *out->at);
}

void ram_view(const struct bus_ram *ram, int32_t topic, int32_t partition, int64_t offset,
              struct bus_message *out)
{
    const struct ram_log *log = &ram->logs[ram_slot(ram, topic, partition)];
    assert(offset >= 0 && (size_t)offset < log->count);
    const struct ram_record *record = log->records[offset];
    out->topic = topic;
    out->partition = partition;
    out->offset = offset;
    out->timestamp_ms = record->timestamp_ms;
    out->key = record->as.key;
    out->key_size = record->as.key_size;
    out->value = record->as.value;
    out->value_size = record->as.value_size;
    out->handle = log->records[offset];
    out->show = show_headers;
}

void bus_ram_at(const struct bus_ram *ram, int32_t topic, int32_t partition, size_t offset,
                struct bus_message *out)
{
    ram_view(ram, topic, partition, (int64_t)offset, out);
}

/* ------------------------------------------------------------------ members and groups */
void ram_wake(struct ram_member *member)
{
    static const uint64_t one = 1;
    if (member->woken)
        return;
    member->woken = true;
    ssize_t n = write(member->fd, &one, sizeof one);
    assert(n == sizeof one);
}

static struct ram_group *find_group(struct bus_ram *ram, const char *name)
{
    for (struct ram_group *g = ram->groups; g; g = g->next)
        if (strcmp(g->name, name) == 0)
            return g;
    struct ram_group *group = calloc(1, sizeof *group);
    assert(group);
    group->name = strdup(name);
    group->committed = malloc((slots(ram) + 1) * sizeof *group->committed);
    assert(group->name && group->committed);
    for (size_t i = 0; i < slots(ram); i++)
        group->committed[i] = BUS_NONE;
    group->next = ram->groups;
    ram->groups = group;
    return group;
}

static bool counts(const struct ram_member *m, const struct ram_group *group)
{
    return m->group == group && !m->expelled;
}

void ram_settle(struct bus_ram *ram, struct ram_group *group)
{
    int32_t members = 0;
    for (struct ram_member *m = ram->members; m; m = m->next) {
        if (!counts(m, group))
            continue;
        if (m->state == RAM_OURS || m->state == RAM_REVOKING)
            return; /* it must let go first */
        members++;
    }
    int32_t from = 0, i = 0;
    for (struct ram_member *m = ram->members; m; m = m->next) {
        if (!counts(m, group))
            continue;
        int32_t share = ram->partitions / members + (i < ram->partitions % members);
        for (int32_t p = 0; p < ram->partitions; p++)
            m->owned[p] = p >= from && p < from + share;
        from += share;
        i++;
        m->state = RAM_GIVEN;
        ram_wake(m);
    }
}

void ram_rebalance(struct bus_ram *ram, struct ram_group *group)
{
    if (!group)
        return;
    for (struct ram_member *m = ram->members; m; m = m->next) {
        if (!counts(m, group))
            continue;
        if (m->state == RAM_GIVEN)
            m->state = RAM_OUT;
        m->revoke_due = m->state == RAM_OURS;
        ram_wake(m);
    }
    ram_settle(ram, group);
}

struct bus *bus_ram_open(struct bus_ram *ram, const char *group, const int32_t *subscribed,
                         size_t subscribed_count)
{
    struct ram_member *m = calloc(1, sizeof *m);
    assert(m);
    m->bus = (struct bus){ .ops = &ram_ops, .self = m };
    m->ram = ram;
    m->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    m->parts = calloc(slots(ram) + 1, sizeof *m->parts);
    m->reads = calloc(slots(ram) + 1, sizeof *m->reads);
    m->unsent = calloc(RAM_UNSENT_MAX, sizeof *m->unsent);
    assert(m->fd >= 0 && m->parts && m->reads && m->unsent);
    for (size_t i = 0; i < subscribed_count; i++)
        m->subscribed[subscribed[i]] = true;

    struct ram_member **end = &ram->members;
    while (*end)
        end = &(*end)->next;
    *end = m;
    if (group) {
        m->group = find_group(ram, group);
        ram_rebalance(ram, m->group);
    }
    return &m->bus;
}

void bus_ram_kill(struct bus *bus)
{
    if (bus)
        ram_ops.close(bus->self);
}

void bus_ram_expel(struct bus *bus)
{
    struct ram_member *m = bus->self;
    if (!m->group || m->expelled)
        return;
    m->expelled = true;
    if (m->state == RAM_OURS)
        m->revoke_due = true;
    else if (m->state != RAM_REVOKING) /* nothing to give back: it joins again at once */
        m->expelled = false;
    ram_rebalance(m->ram, m->group);
}
