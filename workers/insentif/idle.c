/*
 * insentif idle: wait until nothing moves any more, for rehearsals and tests. What a worker has
 * consumed is its watermark in Redis, what it still has to say its outbox; a log that ends where it
 * ended a moment ago, and nothing left to read, say, or pay, is rest.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli.h"
#include "put.h"

#define TOPICS_OF_WORKER 8
#define SOON_MS 60000 /* a payment under way has a timer of the wire clock this near */
#define PAUSE_MS 20   /* between two looks while something moves */
#define TOLD_MAX 20
#define CALLS_MAX 960
#define STILL_MOVING (-1) /* instead of an exit status */

static const struct listener {
    const char *worker;
    enum event_type topics[TOPICS_OF_WORKER];
    size_t count;
} listeners[] = {
    { "enrolment-worker", { EVENT_PARTICIPANT_ENROLLED }, 1 },
    { "completion-worker", { EVENT_TRAINING_COMPLETED }, 1 },
    { "rating-worker", { EVENT_RATING_SUBMITTED }, 1 },
    { "eligibility-worker", { EVENT_ACCOUNT_LINKED, EVENT_ELIGIBILITY_CHECKED,
                            EVENT_ACCOUNT_USED }, 3 },
    { "disbursement-worker",
      { EVENT_INCENTIVE_SCHEDULED, EVENT_INCENTIVE_RELEASED, EVENT_INCENTIVE_CANCELLED,
        EVENT_TRANSFER_RETRY, EVENT_INCENTIVE_HELD, EVENT_CASE_OPENED, EVENT_TRANSFER_RETURNED,
        EVENT_INCENTIVE_REPROCESSED },
      8 },
    { "retry-worker", { EVENT_TRANSFER_FAILED }, 1 },
    { "escalation-worker", { EVENT_CASE_OPENED }, 1 },
};
#define LISTENERS (sizeof listeners / sizeof listeners[0])
#define PAYER 4 /* the one with timers */

struct rest {
    struct cli *cli;
    int32_t partitions;
    int64_t until_ms; /* boot clock */
    int64_t ends[EVENT_COUNT][BUS_PARTITIONS_MAX];
    int64_t now[EVENT_COUNT][BUS_PARTITIONS_MAX];
    struct store_call calls[CALLS_MAX];
    int64_t timers[BUS_PARTITIONS_MAX];
    struct buf moving; /* of the last look: a line each */
    size_t moving_count;
};

__attribute__((format(printf, 2, 3))) static void moves(struct rest *rest, const char *fmt, ...)
{
    char text[200];
    va_list ap;

    if (rest->moving_count++ >= TOLD_MAX)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    buf_printf(&rest->moving, "%s\n", text);
}

static uint32_t all_topics(void)
{
    uint32_t bits = 0;

    for (size_t w = 0; w < LISTENERS; w++)
        for (size_t t = 0; t < listeners[w].count; t++)
            bits |= UINT32_C(1) << listeners[w].topics[t];
    return bits;
}

static bool usable(struct rest *rest, size_t from, size_t count)
{
    struct cli *cli = rest->cli;

    if (!edge_settle(cli, rest->calls + from, count)) {
        moves(rest, "Redis is silent");
        return false;
    }
    for (size_t i = from; i < from + count; i++) {
        if (rest->calls[i].status == STORE_OK)
            continue;
        moves(rest, rest->calls[i].status == STORE_REBUILD ? "a bucket is being rebuilt"
                                                           : "Redis is away");
        return false;
    }
    return true;
}

/* One worker's watermarks against where its topics end. */
static void compare(struct rest *rest, const struct listener *l, int32_t bucket,
                    const struct store_call *call)
{
    for (size_t t = 0; t < l->count; t++) {
        int64_t lag = rest->ends[l->topics[t]][bucket] - 1 - call->watermarks[t];
        if (lag > 0)
            moves(rest, "%s %s bucket %" PRId32 ": %" PRId64 " to read", l->worker,
                  rest->cli->topics[l->topics[t]], bucket, lag);
    }
    if (call->count > 0)
        moves(rest, "%s bucket %" PRId32 ": %zu to deliver", l->worker, bucket, call->count);
    if (l == &listeners[PAYER])
        rest->timers[bucket] = call->number;
}

static void look(struct rest *rest)
{
    struct store *store = rest->cli->store;
    const char *names[TOPICS_OF_WORKER];
    size_t at_once = CALLS_MAX / (size_t)rest->partitions;

    for (size_t from = 0; from < LISTENERS; from += at_once) {
        size_t begun = 0;
        for (size_t w = from; w < LISTENERS && w < from + at_once; w++) {
            const struct listener *l = &listeners[w];
            for (size_t t = 0; t < l->count; t++)
                names[t] = rest->cli->topics[l->topics[t]];
            for (int32_t b = 0; b < rest->partitions; b++)
                store_look(store, &rest->calls[begun++], b, l->worker, names, l->count);
        }
        bool ok = usable(rest, 0, begun);
        for (size_t i = 0; i < begun && rest->calls[i].status != STORE_WAITING; i++) {
            if (ok)
                compare(rest, &listeners[from + i / (size_t)rest->partitions],
                        (int32_t)(i % (size_t)rest->partitions), &rest->calls[i]);
            store_call_done(store, &rest->calls[i]);
        }
    }
}

/* Payments that are due, or under way. A bucket without timers isn't asked: the asking would tell
 * its worker that the timers are all there. */
static void look_at_timers(struct rest *rest, int64_t business_ms)
{
    struct cli *cli = rest->cli;
    struct store_span member;
    size_t begun = 0;

    if (option_flag(cli, "--ignore-payments"))
        return;
    for (int32_t b = 0; b < rest->partitions; b++)
        if (rest->timers[b] > 0)
            store_due(cli->store, &rest->calls[begun++], b, listeners[PAYER].worker, business_ms,
                      clock_wire_ms() + SOON_MS, 1);
    bool ok = usable(rest, 0, begun);
    begun = 0;
    for (int32_t b = 0; b < rest->partitions; b++) {
        if (rest->timers[b] == 0 || rest->calls[begun].status == STORE_WAITING)
            continue;
        if (ok && store_item(cli->store, &rest->calls[begun], 0, &member))
            moves(rest, "%s bucket %" PRId32 ": a payment is due or under way",
                  listeners[PAYER].worker, b);
        store_call_done(cli->store, &rest->calls[begun++]);
    }
}

/* Does everything rest, as far as Redis tells? Sets *status when it can't be known. */
static bool rests(struct rest *rest, int *status)
{
    int64_t business_ms;

    rest->moving_count = 0;
    buf_reset(&rest->moving);
    look(rest);
    if (rest->moving_count == 0 && edge_business_ms(rest->cli, &business_ms, status))
        look_at_timers(rest, business_ms);
    return *status == DONE && rest->moving_count == 0;
}

/* Where the logs end now; *same: where they ended before. After an outbox was seen empty, what it
 * held can be seen here. */
static int ask_ends(struct rest *rest, bool *same)
{
    int64_t least_ms = clock_boot_ms() + CONNECT_MS; /* a look begun is finished */
    int status = edge_ends(rest->cli, all_topics(), rest->partitions,
                           least_ms > rest->until_ms ? least_ms : rest->until_ms, rest->now);

    *same = memcmp(rest->now, rest->ends, sizeof rest->ends) == 0;
    memcpy(rest->ends, rest->now, sizeof rest->ends);
    return status;
}

static void sleep_ms(struct rest *rest, int64_t wait_ms)
{
    int64_t until_ms = clock_boot_ms() + wait_ms, left_ms;
    static struct bus_event event;

    while ((left_ms = until_ms - clock_boot_ms()) > 0) {
        edge_sleep(rest->cli, (int)left_ms);
        store_step(rest->cli->store);
        while (bus_poll(rest->cli->bus, &event))
            continue;
    }
}

static int wait_for_rest(struct rest *rest)
{
    int64_t settle_ms = option_int(rest->cli, "--settle");
    bool rested = false, same = false;
    int status = ask_ends(rest, &same);

    while (status == DONE) {
        bool now = rests(rest, &status);
        if (status == DONE && now)
            status = ask_ends(rest, &same);
        if (status != DONE)
            return status;
        if (now && same && rested)
            return DONE;
        rested = now && same;
        if (clock_boot_ms() > rest->until_ms)
            return STILL_MOVING;
        sleep_ms(rest, rested ? settle_ms : PAUSE_MS);
    }
    return status;
}

static int check_partitions(struct rest *rest)
{
    struct cli *cli = rest->cli;
    int status = DONE;

    for (int t = 0; t < EVENT_COUNT; t++) {
        int32_t count = edge_partitions(cli, (enum event_type)t, &status);
        if (status != DONE)
            return status;
        if (count > BUS_PARTITIONS_MAX || (rest->partitions && count != rest->partitions))
            return cli_fail(cli, WRONG, "%s has %" PRId32 " partitions, others %" PRId32 "; see: "
                            "insentif topics check", cli->topics[t], count, rest->partitions);
        rest->partitions = count;
    }
    return DONE;
}

static void tell(const struct rest *rest, int status, int64_t took_ms)
{
    struct buf line = { 0 };

    if (option_flag(rest->cli, "--json")) {
        buf_text(&line, "{");
        put_bool(&line, "idle", status == DONE);
        put_number(&line, "took_ms", took_ms);
        put_number(&line, "moving", (int64_t)rest->moving_count);
        put_text(&line, "what", rest->moving.size ? rest->moving.data : NULL);
        buf_text(&line, "}\n");
        (void)fputs(line.data, stdout);
        buf_release(&line);
    } else if (status == STILL_MOVING && rest->moving.size > 0) {
        (void)fputs(rest->moving.data, stderr);
        if (rest->moving_count > TOLD_MAX)
            (void)fprintf(stderr, "and %zu more\n", rest->moving_count - TOLD_MAX);
    }
}

static int run(struct cli *cli)
{
    int64_t began_ms = clock_boot_ms();
    struct rest *rest = calloc(1, sizeof *rest);

    if (!rest)
        abort();
    rest->cli = cli;
    rest->until_ms = began_ms + option_int(cli, "--wait") * 1000;
    int status = edge_bus(cli);
    if (status == DONE)
        status = edge_store(cli);
    if (status == DONE)
        status = check_partitions(rest);
    if (status == DONE) {
        status = wait_for_rest(rest);
        if (status == DONE || status == STILL_MOVING)
            tell(rest, status, clock_boot_ms() - began_ms);
        if (status == STILL_MOVING)
            status = cli_fail(cli, WRONG, "still moving after %" PRId64 " s; see the workers' logs",
                              option_int(cli, "--wait"));
    }
    buf_release(&rest->moving);
    free(rest);
    return status;
}

static const struct option_row options[] = {
    { "--wait", OPTION_INT, 0, 86400, 60, "SECONDS", "so long at most [60]" },
    { "--settle", OPTION_INT, 10, 60000, 150, "MS", "between two looks that must agree [150]" },
    { "--ignore-payments", OPTION_FLAG, 0, 0, 0, NULL,
      "payments due or under way don't count: for INSENTIF_PAY=off" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "the answer as JSON" },
    { 0 },
};

const struct command idle_command = {
    .name = "idle",
    .operands = "[--wait SECONDS]",
    .summary = "Wait until the workers have nothing left to do; exit 1 when they still have.",
    .options = options,
    .run = run,
};
