/*
 * The payments, as the book of record has them. Its times are the broker's, which stamps each entry
 * when it has it: INTENT after the claim, SUCCEEDED after the partner's answer was written.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"
#include "people.h"

struct payment {
    int64_t intent_ms, paid_ms; /* 0: not yet */
    int booked, told;
};

struct book {
    struct payment *people;
    int64_t *times; /* room for one per person */
    int64_t sum_idr, wrong, others, last_ms;
    char first_wrong[160];
};

static const enum event_type topics[] = {
    EVENT_DISBURSEMENT_LEDGER, EVENT_TRANSFER_SUCCEEDED, EVENT_TRANSFER_FAILED,
    EVENT_INCENTIVE_HELD,      EVENT_INCENTIVE_CANCELLED, EVENT_CASE_OPENED,
    EVENT_DEAD_LETTER,
};
#define TOPICS (sizeof topics / sizeof topics[0])

static void note(struct book *book, const char *of, const char *what)
{
    book->wrong++;
    if (!book->first_wrong[0])
        (void)snprintf(book->first_wrong, sizeof book->first_wrong, "%.40s: %.100s", of, what);
}

/* NULL: nobody to whom money is due. */
static struct payment *payment_of(const struct load *load, struct book *book, const char *id)
{
    int64_t person = person_of_id(id);

    if (person < 0 || person >= people_all(load->entitled) || person_flaw(person) != FLAW_NONE)
        return NULL;
    return &book->people[person];
}

static const char *take_entry(struct load *load, struct book *book, const struct bus_message *m,
                              const struct disbursement_ledger *e)
{
    struct payment *p = payment_of(load, book, e->participant_id);

    if (!p)
        return "nobody to whom money is due";
    if (e->amount_idr != PERSON_AMOUNT_IDR || e->attempt != 1 || e->number != 1)
        return "amount_idr, attempt or number";
    if (e->entry == LEDGER_INTENT && p->intent_ms == 0) {
        p->intent_ms = m->timestamp_ms;
        return NULL;
    }
    if (e->entry != LEDGER_SUCCEEDED || p->intent_ms == 0 || p->booked++ > 0)
        return "an entry besides one INTENT and one SUCCEEDED";
    p->paid_ms = m->timestamp_ms;
    book->last_ms = p->paid_ms > book->last_ms ? p->paid_ms : book->last_ms;
    book->sum_idr += e->amount_idr;
    return NULL;
}

static const char *take_told(struct load *load, struct book *book,
                             const struct transfer_succeeded *e)
{
    struct payment *p = payment_of(load, book, e->participant_id);

    if (!p || e->amount_idr != PERSON_AMOUNT_IDR)
        return "transfer-succeeded of nobody, or of another amount";
    return p->told++ > 0 ? "told twice" : NULL;
}

static void take(struct load *load, void *arg, const struct bus_message *m)
{
    struct book *book = arg;
    enum event_type type = (enum event_type)m->topic;
    union {
        struct disbursement_ledger entry;
        struct transfer_succeeded told;
    } e;
    struct err err;

    if (type != EVENT_DISBURSEMENT_LEDGER && type != EVENT_TRANSFER_SUCCEEDED) {
        book->others++;
        return;
    }
    if (codec_decode(load->codec, type, m->value, m->value_size, &e, &err) < 0) {
        note(book, load->topics[type], err.text);
        return;
    }
    const char *wrong = type == EVENT_DISBURSEMENT_LEDGER ? take_entry(load, book, m, &e.entry)
                                                          : take_told(load, book, &e.told);
    if (wrong)
        note(book, load->topics[type], wrong);
}

static int by_size(const void *left, const void *right)
{
    const int64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void print_times(const char *name, int64_t *times, size_t count)
{
    if (count == 0)
        return;
    qsort(times, count, sizeof *times, by_size);
    (void)printf(", \"%s\": {\"p50\": %" PRId64 ", \"p99\": %" PRId64 ", \"most\": %" PRId64 "}",
                 name, times[count / 2], times[count * 99 / 100], times[count - 1]);
}

static bool finish(const struct load *load, struct book *book)
{
    int64_t entitled = 0, paid = 0, untold = 0;
    size_t count = 0;

    for (int64_t person = 0; person < people_all(load->entitled); person++) {
        const struct payment *p = &book->people[person];
        entitled += person_flaw(person) == FLAW_NONE;
        paid += p->booked == 1;
        untold += p->booked != p->told;
    }
    bool right = paid == entitled && untold == 0 && book->wrong == 0 && book->others == 0;
    (void)printf("{\"verdict\": \"%s\", \"paid\": %" PRId64 ", \"of\": %" PRId64
                 ", \"paid_idr\": %" PRId64 ", \"untold\": %" PRId64 ", \"wrong\": %" PRId64
                 ", \"on_other_topics\": %" PRId64 ", \"first_wrong\": \"%s\"",
                 right ? "OK" : "WRONG", paid, entitled, book->sum_idr, untold, book->wrong,
                 book->others, book->first_wrong);
    (void)printf(", \"seconds\": %.3f",
                 paid ? (double)(book->last_ms - load->due_ms) / 1000 : 0.0);
    for (int64_t person = 0; person < people_all(load->entitled); person++)
        if (book->people[person].booked)
            book->times[count++] = book->people[person].paid_ms - load->due_ms;
    print_times("due_to_paid_ms", book->times, count);
    count = 0;
    for (int64_t person = 0; person < people_all(load->entitled); person++)
        if (book->people[person].booked)
            book->times[count++] =
                book->people[person].paid_ms - book->people[person].intent_ms;
    print_times("claim_to_paid_ms", book->times, count);
    (void)printf("}\n");
    return right;
}

int check_paid(struct load *load, struct err *err)
{
    size_t people = (size_t)people_all(load->entitled);
    struct book book = { .people = calloc(people, sizeof *book.people),
                         .times = calloc(people, sizeof *book.times) };

    if (!book.people || !book.times)
        abort();
    int rc = load_read(load, topics, TOPICS, take, &book, err);
    if (rc == 0)
        rc = finish(load, &book);
    free(book.people);
    free(book.times);
    return rc;
}
