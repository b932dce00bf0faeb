#include "model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"
#include "events/meaning.h"
#include "store/bytes.h"
#include "worker/ids.h"

union any_fact {
    struct participant_enrolled participant_enrolled;
    struct training_completed training_completed;
    struct rating_submitted rating_submitted;
    struct account_linked account_linked;
    struct eligibility_checked eligibility_checked;
};

struct expected {
    struct seen *seen; /* sorted by id, each id once */
    size_t count;
    bool *met;
};

static void take(struct world *w, enum event_type type, const struct bus_message *m,
                 struct record *records, int people)
{
    union any_fact event;
    struct fact fact;
    struct err err;

    if (codec_decode(w->codec, type, m->value, m->value_size, &event, &err) < 0 ||
        event_impossible(type, &event, m->timestamp_ms))
        return;
    int64_t number;
    assert_true(str_to_int64(event_key(type, &event) + 1, 0, people - 1, &number));
    assert_true(event_to_fact(type, &event, &fact));
    (void)!fact_apply(&records[number], &fact); /* refused: kept by nobody */
}

static struct record *make(struct world *w, int people)
{
    struct record *records = calloc((size_t)people, sizeof *records);

    assert_non_null(records);
    for (int n = 0; n < people; n++)
        record_init(&records[n], person(n));
    for (int t = 0; t <= EVENT_ELIGIBILITY_CHECKED; t++)
        for (int32_t b = 0; b < w->partitions; b++)
            for (size_t o = 0; o < bus_ram_count(w->broker, t, b); o++) {
                struct bus_message m;
                bus_ram_at(w->broker, t, b, o, &m);
                take(w, (enum event_type)t, &m, records, people);
            }
    return records;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct seen *)a)->id, ((const struct seen *)b)->id);
}

static void gather(struct world *w, enum event_type type, struct expected *x)
{
    size_t all = world_count(w, type);

    (void)world_check_ids(w, type);
    x->seen = calloc(all + 1, sizeof *x->seen);
    x->met = calloc(all + 1, sizeof *x->met);
    assert_true(x->seen && x->met);
    (void)world_seen(w, type, x->seen, all + 1);
    qsort(x->seen, all, sizeof *x->seen, by_id);
    x->count = 0;
    for (size_t i = 0; i < all; i++)
        if (i == 0 || strcmp(x->seen[i].id, x->seen[x->count - 1].id) != 0)
            x->seen[x->count++] = x->seen[i];
}

/* In the partition of its key. */
static void at_its_place(const struct world *w, const struct bus_message *m, const char *key)
{
    assert_int_equal(m->key_size, strlen(key));
    assert_memory_equal(m->key, key, m->key_size);
    assert_int_equal(m->partition, hash_partition(key, strlen(key), w->partitions));
}

static void expect(struct world *w, struct expected *x, const struct record *r,
                   struct emission emission, bool must)
{
    union event_any event;
    struct seen wanted;
    char id[ID_SIZE];
    struct buf bytes = { 0 };
    struct err err;
    enum event_type type = emission_to_event(ENVIRONMENT, r, &emission, &event, id);

    (void)snprintf(wanted.id, sizeof wanted.id, "%s", id);
    struct seen *found = bsearch(&wanted, x->seen, x->count, sizeof *x->seen, by_id);
    if (!found) {
        if (must)
            fail_msg("%s: no %s of %d was told", r->id, emission_name(emission.kind),
                     (int)emission.index);
        return;
    }
    x->met[found - x->seen] = true;
    at_its_place(w, &found->m, event_key(type, &event));
    assert_int_equal(codec_encode(w->codec, type, &event, &bytes, &err), 0);
    assert_int_equal(found->m.value_size, bytes.size);
    assert_memory_equal(found->m.value, bytes.data, bytes.size);
    buf_release(&bytes);
}

static void nothing_else(struct expected *x)
{
    for (size_t i = 0; i < x->count; i++)
        if (!x->met[i])
            fail_msg("%s should not have been told", x->seen[i].id);
    free(x->seen);
    free(x->met);
}

static void same_record(struct world *w, struct record *model)
{
    static struct buf is, wanted;
    struct record r;

    world_record(w, model->id, &r);
    r.version = model->version;
    buf_reset(&is);
    buf_reset(&wanted);
    record_to_bytes(&r, &is);
    record_to_bytes(model, &wanted);
    if (is.size != wanted.size || memcmp(is.data, wanted.data, is.size) != 0)
        fail_msg("%s: the record isn't what its facts make", model->id);
}

void model_check(struct world *w, int people)
{
    struct record *records = make(w, people);
    struct expected scheduled, cancelled, used;

    gather(w, EVENT_INCENTIVE_SCHEDULED, &scheduled);
    gather(w, EVENT_INCENTIVE_CANCELLED, &cancelled);
    gather(w, EVENT_ACCOUNT_USED, &used);
    for (int n = 0; n < people; n++) {
        struct record *r = &records[n];
        bool dead = record_is_deactivated(r);
        same_record(w, r);
        for (uint8_t k = 0; r->enrolled_at_ms != 0 && k < r->account_count; k++)
            if (account_is_verified(&r->accounts[k]))
                expect(w, &used, r, (struct emission){ .kind = EMISSION_ACCOUNT_USED, .index = k },
                       true);
        for (uint8_t k = 0; k < r->instalment_count; k++) {
            expect(w, &scheduled, r,
                   (struct emission){ .kind = EMISSION_SCHEDULED, .index = k }, !dead);
            if (dead)
                expect(w, &cancelled, r,
                       (struct emission){ .kind = EMISSION_CANCEL_REQUESTED, .index = k },
                       true);
        }
    }
    nothing_else(&scheduled);
    nothing_else(&cancelled);
    nothing_else(&used);
    free(records);
}
