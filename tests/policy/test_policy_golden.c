/*
 * The rules as documents that people read and approve: golden/NAME.txt, byte for byte.
 *
 *   test_policy_golden                runs the tests
 *   test_policy_golden --print NAME   what golden/NAME.txt must contain
 */
#include "policy_print.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

#ifndef GOLDEN_FOLDER
#error "GOLDEN_FOLDER must name tests/policy/golden"
#endif

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct document { /* cmocka's state isn't const */
    const char *name;
    void (*print)(FILE *out);
} documents[] = {
#define X(name) { #name, policy_print_##name },
    FOREACH_DOCUMENT(X)
#undef X
};

/* The number of the line in which they differ first, 0 if in none. */
static int first_difference(const char *a, const char *b)
{
    int line = 1;

    for (; *a && *a == *b; a++, b++)
        line += *a == '\n';
    return *a == *b ? 0 : line;
}

static char *printed(const struct document *document)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    document->print(out);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(strlen(text), size);
    return text;
}

static char *approved(const struct document *document, size_t most)
{
    char path[4096];
    char *text = calloc(1, most + 1);

    assert_non_null(text);
    assert_true(snprintf(path, sizeof path, "%s/%s.txt", GOLDEN_FOLDER, document->name) <
                (int)sizeof path);
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("no %s", path);
    text[fread(text, 1, most, in)] = '\0';
    (void)fclose(in);
    return text;
}

static void test_document(void **state)
{
    const struct document *document = *state;
    char *now = printed(document);
    char *golden = approved(document, strlen(now) + 1); /* one more: a longer file is seen */
    int line = first_difference(now, golden);

    if (line != 0)
        fail_msg("golden/%s.txt differs from line %d on; if that is meant, run\n"
                 "test_policy_golden --print %s > tests/policy/golden/%s.txt\n"
                 "and have the difference read against policy.md",
                 document->name, line, document->name, document->name);
    free(now);
    free(golden);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[COUNT(documents)];

    for (size_t i = 0; argc == 3 && i < COUNT(documents); i++)
        if (strcmp(argv[1], "--print") == 0 && strcmp(argv[2], documents[i].name) == 0) {
            documents[i].print(stdout);
            return fflush(stdout) == 0 ? 0 : 1;
        }
    if (argc > 1) {
        fprintf(stderr, "test_policy_golden [--print NAME], NAME one of:\n");
        for (size_t i = 0; i < COUNT(documents); i++)
            fprintf(stderr, "  %s\n", documents[i].name);
        return 2;
    }
    for (size_t i = 0; i < COUNT(documents); i++)
        tests[i] = (struct CMUnitTest){ .name = documents[i].name,
                                        .test_func = test_document,
                                        .initial_state = &documents[i] };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
