/* Dead letters and events that belong elsewhere (architecture.md "A bucket is a partition"). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "policy/mask.h"
#include "seal/seal.h"
#include "worker/batch.h"

/* A letter must fit into a record of the bus with all that is around the original. */
#define ORIGINAL_MAX (BUS_VALUE_MAX - 1024)

static void source_text(struct shell *shell, const struct batch *b, const struct bus_message *m,
                        char *out, size_t cap)
{
    (void)snprintf(out, cap, "%.40s/%" PRId32 "/%" PRId64, shell->topics[b->route], m->partition,
                   m->offset);
}

/* R20: what looks like a card number, NIK or OTP is masked, in Avro's bytes too (lengths stay);
 * such a letter can't be sent again, and says so. */
static uint32_t copy_masked(uint8_t *to, size_t cap, const void *from, size_t size, bool *masked)
{
    size_t kept = size < cap ? size : cap;

    if (kept > 0)
        memcpy(to, from, kept);
    *masked |= mask_text((char *)to, kept) || kept < size;
    return (uint32_t)kept;
}

/* The book of record can't be left out of account: whatever it says may have been paid. */
static void refuse_ledger(struct shell *shell, const struct batch *b, const struct bus_message *m,
                          const char *reason)
{
    char source[96];
    struct err err;

    source_text(shell, b, m, source, sizeof source);
    (void)err_set(&err, ERR_FATAL, "%s can't be read: %.120s", source, reason);
    shell_fatal(shell, &err);
}

void batch_dead(struct shell *shell, struct batch *b, const struct bus_message *m,
                const char *reason, int32_t tied)
{
    if (shell->spec->routes[b->route].kind == ROUTE_LEDGER) {
        refuse_ledger(shell, b, m, reason);
        return;
    }
    struct dead_letter *letter = calloc(1, sizeof *letter); /* 64 KiB: rare, so not kept */
    char source[96], id[SEAL_ID_SIZE + 1], key[PARTICIPANT_ID_MAX + 1] = "";

    if (!letter)
        abort();
    source_text(shell, b, m, source, sizeof source);
    str_copy(letter->reason, sizeof letter->reason, reason);
    str_copy(letter->worker, sizeof letter->worker, shell->spec->name);
    str_copy(letter->source_topic, sizeof letter->source_topic, shell->topics[b->route]);
    letter->source_partition = m->partition;
    letter->source_offset = m->offset;
    letter->source_timestamp_ms = m->timestamp_ms;
    letter->source_key.size = copy_masked(letter->source_key.at, sizeof letter->source_key.at,
                                          m->key, m->key_size, &letter->masked);
    letter->original.size = copy_masked(letter->original.at, ORIGINAL_MAX, m->value,
                                        m->value_size, &letter->masked);
    if (!letter->masked && m->key_size <= PARTICIPANT_ID_MAX && m->key_size > 0 &&
        str_is_utf8(m->key, m->key_size))
        memcpy(key, m->key, m->key_size);
    SEAL_ID(id, shell->set.environment, "dead-letter", letter->worker, source);
    size_t at = b->bytes.size;
    shell_pack(shell, b->bucket->number, EVENT_DEAD_LETTER, letter, key, id, 0, m->timestamp_ms,
               &b->bytes);
    batch_add_emit(b, tied, at);
    metric_add(shell->metrics.dead[b->route], 1);
    LOG(LOG_WARN, EV("dead-letter"), F_STR("source", source), F_STR("reason", letter->reason));
    free(letter);
}

void batch_reroute(struct shell *shell, struct batch *b, const struct bus_message *m,
                   int32_t partition)
{
    struct parcel p = { .partition = partition, .time_ms = m->timestamp_ms, .value = m->value,
                        .value_size = m->value_size };
    struct bus_headers headers;
    char id[SEAL_ID_SIZE + 1];

    source_text(shell, b, m, p.rerouted_from, sizeof p.rerouted_from);
    SEAL_ID(id, shell->set.environment, "rerouted", p.rerouted_from);
    str_copy(p.id, sizeof p.id, id);
    bus_headers(m, &headers);
    for (size_t i = 0; i < headers.count; i++) {
        const struct bus_header *h = &headers.at[i];
        if (strcmp(h->name, "ce_id") == 0 && h->size <= PARCEL_ID_MAX &&
            str_is_utf8(h->value, h->size)) {
            memcpy(p.id, h->value, h->size);
            p.id[h->size] = '\0';
        }
    }
    str_copy(p.topic, sizeof p.topic, shell->topics[b->route]);
    str_copy(p.type, sizeof p.type, shell->topics[b->route]);
    memcpy(p.key, m->key, m->key_size);
    size_t at = b->bytes.size;
    parcel_pack(&p, &b->bytes);
    batch_add_emit(b, -1, at);
    metric_add(shell->metrics.rerouted[b->route], 1);
}
