/* Log lines: one JSON object each, whatever the texts hold. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/str.h"

static char output[8192];
static int saved;

/* What is written to standard error from here on goes to a pipe. */
static int pipes[2];

static void catch_begin(void)
{
    assert_int_equal(pipe(pipes), 0);
    saved = dup(STDERR_FILENO);
    assert_true(saved >= 0);
    assert_true(dup2(pipes[1], STDERR_FILENO) >= 0);
    close(pipes[1]);
}

static void catch_end(void)
{
    assert_true(dup2(saved, STDERR_FILENO) >= 0); /* closes the pipe's last end to write to */
    close(saved);
    size_t size = 0;
    ssize_t got;
    while ((got = read(pipes[0], output + size, sizeof output - 1 - size)) > 0)
        size += (size_t)got;
    output[size] = '\0';
    close(pipes[0]);
}

/* {"at":"<24 bytes>", and what follows it. */
static const char *after_time(const char *line)
{
    int64_t at_ms;
    char time[STR_TIME_MAX];

    assert_memory_equal(line, "{\"at\":\"", 7);
    assert_true(strlen(line) > 7 + STR_TIME_MAX);
    memcpy(time, line + 7, STR_TIME_MAX - 1);
    time[STR_TIME_MAX - 1] = '\0';
    assert_true(str_to_time(time, &at_ms));
    return line + 7 + STR_TIME_MAX - 1;
}

static void test_line(void **state)
{
    (void)state;
    log_open("rating-worker", LOG_DEBUG);
    catch_begin();
    LOG(LOG_WARN, EV("assigned"), F_INT("bucket", -3), F_STR("topic", "rating-submitted"));
    catch_end();
    assert_string_equal(after_time(output),
                        "\",\"level\":\"warn\",\"worker\":\"rating-worker\",\"event\":\"assigned\","
                        "\"bucket\":-3,\"topic\":\"rating-submitted\"}\n");
}

static void test_escaping(void **state)
{
    (void)state;
    log_open("a\"b", LOG_DEBUG);
    catch_begin();
    LOG(LOG_ERROR, EV("x"), F_STR("text", "\"}\n{\"forged\":\"line\x01\xff\\"),
        F_INT("n", INT64_MIN));
    catch_end();
    assert_string_equal(after_time(output),
                        "\",\"level\":\"error\",\"worker\":\"a\\\"b\",\"event\":\"x\",\"text\":"
                        "\"\\\"}\\n{\\\"forged\\\":\\\"line\\u0001\\ufffd\\\\\","
                        "\"n\":-9223372036854775808}\n");
    assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
}

static void test_levels(void **state)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };

    (void)state;
    for (int least = LOG_DEBUG; least <= LOG_ERROR; least++) {
        log_open("w", (enum log_level)least);
        catch_begin();
        for (int level = LOG_DEBUG; level <= LOG_ERROR; level++)
            LOG((enum log_level)level, EV("e"));
        catch_end();
        const char *line = output;
        for (int level = least; level <= LOG_ERROR; level++) {
            char expected[64];
            (void)snprintf(expected, sizeof expected, "\",\"level\":\"%s\",", names[level]);
            assert_memory_equal(after_time(line), expected, strlen(expected));
            line = strchr(line, '\n') + 1;
        }
        assert_string_equal(line, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_escaping),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
