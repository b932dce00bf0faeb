/*
 * For the live test of `insentif reconcile`, on standard output:
 *
 *     cli_ledger reference PARTICIPANT ATTEMPT            the reference of the first instalment
 *     cli_ledger ENTRY PARTICIPANT ATTEMPT PARTNER RUPIAH one ledger entry of it, as on the wire
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/str.h"
#include "codec/codec.h"
#include "worker/ids.h"

static bool take_number(const char *text, int64_t *number)
{
    return str_to_int64(text, 1, 1000000000, number);
}

static int write_entry(struct disbursement_ledger *e, struct err *err)
{
    struct buf value = { 0 };
    struct codec *codec = codec_open(err);
    int rc = codec ? codec_encode(codec, EVENT_DISBURSEMENT_LEDGER, e, &value, err) : -1;

    if (rc == 0 && fwrite(value.data, 1, value.size, stdout) != value.size)
        rc = err_set(err, ERR_FATAL, "standard output can't be written");
    codec_close(codec);
    buf_release(&value);
    return rc;
}

static int fill(char **argv, struct disbursement_ledger *e)
{
    static const char *const entries[] = {
#define X(name) #name,
        FOREACH_LEDGER_ENTRY(X)
#undef X
    };
    e->entry = LEDGER_ENTRY_COUNT;
    e->partner = PARTNER_COUNT;
    for (int i = 0; i < LEDGER_ENTRY_COUNT; i++)
        if (strcmp(entries[i], argv[1]) == 0)
            e->entry = i;
    for (int i = 0; i < PARTNER_COUNT; i++)
        if (strcmp(partner_row((enum partner)i)->name, argv[4]) == 0)
            e->partner = i;
    if (e->entry == LEDGER_ENTRY_COUNT || e->partner == PARTNER_COUNT ||
        !take_number(argv[5], &e->amount_idr))
        return -1;
    e->number = 1;
    e->claimed_at_ms = clock_wire_ms();
    e->reason = REASON_COUNT;
    str_copy(e->account_ref, sizeof e->account_ref, "acc-1");
    str_copy(e->nonce, sizeof e->nonce, e->entry == LEDGER_INTENT ? "n1" : "");
    return 0;
}

int main(int argc, char **argv)
{
    static struct record r;
    static const struct instalment first = { .kind = PAYMENT_INSTALMENT, .number = 1 };
    struct disbursement_ledger e = { .kind = PAYMENT_INSTALMENT };
    struct err err = { .text = "usage: see ledger.c" };
    int64_t attempt = 0;

    if ((argc != 4 && argc != 6) || !take_number(argv[3], &attempt)) {
        (void)fprintf(stderr, "cli_ledger: %s\n", err.text);
        return 1;
    }
    record_init(&r, argv[2]);
    (void)str_copy(r.scheme, sizeof r.scheme, "2020");
    e.attempt = (int32_t)attempt;
    str_copy(e.participant_id, sizeof e.participant_id, argv[2]);
    id_instalment("DEV", &r, &first, e.instalment_id);
    id_reference("DEV", e.instalment_id, e.attempt, e.reference);
    if (argc == 4)
        return printf("%s\n", e.reference) < 0;
    if (fill(argv, &e) < 0 || write_entry(&e, &err) < 0) {
        (void)fprintf(stderr, "cli_ledger: %s\n", err.text);
        return 1;
    }
    return 0;
}
