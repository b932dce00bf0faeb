/* Parcels on their way into Kafka: the spool, which keeps them until it is sure that they are to be
 * sent, and the sending. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "produce.h"
#include "say.h"

#define POLL_EVERY 500     /* events between two looks at what was delivered */
#define STALLED_MS 60000   /* so long nothing gets through: give up */
#define SLEEP_MS 20
#define PARCEL_BYTES_MAX (CODEC_MESSAGE_MAX + 2048)

struct sending {
    struct work *work;
    struct bus_ticket ticket;
    int32_t partitions;
    int64_t began_ms, moved_ms; /* boot clock; when something was last delivered or taken */
    int64_t pending;
    int64_t rate;
    bool told_away;
};

/* ---------------------------------------------------------------- the spool */
FILE *spool_open(struct cli *cli)
{
    char path[4096];
    const char *dir = getenv("TMPDIR");
    FILE *file = NULL;

    if (snprintf(path, sizeof path, "%s/insentif-XXXXXX", dir && *dir ? dir : "/tmp") <
        (int)sizeof path) {
        int fd = mkstemp(path);
        if (fd >= 0)
            (void)unlink(path);
        file = fd >= 0 ? fdopen(fd, "w+b") : NULL;
        if (fd >= 0 && !file)
            (void)close(fd);
    }
    if (!file)
        (void)cli_fail(cli, AWAY, "no spool can be made in TMPDIR or /tmp: %s", strerror(errno));
    return file;
}

int spool_parcel(struct work *work, const struct parcel *parcel)
{
    buf_reset(&work->packed);
    parcel_pack(parcel, &work->packed);
    uint32_t size = (uint32_t)work->packed.size;
    if (fwrite(&size, sizeof size, 1, work->spool) == 1 &&
        fwrite(work->packed.data, size, 1, work->spool) == 1)
        return DONE;
    return cli_fail(work->cli, AWAY, "the spool can't be written: %s; point TMPDIR at a folder "
                    "with room", strerror(errno));
}

int spool_event(struct work *work, struct codec *codec, const struct saying *saying)
{
    struct parcel parcel;
    int status = saying_to_parcel(work->cli, codec, saying, &work->value, &parcel);

    if (status == DONE)
        status = spool_parcel(work, &parcel);
    work->good += status == DONE;
    return status;
}

void spool_close(struct work *work)
{
    if (work->spool)
        (void)fclose(work->spool);
    work->spool = NULL;
    buf_release(&work->packed);
    buf_release(&work->value);
}

/* ---------------------------------------------------------------- signals and waiting */
static volatile sig_atomic_t stop_signal;

static void on_signal(int number)
{
    stop_signal = number;
}

void send_catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static int stopped(struct sending *s)
{
    const struct work *work = s->work;

    progress_clear(&s->work->progress);
    return cli_fail(work->cli, 128 + (int)stop_signal, "stopped: %" PRId64 " of %" PRId64
                    " events have arrived, %" PRId64 " may have; %s", work->sent -
                    s->ticket.pending - s->ticket.lost, work->good,
                    s->ticket.pending + s->ticket.lost, work->again);
}

static int serve(struct sending *s)
{
    static struct bus_event event;

    while (bus_poll(s->work->cli->bus, &event)) {
        if (event.kind == BUS_AWAY && !s->told_away) {
            progress_clear(&s->work->progress);
            (void)fprintf(stderr, "Kafka is away: waiting\n");
            s->told_away = true;
        }
        if (event.kind == BUS_FAILED && event.err.kind == ERR_FATAL)
            return cli_fail(s->work->cli, AWAY, "%s", event.err.text);
    }
    if (stop_signal)
        return stopped(s);
    if (s->ticket.pending != s->pending) {
        s->pending = s->ticket.pending;
        s->moved_ms = clock_boot_ms();
    }
    if (s->ticket.lost > 0)
        return cli_fail(s->work->cli, AWAY, "%" PRId64 " events may not have arrived; %s",
                        s->ticket.lost, s->work->again);
    if (clock_boot_ms() > s->moved_ms + STALLED_MS)
        return cli_fail(s->work->cli, AWAY, "Kafka has taken nothing for %d s; when it is back, %s",
                        STALLED_MS / 1000, s->work->again);
    return DONE;
}

static int wait_a_little(struct sending *s, int wait_ms)
{
    edge_sleep(s->work->cli, wait_ms);
    return serve(s);
}

static int send_one(struct sending *s, struct parcel *parcel)
{
    struct err err;
    int status = DONE;

    parcel->partition = hash_partition(parcel->key, strlen(parcel->key), s->partitions);
    while (parcel_produce(s->work->cli->bus, parcel, parcel->source, &s->ticket, &err) < 0) {
        if (err.kind != ERR_RETRY)
            return cli_fail(s->work->cli, AWAY, "%s", err.text);
        status = wait_a_little(s, SLEEP_MS);
        if (status != DONE)
            return status;
    }
    s->work->sent++;
    return DONE;
}

/* --rate: so many by now, the rest later. */
static int keep_rate(struct sending *s)
{
    int status = DONE;

    while (status == DONE && s->rate > 0 &&
           s->work->sent * 1000 > s->rate * (clock_boot_ms() - s->began_ms)) {
        s->moved_ms = clock_boot_ms();
        status = wait_a_little(s, 1);
    }
    return status;
}

static int send_all(struct sending *s)
{
    static char bytes[PARCEL_BYTES_MAX];
    struct work *work = s->work;
    uint32_t size;
    struct parcel parcel;
    struct err err;

    while (fread(&size, sizeof size, 1, work->spool) == 1) {
        if (size > sizeof bytes || fread(bytes, size, 1, work->spool) != 1 ||
            parcel_unpack(bytes, size, &parcel, &err) < 0)
            return cli_fail(work->cli, AWAY, "the spool can't be read back");
        int status = send_one(s, &parcel);
        if (status == DONE && s->rate > 0)
            status = keep_rate(s);
        if (status == DONE && work->sent % POLL_EVERY == 0)
            status = serve(s);
        if (status != DONE)
            return status;
        progress_at(&work->progress, work->sent);
    }
    if (ferror(work->spool) || work->sent != work->good)
        return cli_fail(work->cli, AWAY, "the spool can't be read back");
    return DONE;
}

int send_spool(struct work *work)
{
    static struct sending s; /* its ticket outlives us when Kafka stays away */
    int status = edge_bus(work->cli);

    s = (struct sending){ .work = work, .rate = option_int(work->cli, "--rate") };

    if (status == DONE)
        s.partitions = edge_partitions(work->cli, work->type, &status);
    if (status != DONE)
        return status;
    if (fflush(work->spool) != 0 || fseek(work->spool, 0, SEEK_SET) != 0)
        return cli_fail(work->cli, AWAY, "the spool can't be written; point TMPDIR at a folder "
                        "with room");
    send_catch_signals();
    s.began_ms = s.moved_ms = clock_boot_ms();
    progress_begin(&work->progress, "sending", work->good);
    status = send_all(&s);
    while (status == DONE && s.ticket.pending > 0)
        status = wait_a_little(&s, SLEEP_MS);
    if (status == DONE)
        status = serve(&s);
    progress_clear(&work->progress);
    return status;
}
