/* What moves no money: inquiries, the status of payments, our balance there. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "snap/json.h"

#define WALLET_MAX_IDR 20000000

void sim_answer_inquiry(struct sim *sim, const struct sim_question *q,
                        const struct sim_fault *fault, struct sim_reply *reply)
{
    const struct sim_service *service = q->service;
    const char *bank_code = snap_json_text(q->json, service->group == SIM_TO_BANK
                                                        ? "additionalInfo.beneficiaryBankCode"
                                                        : "beneficiaryBankCode");
    bool wallet = service->group == SIM_WALLET;
    char name[SIM_NAME_MAX];

    if (sim_turn_away(sim, q, fault, reply))
        return;
    if (fault->effect == SIM_REFUSE) {
        sim_refuse_as(reply, service, fault);
        return;
    }
    sim_account_name(sim, q->account, fault->effect == SIM_OTHER_NAME, name);
    sim_begin(reply, 200, service->code, 0, "");
    sim_add_text(reply, "referenceNo", "INQ0000000001");
    if (q->reference)
        sim_add_text(reply, "partnerReferenceNo", q->reference);
    sim_add_text(reply, service->account_field, q->account);
    sim_add_text(reply, wallet ? "customerName" : "beneficiaryAccountName", name);
    if (wallet) {
        sim_add_amount(reply, "minAmount", 1);
        sim_add_amount(reply, "maxAmount", WALLET_MAX_IDR);
        sim_add_amount(reply, "feeAmount", 0);
    }
    if (wallet || service->group == SIM_TO_BANK)
        sim_add_amount(reply, "amount", q->amount_idr);
    else
        sim_add_text(reply, "currency", "IDR");
    if (bank_code)
        sim_add_text(reply, "beneficiaryBankCode", bank_code);
    sim_end(reply);
}

/* The payment that is asked about. NULL: unknown, of another service, or not to be seen yet. */
static const struct sim_record *asked_about(const struct sim *sim, const struct sim_question *q)
{
    const struct sim_service *service = q->service;
    const struct sim_record *record = sim_ledger_find(&sim->ledger, q->partner, q->reference);
    char expected[16];

    if (!record || record->state == SIM_HIDDEN ||
        (record->service != service->about[0] && record->service != service->about[1]))
        return NULL;
    (void)snprintf(expected, sizeof expected, "%02d", service->code ? record->service : 0);
    return strcmp(snap_json_text(q->json, "serviceCode"), expected) == 0 ? record : NULL;
}

void sim_answer_status(struct sim *sim, const struct sim_question *q, struct sim_reply *reply)
{
    static const struct {
        const char *code, *text;
    } states[SIM_STATES] = {
        [SIM_BOOKED] = { "00", "Success" },
        [SIM_PENDING] = { "03", "Pending" },
        [SIM_FAILED] = { "06", "Failed" },
        [SIM_RETURNED] = { "04", "Refunded" },
    };
    const struct sim_record *record = asked_about(sim, q);
    char previous[16] = "";

    reply->synced = true; /* what is said may have become so just now */
    if (!record) {
        sim_refuse(reply, 404, q->service->code, 1, "");
        return;
    }
    bool paid = record->state == SIM_BOOKED || record->state == SIM_RETURNED;
    bool failed = record->state == SIM_FAILED;
    sim_begin(reply, 200, q->service->code, 0, "");
    sim_add_text(reply, "originalPartnerReferenceNo", record->reference);
    sim_add_text(reply, "originalReferenceNo", paid ? record->reference_no : "");
    sim_add_text(reply, "serviceCode", snap_json_text(q->json, "serviceCode"));
    sim_add_amount(reply, "amount", record->amount_idr);
    if (q->service->group == SIM_BANK) {
        sim_add_text(reply, "beneficiaryAccountNo", record->account);
        sim_add_text(reply, "referenceNumber", record->reference_no);
    }
    if (paid)
        (void)snprintf(previous, sizeof previous, "200%02d00", record->service);
    if (paid || failed)
        sim_add_text(reply, "previousResponseCode", failed ? record->code : previous);
    sim_add_text(reply, "latestTransactionStatus", states[record->state].code);
    sim_add_text(reply, "transactionStatusDesc",
                 failed && record->word[0] ? record->word : states[record->state].text);
    sim_end(reply);
}

int64_t sim_available_idr(const struct sim *sim, int partner)
{
    return sim->deposit_idr[partner] - sim->ledger.totals[partner].amount_idr +
           sim->ledger.totals[partner].returned_idr - sim->ledger.totals[partner].pending_idr;
}

void sim_answer_balance(struct sim *sim, const struct sim_question *q, struct sim_reply *reply)
{
    int64_t held_idr = sim->ledger.totals[q->partner].pending_idr;
    int64_t available_idr = sim_available_idr(sim, q->partner);

    sim_begin(reply, 200, q->service->code, 0, "");
    sim_add_text(reply, "referenceNo", "BAL0000000001");
    if (q->reference)
        sim_add_text(reply, "partnerReferenceNo", q->reference);
    if (q->account)
        sim_add_text(reply, "accountNo", q->account);
    buf_text(&reply->body, ",\"accountInfos\":[{\"balanceType\":\"Cash\"");
    sim_add_amount(reply, "availableBalance", available_idr);
    sim_add_amount(reply, "holdAmount", held_idr);
    sim_add_amount(reply, "ledgerBalance", available_idr + held_idr);
    sim_add_text(reply, "status", "0001");
    buf_text(&reply->body, "}]");
    sim_end(reply);
    reply->synced = true;
}
