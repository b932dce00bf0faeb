/* A record with its history, or a case, written as a worker writes it. */
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/str.h"
#include "feed.h"
#include "policy/facts.h"
#include "store/bytes.h"
#include "store/store.h"
#include "worker/ids.h"

#define WORKER "cli-test"
#define WAIT_MS 20000
#define AT_MS INT64_C(1601870400000) /* 2020-10-05 11:00 WIB */

static int wait_for(struct store *store, struct store_call *call, struct err *err)
{
    int64_t until_ms = clock_boot_ms() + WAIT_MS;

    do {
        bool want_write = false;
        store_step(store);
        struct pollfd fd = { .fd = store_fd(store, &want_write), .events = POLLIN };
        (void)poll(&fd, 1, 5);
    } while (call->status == STORE_WAITING && clock_boot_ms() < until_ms);
    if (call->status == STORE_OK)
        return 0;
    return err_set(err, ERR_RETRY, "Redis: status %d %s", (int)call->status, call->err.text);
}

static int take(struct record *record, struct fact fact, struct err *err)
{
    const char *why = fact_apply(record, &fact);
    return why ? err_set(err, ERR_REJECT, "%s", why) : 0;
}

static int make_half(struct record *r, struct err *err)
{
    struct fact enrolled = { .kind = FACT_ENROLLED, .enrolled = { .scheme = "2020", .wave = 20,
                             .selected_at_ms = AT_MS - 9000, .enrolled_at_ms = AT_MS - 5000 } };
    struct fact rated = { .kind = FACT_RATED, .rated = { .course_id = "CRS-1", .stars = 5,
                          .submitted_at_ms = AT_MS } };

    return take(r, enrolled, err) < 0 || take(r, rated, err) < 0 ? -1 : 0;
}

static int make_scheduled(struct record *r, struct err *err)
{
    struct fact completed = { .kind = FACT_COMPLETED, .completed = { .course_id = "CRS-1",
                              .platform = "tokopedia", .certified = true,
                              .completed_at_ms = AT_MS } };
    struct fact reviewed = { .kind = FACT_RATED, .rated = { .course_id = "CRS-1",
                             .reviewed = true, .submitted_at_ms = AT_MS } };
    struct fact linked = { .kind = FACT_LINKED, .linked = { .account_ref = "acc-1",
                           .partner = PARTNER_BNI, .sealed = { .size = 1 },
                           .linked_at_ms = AT_MS, .source_version = 1 } };
    int rc = make_half(r, err);

    if (rc == 0 && (take(r, completed, err) < 0 || take(r, reviewed, err) < 0 ||
                    take(r, linked, err) < 0))
        rc = -1;
    for (int c = 0; c < CHECK_COUNT && rc == 0; c++) {
        struct fact checked = { .kind = FACT_CHECKED, .checked = { .check = (enum check)c,
                                .account_ref = "acc-1", .outcome = OUTCOME_PASS,
                                .checked_at_ms = AT_MS, .source_version = 1 } };
        if (check_row((enum check)c)->use == CHECK_USE_REQUIRED)
            rc = take(r, checked, err);
    }
    if (rc == 0 && r->instalment_count == 0)
        rc = err_set(err, ERR_REJECT, "nothing was scheduled");
    return rc;
}

static int make_paid(struct record *r, struct err *err)
{
    int rc = make_scheduled(r, err);
    struct instalment *i = &r->instalments[0];

    if (rc < 0)
        return rc;
    i->state = INST_PAID;
    i->partner = PARTNER_BNI;
    i->paid_at_ms = i->due_at_ms + 1000;
    (void)str_copy(i->account_ref, sizeof i->account_ref, "acc-1");
    return 0;
}

static int make_stuck(struct record *r, int64_t at_ms, struct err *err)
{
    int rc = make_scheduled(r, err);
    struct instalment *i = &r->instalments[0];

    if (rc < 0)
        return rc;
    i->state = INST_CASE;
    i->partner = PARTNER_BNI;
    i->why = REASON_UNKNOWN_CODE;
    i->claimed_at_ms = at_ms ? at_ms : i->due_at_ms;
    (void)str_copy(i->account_ref, sizeof i->account_ref, "acc-1");
    return 0;
}

/* Paid to an account of before, at another partner. */
static int make_limited(struct record *r, int64_t at_ms, struct err *err)
{
    int rc = make_stuck(r, at_ms, err);
    struct instalment *i = &r->instalments[0];

    i->state = INST_READY;
    i->attempt = 2;
    i->partner = PARTNER_GOPAY;
    i->why = REASON_MONTHLY_LIMIT;
    i->not_before_ms = i->claimed_at_ms + INT64_C(30) * 24 * 3600 * 1000;
    (void)str_copy(i->account_ref, sizeof i->account_ref, "acc-0");
    return rc;
}

static int make_held(struct record *r, int64_t at_ms, struct err *err)
{
    struct fact checked = { .kind = FACT_CHECKED, .checked = { .check = CHECK_ACCOUNT_KYC,
                            .account_ref = "acc-1", .outcome = OUTCOME_FAIL,
                            .reason = REASON_ACCOUNT_NOT_KYC, .checked_at_ms = AT_MS,
                            .source_version = at_ms ? at_ms : AT_MS + 1 } };

    return make_scheduled(r, err) < 0 ? -1 : take(r, checked, err);
}

static int make(struct record *r, const char *kind, int64_t at_ms, struct err *err)
{
    if (strcmp(kind, "paid") == 0)
        return make_paid(r, err);
    if (strcmp(kind, "stuck") == 0)
        return make_stuck(r, at_ms, err);
    if (strcmp(kind, "limited") == 0)
        return make_limited(r, at_ms, err);
    if (strcmp(kind, "held") == 0)
        return make_held(r, at_ms, err);
    if (strcmp(kind, "half") == 0)
        return make_half(r, err);
    return err_set(err, ERR_REJECT, "%s: there is no such kind", kind);
}

static int write_all(struct store *store, int32_t bucket, const struct store_write *writes,
                     size_t count, struct err *err)
{
    struct store_call call = { .status = STORE_IDLE };

    store_own(store, &call, bucket, WORKER, NULL, 0, clock_wire_ms());
    int rc = wait_for(store, &call, err);
    int64_t epoch = call.epoch;
    if (rc < 0)
        return rc;
    store_call_done(store, &call);
    struct store_apply apply = { .bucket = bucket, .worker = WORKER,
                                 .chain = { .epoch = epoch, .sequence = 0 }, .prev = -1,
                                 .last = -1, .bucket_version = -1, .writes = writes,
                                 .write_count = count };
    store_apply(store, &call, &apply);
    rc = wait_for(store, &call, err);
    if (call.status != STORE_WAITING)
        store_call_done(store, &call);
    return rc;
}

/* The version that is there now, 0 for none. */
static int version_of(struct store *store, int32_t bucket, const char *participant,
                      int64_t *version, struct err *err)
{
    struct store_key key = { 'p', participant };
    struct store_call call = { .status = STORE_IDLE };
    struct store_span value;

    store_load(store, &call, bucket, &key, 1);
    if (wait_for(store, &call, err) < 0)
        return -1;
    *version = store_item(store, &call, 0, &value) && value.at
                   ? record_bytes_version(value.at, value.size)
                   : 0;
    store_call_done(store, &call);
    return 0;
}

static int write_record(struct store *store, int32_t bucket, const char *kind,
                        const char *participant, int64_t at_ms, struct err *err)
{
    static struct record r;
    struct buf bytes = { 0 };
    char id[ID_SIZE], history[200];
    int64_t before = 0;
    bool paid = strcmp(kind, "paid") == 0;

    record_init(&r, participant);
    int rc = make(&r, kind, at_ms, err);
    if (rc == 0)
        rc = version_of(store, bucket, participant, &before, err);
    if (rc < 0)
        return rc;
    r.version = before + 1 > AT_MS ? before + 1 : AT_MS;
    record_to_bytes(&r, &bytes);
    int size = snprintf(history, sizeof history, "1601870400000 1 claimed BNI - -\n"
                        "1601870400100 1 sent BNI - 1c4020fe25bddc60\n"
                        "1601870400200 1 paid BNI - 2001700\n");
    if (paid)
        id_instalment("DEV", &r, &r.instalments[0], id);
    struct store_write writes[] = {
        { .key = { 'p', participant }, .expected = before, .bytes = { bytes.data, bytes.size },
          .tied = -1 },
        { .key = { 'y', id }, .bytes = { history, (size_t)size }, .tied = 0 },
    };
    rc = write_all(store, bucket, writes, paid ? 2 : 1, err);
    buf_release(&bytes);
    return rc;
}

static int write_case(struct store *store, int32_t bucket, const char *participant,
                      struct err *err)
{
    char text[400], id[64];
    int size = snprintf(text, sizeof text,
                        "{\"case_id\":\"CASE-%s\",\"participant_id\":\"%s\",\"instalment_id\":"
                        "\"I\",\"attempt\":2,\"reason\":\"SUSPECTED_FRAUD\","
                        "\"raw_code\":\"4033803\",\"amount_idr\":600000,"
                        "\"opened_at_ms\":1601870400000,\"state\":\"OPEN\"}",
                        participant, participant);
    (void)snprintf(id, sizeof id, "CASE-%s", participant);
    struct store_write write = { .key = { 'c', id }, .bytes = { text, (size_t)size }, .tied = -1 };

    return write_all(store, bucket, &write, 1, err);
}

int feed_record(const char *redis, const char *kind, const char *participant, int partitions,
                int64_t at_ms, struct err *err)
{
    int32_t bucket = hash_partition(participant, strlen(participant), partitions);
    struct store *store = store_redis_open(
        &(struct store_redis_conf){ .address = redis, .user = "", .password = "" }, err);
    int64_t until_ms = clock_boot_ms() + WAIT_MS;

    if (!store)
        return -1;
    while (store_trouble(store, err) && clock_boot_ms() < until_ms)
        store_step(store);
    int rc;
    if (store_trouble(store, err))
        rc = -1;
    else if (strcmp(kind, "case") == 0)
        rc = write_case(store, bucket, participant, err);
    else
        rc = write_record(store, bucket, kind, participant, at_ms, err);
    store_close(store);
    return rc;
}
