/* insentif reconcile: where statement, ledger and records differ, and what that makes in rupiah. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "reconcile_book.h"
#include "worker/ids.h"

_Static_assert(DIFFERENCE_COUNT <= 16, "struct payment's bits hold every difference");

static const struct {
    const char *name, *meaning;
} kinds[STEP_COUNT] = {
#define X(name, meaning) [DIFFERENCE_##name] = { #name, meaning },
    FOREACH_DIFFERENCE(X)
#undef X
    [STEP_EDGE] = { "edge of the days", "" },
    [STEP_OTHER_DAYS] = { "ledger of other days", "" },
};

const char *difference_name(enum difference_kind kind)
{
    return kinds[kind].name;
}

const char *difference_meaning(enum difference_kind kind)
{
    return kinds[kind].meaning;
}

/* ---------------------------------------------------------------- days */
static bool is_inside(const struct scope *scope, int64_t at_ms)
{
    return at_ms >= scope->from_ms && at_ms <= scope->to_ms;
}

/* What it lacks may come after the last day. */
static bool is_late(const struct scope *scope, int64_t at_ms)
{
    return scope->to_ms != INT64_MAX && at_ms > scope->to_ms - EDGE_MS;
}

/* What it lacks may lie before the first day or after the last. */
static bool is_near(const struct scope *scope, int64_t at_ms)
{
    return is_late(scope, at_ms) ||
           (scope->from_ms != INT64_MIN && at_ms < scope->from_ms + EDGE_MS);
}

/* ---------------------------------------------------------------- differences */
static void add(struct book *book, struct difference new)
{
    if (book->count == book->cap) {
        book->cap = book->cap ? book->cap * 2 : 256;
        book->differences = realloc(book->differences, book->cap * sizeof *book->differences);
        if (!book->differences)
            abort();
    }
    book->differences[book->count++] = new;
    ++*(new.edge ? &book->edges[new.kind] : &book->found[new.kind]);
}

static bool is_asked(const struct book *book, uint32_t partner)
{
    return book->scope.partner < 0 || book->scope.partner == (int32_t)partner;
}

/* Each kind once per reference. Returns the step that this makes. */
static enum difference_kind differ(struct book *book, struct payment *p, enum difference_kind kind,
                                   bool edge)
{
    bool asked = p->entries && is_asked(book, p->partner);

    for (int side = 0; side < SIDE_STATEMENT_COUNT; side++)
        asked |= p->seen[side].lines > 0 && is_asked(book, p->seen[side].partner);
    if (p->instalment != NOWHERE && book_instalment(book, p->instalment)->record_attempt > 0)
        asked |= is_asked(book, book_instalment(book, p->instalment)->record_partner);
    if (asked && !(p->told >> kind & 1)) {
        p->told |= (uint16_t)(1 << kind);
        add(book, (struct difference){
            .kind = kind, .edge = edge, .reference = p->reference, .instalment = p->instalment,
            .payment = (uint32_t)(p - (struct payment *)(void *)book->payments.at) });
    }
    return edge ? STEP_EDGE : kind;
}

static void step(struct book *book, uint32_t partner, enum side side, enum difference_kind kind,
                 int64_t count, int64_t idr)
{
    struct sum *sum = &book->tallies[partner][side].steps[kind];

    sum->count += count;
    sum->idr += idr;
}

/* Both have it: from what we say to what they say. */
static void compare_amounts(struct book *book, struct payment *p, enum side side, bool counts,
                            uint32_t partner, int64_t amount_idr)
{
    if (partner != p->partner)
        (void)differ(book, p, DIFFERENCE_PARTNER, false);
    if (amount_idr != p->amount_idr)
        (void)differ(book, p, DIFFERENCE_AMOUNT, false);
    if (!counts)
        return;
    if (partner == p->partner) {
        step(book, partner, side, DIFFERENCE_AMOUNT, 0, amount_idr - p->amount_idr);
        return;
    }
    step(book, p->partner, side, DIFFERENCE_PARTNER, -1, -p->amount_idr);
    step(book, partner, side, DIFFERENCE_PARTNER, 1, amount_idr);
}

/* Bookings or returns: the same but for their names. */
static void compare_side(struct book *book, struct payment *p, enum side side)
{
    bool returned = side == SIDE_RETURNED;
    const struct seen *seen = &p->seen[side];
    int64_t at_ms = p->ledger_ms[side];
    bool known = returned ? ledger_has(p, LEDGER_RETURNED) : ledger_paid(p);
    bool counts = known && is_inside(&book->scope, at_ms);
    enum difference_kind kind;

    if (counts) {
        book->tallies[p->partner][side].ours.count++;
        book->tallies[p->partner][side].ours.idr += p->amount_idr;
    }
    if (seen->lines > 0 && p->entries)
        compare_amounts(book, p, side, counts, seen->partner, seen->amount_idr);
    if (seen->lines > 1)
        (void)differ(book, p, returned ? DIFFERENCE_RETURN_NOT_KNOWN : DIFFERENCE_BOOKED_TWICE,
                     false);
    if (seen->lines == 0 && counts) {
        kind = differ(book, p, returned ? DIFFERENCE_RETURN_NOT_IN_STATEMENT
                                        : DIFFERENCE_PAID_NOT_BOOKED,
                      is_near(&book->scope, at_ms));
        step(book, p->partner, side, kind, -1, -p->amount_idr);
    } else if (seen->lines > 0 && !counts) {
        if (!p->entries)
            kind = differ(book, p, DIFFERENCE_UNKNOWN_REFERENCE, false);
        else if (known)
            kind = STEP_OTHER_DAYS;
        else if (returned)
            kind = differ(book, p, DIFFERENCE_RETURN_NOT_KNOWN, false);
        else
            kind = differ(book, p, DIFFERENCE_BOOKED_NOT_PAID, is_late(&book->scope, at_ms));
        step(book, seen->partner, side, kind, 1, seen->amount_idr);
    }
}

/* ---------------------------------------------------------------- instalments */
static int by_booking(const void *a, const void *b)
{
    const struct payment *const *left = a, *const *right = b;
    int64_t left_ms = (*left)->seen[SIDE_BOOKED].at_ms;
    int64_t right_ms = (*right)->seen[SIDE_BOOKED].at_ms;

    return left_ms != right_ms ? (left_ms < right_ms ? -1 : 1)
                               : strcmp((*left)->reference, (*right)->reference);
}

/* Two references of one instalment: the earlier must have come back before the later is booked. */
static void compare_bookings(struct book *book, const struct paid_for *instalment)
{
    size_t count = 0, booked = 0;
    int64_t paid_until_ms = INT64_MIN;

    for (uint32_t at = instalment->first; at != NOWHERE; at = book_payment(book, at)->next)
        count += book_payment(book, at)->seen[SIDE_BOOKED].lines > 0;
    if (count < 2)
        return;
    struct payment **payments = calloc(count, sizeof(struct payment *));
    if (!payments)
        abort();
    for (uint32_t at = instalment->first; at != NOWHERE; at = book_payment(book, at)->next)
        if (book_payment(book, at)->seen[SIDE_BOOKED].lines > 0)
            payments[booked++] = book_payment(book, at);
    qsort(payments, count, sizeof(struct payment *), by_booking);
    for (size_t i = 0; i < count; i++) {
        const struct seen *back = &payments[i]->seen[SIDE_RETURNED];
        int64_t until_ms = back->lines > 0 ? back->at_ms : INT64_MAX;
        if (payments[i]->seen[SIDE_BOOKED].at_ms < paid_until_ms)
            (void)differ(book, payments[i], DIFFERENCE_BOOKED_TWICE, false);
        if (until_ms > paid_until_ms)
            paid_until_ms = until_ms;
    }
    free(payments);
}

/* The reference that the record says was paid. */
static const char *record_reference(struct book *book, const struct paid_for *instalment)
{
    char id[INSTALMENT_ID_MAX + 1] = "", reference[REFERENCE_MAX + 1];

    memcpy(id, instalment->id, INSTALMENT_ID_MAX);
    id_reference(book->scope.environment, id, instalment->record_attempt, reference);
    return book_text(book, reference, strlen(reference));
}

static void compare_record(struct book *book, uint32_t index)
{
    struct paid_for *i = book_instalment(book, index);
    bool record = i->record_attempt > 0;
    struct payment *last = book_last(book, i);
    bool returned = last && ledger_has(last, LEDGER_RETURNED);
    bool paid = last && ledger_paid(last) && !returned;
    int64_t at_ms = last ? last->ledger_ms[returned ? SIDE_RETURNED : SIDE_BOOKED] : i->record_ms;

    if ((!paid && !record) || !is_inside(&book->scope, at_ms))
        return;
    if (paid) {
        book->tallies[last->partner][SIDE_RECORDS].ours.count++;
        book->tallies[last->partner][SIDE_RECORDS].ours.idr += last->amount_idr;
    }
    if (record) {
        book->tallies[i->record_partner][SIDE_RECORDS].theirs.count++;
        book->tallies[i->record_partner][SIDE_RECORDS].theirs.idr += i->record_idr;
    }
    if (paid && record && last->attempt == i->record_attempt) {
        compare_amounts(book, last, SIDE_RECORDS, true, i->record_partner, i->record_idr);
        return;
    }
    bool edge = is_late(&book->scope, at_ms);
    if (last)
        (void)differ(book, last, DIFFERENCE_RECORD, edge);
    else if (is_asked(book, i->record_partner))
        add(book, (struct difference){ .kind = DIFFERENCE_RECORD, .edge = edge,
                                       .reference = record_reference(book, i),
                                       .payment = NOWHERE, .instalment = index });
    enum difference_kind kind = edge ? STEP_EDGE : DIFFERENCE_RECORD;
    if (paid)
        step(book, last->partner, SIDE_RECORDS, kind, -1, -last->amount_idr);
    if (record)
        step(book, i->record_partner, SIDE_RECORDS, kind, 1, i->record_idr);
}

/* ---------------------------------------------------------------- all */
static int by_kind(const void *a, const void *b)
{
    const struct difference *left = a, *right = b;

    return left->kind != right->kind ? (left->kind < right->kind ? -1 : 1)
                                     : strcmp(left->reference, right->reference);
}

void book_compare(struct book *book)
{
    for (uint32_t i = 0; i < book->payments.count; i++)
        for (int side = 0; side < SIDE_STATEMENT_COUNT; side++)
            compare_side(book, book_payment(book, i), (enum side)side);
    for (uint32_t i = 0; i < book->instalments.count; i++) {
        compare_bookings(book, book_instalment(book, i));
        compare_record(book, i);
    }
    if (book->count > 0)
        qsort(book->differences, book->count, sizeof *book->differences, by_kind);
}

bool tally_adds_up(const struct tally *tally)
{
    struct sum sum = tally->ours;

    for (int s = 0; s < STEP_COUNT; s++) {
        sum.count += tally->steps[s].count;
        sum.idr += tally->steps[s].idr;
    }
    return sum.count == tally->theirs.count && sum.idr == tally->theirs.idr;
}
