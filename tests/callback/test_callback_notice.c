/* Notifications as bytes from outside: signatures, fields, references, histories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <callback/keys.h>
#include <callback/notice.h>

#include "letter.h"
#include "worker/ids.h"

#define NOW_MS INT64_C(1604570400000)
#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static void test_references(void **state)
{
    static const struct {
        const char *environment, *reference;
        int32_t attempt; /* 0: none of ours */
    } table[] = {
        { "DEV", INSTALMENT "DEV02", 2 },       { "DEV", INSTALMENT "DEV123", 123 },
        { "DEV", INSTALMENT "DEV999999", 999999 }, { "P", INSTALMENT "P10", 10 },
        { "PRD1", INSTALMENT "PRD101", 1 },     { "DEV", INSTALMENT "DEV2", 0 },
        { "DEV", INSTALMENT "DEV002", 0 },      { "DEV", INSTALMENT "DEV00", 0 },
        { "DEV", INSTALMENT "DEV", 0 },         { "DEV", INSTALMENT "DEV1000000", 0 },
        { "DEV", INSTALMENT "UAT02", 0 },       { "DEV", INSTALMENT "DEV0a", 0 },
        { "DEV", INSTALMENT "DEV-1", 0 },       { "DEV", INSTALMENT "DEV+1", 0 },
        { "DEV", "0123456789ABCDEFGHJDEV02", 0 }, { "DEV", "0123456789abcdefghjkDEV02", 0 },
        { "DEV", "0123456789ABCDEFGHIKDEV02", 0 }, { "DEV", "", 0 },
        { "DEV", INSTALMENT "DEV02" INSTALMENT INSTALMENT, 0 },
    };
    char id[ID_SIZE], again[REFERENCE_MAX + 1];

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        int32_t attempt = 0;
        bool ours = id_reference_parse(table[i].environment, table[i].reference, id, &attempt);
        assert_int_equal(ours, table[i].attempt > 0);
        if (!ours)
            continue;
        assert_int_equal(attempt, table[i].attempt);
        assert_string_equal(id, INSTALMENT);
        id_reference(table[i].environment, id, attempt, again);
        assert_string_equal(again, table[i].reference);
    }
}

static void test_routes(void **state)
{
    static const struct {
        const char *path;
        int partner; /* -1: no route */
    } table[] = {
        { DANA_PATH, PARTNER_DANA },
        { "/v1/partners/bni/notify", PARTNER_BNI },
        { "/v1/partners/linkaja/notify", PARTNER_LINKAJA },
        { "/v1/partners/DANA/notify", PARTNER_COUNT },
        { "/v1/partners/dan/notify", PARTNER_COUNT },
        { "/v1/partners/danab/notify", PARTNER_COUNT },
        { "/v1/partners//notify", -1 },
        { "/v1/partners/notify", -1 },
        { "/v1/partners/dana/x/notify", -1 },
        { "/v1/partners/dana/notify/", -1 },
        { "/v2/partners/dana/notify", -1 },
        { "", -1 },
        { "/", -1 },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        enum partner partner = PARTNER_COUNT;
        assert_int_equal(notice_route(table[i].path, &partner), table[i].partner >= 0);
        if (table[i].partner >= 0)
            assert_int_equal(partner, table[i].partner);
    }
}

static void test_signatures(void **state)
{
    static const struct {
        const char *path, *body, *signed_at, *sent_at;
        int64_t now_ms;
        bool good;
    } table[] = {
#define AT "2020-11-05T17:00:00+07:00"
        { DANA_PATH, "{\"a\":1}", AT, AT, NOW_MS, true },
        { DANA_PATH, " { \"a\" :\n1 }", AT, AT, NOW_MS, true }, /* minified on both sides */
        { DANA_PATH, "{\"a\":1}", AT, AT, NOW_MS + NOTICE_SKEW_MS, true },
        { DANA_PATH, "{\"a\":1}", AT, AT, NOW_MS - NOTICE_SKEW_MS, true },
        { DANA_PATH, "{\"a\":1}", AT, AT, NOW_MS + NOTICE_SKEW_MS + 1, false },
        { DANA_PATH, "{\"a\":1}", AT, AT, NOW_MS - NOTICE_SKEW_MS - 1, false },
        { DANA_PATH, "{\"a\":2}", AT, AT, NOW_MS, false },
        { DANA_PATH, "{\"a\":1} {}", AT, AT, NOW_MS, false },
        { DANA_PATH, "", AT, AT, NOW_MS, false },
        { "/v1/partners/ovo/notify", "{\"a\":1}", AT, AT, NOW_MS, false },
        { DANA_PATH, "{\"a\":1}", AT, "2020-11-05T17:00:01+07:00", NOW_MS, false },
        { DANA_PATH, "{\"a\":1}", AT, "2020-11-05T10:00:00Z", NOW_MS, false },
        { DANA_PATH, "{\"a\":1}", "soon", "soon", NOW_MS, false },
        { DANA_PATH, "{\"a\":1}", "2020-11-05T17:00:00", "2020-11-05T17:00:00", NOW_MS, false },
    };
    struct snap_key *secret, *public;
    struct buf signature = { 0 };
    int64_t at_ms;

    (void)state;
    letter_keys(&secret, &public);
    for (size_t i = 0; i < COUNT(table); i++) {
        struct buf body = { 0 };
        buf_text(&body, table[i].body);
        buf_reset(&signature);
        letter_sign(secret, DANA_PATH, "{\"a\":1}", table[i].signed_at, &signature);
        assert_int_equal(notice_verify(public, table[i].path, table[i].sent_at, signature.data,
                                       &body, table[i].now_ms, &at_ms),
                         table[i].good);
        if (table[i].good)
            assert_int_equal(at_ms, NOW_MS);
        buf_release(&body);
    }
    buf_release(&signature);
    snap_key_free(secret);
    snap_key_free(public);
}

static void test_foreign_keys(void **state)
{
    struct snap_key *secret, *public, *other, *other_public;
    struct buf good = { 0 }, bad = { 0 }, body = { 0 };
    int64_t at_ms;

    (void)state;
    letter_keys(&secret, &public);
    letter_keys(&other, &other_public);
    buf_text(&body, "{}");
    letter_sign(secret, DANA_PATH, "{}", AT, &good);
    letter_sign(other, DANA_PATH, "{}", AT, &bad);
#define VERIFY(key, time, sign) notice_verify(key, DANA_PATH, time, sign, &body, NOW_MS, &at_ms)
    assert_true(VERIFY(public, AT, good.data));
    assert_false(VERIFY(public, AT, bad.data));
    assert_false(VERIFY(other_public, AT, good.data));
    assert_false(VERIFY(NULL, AT, good.data));
    assert_false(VERIFY(public, NULL, good.data));
    assert_false(VERIFY(public, AT, NULL));
    assert_false(VERIFY(public, AT, ""));
    assert_false(VERIFY(public, AT, "AAAA"));
    good.data[10] = good.data[10] == 'A' ? 'B' : 'A';
    assert_false(VERIFY(public, AT, good.data));
    buf_release(&good);
    buf_release(&bad);
    buf_release(&body);
    snap_key_free(secret);
    snap_key_free(public);
    snap_key_free(other);
    snap_key_free(other_public);
}

#define REF "\"originalPartnerReferenceNo\":\"" REFERENCE "\""
#define SUM "\"amount\":{\"value\":\"600000.00\",\"currency\":\"IDR\"}"
#define CODE "\"latestTransactionStatus\":\"04\""
#define VALUE(text) "{" REF "," CODE ",\"amount\":{\"value\":" text ",\"currency\":\"IDR\"}}"

static void test_fields(void **state)
{
    static const struct {
        const char *body;
        enum answer answer;
        const char *field;
    } table[] = {
        { "{" REF "," SUM "," CODE "}", ANSWER_OK, NULL },
        { "{" REF "," SUM "," CODE ",\"more\":[1,{}]}", ANSWER_OK, NULL },
        { "", ANSWER_BAD, NULL },
        { "[]", ANSWER_BAD, NULL },
        { "{" REF "," SUM "," CODE, ANSWER_BAD, NULL },
        { "{" REF "," REF "," SUM "," CODE "}", ANSWER_BAD, NULL },
        { "{" REF "," SUM "," CODE ",\"x\":\"\xff\"}", ANSWER_BAD, NULL },
        { "{" REF "," SUM "}", ANSWER_MISSING, "latestTransactionStatus" },
        { "{" REF "," SUM ",\"latestTransactionStatus\":4}", ANSWER_FORMAT,
          "latestTransactionStatus" },
        { "{" REF "," SUM ",\"latestTransactionStatus\":\"4\"}", ANSWER_FORMAT,
          "latestTransactionStatus" },
        { "{" REF "," SUM ",\"latestTransactionStatus\":\"004\"}", ANSWER_FORMAT,
          "latestTransactionStatus" },
        { "{" SUM "," CODE "}", ANSWER_MISSING, "originalPartnerReferenceNo" },
        { "{\"originalPartnerReferenceNo\":null," SUM "," CODE "}", ANSWER_MISSING,
          "originalPartnerReferenceNo" },
        { "{\"originalPartnerReferenceNo\":7," SUM "," CODE "}", ANSWER_FORMAT,
          "originalPartnerReferenceNo" },
        { "{\"originalPartnerReferenceNo\":\"\"," SUM "," CODE "}", ANSWER_FORMAT,
          "originalPartnerReferenceNo" },
        { "{\"originalPartnerReferenceNo\":\"" INSTALMENT "UAT02\"," SUM "," CODE "}",
          ANSWER_NOT_FOUND, NULL },
        { "{\"originalPartnerReferenceNo\":\"X\"," SUM "," CODE "}", ANSWER_NOT_FOUND, NULL },
        { "{" REF "," CODE "}", ANSWER_MISSING, "amount.value" },
        { "{" REF "," CODE ",\"amount\":{\"value\":\"1.00\"}}", ANSWER_MISSING,
          "amount.currency" },
        { "{" REF "," CODE ",\"amount\":{\"value\":\"1.00\",\"currency\":\"USD\"}}",
          ANSWER_FORMAT, "amount.currency" },
        { VALUE("\"1.00\""), ANSWER_OK, NULL },
        { VALUE("\"1000000000.00\""), ANSWER_OK, NULL },
        { VALUE("\"1000000001.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"99999999999999999999.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("600000"), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"600000\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"600000.0\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"600000.000\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"600000.50\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"0600000.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"0.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"-1.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\" 1.00\""), ANSWER_FORMAT, "amount.value" },
        { VALUE("\"\""), ANSWER_FORMAT, "amount.value" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct notice notice;
        struct buf body = { 0 };
        buf_reserve(&body, 1);
        buf_text(&body, table[i].body);
        assert_int_equal(notice_read("DEV", PARTNER_DANA, &body, NOW_MS, &notice),
                         table[i].answer);
        if (table[i].field)
            assert_string_equal(notice.field, table[i].field);
        else
            assert_null(notice.field);
        buf_release(&body);
    }
}

static void test_meaning(void **state)
{
    static const struct {
        const char *status, *word;
        bool counts;
        enum reason reason;
        const char *raw;
    } table[] = {
        { "04", "PAYEE_ACCOUNT_CLOSED", true, REASON_ACCOUNT_CLOSED, "04/PAYEE_ACCOUNT_CLOSED" },
        { "04", "PAYEE_USER_NOT_KYC", true, REASON_ACCOUNT_NOT_KYC, "04/PAYEE_USER_NOT_KYC" },
        { "04", "payee_phone_changed: x", true, REASON_PHONE_CHANGED, "04" },
        { "04", "Refunded", true, REASON_UNKNOWN_CODE, "04" },
        { "04", "to SITI 0115476117", true, REASON_UNKNOWN_CODE, "04" },
        { "04", "SITI", true, REASON_UNKNOWN_CODE, "04" },
        { "04", "A_WORD_OF_TWENTY_NINE_LETTERS", true, REASON_UNKNOWN_CODE,
          "04/A_WORD_OF_TWENTY_NINE_LETTERS" },
        { "04", "A_WORD_OF_THIRTY_LETTERS_AND_A", true, REASON_UNKNOWN_CODE, "04" },
        { "00", "Success", false, REASON_UNKNOWN_CODE, "00" },
        { "03", "", false, REASON_UNKNOWN_CODE, "03" },
        { "05", "", false, REASON_UNKNOWN_CODE, "05" },
        { "06", "PAYEE_ACCOUNT_CLOSED", false, REASON_ACCOUNT_CLOSED, "06/PAYEE_ACCOUNT_CLOSED" },
        { "44", "", false, REASON_UNKNOWN_CODE, "44" },
    };
    struct buf body = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct notice notice;
        letter_body(&body, REFERENCE, table[i].status, table[i].word);
        assert_int_equal(notice_read("DEV", PARTNER_DANA, &body, NOW_MS, &notice), ANSWER_OK);
        assert_int_equal(notice_is_return(&notice), table[i].counts);
        assert_int_equal(notice.event.reason, table[i].reason);
        assert_string_equal(notice.event.raw_code, table[i].raw);
        assert_string_equal(notice.event.instalment_id, INSTALMENT);
        assert_string_equal(notice.event.reference, REFERENCE);
        assert_int_equal(notice.event.attempt, 2);
        assert_int_equal(notice.event.amount_idr, 600000);
        assert_int_equal(notice.event.partner, PARTNER_DANA);
        assert_int_equal(notice.event.returned_at_ms, NOW_MS);
    }
    buf_release(&body);
}

static void test_owners(void **state)
{
    static const struct {
        const char *history;
        enum partner partner;
        int32_t attempt;
        bool ours;
    } table[] = {
        { HISTORY, PARTNER_DANA, 2, true },
        { HISTORY, PARTNER_BNI, 1, true },
        { HISTORY, PARTNER_BNI, 2, false },
        { HISTORY, PARTNER_DANA, 1, false },
        { HISTORY, PARTNER_DANA, 3, false },
        { "of PST-1\n", PARTNER_DANA, 2, false },
        { "of PST-1", PARTNER_DANA, 2, false },
        { "of \n5 2 paid DANA - -\n", PARTNER_DANA, 2, false },
        { "5 2 paid DANA - -\n", PARTNER_DANA, 2, false },
        { "of PST-1\n5 2 paid DANAX - -\n", PARTNER_DANA, 2, false },
        { "of PST-1\n5 2 paid\n", PARTNER_DANA, 2, false },
        { "of PST-1\n5 2 paid DANA - -", PARTNER_DANA, 2, false },
        { "of PST-1\n\n \n  \n5 2 paid DANA - -\n", PARTNER_DANA, 2, true },
        { "of 0123456789012345678901234567890123456\n5 2 paid DANA - -\n", PARTNER_DANA, 2, false },
        { "", PARTNER_DANA, 2, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(table); i++) {
        struct notice notice = { .partner = table[i].partner,
                                 .event = { .attempt = table[i].attempt } };
        size_t size = strlen(table[i].history);
        char *exact = malloc(size + 1); /* without a NUL: reading too far is seen */
        assert_non_null(exact);
        memcpy(exact, table[i].history, size);
        char *history = realloc(exact, size ? size : 1);
        assert_int_equal(notice_owner(history, size, &notice), table[i].ours);
        if (table[i].ours)
            assert_string_equal(notice.event.participant_id, "PST-1");
        free(history);
    }
}

static void put(const char *folder, const char *name, const char *text)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void drop(const char *folder, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(remove(path), 0);
}

static void test_keys(void **state)
{
    char folder[] = "/tmp/callback-keys-XXXXXX";
    struct snap_key *secret;
    struct keys keys;
    struct buf pem = { 0 };
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(folder));
    letter_pem(&secret, &pem);
    assert_int_equal(keys_read(&keys, "/nowhere/at/all", &err), -1);
    assert_int_equal(keys_read(&keys, folder, &err), -1);
    assert_int_equal(err.kind, ERR_FATAL);
    put(folder, "dana.pem", pem.data);
    put(folder, "DANA.pem", "not looked at");
    assert_int_equal(keys_read(&keys, folder, &err), 0);
    for (int p = 0; p < PARTNER_COUNT; p++)
        assert_int_equal(keys.of[p] != NULL, p == PARTNER_DANA);
    keys_free(&keys);
    put(folder, "bca.pem", "-----BEGIN PUBLIC KEY-----\nnone\n-----END PUBLIC KEY-----\n");
    assert_int_equal(keys_read(&keys, folder, &err), -1);
    assert_non_null(strstr(err.text, "bca.pem"));
    assert_null(keys.of[PARTNER_DANA]);
    drop(folder, "bca.pem");
    drop(folder, "dana.pem");
    drop(folder, "DANA.pem");
    assert_int_equal(rmdir(folder), 0);
    buf_release(&pem);
    snap_key_free(secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_references),   cmocka_unit_test(test_routes),
        cmocka_unit_test(test_signatures),   cmocka_unit_test(test_foreign_keys),
        cmocka_unit_test(test_fields),       cmocka_unit_test(test_meaning),
        cmocka_unit_test(test_owners),       cmocka_unit_test(test_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
