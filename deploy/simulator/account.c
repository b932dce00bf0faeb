#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "sim.h"

#define NOT_KYC "PAYEE_USER_NOT_KYC"

const struct sim_behaviour sim_behaviours[] = {
    { "ok", SIM_GOOD, 0, 0, 0, 0, "", false, 0, "everything succeeds" },
    { "not_kyc", SIM_REFUSE, 403, 5, 403, 5, NOT_KYC, true, 0, "wallet not upgraded" },
    { "closed", SIM_REFUSE, 403, 18, 403, 18, "PAYEE_ACCOUNT_CLOSED", true, 0, "closed" },
    { "inactive", SIM_REFUSE, 403, 18, 403, 9, "", true, 0, "dormant" },
    { "not_found", SIM_REFUSE, 403, 5, 404, 11, "PAYEE_USER_NOT_EXIST", true, 0, "no account" },
    { "frozen", SIM_REFUSE, 403, 5, 403, 5, "PAYEE_USER_STATUS_DISABLE", true, 0, "frozen" },
    { "limit", SIM_REFUSE, 403, 2, 403, 23, "", true, 0, "would pass its balance limit" },
    { "monthly", SIM_REFUSE, 403, 23, 403, 23, "", true, 0, "monthly limit reached" },
    { "phone_changed", SIM_REFUSE, 403, 5, 403, 5, "PAYEE_PHONE_CHANGED", true, 0,
      "the number has changed hands" },
    { "fraud", SIM_REFUSE, 403, 3, 403, 3, "", false, 0, "payments: suspected fraud" },
    { "name_differs", SIM_OTHER_NAME, 0, 0, 0, 0, "", false, 0, "inquiries give another name" },
    { "timeout_before", SIM_SILENT_FIRST, 0, 0, 0, 0, "", false, 0,
      "payments: no answer, not booked" },
    { "timeout_after", SIM_SILENT_LAST, 0, 0, 0, 0, "", false, 0, "payments: booked, no answer" },
    { "cut_before", SIM_CUT_FIRST, 0, 0, 0, 0, "", false, 0,
      "payments: connection cut, not booked" },
    { "cut_after", SIM_CUT_LAST, 0, 0, 0, 0, "", false, 0, "payments: booked, connection cut" },
    { "error_before", SIM_TURN_AWAY, 500, 1, 500, 1, "", false, 0, "payments: 5xx, not booked" },
    { "error_after", SIM_ERROR_LAST, 500, 1, 500, 1, "", false, 0, "payments: booked, 5xx" },
    { "fail_once", SIM_TURN_AWAY, 500, 1, 500, 1, "", false, 1, "as error_before, once" },
    { "late", SIM_LATE, 0, 0, 0, 0, "", false, 2000, "payments: 202, booked param ms later" },
    { "wrong_inquiry", SIM_LIE, 403, 5, 403, 5, NOT_KYC, true, 1,
      "inquiries wrongly say not upgraded" },
    { "down", SIM_TURN_AWAY, 503, 0, 503, 0, "", true, 0, "503" },
    { "busy", SIM_TURN_AWAY, 429, 0, 429, 0, "", true, 0, "429" },
    { "cut_off", SIM_TURN_AWAY, 403, 6, 403, 6, "", false, 0, "payments: outside service hours" },
    { "no_funds", SIM_TURN_AWAY, 403, 14, 403, 14, "", false, 0,
      "payments: our source account is empty" },
};
const size_t sim_behaviour_count = sizeof sim_behaviours / sizeof sim_behaviours[0];

/* Accounts that need no fixtures file: the last four digits decide. */
static const struct {
    const char *suffix, *behaviour;
} suffixes[] = {
    { "9901", "not_kyc" },          { "9902", "closed" },          { "9903", "inactive" },
    { "9904", "not_found" },        { "9905", "frozen" },          { "9906", "limit" },
    { "9907", "monthly" },          { "9908", "fraud" },           { "9909", "name_differs" },
    { "9910", "phone_changed" },    { "9911", "pay:not_kyc" },     { "9921", "timeout_before:1" },
    { "9922", "timeout_after:1" },  { "9923", "cut_before:1" },    { "9924", "cut_after:1" },
    { "9925", "error_before:1" },   { "9926", "error_after:1" },   { "9927", "fail_once:2" },
    { "9928", "late:2000" },        { "9929", "wrong_inquiry:2" }, { "9930", "cut_off:1" },
};

void sim_accounts_help(void)
{
    (void)printf("\nA fixture is \"account [pay:]behaviour[:param] [name]\". pay: leaves inquiries "
                 "good;\nparam is how many calls meet it (0: all), ms for late. Without a name the "
                 "account\nbelongs to PESERTA UJI and its last four digits.\n\n");
    for (size_t i = 0; i < sim_behaviour_count; i++)
        (void)printf("  %-15s %s\n", sim_behaviours[i].name, sim_behaviours[i].help);
    (void)printf("\nLast four digits with a fixture of their own:\n");
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        (void)printf("  %s %s\n", suffixes[i].suffix, suffixes[i].behaviour);
}

/* "[pay:]name[:param]" */
static bool read_behaviour(const char *text, struct sim_account *account)
{
    char name[32];
    size_t size;

    account->pay_only = strncmp(text, "pay:", 4) == 0;
    if (account->pay_only)
        text += 4;
    size = strcspn(text, ":");
    if (size >= sizeof name)
        return false;
    memcpy(name, text, size);
    name[size] = '\0';
    for (size_t i = 0; i < sim_behaviour_count; i++) {
        if (strcmp(sim_behaviours[i].name, name) != 0)
            continue;
        account->behaviour = &sim_behaviours[i];
        account->param = sim_behaviours[i].param;
        return text[size] == '\0' ||
               str_to_int64(text + size + 1, 0, 86400000, &account->param);
    }
    return false;
}

static bool set_line(struct sim *sim, char *line)
{
    struct sim_account account = { 0 };
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

struct sim_account *sim_account_of(struct sim *sim, const char *number)
{
    struct sim_account *found = sim_map_find(&sim->accounts, number);
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

void sim_account_name(const struct sim_account *account, const char *number,
                      char out[SIM_NAME_MAX])
{
    size_t size = strlen(number);

    if (account && account->behaviour->effect == SIM_OTHER_NAME)
        (void)str_copy(out, SIM_NAME_MAX, "ORANG LAIN SAMA SEKALI");
    else if (account && account->name[0])
        (void)str_copy(out, SIM_NAME_MAX, account->name);
    else
        (void)snprintf(out, SIM_NAME_MAX, "PESERTA UJI %s", number + (size > 4 ? size - 4 : 0));
}

bool sim_account_meets(struct sim_account *account, bool is_payment)
{
    if (!account || account->behaviour->effect == SIM_GOOD)
        return false;
    const struct sim_behaviour *behaviour = account->behaviour;
    if (!is_payment && (account->pay_only || !behaviour->at_inquiry))
        return false;
    if (is_payment && behaviour->effect == SIM_LIE)
        return false;
    int64_t *met = is_payment ? &account->payments : &account->inquiries;
    bool counted = behaviour->effect != SIM_LATE && account->param > 0;
    if (counted && *met >= account->param)
        return false;
    ++*met;
    return true;
}
