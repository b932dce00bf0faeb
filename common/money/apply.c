/* From a payment's decision to the one call that writes it: record, history, timer, emissions. */
#include <string.h>

#include "base/clock.h"
#include "money/op.h"
#include "policy/settle.h"
#include "store/bytes.h"

struct spans {
    size_t at[EMISSIONS_MAX + 2], size[EMISSIONS_MAX + 2];
    size_t count;
};

static void pack(struct money *m, struct op *op, enum event_type type, const void *event,
                 const char *id, struct spans *spans)
{
    size_t at = op->bytes.size;

    shell_pack(m->shell, op->bucket->number, type, event, op->participant, id, op->new.version,
               clock_wire_ms(), &op->bytes);
    spans->at[spans->count] = at;
    spans->size[spans->count++] = op->bytes.size - at;
}

/* The ledger first, then who is told: the outbox keeps the order. */
static void pack_all(struct money *m, struct op *op, struct spans *spans)
{
    struct emissions emissions;

    if (op->booked) {
        struct disbursement_ledger entry;
        char id[ID_SIZE];
        ledger_event(m->shell, &op->new, &op->booking, op->partner_reference, &entry, id);
        pack(m, op, EVENT_DISBURSEMENT_LEDGER, &entry, id, spans);
    }
    if (op->concern != CONCERN_NONE) {
        struct case_opened event;
        char id[ID_SIZE];
        concern_event(m, op, &event, id);
        pack(m, op, EVENT_CASE_OPENED, &event, id, spans);
    }
    settle(&op->old, &op->new, &emissions);
    for (uint8_t k = 0; k < emissions.count; k++) {
        union event_any event;
        char id[ID_SIZE];
        enum event_type type = emission_to_event(m->shell->set.environment, &op->new,
                                                 &emissions.at[k], &event, id);
        pack(m, op, type, &event, id, spans);
    }
}

static bool record_changed(struct op *op)
{
    struct buf before = { 0 };
    int64_t version = op->new.version;
    size_t at = op->bytes.size;

    op->new.version = op->old.version;
    record_to_bytes(&op->new, &op->bytes);
    op->new.version = version;
    record_to_bytes(&op->old, &before);
    bool changed = before.size != op->bytes.size - at ||
                   memcmp(before.data, op->bytes.data + at, before.size) != 0;
    buf_release(&before);
    op->bytes.size = at;
    return changed;
}

static void require_facts(struct op *op)
{
    const struct money_bucket *mb = op->bucket->extra;

    op->apply.requires = op->requires;
    op->apply.require_count = 0;
    for (size_t f = 0; f < FACTS_MAX; f++)
        if (mb->fact_ends[f] > 0)
            op->requires[op->apply.require_count++] = (struct store_require){
                fact_topics[f].worker, fact_topics[f].topic, mb->fact_ends[f] - 1
            };
}

void op_build(struct money *m, struct op *op)
{
    struct spans spans = { .count = 0 };
    int64_t wire = clock_wire_ms();

    buf_reset(&op->bytes);
    op->new.version = op->old.version + 1 > wire ? op->old.version + 1 : wire;
    pack_all(m, op, &spans);
    /* What was asked of the partner took its time: the record is compared, changed or not, or the
     * timer set here would put off what has come since. */
    bool asked = op->deciding == DECIDE_INQUIRY || op->deciding == DECIDE_SHADOW;
    bool changed = asked || record_changed(op);
    size_t at = op->bytes.size;
    if (changed)
        record_to_bytes(&op->new, &op->bytes);
    else
        op->new.version = op->old.version;

    op->apply = (struct store_apply){ .bucket_version = -1 };
    if (changed)
        op->writes[op->apply.write_count++] = (struct store_write){
            .key = { 'p', op->participant }, .expected = op->old.version, .tied = -1,
            .bytes = { op->bytes.data + at, op->bytes.size - at }
        };
    int32_t tied = changed ? 0 : -1;
    if (op->noted)
        op->writes[op->apply.write_count++] = (struct store_write){
            .key = { 'y', op->instalment_id }, .tied = tied,
            .bytes = { op->history.data, op->history.size }
        };
    for (size_t k = 0; k < spans.count; k++)
        op->emits[k] = (struct store_emit){ tied, { op->bytes.data + spans.at[k], spans.size[k] } };
    op->timer.tied = tied;
    if (op->counted >= 0)
        op->writes[op->apply.write_count++] = (struct store_write){
            .key = { 'y', op->counts_id }, .tied = tied,
            .bytes = { op->counts_text, strlen(op->counts_text) }
        };
    if (op->budget_changed) {
        const struct money_bucket *mb = op->bucket->extra;
        budget_text(mb->reserved_idr, op->budget_text);
        op->writes[op->apply.write_count++] = (struct store_write){
            .key = { 'y', BUDGET_KEY }, .tied = tied,
            .bytes = { op->budget_text, strlen(op->budget_text) }
        };
    }
    op->apply.writes = op->writes;
    op->apply.emits = op->emits;
    op->apply.emit_count = spans.count;
    op->apply.timers = &op->timer;
    op->apply.timer_count = op->timer_set ? 1 : 0;
    if (op->deciding == DECIDE_CLAIM || op->deciding == DECIDE_CONFIRM)
        require_facts(op);
}
