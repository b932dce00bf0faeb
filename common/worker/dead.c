/* Dead letters and events that belong elsewhere (architecture.md "A bucket is a partition"). */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "policy/mask.h"
#include "seal/seal.h"
#include "worker/batch.h"
#include "worker/origin.h"

_Static_assert(CODEC_DEAD_LETTER_MAX <= BUS_VALUE_MAX, "a letter fits into a record of the bus");

/* R20: what looks like a number of a card, person, account or phone, or like an OTP, is masked, in
 * Avro's bytes too (lengths stay); such a letter can't be sent again, and says so. */
static uint32_t copy_masked(uint8_t *to, size_t cap, const void *from, size_t size, bool *masked)
{
    size_t kept = size < cap ? size : cap;

    if (kept > 0)
        memcpy(to, from, kept);
    *masked |= mask_refused((char *)to, kept) || kept < size;
    return (uint32_t)kept;
}

/* What is sent on keeps its time, its source and its trace. */
static struct parcel sent_on(const struct origin *origin, int32_t partition)
{
    struct parcel p = { .partition = partition, .time_ms = origin->time_ms };

    memcpy(p.source, origin->source, sizeof p.source);
    memcpy(p.traceparent, origin->traceparent, sizeof p.traceparent);
    return p;
}

void batch_dead(struct shell *shell, struct batch *b, const struct bus_message *m,
                const char *reason, int32_t tied)
{
    struct origin origin;

    origin_read(m, shell->topics[b->route], &origin);
    if (shell->spec->routes[b->route].kind == ROUTE_LEDGER) {
        /* The book of record can't be left out of account: what it says may have been paid. */
        struct err err;
        (void)err_set(&err, ERR_FATAL, "%s can't be read: %.120s", origin.place, reason);
        shell_fatal(shell, &err);
        return;
    }
    if (mask_refused(origin.source, strlen(origin.source)))
        origin.source[0] = '\0';
    struct parcel p = sent_on(&origin, b->bucket->number);
    struct dead_letter *letter = calloc(1, sizeof *letter); /* 64 KiB: rare, so not kept */
    char id[SEAL_ID_SIZE + 1], key[PARTICIPANT_ID_MAX + 1] = "";

    if (!letter)
        abort();
    str_copy(letter->reason, sizeof letter->reason, reason);
    str_copy(letter->worker, sizeof letter->worker, shell->spec->name);
    str_copy(letter->source_topic, sizeof letter->source_topic, shell->topics[b->route]);
    letter->source_partition = m->partition;
    letter->source_offset = m->offset;
    letter->source_timestamp_ms = m->timestamp_ms;
    letter->source_key.size = copy_masked(letter->source_key.at, sizeof letter->source_key.at,
                                          m->key, m->key_size, &letter->masked);
    letter->original.size = copy_masked(letter->original.at, sizeof letter->original.at, m->value,
                                        m->value_size, &letter->masked);
    if (!letter->masked && m->key_size <= PARTICIPANT_ID_MAX && m->key_size > 0 &&
        str_is_utf8(m->key, m->key_size))
        memcpy(key, m->key, m->key_size);
    SEAL_ID(id, shell->set.environment, "dead-letter", letter->worker, origin.place);
    size_t at = b->bytes.size;
    shell_pack_parcel(shell, &p, EVENT_DEAD_LETTER, letter, key, id, &b->bytes);
    batch_add_emit(b, tied, at);
    metric_add(shell->metrics.dead[b->route], 1);
    LOG(LOG_WARN, EV("dead-letter"), F_STR("source", origin.place),
        F_STR("reason", letter->reason));
    free(letter);
}

static void reroute(struct shell *shell, struct batch *b, const struct bus_message *m,
                    const struct origin *origin, int32_t partition)
{
    struct parcel p = sent_on(origin, partition);
    char id[SEAL_ID_SIZE + 1];

    SEAL_ID(id, shell->set.environment, "rerouted", origin->place);
    str_copy(p.id, sizeof p.id, origin->id[0] ? origin->id : id);
    str_copy(p.rerouted_from, sizeof p.rerouted_from, origin->place);
    str_copy(p.topic, sizeof p.topic, shell->topics[b->route]);
    str_copy(p.type, sizeof p.type, shell->topics[b->route]);
    memcpy(p.key, m->key, m->key_size);
    p.value = m->value;
    p.value_size = m->value_size;
    size_t at = b->bytes.size;
    parcel_pack(&p, &b->bytes);
    batch_add_emit(b, -1, at);
    metric_add(shell->metrics.rerouted[b->route], 1);
}

void batch_misplaced(struct shell *shell, struct batch *b, const struct bus_message *m,
                     int32_t partition)
{
    struct origin origin;

    origin_read(m, shell->topics[b->route], &origin);
    if (origin.rerouted || shell->spec->routes[b->route].kind == ROUTE_LEDGER)
        batch_dead(shell, b, m, "misplaced a second time", -1);
    else
        reroute(shell, b, m, &origin, partition);
}
