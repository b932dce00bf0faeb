/*
 * One line per reference, and one more when it changes (a late booking). Read again at start, so
 * that a restart can't pay twice. Lines queue up and are synced together: everything that came in
 * one turn of the loop shares an fsync.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/str.h"
#include "sim.h"
#include "snap/json.h"

#define LEDGER_MAX ((size_t)1 << 30) /* bytes of a ledger that is read again */

static const char *const state_names[] = { "booked", "pending", "failed" };

static void key_of(int partner, const char *reference, char out[SIM_REFERENCE_MAX + 16])
{
    (void)snprintf(out, SIM_REFERENCE_MAX + 16, "%d/%.64s", partner, reference);
}

static void count(struct sim_ledger *ledger, const struct sim_record *record, int64_t sign)
{
    switch (record->state) {
    case SIM_BOOKED:
        ledger->totals[record->partner].booked += sign;
        ledger->totals[record->partner].amount_idr += sign * record->amount_idr;
        break;
    case SIM_PENDING: ledger->totals[record->partner].pending += sign; break;
    case SIM_FAILED: ledger->totals[record->partner].failed += sign; break;
    }
}

/* The account only by its last four digits, its content only by a digest. */
static void write_line(struct sim_ledger *ledger, const struct sim_record *record)
{
    char at[STR_TIME_MAX];
    size_t size = strlen(record->account);

    if (ledger->fd < 0)
        return;
    str_time(clock_wire_ms(), at);
    buf_printf(&ledger->unwritten,
               "{\"at\":\"%s\",\"partner\":\"%s\",\"reference\":\"%s\",\"account_token\":\"*%s\","
               "\"amount_idr\":%" PRId64 ",\"booked\":%s,\"state\":\"%s\",\"service\":%d,"
               "\"reference_no\":\"%s\",\"digest\":\"%s\",\"code\":\"%s\",\"word\":\"%s\","
               "\"due_ms\":%" PRId64 "}\n",
               at, sim_partners[record->partner].name, record->reference,
               record->account + (size > 4 ? size - 4 : 0), record->amount_idr,
               record->state == SIM_BOOKED ? "true" : "false", state_names[record->state],
               record->service, record->reference_no, record->digest, record->code, record->word,
               record->due_ms);
}

static struct sim_record *put(struct sim_ledger *ledger, const struct sim_record *record)
{
    char key[SIM_REFERENCE_MAX + 16];

    key_of(record->partner, record->reference, key);
    void **at = sim_map_at(&ledger->records, key);
    struct sim_record *kept = *at;
    if (kept) {
        count(ledger, kept, -1);
    } else {
        kept = malloc(sizeof *kept);
        if (!kept)
            abort(); /* as base/buf.h */
        *at = kept;
    }
    *kept = *record;
    count(ledger, kept, 1);
    if (kept->state == SIM_PENDING && kept->due_ms < ledger->next_due_ms)
        ledger->next_due_ms = kept->due_ms;
    return kept;
}

static bool take_text(const struct snap_json *json, const char *name, char *out, size_t cap)
{
    const char *text = snap_json_text(json, name);
    return text && str_copy(out, cap, text);
}

static bool read_line(struct sim_ledger *ledger, const char *line, size_t size)
{
    struct sim_record record = { 0 };
    struct err err;
    char partner[16] = "", state[16] = "";
    int64_t service = 0;
    struct snap_json *json = snap_json_parse(line, size, &err);

    if (!json)
        return false;
    bool right = take_text(json, "partner", partner, sizeof partner) &&
                 take_text(json, "state", state, sizeof state) &&
                 take_text(json, "reference", record.reference, sizeof record.reference) &&
                 take_text(json, "reference_no", record.reference_no, sizeof record.reference_no) &&
                 take_text(json, "account_token", record.account, sizeof record.account) &&
                 take_text(json, "digest", record.digest, sizeof record.digest) &&
                 take_text(json, "code", record.code, sizeof record.code) &&
                 take_text(json, "word", record.word, sizeof record.word) &&
                 snap_json_int(json, "amount_idr", &record.amount_idr) &&
                 snap_json_int(json, "due_ms", &record.due_ms) &&
                 snap_json_int(json, "service", &service);
    snap_json_free(json);
    record.partner = sim_partner_named(partner);
    record.service = (int)service;
    for (int i = 0; i < 3; i++)
        if (strcmp(state_names[i], state) == 0)
            record.state = (enum sim_state)i;
    if (!right || record.partner < 0 || strcmp(state_names[record.state], state) != 0)
        return false;
    struct sim_record *before = sim_ledger_find(ledger, record.partner, record.reference);
    if (before && before->state != SIM_PENDING)
        return false; /* a second booking: not a ledger of ours */
    (void)put(ledger, &record);
    ledger->sequence += !before;
    return true;
}

static int read_all(struct sim_ledger *ledger, const char *path, struct err *err)
{
    struct buf all = { 0 };
    size_t from = 0, line = 0;
    int rc = sim_read_file(path, LEDGER_MAX, &all, err);

    while (rc == 0 && from < all.size) {
        const char *end = memchr(all.data + from, '\n', all.size - from);
        line++;
        if (!end) { /* torn by a crash: it was never answered */
            rc = ftruncate(ledger->fd, (off_t)from);
            break;
        }
        size_t size = (size_t)(end - all.data) - from;
        if (!read_line(ledger, all.data + from, size))
            rc = err_set(err, ERR_FATAL, "%s: line %zu is not a line of a ledger", path, line);
        from += size + 1;
    }
    buf_release(&all);
    return rc;
}

int sim_ledger_open(struct sim_ledger *ledger, const char *path, struct err *err)
{
    ledger->fd = -1;
    ledger->next_due_ms = INT64_MAX;
    if (!path)
        return 0;
    ledger->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (ledger->fd < 0)
        return err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
    return read_all(ledger, path, err);
}

void sim_ledger_close(struct sim_ledger *ledger)
{
    sim_ledger_sync(ledger);
    if (ledger->fd >= 0)
        (void)close(ledger->fd);
    buf_release(&ledger->unwritten);
    sim_map_release(&ledger->records, free);
    ledger->fd = -1;
}

struct sim_record *sim_ledger_find(struct sim_ledger *ledger, int partner, const char *reference)
{
    char key[SIM_REFERENCE_MAX + 16];

    key_of(partner, reference, key);
    return sim_map_find(&ledger->records, key);
}

struct sim_record *sim_ledger_add(struct sim_ledger *ledger, const struct sim_record *record)
{
    assert(!sim_ledger_find(ledger, record->partner, record->reference));

    struct sim_record *kept = put(ledger, record);
    if (kept->state != SIM_FAILED)
        (void)snprintf(kept->reference_no, sizeof kept->reference_no, "%.3s%013" PRId64,
                       sim_partners[kept->partner].is_bank ? "BNK" : "WAL", ++ledger->sequence);
    else
        ledger->sequence++;
    write_line(ledger, kept);
    return kept;
}

void sim_ledger_book_due(struct sim_ledger *ledger, int64_t now_ms)
{
    if (now_ms < ledger->next_due_ms)
        return;
    ledger->next_due_ms = INT64_MAX;
    for (size_t i = 0; i < ledger->records.cap; i++) {
        struct sim_record *record = ledger->records.slots[i].value;
        if (!record || record->state != SIM_PENDING)
            continue;
        if (record->due_ms > now_ms) {
            if (record->due_ms < ledger->next_due_ms)
                ledger->next_due_ms = record->due_ms;
            continue;
        }
        count(ledger, record, -1);
        record->state = SIM_BOOKED;
        count(ledger, record, 1);
        write_line(ledger, record);
    }
}

void sim_ledger_sync(struct sim_ledger *ledger)
{
    size_t done = 0;

    if (ledger->unwritten.size == 0)
        return;
    while (done < ledger->unwritten.size) {
        ssize_t wrote = write(ledger->fd, ledger->unwritten.data + done,
                              ledger->unwritten.size - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            break;
        done += (size_t)wrote;
    }
    if (done < ledger->unwritten.size || fdatasync(ledger->fd) < 0) {
        (void)fprintf(stderr, "snap-simulator: the ledger cannot be written: %s\n",
                      strerror(errno));
        abort();
    }
    buf_reset(&ledger->unwritten);
}
