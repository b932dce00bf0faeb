#include "payday.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/str.h"
#include "money/inside.h"
#include "money/money.h"
#include "worker/eligibility.h"
#include "worker/virtual_clock.h"

#define DAY_MS INT64_C(86400000)

/* As workers/disbursement/main.c has it. */
static const struct route routes[] = {
    { EVENT_INCENTIVE_SCHEDULED, ROUTE_RECORD, decide_scheduled },
    { EVENT_INCENTIVE_RELEASED, ROUTE_RECORD, decide_released },
    { EVENT_INCENTIVE_CANCELLED, ROUTE_RECORD, decide_cancelled },
    { EVENT_TRANSFER_RETRY, ROUTE_RECORD, decide_retry },
    { EVENT_INCENTIVE_HELD, ROUTE_RECORD, decide_held },
    { EVENT_CASE_OPENED, ROUTE_RECORD, decide_case },
    { EVENT_TRANSFER_RETURNED, ROUTE_RECORD, decide_returned },
    { EVENT_INCENTIVE_REPROCESSED, ROUTE_RECORD, decide_reprocessed },
    { EVENT_DISBURSEMENT_LEDGER, ROUTE_LEDGER, decide_ledger },
};
const struct worker_spec disbursement_worker = {
    .name = "disbursement-worker",
    .routes = routes,
    .route_count = sizeof routes / sizeof routes[0],
    .extra = &money_extra,
};

static void set(const char *name, const char *value)
{
    assert_int_equal(setenv(name, value, 1), 0);
}

static void open_settings(struct payday *p, const char *pay)
{
    struct sim_child_confs its;
    struct err err;
    char public_key[SEAL_KEY_TEXT_MAX], secret_key[SEAL_KEY_TEXT_MAX], text[24];

    sim_child_confs(&p->sim, &its);
    assert_int_equal(seal_make_keys(public_key, secret_key, &err), 0);
    p->seal = seal_open(public_key, NULL, &err);
    assert_non_null(p->seal);
    set("INSENTIF_PAY", pay);
    set("INSENTIF_SNAP_URL", its.url);
    set("INSENTIF_PARTNERS", PARTNERS_INI);
    set("INSENTIF_SNAP_KEY", its.pem.data);
    set("INSENTIF_SNAP_SECRET", its.secret);
    set("INSENTIF_SEAL_PUBLIC_KEY", public_key);
    set("INSENTIF_SEAL_SECRET_KEY", secret_key);
    (void)snprintf(text, sizeof text, "%d", LEASE_MS);
    set("INSENTIF_LEASE", text);
    (void)snprintf(text, sizeof text, "%d", IN_FLIGHT_MS);
    set("INSENTIF_IN_FLIGHT", text);
    p->conf = conf_open(money_extra.rows, money_extra.row_count, &err);
    if (!p->conf)
        fail_msg("%s", err.text);
    buf_release(&its.pem);
}

void payday_open(struct payday *p, const char *pay)
{
    static const char *const options[] = { "--silence-ms", "300", NULL };

    payday_open_with(p, pay, options);
}

void payday_open_with(struct payday *p, const char *pay, const char *const *options)
{
    memset(p, 0, sizeof *p);
    virtual_clock_real();
    people_now_ms = clock_wire_ms() - 40 * DAY_MS;
    sim_child_open(&p->sim);
    sim_child_start(&p->sim, 0, options);
    open_settings(p, pay);
    world_open(&p->w, 2, 1);
    p->w.rehearsal = true;
    p->w.conf = p->conf;
    world_start_facts(&p->w, p->facts);
    world_kill(&p->w, p->facts[ELIGIBILITY], false); /* instead with accounts' users */
    p->facts[ELIGIBILITY] = world_start(&p->w, eligibility_worker());
    p->disbursement = world_start(&p->w, &disbursement_worker);
    payday_clock(p, people_now_ms);
}

void payday_restart(struct payday *p, const char *name, const char *value)
{
    struct err err;

    world_kill(&p->w, p->disbursement, false);
    conf_close(p->conf);
    set(name, value);
    p->conf = conf_open(money_extra.rows, money_extra.row_count, &err);
    if (!p->conf)
        fail_msg("%s", err.text);
    p->w.conf = p->conf;
    p->disbursement = world_start(&p->w, &disbursement_worker);
}

void payday_close(struct payday *p)
{
    world_close(&p->w);
    conf_close(p->conf);
    seal_close(p->seal);
    sim_child_close(&p->sim);
}

void payday_link(struct payday *p, const char *participant, enum partner partner, const char *ref,
                 const char *account, int64_t version_ms)
{
    char id[PARTICIPANT_ID_MAX + 1]; /* person() keeps only some */
    struct seal_account plain = { .bank_code = "" };
    struct account_linked linked;
    struct err err;
    size_t size;

    str_copy(id, sizeof id, participant);
    linked = a_link(1, ref);
    str_copy(plain.number, sizeof plain.number, account);
    (void)snprintf(plain.name, sizeof plain.name, "PESERTA UJI %s", account + strlen(account) - 4);
    assert_int_equal(seal_put(p->seal, &plain, linked.sealed_account.at, &size, &err), 0);
    linked.sealed_account.size = (uint32_t)size;
    str_copy(linked.participant_id, sizeof linked.participant_id, id);
    linked.partner = (int32_t)partner;
    linked.linked_at_ms = linked.source_version = version_ms;
    (void)world_tell(&p->w, EVENT_ACCOUNT_LINKED, &linked);
    for (int c = 0; c < CHECK_COUNT; c++)
        if (check_row((enum check)c)->use == CHECK_USE_REQUIRED) {
            struct eligibility_checked e = a_check(1, (enum check)c, ref, REASON_NONE);
            str_copy(e.participant_id, sizeof e.participant_id, id);
            (void)world_tell(&p->w, EVENT_ELIGIBILITY_CHECKED, &e);
        }
}

void payday_link_another(struct payday *p, int number, const char *account, int64_t at_ms)
{
    payday_link(p, person(number), PARTNER_GOPAY, payday_ref(number, 3), account, at_ms);
}

void payday_entitle(struct payday *p, int number, const char *scheme, const char *account)
{
    struct participant_enrolled enrolled = an_enrolment(number, scheme);

    tell_all_but_enrolment(&p->w, number); /* acc-1: an older link; acc-2 takes its place */
    payday_link(p, person(number), PARTNER_GOPAY, payday_ref(number, 2), account,
                people_now_ms - 1);
    enrolled.wave = 30;
    (void)world_tell(&p->w, EVENT_PARTICIPANT_ENROLLED, &enrolled);
}

int64_t payday_scheduled(struct payday *p, int number)
{
    struct record r;

    for (int64_t until_ms = clock_boot_ms() + PATIENCE_MS;;) {
        world_record(&p->w, person(number), &r);
        struct instalment *i = record_instalment(&r, PAYMENT_INSTALMENT, 1);
        const struct account *account = record_current(&r);
        if (i && i->due_at_ms != 0 && account && strcmp(account->ref, payday_ref(number, 2)) == 0)
            return i->due_at_ms;
        assert_true(clock_boot_ms() < until_ms);
        (void)payday_step(p);
    }
}

void payday_clock(struct payday *p, int64_t business_ms)
{
    struct store_call call = { .status = STORE_IDLE };

    store_step(p->w.eye);
    store_clock(p->w.eye, &call, business_ms);
    store_step(p->w.eye);
    assert_int_equal(call.status, STORE_OK);
    store_call_done(p->w.eye, &call);
    p->business_ms = business_ms;
}

/* ---------------------------------------------------------------- verdicts, as retry-worker's */
static void answer(struct payday *p, const struct transfer_failed *f)
{
    struct verdict v = verdict_for((enum stage)f->stage, (enum reason)f->reason, f->attempt,
                                   f->claimed_at_ms,
                                   hash_fnv1a(f->instalment_id, strlen(f->instalment_id)));
    struct transfer_retry retry = { .attempt = f->attempt, .stage = f->stage,
                                    .reason = f->reason, .not_before_ms = v.not_before_ms };
    struct incentive_held held = { .attempt = f->attempt, .stage = f->stage,
                                   .reason = f->reason, .not_before_ms = v.not_before_ms };
    struct case_opened opened = { .attempt = f->attempt, .stage = f->stage, .reason = f->reason,
                                  .amount_idr = f->amount_idr,
                                  .opened_at_ms = f->claimed_at_ms };
    char id[ID_SIZE];

    id_failure(ENVIRONMENT, f, id);
    str_copy(retry.participant_id, sizeof retry.participant_id, f->participant_id);
    str_copy(retry.instalment_id, sizeof retry.instalment_id, f->instalment_id);
    str_copy(retry.failure_id, sizeof retry.failure_id, id);
    str_copy(held.participant_id, sizeof held.participant_id, f->participant_id);
    str_copy(held.instalment_id, sizeof held.instalment_id, f->instalment_id);
    str_copy(held.failure_id, sizeof held.failure_id, id);
    str_copy(held.account_ref, sizeof held.account_ref, f->account_ref);
    str_copy(opened.participant_id, sizeof opened.participant_id, f->participant_id);
    str_copy(opened.instalment_id, sizeof opened.instalment_id, f->instalment_id);
    str_copy(opened.failure_id, sizeof opened.failure_id, id);
    id_answer(ENVIRONMENT, "case", f->instalment_id, opened.case_id);
    if (v.kind == VERDICT_RETRY)
        (void)world_tell(&p->w, EVENT_TRANSFER_RETRY, &retry);
    if (v.kind == VERDICT_HOLD)
        (void)world_tell(&p->w, EVENT_INCENTIVE_HELD, &held);
    if (v.kind == VERDICT_CASE || v.case_beside)
        (void)world_tell(&p->w, EVENT_CASE_OPENED, &opened);
}

static bool answer_all(struct payday *p)
{
    bool some = false;

    for (int32_t b = 0; b < p->w.partitions && !p->silent; b++)
        while (p->answered[b] < bus_ram_count(p->w.broker, EVENT_TRANSFER_FAILED, b)) {
            struct bus_message m;
            struct transfer_failed f;
            bus_ram_at(p->w.broker, EVENT_TRANSFER_FAILED, b, p->answered[b]++, &m);
            world_read(&p->w, EVENT_TRANSFER_FAILED, &m, &f);
            answer(p, &f);
            some = true;
        }
    return some;
}

/* ---------------------------------------------------------------- steps */
static bool turn_all(struct payday *p)
{
    bool progress = answer_all(p);

    for (int i = 0; i < PROCESSES_MAX; i++)
        if (p->w.processes[i].spec && !p->w.processes[i].frozen) {
            world_turn(&p->w, &p->w.processes[i]);
            progress |= p->w.processes[i].shell->progress;
        }
    return progress;
}

bool payday_step(struct payday *p)
{
    struct pollfd fds[4];
    size_t count = 0;

    if (turn_all(p))
        return true;
    if (p->disbursement)
        count = money_extra.fds(p->disbursement->shell->extra, fds, 4);
    (void)poll(fds, (nfds_t)count, 2);
    return false;
}

void payday_quiet(struct payday *p, int64_t ms)
{
    int64_t begun_ms = clock_boot_ms(), moved_ms = begun_ms;

    while (clock_boot_ms() < moved_ms + ms) {
        assert_true(clock_boot_ms() < begun_ms + PATIENCE_MS);
        if (turn_all(p))
            moved_ms = clock_boot_ms();
        else
            (void)poll(NULL, 0, 2);
    }
}

/* ---------------------------------------------------------------- looking */
struct instalment payday_instalment(struct payday *p, int number, int32_t which)
{
    struct record r;

    world_record(&p->w, person(number), &r);
    struct instalment *i = record_instalment(&r, PAYMENT_INSTALMENT, which);
    assert_non_null(i);
    return *i;
}

enum inst_state payday_state(struct payday *p, int number)
{
    return payday_instalment(p, number, 1).state;
}

enum shown payday_shown(struct payday *p, int number)
{
    struct record r;

    world_record(&p->w, person(number), &r);
    return instalment_shown(&r, record_instalment(&r, PAYMENT_INSTALMENT, 1), p->business_ms);
}

static int count_booked(struct payday *p, const char *instalment_id)
{
    struct buf text = { 0 };
    char wanted[48];
    int count = 0;

    sim_child_read(&p->sim, "ledger", &text);
    (void)snprintf(wanted, sizeof wanted, "\"reference\":\"%s", instalment_id);
    for (char *line = text.data; text.size > 0 && *line;) {
        size_t size = strcspn(line, "\n");
        bool last = line[size] == '\0';
        line[size] = '\0';
        count += strstr(line, wanted) && strstr(line, "\"booked\":true");
        line += size + !last;
    }
    buf_release(&text);
    return count;
}

int payday_booked(struct payday *p, int number, int32_t which)
{
    struct instalment i = payday_instalment(p, number, which);
    struct record r;
    char id[ID_SIZE];

    world_record(&p->w, person(number), &r);
    id_instalment(ENVIRONMENT, &r, &i, id);
    return count_booked(p, id);
}

static bool has_intent(struct payday *p, const char *reference, int32_t bucket)
{
    for (size_t o = 0; o < bus_ram_count(p->w.broker, EVENT_DISBURSEMENT_LEDGER, bucket); o++) {
        struct bus_message m;
        struct disbursement_ledger e;
        bus_ram_at(p->w.broker, EVENT_DISBURSEMENT_LEDGER, bucket, o, &m);
        world_read(&p->w, EVENT_DISBURSEMENT_LEDGER, &m, &e);
        if (e.entry == LEDGER_INTENT && strcmp(e.reference, reference) == 0)
            return true;
    }
    return false;
}

/* How often that payment came back, as the ledger has it. */
static int count_returned(struct payday *p, const char *instalment_id)
{
    struct seen seen[300];
    size_t count = world_seen(&p->w, EVENT_DISBURSEMENT_LEDGER, seen, 300);
    struct { char at[REFERENCE_MAX + 1]; } references[10];
    int returned = 0;

    for (size_t i = 0; i < count; i++) {
        struct disbursement_ledger e;
        bool known = false;
        world_read(&p->w, EVENT_DISBURSEMENT_LEDGER, &seen[i].m, &e);
        for (int k = 0; k < returned; k++)
            known |= strcmp(references[k].at, e.reference) == 0;
        if (e.entry != LEDGER_RETURNED || known || strcmp(e.instalment_id, instalment_id) != 0)
            continue;
        assert_true(returned < 10);
        str_copy(references[returned++].at, sizeof references[0].at, e.reference);
    }
    return returned;
}

void payday_check(struct payday *p)
{
    static const enum event_type told[] = {
        EVENT_INCENTIVE_SCHEDULED, EVENT_INCENTIVE_RELEASED, EVENT_INCENTIVE_CANCELLED,
        EVENT_TRANSFER_SUCCEEDED,  EVENT_TRANSFER_FAILED,    EVENT_DISBURSEMENT_LEDGER,
    };
    struct seen *seen = calloc(1000, sizeof *seen);

    payday_quiet(p, 400);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        (void)world_check_ids(&p->w, told[i]);
    for (int32_t b = 0; b < p->w.partitions; b++)
        assert_int_equal(world_in_outbox(&p->w, &disbursement_worker, b), 0);
    assert_int_equal(world_count(&p->w, EVENT_DEAD_LETTER), 0);

    /* Each success that was told is booked once, and nothing else is (I1, I5). */
    size_t count = world_seen(&p->w, EVENT_TRANSFER_SUCCEEDED, seen, 1000), ids = 0;
    for (size_t i = 0; i < count; i++) {
        struct transfer_succeeded e;
        world_read(&p->w, EVENT_TRANSFER_SUCCEEDED, &seen[i].m, &e);
        assert_int_equal(sim_child_booked(&p->sim, e.reference), 1);
        assert_int_equal(count_booked(p, e.instalment_id), 1 + count_returned(p, e.instalment_id));
        assert_true(has_intent(p, e.reference, seen[i].m.partition)); /* no send without */
    }
    ids = world_check_ids(&p->w, EVENT_TRANSFER_SUCCEEDED);
    assert_int_equal(sim_child_total(&p->sim, "booked"), ids);
    free(seen);
}
