/*
 * insentif reconcile: the partner's statement, our book of record and the participants' records,
 * compared three ways, to the rupiah (R13, R17; what no other check of ours can find: money that
 * moved while all copies of our own log forgot it).
 */
#include "reconcile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "intake.h"
#include "options.h"
#include "people.h"
#include "progress.h"
#include "reading.h"

#define LISTED_MAX 20 /* references of a kind on the screen */

struct reconciling {
    struct cli *cli;
    struct book book;
    struct codec *codec;
    struct progress progress;
    int64_t lines, done;
};

/* ---------------------------------------------------------------- options */
static int take_options(struct cli *cli, struct scope *scope)
{
    bool ends = option_text(cli, "--to") != NULL;
    int status = option_partner(cli, "--partner", &scope->partner);

    scope->environment = cli->environment;
    if (status == DONE)
        status = option_day(cli, "--from", INT64_MIN, &scope->from_ms);
    if (status == DONE)
        status = option_day(cli, "--to", INT64_MAX, &scope->to_ms);
    if (status != DONE)
        return status;
    if (ends)
        scope->to_ms += DAY_MS - 1;
    if (scope->from_ms > scope->to_ms)
        return cli_fail(cli, WRONG, "--from is after --to");
    if (option_flag(cli, "--yes") && !option_flag(cli, "--returns"))
        return cli_fail(cli, WRONG, "--yes only goes with --returns");
    if (ends && scope->from_ms != INT64_MIN && scope->to_ms - scope->from_ms < 3 * DAY_MS - 1)
        (void)fprintf(stderr, "fewer than three days: what one side lacks counts as edge, not as a "
                      "difference; let the days of two runs overlap by two\n");
    return DONE;
}

/* ---------------------------------------------------------------- the statement */
static int bad_line(const struct reconciling *r, int64_t number, const char *why)
{
    return cli_fail(r->cli, WRONG, "line %" PRId64 ": %s; nothing was compared", number, why);
}

static int read_lines(struct reconciling *r, struct lines *lines)
{
    char copy[STATEMENT_LINE_MAX + 1];
    struct statement_columns columns = { .count = 0 };
    struct statement_line taken;
    const char *line = NULL;
    size_t size = 0;
    enum lines_answer answer;
    struct err err;

    for (int64_t number = 1; (answer = lines_next(lines, &line, &size)) != LINES_END; number++) {
        if (answer == LINES_BROKEN)
            return cli_fail(r->cli, WRONG, "the statement can't be read");
        if (number > STATEMENT_LINES_MAX + 1)
            return cli_fail(r->cli, WRONG, "more than %d lines: split the statement by days",
                            STATEMENT_LINES_MAX);
        if (answer == LINES_LONG)
            (void)err_set(&err, ERR_REJECT, "longer than %d bytes", STATEMENT_LINE_MAX);
        if (answer == LINES_LONG ||
            (number == 1 ? statement_header(line, size, &columns, &err)
                         : statement_line(&columns, line, size, copy, &taken, &err)) < 0)
            return bad_line(r, number, err.text);
        if (number == 1)
            continue;
        r->lines++;
        book_statement(&r->book, &taken);
        progress_at(&r->progress, lines_bytes(lines));
    }
    return columns.count > 0 ? DONE : bad_line(r, 1, "the header is missing");
}

static int read_statement(struct reconciling *r, const char *path)
{
    struct stat file;
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return cli_fail(r->cli, WRONG, "%s: %s", path, strerror(errno));
    bool known = fstat(fd, &file) == 0 && S_ISREG(file.st_mode);
    struct lines *lines = lines_open(fd);
    progress_begin(&r->progress, "statement", known ? file.st_size : 0);
    int status = read_lines(r, lines);
    progress_clear(&r->progress);
    lines_close(lines);
    (void)close(fd);
    return status;
}

/* ---------------------------------------------------------------- ledger and records */
static int take_entry(struct cli *cli, const struct bus_message *m, void *context)
{
    struct reconciling *r = context;
    struct disbursement_ledger entry;
    struct err err;

    progress_at(&r->progress, ++r->done);
    if (codec_decode(r->codec, EVENT_DISBURSEMENT_LEDGER, m->value, m->value ? m->value_size : 0,
                     &entry, &err) == 0 &&
        book_ledger(&r->book, &entry, m->timestamp_ms, &err) == 0)
        return DONE;
    progress_clear(&r->progress);
    return cli_fail(cli, WRONG, "disbursement-ledger/%" PRId32 "/%" PRId64 ": %s; nothing was "
                    "compared", m->partition, m->offset, err.text);
}

static int read_ledger(struct reconciling *r)
{
    const struct reading reading = { .topic = EVENT_DISBURSEMENT_LEDGER, .partition = -1,
                                     .each = take_entry, .context = r };
    struct err err;

    r->codec = codec_open(&err);
    if (!r->codec)
        return cli_fail(r->cli, AWAY, "%s", err.text);
    r->done = 0;
    progress_begin(&r->progress, "ledger entries", 0);
    int status = reading_run(r->cli, &reading);
    progress_clear(&r->progress);
    codec_close(r->codec);
    return status;
}

static int take_person(struct cli *cli, struct person *person, int64_t business_ms, void *context)
{
    struct reconciling *r = context;

    (void)cli;
    (void)business_ms;
    progress_at(&r->progress, ++r->done);
    for (uint8_t k = 0; k < person->record.instalment_count; k++)
        book_record(&r->book, person->id, person->instalment_ids[k],
                    &person->record.instalments[k]);
    return DONE;
}

static int read_records(struct reconciling *r)
{
    r->done = 0;
    progress_begin(&r->progress, "records", 0);
    int status = people_records(r->cli, take_person, r);
    progress_clear(&r->progress);
    return status;
}

/* ---------------------------------------------------------------- the whole */
static int file_report(const struct told *told, const char *path, const struct cli *cli)
{
    FILE *to = fopen(path, "w");

    if (!to)
        return cli_fail(cli, WRONG, "--report %s: %s", path, strerror(errno));
    tell_report(told, INT64_MAX, to);
    bool good = fflush(to) == 0 && !ferror(to);
    good &= fclose(to) == 0;
    return good ? DONE : cli_fail(cli, WRONG, "--report %s can't be written", path);
}

static int tell(struct reconciling *r, const struct returns *returns)
{
    struct cli *cli = r->cli;
    const struct told told = { .book = &r->book, .statement = cli->operands[0],
                               .lines = r->lines, .returns = returns };
    const char *report = option_text(cli, "--report");
    int status = report ? file_report(&told, report, cli) : DONE;

    if (option_flag(cli, "--json"))
        tell_json(&told, stdout);
    else
        tell_report(&told, LISTED_MAX, stdout);
    if (!tell_adds_up(&r->book))
        return cli_fail(cli, WRONG, "the sums don't add up: a mistake of this program, report it");
    for (int k = 0; k < DIFFERENCE_COUNT && status == DONE; k++)
        if (r->book.found[k] > 0)
            status = WRONG;
    return status;
}

static int run(struct cli *cli)
{
    struct reconciling r = { .cli = cli };
    struct returns returns;
    struct scope scope;
    bool asked = option_flag(cli, "--returns");
    int status = take_options(cli, &scope);

    if (status != DONE)
        return status;
    book_open(&r.book, &scope);
    status = read_statement(&r, cli->operands[0]);
    if (status == DONE)
        status = read_ledger(&r);
    if (status == DONE)
        status = read_records(&r);
    if (status == DONE) {
        book_compare(&r.book);
        int sent = asked ? returns_run(cli, &r.book, option_flag(cli, "--yes"), &returns) : DONE;
        status = tell(&r, asked ? &returns : NULL);
        status = sent == DONE ? status : sent;
    }
    book_close(&r.book);
    return status;
}

static const struct option_row options[] = {
    { "--partner", OPTION_TEXT, 0, 0, 0, "NAME", "only this partner" },
    { "--from", OPTION_TEXT, 0, 0, 0, "DAY", "first day of the statement (WIB) [all]" },
    { "--to", OPTION_TEXT, 0, 0, 0, "DAY", "last day of the statement (WIB) [all]" },
    { "--json", OPTION_FLAG, 0, 0, 0, NULL, "a JSON line per difference, then a summary" },
    { "--report", OPTION_TEXT, 0, 0, 0, "FILE", "everything, as a text that can be filed" },
    { "--returns", OPTION_FLAG, 0, 0, 0, NULL, "count the returns nobody told us of" },
    { "--yes", OPTION_FLAG, 0, 0, 0, NULL, "and tell disbursement-worker of them" },
    { "--rate", OPTION_INT, 1, 10000000, 0, "N", "at most so many of them a second" },
    { 0 },
};

const struct command reconcile_command = {
    .name = "reconcile",
    .operands = "<statement.csv>",
    .summary = "Compare a partner's statement with our ledger and the records, to the rupiah.",
    .more = "The statement is CSV with the columns date_time, partner, partner_reference, "
            "reference_no, kind\n(BOOKED or RETURNED) and amount_idr, in any order. Give --partner "
            "when it is not of all of them,\nand --from and --to when it is not of all days: what "
            "one side alone has within a day of such an\nedge is listed as edge, and counts in the "
            "run over the neighbouring days. Payments on their way\nare differences too, so run it "
            "at rest, or with --to before today.",
    .options = options,
    .least = 1,
    .most = 1,
    .run = run,
};
