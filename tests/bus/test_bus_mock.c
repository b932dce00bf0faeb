/* The contract on librdkafka's mock cluster. */
#include "kafka_world.h"

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTRACT_TESTS,
        CONTRACT_TESTS_AWAY,
    };
    return cmocka_run_group_tests_name("bus on the mock cluster", tests, NULL, NULL);
}
