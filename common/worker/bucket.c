/* Whose bucket is it, and from where is it read: consistency.md "Assignment". */
#include <assert.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "worker/shell.h"

#define FENCED_MS 5000      /* time for a zombie to hear from its group */
#define AGAIN_MS 500        /* after a rebuild answer or a wipe: look again */
#define PROBE_EVERY_MS 1000
#define TOGETHER_MS 300     /* buckets made ready within this time get their positions at once */

void bucket_lose(struct shell *shell, struct bucket *bucket, enum bucket_state next)
{
    bucket->life++;
    batch_drop(shell, bucket);
    outbox_drop(shell, bucket);
    if (shell->spec->extra && bucket->state != BUCKET_FOREIGN)
        shell->spec->extra->gone(shell->extra, bucket);
    bucket->writing = 0;
    bucket->state = next;
    if (shell->asking == bucket->number)
        shell->asking = -1;
    shell->progress = true;
}

void bucket_fenced(struct shell *shell, struct bucket *bucket)
{
    metric_add(shell->metrics.fenced, 1);
    LOG(LOG_WARN, EV("fenced"), F_INT("bucket", bucket->number));
    bucket_lose(shell, bucket, BUCKET_OWN); /* if it isn't ours, the group will say so */
    bucket->again_boot_ms = clock_boot_ms() + FENCED_MS;
}

static void own_begin(struct shell *shell, struct bucket *bucket)
{
    struct err err;

    if (bucket->calling != BUCKET_CALL_NONE || clock_boot_ms() < bucket->again_boot_ms ||
        shell->stamped != store_generation(shell->store) || store_trouble(shell->store, &err))
        return;
    bucket->calling = BUCKET_CALL_OWN;
    bucket->call_life = bucket->life;
    store_own(shell->store, &bucket->call, bucket->number, shell->spec->name, shell->topics,
              shell->spec->route_count, clock_wire_ms());
    shell->progress = true;
}

static void take_leftovers(struct shell *shell, struct bucket *bucket)
{
    struct store_span span;

    for (size_t i = 0; store_item(shell->store, &bucket->call, i, &span); i++)
        outbox_add(shell, bucket, &span, 1);
}

static void own_answered(struct shell *shell, struct bucket *bucket)
{
    bool unknown = true; /* nothing here: a new bucket, or Redis has lost it */

    bucket->chain = (struct store_chain){ .epoch = bucket->call.epoch };
    bucket->epoch = bucket->call.epoch;
    bucket->answered = 0;
    bucket->probed_boot_ms = clock_boot_ms();
    for (size_t r = 0; r < shell->spec->route_count; r++) {
        struct lane *lane = &bucket->lanes[r];
        lane->watermark = bucket->call.watermarks[r];
        lane->position = lane->watermark < 0 ? BUS_BEGINNING : lane->watermark + 1;
        unknown &= lane->watermark < 0 || !shell_subscribes(shell, r);
    }
    take_leftovers(shell, bucket);
    bucket->state = unknown ? BUCKET_ASK : BUCKET_LEFTOVER;
    LOG(LOG_DEBUG, EV("owned"), F_INT("bucket", bucket->number), F_INT("epoch", bucket->epoch),
        F_INT("leftovers", bucket->group_count));
}

static bool is_idle(const struct bucket *bucket)
{
    for (size_t r = 0; r < ROUTES_MAX; r++)
        if (bucket->lanes[r].batch)
            return false;
    return bucket->writing == 0 && outbox_empty(bucket);
}

/* An idle bucket writes nothing, so nothing would notice a Redis that silently moved back: look. */
static void probe(struct shell *shell, struct bucket *bucket)
{
    if (bucket->calling != BUCKET_CALL_NONE || !is_idle(bucket) ||
        clock_boot_ms() < bucket->probed_boot_ms + PROBE_EVERY_MS)
        return;
    bucket->probed_boot_ms = clock_boot_ms();
    bucket->calling = BUCKET_CALL_PROBE;
    bucket->call_life = bucket->life;
    store_look(shell->store, &bucket->call, bucket->number, shell->spec->name, shell->topics,
               shell->spec->route_count);
}

static void probe_answered(struct shell *shell, struct bucket *bucket)
{
    bool moved = bucket->call.epoch < bucket->epoch;

    if (bucket->call.status != STORE_OK) { /* no answer: that tells nothing about a rollback */
        bucket_lose(shell, bucket, BUCKET_OWN);
        return;
    }
    if (bucket->call.epoch > bucket->epoch) {
        bucket_fenced(shell, bucket);
        return;
    }
    for (size_t r = 0; r < shell->spec->route_count && !moved; r++)
        moved = bucket->call.watermarks[r] < bucket->lanes[r].watermark;
    if (!moved)
        return;
    metric_add(shell->metrics.gaps, 1);
    LOG(LOG_WARN, EV("gap"), F_INT("bucket", bucket->number), F_STR("topic", "(idle)"));
    bucket_lose(shell, bucket, BUCKET_OWN);
}

/* An own, a trim or a probe has its answer. */
static void call_finished(struct shell *shell, struct bucket *bucket)
{
    bool owning = bucket->calling == BUCKET_CALL_OWN;
    bool probing = bucket->calling == BUCKET_CALL_PROBE;
    enum store_status status = bucket->call.status;

    bucket->calling = BUCKET_CALL_NONE;
    shell->progress |= !probing;
    if (bucket->call_life != bucket->life) {
        /* Dropped meanwhile. Not even an epoch counts: another may own it by now. */
    } else if (probing) {
        probe_answered(shell, bucket);
    } else if (owning) {
        if (status == STORE_OK)
            own_answered(shell, bucket);
        else if (status == STORE_REFUSED)
            shell_fatal(shell, &bucket->call.err);
        else
            bucket->again_boot_ms = clock_boot_ms() + AGAIN_MS;
    } else {
        const struct store_apply trim = { .chain.sequence = bucket->trim_sequence };
        (void)bucket_written(shell, bucket, &bucket->call, &trim);
    }
    store_call_done(shell->store, &bucket->call);
}

/* Neither watermark nor commit: a new topic, from its beginning. Commit but no watermark: Redis has
 * lost this bucket; nothing may be decided before it is rebuilt. */
static void ask(struct shell *shell, struct bucket *bucket)
{
    struct bus_position which[ROUTES_MAX];
    size_t count = 0;
    struct err err;

    if (shell->asking >= 0)
        return;
    for (size_t r = 0; r < shell->spec->route_count; r++)
        if (bucket->lanes[r].watermark < 0 && shell_subscribes(shell, r))
            which[count++] = (struct bus_position){ .topic = (int32_t)r,
                                                    .partition = bucket->number };
    if (bus_ask_committed(shell->bus, which, count, &err) < 0) {
        if (err.kind == ERR_FATAL)
            shell_fatal(shell, &err);
        return;
    }
    shell->asking = bucket->number;
    shell->progress = true;
}

static void step_wiped(struct shell *shell, struct bucket *bucket)
{
    if (clock_boot_ms() < bucket->again_boot_ms)
        return;
    bucket_lose(shell, bucket, BUCKET_OWN); /* perhaps it has been rebuilt meanwhile */
}

void bucket_step(struct shell *shell, struct bucket *bucket)
{
    const struct worker_extra *extra = shell->spec->extra;

    if (bucket->calling != BUCKET_CALL_NONE && bucket->call.status != STORE_WAITING)
        call_finished(shell, bucket);
    switch (bucket->state) {
    case BUCKET_FOREIGN: return;
    case BUCKET_OWN: own_begin(shell, bucket); return;
    case BUCKET_ASK: ask(shell, bucket); return;
    case BUCKET_WIPED: step_wiped(shell, bucket); return;
    case BUCKET_LEFTOVER:
        outbox_step(shell, bucket);
        if (outbox_empty(bucket)) {
            bucket->state = BUCKET_SEEK;
            shell->progress = true;
        }
        return;
    case BUCKET_SEEK: outbox_step(shell, bucket); return;
    case BUCKET_RESTORE:
        outbox_step(shell, bucket);
        if (bucket->state == BUCKET_RESTORE && (!extra || extra->restore(shell->extra, bucket)) &&
            bucket->state == BUCKET_RESTORE) {
            bucket->state = BUCKET_RUN;
            shell->progress = true;
        }
        return;
    case BUCKET_RUN:
        outbox_step(shell, bucket);
        if (extra && bucket->state == BUCKET_RUN)
            extra->step(shell->extra, bucket);
        if (bucket->state == BUCKET_RUN)
            probe(shell, bucket);
        return;
    }
}

static bool is_getting_ready(const struct bucket *bucket)
{
    return bucket->state == BUCKET_OWN || bucket->state == BUCKET_ASK ||
           bucket->state == BUCKET_LEFTOVER;
}

/* Tell the bus where to read: all buckets in one assignment, those that run where they are. */
void bucket_position_all(struct shell *shell)
{
    static struct bus_position positions[ROUTES_MAX * BUS_PARTITIONS_MAX];
    size_t count = 0;
    bool wanted = false, more = false;
    struct err err;

    for (int32_t b = 0; b < shell->partitions; b++) {
        struct bucket *bucket = &shell->buckets[b];
        wanted |= bucket->state == BUCKET_SEEK;
        more |= is_getting_ready(bucket);
        if (bucket->state != BUCKET_SEEK && bucket->state != BUCKET_RESTORE &&
            bucket->state != BUCKET_RUN)
            continue;
        for (size_t r = 0; r < shell->spec->route_count; r++)
            if (shell_subscribes(shell, r))
                positions[count++] = (struct bus_position){ .topic = (int32_t)r,
                                                            .partition = b,
                                                            .offset = bucket->lanes[r].position };
    }
    if (!wanted) {
        shell->seek_boot_ms = 0;
        return;
    }
    if (shell->seek_boot_ms == 0)
        shell->seek_boot_ms = clock_boot_ms();
    if (more && clock_boot_ms() < shell->seek_boot_ms + TOGETHER_MS)
        return;
    if (bus_assign(shell->bus, positions, count, &err) < 0) {
        if (err.kind == ERR_FATAL)
            shell_fatal(shell, &err);
        return;
    }
    shell->seek_boot_ms = 0;
    shell->progress = true;
    for (int32_t b = 0; b < shell->partitions; b++)
        if (shell->buckets[b].state == BUCKET_SEEK)
            shell->buckets[b].state = BUCKET_RESTORE;
}
