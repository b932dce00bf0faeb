#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/metrics.h"

static void test_values(void **state)
{
    struct metric *a = metric_counter("insentif_values_total", "topic=\"a\"", "What was counted");

    (void)state;
    assert_ptr_equal(metric_counter("insentif_values_total", "topic=\"a\"", NULL), a);
    assert_ptr_not_equal(metric_counter("insentif_values_total", "topic=\"b\"", NULL), a);
    assert_ptr_not_equal(metric_counter("insentif_values_total", NULL, NULL), a);
    assert_int_equal(metric_value(a), 0);
    metric_add(a, 3);
    metric_add(a, 4);
    assert_int_equal(metric_value(a), 7);
    struct metric *g = metric_gauge("insentif_level", NULL, "How much there is");
    metric_set(g, -5);
    metric_add(g, 1);
    assert_int_equal(metric_value(g), -4);
}

/* Metrics of one name stand together under one HELP and TYPE, however they were registered. */
static void test_page(void **state)
{
    static const char expected[] = "# HELP insentif_page_total Pages\n"
                                   "# TYPE insentif_page_total counter\n"
                                   "insentif_page_total{a=\"1\"} 1\n"
                                   "insentif_page_total{a=\"2\"} 2\n"
                                   "# HELP insentif_page_level Level\n"
                                   "# TYPE insentif_page_level gauge\n"
                                   "insentif_page_level -9223372036854775808\n";
    struct buf page = { 0 };

    (void)state;
    metric_add(metric_counter("insentif_page_total", "a=\"1\"", "Pages"), 1);
    metric_set(metric_gauge("insentif_page_level", NULL, "Level"), INT64_MIN);
    metric_add(metric_counter("insentif_page_total", "a=\"2\"", NULL), 2);
    buf_text(&page, "before\n");
    metrics_render(&page);
    assert_memory_equal(page.data, "before\n", 7);
    assert_non_null(strstr(page.data, expected));
    assert_int_equal(page.data[page.size - 1], '\n');
    buf_release(&page);
}

static void test_as_many_as_may_be(void **state)
{
    struct metric *last = NULL;
    struct buf page = { 0 };
    size_t lines = 0;

    (void)state;
    metrics_render(&page); /* what the tests above have registered */
    for (const char *at = page.data; (at = strstr(at, "\ninsentif_")); at++)
        lines++;
    for (size_t i = lines; i < METRICS_MAX; i++) {
        char labels[32];
        (void)snprintf(labels, sizeof labels, "n=\"%zu\"", i);
        last = metric_counter("insentif_many_total", labels, "Many");
        metric_add(last, (int64_t)i);
    }
    assert_int_equal(metric_value(last), METRICS_MAX - 1);
    buf_reset(&page);
    metrics_render(&page);
    assert_non_null(strstr(page.data, "insentif_many_total{n=\"511\"} 511\n"));
    buf_release(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_page),
        cmocka_unit_test(test_as_many_as_may_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
