/* A payment's history: whose it is stays, the newest lines stay, the oldest go (R18). */
#include "money/inside.h"

#include <stdio.h>
#include <string.h>

#include <setjmp.h> /* cmocka.h wants these before it */
#include <cmocka.h>

static void test_trim(void **state)
{
    (void)state;
    for (int count = 0; count < 3 * HISTORY_LINES_MAX; count++) {
        struct buf history = { 0 };
        char wanted[32];
        for (int i = 1; i <= count; i++)
            history_add(&history, "PST-000001", 1000 + i, i, "sent", "DANA", "", "");
        size_t before = history.size;
        history_trim(&history);
        if (count <= HISTORY_LINES_MAX)
            assert_int_equal(history.size, before);
        if (count > 0) {
            assert_memory_equal(history.data, "of PST-000001\n", 14);
            int first = count > HISTORY_LINES_MAX ? count - HISTORY_LINES_MAX + 1 : 1;
            (void)snprintf(wanted, sizeof wanted, "%d %d sent ", 1000 + first, first);
            assert_memory_equal(history.data + 14, wanted, strlen(wanted));
            assert_int_equal(history_first(&history, count, "sent"), 1000 + count);
            assert_int_equal(history_first(&history, first, "sent"), 1000 + first);
            assert_int_equal(history_first(&history, first - 1, "sent"), 0);
            assert_int_equal(history_first(&history, count, "paid"), 0);
            assert_int_equal(history.data[history.size], '\0');
        }
        buf_release(&history);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_trim) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
