#include "bus_view.h"

#include <string.h>

static struct bus *inner_of(void *self)
{
    return ((struct bus_view *)self)->inner;
}

static bool view_poll(void *self, struct bus_event *event)
{
    struct bus_view *v = self;

    if (v->deaf || !bus_poll(v->inner, event))
        return false;
    if (event->kind == BUS_COMMITTED || event->kind == BUS_OUT_OF_RANGE ||
        event->kind == BUS_READ_END)
        for (size_t i = 0; i < event->count; i++)
            event->positions[i].topic = v->outward[event->positions[i].topic];
    return true;
}

static int view_fd(void *self)
{
    return bus_fd(inner_of(self));
}

static struct bus_position inwards(const struct bus_view *v, const struct bus_position *at)
{
    return (struct bus_position){ v->inward[at->topic], at->partition, at->offset };
}

static int view_assign(void *self, const struct bus_position *positions, size_t count,
                       struct err *err)
{
    static struct bus_position at[BUS_TOPICS_MAX * BUS_PARTITIONS_MAX];

    for (size_t i = 0; i < count; i++)
        at[i] = inwards(self, &positions[i]);
    return bus_assign(inner_of(self), at, count, err);
}

static int view_seek(void *self, const struct bus_position *position, struct err *err)
{
    struct bus_position at = inwards(self, position);
    return bus_seek(inner_of(self), &at, err);
}

static size_t view_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                        size_t max)
{
    struct bus_view *v = self;
    return bus_take(v->inner, v->inward[topic], partition, out, max);
}

static void view_release(void *self, struct bus_message *messages, size_t count)
{
    bus_release(inner_of(self), messages, count);
}

static void view_revoke_done(void *self)
{
    bus_revoke_done(inner_of(self));
}

static int view_produce(void *self, const struct bus_record *record, struct bus_ticket *ticket,
                        struct err *err)
{
    struct bus_view *v = self;

    if (v->mute)
        return err_set(err, ERR_RETRY, "the queue is full");
    return bus_produce(v->inner, record, ticket, err);
}

static int view_commit(void *self, const struct bus_position *positions, size_t count,
                       struct err *err)
{
    struct bus_position at[BUS_TOPICS_MAX];

    for (size_t i = 0; i < count; i++)
        at[i] = inwards(self, &positions[i]);
    return bus_commit(inner_of(self), at, count, err);
}

static int view_ask_committed(void *self, const struct bus_position *which, size_t count,
                              struct err *err)
{
    struct bus_position at[BUS_TOPICS_MAX];

    for (size_t i = 0; i < count; i++)
        at[i] = inwards(self, &which[i]);
    return bus_ask_committed(inner_of(self), at, count, err);
}

static int view_read_from(void *self, const struct bus_position *position, struct err *err)
{
    struct bus_position at = inwards(self, position);
    return bus_read_from(inner_of(self), &at, err);
}

static void view_read_stop(void *self, int32_t topic, int32_t partition)
{
    struct bus_view *v = self;
    bus_read_stop(v->inner, v->inward[topic], partition);
}

static size_t view_read_take(void *self, int32_t topic, int32_t partition, struct bus_message *out,
                             size_t max)
{
    struct bus_view *v = self;
    return bus_read_take(v->inner, v->inward[topic], partition, out, max);
}

static int view_partitions(void *self, int32_t topic)
{
    struct bus_view *v = self;
    return bus_partitions(v->inner, v->inward[topic]);
}

static bool view_drain(void *self, int64_t wait_ms)
{
    return bus_drain(inner_of(self), wait_ms);
}

static void view_close(void *self)
{
    bus_close(inner_of(self));
}

static const struct bus_ops view_ops = {
    .poll = view_poll,
    .fd = view_fd,
    .assign = view_assign,
    .seek = view_seek,
    .take = view_take,
    .release = view_release,
    .revoke_done = view_revoke_done,
    .produce = view_produce,
    .commit = view_commit,
    .ask_committed = view_ask_committed,
    .read_from = view_read_from,
    .read_stop = view_read_stop,
    .read_take = view_read_take,
    .partitions = view_partitions,
    .drain = view_drain,
    .close = view_close,
};

void bus_view_open(struct bus_view *view, struct bus *inner, const int32_t *order, size_t count)
{
    memset(view, 0, sizeof *view);
    view->bus = (struct bus){ .ops = &view_ops, .self = view };
    view->inner = inner;
    for (size_t i = 0; i < count; i++) {
        view->inward[i] = order[i];
        view->outward[order[i]] = (int32_t)i;
    }
}
