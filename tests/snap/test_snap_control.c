/* The simulator's switches: control calls, command line, and a ledger that is never forgotten. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "ask.h"

static void test_control(void **state)
{
    static const struct {
        const char *method, *path, *body;
        int status;
    } rows[] = {
        { "POST", "/_control/fixtures", "628110000001 ok\n# a note\n\n62811 late:5 SITI N\n", 200 },
        { "POST", "/_control/fixtures", "", 200 },
        { "POST", "/_control/fixtures", "628110000001 nonsense\n", 400 },
        { "POST", "/_control/fixtures", "628110000001\n", 400 },
        { "POST", "/_control/fixtures", "62811x ok\n", 400 },
        { "POST", "/_control/fixtures", "62811 late:x\n", 400 },
        { "POST", "/_control/down?partner=nobody&on=1", "", 400 },
        { "POST", "/_control/down", "", 400 },
        { "POST", "/_control/down?on=0&partner=ovo", "", 200 },
        { "GET", "/_control/ledger", "", 200 },
        { "GET", "/_control/statement", "", 200 },
        { "GET", "/_control/statement?partner=bni", "", 200 },
        { "GET", "/_control/statement?partner=nobody", "", 400 },
        { "POST", "/_control/settle", "", 200 },
        { "GET", "/_control/settle", "", 404 },
        { "POST", "/_control/window?partner=bni&open=00:00-24:00", "", 200 },
        { "POST", "/_control/window?partner=bni&open=always", "", 200 },
        { "POST", "/_control/window?partner=bni&open=8-17", "", 400 },
        { "POST", "/_control/window?partner=bni&open=25:00-26:00", "", 400 },
        { "POST", "/_control/window?partner=bni", "", 400 },
        { "POST", "/_control/balance?partner=bni&idr=1000", "", 200 },
        { "POST", "/_control/balance?partner=bni&idr=-1", "", 400 },
        { "POST", "/_control/fixtures", "62811 code:404:11:word\n62812 status-code:504:0\n", 200 },
        { "POST", "/_control/fixtures", "62811 code\n", 400 },
        { "POST", "/_control/fixtures", "62811 code:404\n", 400 },
        { "POST", "/_control/fixtures", "62811 code:99:1\n", 400 },
        { "POST", "/_control/fixtures", "62811 inquiry-code:404:100\n", 400 },
        { "GET", "/_control/nothing", "", 404 },
        { "GET", "/", "", 404 },
    };
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(
            sim_child_http(&ask_child, rows[i].method, rows[i].path, "", rows[i].body, &out),
            rows[i].status);
    buf_release(&out);
}

static void append(const char *text)
{
    char path[96];

    (void)snprintf(path, sizeof path, "%s/ledger", ask_child.folder);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* A line torn by a crash was never answered and is cut off; a whole line that is wrong is not. */
static void test_torn_ledger(void **state)
{
    static const char *const none[] = { NULL };
    static const char body[] =
        "{\"partnerReferenceNo\":\"TORN\",\"customerNumber\":\"628110000001\",\"amount\":{"
        "\"value\":\"7.00\",\"currency\":\"IDR\"},\"additionalInfo\":{\"fundType\":\"X\"}}";
    struct ask ask = { .path = "/dana/rest/v1.0/emoney/topup", .body = body };
    char ledger[96];
    int status;
    (void)state;

    assert_int_equal(ask_for(&ask), 2003800);
    sim_child_kill(&ask_child);
    append("{\"at\":\"2026-03-02T02:15:30.000Z\",\"partner\":\"dana\",\"refer");
    sim_child_start(&ask_child, 0, none);
    assert_int_equal(sim_child_booked(&ask_child, "TORN"), 1);
    assert_int_equal(ask_for(&ask), 2003800); /* the same answer again */
    assert_int_equal(sim_child_total(&ask_child, "amount_idr"), 7);
    sim_child_stop(&ask_child);

    append("not a line\n");
    (void)snprintf(ledger, sizeof ledger, "%s/ledger", ask_child.folder);
    pid_t pid = fork();
    if (pid == 0) {
        (void)close(STDERR_FILENO); /* what it says isn't ours to show */
        (void)execl(SIMULATOR_PATH, SIMULATOR_PATH, "--keys", ask_child.folder, "--ledger", ledger,
                    (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 2);
}

/* What is wrong with the command line is said at once; what is right prints and ends. */
static void test_command_line(void **state)
{
    static const struct {
        const char *arguments[4];
        int status;
        const char *says;
    } rows[] = {
        { { "--help", NULL }, 0, "--fault-permille" },
        { { NULL }, 2, "--keys" },
        { { "--nonsense", NULL }, 2, "unknown" },
        { { "nonsense", NULL }, 2, "nonsense" },
        { { "statement", "/nowhere/ledger", NULL }, 2, "/nowhere/ledger" },
        { { "--window", "noon", NULL }, 2, "--window noon" },
        { { "--window", "nobody=08:00-17:00", NULL }, 2, "--window" },
        { { "--balance", "bni=x", NULL }, 2, "--balance" },
        { { "--fault-kinds", "late,nonsense", NULL }, 2, "--fault-kinds" },
        { { "--fault-kinds", "code", NULL }, 2, "--fault-kinds" },
        { { "--keys", "/nowhere", "--strict", NULL }, 2, "/nowhere" },
        { { "--keys=/nowhere", "--tls-cert", "x", NULL }, 2, "--tls-key" },
        { { "--keys=/nowhere", "--notify", "x", NULL }, 2, "--notify-key" },
    };
    struct buf out = { 0 };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *command[6] = { SIMULATOR_PATH };
        for (size_t k = 0; rows[i].arguments[k]; k++)
            command[k + 1] = rows[i].arguments[k];
        assert_int_equal(sim_child_run(command, &out), rows[i].status);
        if (!strstr(out.data, rows[i].says))
            print_message("%s\n", out.data);
        assert_non_null(strstr(out.data, rows[i].says));
    }
    buf_release(&out);
}

/* Hours and deposits from the command line, and ids as the standard wants them. */
static void test_switches(void **state)
{
    static const char *const options[] = { "--strict", "--balance", "dana=5", "--window",
                                           "gopay=00:00-00:00", NULL };
    static const char *const none[] = { NULL };
    struct ask ask = { .path = INQUIRY, .body = BODY, .external_id = "sdk778" };
    (void)state;

    sim_child_stop(&ask_child);
    sim_child_start(&ask_child, 0, options);
    assert_int_equal(ask_for(&ask), 4003701);
    ask.external_id = "778";
    assert_int_equal(ask_for(&ask), 2003700);
    ask.external_id = NULL;
    ask.path = "/dana/rest/v1.0/emoney/topup"; /* 600,000 of 5 */
    assert_int_equal(ask_for(&ask), 4033814);
    assert_int_equal(sim_child_total(&ask_child, "partners.dana.available_idr"), 5);
    char token[65];
    assert_int_equal(ask_token(GOPAY_TOKEN, "insentif", GRANT, true, token),
                     2007300);
    ask.token = token;
    ask.path = "/gopay/v1.0/emoney/topup";
    assert_int_equal(ask_for(&ask), 4033806);
    sim_child_stop(&ask_child);
    sim_child_start(&ask_child, 0, none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control),
        cmocka_unit_test(test_command_line),
        cmocka_unit_test(test_switches),
        cmocka_unit_test(test_torn_ledger),
    };
    return cmocka_run_group_tests(tests, ask_open, ask_close);
}
