#include "worker/parcel.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

#define FORMAT 2
#define FORMAT_WITHOUT_SOURCE 1

static void put_number(struct buf *out, int64_t value)
{
    uint64_t bits = (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
    unsigned char byte;

    for (; bits > 0x7f; bits >>= 7) {
        byte = (unsigned char)(bits | 0x80);
        buf_add(out, &byte, 1);
    }
    byte = (unsigned char)bits;
    buf_add(out, &byte, 1);
}

static void put_bytes(struct buf *out, const void *bytes, size_t size)
{
    put_number(out, (int64_t)size);
    buf_add(out, bytes, size);
}

void parcel_pack(const struct parcel *p, struct buf *out)
{
    const unsigned char format = FORMAT;

    buf_add(out, &format, 1);
    put_number(out, p->partition);
    put_number(out, p->version);
    put_number(out, p->time_ms);
    put_bytes(out, p->topic, strlen(p->topic));
    put_bytes(out, p->key, strlen(p->key));
    put_bytes(out, p->id, strlen(p->id));
    put_bytes(out, p->type, strlen(p->type));
    put_bytes(out, p->rerouted_from, strlen(p->rerouted_from));
    put_bytes(out, p->traceparent, strlen(p->traceparent));
    put_bytes(out, p->source, strlen(p->source));
    put_bytes(out, p->value, p->value_size);
}

struct span {
    const unsigned char *at, *end;
};

static bool take_number(struct span *in, int64_t *value)
{
    uint64_t bits = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (in->at == in->end)
            return false;
        unsigned char byte = *in->at++;
        bits |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
            return true;
        }
    }
    return false;
}

static bool take_text(struct span *in, char *to, size_t cap)
{
    int64_t size;

    if (!take_number(in, &size) || size < 0 || size >= (int64_t)cap || size > in->end - in->at)
        return false;
    memcpy(to, in->at, (size_t)size);
    to[size] = '\0';
    in->at += size;
    return true;
}

int parcel_unpack(const void *bytes, size_t size, struct parcel *p, struct err *err)
{
    struct span in = { bytes, (const unsigned char *)bytes + size };
    int64_t partition = 0, left = 0;
    unsigned char format = size > 0 ? *in.at++ : 0;

    p->source[0] = '\0';
    bool ok = (format == FORMAT || format == FORMAT_WITHOUT_SOURCE) &&
              take_number(&in, &partition) &&
              partition >= 0 && partition < BUS_PARTITIONS_MAX &&
              take_number(&in, &p->version) && take_number(&in, &p->time_ms) &&
              take_text(&in, p->topic, sizeof p->topic) && take_text(&in, p->key, sizeof p->key) &&
              take_text(&in, p->id, sizeof p->id) && take_text(&in, p->type, sizeof p->type) &&
              take_text(&in, p->rerouted_from, sizeof p->rerouted_from) &&
              take_text(&in, p->traceparent, sizeof p->traceparent) &&
              (format != FORMAT || take_text(&in, p->source, sizeof p->source)) &&
              take_number(&in, &left) && left == in.end - in.at;
    if (!ok)
        return err_set(err, ERR_FATAL, "an outbox entry of %zu bytes can't be read", size);
    p->partition = (int32_t)partition;
    p->value = in.at;
    p->value_size = (size_t)left;
    return 0;
}

int parcel_produce(struct bus *bus, const struct parcel *p, const char *source,
                   struct bus_ticket *ticket, struct err *err)
{
    char version[24], at[STR_TIME_MAX];
    struct bus_header headers[BUS_HEADERS_MAX];
    size_t count = 0;

    (void)snprintf(version, sizeof version, "%" PRId64, p->version);
    str_time(p->time_ms, at);
    const struct {
        const char *name, *value;
    } texts[] = {
        { "ce_specversion", "1.0" },     { "ce_id", p->id },
        { "ce_type", p->type },          { "ce_source", p->source[0] ? p->source : source },
        { "ce_time", at },               { "ce_subject", p->key },
        { "content-type", "application/avro" },
        { "insentif_version", p->version ? version : "" },
        { "x-rerouted-from", p->rerouted_from },
        { "traceparent", p->traceparent },
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].value[0])
            headers[count++] = (struct bus_header){ .name = texts[i].name,
                                                    .value = texts[i].value,
                                                    .size = strlen(texts[i].value) };
    size_t key_size = strlen(p->key);
    struct bus_record record = {
        .topic = p->topic,
        .partition = p->partition,
        .key = key_size ? p->key : NULL,
        .key_size = key_size,
        .value = p->value,
        .value_size = p->value_size,
        .headers = headers,
        .header_count = count,
    };
    return bus_produce(bus, &record, ticket, err);
}
