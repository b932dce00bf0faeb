#ifndef CODEC_EMBEDDED_H
#define CODEC_EMBEDDED_H

/*
 * The schemas in schemas/ and schemas/history/, put into the program by the build: embed.c writes
 * the source file that defines these. Internal to codec.
 */
#include <stddef.h>
#include <stdint.h>

struct embedded_schema {
    const char *topic;    /* the file's name without version and .avsc */
    int version;          /* 0: today's; else the number in <topic>.<n>.avsc */
    const char *avsc;     /* the file's text */
    uint64_t fingerprint; /* CRC-64-AVRO of its Parsing Canonical Form */
};

extern const struct embedded_schema embedded_schemas[]; /* today's first, history after */
extern const size_t embedded_schema_count;

#endif
