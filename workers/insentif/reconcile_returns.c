/*
 * insentif reconcile --returns: payments that came back and nobody told us of (R17), as events like
 * those of partner-callback. A notice of the same return may name another time, reason or code, and
 * so has another id: both count once because the attempt has come back already (D19).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "produce.h"
#include "reconcile.h"
#include "worker/ids.h"

/* Paid as we made it, whole, by the same partner, once, and not paid again since. */
static bool is_ours(const struct book *book, const struct difference *d)
{
    const struct payment *p = book_payment(book, d->payment);
    const struct seen *back = &p->seen[SIDE_RETURNED];

    return ledger_has(p, LEDGER_SUCCEEDED) && !ledger_has(p, LEDGER_RETURNED) &&
           back->lines == 1 && back->amount_idr == p->amount_idr && back->partner == p->partner &&
           book_last(book, book_instalment(book, p->instalment)) == p;
}

static int spool_one(struct work *work, struct codec *codec, const struct book *book,
                     const struct payment *p)
{
    const struct paid_for *instalment = book_instalment(book, p->instalment);
    struct transfer_returned event = {
        .attempt = p->attempt,
        .partner = p->partner,
        .amount_idr = p->amount_idr,
        .reason = REASON_UNKNOWN_CODE,
        .returned_at_ms = p->seen[SIDE_RETURNED].at_ms,
    };
    char id[ID_SIZE];

    str_copy(event.participant_id, sizeof event.participant_id, instalment->participant);
    memcpy(event.instalment_id, instalment->id, INSTALMENT_ID_MAX);
    str_copy(event.reference, sizeof event.reference, p->reference);
    id_returned(work->cli->environment, &event, id);
    return spool_event(work, codec, &(struct saying){
        .type = EVENT_TRANSFER_RETURNED, .event = &event, .id = id,
        .source = "/insentif/reconcile", .time_ms = event.returned_at_ms });
}

static int produce(struct cli *cli, const struct book *book)
{
    struct work work = { .cli = cli, .type = EVENT_TRANSFER_RETURNED, .spool = spool_open(cli),
                         .again = "run it again: ids stay the same, nothing counts twice" };
    struct err err = { .kind = ERR_NONE };
    struct codec *codec = codec_open(&err);
    int status = work.spool ? DONE : AWAY;

    if (!codec)
        status = cli_fail(cli, AWAY, "%s", err.text);
    for (size_t i = 0; i < book->count && status == DONE; i++) {
        const struct difference *d = &book->differences[i];
        if (d->kind == DIFFERENCE_RETURN_NOT_KNOWN && is_ours(book, d))
            status = spool_one(&work, codec, book, book_payment(book, d->payment));
    }
    if (status == DONE && work.good > 0)
        status = send_spool(&work);
    spool_close(&work);
    codec_close(codec);
    return status;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int64_t distinct(const char **texts, size_t count)
{
    int64_t found = 0;

    if (count > 0)
        qsort(texts, count, sizeof *texts, by_text);
    for (size_t i = 0; i < count; i++)
        found += i == 0 || strcmp(texts[i - 1], texts[i]) != 0;
    return found;
}

int returns_run(struct cli *cli, const struct book *book, bool send, struct returns *returns)
{
    const char **people = calloc(book->count + 1, sizeof *people);
    size_t count = 0;

    if (!people)
        abort();
    *returns = (struct returns){ .left = 0 };
    for (size_t i = 0; i < book->count; i++) {
        const struct difference *d = &book->differences[i];
        if (d->kind != DIFFERENCE_RETURN_NOT_KNOWN)
            continue;
        if (!is_ours(book, d)) {
            returns->left++;
            continue;
        }
        people[count++] = book_instalment(book, d->instalment)->participant;
        returns->idr += book_payment(book, d->payment)->amount_idr;
    }
    returns->payments = (int64_t)count;
    returns->people = distinct(people, count);
    free(people);
    if (!send || count == 0)
        return DONE;
    int status = produce(cli, book);
    returns->produced = status == DONE;
    return status;
}
