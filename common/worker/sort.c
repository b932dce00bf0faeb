/* A batch's messages by key; those that can't be taken are out. */
#include <ctype.h>
#include <string.h>

#include "base/hash.h"
#include "worker/batch.h"

static bool key_is_id(const struct bus_message *m)
{
    const char *key = m->key;

    if (!key || m->key_size == 0 || m->key_size > PARTICIPANT_ID_MAX)
        return false;
    for (size_t i = 0; i < m->key_size; i++)
        if (!isalnum((unsigned char)key[i]) && !strchr("._:-", key[i]))
            return false;
    return memchr(key, '\0', m->key_size) == NULL;
}

/* What is wrong with a message before its bytes are looked into; NULL when nothing is. */
static const char *misfit(const struct bus_message *m)
{
    if (!m->value)
        return "no value";
    if (m->value_size > CODEC_MESSAGE_MAX)
        return "longer than 64 KiB";
    if (!key_is_id(m))
        return "the key isn't a participant id";
    return NULL;
}

static int32_t key_of(struct batch *b, const struct bus_message *m, char kind)
{
    uint64_t h = hash_fnv1a(m->key, m->key_size);

    for (size_t at = h % TABLE_SIZE;; at = (at + 1) % TABLE_SIZE) {
        int16_t k = b->table[at];
        if (k >= 0) {
            if (strlen(b->ids[k]) == m->key_size && memcmp(b->ids[k], m->key, m->key_size) == 0)
                return k;
            continue;
        }
        k = (int16_t)b->key_count++;
        memcpy(b->ids[k], m->key, m->key_size);
        b->ids[k][m->key_size] = '\0';
        b->keys[k] = (struct store_key){ kind, b->ids[k] };
        b->head[k] = b->tail[k] = KEY_NONE;
        b->table[at] = k;
        return k;
    }
}

void batch_sort(struct shell *shell, struct batch *b)
{
    _Static_assert(TABLE_SIZE > 2 * BATCH_LIMIT, "the table never fills");
    const char kind = shell->spec->routes[b->route].kind == ROUTE_ACCOUNT ? 'a' : 'p';

    b->key_count = 0;
    memset(b->table, 0xff, sizeof b->table);
    for (size_t i = 0; i < b->count; i++) {
        const struct bus_message *m = &b->messages[i];
        b->next[i] = KEY_NONE;
        const char *wrong = misfit(m);
        if (wrong) {
            batch_dead(shell, b, m, wrong, -1);
            continue;
        }
        int32_t partition = hash_partition(m->key, m->key_size, shell->partitions);
        if (partition != b->bucket->number) {
            batch_misplaced(shell, b, m, partition);
            continue;
        }
        int32_t k = key_of(b, m, kind);
        if (b->tail[k] == KEY_NONE)
            b->head[k] = (int32_t)i;
        else
            b->next[b->tail[k]] = (int32_t)i;
        b->tail[k] = (int32_t)i;
    }
}
