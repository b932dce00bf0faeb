/*
 * One bus on the RAM broker: the contract of bus.h without a network.
 *
 * As on Kafka, positions given take effect with the next bus_poll(), reports come with a poll, and
 * a member that hasn't polled doesn't know what its group decided meanwhile: it goes on with what
 * it has.
 */
#include "bus/ram.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t slots(const struct ram_member *m)
{
    return m->ram->topic_count * (size_t)m->ram->partitions;
}

static struct bus_position place(const struct ram_member *m, size_t slot, int64_t offset)
{
    size_t partitions = (size_t)m->ram->partitions;
    return (struct bus_position){ (int32_t)(slot / partitions), (int32_t)(slot % partitions),
                                  offset };
}

/* ------------------------------------------------------------------ polling */
static bool group_event(struct ram_member *m, struct bus_event *event)
{
    if (m->revoke_due) {
        m->revoke_due = false;
        m->state = RAM_REVOKING;
        for (size_t i = 0; i < slots(m); i++)
            m->parts[i] = (struct ram_part){ 0 };
        event->kind = BUS_REVOKED;
        return true;
    }
    if (m->state != RAM_GIVEN)
        return false;
    m->state = RAM_OURS;
    event->kind = BUS_ASSIGNED;
    for (int32_t p = 0; p < m->ram->partitions; p++)
        if (m->owned[p])
            event->buckets[event->count++] = p;
    return true;
}

/* Look at a part's position; true when there is something to say of it. */
static bool part_event(struct ram_member *m, struct ram_part *part, size_t slot,
                       struct bus_event *event)
{
    if (!part->wanted)
        return false;
    int64_t end = (int64_t)m->ram->logs[slot].count;
    if (part->moved) {
        if (part->next < 0)
            part->next = part->next == BUS_END ? end : 0;
        part->astray = part->next > end;
        part->moved = part->told = false;
        ram_wake(m); /* it can be taken from now */
    }
    if (part->astray && !part->told) {
        part->told = true;
        event->kind = BUS_OUT_OF_RANGE;
    } else if (part->end_due && !part->astray && part->next == end) {
        part->end_due = false;
        event->kind = BUS_READ_END;
    } else {
        return false;
    }
    event->count = 1;
    event->positions[0] = place(m, slot, part->next);
    return true;
}

static bool parts_event(struct ram_member *m, struct bus_event *event)
{
    if (m->stirred == 0)
        return false;
    size_t owed = 0;
    for (size_t i = 0; i < slots(m); i++) {
        if (part_event(m, &m->parts[i], i, event) || part_event(m, &m->reads[i], i, event))
            return true;
        owed += m->reads[i].wanted && m->reads[i].end_due && !m->reads[i].astray;
    }
    m->stirred = owed;
    return false;
}

static bool answer_event(struct ram_member *m, struct bus_event *event)
{
    if (!m->question)
        return false;
    event->kind = BUS_COMMITTED;
    event->count = m->question->count;
    for (size_t i = 0; i < event->count; i++) {
        struct bus_position at = m->question->positions[i];
        at.offset = m->group->committed[ram_slot(m->ram, at.topic, at.partition)];
        event->positions[i] = at;
    }
    free(m->question);
    m->question = NULL;
    return true;
}

static bool ram_poll(void *self, struct bus_event *event)
{
    struct ram_member *m = self;
    uint64_t drained;
    ssize_t n = read(m->fd, &drained, sizeof drained);
    assert(n == sizeof drained || errno == EAGAIN);
    m->woken = false;

    bool some = true;
    if (m->away_told != m->ram->away) {
        m->away_told = m->ram->away;
        event->kind = m->away_told ? BUS_AWAY : BUS_BACK;
        if (m->away_told)
            (void)err_set(&event->err, ERR_RETRY, "no broker answers");
    } else if (m->ram->away) {
        return false;
    } else {
        ram_send_unsent(m);
        ram_take_reports(m, false);
        some = group_event(m, event) || answer_event(m, event) || parts_event(m, event);
    }
    if (some)
        ram_wake(m); /* there may be more */
    return some;
}

static int ram_fd(void *self)
{
    return ((struct ram_member *)self)->fd;
}

/* ------------------------------------------------------------------ reading */
static int check_ours(const struct ram_member *m, struct err *err)
{
    if (m->state != RAM_OURS)
        return err_set(err, ERR_RETRY, "the group is rebalancing");
    return 0;
}

static int check_position(const struct ram_member *m, const struct bus_position *at,
                          struct err *err)
{
    if (!m->subscribed[at->topic])
        return err_set(err, ERR_FATAL, "topic %d isn't subscribed", (int)at->topic);
    if (at->partition >= m->ram->partitions || !m->owned[at->partition])
        return err_set(err, ERR_FATAL, "bucket %d isn't ours", (int)at->partition);
    return 0;
}

static void move(struct ram_member *m, struct ram_part *part, int64_t offset)
{
    *part = (struct ram_part){ .next = offset, .wanted = true, .moved = true };
    m->stirred++;
    ram_wake(m);
}

static int ram_assign(void *self, const struct bus_position *positions, size_t count,
                      struct err *err)
{
    struct ram_member *m = self;
    if (check_ours(m, err))
        return -1;
    for (size_t i = 0; i < count; i++)
        if (check_position(m, &positions[i], err))
            return -1;
    for (size_t i = 0; i < slots(m); i++)
        m->parts[i] = (struct ram_part){ 0 };
    for (size_t i = 0; i < count; i++) {
        const struct bus_position *at = &positions[i];
        move(m, &m->parts[ram_slot(m->ram, at->topic, at->partition)], at->offset);
    }
    return 0;
}

static int ram_seek(void *self, const struct bus_position *position, struct err *err)
{
    struct ram_member *m = self;
    if (check_ours(m, err) || check_position(m, position, err))
        return -1;
    struct ram_part *part = &m->parts[ram_slot(m->ram, position->topic, position->partition)];
    if (!part->wanted)
        return err_set(err, ERR_FATAL, "%s [%d] isn't assigned: nothing to seek",
                       m->ram->topics[position->topic], (int)position->partition);
    move(m, part, position->offset);
    return 0;
}

static size_t take(struct ram_member *m, struct ram_part *parts, int32_t topic, int32_t partition,
                   struct bus_message *out, size_t max)
{
    if (topic < 0 || (size_t)topic >= m->ram->topic_count || partition < 0 ||
        partition >= m->ram->partitions || m->ram->away)
        return 0;
    size_t slot = ram_slot(m->ram, topic, partition);
    struct ram_part *part = &parts[slot];
    if (!part->wanted || part->moved || part->astray)
        return 0;
    size_t n = 0;
    while (n < max && part->next < (int64_t)m->ram->logs[slot].count)
        ram_view(m->ram, topic, partition, part->next++, &out[n++]);
    if (n > 0 && part->end_due)
        ram_wake(m); /* its end may be reached now */
    return n;
}

static size_t ram_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                       size_t max)
{
    struct ram_member *m = self;
    return take(m, m->parts, topic, partition, out, max);
}

static void ram_release(void *self, struct bus_message *messages, size_t count)
{
    (void)self; /* messages lie in the log */
    (void)messages;
    (void)count;
}

static void ram_revoke_done(void *self)
{
    struct ram_member *m = self;
    if (m->state != RAM_REVOKING)
        return;
    m->state = RAM_OUT;
    if (m->expelled) {
        m->expelled = false;
        ram_rebalance(m->ram, m->group);
    } else {
        ram_settle(m->ram, m->group);
    }
}

static int ram_commit(void *self, const struct bus_position *positions, size_t count,
                      struct err *err)
{
    struct ram_member *m = self;
    if (m->state != RAM_OURS && m->state != RAM_REVOKING)
        return err_set(err, ERR_RETRY, "the group is rebalancing");
    for (size_t i = 0; i < count; i++)
        if (check_position(m, &positions[i], err))
            return -1;
    if (m->expelled || m->ram->away)
        return 0; /* lost on the way; nobody learns of it */
    for (size_t i = 0; i < count; i++)
        m->group->committed[ram_slot(m->ram, positions[i].topic, positions[i].partition)] =
            positions[i].offset;
    return 0;
}

static int ram_ask_committed(void *self, const struct bus_position *which, size_t count,
                             struct err *err)
{
    struct ram_member *m = self;
    if (!m->group)
        return err_set(err, ERR_FATAL, "no group: nothing is ever committed");
    if (m->question)
        return err_set(err, ERR_RETRY, "a question for committed offsets is still open");
    m->question = calloc(1, sizeof *m->question);
    assert(m->question);
    m->question->count = count;
    memcpy(m->question->positions, which, count * sizeof *which);
    ram_wake(m);
    return 0;
}

static int ram_read_from(void *self, const struct bus_position *position, struct err *err)
{
    struct ram_member *m = self;
    if ((size_t)position->topic >= m->ram->topic_count ||
        position->partition >= m->ram->partitions)
        return err_set(err, ERR_FATAL, "there is no topic %d [%d]", (int)position->topic,
                       (int)position->partition);
    struct ram_part *part = &m->reads[ram_slot(m->ram, position->topic, position->partition)];
    move(m, part, position->offset);
    part->end_due = true;
    return 0;
}

static void ram_read_stop(void *self, int32_t topic, int32_t partition)
{
    struct ram_member *m = self;
    if ((size_t)topic < m->ram->topic_count && partition >= 0 && partition < m->ram->partitions)
        m->reads[ram_slot(m->ram, topic, partition)] = (struct ram_part){ 0 };
}

static size_t ram_read_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                            size_t max)
{
    struct ram_member *m = self;
    return take(m, m->reads, topic, partition, out, max);
}

static int ram_partitions(void *self, int32_t topic)
{
    const struct ram_member *m = self;
    return (size_t)topic < m->ram->topic_count ? (int)m->ram->partitions : -1;
}

static void ram_close(void *self)
{
    struct ram_member *m = self;
    struct ram_member **at = &m->ram->members;
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    ram_rebalance(m->ram, m->group);
    for (size_t i = 0; i < m->unsent_count; i++)
        free(m->unsent[i].record);
    close(m->fd);
    free(m->unsent);
    free(m->reports);
    free(m->question);
    free(m->parts);
    free(m->reads);
    free(m);
}

const struct bus_ops ram_ops = {
    .poll = ram_poll,
    .fd = ram_fd,
    .assign = ram_assign,
    .seek = ram_seek,
    .take = ram_take,
    .release = ram_release,
    .revoke_done = ram_revoke_done,
    .produce = ram_produce,
    .commit = ram_commit,
    .ask_committed = ram_ask_committed,
    .read_from = ram_read_from,
    .read_stop = ram_read_stop,
    .read_take = ram_read_take,
    .partitions = ram_partitions,
    .drain = ram_drain,
    .close = ram_close,
};
