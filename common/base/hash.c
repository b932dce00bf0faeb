#include "base/hash.h"

#include <assert.h>

uint32_t hash_murmur2(const void *data, size_t size)
{
    const uint32_t m = 0x5bd1e995;
    const unsigned char *at = data;
    uint32_t h = UINT32_C(0x9747b28c) ^ (uint32_t)size;

    for (; size >= 4; size -= 4, at += 4) {
        uint32_t k = (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                     (uint32_t)at[3] << 24;
        k *= m;
        k ^= k >> 24;
        k *= m;
        h *= m;
        h ^= k;
    }
    if (size >= 3)
        h ^= (uint32_t)at[2] << 16;
    if (size >= 2)
        h ^= (uint32_t)at[1] << 8;
    if (size >= 1) {
        h ^= at[0];
        h *= m;
    }
    h ^= h >> 13;
    h *= m;
    h ^= h >> 15;
    return h;
}

int32_t hash_partition(const void *key, size_t size, int32_t partitions)
{
    assert(partitions > 0);
    return (int32_t)((hash_murmur2(key, size) & 0x7fffffff) % (uint32_t)partitions);
}

uint64_t hash_fnv1a(const void *data, size_t size)
{
    const unsigned char *at = data;
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < size; i++) {
        h ^= at[i];
        h *= UINT64_C(0x100000001b3);
    }
    return h;
}
