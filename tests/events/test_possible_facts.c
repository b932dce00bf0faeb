/* Facts, which come from other teams: possible.h. */
#include "possible.h"

#include <string.h>

/* Every event with everything in its place. */
static const struct participant_enrolled enrolled = {
    .participant_id = "p-1", .scheme = "2020", .wave = 21, .selected_at_ms = T0,
    .credited_at_ms = T0, .enrolled_at_ms = T0, .family_token = "f-1",
};
static const struct training_completed completed = {
    .participant_id = "p-1", .course_id = "c:1", .platform = "tokopedia",
    .institution = "Lembaga \xc3\x89", .certificate_id = "CERT/2026/1", .completed_at_ms = T0,
    .reported_at_ms = T0,
};
static const struct rating_submitted rated = {
    .participant_id = "p-1", .course_id = "c:1", .stars = 5, .review = "bagus",
    .channel = CHANNEL_PLATFORM, .submitted_at_ms = T0,
};
static const struct account_linked linked = {
    .participant_id = "p-1", .account_ref = "acc-123456789", .partner = PARTNER_OVO,
    .sealed_account = { .size = 1 }, .linked_at_ms = T0, .source_version = T0,
};
static const struct eligibility_checked checked = {
    .participant_id = "p-1", .check = CHECK_ACCOUNT_KYC, .account_ref = "acc-1",
    .outcome = OUTCOME_FAIL, .reason = REASON_ACCOUNT_NOT_KYC, .raw_code = "403 01",
    .checked_at_ms = T0, .source_version = T0,
};

static const struct change changes[] = {
    PARTICIPANT(PARTICIPANT_ENROLLED, participant_enrolled),
    ID(PARTICIPANT_ENROLLED, participant_enrolled, scheme),
    NUMBER(PARTICIPANT_ENROLLED, participant_enrolled, wave, 0, "wave: not from 1 to 1000"),
    NUMBER(PARTICIPANT_ENROLLED, participant_enrolled, wave, 1, NULL),
    NUMBER(PARTICIPANT_ENROLLED, participant_enrolled, wave, 1000, NULL),
    NUMBER(PARTICIPANT_ENROLLED, participant_enrolled, wave, 1001, "wave: "),
    NUMBER(PARTICIPANT_ENROLLED, participant_enrolled, wave, INT32_MIN, "wave: "),
    TIME(PARTICIPANT_ENROLLED, participant_enrolled, selected_at_ms),
    OPT_TIME(PARTICIPANT_ENROLLED, participant_enrolled, credited_at_ms),
    TIME(PARTICIPANT_ENROLLED, participant_enrolled, enrolled_at_ms),
    WORDS(PARTICIPANT_ENROLLED, participant_enrolled, family_token, "", NULL),
    WORDS(PARTICIPANT_ENROLLED, participant_enrolled, family_token, DIGITS_16, "family_token: "),

    PARTICIPANT(TRAINING_COMPLETED, training_completed),
    ID(TRAINING_COMPLETED, training_completed, course_id),
    ID(TRAINING_COMPLETED, training_completed, platform),
    WORDS(TRAINING_COMPLETED, training_completed, institution, "", NULL),
    WORDS(TRAINING_COMPLETED, training_completed, certificate_id, "", NULL),
    WORDS(TRAINING_COMPLETED, training_completed, certificate_id, "A B", "certificate_id: "),
    WORDS(TRAINING_COMPLETED, training_completed, certificate_id, "\xc3\xa9", "certificate_id: "),
    TIME(TRAINING_COMPLETED, training_completed, completed_at_ms),
    TIME(TRAINING_COMPLETED, training_completed, reported_at_ms),

    PARTICIPANT(RATING_SUBMITTED, rating_submitted),
    ID(RATING_SUBMITTED, rating_submitted, course_id),
    NUMBER(RATING_SUBMITTED, rating_submitted, stars, 1, NULL),
    NUMBER(RATING_SUBMITTED, rating_submitted, stars, 0, NULL), /* null; there is a review */
    NUMBER(RATING_SUBMITTED, rating_submitted, stars, 6, "stars: not from 1 to 5"),
    NUMBER(RATING_SUBMITTED, rating_submitted, stars, -1, "stars: "),
    WORDS(RATING_SUBMITTED, rating_submitted, review, "", NULL), /* there are stars */
    WORDS(RATING_SUBMITTED, rating_submitted, review, " \t\n", NULL),
    TIME(RATING_SUBMITTED, rating_submitted, submitted_at_ms),

    PARTICIPANT(ACCOUNT_LINKED, account_linked),
    ACCOUNTS(ACCOUNT_LINKED, account_linked),
    WORDS(ACCOUNT_LINKED, account_linked, account_ref, "", "account_ref: "),
    NUMBER(ACCOUNT_LINKED, account_linked, sealed_account.size, 0, "sealed_account: "),
    NUMBER(ACCOUNT_LINKED, account_linked, sealed_account.size, SEALED_MAX, NULL),
    TIME(ACCOUNT_LINKED, account_linked, linked_at_ms),
    TIME(ACCOUNT_LINKED, account_linked, source_version),

    PARTICIPANT(ELIGIBILITY_CHECKED, eligibility_checked),
    ACCOUNTS(ELIGIBILITY_CHECKED, eligibility_checked),
    WORDS(ELIGIBILITY_CHECKED, eligibility_checked, account_ref, "", "account_ref: a check of an"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, reason, REASON_COUNT, "reason: a FAIL must"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, reason, REASON_NONE, "reason: a FAIL must"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, reason, REASON_NIK_MISMATCH,
           "reason: belongs"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, reason, REASON_DUPLICATE_AID,
           "reason: belongs"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, reason, REASON_CUT_OFF, "reason: belongs"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, outcome, OUTCOME_PASS,
           "reason: a PASS has none"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, check, CHECK_NIK_MATCH, "reason: belongs"),
    NUMBER(ELIGIBILITY_CHECKED, eligibility_checked, check, CHECK_DUPLICATE_AID,
           "account_ref: DUP"),
    PRINTED(ELIGIBILITY_CHECKED, eligibility_checked, raw_code),
    TIME(ELIGIBILITY_CHECKED, eligibility_checked, checked_at_ms),
    TIME(ELIGIBILITY_CHECKED, eligibility_checked, source_version),
};

static void test_changes(void **state)
{
    size_t count = sizeof changes / sizeof changes[0];

    (void)state;
    check_changes(EVENT_PARTICIPANT_ENROLLED, &enrolled, changes, count);
    check_changes(EVENT_TRAINING_COMPLETED, &completed, changes, count);
    check_changes(EVENT_RATING_SUBMITTED, &rated, changes, count);
    check_changes(EVENT_ACCOUNT_LINKED, &linked, changes, count);
    check_changes(EVENT_ELIGIBILITY_CHECKED, &checked, changes, count);
}

/* A rating must say something; a blank review says nothing (R7, R9). */
static void test_nothing_said(void **state)
{
    static const struct {
        int32_t stars;
        const char *review;
        bool said;
    } rows[] = {
        { 0, "", false },  { 0, " ", false },    { 0, "\n\t\r ", false }, { 0, "\xc2\xa0", false },
        { 0, ".", true },  { 0, " ok ", true },  { 3, "", true },         { 3, " ", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rating_submitted e = rated;
        e.stars = rows[i].stars;
        memset(e.review, 0, sizeof e.review);
        memcpy(e.review, rows[i].review, strlen(rows[i].review));
        const char *says = event_impossible(EVENT_RATING_SUBMITTED, &e, T0);
        if (rows[i].said)
            assert_null(says);
        else
            assert_string_equal(says, "stars and review: nothing said");
    }
}

/* Every check with every reason: exactly the reasons of its slot belong to it. */
static void test_reasons_of_checks(void **state)
{
    int fits[CHECK_COUNT] = { 0 };

    (void)state;
    for (int check = 0; check < CHECK_COUNT; check++) {
        struct eligibility_checked e = checked;
        e.check = check;
        if (check == CHECK_DUPLICATE_AID)
            memset(e.account_ref, 0, sizeof e.account_ref);
        for (int reason = 0; reason < REASON_COUNT; reason++) {
            e.reason = reason;
            e.outcome = OUTCOME_FAIL;
            if (!event_impossible(EVENT_ELIGIBILITY_CHECKED, &e, T0))
                fits[check]++;
            e.outcome = OUTCOME_PASS;
            const char *says = event_impossible(EVENT_ELIGIBILITY_CHECKED, &e, T0);
            assert_int_equal(says == NULL, reason == REASON_NONE);
        }
        e.reason = REASON_COUNT; /* null */
        assert_null(event_impossible(EVENT_ELIGIBILITY_CHECKED, &e, T0));
        assert_int_equal(fits[check], 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_nothing_said),
        cmocka_unit_test(test_reasons_of_checks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
