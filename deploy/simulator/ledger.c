#include "ledger.h"

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

static const char *const state_names[SIM_STATES] = { "booked", "pending", "failed", "hidden",
                                                     "returned" };

static void key_of(int partner, const char *reference, char out[SIM_REFERENCE_MAX + 16])
{
    (void)snprintf(out, SIM_REFERENCE_MAX + 16, "%d/%.64s", partner, reference);
}

static void count(struct sim_ledger *ledger, const struct sim_record *record, int64_t sign)
{
    int64_t amount_idr = sign * record->amount_idr;

    switch (record->state) {
    case SIM_RETURNED:
        ledger->totals[record->partner].returned += sign;
        ledger->totals[record->partner].returned_idr += amount_idr;
        ledger->totals[record->partner].booked += sign;
        ledger->totals[record->partner].amount_idr += amount_idr;
        break;
    case SIM_BOOKED:
        ledger->totals[record->partner].booked += sign;
        ledger->totals[record->partner].amount_idr += amount_idr;
        break;
    case SIM_PENDING:
    case SIM_HIDDEN:
        ledger->totals[record->partner].pending += sign;
        ledger->totals[record->partner].pending_idr += amount_idr;
        break;
    case SIM_FAILED: ledger->totals[record->partner].failed += sign; break;
    case SIM_STATES: break;
    }
}

static void write_line(struct sim_ledger *ledger, const struct sim_record *record, int64_t at_ms)
{
    char at[STR_TIME_MAX];
    size_t size = strlen(record->account);

    if (ledger->fd < 0)
        return;
    str_time(at_ms, at);
    buf_printf(&ledger->unwritten,
               "{\"at\":\"%s\",\"partner\":\"%s\",\"reference\":\"%s\",\"account_token\":\"*%s\","
               "\"amount_idr\":%" PRId64 ",\"booked\":%s,\"state\":\"%s\",\"service\":%d,"
               "\"reference_no\":\"%s\",\"digest\":\"%s\",\"code\":\"%s\",\"word\":\"%s\","
               "\"due_ms\":%" PRId64 ",\"return_ms\":%" PRId64 "}\n",
               at, sim_partners[record->partner].name, record->reference,
               record->account + (size > 4 ? size - 4 : 0), record->amount_idr,
               record->state == SIM_BOOKED ? "true" : "false", state_names[record->state],
               record->service, record->reference_no, record->digest, record->code, record->word,
               record->due_ms, record->return_ms);
}

/* Into the list of those that change by themselves, unless it is there. */
static void arm(struct sim_ledger *ledger, struct sim_record *record)
{
    if (record->due_ms == 0)
        return;
    if (record->due_ms < ledger->next_due_ms)
        ledger->next_due_ms = record->due_ms;
    if (record->armed)
        return;
    if (ledger->due_count == ledger->due_cap) {
        ledger->due_cap = ledger->due_cap ? 2 * ledger->due_cap : 64;
        ledger->due = realloc(ledger->due, ledger->due_cap * sizeof(struct sim_record *));
        if (!ledger->due)
            abort(); /* as base/buf.h */
    }
    record->armed = true;
    ledger->due[ledger->due_count++] = record;
}

static struct sim_record *put(struct sim_ledger *ledger, const struct sim_record *record)
{
    char key[SIM_REFERENCE_MAX + 16];
    bool armed = false;

    key_of(record->partner, record->reference, key);
    void **at = sim_map_at(&ledger->records, key);
    struct sim_record *kept = *at;
    if (kept) {
        count(ledger, kept, -1);
        armed = kept->armed;
    } else {
        kept = malloc(sizeof *kept);
        if (!kept)
            abort(); /* as base/buf.h */
        *at = kept;
    }
    *kept = *record;
    kept->armed = armed;
    count(ledger, kept, 1);
    arm(ledger, kept);
    return kept;
}

/* The next state at this moment, into the totals and onto a line. */
static void become(struct sim_ledger *ledger, struct sim_record *record, enum sim_state state)
{
    int64_t now_ms = clock_wire_ms();

    count(ledger, record, -1);
    record->state = state;
    record->due_ms = 0;
    if (state == SIM_BOOKED) {
        record->booked_ms = now_ms;
        record->due_ms = record->return_ms ? now_ms + record->return_ms : 0;
    } else if (state == SIM_RETURNED) {
        record->returned_ms = now_ms;
    }
    count(ledger, record, 1);
    arm(ledger, record);
    write_line(ledger, record, now_ms);
}

static bool take_text(const struct snap_json *json, const char *name, char *out, size_t cap)
{
    const char *text = snap_json_text(json, name);
    return text && str_copy(out, cap, text);
}

/* The fields of a line. False: it is none of ours. */
static bool take_line(const struct snap_json *json, struct sim_record *record, int64_t *at_ms)
{
    char partner[16], state[16], at[32];
    int64_t service;

    if (!take_text(json, "partner", partner, sizeof partner) ||
        !take_text(json, "state", state, sizeof state) || !take_text(json, "at", at, sizeof at) ||
        !str_to_time(at, at_ms) ||
        !take_text(json, "reference", record->reference, sizeof record->reference) ||
        !take_text(json, "reference_no", record->reference_no, sizeof record->reference_no) ||
        !take_text(json, "account_token", record->account, sizeof record->account) ||
        !take_text(json, "digest", record->digest, sizeof record->digest) ||
        !take_text(json, "code", record->code, sizeof record->code) ||
        !take_text(json, "word", record->word, sizeof record->word) ||
        !snap_json_int(json, "amount_idr", &record->amount_idr) ||
        !snap_json_int(json, "due_ms", &record->due_ms) ||
        !snap_json_int(json, "return_ms", &record->return_ms) ||
        !snap_json_int(json, "service", &service))
        return false;
    record->service = (int)service;
    record->partner = sim_partner_named(partner);
    int found = 0;
    while (found < SIM_STATES && strcmp(state_names[found], state) != 0)
        found++;
    record->state = (enum sim_state)found;
    return record->partner >= 0 && found < SIM_STATES;
}

/* May a record in this state become that? A second booking isn't of a ledger of ours. */
static bool may_follow(enum sim_state before, enum sim_state after)
{
    switch (before) {
    case SIM_PENDING: return after == SIM_BOOKED || after == SIM_FAILED;
    case SIM_HIDDEN: return after == SIM_BOOKED;
    case SIM_BOOKED: return after == SIM_RETURNED;
    case SIM_FAILED:
    case SIM_RETURNED:
    case SIM_STATES: break;
    }
    return false;
}

static bool read_line(struct sim_ledger *ledger, const char *line, size_t size)
{
    struct sim_record record = { 0 };
    struct err err;
    int64_t at_ms = 0;
    struct snap_json *json = snap_json_parse(line, size, &err);
    bool right = json && take_line(json, &record, &at_ms);

    snap_json_free(json);
    if (!right)
        return false;
    const struct sim_record *before =
        sim_ledger_find(ledger, record.partner, record.reference);
    if (before && !may_follow(before->state, record.state))
        return false;
    if (record.state == SIM_BOOKED)
        record.booked_ms = at_ms;
    if (record.state == SIM_RETURNED) {
        if (!before)
            return false;
        record.booked_ms = before->booked_ms;
        record.returned_ms = at_ms;
    }
    ledger->sequence += !before;
    (void)put(ledger, &record);
    return true;
}

static int read_all(struct sim_ledger *ledger, const char *path, bool read_only, struct err *err)
{
    struct buf all = { 0 };
    size_t from = 0, line = 0;
    int rc = sim_read_file(path, LEDGER_MAX, &all, err);

    while (rc == 0 && from < all.size) {
        const char *end = memchr(all.data + from, '\n', all.size - from);
        line++;
        if (!end) { /* torn by a crash: it was never answered */
            if (!read_only && ftruncate(ledger->fd, (off_t)from) < 0)
                rc = err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
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

int sim_ledger_open(struct sim_ledger *ledger, const char *path, bool read_only, struct err *err)
{
    ledger->fd = -1;
    ledger->next_due_ms = INT64_MAX;
    if (!path)
        return 0;
    if (!read_only) {
        ledger->fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (ledger->fd < 0)
            return err_set(err, ERR_FATAL, "%s: %s", path, strerror(errno));
    }
    return read_all(ledger, path, read_only, err);
}

void sim_ledger_close(struct sim_ledger *ledger)
{
    sim_ledger_sync(ledger);
    if (ledger->fd >= 0)
        (void)close(ledger->fd);
    buf_release(&ledger->unwritten);
    sim_map_release(&ledger->records, free);
    free(ledger->due);
    ledger->due = NULL;
    ledger->fd = -1;
}

struct sim_record *sim_ledger_find(const struct sim_ledger *ledger, int partner,
                                   const char *reference)
{
    char key[SIM_REFERENCE_MAX + 16];

    key_of(partner, reference, key);
    return sim_map_find(&ledger->records, key);
}

struct sim_record *sim_ledger_add(struct sim_ledger *ledger, const struct sim_record *record)
{
    assert(!sim_ledger_find(ledger, record->partner, record->reference));

    int64_t now_ms = clock_wire_ms();
    struct sim_record new = *record;
    ledger->sequence++;
    if (new.state != SIM_FAILED)
        (void)snprintf(new.reference_no, sizeof new.reference_no, "%.3s%013" PRId64,
                       new.service == 38 ? "WAL" : "BNK", ledger->sequence);
    if (new.state == SIM_BOOKED) {
        new.booked_ms = now_ms;
        new.due_ms = new.return_ms ? now_ms + new.return_ms : 0;
    }
    struct sim_record *kept = put(ledger, &new);
    write_line(ledger, kept, now_ms);
    return kept;
}

void sim_ledger_book(struct sim_ledger *ledger, struct sim_record *record)
{
    assert(record->state == SIM_HIDDEN);
    become(ledger, record, SIM_BOOKED);
}

size_t sim_ledger_turn(struct sim_ledger *ledger, int64_t now_ms, bool all)
{
    size_t changed = 0;

    if (now_ms < ledger->next_due_ms && !all)
        return 0;
    ledger->next_due_ms = INT64_MAX;
    for (size_t i = 0; i < ledger->due_count;) {
        struct sim_record *record = ledger->due[i];
        if (record->due_ms != 0 && (all || record->due_ms <= now_ms)) {
            become(ledger, record,
                   record->state == SIM_BOOKED                       ? SIM_RETURNED
                   : record->state == SIM_PENDING && record->code[0] ? SIM_FAILED
                                                                     : SIM_BOOKED);
            changed++;
            if (ledger->changed)
                ledger->changed(ledger->arg, record);
        }
        if (record->due_ms == 0) {
            record->armed = false;
            ledger->due[i] = ledger->due[--ledger->due_count];
            continue;
        }
        if (record->due_ms < ledger->next_due_ms)
            ledger->next_due_ms = record->due_ms;
        i++;
    }
    return changed;
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
