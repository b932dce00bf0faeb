/*
 * insentif produce: a file of JSON lines into a topic. First pass: every line is checked and what
 * will be sent is spooled; second pass: the spool is sent. So nothing of a file with a bad line is
 * sent, whatever its size, and nothing in clear is ever written to disk.
 */
#include "produce.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "intake.h"
#include "progress.h"

#define NAMED_MAX 20 /* bad lines told of one by one */

/* Facts come from outside; all else is written by workers, or by commands of its own. */
static bool takes(enum event_type type)
{
    return type == EVENT_PARTICIPANT_ENROLLED || type == EVENT_TRAINING_COMPLETED ||
           type == EVENT_RATING_SUBMITTED || type == EVENT_ACCOUNT_LINKED ||
           type == EVENT_ELIGIBILITY_CHECKED;
}

static bool is_blank(const char *line, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!strchr(" \t\r", line[i]) || !line[i])
            return false;
    return true;
}

static void tell_bad(struct work *work, int64_t number, const char *why)
{
    work->bad++;
    if (work->bad <= NAMED_MAX) {
        progress_clear(&work->progress);
        (void)fprintf(stderr, "line %" PRId64 ": %s\n", number, why);
    }
}

static int take_line(struct work *work, struct intake *intake, enum lines_answer answer,
                     const char *line, size_t size)
{
    static const char bom[] = "\xef\xbb\xbf"; /* some editors begin a file of UTF-8 with it */
    struct parcel parcel;
    struct err err;

    work->lines++;
    if (work->lines == 1 && size >= sizeof bom - 1 && memcmp(line, bom, sizeof bom - 1) == 0) {
        line += sizeof bom - 1;
        size -= sizeof bom - 1;
    }
    if (answer == LINES_LONG) {
        tell_bad(work, work->lines, "longer than 65536 bytes");
        return DONE;
    }
    if (is_blank(line, size))
        return DONE;
    if (intake_line(intake, line, size, &parcel, &err) == 0) {
        work->good++;
        (void)str_copy(parcel.source, sizeof parcel.source, "/insentif/produce");
        return option_flag(work->cli, "--check") ? DONE : spool_parcel(work, &parcel);
    }
    if (err.kind != ERR_REJECT)
        return cli_fail(work->cli, WRONG, "line %" PRId64 ": %s", work->lines, err.text);
    tell_bad(work, work->lines, err.text);
    return DONE;
}

static int check_all(struct work *work, int fd)
{
    struct err err;
    struct stat file;
    const char *line = NULL;
    size_t size = 0;
    enum lines_answer answer;
    int status = DONE;
    struct intake *intake = intake_open(
        work->type, conf_text(work->cli->conf, "INSENTIF_SEAL_PUBLIC_KEY"), clock_wire_ms(), &err);

    if (!intake)
        return cli_fail(work->cli, WRONG, "%s", err.text);
    struct lines *lines = lines_open(fd);
    bool known = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    progress_begin(&work->progress, "checking", known ? file.st_size : 0);
    while (status == DONE && (answer = lines_next(lines, &line, &size)) != LINES_END) {
        if (answer == LINES_BROKEN)
            status = cli_fail(work->cli, WRONG, "%s can't be read: %s",
                              fd == STDIN_FILENO ? "standard input" : work->cli->operands[1],
                              strerror(errno));
        else
            status = take_line(work, intake, answer, line, size);
        progress_at(&work->progress, lines_bytes(lines));
    }
    progress_clear(&work->progress);
    work->masked = intake_masked(intake);
    lines_close(lines);
    intake_close(intake);
    return status;
}

static void tell(const struct work *work, int64_t took_ms)
{
    const struct cli *cli = work->cli;
    const char *topic = cli->operands[0];

    if (option_flag(cli, "--json"))
        (void)printf("{\"topic\":\"%s\",\"lines\":%" PRId64 ",\"good\":%" PRId64
                     ",\"bad\":%" PRId64 ",\"masked\":%" PRId64 ",\"sent\":%" PRId64
                     ",\"seconds\":%.3f}\n", topic, work->lines, work->good, work->bad,
                     work->masked, work->sent, (double)took_ms / 1000);
    else if (option_flag(cli, "--check"))
        (void)printf("%" PRId64 " events for %s are good, %" PRId64 " lines are bad\n", work->good,
                     topic, work->bad);
    else if (work->sent > 0 || work->bad == 0)
        (void)printf("sent %" PRId64 " events to %s in %.1f s\n", work->sent, topic,
                     (double)took_ms / 1000);
    if (work->bad > NAMED_MAX)
        (void)fprintf(stderr, "and %" PRId64 " more bad lines\n", work->bad - NAMED_MAX);
    if (work->masked > 0)
        (void)fprintf(stderr, "numbers were masked in %" PRId64 " reviews\n", work->masked);
}

static int produce_from(struct work *work, int fd)
{
    const struct cli *cli = work->cli;
    int64_t began_ms = clock_boot_ms();
    bool skip = option_flag(cli, "--skip-bad"), only_check = option_flag(cli, "--check");
    int status = check_all(work, fd);

    if (status != DONE)
        return status;
    if (!only_check && (work->bad == 0 || skip) && work->good > 0)
        status = send_spool(work);
    if (status != DONE)
        return status;
    tell(work, clock_boot_ms() - began_ms);
    if (work->bad == 0)
        return DONE;
    return cli_fail(cli, WRONG, "%" PRId64 " of %" PRId64 " lines are bad%s", work->bad,
                    work->lines,
                    only_check ? ""
                    : skip     ? "; they were left out"
                               : "; nothing was sent: correct them, or use --skip-bad");
}

static int run(struct cli *cli)
{
    struct work work = { .cli = cli, .type = event_of_topic(cli->operands[0]),
                         .again = "send the file again: ids stay the same, nothing counts twice" };
    int fd = STDIN_FILENO;

    if (!takes(work.type))
        return cli_fail(cli, WRONG, "%.60s is no topic that is fed from outside",
                        cli->operands[0]);
    if (cli->operand_count > 1 && strcmp(cli->operands[1], "-") != 0) {
        fd = open(cli->operands[1], O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return cli_fail(cli, WRONG, "%s: %s", cli->operands[1], strerror(errno));
    }
    work.spool = spool_open(cli);
    int status = work.spool ? produce_from(&work, fd) : AWAY;
    spool_close(&work);
    if (fd != STDIN_FILENO)
        (void)close(fd);
    return status;
}

static const struct option_row options[] = {
    { "--skip-bad", OPTION_FLAG, 0, 0, 0, NULL, "send the good lines although some are bad" },
    { "--check", OPTION_FLAG, 0, 0, 0, NULL, "only check the lines; needs no Kafka" },
    { "--rate", OPTION_INT, 1, 10000000, 0, "N", "at most N events a second" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "the summary as JSON" },
    { 0 },
};

const struct command produce_command = {
    .name = "produce",
    .operands = "<topic> [file.jsonl]",
    .summary = "Check a file of events, one JSON object a line, and send them to a topic.",
    .more = "Topics: participant-enrolled, training-completed, rating-submitted, account-linked,\n"
            "eligibility-checked. Without a file standard input is read. Nothing is sent when a "
            "line is\nbad. Stopped by a signal it says how much has arrived and exits with 128 + "
            "its number;\nsending the file again is harmless.\n"
            "An account may be given in clear, as \"sealed_account\":{\"number\":…,\"name\":…,"
            "\"bank_code\":…};\nit is sealed with INSENTIF_SEAL_PUBLIC_KEY before anything else. "
            "Card numbers and codes in\nreviews are masked.",
    .options = options,
    .least = 1,
    .most = 2,
    .run = run,
};
