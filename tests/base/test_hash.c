/* The hashes that other programs must agree with. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/hash.h"

/* As Java's org.apache.kafka.common.utils.Utils.murmur2 gives them. */
static const struct {
    const char *text;
    int32_t hash;
} murmurs[] = {
    { "21", -973932308 },
    { "foobar", -790332482 },
    { "a-little-bit-long-string", -985981536 },
    { "a-little-bit-longer-string", -1486304829 },
    { "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971 },
    { "abc", 479470107 },
};

static void test_murmur2(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof murmurs / sizeof murmurs[0]; i++)
        assert_int_equal((int32_t)hash_murmur2(murmurs[i].text, strlen(murmurs[i].text)),
                         murmurs[i].hash);
}

/* Bytes are unsigned, wherever they lie and whatever follows them. */
static void test_murmur2_bytes(void **state)
{
    static const char high[] = "\xff\xfe\xfd\xfc\xfb\xfa\xf9";
    char moved[16];

    (void)state;
    for (size_t size = 0; size < sizeof high; size++) {
        uint32_t hash = hash_murmur2(high, size);
        for (size_t by = 0; by < 8; by++) {
            memset(moved, 0x55, sizeof moved);
            memcpy(moved + by, high, size);
            assert_int_equal(hash_murmur2(moved + by, size), hash);
        }
        if (size > 0)
            assert_int_not_equal(hash_murmur2(high, size - 1), hash);
    }
}

/* Java: (murmur2 & 0x7fffffff) % partitions, also for negative hashes. */
static void test_partition(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof murmurs / sizeof murmurs[0]; i++) {
        size_t size = strlen(murmurs[i].text);
        for (int32_t count = 1; count < 100; count++)
            assert_int_equal(hash_partition(murmurs[i].text, size, count),
                             (murmurs[i].hash & INT32_MAX) % count);
    }
    assert_int_equal(hash_partition("21", 2, 12), 1173551340 % 12);
}

/* The vectors of the FNV authors. */
static void test_fnv1a(void **state)
{
    (void)state;
    assert_true(hash_fnv1a("", 0) == UINT64_C(0xcbf29ce484222325));
    assert_true(hash_fnv1a("a", 1) == UINT64_C(0xaf63dc4c8601ec8c));
    assert_true(hash_fnv1a("foobar", 6) == UINT64_C(0x85944171f73967e8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_murmur2),
        cmocka_unit_test(test_murmur2_bytes),
        cmocka_unit_test(test_partition),
        cmocka_unit_test(test_fnv1a),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
