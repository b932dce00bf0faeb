#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* murmur2 as org.apache.kafka.common.utils.Utils.murmur2 computes it (seed 0x9747b28c). */
uint32_t hash_murmur2(const void *data, size_t size);

/*
 * The partition where Java's default partitioner puts a keyed record, and so the bucket of a
 * participant (architecture.md "A bucket is a partition is a hash tag"). partitions > 0.
 */
int32_t hash_partition(const void *key, size_t size, int32_t partitions);

/* 64-bit FNV-1a: for jitter and tables, never for ids. */
uint64_t hash_fnv1a(const void *data, size_t size);

#endif
