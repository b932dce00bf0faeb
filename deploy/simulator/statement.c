/*
 * What was booked and what came back, as a partner's statement: CSV, by time, no personal data. The
 * columns are a promise to whoever reconciles; times in WIB, rupiah without decimals.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

struct entry {
    const struct sim_record *record;
    int64_t at_ms;
    bool returned;
};

static int by_time(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (left->at_ms != right->at_ms)
        return left->at_ms < right->at_ms ? -1 : 1;
    int order = strcmp(left->record->reference_no, right->record->reference_no);
    return order ? order : left->returned - right->returned;
}

static size_t collect(const struct sim_ledger *ledger, int partner, struct entry *entries)
{
    size_t count = 0;

    for (size_t i = 0; i < ledger->records.cap; i++) {
        const struct sim_record *record = ledger->records.slots[i].value;
        if (!record || (partner >= 0 && record->partner != partner))
            continue;
        if (record->booked_ms)
            entries[count++] = (struct entry){ record, record->booked_ms, false };
        if (record->returned_ms)
            entries[count++] = (struct entry){ record, record->returned_ms, true };
    }
    return count;
}

void sim_statement(const struct sim_ledger *ledger, int partner, struct buf *out)
{
    struct entry *entries = calloc(2 * ledger->records.count + 1, sizeof *entries);
    char at[SNAP_TIMESTAMP_MAX];

    if (!entries)
        abort(); /* as base/buf.h */
    size_t count = collect(ledger, partner, entries);
    qsort(entries, count, sizeof *entries, by_time);
    buf_text(out, "date_time,partner,partner_reference,reference_no,kind,amount_idr\n");
    for (size_t i = 0; i < count; i++) {
        const struct sim_record *record = entries[i].record;
        snap_timestamp(entries[i].at_ms, at);
        buf_printf(out, "%s,%s,%s,%s,%s,%" PRId64 "\n", at, sim_partners[record->partner].name,
                   record->reference, record->reference_no,
                   entries[i].returned ? "RETURNED" : "BOOKED", record->amount_idr);
    }
    free(entries);
}
