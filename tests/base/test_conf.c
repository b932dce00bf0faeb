/* Configuration: every bad variable is named, and no value is ever shown. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/conf.h"

extern char **environ;

static const struct conf_row rows[] = {
    { "INSENTIF_REDIS", CONF_TEXT, "127.0.0.1:6379", 0, 0, NULL, "Redis, host:port" },
    { "INSENTIF_BATCH", CONF_INT, "1000", 1, 3900, NULL, "events per batch" },
    { "INSENTIF_PAY", CONF_CHOICE, "off", 0, 0, "off|shadow|on", "does money move" },
    { "INSENTIF_KEY", CONF_SECRET, "", 0, 0, NULL, "signing key" },
    { "INSENTIF_SOURCE", CONF_TEXT, NULL, 0, 0, NULL, "name of this source" },
    { "INSENTIF_KAFKA_*", CONF_PREFIX, NULL, 0, 0, NULL, "any librdkafka property" },
    { .name = "INSENTIF_PARTITIONS", .kind = CONF_OTHER },
};
#define ROWS rows, sizeof rows / sizeof rows[0]

static char path[] = "conf_test_XXXXXX";

/* Only what a test sets, and the one that must be set. */
static int clean(void **state)
{
    (void)state;
    for (char **entry = environ; *entry;) {
        char name[128];
        size_t size = strcspn(*entry, "=");
        if (strncmp(*entry, "INSENTIF_", 9) != 0 || size >= sizeof name) {
            entry++;
            continue;
        }
        memcpy(name, *entry, size);
        name[size] = '\0';
        assert_int_equal(unsetenv(name), 0);
        entry = environ;
    }
    assert_int_equal(setenv("INSENTIF_SOURCE", "/insentif/test", 1), 0);
    return 0;
}

static void test_defaults(void **state)
{
    struct err err = { 0 };

    (void)state;
    struct conf *conf = conf_open(ROWS, &err);
    if (!conf)
        fail_msg("%s", err.text);
    assert_string_equal(conf_text(conf, "INSENTIF_REDIS"), "127.0.0.1:6379");
    assert_int_equal(conf_int(conf, "INSENTIF_BATCH"), 1000);
    assert_string_equal(conf_text(conf, "INSENTIF_PAY"), "off");
    assert_string_equal(conf_text(conf, "INSENTIF_KEY"), "");
    assert_string_equal(conf_text(conf, "INSENTIF_SOURCE"), "/insentif/test");
    const char *key, *value;
    assert_false(conf_prefixed(conf, "INSENTIF_KAFKA_*", 0, &key, &value));
    conf_close(conf);
    conf_close(NULL);
}

static void test_given(void **state)
{
    struct err err = { 0 };
    const char *key, *value;
    bool saw_linger = false, saw_sasl = false;

    (void)state;
    setenv("INSENTIF_BATCH", "3900", 1);
    setenv("INSENTIF_PAY", "shadow", 1);
    setenv("INSENTIF_REDIS", "", 1);
    setenv("INSENTIF_KAFKA_LINGER_MS", "5", 1);
    setenv("INSENTIF_KAFKA_SASL_USERNAME", "a=b", 1);
    setenv("INSENTIF_TEST_ANYTHING", "of the test harness: passed over", 1);
    struct conf *conf = conf_open(ROWS, &err);
    if (!conf)
        fail_msg("%s", err.text);
    assert_int_equal(conf_int(conf, "INSENTIF_BATCH"), 3900);
    assert_string_equal(conf_text(conf, "INSENTIF_PAY"), "shadow");
    assert_string_equal(conf_text(conf, "INSENTIF_REDIS"), "");
    for (size_t i = 0; i < 2; i++) {
        assert_true(conf_prefixed(conf, "INSENTIF_KAFKA_*", i, &key, &value));
        saw_linger |= strcmp(key, "linger.ms") == 0 && strcmp(value, "5") == 0;
        saw_sasl |= strcmp(key, "sasl.username") == 0 && strcmp(value, "a=b") == 0;
    }
    assert_true(saw_linger && saw_sasl);
    assert_false(conf_prefixed(conf, "INSENTIF_KAFKA_*", 2, &key, &value));
    conf_close(conf);
}

/* name, value, what the error says; the value is never in it. */
static const struct {
    const char *name, *value, *says;
} bad[] = {
    { "INSENTIF_BATCH", "zz-0", "INSENTIF_BATCH must be a whole number from 1 to 3900" },
    { "INSENTIF_BATCH", "3901", "INSENTIF_BATCH must be" },
    { "INSENTIF_BATCH", "", "INSENTIF_BATCH must be" },
    { "INSENTIF_BATCH", "12x", "INSENTIF_BATCH must be" },
    { "INSENTIF_PAY", "zz-yes", "INSENTIF_PAY must be one of off|shadow|on" },
    { "INSENTIF_PAY", "", "INSENTIF_PAY must be one of" },
    { "INSENTIF_PAY", "off|shadow", "INSENTIF_PAY must be one of" },
    { "INSENTIF_PAY", "of", "INSENTIF_PAY must be one of" },
    { "INSENTIF_REDIS", "zz\xff", "INSENTIF_REDIS isn't UTF-8" },
    { "INSENTIF_BACTH", "zz-1", "unknown variable INSENTIF_BACTH" },
    { "INSENTIF_", "zz-1", "unknown variable INSENTIF_" },
    { "INSENTIF_KAFKA_", "zz-1", "unknown variable INSENTIF_KAFKA_" },
    { "INSENTIF_KEY_FILE", "/zz/nowhere", "INSENTIF_KEY_FILE: cannot open" },
    { "INSENTIF_KEY_FILE", "/", "INSENTIF_KEY_FILE: the file can't be read" },
    { "INSENTIF_NO_FILE", "zz-1", "unknown variable INSENTIF_NO_FILE" },
};

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct err err = { 0 };
        (void)clean(state);
        setenv(bad[i].name, bad[i].value, 1);
        struct conf *conf = conf_open(ROWS, &err);
        if (conf)
            fail_msg("row %zu is taken", i);
        assert_int_equal(err.kind, ERR_FATAL);
        if (!strstr(err.text, bad[i].says))
            fail_msg("'%s' should say '%s'", err.text, bad[i].says);
        assert_null(strstr(err.text, "zz"));
    }
}

static void test_must_be_set(void **state)
{
    struct err err = { 0 };

    (void)state;
    unsetenv("INSENTIF_SOURCE");
    assert_null(conf_open(ROWS, &err));
    assert_string_equal(err.text, "INSENTIF_SOURCE must be set: name of this source");
}

static void write_file(const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    setenv("INSENTIF_KEY_FILE", path, 1);
}

static void test_file(void **state)
{
    static char big[CONF_VALUE_MAX + 1];
    static const struct {
        const char *bytes, *value;
    } files[] = {
        { "s3cret\n", "s3cret" },
        { "s3cret", "s3cret" },
        { "a\n\n", "a\n" },
        { "", "" },
    };
    struct err err = { 0 };
    struct conf *conf;

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        write_file(files[i].bytes, strlen(files[i].bytes));
        conf = conf_open(ROWS, &err);
        if (!conf)
            fail_msg("%s", err.text);
        assert_string_equal(conf_text(conf, "INSENTIF_KEY"), files[i].value);
        conf_close(conf);
    }
    memset(big, 'k', sizeof big);
    write_file(big, CONF_VALUE_MAX);
    conf = conf_open(ROWS, &err);
    assert_non_null(conf);
    assert_int_equal(strlen(conf_text(conf, "INSENTIF_KEY")), CONF_VALUE_MAX);
    conf_close(conf);
    write_file(big, sizeof big);
    assert_null(conf_open(ROWS, &err));
    assert_non_null(strstr(err.text, "over 4096 bytes"));
    write_file("a\0b", 3);
    assert_null(conf_open(ROWS, &err));
    assert_non_null(strstr(err.text, "NUL byte"));
    write_file("\xff", 1);
    assert_null(conf_open(ROWS, &err));
    assert_non_null(strstr(err.text, "INSENTIF_KEY isn't UTF-8"));

    write_file("x", 1);
    setenv("INSENTIF_KEY", "y", 1);
    assert_null(conf_open(ROWS, &err));
    assert_non_null(strstr(err.text, "INSENTIF_KEY is given twice"));
}

static void test_print_and_help(void **state)
{
    struct err err = { 0 };
    char text[4096] = "";

    (void)state;
    setenv("INSENTIF_KEY", "s3cret", 1);
    setenv("INSENTIF_KAFKA_SASL_PASSWORD", "s3cret", 1);
    setenv("INSENTIF_PARTITIONS", "another's", 1);
    setenv("INSENTIF_PARTITIONS_FILE", "/nowhere", 1);
    struct conf *conf = conf_open(ROWS, &err);
    assert_non_null(conf);
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_non_null(to);
    conf_print(conf, to);
    conf_help(ROWS, to);
    assert_int_equal(fclose(to), 0);
    assert_null(strstr(text, "s3cret"));
    assert_null(strstr(text, "INSENTIF_PARTITIONS"));
    assert_non_null(strstr(text, "INSENTIF_KEY=(set)\n"));
    assert_non_null(strstr(text, "sasl.password=(set)"));
    assert_non_null(strstr(text, "INSENTIF_BATCH=1000\n"));
    assert_non_null(strstr(text, "INSENTIF_BATCH (1 to 3900) [1000]\n      events per batch\n"));
    assert_non_null(strstr(text, "INSENTIF_PAY (off|shadow|on) [off]"));
    assert_non_null(strstr(text, "INSENTIF_SOURCE [must be set]"));
    assert_non_null(strstr(text, "INSENTIF_KEY (secret: prefer INSENTIF_KEY_FILE)"));
    conf_close(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_defaults, clean),
        cmocka_unit_test_setup(test_given, clean),
        cmocka_unit_test_setup(test_bad, clean),
        cmocka_unit_test_setup(test_must_be_set, clean),
        cmocka_unit_test_setup(test_file, clean),
        cmocka_unit_test_setup(test_print_and_help, clean),
    };
    int fd = mkstemp(path); /* in the folder where ctest runs it */

    if (fd < 0)
        return 1;
    close(fd);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    (void)unlink(path);
    return rc;
}
