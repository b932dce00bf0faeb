/* callback_bucket ID PARTITIONS: where a participant's keys lie. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/str.h"

int main(int argc, char **argv)
{
    int64_t partitions;

    if (argc != 3 || !str_to_int64(argv[2], 1, 256, &partitions))
        return 2;
    (void)printf("%d\n", (int)hash_partition(argv[1], strlen(argv[1]), (int32_t)partitions));
    return 0;
}
