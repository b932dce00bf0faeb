/* What the workers told, held against what they must tell. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "people.h"

struct tally {
    int64_t right, twice, wrong, others; /* records: as it must be, once more, bad, other topics */
    int64_t missing, ids_twice;
    char first_wrong[160];
};

struct reading {
    uint8_t *seen; /* per person */
    char (*ids)[INSTALMENT_ID_MAX + 1];
    size_t id_count, id_cap;
    struct tally tally;
};

static const enum event_type own_topics[] = {
    EVENT_INCENTIVE_SCHEDULED, EVENT_INCENTIVE_HELD, EVENT_INCENTIVE_RELEASED,
    EVENT_INCENTIVE_CANCELLED, EVENT_DEAD_LETTER,
};
#define OWN_TOPICS (sizeof own_topics / sizeof own_topics[0])

static void note(struct reading *r, const char *what, const char *of)
{
    r->tally.wrong++;
    if (!r->tally.first_wrong[0])
        (void)snprintf(r->tally.first_wrong, sizeof r->tally.first_wrong, "%.40s: %.100s", of,
                       what);
}

static void keep_id(struct reading *r, const char *id)
{
    if (r->id_count == r->id_cap) {
        r->id_cap = r->id_cap ? r->id_cap * 2 : 4096;
        r->ids = realloc(r->ids, r->id_cap * sizeof r->ids[0]);
        if (!r->ids)
            abort();
    }
    memcpy(r->ids[r->id_count++], id, sizeof r->ids[0]);
}

/* NULL, or what is wrong with this schedule. */
static const char *wrong_schedule(const struct load *load, const struct bus_message *m,
                                  const struct incentive_scheduled *e, int64_t person)
{
    struct promised promised;

    if (person < 0 || person >= people_all(load->entitled))
        return "nobody we told of";
    if (person_flaw(person) != FLAW_NONE)
        return "must never be scheduled";
    if (m->key_size != strlen(e->participant_id) ||
        memcmp(m->key, e->participant_id, m->key_size) != 0)
        return "key";
    person_promised(person, &promised);
    if (strcmp(e->scheme, "2023") != 0 || e->kind != PAYMENT_INSTALMENT || e->number != 1)
        return "scheme, kind or number";
    if (e->amount_idr != PERSON_AMOUNT_IDR)
        return "amount_idr";
    if (e->scheduled_at_ms != promised.scheduled_at_ms)
        return "scheduled_at_ms";
    if (e->due_at_ms != promised.due_at_ms)
        return "due_at_ms";
    if (e->promised_at_ms != promised.promised_at_ms || e->provisional)
        return "promised_at_ms";
    return NULL;
}

static void take_schedule(struct load *load, struct reading *r, const struct bus_message *m)
{
    struct incentive_scheduled e;
    struct err err;

    if (codec_decode(load->codec, EVENT_INCENTIVE_SCHEDULED, m->value, m->value_size, &e, &err) <
        0) {
        note(r, err.text, "incentive-scheduled");
        return;
    }
    int64_t person = person_of_id(e.participant_id);
    const char *wrong = wrong_schedule(load, m, &e, person);
    if (wrong) {
        note(r, wrong, e.participant_id);
        return;
    }
    if (r->seen[person]++) {
        r->tally.twice++;
        return;
    }
    r->tally.right++;
    keep_id(r, e.instalment_id);
}

static void take(struct load *load, void *arg, const struct bus_message *m)
{
    struct reading *r = arg;

    if (m->topic == (int32_t)EVENT_INCENTIVE_SCHEDULED)
        take_schedule(load, r, m);
    else
        r->tally.others++;
}

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

static bool finish(const struct load *load, struct reading *r)
{
    struct tally *tally = &r->tally;
    int64_t people = people_all(load->entitled), entitled = 0;

    for (int64_t person = 0; person < people; person++)
        if (person_flaw(person) == FLAW_NONE) {
            entitled++;
            tally->missing += !r->seen[person];
        }
    if (r->id_count > 0)
        qsort(r->ids, r->id_count, sizeof r->ids[0], by_text);
    for (size_t i = 1; i < r->id_count; i++)
        tally->ids_twice += strcmp(r->ids[i - 1], r->ids[i]) == 0;
    bool right = tally->right == entitled && tally->twice == 0 && tally->wrong == 0 &&
                 tally->others == 0 && tally->missing == 0 && tally->ids_twice == 0;
    (void)printf("{\"verdict\": \"%s\", \"outputs\": %" PRId64 ", \"of\": %" PRId64
                 ", \"missing\": %" PRId64 ", \"twice\": %" PRId64 ", \"ids_twice\": %" PRId64
                 ", \"wrong\": %" PRId64 ", \"on_other_topics\": %" PRId64
                 ", \"first_wrong\": \"%s\"}\n",
                 right ? "OK" : "WRONG", tally->right, entitled, tally->missing, tally->twice,
                 tally->ids_twice, tally->wrong, tally->others, tally->first_wrong);
    return right;
}

int check_outputs(struct load *load, struct err *err)
{
    struct reading r = { .seen = calloc((size_t)people_all(load->entitled), 1) };
    int rc;

    if (!r.seen)
        abort();
    rc = load_read(load, own_topics, OWN_TOPICS, take, &r, err);
    if (rc == 0)
        rc = finish(load, &r);
    free(r.seen);
    free(r.ids);
    return rc;
}
