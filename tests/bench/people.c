#include "people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define MONDAY_MS INT64_C(1759683600000) /* 2025-10-06T00:00:00+07:00 */
#define ENTITLED_OF 101                  /* so many people, and one of them isn't entitled */
#define SEALED_SIZE 128                  /* number, phone and name, and 48 bytes of the sealing */

static struct seal *payable; /* NULL: nobody's account can be opened */

void people_payable(struct seal *seal)
{
    payable = seal;
}

uint64_t people_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* One number per person and purpose. */
static uint64_t about(int64_t person, int purpose)
{
    return people_mix((uint64_t)person * 64 + (uint64_t)purpose);
}

enum {
    ABOUT_DAY = TOLD_COUNT,
    ABOUT_COURSE,
    ABOUT_PARTNER,
    ABOUT_ACCOUNT,
    ABOUT_FAIL,
    ABOUT_TWICE,
};

int64_t people_all(int64_t entitled)
{
    return entitled + entitled / (ENTITLED_OF - 1);
}

enum flaw person_flaw(int64_t person)
{
    if (person % ENTITLED_OF != ENTITLED_OF - 1)
        return FLAW_NONE;
    return (enum flaw)(1 + person / ENTITLED_OF % (FLAW_COUNT - 1));
}

int person_times(int64_t person, enum told told)
{
    enum flaw flaw = person_flaw(person);

    if (told == TOLD_OLD_FAIL &&
        (flaw == FLAW_FAILED_CHECK || about(person, ABOUT_FAIL) % 100 != 0))
        return 0;
    if ((flaw == FLAW_NOT_ENROLLED && told == TOLD_ENROLLED) ||
        (flaw == FLAW_NOT_LINKED && told == TOLD_LINKED) ||
        (flaw == FLAW_NO_RATING && told == TOLD_RATED))
        return 0;
    return people_mix(about(person, ABOUT_TWICE) + told) % 100 == 0 ? 2 : 1;
}

void person_id(int64_t person, char out[PERSON_ID_SIZE])
{
    (void)snprintf(out, PERSON_ID_SIZE, "PKJ-%012" PRId64, person);
}

int64_t person_of_id(const char *id)
{
    char again[PERSON_ID_SIZE];

    if (strncmp(id, "PKJ-", 4) != 0)
        return -1;
    int64_t person = strtoll(id + 4, NULL, 10);
    if (person < 0 || person >= PEOPLE_MAX)
        return -1;
    person_id(person, again);
    return strcmp(id, again) == 0 ? person : -1;
}

/* Within a day of each other, from Monday 00:00 to Friday 23:59:59.999; of payable people, all on
 * Monday. */
static int64_t happened(int64_t person, enum told told)
{
    if (told == TOLD_OLD_FAIL) {
        enum told of = (enum told)(TOLD_KYC + about(person, TOLD_OLD_FAIL) % 3);
        return happened(person, of) - DAY_MS;
    }
    int64_t from_ms = payable ? 0 : (int64_t)(about(person, ABOUT_DAY) % (uint64_t)(4 * DAY_MS));
    return MONDAY_MS + from_ms + (int64_t)(about(person, (int)told) % (uint64_t)DAY_MS);
}

static void course(int64_t person, char *out, size_t cap)
{
    (void)snprintf(out, cap, "CRS-%06u", (unsigned)(about(person, ABOUT_COURSE) % 5000));
}

static void account(int64_t person, char *out, size_t cap)
{
    uint64_t x = about(person, ABOUT_ACCOUNT);
    (void)snprintf(out, cap, "ACC-%08x-%08x", (unsigned)(x >> 32), (unsigned)(x & 0xffffffff));
}

static void enrolled(int64_t person, int64_t at_ms, struct participant_enrolled *e)
{
    (void)snprintf(e->scheme, sizeof e->scheme, "2023");
    e->wave = 50;
    e->selected_at_ms = at_ms - 2 * DAY_MS;
    e->enrolled_at_ms = at_ms;
    (void)snprintf(e->family_token, sizeof e->family_token, "FAM-%08x",
                   (unsigned)(about(person, ABOUT_COURSE) >> 32));
}

/* An account of the partner's own, in the name that snap-simulator tells for it. */
static void seal_account(int64_t person, const struct partner_row *partner,
                         struct account_linked *e)
{
    struct seal_account plain = { .bank_code = "" };
    struct err err;
    size_t size;

    (void)snprintf(plain.number, sizeof plain.number, "%s%08" PRId64,
                   partner->kind == PARTNER_KIND_BANK ? "11" : "62811", person);
    (void)snprintf(plain.name, sizeof plain.name, "PESERTA UJI %04" PRId64, person % 10000);
    if (seal_put(payable, &plain, e->sealed_account.at, &size, &err) < 0) {
        (void)fprintf(stderr, "bench_load: %s\n", err.text);
        exit(2);
    }
    e->sealed_account.size = (uint32_t)size;
}

static void linked(int64_t person, int64_t at_ms, struct account_linked *e)
{
    account(person, e->account_ref, sizeof e->account_ref);
    e->partner = (int32_t)(about(person, ABOUT_PARTNER) % PARTNER_COUNT);
    e->sealed_account.size = SEALED_SIZE;
    for (uint32_t i = 0; i < SEALED_SIZE; i++)
        e->sealed_account.at[i] = (uint8_t)people_mix((uint64_t)person * SEALED_SIZE + i);
    if (payable)
        seal_account(person, partner_row((enum partner)e->partner), e);
    e->linked_at_ms = at_ms;
    e->source_version = at_ms;
}

static void completed(int64_t person, int64_t at_ms, struct training_completed *e)
{
    static const char *const platforms[] = { "tokopedia", "bukalapak", "pintaria", "sekolahmu" };
    uint64_t x = about(person, ABOUT_COURSE);

    course(person, e->course_id, sizeof e->course_id);
    (void)snprintf(e->platform, sizeof e->platform, "%s", platforms[(x >> 20) % 4]);
    (void)snprintf(e->institution, sizeof e->institution, "Lembaga Pelatihan %03u",
                   (unsigned)(x >> 24) % 1000);
    if (person_flaw(person) != FLAW_NO_CERTIFICATE)
        (void)snprintf(e->certificate_id, sizeof e->certificate_id, "CERT-2026-%08" PRId64, person);
    e->completed_at_ms = at_ms;
    e->reported_at_ms = at_ms + 60000;
}

static void rated(int64_t person, int64_t at_ms, struct rating_submitted *e)
{
    uint64_t x = about(person, TOLD_RATED);

    course(person, e->course_id, sizeof e->course_id);
    e->stars = 1 + (int32_t)(x % 5);
    if (person_flaw(person) == FLAW_BLANK_REVIEW)
        (void)snprintf(e->review, sizeof e->review, " \t ");
    else
        (void)snprintf(e->review, sizeof e->review,
                       "Materi jelas dan langsung bisa dipakai di tempat kerja %06u",
                       (unsigned)(x % 1000000));
    e->channel = (int32_t)(x >> 8) & 1;
    e->submitted_at_ms = at_ms;
}

static void checked(int64_t person, enum told told, int64_t at_ms, struct eligibility_checked *e)
{
    static const struct {
        enum check check;
        enum reason reason;
    } rows[] = {
        { CHECK_ACCOUNT_KYC, REASON_ACCOUNT_NOT_KYC },
        { CHECK_NIK_MATCH, REASON_NIK_MISMATCH },
        { CHECK_ACCOUNT_ACTIVE, REASON_ACCOUNT_INACTIVE },
        { CHECK_DUPLICATE_AID, REASON_DUPLICATE_AID },
    };
    bool fails = told == TOLD_OLD_FAIL ||
                 (told == TOLD_KYC && person_flaw(person) == FLAW_FAILED_CHECK);
    size_t row = (size_t)(told - TOLD_KYC);

    if (told == TOLD_OLD_FAIL)
        row = about(person, TOLD_OLD_FAIL) % 3;

    e->check = (int32_t)rows[row].check;
    if (rows[row].check != CHECK_DUPLICATE_AID)
        account(person, e->account_ref, sizeof e->account_ref);
    e->outcome = fails ? OUTCOME_FAIL : OUTCOME_PASS;
    e->reason = fails ? (int32_t)rows[row].reason : REASON_COUNT;
    if (fails)
        (void)snprintf(e->raw_code, sizeof e->raw_code, "4037315");
    e->checked_at_ms = at_ms;
    e->source_version = at_ms;
}

enum event_type person_event(int64_t person, enum told told, union told_event *out, int64_t *at_ms)
{
    static const enum event_type types[TOLD_COUNT] = {
        [TOLD_ENROLLED] = EVENT_PARTICIPANT_ENROLLED, [TOLD_LINKED] = EVENT_ACCOUNT_LINKED,
        [TOLD_COMPLETED] = EVENT_TRAINING_COMPLETED,  [TOLD_RATED] = EVENT_RATING_SUBMITTED,
        [TOLD_KYC] = EVENT_ELIGIBILITY_CHECKED,       [TOLD_NIK] = EVENT_ELIGIBILITY_CHECKED,
        [TOLD_ACTIVE] = EVENT_ELIGIBILITY_CHECKED,    [TOLD_AID] = EVENT_ELIGIBILITY_CHECKED,
        [TOLD_OLD_FAIL] = EVENT_ELIGIBILITY_CHECKED,
    };
    int64_t at = happened(person, told);

    memset(out, 0, event_row(types[told])->struct_size);
    person_id(person, (char *)out); /* the first field of every event */
    if (told == TOLD_ENROLLED)
        enrolled(person, at, &out->enrolled);
    else if (told == TOLD_LINKED)
        linked(person, at, &out->linked);
    else if (told == TOLD_COMPLETED)
        completed(person, at, &out->completed);
    else if (told == TOLD_RATED)
        rated(person, at, &out->rated);
    else
        checked(person, told, at, &out->checked);
    *at_ms = at;
    return types[told];
}

/* The last of the conditions of R7; aid (TOLD_AID) is none of them. */
static int64_t last_condition(int64_t person)
{
    int64_t last = 0;

    for (int told = TOLD_ENROLLED; told <= TOLD_ACTIVE; told++) {
        int64_t at = happened(person, (enum told)told);
        if (at > last)
            last = at;
    }
    return last;
}

void person_promised(int64_t person, struct promised *out)
{
    out->scheduled_at_ms = last_condition(person);
    int64_t day = (out->scheduled_at_ms - MONDAY_MS) / DAY_MS;    /* 0 Monday … 4 Friday */
    int64_t third = day < 2 ? day + 3 : day + 5;                   /* working day 3 (R11) */
    out->due_at_ms = MONDAY_MS + third * DAY_MS;
    out->promised_at_ms = MONDAY_MS + (day + 8) * DAY_MS - 1;      /* the end of working day 5 */
}
