#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sim.h"
#include "snap/code.h"

#define NOT_KYC "PAYEE_USER_NOT_KYC"
#define P SIM_AT_PAYMENT
#define IP (SIM_AT_INQUIRY | SIM_AT_PAYMENT)
#define ALL SIM_AT_ALL

const struct sim_behaviour sim_behaviours[] = {
    { "ok", SIM_GOOD, 0, 0, 0, 0, "", 0, 0, 0, "everything succeeds" },
    { "not_kyc", SIM_REFUSE, 403, 5, 403, 5, NOT_KYC, IP, 0, 0, "wallet not upgraded" },
    { "closed", SIM_REFUSE, 403, 18, 403, 18, "PAYEE_ACCOUNT_CLOSED", IP, 0, 0, "closed" },
    { "inactive", SIM_REFUSE, 403, 18, 403, 9, "", IP, 0, 0, "dormant" },
    { "not_found", SIM_REFUSE, 403, 5, 404, 11, "PAYEE_USER_NOT_EXIST", IP, 0, 0, "no account" },
    { "frozen", SIM_REFUSE, 403, 5, 403, 5, "PAYEE_USER_STATUS_DISABLE", IP, 0, 0, "frozen" },
    { "limit", SIM_REFUSE, 403, 2, 403, 23, "", IP, 0, 0, "would pass its balance limit" },
    { "monthly", SIM_REFUSE, 403, 23, 403, 23, "", IP, 0, 0, "monthly limit reached" },
    { "phone_changed", SIM_REFUSE, 403, 5, 403, 5, "PAYEE_PHONE_CHANGED", IP, 0, 0,
      "the number has changed hands" },
    { "fraud", SIM_REFUSE, 403, 3, 403, 3, "", P, 0, 0, "payments: suspected fraud" },
    { "name_differs", SIM_OTHER_NAME, 0, 0, 0, 0, "", SIM_AT_INQUIRY, 0, 0,
      "inquiries give another name" },
    { "wrong_inquiry", SIM_REFUSE, 403, 5, 403, 5, NOT_KYC, SIM_AT_INQUIRY, 0, 1,
      "inquiries wrongly say not upgraded" },
    { "timeout_before", SIM_SILENT_FIRST, 0, 0, 0, 0, "", P, ALL, 0,
      "payments: no answer, not booked" },
    { "timeout_after", SIM_SILENT_LAST, 0, 0, 0, 0, "", P, P, 0, "payments: booked, no answer" },
    { "cut_before", SIM_CUT_FIRST, 0, 0, 0, 0, "", P, ALL, 0,
      "payments: connection cut, not booked" },
    { "cut_after", SIM_CUT_LAST, 0, 0, 0, 0, "", P, P, 0, "payments: booked, connection cut" },
    { "error_before", SIM_TURN_AWAY, 500, 1, 500, 1, "", P, ALL, 0, "payments: 5xx, not booked" },
    { "error_after", SIM_ERROR_LAST, 500, 1, 500, 1, "", P, P, 0, "payments: booked, 5xx" },
    { "fail_once", SIM_TURN_AWAY, 500, 1, 500, 1, "", P, 0, 1, "as error_before, once" },
    { "late", SIM_LATE, 0, 0, 0, 0, "", P, P, 2000, "payments: 202, booked ms later" },
    { "late_failed", SIM_LATE_FAIL, 403, 5, 404, 11, "", P, 0, 2000,
      "payments: 202, failed for good ms later" },
    { "limbo", SIM_LIMBO, 0, 0, 0, 0, "", P, P, 2000,
      "payments: answer lost; not found for ms, then booked" },
    { "returned", SIM_RETURN, 0, 0, 0, 0, "", P, 0, 2000,
      "payments: booked, the money comes back ms later" },
    { "slow", SIM_SLOW, 0, 0, 0, 0, "", ALL, ALL, 1000, "right answers, ms later" },
    { "down", SIM_TURN_AWAY, 503, 0, 503, 0, "", IP, ALL, 0, "503" },
    { "busy", SIM_TURN_AWAY, 429, 0, 429, 0, "", IP, ALL, 0, "429" },
    { "token_lost", SIM_FORGET, 401, 3, 401, 3, "", P, ALL, 1,
      "payments: 401, the partner has forgotten its tokens" },
    { "cut_off", SIM_TURN_AWAY, 403, 6, 403, 6, "", P, 0, 0, "payments: outside service hours" },
    { "no_funds", SIM_TURN_AWAY, 403, 14, 403, 14, "", P, 0, 0,
      "payments: our source account is empty" },
    { "code", SIM_CODE, 0, 0, 0, 0, "", P, 0, 0, "payments: code:HTTP:CASE[:WORD], any row" },
    { "inquiry-code", SIM_CODE, 0, 0, 0, 0, "", SIM_AT_INQUIRY, 0, 0, "inquiries: the same" },
    { "status-code", SIM_CODE, 0, 0, 0, 0, "", SIM_AT_STATUS, 0, 0,
      "status of what was paid to it: the same" },
};
const size_t sim_behaviour_count = sizeof sim_behaviours / sizeof sim_behaviours[0];
_Static_assert(sizeof sim_behaviours / sizeof sim_behaviours[0] <= 64, "a mask has 64 bits");

/* Accounts that need no fixtures file: the last four digits decide. */
static const struct {
    const char *suffix, *behaviour;
} suffixes[] = {
    { "9901", "not_kyc" },        { "9902", "closed" },          { "9903", "inactive" },
    { "9904", "not_found" },      { "9905", "frozen" },          { "9906", "limit" },
    { "9907", "monthly" },        { "9908", "fraud" },           { "9909", "name_differs" },
    { "9910", "phone_changed" },  { "9911", "pay:not_kyc" },     { "9921", "timeout_before:1" },
    { "9922", "timeout_after:1" }, { "9923", "cut_before:1" },   { "9924", "cut_after:1" },
    { "9925", "error_before:1" }, { "9926", "error_after:1" },   { "9927", "fail_once:2" },
    { "9928", "late:2000" },      { "9929", "wrong_inquiry:2" }, { "9930", "cut_off:1" },
    { "9931", "limbo:2000" },     { "9932", "returned:2000" },   { "9933", "late_failed:2000" },
    { "9934", "slow:1000" },
};

struct account {
    const struct sim_behaviour *behaviour;
    unsigned when;
    int64_t param;
    int http, kase;            /* SIM_CODE */
    char field[SIM_FIELD_MAX]; /* the same */
    int64_t met[SIM_AT_ALL];   /* calls, per when */
    char name[SIM_NAME_MAX];   /* "": PESERTA UJI and the last four digits */
};

void sim_accounts_help(void)
{
    (void)printf("\nA fixture is \"account [pay:]behaviour[:param] [name]\". pay: leaves inquiries "
                 "good;\nparam is how many calls meet it (0: all), or ms where the text says so. "
                 "Without a\nname the account belongs to PESERTA UJI and its last four "
                 "digits.\n\n");
    for (size_t i = 0; i < sim_behaviour_count; i++)
        (void)printf("  %-15s%c %s\n", sim_behaviours[i].name,
                     sim_behaviours[i].chance ? '*' : ' ', sim_behaviours[i].help);
    (void)printf("\n  * is in the standard mix of --fault-permille\n"
                 "\nLast four digits with a fixture of their own:\n");
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        (void)printf("  %s %s\n", suffixes[i].suffix, suffixes[i].behaviour);
}

const struct sim_behaviour *sim_behaviour_named(const char *name, size_t size)
{
    for (size_t i = 0; i < sim_behaviour_count; i++)
        if (strlen(sim_behaviours[i].name) == size &&
            strncmp(sim_behaviours[i].name, name, size) == 0)
            return &sim_behaviours[i];
    return NULL;
}

/* "HTTP:CASE[:WORD]" */
static bool read_code(const char *text, struct account *account)
{
    char copy[64];
    int64_t http, kase;
    char *kase_at, *word = NULL;

    if (!str_copy(copy, sizeof copy, text) || !(kase_at = strchr(copy, ':')))
        return false;
    *kase_at++ = '\0';
    if ((word = strchr(kase_at, ':')))
        *word++ = '\0';
    if (!str_to_int64(copy, 200, 599, &http) || !str_to_int64(kase_at, 0, 99, &kase) ||
        !str_copy(account->field, sizeof account->field, word))
        return false;
    account->http = (int)http;
    account->kase = (int)kase;
    return true;
}

/* "[pay:]name[:param]" */
static bool read_behaviour(const char *text, struct account *account)
{
    bool pay_only = strncmp(text, "pay:", 4) == 0;

    if (pay_only)
        text += 4;
    size_t size = strcspn(text, ":");
    const struct sim_behaviour *behaviour = sim_behaviour_named(text, size);
    if (!behaviour)
        return false;
    account->behaviour = behaviour;
    account->param = behaviour->param;
    account->when = pay_only ? behaviour->when & SIM_AT_PAYMENT : behaviour->when;
    if (behaviour->effect == SIM_CODE)
        return text[size] == ':' && read_code(text + size + 1, account);
    return text[size] == '\0' || str_to_int64(text + size + 1, 0, 86400000, &account->param);
}

static bool set_line(struct sim *sim, char *line)
{
    struct account account = { 0 };
    char *number = line + strspn(line, " \t");
    char *behaviour = number + strcspn(number, " \t");

    if (*number == '\0' || *number == '#')
        return true;
    if (*behaviour)
        *behaviour++ = '\0';
    behaviour += strspn(behaviour, " \t");
    char *name = behaviour + strcspn(behaviour, " \t");
    if (*name)
        *name++ = '\0';
    name += strspn(name, " \t");
    if (strlen(number) >= SIM_ACCOUNT_MAX || strspn(number, "0123456789") != strlen(number) ||
        !read_behaviour(behaviour, &account) || !str_is_utf8(name, strlen(name)) ||
        !str_copy(account.name, sizeof account.name, name))
        return false;

    void **at = sim_map_at(&sim->accounts, number);
    if (!*at)
        *at = malloc(sizeof account);
    if (!*at)
        abort(); /* as base/buf.h */
    memcpy(*at, &account, sizeof account);
    return true;
}

int sim_accounts_set(struct sim *sim, const char *text, size_t size, size_t *count,
                     struct err *err)
{
    size_t line = 0, from = 0;

    *count = 0;
    while (from < size) {
        char copy[256];
        const char *end = memchr(text + from, '\n', size - from);
        size_t length = end ? (size_t)(end - text) - from : size - from;
        line++;
        if (length >= sizeof copy)
            return err_set(err, ERR_REJECT, "fixtures: line %zu is too long", line);
        memcpy(copy, text + from, length);
        copy[length] = '\0';
        if (length > 0 && copy[length - 1] == '\r')
            copy[length - 1] = '\0';
        if (!set_line(sim, copy))
            return err_set(err, ERR_REJECT,
                           "fixtures: line %zu is not \"account behaviour [name]\"", line);
        from += length + 1;
        ++*count;
    }
    return 0;
}

static struct account *find(struct sim *sim, const char *number)
{
    struct account *found = sim_map_find(&sim->accounts, number);
    size_t size = strlen(number);

    if (found || size < 4 || sim->no_suffixes)
        return found;
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char line[64];
        if (strcmp(number + size - 4, suffixes[i].suffix) != 0)
            continue;
        (void)snprintf(line, sizeof line, "%.34s %.20s", number, suffixes[i].behaviour);
        return set_line(sim, line) ? sim_map_find(&sim->accounts, number) : NULL;
    }
    return NULL;
}

void sim_account_name(struct sim *sim, const char *number, bool other, char out[SIM_NAME_MAX])
{
    const struct account *account = find(sim, number);
    size_t size = strlen(number);

    if (other)
        (void)str_copy(out, SIM_NAME_MAX, "ORANG LAIN SAMA SEKALI");
    else if (account && account->name[0])
        (void)str_copy(out, SIM_NAME_MAX, account->name);
    else
        (void)snprintf(out, SIM_NAME_MAX, "PESERTA UJI %s", number + (size > 4 ? size - 4 : 0));
}

unsigned sim_when(const struct sim_service *service)
{
    return service->role == SIM_PAYMENT ? SIM_AT_PAYMENT
           : service->role == SIM_STATUS ? SIM_AT_STATUS
                                         : SIM_AT_INQUIRY;
}

void sim_behaviour_fault(const struct sim_behaviour *behaviour, const struct sim_service *service,
                         struct sim_fault *fault)
{
    bool wallet = service->group == SIM_WALLET;

    *fault = (struct sim_fault){ .effect = behaviour->effect,
                                 .http = wallet ? behaviour->wallet_http : behaviour->bank_http,
                                 .kase = wallet ? behaviour->wallet_case : behaviour->bank_case,
                                 .word = behaviour->word,
                                 .field = "",
                                 .param = behaviour->param };
}

/* A code as a partner that has a reason for it would act: what is final is recorded as failed. */
static void code_fault(const struct account *account, const struct sim_service *service,
                       struct sim_fault *fault)
{
    char code[16];

    (void)snprintf(code, sizeof code, "%03d%02d%02d", account->http, service->code, account->kase);
    enum snap_class class =
        snap_code_read(service->code, account->http, code, account->field, NULL).class;
    fault->http = account->http;
    fault->kase = account->kase;
    fault->field = account->field;
    fault->effect = class == SNAP_SUCCESS ? SIM_GOOD : SIM_TURN_AWAY;
    if (service->role == SIM_PAYMENT && class == SNAP_IN_PROGRESS)
        fault->effect = SIM_LATE;
    if (service->role == SIM_PAYMENT &&
        (class == SNAP_PARTICIPANT || class == SNAP_STOP_TRANSFER))
        fault->effect = SIM_REFUSE;
}

bool sim_is_timed(enum sim_effect effect)
{
    return effect == SIM_LATE || effect == SIM_LATE_FAIL || effect == SIM_LIMBO ||
           effect == SIM_RETURN || effect == SIM_SLOW;
}

struct sim_fault sim_account_fault(struct sim *sim, const char *number,
                                   const struct sim_service *service)
{
    struct sim_fault fault = { .effect = SIM_GOOD, .word = "", .field = "" };
    struct account *account = number ? find(sim, number) : NULL;
    unsigned when = sim_when(service);

    if (!account || !(account->when & when))
        return fault;
    if (!sim_is_timed(account->behaviour->effect) && account->param > 0 &&
        account->met[when - 1] >= account->param)
        return fault;
    account->met[when - 1]++;
    sim_behaviour_fault(account->behaviour, service, &fault);
    fault.param = account->param;
    if (fault.effect == SIM_CODE)
        code_fault(account, service, &fault);
    return fault;
}
