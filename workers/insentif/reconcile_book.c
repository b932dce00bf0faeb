/* insentif reconcile: who says what about which payment. */
#include "reconcile_book.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "worker/ids.h"

#define CHUNK_BYTES 65536
#define ATTEMPT_MAX 999999

struct chunk {
    struct chunk *next;
    size_t used;
    char at[CHUNK_BYTES];
};

const char *book_text(struct book *book, const char *text, size_t size)
{
    struct chunk *chunk = book->texts;

    assert(size < CHUNK_BYTES);
    if (!chunk || chunk->used + size + 1 > CHUNK_BYTES) {
        chunk = malloc(sizeof *chunk);
        if (!chunk)
            abort();
        chunk->next = book->texts;
        chunk->used = 0;
        book->texts = chunk;
    }
    char *at = chunk->at + chunk->used;
    memcpy(at, text, size);
    at[size] = '\0';
    chunk->used += size + 1;
    return at;
}

/* ---------------------------------------------------------------- elements by key */
static const char *key_of(const struct keyed *keyed, uint32_t index)
{
    const char *key;

    memcpy(&key, keyed->at + index * keyed->size, sizeof key);
    return key;
}

static size_t slot_of(const struct keyed *keyed, const char *key, size_t size)
{
    size_t mask = keyed->slot_count - 1, slot = hash_fnv1a(key, size) & mask;

    for (; keyed->slots[slot]; slot = (slot + 1) & mask) {
        const char *there = key_of(keyed, keyed->slots[slot] - 1);
        if (strncmp(there, key, size) == 0 && (keyed->key_size || !there[size]))
            break;
    }
    return slot;
}

static size_t size_of_key(const struct keyed *keyed, const char *key)
{
    return keyed->key_size ? keyed->key_size : strlen(key);
}

/* At most half full. */
static void keyed_grow(struct keyed *keyed)
{
    if (keyed->count == keyed->cap) {
        assert(keyed->cap < UINT32_MAX / 4); /* terabytes */
        keyed->cap = keyed->cap ? keyed->cap + keyed->cap / 2 : 1024;
        keyed->at = realloc(keyed->at, keyed->cap * keyed->size);
        if (!keyed->at)
            abort();
    }
    if (keyed->slot_count > 2 * (size_t)keyed->count)
        return;
    free(keyed->slots);
    keyed->slot_count = keyed->slot_count ? 2 * keyed->slot_count : 2048;
    keyed->slots = calloc(keyed->slot_count, sizeof *keyed->slots);
    if (!keyed->slots)
        abort();
    for (uint32_t i = 0; i < keyed->count; i++) {
        const char *key = key_of(keyed, i);
        keyed->slots[slot_of(keyed, key, size_of_key(keyed, key))] = i + 1;
    }
}

/* The element of that key. A new one is zeroes but for its key, which is `kept`, or a copy. */
static void *keyed_made(struct book *book, struct keyed *keyed, const char *key, const char *kept,
                        bool *made)
{
    keyed_grow(keyed);
    size_t size = size_of_key(keyed, key), slot = slot_of(keyed, key, size);

    *made = keyed->slots[slot] == 0;
    if (*made) {
        const char *stays = kept ? kept : book_text(book, key, size);
        char *new = keyed->at + keyed->count * keyed->size;
        memset(new, 0, keyed->size);
        memcpy(new, &stays, sizeof stays);
        keyed->slots[slot] = ++keyed->count;
    }
    return keyed->at + (keyed->slots[slot] - 1) * keyed->size;
}

static void *keyed_at(const struct keyed *keyed, uint32_t index)
{
    assert(index < keyed->count);
    return keyed->at + index * keyed->size;
}

struct payment *book_payment(const struct book *book, uint32_t index)
{
    return keyed_at(&book->payments, index);
}

struct paid_for *book_instalment(const struct book *book, uint32_t index)
{
    return keyed_at(&book->instalments, index);
}

struct payment *book_last(const struct book *book, const struct paid_for *instalment)
{
    struct payment *last = NULL;

    for (uint32_t at = instalment->first; at != NOWHERE; at = book_payment(book, at)->next) {
        struct payment *p = book_payment(book, at);
        if (p->entries && (!last || p->attempt > last->attempt))
            last = p;
    }
    return last;
}

/* ---------------------------------------------------------------- what is said */
void book_open(struct book *book, const struct scope *scope)
{
    *book = (struct book){
        .scope = *scope,
        .payments = { .size = sizeof(struct payment) },
        .instalments = { .size = sizeof(struct paid_for), .key_size = INSTALMENT_ID_MAX },
    };
}

void book_close(struct book *book)
{
    for (struct chunk *next, *chunk = book->texts; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    free(book->payments.at);
    free(book->payments.slots);
    free(book->instalments.at);
    free(book->instalments.slots);
    free(book->differences);
    *book = (struct book){ .count = 0 };
}

static struct paid_for *instalment_made(struct book *book, const char *id, const char *kept)
{
    bool made = false;
    struct paid_for *instalment = keyed_made(book, &book->instalments, id, kept, &made);

    if (made)
        instalment->first = NOWHERE;
    return instalment;
}

/* Which attempt a reference of ours is, 0: it isn't one. */
static int32_t attempt_of(const struct book *book, const char *reference)
{
    size_t before = INSTALMENT_ID_MAX + strnlen(book->scope.environment, ENVIRONMENT_MAX);
    char same[REFERENCE_MAX + 1];
    int64_t attempt = 0;

    if (strlen(reference) <= before ||
        !str_to_int64(reference + before, 1, ATTEMPT_MAX, &attempt))
        return 0;
    id_reference(book->scope.environment, reference, (int32_t)attempt, same);
    return strcmp(same, reference) == 0 ? (int32_t)attempt : 0;
}

static struct payment *payment_made(struct book *book, const char *reference)
{
    bool made = false;
    struct payment *p = keyed_made(book, &book->payments, reference, NULL, &made);

    if (!made)
        return p;
    p->instalment = p->next = NOWHERE;
    p->attempt = attempt_of(book, reference);
    if (p->attempt > 0) {
        struct paid_for *instalment = instalment_made(book, p->reference, p->reference);
        p->instalment = (uint32_t)(instalment - (struct paid_for *)(void *)book->instalments.at);
        p->next = instalment->first;
        instalment->first = book->payments.count - 1;
    }
    return p;
}

void book_statement(struct book *book, const struct statement_line *line)
{
    enum side side = line->returned ? SIDE_RETURNED : SIDE_BOOKED;
    struct tally *tally = &book->tallies[line->partner][side];

    if (line->at_ms < book->scope.from_ms || line->at_ms > book->scope.to_ms)
        return;
    struct seen *seen = &payment_made(book, line->reference)->seen[side];
    tally->theirs.count++;
    tally->theirs.idr += line->amount_idr;
    if (seen->lines++ == 0) {
        seen->at_ms = line->at_ms;
        seen->amount_idr = line->amount_idr;
        seen->partner = (uint32_t)line->partner;
        return;
    }
    struct sum *again = &tally->steps[line->returned ? DIFFERENCE_RETURN_NOT_KNOWN
                                                     : DIFFERENCE_BOOKED_TWICE];
    again->count++;
    again->idr += line->amount_idr;
}

/* Entries of one reference in any order, each any number of times: the first time counts. */
static void take_entry(struct payment *p, const struct disbursement_ledger *e, int64_t at_ms)
{
    bool succeeded = e->entry == LEDGER_SUCCEEDED, returned = e->entry == LEDGER_RETURNED;
    bool new = !ledger_has(p, (enum ledger_entry)e->entry), unpaid = !ledger_paid(p);

    if (unpaid) {
        p->amount_idr = e->amount_idr;
        p->partner = (uint8_t)e->partner;
    }
    if (succeeded ? new || at_ms < p->ledger_ms[SIDE_BOOKED]
                  : unpaid && at_ms > p->ledger_ms[SIDE_BOOKED])
        p->ledger_ms[SIDE_BOOKED] = at_ms;
    if (returned && (new || at_ms < p->ledger_ms[SIDE_RETURNED]))
        p->ledger_ms[SIDE_RETURNED] = at_ms;
    p->entries |= (uint8_t)(1 << e->entry);
}

int book_ledger(struct book *book, const struct disbursement_ledger *e, int64_t at_ms,
                struct err *err)
{
    const char *wrong = event_impossible(EVENT_DISBURSEMENT_LEDGER, e, at_ms);
    char reference[REFERENCE_MAX + 1];

    if (wrong)
        return err_set(err, ERR_REJECT, "%s", wrong);
    if (e->attempt < 1 || e->attempt > ATTEMPT_MAX)
        return err_set(err, ERR_REJECT, "attempt: not from 1 to %d", ATTEMPT_MAX);
    id_reference(book->scope.environment, e->instalment_id, e->attempt, reference);
    if (strcmp(reference, e->reference) != 0)
        return err_set(err, ERR_REJECT, "reference: not that of this instalment and attempt in "
                       "environment %s", book->scope.environment);
    struct payment *p = payment_made(book, reference);
    struct paid_for *instalment = book_instalment(book, p->instalment);
    if (!instalment->participant)
        instalment->participant = book_text(book, e->participant_id, strlen(e->participant_id));
    take_entry(p, e, at_ms);
    return 0;
}

void book_record(struct book *book, const char *participant, const char *id,
                 const struct instalment *i)
{
    if (i->state != INST_PAID || i->attempt < 1 || i->attempt > ATTEMPT_MAX)
        return;
    struct paid_for *instalment = instalment_made(book, id, NULL);
    if (!instalment->participant)
        instalment->participant = book_text(book, participant, strlen(participant));
    instalment->record_attempt = i->attempt;
    instalment->record_idr = i->amount_idr;
    instalment->record_ms = i->paid_at_ms;
    instalment->record_partner = (uint32_t)i->partner;
}
